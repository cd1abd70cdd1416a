"""What the Linux kernel is asked to refuse a worker from now on: writing outside its scratch folder, and the network.

Best effort: an older kernel refuses less, and no step of it fails loudly. Reading stays as it was, for documents may
lie anywhere. What this process starts, LibreOffice above all, inherits every rule; none can be taken back.

Source: landlock(7), seccomp(2), and linux/landlock.h for the numbers.
"""

import ctypes
import os
import platform
import signal
import struct
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

_PR_SET_PDEATHSIG, _PR_SET_SECCOMP, _PR_SET_NO_NEW_PRIVS = 1, 22, 38
_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446  # the same numbers on every processor that we know
_VERSION_ONLY, _PATH_BENEATH = 1, 1

WRITE_FILE, REMOVE_FILE, MAKE_SOCK = 1 << 1, 1 << 5, 1 << 9
_REFER, _TRUNCATE = 1 << 13, 1 << 14
# Writing, removing folders and files, and making anything: devices, folders, files, sockets, pipes, links.
_EVERY_WRITE = WRITE_FILE | sum(1 << bit for bit in range(4, 13))
_TCP = 0b11  # bind and connect
_SCOPES = 0b11  # abstract Unix sockets of others, such as the display's; signals to others

# By processor: its number in seccomp's records, and that of its call for a new socket.
_SECCOMP = {"x86_64": (0xC000003E, 41), "aarch64": (0xC00000B7, 198), "riscv64": (0xC00000F3, 198)}
_X32_CALLS, _IO_URING_SETUP, _AF_UNIX, _EPERM = 0x40000000, 425, 1, 1
_LOAD, _IF_EQUAL, _IF_AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06
_REFUSE, _ALLOW = 0x00050000 | _EPERM, 0x7FFF0000


def die_with_parent() -> None:
    """Have the kernel kill this process when the one that forked it ends."""
    _libc().prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def refuse_writes_and_network(writable: Mapping[Path, int | None]) -> None:
    """From now on nothing is written but beneath the folders of `writable`, and no connection made.

    Args:
        writable: Folder or device -> what of writing is allowed there (`WRITE_FILE`, …); None: everything.
    """
    libc = _libc()
    if libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0:
        _apply_landlock(libc, writable)
        _apply_seccomp(libc)


def landlock_version() -> int:
    """Of the kernel's Landlock; 0 when it has none. TCP is refused from 4 on, reaching other processes from 6 on."""
    version: int = _libc().syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), _VERSION_ONLY)
    return max(0, version)


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _apply_landlock(libc: ctypes.CDLL, writable: Mapping[Path, int | None]) -> None:
    version = landlock_version()
    if not version:
        return
    every_write = _EVERY_WRITE | (_REFER if version >= 2 else 0) | (_TRUNCATE if version >= 3 else 0)
    # Fields that an older kernel does not know must be zero.
    rules = struct.pack("=QQQ", every_write, _TCP if version >= 4 else 0, _SCOPES if version >= 6 else 0)
    with _opened(libc.syscall(_CREATE_RULESET, rules, ctypes.c_size_t(len(rules)), 0)) as ruleset:
        for path, allowed in writable.items():
            with suppress(FileNotFoundError), _opened(os.open(path, os.O_PATH | os.O_CLOEXEC)) as folder:
                rule = struct.pack("=Qi", every_write if allowed is None else allowed, folder)
                libc.syscall(_ADD_RULE, ruleset, _PATH_BENEATH, rule, 0)
        libc.syscall(_RESTRICT_SELF, ruleset, 0)


@contextmanager
def _opened(descriptor: int) -> Iterator[int]:
    try:
        yield descriptor
    finally:
        if descriptor >= 0:
            os.close(descriptor)


def _apply_seccomp(libc: ctypes.CDLL) -> None:
    """No sockets but Unix ones, of any protocol; nor io_uring, which can make them past this filter."""
    if platform.machine() not in _SECCOMP:
        return
    processor, new_socket = _SECCOMP[platform.machine()]
    program = (  # operation, lines to skip if so, lines to skip if not, operand
        (_LOAD, 0, 0, 4),
        (_IF_EQUAL, 0, 6, processor),
        (_LOAD, 0, 0, 0),
        (_IF_AT_LEAST, 4, 0, _X32_CALLS),
        (_IF_EQUAL, 1, 0, new_socket),
        (_IF_EQUAL, 2, 3, _IO_URING_SETUP),
        (_LOAD, 0, 0, 16),  # its first argument, the family
        (_IF_EQUAL, 1, 0, _AF_UNIX),
        (_RETURN, 0, 0, _REFUSE),
        (_RETURN, 0, 0, _ALLOW),
    )
    code = ctypes.create_string_buffer(b"".join(struct.pack("=HBBI", *line) for line in program))
    filter_ = struct.pack("@HP", len(program), ctypes.addressof(code))
    libc.prctl(_PR_SET_SECCOMP, 2, filter_, 0, 0)
