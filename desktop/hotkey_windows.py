"""A hotkey under Windows, by RegisterHotKey: the system keeps the key for us and says so in a message.

The messages go to the thread that registered, so one thread does both and waits in between.
"""

import ctypes
import ctypes.wintypes
import queue
import sys
import threading
from collections.abc import Callable

from desktop.shortcut import HotkeyUnavailable, Shortcut, taken
from errors import LauncherError

# winuser.h
_MASKS = {"alt": 0x1, "ctrl": 0x2, "shift": 0x4, "cmd": 0x8}
_NO_REPEAT = 0x4000
_WM_HOTKEY, _WM_QUIT = 0x0312, 0x0012
_ALREADY_REGISTERED = 1409
_VIRTUAL_KEYS = {
    "backspace": 0x08,
    "tab": 0x09,
    "enter": 0x0D,
    "pause": 0x13,
    "esc": 0x1B,
    "space": 0x20,
    "page_up": 0x21,
    "page_down": 0x22,
    "end": 0x23,
    "home": 0x24,
    "left": 0x25,
    "up": 0x26,
    "right": 0x27,
    "down": 0x28,
    "print_screen": 0x2C,
    "insert": 0x2D,
    "delete": 0x2E,
    "menu": 0x5D,
    "scroll_lock": 0x91,
    **{f"f{number}": 0x6F + number for number in range(1, 21)},
}


def listen(shortcut: Shortcut, on_press: Callable[[], None]) -> Callable[[], None]:
    """Register the key with the system.

    Returns:
        What gives the key back.

    Raises:
        HotkeyTaken: Another program has registered it.
        HotkeyUnavailable: The system refuses it, or the keyboard has no such key.
    """
    started: queue.Queue[int | LauncherError] = queue.Queue()
    thread = threading.Thread(target=_serve, args=(shortcut, on_press, started), name="hotkey", daemon=True)
    thread.start()
    answer = started.get()
    if isinstance(answer, LauncherError):
        raise answer

    def stop() -> None:
        _end(answer)
        thread.join()

    return stop


def mask_of(shortcut: Shortcut) -> int:
    return _NO_REPEAT | sum(_MASKS[name] for name in shortcut.modifiers)


def virtual_key_of(shortcut: Shortcut) -> int | None:
    """The key's number; None where only the keyboard's layout knows it."""
    if shortcut.key.isascii() and shortcut.key.isalnum() and len(shortcut.key) == 1:
        return ord(shortcut.key.upper())
    return _VIRTUAL_KEYS.get(shortcut.key)


def _serve(shortcut: Shortcut, on_press: Callable[[], None], started: "queue.Queue[int | LauncherError]") -> None:
    """Say the thread's number once the key is ours, or what is in the way; then wait for presses until the end."""
    if sys.platform != "win32":  # for the type checker, which knows ctypes.WinDLL only there
        return
    user32 = ctypes.WinDLL("user32", use_last_error=True)
    message = ctypes.wintypes.MSG()
    user32.PeekMessageW(ctypes.byref(message), None, 0, 0, 0)  # makes the queue that the end is posted to
    key = virtual_key_of(shortcut) or user32.VkKeyScanW(ord(shortcut.key)) & 0xFF
    if not user32.RegisterHotKey(None, 1, mask_of(shortcut), key):
        started.put(_refusal(ctypes.get_last_error(), shortcut))
        return
    started.put(threading.get_native_id())
    while user32.GetMessageW(ctypes.byref(message), None, 0, 0) > 0:
        if message.message == _WM_HOTKEY:
            on_press()
    user32.UnregisterHotKey(None, 1)


def _refusal(code: int, shortcut: Shortcut) -> LauncherError:
    if code == _ALREADY_REGISTERED:
        return taken(shortcut)
    return HotkeyUnavailable(f"Windows refuses {shortcut} (error {code})")


def _end(thread_id: int) -> None:
    if sys.platform == "win32":
        ctypes.windll.user32.PostThreadMessageW(thread_id, _WM_QUIT, 0, 0)
