"""An X11 display: a connection that does not print, its events until somebody says stop, and its screens."""

import select
import socket
from collections.abc import Iterator
from typing import Any

from Xlib import X
from Xlib.display import Display
from Xlib.error import ConnectionClosedError

from desktop.placing import Rect


def connect() -> Any:
    """Open the display that DISPLAY names.

    Raises:
        Xlib.error.DisplayError: It does not answer.
    """
    display = Display()
    display.set_error_handler(lambda *_: None)  # of requests that nobody asks about; the default prints
    return display


def events(display: Any, stopped: socket.socket) -> Iterator[Any]:
    """Events as they come, until the other end of `stopped` is closed or the display is gone."""
    try:
        while True:
            while not display.pending_events():
                readable, _, _ = select.select([display, stopped], [], [])
                if stopped in readable:
                    return
            yield display.next_event()
    except (ConnectionClosedError, OSError):
        return


def screen_with_pointer(display: Any) -> Rect:
    """The monitor on which the pointer is."""
    root = display.screen().root
    pointer = root.query_pointer()
    monitors = [
        Rect(monitor["x"], monitor["y"], monitor["width_in_pixels"], monitor["height_in_pixels"])
        for monitor in (root.xrandr_get_monitors().monitors if display.has_extension("RANDR") else ())
    ]
    whole = Rect(0, 0, display.screen().width_in_pixels, display.screen().height_in_pixels)
    return next((monitor for monitor in monitors if monitor.holds(pointer.root_x, pointer.root_y)), whole)


def active_window(display: Any) -> int:
    """The number of the window that has the keyboard, as the window manager knows it; 0: there is none."""
    return next(iter(numbers(display, display.screen().root, "_NET_ACTIVE_WINDOW")), 0)


def numbers(display: Any, window: Any, property_name: str) -> list[int]:
    """The values of a property of a window; none where it has no such."""
    found = window.get_full_property(display.intern_atom(property_name), X.AnyPropertyType)
    return list(found.value) if found else []
