"""A resident launcher of a benchmark's own: started, asked, watched and ended. Linux only."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

import httpx
import process_watch

from control import NotRunning, ask
from control.window_state import WindowState, read_state
from settings import PROJECT_DIR, default_settings

LAUNCHER = [sys.executable, str(PROJECT_DIR / "launcher.py")]
_ROUND_S = 0.02
_PATIENCE_S = 120.0
_TICKS = os.sysconf("SC_CLK_TCK")


def environ_of(home: Path) -> dict[str, str]:
    """For a launcher over a home of its own, with the models that are here."""
    models = default_settings(os.environ).models_dir
    return {**os.environ, "LAUNCHER_HOME": str(home), "LAUNCHER_MODELS": str(models)}


@contextmanager
def launched(home: Path, *options: str) -> Iterator[str]:
    """The address of the window of a process that is resident meanwhile."""
    command = [*LAUNCHER, "launch", "--window", "none", *options]
    process = subprocess.Popen(command, env=environ_of(home), stderr=subprocess.PIPE, text=True)
    assert process.stderr
    try:
        yield next(found[0] for line in process.stderr if (found := re.search(r"http://\S+", line)))
    finally:
        process.terminate()
        process.wait()


class Live:
    """One LAUNCHER_HOME and the resident process over it; made for `with`, which ends what is left.

    Args:
        home: A folder of its own; the index is in it.
        prefix: A command that runs the launcher, such as `unshare …`.
    """

    def __init__(self, home: Path, *, prefix: tuple[str, ...] = ()) -> None:
        self.home = home
        self.index_dir = home / "index"
        self._prefix = prefix
        self.environ = environ_of(home)
        self._process: subprocess.Popen | None = None
        self._client: httpx.Client | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._process and self._process.poll() is None:
            self._process.kill()
            self._process.wait()

    def index(self, *arguments: str) -> None:
        """`launcher index`, by the resident process where there is one."""
        command = [*LAUNCHER, "index", *arguments]
        subprocess.run(command, env=self.environ, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def start(self) -> None:
        command = [*self._prefix, *LAUNCHER, "launch", "--window", "none"]
        self._process = subprocess.Popen(
            command, env=self.environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        until(self._is_answering)
        state = until(self._window_state)
        self._client = httpx.Client(
            base_url=f"http://127.0.0.1:{state.port}", timeout=_PATIENCE_S, follow_redirects=True
        )
        self._client.get("/", params={"t": state.token}).raise_for_status()

    def _is_answering(self) -> bool:
        assert self._process
        if self._process.poll() is not None:
            sys.exit(f"FAILED: launcher launch ended with {self._process.returncode}")
        with suppress(NotRunning):
            return bool(self.status())
        return False

    def _window_state(self) -> WindowState | None:
        """Not of one that was killed."""
        state = read_state(self.home / "run")
        return state if state and state.pid == self.pid else None

    def status(self) -> dict[str, Any]:
        return ask(self.home / "run", "status")

    @property
    def pid(self) -> int:
        return int(self.status()["pid"])

    def rest(self, *, for_s: float = 2.0, patience_s: float = 3600.0) -> None:
        """Return once it has had nothing to do for so long."""
        ends, since = time.monotonic() + patience_s, time.monotonic()
        while time.monotonic() - since < for_s:
            upkeep = self.status()["upkeep"]
            if upkeep["state"] != "watching" or upkeep["pending"]:
                since = time.monotonic()
            if time.monotonic() > ends:
                sys.exit(f"FAILED: it does not come to rest: {upkeep}")
            time.sleep(0.1)

    def swept(self) -> None:
        """Return once all folders were compared with the index, from now on: what nobody watches is found by that."""
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        while self.status()["upkeep"]["last_sweep"] < now:
            time.sleep(1.0)

    def search(self, question: str, *, limit: int = 5) -> list[dict[str, Any]]:
        assert self._client
        answer = self._client.get("/api/search", params={"q": question, "limit": limit})
        answer.raise_for_status()
        return list(answer.json()["hits"])

    def kill(self) -> None:
        """SIGKILL, as the system does it when memory runs out."""
        os.kill(self.pid, signal.SIGKILL)
        self._left()

    def quit(self) -> None:
        subprocess.run([*LAUNCHER, "quit"], env=self.environ, check=True, stdout=subprocess.DEVNULL)
        self._left()

    def _left(self) -> None:
        assert self._process
        assert self._client
        self._client.close()
        self._process.wait()

    def cpu_s(self) -> float:
        """Seconds of processor that it and its workers have used."""
        return sum(map(_cpu_s, process_watch.tree(self.pid)))


def until(answer: Any) -> Any:
    """What `answer` gives once it gives anything."""
    ends = time.monotonic() + _PATIENCE_S
    while not (given := answer()):
        if time.monotonic() > ends:
            sys.exit("FAILED: waited in vain")
        time.sleep(_ROUND_S)
    return given


def _cpu_s(pid: int) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return sum(map(int, fields[11:15])) / _TICKS  # its own and its ended children's, user and system
