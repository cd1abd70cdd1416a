"""A program that has the whole screen, on a real display with a real window manager."""

import subprocess
import sys
from pathlib import Path

import pytest
from Xlib import X
from Xlib.display import Display
from Xlib.protocol import event

from desktop.full_screen import FullScreen
from tests.xdisplay import running, wait_until


@pytest.fixture
def full_screen():
    full_screen = FullScreen()
    yield full_screen
    full_screen.close()


@pytest.fixture
def program(screen):
    """The active window of a program."""
    command = [sys.executable, str(Path(__file__).with_name("key_window.py"))]
    with running(command, stdout=subprocess.PIPE, text=True):
        wait_until(lambda: screen.active() in screen.windows())
        yield screen.active()


def order_full_screen(name, window_id, *, is_on):
    """As the program itself would."""
    display = Display(name)
    window = display.create_resource_object("window", window_id)
    states = [display.intern_atom(atom) for atom in ("_NET_WM_STATE", "_NET_WM_STATE_FULLSCREEN")]
    wish = event.ClientMessage(window=window, client_type=states[0], data=(32, [int(is_on), states[1], 0, 1, 0]))
    mask = X.SubstructureRedirectMask | X.SubstructureNotifyMask
    display.screen().root.send_event(wish, event_mask=mask)
    display.sync()
    display.close()


def test_screen_when_a_program_takes_all_of_it_then_is_taken_until_it_gives_it_back(display, full_screen, program):
    def is_taken_once_ordered(*, is_on):
        """Ordered again and again: a window manager that is still busy with the window forgets it."""
        order_full_screen(display, program, is_on=is_on)
        return full_screen.is_taken()

    assert not full_screen.is_taken()
    wait_until(lambda: is_taken_once_ordered(is_on=True))
    wait_until(lambda: not is_taken_once_ordered(is_on=False))


def test_screen_when_no_window_is_active_then_is_free(screen, full_screen):
    assert screen.windows() == []
    assert not full_screen.is_taken()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # python-xlib leaves its socket open
@pytest.mark.parametrize("name", ["", ":4711"])
def test_screen_when_there_is_no_display_then_is_free(monkeypatch, full_screen, name):
    monkeypatch.setenv("DISPLAY", name)
    assert not full_screen.is_taken()
