"""A hotkey under X11, by a grab: the key goes to us and to nobody else, with exactly these modifiers.

A thread of its own has the connection to the display from the grab to the end.
"""

import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain, combinations
from typing import Any

from Xlib import XK, X
from Xlib.error import BadAccess, CatchError, ConnectionClosedError, DisplayError

from desktop.shortcut import HotkeyUnavailable, Shortcut, taken
from desktop.x11 import connect, events

_MODIFIER_KEYS = {"alt": "Alt_L", "cmd": "Super_L"}  # which bit of the mask they are is the keyboard's choice
_FIXED_MASKS = {"ctrl": X.ControlMask, "shift": X.ShiftMask}
_LOCK_KEYS = ("Num_Lock", "Scroll_Lock")


@dataclass(frozen=True)
class _Grab:
    keycode: int
    masks: tuple[int, ...]  # the modifiers, with every combination of locks that may be on


def listen(shortcut: Shortcut, on_press: Callable[[], None]) -> Callable[[], None]:
    """Grab the key on the display that DISPLAY names.

    Returns:
        What gives the key back.

    Raises:
        HotkeyTaken: Another program has grabbed it.
        HotkeyUnavailable: No display answers, or its keyboard has no such key.
    """
    display = _connect()
    try:
        grab = _grab_for(display, shortcut)
    except HotkeyUnavailable:
        display.close()
        raise
    if not _has_taken(display, grab):
        display.close()
        raise taken(shortcut)
    stopped, stop_signal = socket.socketpair()
    thread = threading.Thread(
        target=_serve, args=(display, shortcut, grab, on_press, stopped), name="hotkey", daemon=True
    )
    thread.start()

    def stop() -> None:
        stop_signal.close()
        thread.join()

    return stop


def _connect() -> Any:
    try:
        return connect()
    except (DisplayError, OSError) as error:
        raise HotkeyUnavailable(f"the display does not answer ({error})") from error


def _grab_for(display: Any, shortcut: Shortcut) -> _Grab:
    is_letter = len(shortcut.key) == 1
    keysym = _character_keysym(shortcut.key) if is_letter else XK.string_to_keysym(shortcut.keysym)
    found = sorted(display.keysym_to_keycodes(keysym), key=lambda pair: pair[1])  # (keycode, level), plainest first
    if not keysym or not found:
        raise HotkeyUnavailable(f"this keyboard has no key for {shortcut}")
    keycode, level = found[0]
    mask = X.ShiftMask if level % 2 else 0  # "!" is on a key that needs it
    for name in shortcut.modifiers:
        mask |= _FIXED_MASKS.get(name) or _mask_of(display, _MODIFIER_KEYS[name])
    locks = [X.LockMask, *(lock for key in _LOCK_KEYS if (lock := _mask_of(display, key)))]
    every = chain.from_iterable(combinations(locks, count) for count in range(len(locks) + 1))
    return _Grab(keycode, tuple(sorted({mask | sum(combination) for combination in every})))


def _character_keysym(character: str) -> int:
    """Latin-1 is its own keysym; everything later has its code point and a mark."""
    return ord(character) if ord(character) < 0x100 else 0x0100_0000 | ord(character)


def _mask_of(display: Any, name: str) -> int:
    """The bit that this modifier sets; 0 where the keyboard has none."""
    keycodes = {keycode for keycode, _ in display.keysym_to_keycodes(XK.string_to_keysym(name))}
    mapping = enumerate(display.get_modifier_mapping())
    return next((1 << bit for bit, of_bit in mapping if keycodes & set(of_bit) - {0}), 0)


def _has_taken(display: Any, grab: _Grab) -> bool:
    refused = CatchError(BadAccess)
    for mask in grab.masks:
        display.screen().root.grab_key(grab.keycode, mask, False, X.GrabModeAsync, X.GrabModeAsync, onerror=refused)
    display.sync()
    return not refused.get_error()


def _give_back(display: Any) -> None:
    display.screen().root.ungrab_key(X.AnyKey, X.AnyModifier)
    display.sync()


def _serve(display: Any, shortcut: Shortcut, grab: _Grab, on_press: Callable[[], None], stopped: socket.socket) -> None:
    released_at = None  # the server's time, in ms
    for event in events(display, stopped):
        if event.type == X.KeyRelease:
            released_at = event.time
        elif event.type == X.KeyPress and event.time != released_at:  # at the same moment: a key that is held
            on_press()
        elif event.type == X.MappingNotify:
            display.refresh_keyboard_mapping(event)
            grab = _moved(display, shortcut, grab)
    with suppress(ConnectionClosedError, OSError):  # the display may be gone, and everything on it
        _give_back(display)
    display.close()
    stopped.close()


def _moved(display: Any, shortcut: Shortcut, grab: _Grab) -> _Grab:
    """The grab for the keyboard as it is now: another layout may have the key elsewhere."""
    try:
        new = _grab_for(display, shortcut)
    except HotkeyUnavailable:
        return grab
    if new != grab:
        _give_back(display)
        _has_taken(display, new)
    return new
