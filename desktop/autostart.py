"""Start at login: one small entry of the system's own, which the person also finds in its settings.

Where the system can, it also starts again what crashed.
"""

import json
import os
import plistlib
import re
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple
from xml.parsers.expat import ExpatError

from desktop import systemd_unit
from desktop.desktop_entry import APP_ID, desktop_entry, write_file
from desktop.window import NAME
from errors import LauncherError

_RUN_KEY = r"Software\Microsoft\Windows\CurrentVersion\Run"
_AGAIN_S = 30
_RUNS = "# runs "  # a comment, both in a unit and in a desktop entry; then the command as JSON


class _Way(NamedTuple):
    starter: str  # who it is that starts it
    can_start: Callable[[Sequence[str]], bool]
    is_on: Callable[[], bool]
    switch_on: Callable[[Sequence[str]], None]
    switch_off: Callable[[], None]
    command: Callable[[], Sequence[str]]  # that is started, as far as that can be read


def starter() -> str:
    """Who starts the launcher when the person logs in, or "" when nobody does."""
    return next((way.starter for way in _ways() if way.is_on()), "")


def is_on() -> bool:
    return bool(starter())


def missing() -> str:
    """What of the command that is started at login is not there any more, as after its folder was moved; or ""."""
    command = next((way.command() for way in _ways() if way.is_on()), ())
    return next((part for part in command if Path(part).is_absolute() and not Path(part).exists()), "")


def switch(on: bool, command: Sequence[str]) -> None:
    """Have `command` started at every login, in the best way that there is here, or no longer.

    Raises:
        LauncherError: The entry cannot be written.
    """
    ways = _ways()
    chosen = next(way for way in ways if way.can_start(command)) if on else None
    try:
        if chosen:
            chosen.switch_on(command)
        for other in ways:
            if other is not chosen:
                other.switch_off()  # or it would be started twice
    except OSError as error:
        raise LauncherError(f"Cannot change what starts at login: {error.strerror}") from error


def _ways() -> list[_Way]:
    """The best one first; the last one can always start it."""
    if sys.platform == "win32":
        return [_Way("Windows", _always, _is_on_windows, _switch_on_windows, _switch_off_windows, _command_on_windows)]
    if sys.platform == "darwin":
        return [_Way("launchd", _always, _agent_path().is_file, _switch_on_macos, _switch_off_macos, _command_on_macos)]
    return [
        _Way(
            "systemd",
            systemd_unit.can_start,
            systemd_unit.is_enabled,
            lambda command: systemd_unit.enable(command, more=[_note(command)]),
            systemd_unit.disable,
            lambda: _noted(systemd_unit.unit_path()),
        ),
        _Way("the desktop", _always, _has_entry, _write_entry, _remove_entry, lambda: _noted(_autostart_path())),
    ]


def _always(_: Sequence[str]) -> bool:
    return True


def _note(command: Sequence[str]) -> str:
    return _RUNS + json.dumps(list(command))


def _noted(path: Path) -> Sequence[str]:
    with suppress(OSError, ValueError):
        lines = path.read_text(encoding="utf-8").splitlines()
        return [str(part) for line in lines if line.startswith(_RUNS) for part in json.loads(line[len(_RUNS) :])]
    return ()


# --- Linux and its kin, without systemd: an entry in the autostart folder, which every desktop reads ---


def _autostart_path() -> Path:
    config = os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config"
    return Path(config) / "autostart" / f"{APP_ID}.desktop"


def _has_entry() -> bool:
    """A desktop's own settings switch an entry off by a line in it."""
    try:
        lines = _autostart_path().read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError):
        return False
    return not {"Hidden=true", "X-GNOME-Autostart-enabled=false"} & set(lines)


def _write_entry(command: Sequence[str]) -> None:
    write_file(_autostart_path(), desktop_entry(command, more=("X-GNOME-Autostart-Delay=3", _note(command))))


def _remove_entry() -> None:
    _autostart_path().unlink(missing_ok=True)


# --- macOS: an agent of launchd ---


def _agent_path() -> Path:
    return Path.home() / "Library" / "LaunchAgents" / f"{APP_ID}.plist"


def _switch_on_macos(command: Sequence[str]) -> None:
    agent = {
        "Label": APP_ID,
        "ProgramArguments": list(command),
        "RunAtLoad": True,
        "KeepAlive": {"SuccessfulExit": False},  # started again when it crashed, not when it was told to end
        "ThrottleInterval": _AGAIN_S,
        "ProcessType": "Interactive",
    }
    write_file(_agent_path(), plistlib.dumps(agent).decode())


def _switch_off_macos() -> None:
    _agent_path().unlink(missing_ok=True)


def _command_on_macos() -> Sequence[str]:
    with suppress(OSError, ValueError, LookupError, ExpatError):  # damaged
        return [str(part) for part in plistlib.loads(_agent_path().read_bytes())["ProgramArguments"]]
    return ()


# --- Windows: a value in the registry ---


def _is_on_windows() -> bool:
    if sys.platform != "win32":  # for the type checker, which knows winreg only there; as below
        return False
    import winreg

    try:
        with winreg.OpenKey(winreg.HKEY_CURRENT_USER, _RUN_KEY) as key:
            return bool(winreg.QueryValueEx(key, NAME)[0])
    except FileNotFoundError:
        return False


def _command_on_windows() -> Sequence[str]:
    if sys.platform == "win32":
        import winreg

        with suppress(FileNotFoundError), winreg.OpenKey(winreg.HKEY_CURRENT_USER, _RUN_KEY) as key:
            return parts_of_windows_line(str(winreg.QueryValueEx(key, NAME)[0]))
    return ()


def _switch_on_windows(command: Sequence[str]) -> None:
    if sys.platform == "win32":
        import winreg

        with winreg.CreateKey(winreg.HKEY_CURRENT_USER, _RUN_KEY) as key:
            winreg.SetValueEx(key, NAME, 0, winreg.REG_SZ, windows_line(command))


def _switch_off_windows() -> None:
    if sys.platform == "win32":
        import winreg

        try:
            with winreg.OpenKey(winreg.HKEY_CURRENT_USER, _RUN_KEY, 0, winreg.KEY_SET_VALUE) as key:
                winreg.DeleteValue(key, NAME)
        except FileNotFoundError:
            pass


def windows_line(command: Sequence[str]) -> str:
    """As Windows takes a command apart; by the Python that opens no terminal, where it lies beside the other."""
    program = Path(command[0])
    silent = program.with_name("pythonw.exe")
    if program.name.lower() == "python.exe" and silent.is_file():
        program = silent
    return subprocess.list2cmdline([str(program), *command[1:]])


def parts_of_windows_line(line: str) -> list[str]:
    """What `windows_line` put together: no path there has a quote in it."""
    return [quoted or plain for quoted, plain in re.findall(r'"([^"]*)"|(\S+)', line)]
