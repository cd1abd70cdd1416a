"""The hotkey under Wayland, against a portal of our own on a private bus."""

import json
import os
import subprocess
import sys
import threading
from contextlib import contextmanager
from pathlib import Path

import pytest

from desktop import hotkey
from desktop.desktop_entry import APP_ID, entry_path
from desktop.hotkey_portal import trigger
from desktop.shortcut import HotkeyUnavailable, parse_shortcut
from tests.xdisplay import Presses, need, running, wait_until

SHORTCUT = "<ctrl>+<alt>+<space>"


@pytest.fixture(autouse=True)
def session_bus(tmp_path, monkeypatch):
    """A Wayland session with a bus on which there is nobody yet."""
    need("dbus-daemon")
    monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-of-nobody")
    command = ["dbus-daemon", "--session", "--nofork", f"--address=unix:path={tmp_path}/bus", "--print-address=1"]
    with running(command, stdout=subprocess.PIPE, text=True) as daemon:
        monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", daemon.stdout.readline().strip())
        yield daemon


class Portal:
    """The service: what it was asked, and the key that it can be told to report."""

    def __init__(self, process):
        self._process = process
        self._process.stdout.readline()  # ready

    def asked(self, member):
        """The body of the next call of this method."""
        for line in self._process.stdout:
            name, body = json.loads(line)
            if name == member:
                return body
        return None

    def press(self):
        self._process.stdin.write("\n")
        self._process.stdin.flush()


@contextmanager
def portal(mode):
    command = [sys.executable, str(Path(__file__).with_name("portal_service.py")), mode]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield Portal(process)
        finally:
            process.terminate()


@pytest.mark.parametrize("mode", ["plain", "old"])
def test_portal_when_the_key_is_pressed_then_is_heard_with_its_token(mode):
    presses = Presses()
    with portal(mode) as desktop:
        heard = hotkey.listen(SHORTCUT, presses)
        assert heard.way == "portal"
        for number in range(20):
            desktop.press()
            presses.wait()
            assert heard.activation_token == f"token-{number}"
        heard.stop()
    assert presses.count == 0  # none of the other shortcut


def test_portal_when_it_gives_no_token_then_the_press_counts_all_the_same():
    presses = Presses()
    with portal("silent-press") as desktop:
        heard = hotkey.listen(SHORTCUT, presses)
        desktop.press()
        presses.wait()
        heard.stop()
    assert heard.activation_token == ""


def test_portal_when_asked_then_knows_who_asks_and_what_for():
    with portal("plain") as desktop:
        heard = hotkey.listen(SHORTCUT, Presses())
        assert desktop.asked("Register")[0] == APP_ID
        _session, [(name, wishes)], _parent, _options = desktop.asked("BindShortcuts")
        heard.stop()
    assert (name, wishes["preferred_trigger"]) == ("toggle", ["s", "CTRL+ALT+space"])
    assert entry_path(APP_ID).is_file()


def test_portal_when_the_person_says_no_then_the_key_is_unavailable():
    with portal("refuse"), pytest.raises(HotkeyUnavailable, match="it was refused") as refused:
        hotkey.listen(SHORTCUT, Presses())
    assert "launcher toggle" in refused.value.hint


def test_portal_when_it_binds_nothing_then_the_key_is_unavailable():
    with portal("nothing"), pytest.raises(HotkeyUnavailable, match="bound no key"):
        hotkey.listen(SHORTCUT, Presses())


def test_portal_when_there_is_none_then_the_key_is_unavailable():
    with pytest.raises(HotkeyUnavailable, match=r"no shortcuts .*ServiceUnknown"):
        hotkey.listen(SHORTCUT, Presses())


def test_portal_when_there_is_no_bus_then_the_key_is_unavailable(monkeypatch):
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", f"unix:path={os.environ['HOME']}/nobus")
    with pytest.raises(HotkeyUnavailable, match="no session bus"):
        hotkey.listen(SHORTCUT, Presses())


def test_portal_when_the_bus_ends_then_stopping_still_works(session_bus):
    with portal("plain"):
        heard = hotkey.listen(SHORTCUT, Presses())
    session_bus.kill()
    wait_until(lambda: "hotkey" not in {thread.name for thread in threading.enumerate()})
    heard.stop()


@pytest.mark.parametrize(
    ("shortcut", "expected"),
    [("<cmd>+<shift>+f", "SHIFT+LOGO+f"), ("<ctrl>+,", "CTRL+comma"), ("<f9>", "F9")],
)
def test_portal_when_told_a_shortcut_then_in_its_own_words(shortcut, expected):
    assert trigger(parse_shortcut(shortcut)) == expected
