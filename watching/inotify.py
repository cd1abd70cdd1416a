"""The system calls of inotify, which tells what changes in a folder: Linux only.

watchdog's own emitter asks to be told of every file that is opened, and sets up all its watches anew when the kernel's
queue overflows, which overflows it again: above some 8,000 folders it never comes to an end (docs/adr/0010).
"""

import ctypes
import errno
import os
import select
import struct
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

# linux/inotify.h
CLOSE_WRITE, MOVED_FROM, MOVED_TO = 0x8, 0x40, 0x80
CREATE, DELETE, DELETE_SELF, MOVE_SELF = 0x100, 0x200, 0x400, 0x800
UNMOUNT, OVERFLOW, IGNORED, IS_FOLDER = 0x2000, 0x4000, 0x8000, 0x40000000
_ONLY_FOLDERS, _NO_LINKS, _NOT_UNLINKED = 0x01000000, 0x02000000, 0x04000000
_CONTENTS = CREATE | CLOSE_WRITE | MOVED_FROM | MOVED_TO | DELETE | _ONLY_FOLDERS | _NOT_UNLINKED
_HEAD = struct.Struct("iIII")
_BUFFER_BYTES = 256 * 1024

LIMITS = Path("/proc/sys/fs/inotify")


class NoMoreWatches(Exception):
    """The system allows this user no more watches, or no more instances."""


class Event(NamedTuple):
    """What the kernel tells: `name` in the folder of watch `wd`; `cookie` is the same at both ends of a move."""

    wd: int
    mask: int
    cookie: int
    name: str


class Inotify:
    """One queue of events for any number of folders. Opened by `open_inotify`."""

    def __init__(self, libc: ctypes.CDLL, descriptor: int) -> None:
        self._libc = libc
        self._descriptor = descriptor
        self._wake_out, self._wake_in = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        self._poll = select.poll()
        self._poll.register(descriptor, select.POLLIN)
        self._poll.register(self._wake_out, select.POLLIN)

    def add(self, folder: str, *, is_root: bool = False) -> int:
        """Watch what happens in `folder`; a root may be a link to one, and is watched for going away itself.

        Returns:
            The number of the watch: that of before when this folder is watched already, by whatever path.

        Raises:
            NoMoreWatches: That was the last one.
            OSError: It is not there, is no folder, or may not be read.
        """
        mask = _CONTENTS | (DELETE_SELF | MOVE_SELF if is_root else _NO_LINKS)
        wd: int = self._libc.inotify_add_watch(self._descriptor, os.fsencode(folder), mask)
        if wd < 0:
            code = ctypes.get_errno()
            if code == errno.ENOSPC:
                raise NoMoreWatches(folder)
            raise OSError(code, os.strerror(code), folder)
        return wd

    def remove(self, wd: int) -> None:
        """Stop watching; nothing happens when the folder has gone and the watch with it."""
        self._libc.inotify_rm_watch(self._descriptor, wd)

    def read(self, timeout_s: float | None) -> list[Event]:
        """What has happened, after waiting for it; none when the time is over or somebody woke us."""
        ready = {descriptor for descriptor, _ in self._poll.poll(None if timeout_s is None else timeout_s * 1000)}
        if self._wake_out in ready:
            os.read(self._wake_out, 4096)
        return list(_events(os.read(self._descriptor, _BUFFER_BYTES))) if self._descriptor in ready else []

    def wake(self) -> None:
        """End `read`, from any thread."""
        with suppress(BlockingIOError):  # then there is enough in the pipe to wake it
            os.write(self._wake_in, b".")

    def close(self) -> None:
        """The kernel forgets all watches; costs as much as they are, in the kernel."""
        for descriptor in (self._descriptor, self._wake_in, self._wake_out):
            os.close(descriptor)


def open_inotify() -> Inotify:
    """A queue without watches.

    Raises:
        NoMoreWatches: The user's programs have as many as the system allows.
        OSError: This system has none.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    libc.inotify_add_watch.argtypes = [ctypes.c_int, ctypes.c_char_p, ctypes.c_uint32]
    descriptor = libc.inotify_init1(os.O_CLOEXEC | os.O_NONBLOCK)
    if descriptor < 0:
        code = ctypes.get_errno()
        if code in (errno.EMFILE, errno.ENFILE):
            raise NoMoreWatches("instances")
        raise OSError(code, os.strerror(code))
    return Inotify(libc, descriptor)


def limit_of(name: str) -> int | None:
    """A limit of the system's by the name of its file; None where it is not told."""
    try:
        return int(Path(LIMITS, name).read_text(encoding="ascii"))
    except (OSError, ValueError):
        return None


def _events(raw: bytes) -> Iterator[Event]:
    place = 0
    while place < len(raw):
        wd, mask, cookie, length = _HEAD.unpack_from(raw, place)
        place += _HEAD.size
        yield Event(wd, mask, cookie, os.fsdecode(raw[place : place + length].rstrip(b"\0")))
        place += length
