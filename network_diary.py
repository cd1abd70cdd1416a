"""What the program would contact: its own commands, run on the samples, with every way out noted and shut.

Python tells of every connection, message and name that is looked up, in whatever module; a hook listens in each process
of a command, its workers too. What a compiled library does past Python it does not see.
"""

import http.client
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from control.window_state import WindowState, read_state
from errors import LauncherError
from settings import PROJECT_DIR, Settings

_STEP_S = 300  # a large model looks at pictures that long
_ROUND_S = 0.1
QUERY = "what to do when the heating fails"
# Python runs this at the start of every process; the names of what it writes to are in the environment.
HOOK = '''
import os, sys

VERBS = {"socket.connect": "connect to", "socket.sendto": "send to", "socket.sendmsg": "send to",
         "socket.bind": "listen at"}

def name_of(event, arguments):
    """The other side of an event that leaves this process, else None."""
    if event in ("socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"):
        return arguments[0]
    if event in VERBS:
        host = arguments[1][0] if isinstance(arguments[1], tuple) else None
        if event == "socket.bind" and host == "":
            return "0.0.0.0"
        return host if isinstance(host, (str, bytes)) else None
    return arguments[0][0] if event == "socket.getnameinfo" else None

def text_of(name):
    return name.decode("utf-8", "replace") if isinstance(name, bytes) else name

def is_here(name):
    return name in (None, "", "localhost", "::1") or name.startswith("127.")

def shut(event, arguments):
    name = text_of(name_of(event, arguments)) if event.startswith("socket.") else None
    if not is_here(name):
        note(os.environ["LAUNCHER_DIARY"], f"{VERBS.get(event, 'look up')} {name}")
        raise OSError(f"not now, this is only a look at what would be contacted: {name}")

def note(file, line):
    with open(file, "a", encoding="utf-8") as diary:
        diary.write(line + "\\n")

sys.addaudithook(shut)
note(os.environ["LAUNCHER_DIARY"] + ".processes", str(os.getpid()))
'''
# With these a window would show itself, and take the person's key.
_DESKTOP = ("DISPLAY", "WAYLAND_DISPLAY")


@dataclass(frozen=True, slots=True)
class Step:
    """What one command did."""

    name: str
    contacts: tuple[str, ...]  # what it tried, in order: "look up example.org"
    processes: int  # that were watched
    failure: str  # why it did not come to its end, else ""


def steps(settings: Settings, environ: Mapping[str, str]) -> Iterator[Step]:
    """Index the samples, search them, have the window show what was found, and an assistant call; one after the other.

    Nothing of the person's is touched: index, log and choices are in a temporary folder. The model is the chosen one.
    """
    with tempfile.TemporaryDirectory(prefix="launcher-") as folder:
        diary = _Diary(Path(folder), settings, environ)
        yield diary.step("index", "index", str(PROJECT_DIR / "samples" / "files" / "household"))
        yield diary.step("search", "search", QUERY)
        yield diary.window()
        yield diary.step("assistant", "mcp")


class _Diary:
    """Runs commands that are watched.

    Args:
        folder: Empty; what the commands make stays there.
    """

    def __init__(self, folder: Path, settings: Settings, environ: Mapping[str, str]) -> None:
        self._home, self._file = folder / "home", folder / "diary"
        self._model = settings.model
        (folder / "sitecustomize.py").write_text(HOOK, encoding="utf-8")
        kept = {name: value for name, value in environ.items() if not _is_left_out(name)}
        self._environ = kept | {
            "LAUNCHER_HOME": str(self._home),
            "LAUNCHER_MODELS": str(settings.models_dir),
            "LAUNCHER_DIARY": str(self._file),
            "PYTHONPATH": os.pathsep.join(filter(None, (str(folder), environ.get("PYTHONPATH")))),
        }

    def step(self, name: str, *arguments: str) -> Step:
        """One command, run to its end."""
        with self._started(arguments) as process:
            try:
                _, said = process.communicate(timeout=_STEP_S)
            except subprocess.TimeoutExpired:
                return self._step(name, f"it took longer than {_STEP_S} s")
        return self._step(name, _complaint(said) if process.returncode else "")

    def window(self) -> Step:
        """The window, asked for its page and for a search as a browser would."""
        with self._started(["launch", "--window", "none"]) as process:
            try:
                _look(self._state(process))
            except (OSError, http.client.HTTPException, LauncherError) as error:
                return self._step("window", str(error))
        return self._step("window", "")

    @contextmanager
    def _started(self, arguments: Sequence[str]) -> Iterator["subprocess.Popen[str]"]:
        """A command, which is ended with the block."""
        command = [sys.executable, str(PROJECT_DIR / "launcher.py"), *arguments, "--model", self._model]
        with subprocess.Popen(
            command,
            env=self._environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
        ) as process:
            try:
                yield process
            finally:
                process.terminate()

    def _state(self, process: "subprocess.Popen[str]") -> WindowState:
        for _ in range(int(_STEP_S / _ROUND_S)):
            if state := read_state(self._home / "run"):
                return state
            if process.poll() is not None:
                break
            time.sleep(_ROUND_S)
        raise LauncherError("it did not start")

    def _step(self, name: str, failure: str) -> Step:
        contacts, processes = self._lines(self._file), self._lines(self._file.with_suffix(".processes"))
        return Step(name, tuple(dict.fromkeys(contacts)), len(processes), failure)

    def _lines(self, file: Path) -> list[str]:
        """What was noted since the step before."""
        lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
        file.unlink(missing_ok=True)
        return lines


def _complaint(said: str) -> str:
    """The error among what a command said."""
    lines = said.splitlines() or ["it ended without a word"]
    return next((line for line in lines if line.startswith("error: ")), lines[-1])


def _is_left_out(name: str) -> bool:
    return name in _DESKTOP or name.lower().endswith("_proxy")  # one on this machine would hide where it leads


def _look(state: WindowState) -> None:
    """Raises LauncherError when the window does not answer as it should."""
    cookie = {"Cookie": f"launcher_{state.port}={state.token}"}
    for path in ("/", "/page/launcher.js", "/theme.css", f"/api/search?q={QUERY.replace(' ', '+')}", "/api/status"):
        connection = http.client.HTTPConnection("127.0.0.1", state.port, timeout=_STEP_S)
        try:
            connection.request("GET", path, headers=cookie)
            answer = connection.getresponse()
            answer.read()
        finally:
            connection.close()
        if answer.status != 200:
            raise LauncherError(f"{path} was answered with {answer.status}")
