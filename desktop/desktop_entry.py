"""Desktop entries: small files by which a Linux desktop knows a program, starts it at login, or binds a key to it."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from errors import LauncherError

# A portal takes only a name with a dot in it, for which there is an entry of that name.
APP_ID = "local.semantic_launcher"
NAME = "Semantic Launcher"
_PROJECT_DIR = Path(__file__).resolve().parent.parent


def launcher_command(*arguments: str) -> list[str]:
    """What starts this launcher from anywhere."""
    return [sys.executable, str(_PROJECT_DIR / "launcher.py"), *arguments]


def desktop_entry(command: Sequence[str], *, name: str = NAME, more: Sequence[str] = ()) -> str:
    """The text of an entry that runs `command`; `more` are further lines of it."""
    lines = ["[Desktop Entry]", "Type=Application", f"Name={name}", f"Exec={exec_line(command)}", "Terminal=false"]
    return "\n".join([*lines, *more, ""])


def exec_line(command: Sequence[str]) -> str:
    """Quoted twice, as the specification has it: for the Exec key, and before that for any string of the file.

    %-signs are field codes, so one that is meant is doubled.
    """
    return " ".join(_quoted(part) for part in command).replace("\\", "\\\\").replace("\n", "\\n")


def _quoted(part: str) -> str:
    for special in ("\\", '"', "`", "$"):
        part = part.replace(special, f"\\{special}")
    return '"' + part.replace("%", "%%") + '"'


def write_entry(app_id: str, command: Sequence[str], *, is_listed: bool, more: Sequence[str] = ()) -> Path:
    """Make the program known to the desktop; `is_listed` puts it into the menu as well."""
    hidden = () if is_listed else ("NoDisplay=true",)
    return write_file(entry_path(app_id), desktop_entry(command, more=(*hidden, *more)))


def entry_path(app_id: str) -> Path:
    data = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(data) / "applications" / f"{app_id}.desktop"


def write_file(path: Path, text: str) -> Path:
    """Write a small file whole.

    Raises:
        LauncherError: It cannot be written.
    """
    new = path.with_name(f".{path.name}.new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        new.write_text(text, encoding="utf-8")
        new.replace(path)
    except OSError as error:
        raise LauncherError(f"Cannot write {path}: {error.strerror}") from error
    return path
