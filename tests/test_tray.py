"""The icon, in a panel of our own on a real display."""

from desktop.tray import start_tray
from tests.xdisplay import Presses, wait_until, xdotool


def test_tray_when_its_icon_is_clicked_then_shows(panel):
    shown, quits = Presses(), Presses()
    tray = start_tray(shown, quits)
    assert tray
    panel()
    wait_until(lambda: xdotool("mousemove", "20", "20", "click", "1") == "" and shown.count)
    tray.stop()
    assert quits.count == 0


def test_tray_when_there_is_no_desktop_then_there_is_none(monkeypatch):
    monkeypatch.delenv("DISPLAY", raising=False)
    assert start_tray(Presses(), Presses()) is None
