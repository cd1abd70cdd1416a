"""A real browser on a real window: Debian's Chromium, driven by Playwright, over an index of real files.

    def test_search_when_typed_then_the_file_is_listed(page):
        page.get_by_role("combobox").fill("leaking roof")
        expect(page.get_by_role("option").first).to_contain_text("roof.txt")  # waits until it is so

    def test_enter_when_pressed_then_the_file_is_opened(page, window):
        …
        page.keyboard.press("Enter")
        assert window.opened() == [str(window.documents / "roof.txt")]

The fixtures, which every test module gets by name:

documents   folder of a few files, once for a module; a module with files of its own defines a fixture of this name
            and scope, and returns the folder.
window      the launcher, in a process of its own, over an index of `documents`: `.address` (lets a browser in),
            `.origin`, `.token`, `.cookie`, `.shell` (runs other commands with the same home), `.opened()` (what was
            given to `xdg-open`, which is ours). Once for a module.
chromium    the browser. No name leads out of this machine, and every name that ends in `.test` leads to it.
page        a tab of its own that was let in, with the box ready to type into. The test fails if a script of the page
            did, or if the page asked for something that its policy forbids.
screenshot  call it with a name: a picture of `page` in tests/screenshots, for people to look at.

Playwright has an event loop running in this thread while `chromium` lives, so in such a module nothing can call
`asyncio.run`.
"""

import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, TYPE_CHECKING

import httpx
import pytest

from tests.needed import program
from tests.shell import Shell

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

SCREENSHOTS = Path(__file__).resolve().parent / "screenshots"
NAMES = "MAP *.test 127.0.0.1, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost"
SIZE_PX = {"width": 1100, "height": 720}
START_MS = 15_000
OPENER = '#!/bin/sh\nprintf "%s\\0" "$@" >> "{log}"\n'
ADDRESS = re.compile(r"(http://127\.0\.0\.1:\d+)/\?t=(\S+)")
# With these a program could show itself to the person who runs the tests, or take a key of theirs.
DESKTOP = ("DISPLAY", "WAYLAND_DISPLAY", "XDG_SESSION_TYPE", "XDG_CURRENT_DESKTOP")
TEXTS = {
    "roof.txt": "The storm broke some tiles; water comes in under the ridge. The roof is leaking.",
    "bread.md": "# Sourdough\n\nKnead flour and water, let it rise overnight, bake it for an hour.",
    "invoices/plumber.txt": "Invoice 4711 of the plumber: the bill for the new gutter is due in March.",
    "code/debounce.js": "// Wait until the person stops typing.\nexport function debounce(call, ms) {}\n",
}


def write_files(folder: Path, texts: dict[str, str] = TEXTS) -> Path:
    for name, text in texts.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


@dataclass(frozen=True)
class Window:
    """A launcher that runs."""

    shell: Shell
    documents: Path
    origin: str
    token: str

    @property
    def address(self) -> str:
        """What lets a browser in; good for the whole run."""
        return f"{self.origin}/?t={self.token}"

    @property
    def cookie(self) -> str:
        return f"launcher_{httpx.URL(self.origin).port}={self.token}"

    def opened(self) -> list[str]:
        """The paths that were given to `xdg-open` so far."""
        log = _opener_log(self.shell)
        return log.read_text(encoding="utf-8").split("\0")[:-1] if log.exists() else []


def _opener_log(shell: Shell) -> Path:
    return shell.home / "bin" / "opened"


def shell_without_desktop(home: Path) -> Shell:
    """A shell whose `xdg-open` only writes down what it is to open."""
    shell = Shell(home)
    log = _opener_log(shell)
    log.parent.mkdir(parents=True)
    opener = log.with_name("xdg-open")
    opener.write_text(OPENER.format(log=log))
    opener.chmod(0o755)
    shell.environ = {name: value for name, value in shell.environ.items() if name not in DESKTOP} | {
        "PATH": os.pathsep.join((str(log.parent), os.environ["PATH"])),
        "DBUS_SESSION_BUS_ADDRESS": f"unix:path={home}/nobus",  # else a file manager there would show the folder
    }
    return shell


@contextmanager
def serving(home: Path, documents: Path, options: Sequence[str] = ()) -> Iterator[Window]:
    """A window over an index of `documents`, until the end of the block."""
    shell = shell_without_desktop(home)
    indexed = shell("index", documents, "--ocr", "off")  # which takes seconds
    assert indexed.returncode == 0, indexed.stderr
    with launched(shell, options) as (origin, token):
        yield Window(shell, documents, origin, token)


@contextmanager
def launched(shell: Shell, options: Sequence[str] = ()) -> Iterator[tuple[str, str]]:
    """Its origin and token, once it answers."""
    process = shell.start("launch", "--window", "none", *options)
    try:
        yield _address(process.stderr)
    finally:
        process.terminate()
        process.communicate(timeout=20)


def _address(lines: IO[str]) -> tuple[str, str]:
    seen = []
    for line in lines:
        if found := ADDRESS.search(line):
            return found[1], found[2]
        seen.append(line)
    pytest.fail(f"the window did not start:\n{''.join(seen)}")


@contextmanager
def running_chromium(*options: str) -> Iterator["Browser"]:
    """Debian's Chromium, without a window; nothing of it stays."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415  # every run of the tests loads this module

    path = program("chromium", "chromium-browser", "google-chrome")
    arguments = [f"--host-resolver-rules={NAMES}", *options]
    with sync_playwright() as playwright, TemporaryDirectory(ignore_cleanup_errors=True) as home:
        environ = {"HOME": home, "PATH": os.environ["PATH"]}
        browser = playwright.chromium.launch(executable_path=path, args=arguments, env=environ)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def documents(tmp_path_factory):
    return write_files(tmp_path_factory.mktemp("documents"))


@pytest.fixture(scope="module")
def window(tmp_path_factory, documents, starter_weights):
    with serving(tmp_path_factory.mktemp("window"), documents) as running:
        yield running


@pytest.fixture(scope="module")
def chromium():
    with running_chromium() as browser:
        yield browser


@pytest.fixture
def page(chromium, window):
    with chromium.new_context(viewport=SIZE_PX) as context:
        tab, faults = context.new_page(), []
        tab.on("pageerror", lambda error: faults.append(str(error)))
        tab.on("console", lambda message: "Content Security" in message.text and faults.append(message.text))
        try:
            open_window(tab, window)
            yield tab
        finally:
            assert faults == []


def open_window(tab: "Page", window: Window) -> None:
    """Let this tab in, and wait until it can be typed into."""
    tab.goto(window.address)
    tab.locator("[role=combobox]:focus").wait_for(timeout=START_MS)


@pytest.fixture
def screenshot(page):
    def take(name: str) -> None:
        SCREENSHOTS.mkdir(exist_ok=True)
        page.screenshot(path=SCREENSHOTS / f"{name}.png")

    return take
