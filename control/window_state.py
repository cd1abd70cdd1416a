"""How other programs of the same user reach the window: a file that only that user can read."""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from control.runtime_dir import check_runtime_dir, is_in_use

_STATE_NAME = "window.json"


@dataclass(frozen=True, slots=True)
class WindowState:
    """Where the window's server is, and what lets a program in."""

    pid: int
    port: int
    token: str


def write_state(runtime_dir: Path, state: WindowState) -> None:
    """Say how the window is reached; whoever reads meanwhile gets the state before."""
    new = runtime_dir / f"{_STATE_NAME}.new"
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        json.dump(asdict(state), file)
    new.replace(runtime_dir / _STATE_NAME)


def read_state(runtime_dir: Path) -> WindowState | None:
    """How the window is reached, or None when nobody is running, or not yet.

    Raises:
        SettingsError: The folder is not this user's alone.
    """
    check_runtime_dir(runtime_dir)
    try:
        facts = json.loads((runtime_dir / _STATE_NAME).read_bytes())
        state = WindowState(int(facts["pid"]), int(facts["port"]), str(facts["token"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return state if is_in_use(runtime_dir) else None  # a process that was killed leaves its file behind


def remove_state(runtime_dir: Path) -> None:
    (runtime_dir / _STATE_NAME).unlink(missing_ok=True)
