"""All of it as a person has it: the key, the window, typing, Enter; on a real display, with a real browser."""

import os
from contextlib import suppress

import httpx
import pytest
from PIL import ImageGrab

from desktop import hotkey
from tests.app_window import install_browser
from tests.browser import SCREENSHOTS, Window, shell_without_desktop, write_files
from tests.resident import Home
from tests.xdisplay import wait_until, xdotool

KEY = "ctrl+alt+space"
PLACE = (90, 40, 1100, 720)  # of the window
ATTACH = ("1106", "73")  # the button that chooses a picture


@pytest.fixture(scope="module")
def home(tmp_path_factory, desktop, starter_weights):
    """A resident process that was started as at login."""
    folder = tmp_path_factory.mktemp("resident")
    documents = write_files(folder / "documents")
    shell = shell_without_desktop(folder / "home")
    install_browser(folder / "browser")
    path = os.pathsep.join((str(folder / "browser"), shell.environ["PATH"]))
    shell.environ |= {"DISPLAY": desktop, "XDG_SESSION_TYPE": "x11", "PATH": path}
    assert shell("index", documents, "--ocr", "off").returncode == 0
    home = Home(shell)
    home.processes.append(shell.start("launch", "--window", "app", "--hidden"))
    yield home
    home.end()


@pytest.fixture
def launcher(home, screen):
    """Its window, hidden, with a page that hears the keyboard."""
    wait_until(lambda: home.status()["hotkey"] == "x11" and home.status()["is_ready"])
    state = home.window()
    launcher = Window(home.shell, home.shell.home.parent / "documents", f"http://127.0.0.1:{state.port}", state.token)
    show(screen)
    wait_until(lambda: is_heard(launcher), patience_s=60)
    wait_until(lambda: screen.windows() == [])
    return launcher


def is_heard(launcher, count=0):
    """Whether more is opened by now than `count`: Chromium drops what is typed before its first frame."""
    xdotool("key", "ctrl+a")
    type_text("roof")
    xdotool("key", "Return")
    with suppress(AssertionError):
        wait_until(lambda: len(launcher.opened()) > count, patience_s=1)
    return len(launcher.opened()) > count


def show(screen):
    xdotool("key", KEY)
    wait_until(lambda: screen.active() in screen.windows())


def hide(screen):
    xdotool("key", KEY)
    wait_until(lambda: screen.windows() == [])


def type_text(text):
    return xdotool("type", "--delay", "20", text)


def asked(launcher):
    """What the window was asked in this run, the newest first."""
    headers = {"Authorization": f"Bearer {launcher.token}"}
    return httpx.get(f"{launcher.origin}/api/questions", headers=headers).json()["questions"]


def test_person_when_pressing_the_key_and_typing_then_opens_what_was_found(launcher, screen):
    for question, name in (("leaking roof", "roof.txt"), ("bake an hour", "bread.md")):
        show(screen)
        type_text(question)  # replaces what was asked before
        xdotool("key", "Return")
        wait_until(lambda name=name: launcher.opened()[-1:] == [str(launcher.documents / name)])
        wait_until(lambda: screen.windows() == [])
        assert asked(launcher)[0] == question


def test_person_when_pressing_escape_twice_then_clears_and_hides(launcher, screen):
    show(screen)
    type_text("sourdough")
    xdotool("key", "Escape")
    wait_until(lambda: asked(launcher)[0] == "sourdough")
    assert screen.active() in screen.windows()
    xdotool("key", "Escape")
    wait_until(lambda: screen.windows() == [])


def test_person_when_pressing_the_key_twenty_times_then_shows_and_hides_it_each_time(launcher, screen):
    for _ in range(20):
        show(screen)
        hide(screen)


def test_person_when_choosing_no_picture_after_all_then_goes_on_typing(launcher, screen):
    show(screen)
    wait_until(lambda: screen.place(screen.active()) == PLACE)
    xdotool("mousemove", *ATTACH, "click", "1")
    wait_until(lambda: len(screen.windows()) == 2)
    screen.close_window(screen.windows()[-1])
    wait_until(lambda: screen.windows() == [int(xdotool("getwindowfocus"))])
    count = len(launcher.opened())
    wait_until(lambda: is_heard(launcher, count))  # the browser may still be putting its dialogue away
    wait_until(lambda: screen.windows() == [])


def test_window_when_looked_at_then_is_a_window_on_the_desktop(launcher, screen, desktop):
    show(screen)
    type_text("water under the ridge")
    wait_until(lambda: screen.place(screen.active()) == PLACE)
    SCREENSHOTS.mkdir(exist_ok=True)
    ImageGrab.grab(xdisplay=desktop).save(SCREENSHOTS / "desktop.png")
    hide(screen)


@pytest.fixture
def choose(launcher):
    """Chooses on the page of settings; all is as before at the end."""
    with httpx.Client(base_url=launcher.origin, headers={"Authorization": f"Bearer {launcher.token}"}) as client:
        yield lambda **wishes: client.post("/api/settings", json=wishes, timeout=60)
        client.post("/api/settings", json={"keyboard_shortcut": "", "tray": False})


def test_key_when_another_one_is_chosen_then_is_heard_at_once(choose, screen):
    assert choose(keyboard_shortcut="<ctrl>+<alt>+f").json()["pending"] == []
    xdotool("key", "ctrl+alt+f")
    wait_until(lambda: screen.active() in screen.windows())
    xdotool("key", "ctrl+alt+f")
    wait_until(lambda: screen.windows() == [])


def test_key_when_another_program_has_it_then_says_so_and_the_one_before_stays(choose, screen):
    other = hotkey.listen("<ctrl>+<alt>+g", lambda: None)
    refused = choose(keyboard_shortcut="<ctrl>+<alt>+g")
    other.stop()
    assert (refused.status_code, "Another program has" in refused.json()["error"]) == (400, True)
    show(screen)
    hide(screen)


def test_icon_when_chosen_then_is_there_at_once_and_shows_the_window(choose, screen, panel):
    assert choose(tray=True).json()["pending"] == []
    panel()
    wait_until(lambda: xdotool("mousemove", "20", "20", "click", "1") == "" and screen.windows())
    wait_until(lambda: screen.active() in screen.windows())
    hide(screen)
