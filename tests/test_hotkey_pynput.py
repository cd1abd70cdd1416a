"""pynput in a child process, on a real display."""

import os
import signal
import subprocess
import threading

import pytest

from desktop import hotkey_pynput
from desktop.shortcut import HotkeyUnavailable, parse_shortcut
from tests.xdisplay import Presses, wait_until, xdotool

SHORTCUT = parse_shortcut("<ctrl>+<alt>+<space>")


@pytest.fixture
def presses(display):
    return Presses()


def children():
    command = ["pgrep", "-P", str(os.getpid()), "-f", "desktop.hotkey_pynput"]
    listed = subprocess.run(command, capture_output=True, check=False)
    return [int(line) for line in listed.stdout.split()]


def test_pynput_when_the_key_is_pressed_then_is_heard(presses):
    stop = hotkey_pynput.listen(SHORTCUT, presses)
    for _ in range(3):
        xdotool("key", "ctrl+alt+space")
        presses.wait()
    stop()
    assert children() == []


def test_pynput_when_its_process_dies_then_is_started_again(presses):
    stop = hotkey_pynput.listen(SHORTCUT, presses)
    [first] = children()
    os.kill(first, signal.SIGILL)
    wait_until(lambda: children() not in ([], [first]))
    wait_until(lambda: xdotool("key", "ctrl+alt+space") == "" and presses.count)
    stop()


def test_pynput_when_its_process_dies_again_and_again_then_is_given_up(presses):
    stop = hotkey_pynput.listen(SHORTCUT, presses)
    for _ in range(4):
        wait_until(lambda: len(children()) == 1)
        [child] = children()
        os.kill(child, signal.SIGILL)
        wait_until(lambda child=child: child not in children())
    wait_until(lambda: "desktop.hotkey_pynput" not in {thread.name for thread in threading.enumerate()})
    assert children() == []
    stop()


def test_pynput_when_it_cannot_listen_then_says_so(monkeypatch):
    monkeypatch.delenv("DISPLAY", raising=False)
    with pytest.raises(HotkeyUnavailable, match="pynput"):
        hotkey_pynput.listen(SHORTCUT, Presses())
    assert children() == []
