"""A display of its own for a test that needs one: Xvfb, a window manager, and a keyboard that xdotool presses."""

import os
import queue
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from Xlib import X
from Xlib.display import Display

PATIENCE_S = 60.0


def need(*programs: str) -> None:
    """Skip the test where one of these is not installed; CI has them all."""
    missing = [program for program in programs if not shutil.which(program)]
    if missing and os.environ.get("CI") == "true":
        pytest.fail(f"not installed: {', '.join(missing)}")
    if missing:
        pytest.skip(f"not installed: {', '.join(missing)}")


@contextmanager
def running(command: list[str], **options) -> Iterator[subprocess.Popen]:
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, **{"stderr": subprocess.DEVNULL, **options})
    try:
        yield process
    finally:
        process.terminate()
        process.wait(PATIENCE_S)
        if process.stdout:
            process.stdout.close()


@contextmanager
def virtual_display(*, size: str = "1280x800") -> Iterator[str]:
    """The name of a display that nobody else has, like ":57"; the server picks it."""
    need("Xvfb", "xdotool")
    command = ["Xvfb", "-displayfd", "1", "-screen", "0", f"{size}x24", "-nolisten", "tcp", "-noreset"]
    with running(command, stdout=subprocess.PIPE, text=True) as server:
        yield f":{server.stdout.readline().strip()}"


@contextmanager
def window_manager(display: str) -> Iterator[None]:
    need("openbox")
    environ = {**os.environ, "DISPLAY": display}
    with running(["openbox", "--sm-disable"], env=environ, stdout=subprocess.DEVNULL):
        wait_until(lambda: _root_property(display, "_NET_SUPPORTING_WM_CHECK"))
        yield


def _root_property(name, property_name):
    display = Display(name)
    found = display.screen().root.get_full_property(display.intern_atom(property_name), X.AnyPropertyType)
    display.close()
    return found


@pytest.fixture(scope="module")
def display_name():
    with virtual_display() as name:
        yield name


@pytest.fixture
def display(display_name, monkeypatch):
    """An X11 session on an empty screen, without a window manager."""
    monkeypatch.setenv("DISPLAY", display_name)
    monkeypatch.setenv("XDG_SESSION_TYPE", "x11")
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    return display_name


def xdotool(*arguments: str) -> str:
    return subprocess.run(["xdotool", *arguments], capture_output=True, text=True, check=True).stdout.strip()


def wait_until(is_so, *, patience_s: float = PATIENCE_S) -> None:
    """Until it is so: what another program does takes as long as it takes."""
    deadline = time.monotonic() + patience_s
    while not is_so():
        assert time.monotonic() < deadline, "it never came about"
        time.sleep(0.01)


class Presses:
    """Counts how often a hotkey was pressed; `wait` blocks until the next time."""

    def __init__(self):
        self._queue = queue.SimpleQueue()

    def __call__(self):
        self._queue.put(None)

    def wait(self):
        self._queue.get(timeout=PATIENCE_S)

    @property
    def count(self):
        return self._queue.qsize()
