"""Another run of the launcher, whose JSON lines are its progress.

The window's own process never goes online, and what crashes or fills the memory while documents are read is not it.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import IO, Any

from settings import PROJECT_DIR, Settings

_END_S = 60.0  # for the commit under way; then it is killed, which loses what is in no commit
_NOTHING_SUCCEEDED = 1  # as `launcher index` has it, which reports that
_ERROR, _HINT = "error: ", "hint: "


@dataclass(frozen=True, slots=True)
class Ending:
    """How a run ended: well, or with an error as a person would have been told it."""

    is_good: bool
    error: str = ""
    hint: str = ""


class Child:
    """One run that goes on in the background.

    Args:
        arguments: Of the launcher's command line.
        environ: Its environment: the window's own says that nothing may be fetched.
        on_line: Called with each JSON object that it prints, in a thread.
        on_end: Called once, in that thread.
    """

    def __init__(
        self,
        arguments: Sequence[str],
        environ: Mapping[str, str],
        *,
        on_line: Callable[[dict[str, Any]], None],
        on_end: Callable[[Ending], None],
    ) -> None:
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115  # closed with the process
        self._process = subprocess.Popen(
            [sys.executable, str(PROJECT_DIR / "launcher.py"), *arguments],
            env=dict(environ),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            start_new_session=os.name == "posix",  # Ctrl-C in the terminal is for the window, which ends this one
        )
        self._thread = threading.Thread(target=self._follow, args=(on_line, on_end), daemon=True)
        self._thread.start()

    def end(self, *, with_all: bool = False) -> None:
        """Tell it to end, and return once it has.

        Args:
            with_all: Also what it started; else it ends that itself, once its work is in order.
        """
        self._signal(signal.SIGTERM, with_all=with_all)
        try:
            self._process.wait(_END_S)
        except subprocess.TimeoutExpired:
            self._signal(getattr(signal, "SIGKILL", signal.SIGTERM), with_all=True)
        if threading.current_thread() is not self._thread:
            self._thread.join()

    def _signal(self, number: signal.Signals, *, with_all: bool) -> None:
        if self._process.poll() is not None:
            return
        if with_all and os.name == "posix":
            os.killpg(self._process.pid, number)
        else:
            self._process.send_signal(number)

    def _follow(self, on_line: Callable[[dict[str, Any]], None], on_end: Callable[[Ending], None]) -> None:
        with self._process, self._errors:
            for line in self._process.stdout or ():
                if isinstance(event := _event(line), dict):
                    on_line(event)
            ending = _ending(self._process.wait(), self._errors)
        on_end(ending)


def options_of(settings: Settings) -> list[str]:
    """What the command line must say for another run to have these settings; the rest is in its environment."""
    said: dict[str, str | None] = {
        "--index-dir": str(settings.index_dir),
        "--model": settings.model if settings.is_model_chosen else None,
        "--threads": str(settings.threads) if settings.threads else None,
        "--device": settings.device,
        "--gpu-layers": None if settings.gpu_layers is None else str(settings.gpu_layers),
    }
    options = [f"{name}={value}" for name, value in said.items() if value is not None]
    return [*options, "--offline"] if settings.offline else options


def _event(line: bytes) -> object:
    try:
        return json.loads(line)
    except ValueError:
        return None  # a line for people


def _ending(exit_code: int, errors: IO[bytes]) -> Ending:
    """What it told a person last says more than the code, with which a report of failures alone ends as well."""
    errors.seek(0)
    lines = errors.read().decode("utf-8", "replace").splitlines()[::-1]
    message = next((line.removeprefix(_ERROR) for line in lines if line.startswith(_ERROR)), "")
    hint = next((line.removeprefix(_HINT) for line in lines if line.startswith(_HINT)), "")
    if exit_code in (0, _NOTHING_SUCCEEDED) and not message:
        return Ending(is_good=True)
    return Ending(is_good=False, error=message or f"It ended by itself, with code {exit_code}.", hint=hint)
