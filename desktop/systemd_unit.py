"""Start at login by the user's systemd, where the desktop tells it of its sessions: it also starts what crashed.

The unit and the link that enables it are written as files, as `systemctl --user enable` would; they hold from the next
login.
"""

import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from desktop.desktop_entry import NAME, write_file

UNIT = "semantic-launcher.service"
_SESSION = "graphical-session.target"
_PATIENCE_S = 5
_NOT_IN_A_PROGRAM = re.compile(r"""["'\\$]|[^ -~\xa1-\U0010ffff]""")  # systemd refuses most of these, wherever quoted
_ESCAPED = str.maketrans({"\\": r"\\", '"': r"\"", "%": "%%"})
_UNIT_TEXT = """\
[Unit]
Description={name}
After={session}
PartOf={session}
StartLimitIntervalSec=600
StartLimitBurst=10

[Service]
ExecStart={command}
Restart=on-failure
RestartSec=2
# What a person has to do something about, starting again does not help.
RestartPreventExitStatus=1 2 3 4
# The programs that documents were opened with go on without it, and one reader without memory is no end.
KillMode=process
OOMPolicy=continue
TimeoutStopSec=5

[Install]
WantedBy={session}
"""


def can_start(command: Sequence[str]) -> bool:
    """Whether systemd runs here, is told when a desktop session begins, and takes such a command."""
    if _NOT_IN_A_PROGRAM.search(command[0]):
        return False
    return _systemctl("is-active", "--quiet", _SESSION) == 0


def is_enabled() -> bool:
    return unit_path().is_file() and _link().is_symlink()


def enable(command: Sequence[str], *, more: Sequence[str] = ()) -> None:
    """Raises LauncherError or OSError: it cannot be written. `more` are further lines of the unit."""
    write_file(unit_path(), "\n".join([unit_text(command), *more, ""]))
    link = _link()
    link.parent.mkdir(parents=True, exist_ok=True)
    link.unlink(missing_ok=True)
    link.symlink_to(unit_path())
    _systemctl("daemon-reload")


def disable() -> None:
    """Raises OSError: it stays."""
    was_there = unit_path().is_file() or _link().is_symlink()
    _link().unlink(missing_ok=True)
    unit_path().unlink(missing_ok=True)
    if was_there:
        _systemctl("daemon-reload")


def unit_text(command: Sequence[str]) -> str:
    """The unit that runs `command`, once for each session of the desktop."""
    program, *arguments = command
    words = [_quoted(program), *(_quoted(argument).replace("$", "$$") for argument in arguments)]
    return _UNIT_TEXT.format(name=NAME, session=_SESSION, command=" ".join(words))


def unit_path() -> Path:
    config = os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config"
    return Path(config) / "systemd" / "user" / UNIT


def _link() -> Path:
    return unit_path().parent / f"{_SESSION}.wants" / UNIT


def _quoted(word: str) -> str:
    """As in C, and %-signs doubled; what is no UTF-8, or would end the line, byte by byte."""
    return '"' + "".join(_written(character) for character in word.translate(_ESCAPED)) + '"'


def _written(character: str) -> str:
    if character.isprintable():
        return character
    return "".join(f"\\x{byte:02x}" for byte in os.fsencode(character))


def _systemctl(*arguments: str) -> int | None:
    """How it ended; None where there is none, or it does not answer."""
    program = shutil.which("systemctl")
    with suppress(OSError, subprocess.TimeoutExpired):
        if program:
            return subprocess.run(
                [program, "--user", *arguments], capture_output=True, timeout=_PATIENCE_S, check=False
            ).returncode
    return None
