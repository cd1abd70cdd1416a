"""The window as a tab of the person's own browser, which can be opened and neither hidden nor closed."""

import os
import sys
import threading
import webbrowser
from collections.abc import Callable

from desktop.window import WindowUnavailable


def open_browser(address: Callable[[], str]) -> "BrowserTab":
    """The default browser; nothing is opened yet.

    Raises:
        WindowUnavailable: There is none; what is found without a display runs in the terminal, and cannot show it.
    """
    has_display = os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY") or sys.platform in ("win32", "darwin")
    try:
        browser = webbrowser.get() if has_display else None
    except webbrowser.Error:
        browser = None
    if browser is None:
        raise WindowUnavailable("there is no browser", hint="--window none serves the page for one that you open.")
    return BrowserTab(browser, address)


class BrowserTab:
    """Showing opens another tab; the browser tells nothing about it afterwards."""

    needs_main_thread = False
    is_shown = False

    def __init__(self, browser: webbrowser.BaseBrowser, address: Callable[[], str]) -> None:
        self._browser = browser
        self._address = address
        self._is_closed = threading.Event()

    def show(self, activation_token: str = "") -> None:  # noqa: ARG002  # a browser takes none from us
        self._browser.open(self._address())

    def hide(self) -> None:
        pass

    def toggle(self, activation_token: str = "") -> None:
        self.show(activation_token)

    def close(self) -> None:
        self._is_closed.set()

    def run(self) -> None:
        self._is_closed.wait()
