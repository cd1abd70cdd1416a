"""A resident process of a test's own: started, waited for, and ended whatever happens."""

import os
import signal
import time
from contextlib import contextmanager, suppress

import httpx
import pytest

from control import NotRunning, ask
from control.runtime_dir import is_in_use
from control.window_state import read_state

_PATIENCE_S = 60.0
_ROUND_S = 0.02


class Home:
    """The resident process of one LAUNCHER_HOME, seen from outside.

    Args:
        shell: Runs commands there.
    """

    def __init__(self, shell):
        self.shell = shell
        self.runtime_dir = shell.home / "run"
        self.processes = []

    def launch(self, *options):
        """Start it, and return once it takes commands."""
        process = self.shell.start("launch", "--window", "none", *options)
        self.processes.append(process)
        assert self.status()["pid"] == process.pid
        return process

    def status(self):
        return until(self._status)

    def _status(self):
        with suppress(NotRunning):
            return ask(self.runtime_dir, "status")
        return None

    def window(self):
        """How the window is reached, once it is."""
        return until(lambda: read_state(self.runtime_dir))

    @contextmanager
    def browser(self):
        """A client that was let in."""
        state = self.window()
        with httpx.Client(base_url=f"http://127.0.0.1:{state.port}", timeout=_PATIENCE_S) as browser:
            assert browser.get("/", params={"t": state.token}).status_code == 303
            yield browser

    def end(self):
        """Kill what is left, and what was left detached."""
        if is_in_use(self.runtime_dir) and (status := self._status()):
            os.kill(status["pid"], signal.SIGKILL)
        for process in self.processes:
            process.kill()
            process.communicate()


@pytest.fixture
def home(shell):
    """One of the test's own; nothing of it is left running."""
    home = Home(shell)
    yield home
    home.end()


def until(answer):
    """What `answer` gives once it gives anything."""
    ends = time.monotonic() + _PATIENCE_S
    while not (given := answer()):
        assert time.monotonic() < ends
        time.sleep(_ROUND_S)
    return given
