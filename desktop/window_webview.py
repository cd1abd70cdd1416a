"""The window by pywebview: without a border, in front, and hidden whenever it is not used.

pywebview uses what the system has to show pages: WebView2 on Windows, WKWebView on macOS, GTK's or Qt's web view on
Linux where the distribution has put it within reach.
"""

import logging
import os
import sys
import threading
from collections.abc import Callable
from typing import Any

from desktop.placing import HEIGHT_PX, WIDTH_PX, Rect, centred
from desktop.window import NAME, WindowUnavailable

_LOADED_S = 1.0
_HINT = "Use --window app or --window browser."


def open_webview(address: Callable[[], str], on_closed: Callable[[], None]) -> "WebviewWindow":
    """A window that is there once `run` runs in the main thread.

    Raises:
        WindowUnavailable: pywebview or what it stands on is not installed, or there is no display.
    """
    if sys.platform not in ("win32", "darwin") and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        raise WindowUnavailable("there is no desktop here", hint="--window none only serves the page.")
    logging.getLogger("pywebview").setLevel(logging.CRITICAL)  # it prints whatever it does not find
    try:
        import webview

        toolkit = _toolkit(webview)
    except (ImportError, ValueError) as error:
        raise WindowUnavailable("pywebview is not installed", hint=_HINT) from error
    return WebviewWindow(webview, toolkit, address, on_closed)


def _toolkit(webview: Any) -> str:
    """What shows the pages: "gtk", "qt", "winforms", "cocoa".

    Raises:
        WindowUnavailable: Nothing, or something that is too old for our page.
    """
    from webview.guilib import initialize

    try:
        found = initialize()
    except webview.WebViewException as error:
        raise WindowUnavailable("pywebview finds no GTK, Qt or WebView to show pages with", hint=_HINT) from error
    if getattr(found, "renderer", "") == "mshtml":
        raise WindowUnavailable("pywebview finds only Internet Explorer", hint="Install the WebView2 runtime.")
    return str(found.__name__).rpartition(".")[2]


class WebviewWindow:
    needs_main_thread = True

    def __init__(self, webview: Any, toolkit: str, address: Callable[[], str], on_closed: Callable[[], None]) -> None:
        self._webview = webview
        self._toolkit = toolkit
        self._address = address
        self._on_closed = on_closed
        self._lock = threading.RLock()
        self._window: Any = None  # while the loop runs
        self._is_shown = False
        self._is_closed = False

    @property
    def is_shown(self) -> bool:
        return self._is_shown

    def show(self, activation_token: str = "") -> None:
        with self._lock:
            self._is_shown = True
            if self._window:
                _SHOWN_BY.get(self._toolkit, _show)(self._window, activation_token)

    def hide(self) -> None:
        with self._lock:
            self._is_shown = False
            if self._window:
                self._window.hide()

    def toggle(self, activation_token: str = "") -> None:
        with self._lock:
            if self._is_shown:
                self.hide()
            else:
                self.show(activation_token)

    def close(self) -> None:
        with self._lock:
            window, self._window, self._is_closed = self._window, None, True
        if window:
            threading.Thread(target=_destroy, args=(window,), name="window", daemon=True).start()

    def run(self) -> None:
        """The toolkit's loop, in the main thread, until the window is closed."""
        if self._is_closed:
            return
        window = self._webview.create_window(
            NAME,
            self._address(),
            js_api=_Page(self.hide),
            width=WIDTH_PX,
            height=HEIGHT_PX,
            hidden=True,
            frameless=True,
            easy_drag=False,
            on_top=True,
        )
        window.events.closing += self._on_closing
        self._webview.start(self._begin, (window,), private_mode=True)
        with self._lock:
            self._window, self._is_shown = None, False
        if not self._is_closed:
            self._on_closed()

    def _begin(self, window: Any) -> None:
        """What was wished before there was a window is done now; in a thread of pywebview's."""
        window.events.shown.wait()
        with self._lock:
            if not self._is_closed:
                self._window = window
                if self._is_shown:
                    self.show()
                return
        _destroy(window)

    def _on_closing(self) -> bool:
        """Whether it may be closed: the person only puts it away."""
        if not self._is_closed:
            self.hide()
        return self._is_closed


def _destroy(window: Any) -> None:
    """Not while it loads: a thread of pywebview's would wait for the page for ever, and the process for the thread."""
    window.events.loaded.wait(_LOADED_S)
    window.destroy()


class _Page:
    """What the page may ask for, as `window.pywebview.api.hide()`: on Esc, and when it has lost the focus."""

    def __init__(self, hide: Callable[[], None]) -> None:
        self._hide = hide

    def hide(self) -> None:
        self._hide()


def _show(window: Any, _activation_token: str) -> None:
    window.show()


def _show_gtk(window: Any, activation_token: str) -> None:
    """By GTK itself: pywebview 6.2 hides again at once what was made hidden."""
    from gi.repository import Gdk, GLib

    def show() -> bool:
        native = window.native
        display = native.get_display()
        _, x, y = display.get_default_seat().get_pointer().get_position()
        place = display.get_monitor_at_point(x, y).get_geometry()
        width, height = native.get_size()
        native.move(*centred(width, height, Rect(place.x, place.y, place.width, place.height)))
        if activation_token:
            native.set_startup_id(activation_token)
        native.show_all()
        native.present_with_time(Gdk.CURRENT_TIME)
        return False  # once

    window.hidden = False
    GLib.idle_add(show)


def _show_winforms(window: Any, _activation_token: str) -> None:
    from desktop.window_windows import centre

    centre(window.native.Handle.ToInt64())
    window.show()


_SHOWN_BY = {"gtk": _show_gtk, "winforms": _show_winforms}
