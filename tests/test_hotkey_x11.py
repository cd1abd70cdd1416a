"""The hotkey on a real display, pressed by a synthetic key."""

import subprocess
import sys
from pathlib import Path

import pytest
from Xlib.display import Display

from desktop import hotkey
from desktop.shortcut import HotkeyTaken, HotkeyUnavailable
from tests.xdisplay import Presses, running, xdotool

SHORTCUT, KEYS = "<ctrl>+<alt>+<space>", "ctrl+alt+space"


@pytest.fixture
def presses():
    return Presses()


@pytest.fixture
def listening(display, presses):
    """The hotkey of `SHORTCUT` on the test's own display."""
    heard = hotkey.listen(SHORTCUT, presses)
    yield heard
    heard.stop()


@pytest.fixture
def window_below(display):
    """What the window with the focus was told, as a function that reads the next line."""
    command = [sys.executable, str(Path(__file__).with_name("key_window.py"))]
    with running(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline().strip() == "focused"
        yield lambda: int(process.stdout.readline())


def press(keys=KEYS):
    xdotool("key", "--clearmodifiers", keys)


def test_hotkey_when_pressed_twenty_times_then_is_heard_twenty_times(listening, presses):
    for _ in range(20):
        press()
        presses.wait()
    assert presses.count == 0


def test_hotkey_on_x11_when_listened_for_then_is_a_grab(listening):
    assert listening.way == "x11"


def test_hotkey_when_held_then_fires_once(listening, presses):
    xdotool("keydown", "ctrl", "keydown", "alt", "keydown", "space", "sleep", "1.2")
    xdotool("keyup", "space", "keyup", "alt", "keyup", "ctrl")
    presses.wait()
    press()  # comes after whatever the held key may have made
    presses.wait()
    assert presses.count == 0


@pytest.mark.parametrize("lock", ["Caps_Lock", "Num_Lock"])
def test_hotkey_when_a_lock_is_on_then_fires_all_the_same(listening, presses, lock):
    xdotool("key", lock)
    try:
        xdotool("key", KEYS)
        presses.wait()
    finally:
        xdotool("key", lock)


def test_hotkey_when_pressed_then_the_window_below_gets_nothing_of_it(display, presses, window_below):
    xdotool("key", "space")
    space = window_below()
    heard = hotkey.listen(SHORTCUT, presses)
    for _ in range(20):
        xdotool("key", KEYS)
        presses.wait()
    heard.stop()
    xdotool("key", "a")
    below = [window_below()]
    while below[-1] != keycode_of("a"):
        below.append(window_below())
    assert space not in below


def keycode_of(letter):
    display = Display()
    keycode = display.keysym_to_keycode(ord(letter))
    display.close()
    return keycode


@pytest.mark.parametrize("keys", ["ctrl+space", "ctrl+alt+shift+space", "super+ctrl+alt+space", "space", "ctrl+alt+a"])
def test_hotkey_when_other_modifiers_or_another_key_are_pressed_then_stays_silent(listening, presses, keys):
    xdotool("key", keys)
    press()
    presses.wait()
    assert presses.count == 0


def test_hotkey_when_another_program_has_it_then_is_reported_as_taken(listening, presses):
    with pytest.raises(HotkeyTaken, match=r"<ctrl>\+<alt>\+<space>") as refused:
        hotkey.listen(SHORTCUT, presses)
    assert "--keyboard-shortcut" in refused.value.hint


def test_hotkey_when_stopped_then_another_program_can_have_it(display, presses):
    hotkey.listen(SHORTCUT, presses).stop()
    other = Presses()
    heard = hotkey.listen(SHORTCUT, other)
    press()
    other.wait()
    heard.stop()
    assert presses.count == 0


@pytest.mark.parametrize(
    ("shortcut", "keys"), [("<cmd>+<shift>+f", "super+shift+f"), ("<f9>", "F9"), ("<ctrl>+,", "ctrl+comma")]
)
def test_hotkey_when_another_one_is_chosen_then_that_is_heard(display, presses, shortcut, keys):
    heard = hotkey.listen(shortcut, presses)
    press(keys)
    presses.wait()
    heard.stop()


def test_hotkey_when_the_keyboard_changes_then_moves_with_its_key(display, presses):
    heard = hotkey.listen("<ctrl>+<alt>+y", presses)
    try:
        subprocess.run(["setxkbmap", "de"], check=True)
        press("ctrl+alt+y")
        presses.wait()
    finally:
        subprocess.run(["setxkbmap", "us"], check=True)
        heard.stop()


def test_hotkey_when_the_keyboard_has_no_such_key_then_says_so(display, presses):
    with pytest.raises(HotkeyUnavailable, match="no key for"):
        hotkey.listen("<ctrl>+\N{HIRAGANA LETTER A}", presses)


# python-xlib leaves the sockets open on which nobody answered.
@pytest.mark.filterwarnings("ignore:Exception ignored in. <socket.socket:pytest.PytestUnraisableExceptionWarning")
def test_hotkey_when_no_display_answers_then_names_the_command_that_helps(monkeypatch, presses):
    monkeypatch.setenv("DISPLAY", ":4711")
    monkeypatch.setenv("XDG_SESSION_TYPE", "x11")
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    with pytest.raises(HotkeyUnavailable) as refused:
        hotkey.listen(SHORTCUT, presses)
    assert "launcher toggle" in refused.value.hint
