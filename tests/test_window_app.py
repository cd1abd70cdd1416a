"""The window as a browser in app mode: on a real display, with a real window manager and Debian's Chromium."""

import os
import signal
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from desktop import hotkey
from desktop.window import open_window
from desktop.window_app import can_hide
from tests.app_window import install_browser, served_page
from tests.xdisplay import PATIENCE_S, Presses, running, wait_until, xdotool


@pytest.fixture
def page():
    with served_page() as page:
        yield page


@pytest.fixture
def closed():
    return threading.Event()


@pytest.fixture
def profile_dir(tmp_path):
    return tmp_path / "window"


@pytest.fixture
def browser(tmp_path, monkeypatch):
    install_browser(tmp_path / "bin")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"), prepend=os.pathsep)


@pytest.fixture
def opening(browser, screen, page, closed, profile_dir):
    """Opens the window, hidden; what is still open at the end is closed."""
    windows = []

    def opened():
        windows.append(open_window("app", page.address, on_closed=closed.set, profile_dir=profile_dir))
        return windows[-1]

    yield opened
    for window in windows:
        window.close()


@pytest.fixture
def window(opening, screen, page):
    """Shown, loaded, with the keyboard."""
    window = opening()
    window.show()
    page.wait_for("loaded")
    wait_until(lambda: screen.active() in screen.windows())
    page.wait_for_keyboard()
    return window


def test_window_when_toggled_twenty_times_then_is_hidden_and_shown_each_time(window, screen, closed):
    for _ in range(20):
        window.toggle()
        wait_until(lambda: screen.windows() == [])
        window.toggle()
        wait_until(lambda: screen.active() in screen.windows())
    assert window.is_shown
    assert not closed.is_set()


def test_window_when_its_key_is_pressed_twenty_times_then_is_hidden_and_shown_each_time(window, screen):
    presses = Presses()
    heard = hotkey.listen("<ctrl>+<alt>+<space>", presses)
    for _ in range(10):
        for is_shown in (False, True):
            xdotool("key", "ctrl+alt+space")
            presses.wait()
            window.toggle()
            wait_until(lambda is_shown=is_shown: (screen.active() in screen.windows()) is is_shown)
    heard.stop()
    assert presses.count == 0


def test_window_when_shown_then_is_centred_and_has_no_border(window, screen):
    wait_until(lambda: screen.place(screen.active()) == (90, 40, 1100, 720))
    assert not any(screen.border(screen.active()))


def test_window_when_shown_again_then_what_is_typed_at_once_reaches_its_page(window, screen, page):
    window.hide()
    wait_until(lambda: screen.windows() == [])
    page.wait_for("blur")
    window.show()
    wait_until(lambda: screen.active() in screen.windows())
    xdotool("key", "a")
    page.wait_for("key-a")


def test_window_when_the_person_turns_to_another_program_then_hides(window, screen):
    with running([sys.executable, str(Path(__file__).with_name("key_window.py"))], stdout=subprocess.PIPE) as other:
        other.stdout.readline()
        wait_until(lambda: not window.is_shown)
        wait_until(lambda: len(screen.windows()) == 1)


def test_window_when_the_person_closes_it_then_is_noticed_and_opened_anew(window, screen, page, closed):
    screen.close_window(screen.active())
    assert closed.wait(PATIENCE_S)
    assert not window.is_shown
    window.show()
    page.wait_for("t=ticket-1")
    wait_until(lambda: screen.active() in screen.windows())


def test_window_when_its_browser_dies_then_is_noticed(window, closed, profile_dir):
    [profile] = profile_dir.iterdir()
    os.kill(int((profile / "SingletonLock").readlink().name.rpartition("-")[2]), signal.SIGKILL)
    assert closed.wait(PATIENCE_S)


def test_window_when_its_page_asks_for_another_machine_then_does_not_get_there(window, page):
    xdotool("key", "x")
    page.wait_for("kept-in")


def test_window_when_open_then_its_profile_is_for_the_person_alone(window, profile_dir):
    [profile] = profile_dir.iterdir()
    assert {stat.S_IMODE(folder.stat().st_mode) for folder in (profile_dir, profile)} == {0o700}


def test_window_when_closed_for_good_then_nothing_of_it_is_left(window, screen, closed, profile_dir):
    threading.Timer(0.1, window.close).start()
    window.run()
    wait_until(lambda: screen.windows() == [])
    wait_until(lambda: list(profile_dir.iterdir()) == [])
    assert not closed.is_set()


def test_window_when_opened_then_stays_hidden_until_it_is_shown(opening, screen, page):
    window = opening()
    page.wait_for("loaded")
    wait_until(lambda: screen.windows() == [])
    window.show()
    wait_until(lambda: screen.active() in screen.windows())


def test_window_when_it_cannot_be_hidden_then_showing_opens_it_and_hiding_closes_it(
    opening, screen, page, closed, monkeypatch
):
    monkeypatch.setenv("XDG_SESSION_TYPE", "wayland")
    window = opening()
    for number in range(2):
        window.show(f"token-{number}")
        page.wait_for(f"t=ticket-{number}")
        wait_until(lambda: len(screen.windows()) == 1)
        window.hide()
        wait_until(lambda: screen.windows() == [])
    bin_dir, _, _ = os.environ["PATH"].partition(os.pathsep)
    assert Path(bin_dir, "tokens").read_text().split() == ["token-0", "token-1"]
    assert not closed.is_set()


def test_window_when_a_launcher_was_killed_then_its_browser_is_ended_by_the_next(window, opening, screen, profile_dir):
    window.hide()
    wait_until(lambda: screen.windows() == [])
    [profile] = profile_dir.iterdir()
    process_id = int((profile / "SingletonLock").readlink().name.rpartition("-")[2])
    opening()
    wait_until(lambda: not Path(f"/proc/{process_id}/exe").exists())


@pytest.mark.parametrize(
    ("platform", "environ", "expected"),
    [
        ("linux", {"DISPLAY": ":0"}, True),
        ("linux", {"DISPLAY": ":0", "WAYLAND_DISPLAY": "wayland-0"}, False),
        ("linux", {"DISPLAY": ":0", "XDG_SESSION_TYPE": "wayland"}, False),
        ("win32", {}, True),
        ("darwin", {"DISPLAY": ":0"}, False),
    ],
)
def test_window_when_asked_whether_it_can_be_hidden_then_knows_the_session(platform, environ, expected):
    assert can_hide(platform, environ) is expected
