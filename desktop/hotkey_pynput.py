"""A hotkey through pynput, in a child process that only says when the key was pressed.

pynput sees every key that is typed, and on macOS it can take its process along when it fails: neither belongs into the
process that holds the index. Started as a program, this module is that child.
"""

import sys
import threading
from collections.abc import Callable

from desktop.child import READY, Child, end_with_parent, say
from desktop.shortcut import HotkeyUnavailable, Shortcut

_RESTARTS = 3
_PRESSED, _UNTRUSTED = "toggle", "untrusted"


def listen(shortcut: Shortcut, on_press: Callable[[], None]) -> Callable[[], None]:
    """Start the child; when it dies it is started again, a few times.

    Returns:
        What ends it.

    Raises:
        HotkeyUnavailable: pynput cannot listen here, or the system does not let it.
    """
    child = Child("desktop.hotkey_pynput", [str(shortcut)], lambda _: on_press(), restarts=_RESTARTS)
    answer = child.start()
    if answer == _UNTRUSTED:
        raise HotkeyUnavailable(
            "macOS does not let it: allow this program in System Settings, Privacy & Security, Input Monitoring"
        )
    if answer != READY:
        raise HotkeyUnavailable("pynput cannot listen to this keyboard")
    return child.stop


def _run(shortcut: str) -> None:
    """What the child does: listen in the main thread, as macOS wants it, until its parent is gone."""
    from pynput import keyboard

    listener = keyboard.GlobalHotKeys({shortcut: lambda: say(_PRESSED)})

    def watch() -> None:
        listener.wait()
        say(READY if getattr(listener, "IS_TRUSTED", True) else _UNTRUSTED)
        end_with_parent()

    threading.Thread(target=watch, daemon=True).start()
    listener.run()


if __name__ == "__main__":
    _run(sys.argv[1])
