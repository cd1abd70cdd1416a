"""The resident process with a desktop that the test plays: keys on standard input, windows on standard output."""

import json
import signal
import subprocess
import sys
import threading

import pytest

from control import ask
from control.runtime_dir import is_in_use
from errors import LauncherError
from tests.resident import until
from tests.shell import PROJECT

RESIDENT = """
import json, os, sys, threading
from types import SimpleNamespace
sys.path.insert(0, sys.argv[1])
from desktop.hotkey import HotkeyTaken, HotkeyUnavailable
from errors import LauncherError
from desktop.window import WindowUnavailable
from service.resident import Desktop, Resident
from settings import default_settings
import dataclasses

def tell(*words):
    print(*words, flush=True)

def listen(shortcut, on_press):
    if "taken" in sys.argv and shortcut != "<f9>" or shortcut == "<f10>":
        raise HotkeyTaken("Another program has it.", hint="Choose another one.")
    if "deaf" in sys.argv:
        raise HotkeyUnavailable("Nothing hears keys.")
    threading.Thread(target=lambda: [on_press() for _ in sys.stdin], daemon=True).start()
    tell("listens to", shortcut)
    return SimpleNamespace(way="fake", activation_token="token", stop=lambda: tell("listens no more to", shortcut))

class Window:
    needs_main_thread = "main" in sys.argv
    is_shown = False
    def __init__(self): self.closed = threading.Event()
    def show(self, activation_token=""): tell("show", activation_token)
    def hide(self): tell("hide")
    def toggle(self, activation_token=""): tell("toggle", activation_token)
    def run(self): tell("runs in", threading.current_thread().name); self.closed.wait()
    def close(self): self.closed.set(); tell("closed")

def start_tray(on_show, on_quit):
    if "no-panel" in sys.argv:
        return None
    tell("icon")
    if "show-by-icon" in sys.argv: on_show()
    if "quit-by-icon" in sys.argv: on_quit()
    return SimpleNamespace(stop=lambda: tell("icon is gone"))

def open_window(kind, address, *, on_closed, profile_dir):
    if "unavailable" in sys.argv:
        raise WindowUnavailable("There is no desktop here.")
    tell("window", kind, "http://127.0.0.1:" in address())
    return Window()

settings = dataclasses.replace(default_settings(os.environ), window="app", has_tray="icon" in sys.argv)
resident = Resident(settings, Desktop(listen, open_window, start_tray), say=tell)

def choose():
    for choice in json.loads(os.environ["CHOICES"]):
        try:
            followed = resident.follow(dataclasses.replace(settings, **choice))
            tell("followed", *sorted({*choice} & {*followed}))
        except LauncherError as error:
            tell("refused:", error.message)

def tell_and_choose(*words):
    tell(*words)
    if "show" in words: threading.Thread(target=choose, daemon=True).start()

Window.show = lambda self, activation_token="": tell_and_choose("show", activation_token)
code = resident.run(is_hidden="hidden" in sys.argv)
tell("left with", code)
"""


class Run:
    """One such process, and what it said so far."""

    def __init__(self, home, words, choices):
        self.runtime_dir = home / "run"
        environ = {"LAUNCHER_HOME": str(home), "PATH": "/usr/bin:/bin", "PYTHONDONTWRITEBYTECODE": "1"}
        environ["CHOICES"] = json.dumps(choices)
        command = [sys.executable, "-c", RESIDENT, str(PROJECT), *words]
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(command, env=environ, text=True, stdin=pipe, stdout=pipe)
        self.lines = []
        self.reader = threading.Thread(target=self.read)
        self.reader.start()

    def read(self):
        for line in self.process.stdout:
            self.lines.append(line.strip())

    def wait_for(self, *lines):
        """Until it has said these, in whatever order; others may come between."""
        until(lambda: set(lines) <= set(self.lines))

    def press(self):
        self.process.stdin.write("\n")
        self.process.stdin.flush()

    def end(self):
        self.process.kill()
        self.process.wait()
        self.reader.join()
        self.process.stdin.close()
        self.process.stdout.close()


@pytest.fixture
def start(tmp_path, starter_weights):
    runs = []

    def start(*words, choices=()):
        runs.append(Run(tmp_path / "home", words, choices))
        return runs[-1]

    yield start
    for run in runs:
        run.end()


def test_key_when_pressed_while_everything_else_still_starts_then_shows_the_window(start):
    run = start("hidden")
    run.wait_for("listens to <ctrl>+<alt>+<space>")
    run.press()
    run.wait_for("window app True")
    assert "Ready" not in " ".join(run.lines)
    until(lambda: run.lines[-1].startswith(("show", "toggle")))  # it may have been there, hidden, or not yet


def test_window_when_not_hidden_then_shows_at_the_start_and_obeys_commands(start):
    run = start()
    run.wait_for("window app True", "show")
    for command, said in (("hide", "hide"), ("toggle", "toggle given"), ("show", "show given")):
        ask(run.runtime_dir, command, activation_token="given")
        run.wait_for(said)


def test_window_when_it_needs_the_main_thread_then_has_it_and_gives_it_back(start):
    run = start("main")
    run.wait_for("show", "runs in MainThread")
    ask(run.runtime_dir, "quit")
    run.wait_for("closed")
    assert run.process.wait(20) == 0


def test_key_when_another_program_has_it_then_says_so_and_stays(start):
    run = start("taken")
    run.wait_for("Another program has it. Choose another one.", "show")
    assert ask(run.runtime_dir, "status")["hotkey"] == ""


def test_window_when_it_cannot_be_had_then_says_so_and_stays(start):
    run = start("unavailable")
    run.wait_for("There is no desktop here.", "listens to <ctrl>+<alt>+<space>")
    assert ask(run.runtime_dir, "status")["hotkey"] == "fake"
    with pytest.raises(LauncherError, match="There is no desktop here"):
        ask(run.runtime_dir, "show")


def test_end_when_told_by_a_signal_then_gives_key_and_window_back(start):
    run = start()
    run.wait_for("show")
    run.process.send_signal(signal.SIGTERM)
    run.process.send_signal(signal.SIGTERM)  # as when a terminal and a supervisor both tell it
    run.wait_for("listens no more to <ctrl>+<alt>+<space>", "closed")
    assert run.process.wait(20) == 0
    assert not is_in_use(run.runtime_dir)


def test_command_when_unknown_then_refused(start):
    run = start("hidden")
    run.wait_for("listens to <ctrl>+<alt>+<space>")
    with pytest.raises(LauncherError, match="knows no command 'dance'"):
        ask(run.runtime_dir, "dance")


def test_choices_when_made_on_a_page_then_are_followed_at_once(start):
    run = start(choices=[{"keyboard_shortcut": "<f9>", "has_tray": True}, {"keyboard_shortcut": "<f9>"}])
    run.wait_for("listens to <f9>", "listens no more to <ctrl>+<alt>+<space>", "icon", "icon is gone")
    run.wait_for("followed has_tray keyboard_shortcut")
    assert "listens no more to <f9>" not in run.lines


def test_choices_when_the_key_is_taken_then_all_is_as_before(start):
    run = start("icon", choices=[{"keyboard_shortcut": "<f10>"}, {"has_tray": True, "has_history": False}])
    run.wait_for("refused: Another program has it.", "followed has_history has_tray")
    assert not [line for line in run.lines if "no more" in line or "gone" in line]


def test_choices_when_there_is_no_place_for_the_icon_then_the_key_is_as_before(start):
    run = start("no-panel", choices=[{"keyboard_shortcut": "<f9>", "has_tray": True}])
    run.wait_for("listens no more to <f9>", "refused: There is no place for an icon on this desktop.")
    assert ask(run.runtime_dir, "status")["hotkey"] == "fake"


def test_choices_when_the_key_of_the_start_was_taken_then_another_one_is_heard(start):
    run = start("taken", choices=[{"keyboard_shortcut": "<f9>"}])
    run.wait_for("Another program has it. Choose another one.", "followed keyboard_shortcut")
    assert ask(run.runtime_dir, "status")["hotkey"] == "fake"


def test_choices_when_the_same_key_is_written_otherwise_then_is_heard_as_before(start):
    run = start(choices=[{"keyboard_shortcut": "<alt>+<ctrl>+<space>"}])
    run.wait_for("followed keyboard_shortcut")
    assert [line for line in run.lines if "listens" in line] == ["listens to <ctrl>+<alt>+<space>"]


def test_choices_when_no_key_can_be_heard_then_the_other_ones_are_followed(start):
    run = start("deaf", choices=[{"keyboard_shortcut": "<f9>", "has_history": False}])
    run.wait_for("followed has_history")


def test_icon_when_asked_for_then_shows_the_window(start):
    run = start("icon", "hidden", "show-by-icon")
    run.wait_for("icon", "show")


def test_icon_when_it_quits_then_all_ends(start):
    run = start("icon", "hidden", "quit-by-icon")
    assert run.process.wait(20) == 0
    run.wait_for("icon is gone")


def test_icon_when_there_is_no_place_for_it_then_is_said_and_the_rest_goes_on(start):
    run = start("icon", "no-panel")
    run.wait_for("There is no place for an icon on this desktop. The key shows the window too.", "show")
