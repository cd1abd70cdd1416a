"""Open a document with the user's program for it, at its place where that can be told, or show it in its folder.

No shell is involved, so a file name is never anything but a file name. A search hit must not
start a program: executables and scripts are shown in an editor or in their folder instead of being opened.
"""

import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path
from typing import Literal

from desktop.places import EDITORS, Place, arguments_at
from desktop.programs import Program, default_program, programs_for
from errors import DocumentError

Outcome = Literal["opened", "revealed"]

# Opening one of these runs it, or sets something up, on at least one system.
_PROGRAMS = """
.appimage .bin .desktop .run .service
.app .applescript .command .dmg .mobileconfig .pkg .scpt .terminal .tool .webloc .workflow
.application .bat .cmd .com .cpl .exe .gadget .hta .inf .js .jse .lnk .msc .msi .msix .msp .pif .ps1 .psm1 .reg
.scf .scr .url .vb .vbe .vbs .wsf .wsh
.bash .csh .fish .ksh .sh .tcl .zsh .jar .jnlp .lua .php .pl .py .pyc .pyw .pyz .rb
"""
PROGRAM_SUFFIXES = frozenset(_PROGRAMS.split())
NO_PLACE = Place()
_MAC_CHOOSER = """on run arguments
set chosen to choose application as alias
tell application "Finder" to open (POSIX file (item 1 of arguments) as alias) using chosen
end run"""
_FILE_MANAGER_S = 5
_START_S = 1.5  # after this long without complaint, the program counts as started


def open_document(path: Path, place: Place = NO_PLACE) -> Outcome:
    """Open `path` with the program that the desktop has for it, at `place` if that is one that can be told.

    Returns:
        "revealed" where `path` is a program that the desktop does not open with an editor, else "opened".

    Raises:
        DocumentError: It is gone, or nothing on this desktop can open it.
    """
    path = _present(path)
    is_program = _is_program(path)
    program = default_program(path) if is_program or place.is_known else None
    if program and (arguments := _arguments(program, path, place, is_program=is_program)):
        _start(program.command_for(arguments), path)
    elif is_program:
        reveal_document(path)
        return "revealed"
    else:
        _open_as_usual(path)
    return "opened"


def openers(path: Path) -> list[Program]:
    """The programs that `open_with` can open `path` with; of those for a program, the editors. On Linux only."""
    found = programs_for(path) if path.exists() else []
    return [program for program in found if not _is_program(path) or program.known_as in EDITORS]


def open_with(path: Path, program_id: str, place: Place = NO_PLACE) -> None:
    """Open `path` with one of its `openers`; where the desktop lets people choose itself, with what they choose.

    Raises:
        DocumentError: It is gone, it is a program, or that is none of its openers.
    """
    path = _present(path)
    if sys.platform in ("win32", "darwin"):
        if _is_program(path):
            raise DocumentError(path, "it is a program")
        _start(_chooser(path), path)
        return
    program = next((program for program in openers(path) if program.id == program_id), None)
    if program is None:
        raise DocumentError(path, "that program does not open it")
    _start(program.command_for(arguments_at(program.known_as, path, place) or [str(path)]), path)


def _arguments(program: Program, path: Path, place: Place, *, is_program: bool) -> list[str] | None:
    """What it is given; None when it cannot be told the place, or would not just show what is a program itself."""
    if is_program and program.known_as not in EDITORS:
        return None
    return arguments_at(program.known_as, path, place) or ([str(path)] if is_program else None)


def _chooser(path: Path) -> list[str]:
    if sys.platform == "win32":
        return ["OpenWith.exe", str(path)]
    return ["osascript", "-e", _MAC_CHOOSER, str(path)]


def _open_as_usual(path: Path) -> None:
    if sys.platform == "win32":
        _start_on_windows(path)
    else:
        _start(["/usr/bin/open" if sys.platform == "darwin" else "xdg-open", str(path)], path)


def reveal_document(path: Path) -> None:
    """Show `path` selected in the desktop's file manager, or at least the folder that it is in.

    Raises:
        DocumentError: It is gone, or there is no file manager.
    """
    path = _present(path)
    if sys.platform == "win32":
        # One string, not a list: explorer parses its line itself. A Windows name cannot hold a quotation mark.
        subprocess.Popen(f'explorer /select,"{path}"')
    elif sys.platform == "darwin":
        _start(["/usr/bin/open", "-R", str(path)], path)
    elif not _is_shown_by_file_manager(path):
        _start(["xdg-open", str(path.parent)], path)


def _present(path: Path) -> Path:
    """`path`, absolute so that it cannot be taken for an option."""
    path = Path(os.path.abspath(path))
    if not path.exists():
        raise DocumentError(path, "it is no longer there")
    return path


def _is_program(path: Path) -> bool:
    target = path.resolve()  # a link named report.pdf may lead to a script
    if not target.is_file() or {path.suffix.lower(), target.suffix.lower()} & PROGRAM_SUFFIXES:
        return True
    # Drives of other systems mark every file executable, so that alone says something only without a suffix.
    return not target.suffix and os.access(target, os.X_OK)


def _start(command: list[str], path: Path) -> None:
    """Run `command` on its own, and notice if it gives up at once."""
    try:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # what it opened must outlive us
        )
    except OSError as error:
        raise DocumentError(path, f"{command[0]} cannot be started: {error.strerror}") from error
    try:
        code = process.wait(_START_S)
    except subprocess.TimeoutExpired:  # it is the program itself, and it runs
        threading.Thread(target=process.wait, daemon=True).start()  # so that it leaves no zombie
        return
    if code != 0:
        raise DocumentError(path, "no program on this desktop opens it")


def _start_on_windows(path: Path) -> None:
    if sys.platform == "win32":  # said again for the type checker, which knows startfile only there
        try:
            os.startfile(path)
        except OSError as error:
            raise DocumentError(path, "no program on this desktop opens it") from error


def _is_shown_by_file_manager(path: Path) -> bool:
    """Ask the file manager over D-Bus; it alone can select the file."""
    service, manager, uri = "org.freedesktop.FileManager1", "/org/freedesktop/FileManager1", path.as_uri()
    commands = (
        # as_uri leaves no quotation mark and no comma in the address, so neither can end the list early.
        ["gdbus", "call", "--session", "--dest", service, "--object-path", manager,
         "--method", f"{service}.ShowItems", f"['{uri}']", ""],
        ["dbus-send", "--session", "--print-reply", f"--dest={service}", manager,
         f"{service}.ShowItems", f"array:string:{uri}", "string:"],
    )  # fmt: skip
    command = next((command for command in commands if shutil.which(command[0])), None)
    return command is not None and _succeeds(command)


def _succeeds(command: list[str]) -> bool:
    try:
        return subprocess.run(command, capture_output=True, timeout=_FILE_MANAGER_S, check=False).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False
