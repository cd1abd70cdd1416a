"""A module of this package as a program of its own, which tells its parent in single words what happens to it.

For libraries that want the main thread for themselves, or that take their process along when they fail.
"""

import logging
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

READY = "ready"
_PROJECT_DIR = Path(__file__).resolve().parent.parent
_FIRST_WORD_S = 20.0
_log = logging.getLogger(__name__)


class Child:
    """One such program, and the thread that reads what it says.

    Args:
        module: Its name, "desktop.tray".
        on_word: Called from that thread with every word after the first.
        restarts: How often it is started again when it dies.
    """

    def __init__(
        self, module: str, arguments: Sequence[str], on_word: Callable[[str], None], *, restarts: int = 0
    ) -> None:
        self._command = [sys.executable, "-m", module, *arguments]
        self._on_word = on_word
        self._restarts = restarts
        self._is_stopped = threading.Event()
        self._thread = threading.Thread(target=self._serve, name=module, daemon=True)

    def start(self) -> str:
        """Its first word: `READY`, or else what is in the way, and "" if it says nothing; then it has ended."""
        self._process = self._spawn()
        assert self._process.stdout
        watchdog = threading.Timer(_FIRST_WORD_S, self._process.kill)
        watchdog.start()
        word = self._process.stdout.readline().strip()
        watchdog.cancel()
        if word == READY:
            self._thread.start()
        else:
            _end(self._process)
        return word

    def stop(self) -> None:
        self._is_stopped.set()
        self._process.kill()
        self._thread.join()

    def _serve(self) -> None:
        for restarts_left in reversed(range(self._restarts + 1)):
            self._read()
            _end(self._process)
            if self._is_stopped.is_set() or not restarts_left:
                return
            _log.warning("%s ended with %s and is started again", self._command[2], self._process.returncode)
            self._process = self._spawn()
            if self._is_stopped.is_set():  # meanwhile, so the new one was not killed
                self._process.kill()

    def _read(self) -> None:
        assert self._process.stdout
        for line in self._process.stdout:
            if line.strip() != READY and not self._is_stopped.is_set():
                self._on_word(line.strip())

    def _spawn(self) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            self._command,
            cwd=_PROJECT_DIR,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )


def _end(process: "subprocess.Popen[str]") -> None:
    process.kill()
    process.wait()
    for stream in (process.stdin, process.stdout):
        if stream:
            stream.close()


def say(word: str) -> None:
    """In the child: tell the parent."""
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


def end_with_parent() -> None:
    """In the child: wait until the parent is gone, however it ended, and then end at once."""
    sys.stdin.read()
    os._exit(0)  # not even a library that hangs keeps the child alive
