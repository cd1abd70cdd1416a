"""Files that are on the disk when a function returns, or not there at all.

Source: notes/store.md 3.4. A file is written once under a new name and never again: a
reader may have it mapped, and a mapped file that shrinks kills its process.
"""

import os
import sys
import zlib
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

import msgspec

_BINARY = getattr(os, "O_BINARY", 0)  # Windows would turn \n into \r\n
_WRITE_BYTES = 1 << 26  # Linux takes at most 2 GiB in one write


class FileEntry(msgspec.Struct, frozen=True):
    """What a file was when it was written."""

    name: str
    size_bytes: int
    crc32: int


def write_file(path: Path, parts: Iterable[bytes | memoryview]) -> FileEntry:
    """Write a new file and wait until its bytes are on the disk; its name is not, before `sync_folder`.

    Raises:
        OSError: Nothing of it is left. A failed fsync is final: trying it again can succeed
            without having written anything.
    """
    descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | _BINARY, 0o600)
    try:
        entry = _written(descriptor, path.name, parts)
        _sync(descriptor)
    except BaseException:
        os.close(descriptor)
        path.unlink(missing_ok=True)
        raise
    os.close(descriptor)
    return entry


def _written(descriptor: int, name: str, parts: Iterable[bytes | memoryview]) -> FileEntry:
    size_bytes = crc32 = 0
    for part in parts:
        rest = memoryview(part).cast("B") if len(part) else memoryview(b"")
        size_bytes += len(rest)
        crc32 = zlib.crc32(rest, crc32)
        while rest:
            rest = rest[os.write(descriptor, rest[:_WRITE_BYTES]) :]
    return FileEntry(name, size_bytes, crc32)


def sync_folder(folder: Path) -> None:
    """Wait until the names in `folder` are on the disk. Windows cannot, and does so by itself."""
    if sys.platform == "win32":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        _sync(descriptor)
    finally:
        os.close(descriptor)


def _sync(descriptor: int) -> None:
    if sys.platform == "darwin":
        import fcntl  # noqa: PLC0415 - POSIX only

        with suppress(OSError):  # network volumes have no such call
            fcntl.fcntl(descriptor, fcntl.F_FULLFSYNC)  # fsync alone stops at the drive's own cache there
            return
    os.fsync(descriptor)


def make_folder(folder: Path) -> None:
    """Make a folder that only its owner may enter, and those above it, and wait until their names are on the disk."""
    if folder.is_dir():
        return
    if not folder.parent.exists():
        make_folder(folder.parent)
    folder.mkdir(mode=0o700, exist_ok=True)
    with suppress(PermissionError):  # a folder one may write to but not list
        sync_folder(folder.parent)


def read_checked(folder: Path, entry: FileEntry) -> bytes:
    """The bytes of a file that must be as long as it was written.

    Raises:
        ValueError: It is longer or shorter.
    """
    data = (folder / entry.name).read_bytes()
    if len(data) != entry.size_bytes:
        raise ValueError(f"{entry.name} has {len(data)} bytes of {entry.size_bytes}")
    return data


def check_size(folder: Path, entry: FileEntry) -> None:
    """Raise ValueError unless the file is as long as it was written."""
    size_bytes = (folder / entry.name).stat().st_size
    if size_bytes != entry.size_bytes:
        raise ValueError(f"{entry.name} has {size_bytes} bytes of {entry.size_bytes}")


def is_intact(folder: Path, entry: FileEntry) -> bool:
    """Whether every byte is as it was written. Reads the whole file, about 2 GB/s."""
    size_bytes = crc32 = 0
    with (folder / entry.name).open("rb") as file:
        while block := file.read(1 << 20):
            size_bytes += len(block)
            crc32 = zlib.crc32(block, crc32)
    return (size_bytes, crc32) == (entry.size_bytes, entry.crc32)
