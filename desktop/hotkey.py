"""One key that is heard in every program: which mechanism of which desktop listens for it.

Each mechanism is a module of its own with one function `listen`. It calls back from a thread of its own, and only the
caller knows what the key is for.
"""

import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from desktop.shortcut import HotkeyTaken, HotkeyUnavailable, Shortcut, parse_shortcut

__all__ = ["Hotkey", "HotkeyTaken", "HotkeyUnavailable", "listen", "parse_shortcut", "ways"]

_HINT = "Bind `launcher toggle` to a key in your desktop's settings; `launcher shortcut set` does that on most."


@dataclass(slots=True)
class Hotkey:
    """A key that is listened for until `stop` is called.

    Attributes:
        way: The mechanism, one of those that `ways` names.
        stop: Gives the key back; the callback is not called any more once it returns.
        activation_token: What Wayland gave with the last press, so that a window may come to the front.
    """

    way: str
    stop: Callable[[], None]
    activation_token: str = ""


def listen(shortcut: str, on_press: Callable[[], None]) -> Hotkey:
    """Have `on_press` called whenever the person presses `shortcut`, in whatever program.

    It is called from another thread, which hears nothing while it runs: put a token in a queue and return. On Wayland
    the desktop may first ask the person; this then waits for the answer, up to two minutes.

    Args:
        shortcut: In pynput's notation: "<ctrl>+<alt>+<space>".

    Raises:
        SettingsError: That is no shortcut.
        HotkeyTaken: Another program has it; nothing else was tried.
        HotkeyUnavailable: No mechanism of this desktop works, or there is no desktop.
    """
    parsed = parse_shortcut(shortcut)
    reason = "there is no desktop here"
    for way in ways(sys.platform, os.environ):
        try:
            return _LISTENERS[way](parsed, on_press)
        except HotkeyUnavailable as error:
            reason = error.message
    raise HotkeyUnavailable(f"No keyboard shortcut shows the window: {reason}", hint=_HINT)


def ways(platform: str, environ: Mapping[str, str]) -> tuple[str, ...]:
    """The mechanisms to try in this session, best first; none without a display.

    Under Wayland only the portal: what listens to X11 there hears a key only while a window of an old program has the
    focus, which looks as if it worked.
    """
    if platform == "win32":
        return ("windows", "pynput")
    if platform == "darwin":
        return ("pynput",)
    if environ.get("WAYLAND_DISPLAY") or environ.get("XDG_SESSION_TYPE") == "wayland":
        return ("portal",)
    return ("x11",) if environ.get("DISPLAY") else ()


# Each imports what only its own platform has.


def _listen_x11(shortcut: Shortcut, on_press: Callable[[], None]) -> Hotkey:
    from desktop import hotkey_x11

    return Hotkey("x11", hotkey_x11.listen(shortcut, on_press))


def _listen_windows(shortcut: Shortcut, on_press: Callable[[], None]) -> Hotkey:
    from desktop import hotkey_windows

    return Hotkey("windows", hotkey_windows.listen(shortcut, on_press))


def _listen_pynput(shortcut: Shortcut, on_press: Callable[[], None]) -> Hotkey:
    from desktop import hotkey_pynput

    return Hotkey("pynput", hotkey_pynput.listen(shortcut, on_press))


def _listen_portal(shortcut: Shortcut, on_press: Callable[[], None]) -> Hotkey:
    from desktop import hotkey_portal

    hotkey = Hotkey("portal", lambda: None)

    def on_activation(token: str) -> None:
        hotkey.activation_token = token
        on_press()

    hotkey.stop = hotkey_portal.listen(shortcut, on_activation)
    return hotkey


_LISTENERS = {
    "x11": _listen_x11,
    "windows": _listen_windows,
    "pynput": _listen_pynput,
    "portal": _listen_portal,
}
