"""What the person sees: the windows on a display of the test's own, as its window manager has them."""

import subprocess
import sys
from pathlib import Path

import pytest
from Xlib import X
from Xlib.display import Display
from Xlib.protocol import event

from tests.xdisplay import running, window_manager


class Screen:
    """A look at a display, from beside."""

    def __init__(self, name):
        self._display = Display(name)
        self._root = self._display.screen().root

    def close(self):
        self._display.close()

    def windows(self):
        """Numbers of the windows that are mapped, as the window manager knows them."""
        return self._property("_NET_CLIENT_LIST")

    def active(self):
        return next(iter(self._property("_NET_ACTIVE_WINDOW")), 0)

    def place(self, window_id):
        window = self._display.create_resource_object("window", window_id)
        size, corner = window.get_geometry(), window.translate_coords(self._root, 0, 0)
        return -corner.x, -corner.y, size.width, size.height

    def border(self, window_id):
        """Its widths: left, right, top, bottom."""
        return self._property("_NET_FRAME_EXTENTS", self._display.create_resource_object("window", window_id))

    def close_window(self, window_id):
        """As the button of its title bar does."""
        atom = self._display.intern_atom("_NET_CLOSE_WINDOW")
        data = (32, [X.CurrentTime, 2, 0, 0, 0])
        wish = event.ClientMessage(window=window_id, client_type=atom, data=data)
        self._root.send_event(wish, event_mask=X.SubstructureRedirectMask | X.SubstructureNotifyMask)
        self._display.sync()

    def _property(self, name, window=None):
        found = (window or self._root).get_full_property(self._display.intern_atom(name), X.AnyPropertyType)
        return list(found.value) if found else []


@pytest.fixture(scope="module")
def desktop(display_name):
    with window_manager(display_name):
        yield display_name


@pytest.fixture
def screen(desktop, display):
    screen = Screen(display)
    yield screen
    screen.close()


@pytest.fixture
def panel(display):
    """A place for icons; says each time when one was taken in."""
    with running([sys.executable, str(Path(__file__).with_name("tray_host.py"))], stdout=subprocess.PIPE) as host:
        host.stdout.readline()
        yield host.stdout.readline
