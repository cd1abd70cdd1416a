"""The window by pywebview, over Debian's GTK, in a process of its own: it wants the main thread."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.app_window import served_page
from tests.xdisplay import wait_until, xdotool

TESTS = Path(__file__).parent
PACKAGES = "/usr/lib/python3/dist-packages"


@pytest.fixture
def page():
    with served_page() as page:
        yield page


class Program:
    """The process, told what to do with its window."""

    def __init__(self, process):
        self._process = process

    def __call__(self, order):
        self._process.stdin.write(f"{order}\n")
        self._process.stdin.flush()

    def rest(self):
        """What it says until its end."""
        return self._process.communicate()[0].split()


@pytest.fixture
def window(screen, page):
    """Hidden, its page loaded."""
    command = [sys.executable, str(TESTS / "webview_program.py"), page.address(), PACKAGES]
    environ = {**os.environ, "PYTHONPATH": str(TESTS.parent), "NO_AT_BRIDGE": "1"}
    with subprocess.Popen(
        command, env=environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        answer = process.stdout.readline().strip()
        if answer != "ready":
            process.wait()
            (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(answer)
        try:
            page.wait_for("loaded")
            yield Program(process)
        finally:
            process.kill()


def test_webview_when_shown_and_hidden_twenty_times_then_is_so_each_time(window, screen):
    for _ in range(20):
        window("show")
        wait_until(lambda: screen.active() in screen.windows())
        window("hide")
        wait_until(lambda: screen.windows() == [])


def test_webview_when_shown_then_is_centred_and_has_no_border(window, screen):
    window("show")
    wait_until(lambda: screen.active() and screen.place(screen.active()) == (90, 40, 1100, 720))
    assert not any(screen.border(screen.active()))


def test_webview_when_shown_then_what_is_typed_reaches_its_page(window, screen, page):
    window("show")
    wait_until(lambda: screen.active() in screen.windows())
    page.wait_for_keyboard()


def test_webview_when_its_page_asks_for_it_then_hides(window, screen, page):
    window("show")
    wait_until(lambda: screen.active() in screen.windows())
    page.wait_for_keyboard()
    xdotool("key", "h")
    wait_until(lambda: screen.windows() == [])


def test_webview_when_the_person_closes_it_then_is_only_put_away(window, screen):
    window("show")
    wait_until(lambda: screen.active() in screen.windows())
    screen.close_window(screen.active())
    wait_until(lambda: screen.windows() == [])
    window("toggle")
    wait_until(lambda: screen.active() in screen.windows())


def test_webview_when_closed_for_good_then_its_program_goes_on(window):
    window("close")
    assert window.rest() == ["ended"]
