"""Files on the clipboard, so that a file manager or a mail program can paste them."""

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from errors import LauncherError

_COPY_S = 10
# Names stand in neither script, so nothing in one can be a command.
_WINDOWS_SCRIPT = "Set-Clipboard -LiteralPath ($env:LAUNCHER_COPIED -split '\\|')"
_MAC_SCRIPT = (
    'ObjC.import("AppKit"); function run(argv) { const board = $.NSPasteboard.generalPasteboard; board.clearContents;'
    " board.writeObjects($(argv.map((path) => $.NSURL.fileURLWithPath(path)))); }"
)
# KDE's programs paste a list of addresses; the others one that says whether files are copied or cut.
_ADDRESSES, _COPIED_FILES = "text/uri-list", "x-special/gnome-copied-files"


def copy_files(paths: Sequence[Path]) -> None:
    """Put files on the clipboard.

    Raises:
        LauncherError: This desktop has no program for that.
    """
    if sys.platform == "win32":
        copied = {**os.environ, "LAUNCHER_COPIED": "|".join(map(str, paths))}  # no name holds a "|" there
        _run(["powershell", "-NoProfile", "-NonInteractive", "-Command", _WINDOWS_SCRIPT], environ=copied)
    elif sys.platform == "darwin":
        _run(["osascript", "-l", "JavaScript", "-e", _MAC_SCRIPT, *map(str, paths)])
    else:
        form = _ADDRESSES if "KDE" in os.environ.get("XDG_CURRENT_DESKTOP", "") else _COPIED_FILES
        _run(_linux_command(form), typed=_listed(paths, form))


def _linux_command(form: str) -> list[str]:
    commands = [["xclip", "-selection", "clipboard", "-target", form]]
    if os.environ.get("WAYLAND_DISPLAY"):
        commands.insert(0, ["wl-copy", "--type", form])
    command = next((command for command in commands if shutil.which(command[0])), None)
    if command is None:
        raise LauncherError("Files cannot be copied on this desktop.", hint=f"Install {commands[0][0]}.")
    return command


def _listed(paths: Sequence[Path], form: str) -> bytes:
    addresses = [path.as_uri() for path in paths]
    if form == _ADDRESSES:
        return "".join(f"{address}\r\n" for address in addresses).encode()
    return "\n".join(("copy", *addresses)).encode()


def _run(command: list[str], *, typed: bytes = b"", environ: dict[str, str] | None = None) -> None:
    """What it prints goes nowhere: xclip stays behind to hold the clipboard, and a pipe would be waited for."""
    try:
        done = subprocess.run(
            command,
            input=typed,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=_COPY_S,
            env=environ,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise LauncherError(f"Files cannot be copied: {command[0]} does not run.") from error
    if done.returncode != 0:
        raise LauncherError(f"Files cannot be copied: {command[0]} failed.")
