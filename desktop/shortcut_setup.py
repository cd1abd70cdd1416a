"""Bind a key to a command in the desktop's own settings, for where no program hears keys by itself.

GNOME, KDE and XFCE each have a tool for their settings; whatever else is bound there stays as it is.
"""

import ast
import os
import shlex
import shutil
import subprocess
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from desktop.desktop_entry import APP_ID, entry_path, write_entry
from desktop.shortcut import Shortcut, parse_shortcut, taken
from desktop.window import NAME
from errors import LauncherError

_TIMEOUT_S = 10
_GTK_MODIFIERS = {"ctrl": "<Primary>", "alt": "<Alt>", "shift": "<Shift>", "cmd": "<Super>"}

_GNOME_SCHEMA = "org.gnome.settings-daemon.plugins.media-keys"
_GNOME_PATH = "/org/gnome/settings-daemon/plugins/media-keys/custom-keybindings/semantic-launcher/"

_KDE_ID = f"{APP_ID}.toggle"
_KDE_FILE = "kglobalshortcutsrc"
_KDE_MODIFIERS = {"cmd": "Meta", "ctrl": "Ctrl", "alt": "Alt", "shift": "Shift"}
_KDE_KEYS = {
    "delete": "Del",
    "insert": "Ins",
    "page_up": "PgUp",
    "page_down": "PgDown",
    "esc": "Esc",
    "print_screen": "Print",
    "scroll_lock": "ScrollLock",
}

_XFCE_TOOL = ("xfconf-query", "--channel", "xfce4-keyboard-shortcuts")
_XFCE_FOLDER = "/commands/custom/"


class _Desktop(NamedTuple):
    bind: Callable[[Shortcut, str, Sequence[str]], str]  # the command as one line of shell, and as it is
    unbind: Callable[[str], str]


def bind(shortcut: str, command: Sequence[str]) -> str:
    """Have the desktop run `command` whenever `shortcut` is pressed, in place of a key that it had for it before.

    Returns:
        What was written, and from when it counts.

    Raises:
        SettingsError: That is no shortcut.
        HotkeyTaken: Something else is bound to it; nothing was written.
        LauncherError: This desktop is not known, or its tool is missing or fails.
    """
    return _desktop().bind(parse_shortcut(shortcut), shlex.join(command), command)


def unbind(command: Sequence[str]) -> str:
    """Take the binding of `command` away again.

    Returns:
        What was done.

    Raises:
        LauncherError: As `bind`.
    """
    return _desktop().unbind(shlex.join(command))


def desktop_of(environ: Mapping[str, str]) -> str:
    """ "gnome", "kde" or "xfce"; "" for any other: "ubuntu:GNOME" is GNOME."""
    names = environ.get("XDG_CURRENT_DESKTOP", "").lower().split(":")
    kin = {"gnome": "gnome", "unity": "gnome", "budgie": "gnome", "kde": "kde", "xfce": "xfce"}
    return next((kin[name] for name in names if name in kin), "")


def _desktop() -> _Desktop:
    name = desktop_of(os.environ)
    if name not in _DESKTOPS:
        known = os.environ.get("XDG_CURRENT_DESKTOP") or "This desktop"
        raise LauncherError(
            f"{known} is not GNOME, KDE or XFCE, and how it keeps its shortcuts is not known.",
            hint="Bind `launcher toggle` to a key in its settings.",
        )
    return _DESKTOPS[name]


def _ran(*command: str) -> str:
    """What a tool of the desktop prints.

    Raises:
        LauncherError: It is missing, or it fails.
    """
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_TIMEOUT_S, check=True)
    except FileNotFoundError as error:
        raise LauncherError(f"{command[0]} is not installed.", hint="It belongs to the desktop.") from error
    except subprocess.TimeoutExpired as error:
        raise LauncherError(f"{command[0]} does not come to an end.") from error
    except subprocess.CalledProcessError as error:
        reason = error.stderr.strip().splitlines()[-1:] or [f"exit code {error.returncode}"]
        raise LauncherError(f"{command[0]} refuses: {reason[0]}") from error
    return done.stdout.strip()


def _gtk_name(shortcut: Shortcut) -> str:
    """As GTK writes it: "<Primary><Alt>space"."""
    return shortcut.spelled(_GTK_MODIFIERS, shortcut.keysym, joint="")


# --- GNOME: a list of places, and in each place a name, a command and a key ---


def _bind_gnome(shortcut: Shortcut, line: str, _: Sequence[str]) -> str:
    values = {"name": NAME, "command": line, "binding": _gtk_name(shortcut)}
    for key, value in values.items():
        _ran("gsettings", "set", f"{_GNOME_SCHEMA}.custom-keybinding:{_GNOME_PATH}", key, _variant(value))
    places = _gnome_places()
    if _GNOME_PATH not in places:
        _set_gnome_places([*places, _GNOME_PATH])
    return f"GNOME runs `{line}` on {shortcut} from now on."


def _unbind_gnome(_: str) -> str:
    _set_gnome_places([place for place in _gnome_places() if place != _GNOME_PATH])
    _ran("gsettings", "reset-recursively", f"{_GNOME_SCHEMA}.custom-keybinding:{_GNOME_PATH}")
    return "GNOME has no key for the launcher any more."


def _gnome_places() -> list[str]:
    text = _ran("gsettings", "get", _GNOME_SCHEMA, "custom-keybindings").removeprefix("@as").strip()
    try:
        return [str(place) for place in ast.literal_eval(text)]
    except (ValueError, SyntaxError) as error:
        raise LauncherError(f"gsettings answers what is no list: {text}") from error


def _set_gnome_places(places: Sequence[str]) -> None:
    _ran("gsettings", "set", _GNOME_SCHEMA, "custom-keybindings", f"[{', '.join(map(_variant, places))}]")


def _variant(text: str) -> str:
    """A string as GVariant writes it."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


# --- KDE: a desktop entry for the command, and a line in kglobalshortcutsrc for its key ---


def _bind_kde(shortcut: Shortcut, line: str, command: Sequence[str]) -> str:
    named = shortcut.key if len(shortcut.key) == 1 else shortcut.keysym
    written = shortcut.spelled(_KDE_MODIFIERS, _KDE_KEYS.get(shortcut.key, named.capitalize()))
    write_entry(_KDE_ID, command, is_listed=False, more=("X-KDE-GlobalAccel-CommandShortcut=true",))
    tool, group = _kde_tool()
    if tool == "kwriteconfig5":
        _ran(tool, "--file", _KDE_FILE, *group, "--key", "_k_friendly_name", NAME)
        written = f"{written},none,{NAME}"
    _ran(tool, "--file", _KDE_FILE, *group, "--key", "_launch", written)
    return f"KDE runs `{line}` on {shortcut} {_kde_reads_again()}."


def _unbind_kde(_: str) -> str:
    tool, group = _kde_tool()
    for key in ("_launch", "_k_friendly_name"):
        _ran(tool, "--file", _KDE_FILE, *group, "--key", key, "--delete")
    entry_path(_KDE_ID).unlink(missing_ok=True)
    return f"KDE has no key for the launcher any more {_kde_reads_again()}."


def _kde_tool() -> tuple[str, list[str]]:
    """Plasma 6 has the services in a group of their own; there a value is the key alone."""
    if shutil.which("kwriteconfig6"):
        return "kwriteconfig6", ["--group", "services", "--group", f"{_KDE_ID}.desktop"]
    return "kwriteconfig5", ["--group", f"{_KDE_ID}.desktop"]


def _kde_reads_again() -> str:
    """Its service reads the file only when it starts."""
    try:
        _ran("systemctl", "--user", "try-restart", "plasma-kglobalaccel.service")
    except LauncherError:
        return "from the next login on"
    return "from now on"


# --- XFCE: a property named for the key ---


def _bind_xfce(shortcut: Shortcut, line: str, _: Sequence[str]) -> str:
    name = f"{_XFCE_FOLDER}{_gtk_name(shortcut)}"
    bound = _xfce_commands()
    if bound.get(name, line) != line:
        raise taken(shortcut)
    _reset_xfce(line, bound, besides=name)
    _ran(*_XFCE_TOOL, "--property", name, "--create", "--type", "string", "--set", line)
    return f"XFCE runs `{line}` on {shortcut} from now on."


def _unbind_xfce(line: str) -> str:
    _reset_xfce(line, _xfce_commands())
    return "XFCE has no key for the launcher any more."


def _reset_xfce(line: str, bound: Mapping[str, str], *, besides: str = "") -> None:
    for name, command in bound.items():
        if command == line and name != besides:
            _ran(*_XFCE_TOOL, "--property", name, "--reset")


def _xfce_commands() -> dict[str, str]:
    """What runs on which key; the tool prints both on a line, with blanks between them."""
    lines = _ran(*_XFCE_TOOL, "--list", "--verbose").splitlines()
    pairs = (line.split(None, 1) for line in lines if line.startswith(_XFCE_FOLDER))
    return {pair[0]: pair[1].strip() for pair in pairs if len(pair) == 2}


_DESKTOPS = {
    "gnome": _Desktop(_bind_gnome, _unbind_gnome),
    "kde": _Desktop(_bind_kde, _unbind_kde),
    "xfce": _Desktop(_bind_xfce, _unbind_xfce),
}
