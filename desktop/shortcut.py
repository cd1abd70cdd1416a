"""A keyboard shortcut as the person writes it, in pynput's notation, and what each desktop calls its keys.

It knows nothing about how a key is heard.
"""

import string
from dataclasses import dataclass

from errors import LauncherError, SettingsError

MODIFIERS = ("ctrl", "alt", "shift", "cmd")
_FUNCTION_KEYS = tuple(f"f{number}" for number in range(1, 21))
# What X11, GTK and the portals call a key (its keysym), where that is not pynput's name for it.
_KEYSYMS = {
    "space": "space",
    "tab": "Tab",
    "enter": "Return",
    "esc": "Escape",
    "backspace": "BackSpace",
    "delete": "Delete",
    "insert": "Insert",
    "home": "Home",
    "end": "End",
    "page_up": "Page_Up",
    "page_down": "Page_Down",
    "left": "Left",
    "right": "Right",
    "up": "Up",
    "down": "Down",
    "pause": "Pause",
    "print_screen": "Print",
    "scroll_lock": "Scroll_Lock",
    "menu": "Menu",
    **{key: key.upper() for key in _FUNCTION_KEYS},
}
_PUNCTUATION = """
exclam quotedbl numbersign dollar percent ampersand apostrophe parenleft parenright asterisk plus comma minus period
slash colon semicolon less equal greater question at bracketleft backslash bracketright asciicircum underscore grave
braceleft bar braceright asciitilde
"""
_KEYSYMS |= dict(zip(string.punctuation, _PUNCTUATION.split(), strict=True))
# Nobody writes with these, so they may stand alone.
_ALONE = {*_FUNCTION_KEYS, "pause", "print_screen", "scroll_lock", "menu"}
_HINT = 'Write it like "<ctrl>+<alt>+<space>", "<cmd>+<shift>+f" or "<f9>".'


class HotkeyUnavailable(LauncherError):
    """Nothing here can hear a key that is pressed in another program."""


class HotkeyTaken(LauncherError):
    """Another program has this key already."""


@dataclass(frozen=True, slots=True)
class Shortcut:
    """One key, and what is held with it.

    Attributes:
        modifiers: Of `MODIFIERS`.
        key: One character in lower case, or pynput's name of a key.
    """

    modifiers: frozenset[str]
    key: str

    def __str__(self) -> str:
        key = self.key if len(self.key) == 1 else f"<{self.key}>"
        return "+".join([*(f"<{name}>" for name in MODIFIERS if name in self.modifiers), key])

    @property
    def keysym(self) -> str:
        """What X11, GTK and the portals call the key: "space", "Page_Up", "comma", "f"."""
        is_plain = len(self.key) == 1 and self.key.isascii()
        return _KEYSYMS.get(self.key) or (self.key if is_plain else f"U{ord(self.key):04X}")

    def spelled(self, modifiers: dict[str, str], key: str, joint: str = "+") -> str:
        """The shortcut as another program writes it, its modifiers under the names that it has for them."""
        return joint.join([*(modifiers[name] for name in MODIFIERS if name in self.modifiers), key])


def parse_shortcut(text: str) -> Shortcut:
    """Read pynput's notation: "<ctrl>+<alt>+f".

    Raises:
        SettingsError: It is none, or a key that people need for writing.
    """
    parts = _parts(text)
    unknown = [part for part in parts if _name(part) is None]
    names = [name for part in parts if (name := _name(part)) is not None]
    keys = [name for name in names if name not in MODIFIERS]
    modifiers = frozenset(names) - set(keys)
    if unknown:
        raise _refusal(text, f"{unknown[0]!r} is no key")
    if len(keys) != 1:
        raise _refusal(text, "it needs exactly one key that is no modifier")
    if len(names) != len(set(names)):
        raise _refusal(text, "a key is in it twice")
    if not modifiers - {"shift"} and keys[0] not in _ALONE:
        raise _refusal(text, "that key would be missing from every other program")
    return Shortcut(modifiers, keys[0])


def taken(shortcut: Shortcut) -> HotkeyTaken:
    return HotkeyTaken(
        f"Another program has the keyboard shortcut {shortcut} already.",
        hint='Choose another one: --keyboard-shortcut "<ctrl>+<alt>+f".',
    )


def _refusal(text: str, reason: str) -> SettingsError:
    return SettingsError(f"{text!r} is no keyboard shortcut: {reason}.", hint=_HINT)


def _parts(text: str) -> list[str]:
    """Split at +, which may itself be the key: "<ctrl>++"."""
    if text.endswith("++"):
        return [*text[:-2].split("+"), "+"]
    return text.split("+")


def _name(part: str) -> str | None:
    """Of a modifier or a key; None if there is no such key."""
    if len(part) == 1:
        return part.lower() if part.isprintable() and not part.isspace() and len(part.lower()) == 1 else None
    name = part[1:-1].lower() if part.startswith("<") and part.endswith(">") else ""
    return name if name in MODIFIERS or (len(name) > 1 and name in _KEYSYMS) else None
