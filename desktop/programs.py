"""Which programs the desktop has for a document: the one that opens it, and all that could.

Linux's desktops describe programs in .desktop files; which of these are for a document, the desktop's own tools say.
"""

import configparser
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

_ANSWER_S = 3
_FILE_CODES = frozenset({"%f", "%F", "%u", "%U"})
_CODE = re.compile(r"%[a-zA-Z]")
_DESKTOP_FILE = re.compile(r"[\w.+-]+\.desktop")
# Where in their bundles these programs of macOS have what takes arguments; Skim takes an address by `open`.
_MAC_PROGRAMS = {
    "Skim.app": ("skim", "/usr/bin/open"),
    "VLC.app": ("vlc", "Contents/MacOS/VLC"),
    "Visual Studio Code.app": ("code", "Contents/Resources/app/bin/code"),
    "VSCodium.app": ("codium", "Contents/Resources/app/bin/codium"),
    "Sublime Text.app": ("subl", "Contents/SharedSupport/bin/subl"),
}
_MAC_DEFAULT = (
    'ObjC.import("AppKit"); function run(argv) { const url = $.NSURL.fileURLWithPath(argv[0]);'
    " return $.NSWorkspace.sharedWorkspace.URLForApplicationToOpenURL(url).path.js; }"
)
_EXECUTABLE = 2  # ASSOCSTR_EXECUTABLE of Windows' shell
_LONGEST_PATH = 32_768


class Program(NamedTuple):
    """One that opens documents."""

    id: str  # of its .desktop file; "" where there are none
    name: str  # for people
    known_as: str  # its executable, without folder and ".exe", in lower case
    command: tuple[str, ...]  # on Linux with the codes of its .desktop file ("%U") where documents go

    def command_for(self, arguments: Sequence[str]) -> list[str]:
        """What starts it with these."""
        end = len(self.command)
        place = next((place for place, word in enumerate(self.command) if word in _FILE_CODES), end)
        return [*_without_codes(self.command[:place]), *arguments, *_without_codes(self.command[place:])]


def default_program(path: Path) -> Program | None:
    """The one that the desktop opens `path` with; None where it does not say."""
    if sys.platform == "win32":
        return _windows_default(path)
    if sys.platform == "darwin":
        return _mac_default(path)
    content_type = _content_type(path)
    found = _answer(["xdg-mime", "query", "default", content_type]) if content_type else ""
    return _of_desktop_file(found) if found else None


def programs_for(path: Path) -> list[Program]:
    """All that the desktop knows for a document like `path`, the one that opens it first; on Linux only."""
    content_type = _content_type(path)
    if not content_type:
        return []
    default = _answer(["xdg-mime", "query", "default", content_type])
    listed = _DESKTOP_FILE.findall(_answer(["gio", "mime", content_type]))
    found = (_of_desktop_file(name) for name in dict.fromkeys((default, *listed)) if name)
    return [program for program in found if program]


def _without_codes(words: Sequence[str]) -> list[str]:
    return [word for word in words if not _CODE.fullmatch(word)]


def _content_type(path: Path) -> str:
    return _answer(["xdg-mime", "query", "filetype", str(path)]).partition(";")[0]


def _answer(command: list[str]) -> str:
    """What it prints; "" where it fails or is not there."""
    if not shutil.which(command[0]):
        return ""
    try:
        done = subprocess.run(command, capture_output=True, timeout=_ANSWER_S, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.decode(errors="replace").strip() if done.returncode == 0 else ""


def _of_desktop_file(name: str) -> Program | None:
    """The program of the .desktop file of that name; None for one in a terminal, or that is not there."""
    file = next((folder / name for folder in _application_folders() if (folder / name).is_file()), None)
    entry = _entry(file) if file else {}
    try:
        command = tuple(shlex.split(entry.get("Exec", "")))
    except ValueError:
        return None
    if not command or entry.get("Terminal") == "true":
        return None
    shown = entry.get(f"Name[{_language()}]") or entry.get("Name") or name.removesuffix(".desktop")
    return Program(name, shown, _executable(command), command)


def _executable(command: Sequence[str]) -> str:
    """The name of what is started, also where that is `env NAME=VALUE program`."""
    started = (word for word in command if word != "env" and "=" not in word)
    return Path(next(started, "")).name.lower()


def _entry(file: Path) -> dict[str, str]:
    reader = configparser.RawConfigParser(strict=False, interpolation=None, delimiters=("=",), comment_prefixes=("#",))
    reader.optionxform = str  # type: ignore[assignment,method-assign]  # its keys have capitals
    try:
        reader.read_string(file.read_text(encoding="utf-8", errors="replace"))
        return dict(reader["Desktop Entry"])
    except (OSError, configparser.Error, KeyError):
        return {}


def _application_folders() -> Iterator[Path]:
    """In the order in which the desktop looks."""
    own = os.environ.get("XDG_DATA_HOME") or "~/.local/share"
    shared = os.environ.get("XDG_DATA_DIRS") or "/usr/local/share:/usr/share"
    for folder in (own, *shared.split(":")):
        yield Path(folder).expanduser() / "applications"


def _language() -> str:
    return (os.environ.get("LC_MESSAGES") or os.environ.get("LANG") or "").partition("_")[0].partition(".")[0]


def _mac_default(path: Path) -> Program | None:
    """One of those that can be told where to begin."""
    bundle = Path(_answer(["osascript", "-l", "JavaScript", "-e", _MAC_DEFAULT, str(path)]))
    known_as, executable = _MAC_PROGRAMS.get(bundle.name, ("", ""))
    return Program("", bundle.stem, known_as, (str(bundle / executable),)) if known_as else None


def _windows_default(path: Path) -> Program | None:
    executable = _associated(path.suffix)
    if not executable:
        return None
    name = executable.replace("\\", "/").rpartition("/")[2]
    stem = name[:-4] if name.lower().endswith(".exe") else name
    return Program("", stem, stem.lower(), (executable,))


def _associated(suffix: str) -> str:
    """The executable for a suffix (".pdf") as Windows has it now; "" for none."""
    if sys.platform != "win32":  # said again for the type checker, which knows windll only there
        return ""
    import ctypes  # costs 10 ms, and is for Windows alone

    length = ctypes.c_ulong(_LONGEST_PATH)
    found = ctypes.create_unicode_buffer(_LONGEST_PATH)
    failed = ctypes.windll.shlwapi.AssocQueryStringW(0, _EXECUTABLE, suffix, None, found, ctypes.byref(length))
    return "" if failed else found.value
