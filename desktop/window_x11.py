"""The window of another program under X11: shown, hidden, kept in front, and noticed when the person leaves it.

Hiding withdraws the window and showing maps it again, so the program behind it keeps its page drawn and the window is
there within a frame.
"""

import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from Xlib import X, Xatom, Xutil
from Xlib.error import ConnectionClosedError, DisplayError, XError
from Xlib.protocol import event as x_event

from desktop.placing import centred
from desktop.x11 import active_window, connect, events, numbers, screen_with_pointer

_LOOK_AGAIN_S = 0.01
_SETTLE_S = 0.1  # between two windows there may be a moment without an active one
_STATES = ("_NET_WM_STATE_ABOVE", "_NET_WM_STATE_SKIP_TASKBAR", "_NET_WM_STATE_SKIP_PAGER")
_NO_BORDER = [2, 0, 0, 0, 0]  # _MOTIF_WM_HINTS: only the field of decorations counts, and it says none
_FROM_A_PAGER = 2  # a window manager obeys this at once, as it is the person's wish
_GONE = (XError, ConnectionClosedError, OSError)  # the window, or the display with it


def wait_for_window(window_class: str, *, is_given_up: Callable[[], bool]) -> "X11Window | None":
    """The window of the program that was started with this class, as soon as the window manager lists it."""
    try:
        display = connect()
    except (DisplayError, OSError):
        return None
    while not is_given_up():
        for window_id in numbers(display, display.screen().root, "_NET_CLIENT_LIST"):
            window = display.create_resource_object("window", window_id)
            if window_class in _classes(window):
                return X11Window(display, window)
        time.sleep(_LOOK_AGAIN_S)
    display.close()
    return None


class X11Window:
    """One window; its methods may be called from any thread, until it is released."""

    def __init__(self, display: Any, window: Any) -> None:
        self._display = display
        self._window = window
        self._lock = threading.Lock()
        self._was_active = False  # since it was shown
        self._watcher: tuple[threading.Thread, socket.socket] | None = None

    def show(self) -> None:
        """In the middle of the screen with the pointer, in front, with the keyboard."""
        with self._lock, suppress(*_GONE):
            self._was_active = active_window(self._display) == self._window.id
            self._dress()
            size = self._window.get_geometry()
            x, y = centred(size.width, size.height, screen_with_pointer(self._display))
            self._window.set_wm_normal_hints(flags=Xutil.USPosition | Xutil.PPosition, x=x, y=y)
            self._window.configure(x=x, y=y)
            self._window.map()
            atom = self._display.intern_atom("_NET_ACTIVE_WINDOW")
            data = (32, [_FROM_A_PAGER, X.CurrentTime, 0, 0, 0])
            self._tell_manager(x_event.ClientMessage(window=self._window, client_type=atom, data=data))
            self._display.sync()

    def hide(self) -> None:
        with self._lock, suppress(*_GONE):
            self._was_active = False
            if active_window(self._display) == self._window.id:
                # Told while it can still see it, its program notices that the keyboard goes, and later that it is back.
                self._display.set_input_focus(X.PointerRoot, X.RevertToPointerRoot, X.CurrentTime)
                self._display.sync()
            root = self._display.screen().root
            self._window.unmap()
            # A window that the person made small is not mapped, so its manager has to be told as well (ICCCM).
            self._tell_manager(x_event.UnmapNotify(event=root, window=self._window, from_configure=False))
            self._display.sync()

    def watch(self, on_left: Callable[[], None]) -> None:
        """Have `on_left` called, from another thread, when the person turns to the window of another program."""
        stopped, stop_signal = socket.socketpair()
        thread = threading.Thread(target=self._notice, args=(stopped, on_left), name="window focus", daemon=True)
        self._watcher = thread, stop_signal
        thread.start()

    def release(self) -> None:
        """Leave the window alone from now on."""
        if self._watcher:
            thread, stop_signal = self._watcher
            stop_signal.close()
            thread.join()
        with self._lock:
            self._display.close()

    def _dress(self) -> None:
        """No border, no entry in the task bar; a window that was withdrawn has to say so anew."""
        hints = self._display.intern_atom("_MOTIF_WM_HINTS")
        self._window.change_property(hints, hints, 32, _NO_BORDER)
        states = [self._display.intern_atom(name) for name in _STATES]
        self._window.change_property(self._display.intern_atom("_NET_WM_STATE"), Xatom.ATOM, 32, states)

    def _tell_manager(self, event: Any) -> None:
        mask = X.SubstructureRedirectMask | X.SubstructureNotifyMask
        self._display.screen().root.send_event(event, event_mask=mask)

    def _notice(self, stopped: socket.socket, on_left: Callable[[], None]) -> None:
        display = connect()  # of its own: it waits, and the other one is used meanwhile
        display.screen().root.change_attributes(event_mask=X.PropertyChangeMask)
        active_atom = display.intern_atom("_NET_ACTIVE_WINDOW")
        with suppress(*_GONE):
            for event in events(display, stopped):
                if event.type == X.PropertyNotify and event.atom == active_atom and self._is_left(display):
                    on_left()
        display.close()
        stopped.close()

    def _is_left(self, display: Any) -> bool:
        """Whether the person was in the window since it was shown, and is elsewhere now."""
        if self._is_own(display, active_window(display)):
            self._was_active = True
            return False
        if not self._was_active:
            return False
        time.sleep(_SETTLE_S)
        return self._was_active and not self._is_own(display, active_window(display))

    def _is_own(self, display: Any, window_id: int) -> bool:
        """A dialogue of the window is the window."""
        with suppress(XError):
            return window_id == self._window.id or self._window.id in numbers(
                display, display.create_resource_object("window", window_id), "WM_TRANSIENT_FOR"
            )
        return False


def _classes(window: Any) -> tuple[str, ...]:
    with suppress(XError):  # it was closed meanwhile
        return window.get_wm_class() or ()
    return ()
