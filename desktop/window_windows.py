"""The window of another program under Windows: shown, hidden, and noticed when the person leaves it."""

import ctypes
import ctypes.wintypes
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

from desktop.placing import Rect, centred

_LOOK_AGAIN_S = 0.05
_SIDE_PX = 100  # Chromium has small windows of its own that nobody sees
# winuser.h
_SW_HIDE, _SW_SHOW = 0, 5
_TOPMOST, _NO_SIZE, _NEAREST = -1, 0x1, 2


def wait_for_window(process_id: int, *, is_given_up: Callable[[], bool]) -> "WindowsWindow | None":
    """The window of this process, as soon as it has one."""
    while not is_given_up():
        handles = _windows_of(process_id)
        if handles:
            return WindowsWindow(handles[0])
        time.sleep(_LOOK_AGAIN_S)
    return None


class WindowsWindow:
    """One window; its methods may be called from any thread."""

    def __init__(self, handle: int) -> None:
        self._handle = handle
        self._is_released = threading.Event()

    def show(self) -> None:
        """In the middle of the screen with the pointer, in front, with the keyboard."""
        user32 = _user32()
        centre(self._handle)
        user32.ShowWindow(self._handle, _SW_SHOW)
        user32.SetForegroundWindow(self._handle)

    def hide(self) -> None:
        _user32().ShowWindow(self._handle, _SW_HIDE)

    def watch(self, on_left: Callable[[], None]) -> None:
        """Have `on_left` called, from another thread, when the person turns to the window of another program."""
        threading.Thread(target=self._notice, args=(on_left,), name="window focus", daemon=True).start()

    def release(self) -> None:
        self._is_released.set()

    def _notice(self, on_left: Callable[[], None]) -> None:
        user32 = _user32()
        process_id, was_ours = _process_of(self._handle), False
        while not self._is_released.wait(_LOOK_AGAIN_S):
            in_front = user32.GetForegroundWindow()
            is_ours = bool(in_front) and _process_of(in_front) == process_id  # its dialogues are its own
            if was_ours and in_front and not is_ours and user32.IsWindowVisible(self._handle):
                on_left()
            was_ours = is_ours


def centre(handle: int) -> None:
    """Move a window to the middle of the screen with the pointer, above all others."""
    user32 = _user32()
    place = ctypes.wintypes.RECT()
    user32.GetWindowRect(handle, ctypes.byref(place))
    x, y = centred(place.right - place.left, place.bottom - place.top, screen_with_pointer())
    user32.SetWindowPos(handle, _TOPMOST, x, y, 0, 0, _NO_SIZE)


def screen_with_pointer() -> Rect:
    """What of that monitor the task bar leaves."""

    class MonitorInfo(ctypes.Structure):
        _fields_ = (
            ("size_bytes", ctypes.wintypes.DWORD),
            ("whole", ctypes.wintypes.RECT),
            ("work", ctypes.wintypes.RECT),
            ("flags", ctypes.wintypes.DWORD),
        )

    user32 = _user32()
    pointer, info = ctypes.wintypes.POINT(), MonitorInfo()
    info.size_bytes = ctypes.sizeof(info)
    user32.GetCursorPos(ctypes.byref(pointer))
    user32.GetMonitorInfoW(user32.MonitorFromPoint(pointer, _NEAREST), ctypes.byref(info))
    work = info.work
    return Rect(work.left, work.top, work.right - work.left, work.bottom - work.top)


def _windows_of(process_id: int) -> list[int]:
    if sys.platform != "win32":  # for the type checker, which knows ctypes.WINFUNCTYPE only there
        return []
    user32, found = _user32(), []

    def visit(handle: int, _: int) -> bool:
        if user32.IsWindowVisible(handle) and _process_of(handle) == process_id and _is_large(handle):
            found.append(handle)
        return True

    visitor = ctypes.WINFUNCTYPE(ctypes.wintypes.BOOL, ctypes.wintypes.HWND, ctypes.wintypes.LPARAM)
    user32.EnumWindows(visitor(visit), 0)
    return found


def _is_large(handle: int) -> bool:
    place = ctypes.wintypes.RECT()
    _user32().GetWindowRect(handle, ctypes.byref(place))
    return bool(place.right - place.left > _SIDE_PX and place.bottom - place.top > _SIDE_PX)


def _process_of(handle: int) -> int:
    process_id = ctypes.wintypes.DWORD()
    _user32().GetWindowThreadProcessId(handle, ctypes.byref(process_id))
    return process_id.value


def _user32() -> Any:
    """With handles as wide as they are; ctypes takes every number for 32 bits."""
    if sys.platform != "win32":
        return None
    types, user32 = ctypes.wintypes, ctypes.WinDLL("user32")
    user32.GetForegroundWindow.restype = types.HWND
    user32.MonitorFromPoint.restype = types.HMONITOR
    user32.GetMonitorInfoW.argtypes = (types.HMONITOR, ctypes.c_void_p)
    user32.GetWindowRect.argtypes = user32.GetWindowThreadProcessId.argtypes = (types.HWND, ctypes.c_void_p)
    user32.SetForegroundWindow.argtypes = user32.IsWindowVisible.argtypes = (types.HWND,)
    user32.ShowWindow.argtypes = (types.HWND, ctypes.c_int)
    user32.SetWindowPos.argtypes = (types.HWND, types.HWND, *(ctypes.c_int,) * 4, types.UINT)
    return user32
