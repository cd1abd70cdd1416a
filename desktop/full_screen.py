"""Whether one program has the whole screen: a film, a game, a talk. Nobody wants to be bothered then.

Under X11, XWayland's windows included, and Windows; elsewhere nothing tells, and the screen counts as free.
"""

import ctypes
import os
import sys
from contextlib import suppress
from typing import Any

# shellapi.h, QUERY_USER_NOTIFICATION_STATE: QUNS_BUSY, QUNS_RUNNING_D3D_FULL_SCREEN, QUNS_PRESENTATION_MODE
_WINDOWS_TAKEN = frozenset({2, 3, 4})


class FullScreen:
    """Asks again and again, over one connection to the display; for one thread at a time."""

    def __init__(self) -> None:
        self._display: Any = None

    def is_taken(self) -> bool:
        if sys.platform == "win32":
            return _is_taken_under_windows()
        return sys.platform == "linux" and bool(os.environ.get("DISPLAY")) and self._is_taken_under_x11()

    def close(self) -> None:
        display, self._display = self._display, None
        if display:
            with suppress(Exception):  # it may be gone, in as many ways as python-xlib has
                display.close()

    def _is_taken_under_x11(self) -> bool:
        from Xlib.error import ConnectionClosedError, DisplayError, XError

        from desktop.x11 import active_window, connect, numbers

        try:
            self._display = display = self._display or connect()
            window = display.create_resource_object("window", active_window(display))
            return display.intern_atom("_NET_WM_STATE_FULLSCREEN") in numbers(display, window, "_NET_WM_STATE")
        except (ConnectionClosedError, DisplayError, XError, OSError):
            self.close()
            return False


def _is_taken_under_windows() -> bool:
    state = ctypes.c_int()
    failed = ctypes.windll.shell32.SHQueryUserNotificationState(ctypes.byref(state))  # type: ignore[attr-defined]
    return not failed and state.value in _WINDOWS_TAKEN
