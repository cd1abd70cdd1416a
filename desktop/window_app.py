"""The window as a page of Chromium or its kin without tabs and address bar, in a profile of its own.

Where another program's window can be hidden (X11, Windows) the browser is started once and stays; elsewhere showing
starts it and hiding ends it.
"""

import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Protocol

from desktop.browsers import browser_command, find_browser, profiles_of, sweep_profiles
from desktop.window import WindowUnavailable

_APPEARS_S = 20.0
_ENDS_S = 3.0


class _Top(Protocol):
    """The browser's window, for whom it does not belong to."""

    def show(self) -> None: ...

    def hide(self) -> None: ...

    def watch(self, on_left: Callable[[], None]) -> None: ...

    def release(self) -> None: ...


def open_app(address: Callable[[], str], on_closed: Callable[[], None], profile_dir: Path) -> "AppWindow":
    """Start the browser with its window hidden, where that can be; it goes on starting after this returns.

    Raises:
        WindowUnavailable: There is no such browser, or no display.
    """
    browser = find_browser(sys.platform, os.environ)
    if browser is None:
        raise WindowUnavailable(
            "there is no Chromium, Chrome, Edge or Brave", hint="Install one of them, or use --window browser."
        )
    if not can_show(sys.platform, os.environ):
        raise WindowUnavailable("there is no desktop here", hint="--window none only serves the page.")
    window = AppWindow(browser, address, on_closed, profiles_of(browser, profile_dir))
    window.start()
    return window


def can_show(platform: str, environ: Mapping[str, str]) -> bool:
    return platform in ("win32", "darwin") or bool(environ.get("DISPLAY") or environ.get("WAYLAND_DISPLAY"))


def can_hide(platform: str, environ: Mapping[str, str]) -> bool:
    """Whether another program's window can be hidden and shown here."""
    is_wayland = environ.get("WAYLAND_DISPLAY") or environ.get("XDG_SESSION_TYPE") == "wayland"
    return platform == "win32" or (platform != "darwin" and bool(environ.get("DISPLAY")) and not is_wayland)


class AppWindow:
    needs_main_thread = False

    def __init__(
        self, browser: Path, address: Callable[[], str], on_closed: Callable[[], None], profile_dir: Path
    ) -> None:
        self._browser = browser
        self._address = address
        self._on_closed = on_closed
        self._profile_dir = profile_dir
        self._can_hide = can_hide(sys.platform, os.environ)
        self._lock = threading.RLock()
        self._process: subprocess.Popen[bytes] | None = None
        self._top: _Top | None = None  # None while it starts, and where it cannot be hidden
        self._is_shown = False
        self._is_closed = threading.Event()

    def start(self) -> None:
        sweep_profiles(self._profile_dir)
        self._profile = Path(tempfile.mkdtemp(prefix="profile-", dir=self._profile_dir))
        if self._can_hide:
            self._open()

    @property
    def is_shown(self) -> bool:
        return self._is_shown

    def show(self, activation_token: str = "") -> None:
        with self._lock:
            self._is_shown = True
            if self._process is None:
                self._open(activation_token)
            elif self._top:
                self._top.show()

    def hide(self) -> None:
        with self._lock:
            self._is_shown = False
            if self._top:
                self._top.hide()
            elif not self._can_hide:
                self._end()

    def toggle(self, activation_token: str = "") -> None:
        with self._lock:
            if self._is_shown:
                self.hide()
            else:
                self.show(activation_token)

    def close(self) -> None:
        with self._lock:
            self._is_closed.set()
            self._end()
        sweep_profiles(self._profile_dir)

    def run(self) -> None:
        self._is_closed.wait()

    def _open(self, activation_token: str = "") -> None:
        command = browser_command(self._browser, self._address(), self._profile, window_class=self._profile.name)
        token = {"XDG_ACTIVATION_TOKEN": activation_token} if activation_token else {}
        quiet = subprocess.DEVNULL
        self._process = subprocess.Popen(
            command, env={**os.environ, **token}, stdin=quiet, stdout=quiet, stderr=quiet, start_new_session=True
        )
        threading.Thread(target=self._attend, args=(self._process,), name="window", daemon=True).start()

    def _end(self) -> None:
        """End the browser without its being taken for the person's doing."""
        process, self._process = self._process, None
        if process is None:
            return
        process.terminate()
        try:
            process.wait(_ENDS_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def _attend(self, process: "subprocess.Popen[bytes]") -> None:
        """From the browser's start to its end."""
        top = self._find_top(process) if self._can_hide else None
        if top:
            top.watch(self.hide)
            self._adopt(top)
        process.wait()
        with self._lock:
            is_of_person = self._process is process
            if is_of_person:
                self._process, self._top, self._is_shown = None, None, False
        if top:
            top.release()
        if is_of_person:
            self._on_closed()

    def _adopt(self, top: _Top) -> None:
        """What was wished while it started is done now."""
        with self._lock:
            self._top = top
            (top.show if self._is_shown else top.hide)()

    def _find_top(self, process: "subprocess.Popen[bytes]") -> _Top | None:
        deadline = time.monotonic() + _APPEARS_S

        def is_given_up() -> bool:
            return process.poll() is not None or time.monotonic() > deadline

        if sys.platform == "win32":
            from desktop import window_windows

            return window_windows.wait_for_window(process.pid, is_given_up=is_given_up)
        from desktop import window_x11

        return window_x11.wait_for_window(self._profile.name, is_given_up=is_given_up)
