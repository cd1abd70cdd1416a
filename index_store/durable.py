"""Files that are on the disk when a function returns, or not there at all.

Source: notes/store.md 3.4. A file is written once under a new name and never again: a
reader may have it mapped, and a mapped file that shrinks kills its process.

A large file has a checksum for each of up to 256 blocks, so that damage costs the rows that it is in and not all.
"""

import os
import shutil
import sys
import zlib
from array import array
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

import msgspec

_BINARY = getattr(os, "O_BINARY", 0)  # Windows would turn \n into \r\n
_WRITE_BYTES = 1 << 26  # Linux takes at most 2 GiB in one write
_LEAF_BYTES = 1 << 14
_MOST_BLOCKS = 256
_LEFT_FREE_BYTES = 1 << 26
_LEFT_FREE_SHARE = 20  # a twentieth of a small disk


class FileEntry(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a file was when it was written."""

    name: str
    size_bytes: int
    crc32: int  # of the whole, or of `blocks` where there are any
    blocks: bytes = b""  # for each block four bytes: the CRC32 of the CRC32s of its 16 KB

    @property
    def block_bytes(self) -> int:
        """How long its blocks are; the last may be shorter."""
        return _LEAF_BYTES * _leaves_per_block(-(-self.size_bytes // _LEAF_BYTES)) if self.blocks else self.size_bytes


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
    leaves = _Leaves()
    for part in parts:
        rest = memoryview(part).cast("B") if len(part) else memoryview(b"")
        leaves.add(rest)
        while rest:
            rest = rest[os.write(descriptor, rest[:_WRITE_BYTES]) :]
    return leaves.entry(name)


class _Leaves:
    """Checksums of 16 KB each, of a file that comes in parts and whose length is not known before its end."""

    def __init__(self) -> None:
        self._crcs = array("I")
        self._crc = self._filled = 0

    def add(self, part: memoryview) -> None:
        while part:
            piece = part[: _LEAF_BYTES - self._filled]
            self._crc = zlib.crc32(piece, self._crc)
            self._filled += len(piece)
            part = part[len(piece) :]
            if self._filled == _LEAF_BYTES:
                self._crcs.append(self._crc)
                self._crc = self._filled = 0

    def entry(self, name: str) -> FileEntry:
        size_bytes = len(self._crcs) * _LEAF_BYTES + self._filled
        if self._filled or not self._crcs:
            self._crcs.append(self._crc)
        if len(self._crcs) == 1:
            return FileEntry(name, size_bytes, self._crcs[0])
        blocks = _block_crcs(self._crcs)
        return FileEntry(name, size_bytes, zlib.crc32(blocks), blocks)


def _block_crcs(leaves: "array[int]") -> bytes:
    step = _leaves_per_block(len(leaves))
    blocks = (leaves[start : start + step] for start in range(0, len(leaves), step))
    return b"".join(zlib.crc32(_little_endian(block)).to_bytes(4, "little") for block in blocks)


def _leaves_per_block(leaf_count: int) -> int:
    return 1 << (-(-leaf_count // _MOST_BLOCKS) - 1).bit_length()


def _little_endian(numbers: "array[int]") -> bytes:
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers.tobytes()


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


def room_bytes(folder: Path) -> int:
    """How much more should be written there. A little stays free: taking something out of an index needs room too."""
    usage = shutil.disk_usage(folder)
    return usage.free - min(_LEFT_FREE_BYTES, usage.total // _LEFT_FREE_SHARE)


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


def damaged_stretches(folder: Path, entry: FileEntry, on_read: Callable[[int], None] = lambda _: None) -> list[range]:
    """The bytes that are not as they were written, block by block; reads the whole file, about 1 GB/s.

    A byte that is missing is damaged, and so is one too many.

    Raises:
        OSError: It cannot be read at all.
    """
    damaged: list[range] = []
    with (folder / entry.name).open("rb") as file:
        for number, start in enumerate(range(0, entry.size_bytes, max(entry.block_bytes, 1))):
            end = min(start + entry.block_bytes, entry.size_bytes)
            crc32 = int.from_bytes(entry.blocks[4 * number : 4 * number + 4], "little") if entry.blocks else entry.crc32
            if _crc_of_next(file, end - start, is_block=bool(entry.blocks)) != crc32:
                _append(damaged, range(start, end))
            on_read(end - start)
        actual = os.fstat(file.fileno()).st_size
    if actual > entry.size_bytes:
        _append(damaged, range(entry.size_bytes, actual))
    return damaged


def _append(stretches: list[range], stretch: range) -> None:
    if stretches and stretches[-1].stop == stretch.start:
        stretch = range(stretches.pop().start, stretch.stop)
    stretches.append(stretch)


def _crc_of_next(file: BinaryIO, length: int, *, is_block: bool) -> int:
    crcs, crc = array("I"), 0
    for start in range(0, length, _LEAF_BYTES):
        leaf = file.read(min(_LEAF_BYTES, length - start))
        crcs.append(zlib.crc32(leaf))
        if not is_block:
            crc = zlib.crc32(leaf, crc)
    return zlib.crc32(_little_endian(crcs)) if is_block else crc


def is_intact(folder: Path, entry: FileEntry) -> bool:
    """Whether every byte is as it was written."""
    return not damaged_stretches(folder, entry)
