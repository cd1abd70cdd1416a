"""A lock between processes which the system frees when its holder dies."""

import errno
import os
import sys
from io import FileIO
from pathlib import Path

_HELD = (errno.EAGAIN, errno.EACCES, errno.EDEADLK)


def take_lock(path: Path) -> FileIO | None:
    """Take the lock `path` stands for, or return None at once when somebody has it.

    Returns:
        The open file; closing it frees the lock.

    Raises:
        OSError: The file cannot be made, or its system has no locks.
    """
    file = open(path, "r+b", buffering=0, opener=_opener)  # noqa: SIM115 - the caller closes it
    try:
        _lock(file.fileno())
    except OSError as error:
        file.close()
        if error.errno in _HELD:
            return None
        raise
    return file


def _opener(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_CREAT, 0o600)


if sys.platform == "win32":
    import msvcrt

    def _lock(descriptor: int) -> None:
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _lock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
