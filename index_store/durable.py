"""Files that are on the disk when a function returns, or not there at all.

Source: notes/store.md 3.4. A file is written once under a new name and never again: a
reader may have it mapped, and a mapped file that shrinks kills its process.

A large file has a checksum for each of up to 256 blocks, so that damage costs the rows that it is in and not all.

Where the index is encrypted, files are sealed as they are written and unsealed as they are read (`sealing`). Sizes and
checksums are those of what a file says, sealed or not.
"""

import os
import shutil
import sys
import zlib
from array import array
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from io import BufferedReader
from pathlib import Path

import msgspec

from index_store.sealing import Seal, UnsealedFile, seal_for_new, seal_to_read, sealed_size

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
    is_sealed: bool = False

    @property
    def block_bytes(self) -> int:
        """How long its blocks are; the last may be shorter."""
        return _LEAF_BYTES * _leaves_per_block(-(-self.size_bytes // _LEAF_BYTES)) if self.blocks else self.size_bytes


def write_file(path: Path, parts: Iterable[bytes | memoryview]) -> FileEntry:
    """Write a new file and wait until its bytes are on the disk; its name is not, before `sync_folder`.

    It is sealed where the index is encrypted.

    Raises:
        OSError: Nothing of it is left. A failed fsync is final: trying it again can succeed
            without having written anything.
        IndexSealed: The index is encrypted, and its key is not at hand.
    """
    return _write_new(path, parts, seal_for_new(path.parent))


def write_plain_file(path: Path, parts: Iterable[bytes | memoryview]) -> FileEntry:
    """As `write_file`, for what has to be read before there is a key."""
    return _write_new(path, parts, None)


def _write_new(path: Path, parts: Iterable[bytes | memoryview], seal: Seal | None) -> FileEntry:
    descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | _BINARY, 0o600)
    try:
        leaves = _Leaves()
        _write_all(descriptor, leaves.counted(parts), seal)
        _sync(descriptor)
    except BaseException:
        os.close(descriptor)
        path.unlink(missing_ok=True)
        raise
    os.close(descriptor)
    return leaves.entry(path.name, is_sealed=seal is not None)


def _write_all(descriptor: int, parts: Iterable[memoryview], seal: Seal | None) -> None:
    for part in seal.sealed(parts) if seal else parts:
        rest = memoryview(part)
        while rest:
            rest = rest[os.write(descriptor, rest[:_WRITE_BYTES]) :]


class _Leaves:
    """Checksums of 16 KB each, of a file that comes in parts and whose length is not known before its end."""

    def __init__(self) -> None:
        self._crcs = array("I")
        self._crc = self._filled = 0

    def counted(self, parts: Iterable[bytes | memoryview]) -> Iterator[memoryview]:
        """The same parts, as they are written."""
        for part in parts:
            counted = memoryview(part).cast("B") if len(part) else memoryview(b"")
            self._add(counted)
            yield counted

    def _add(self, part: memoryview) -> None:
        while part:
            piece = part[: _LEAF_BYTES - self._filled]
            self._crc = zlib.crc32(piece, self._crc)
            self._filled += len(piece)
            part = part[len(piece) :]
            if self._filled == _LEAF_BYTES:
                self._crcs.append(self._crc)
                self._crc = self._filled = 0

    def entry(self, name: str, *, is_sealed: bool) -> FileEntry:
        size_bytes = len(self._crcs) * _LEAF_BYTES + self._filled
        if self._filled or not self._crcs:
            self._crcs.append(self._crc)
        if len(self._crcs) == 1:
            return FileEntry(name, size_bytes, self._crcs[0], is_sealed=is_sealed)
        blocks = _block_crcs(self._crcs)
        return FileEntry(name, size_bytes, zlib.crc32(blocks), blocks, is_sealed)


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


def open_to_read(folder: Path, entry: FileEntry) -> BufferedReader:
    """What a file says, from its beginning.

    Raises:
        OSError: It cannot be opened.
        IndexSealed: It is sealed, and the key is not at hand.
    """
    file = (folder / entry.name).open("rb")
    if not entry.is_sealed:
        return file
    try:
        return seal_to_read(folder).opened(file, entry.size_bytes)
    except BaseException:
        file.close()
        raise


def check_read(file: BufferedReader) -> None:
    """Raise ValueError when what was read of a file that is sealed is not as it was written."""
    if isinstance(file, UnsealedFile):
        file.check()


def read_checked(folder: Path, entry: FileEntry) -> bytes:
    """What a file says that must be as long as it was written.

    Raises:
        ValueError: It is longer or shorter; or it is sealed, and not as it was written.
    """
    check_size(folder, entry)
    with open_to_read(folder, entry) as file:
        data = file.read()
        check_read(file)
    if len(data) != entry.size_bytes:
        raise ValueError(f"{entry.name} has {len(data)} bytes of {entry.size_bytes}")
    return data


def check_size(folder: Path, entry: FileEntry) -> None:
    """Raise ValueError unless the file is as long as it was written."""
    size_bytes = (folder / entry.name).stat().st_size
    expected = _size_on_disk(entry)
    if size_bytes != expected:
        raise ValueError(f"{entry.name} has {size_bytes} bytes of {expected}")


def _size_on_disk(entry: FileEntry) -> int:
    return sealed_size(entry.size_bytes) if entry.is_sealed else entry.size_bytes


def damaged_stretches(folder: Path, entry: FileEntry, on_read: Callable[[int], None] = lambda _: None) -> list[range]:
    """The bytes that are not as they were written, block by block; reads the whole file, about 1 GB/s.

    A byte that is missing is damaged, and so is one too many.

    Raises:
        OSError: It cannot be read at all.
    """
    damaged: list[range] = []
    excess = (folder / entry.name).stat().st_size - _size_on_disk(entry)
    with open_to_read(folder, entry) as file:
        for number, start in enumerate(range(0, entry.size_bytes, max(entry.block_bytes, 1))):
            end = min(start + entry.block_bytes, entry.size_bytes)
            crc32 = int.from_bytes(entry.blocks[4 * number : 4 * number + 4], "little") if entry.blocks else entry.crc32
            if _crc_of_next(file, end - start, is_block=bool(entry.blocks)) != crc32:
                damaged.append(range(start, end))
            on_read(end - start)
        if isinstance(file, UnsealedFile):
            file.read()  # the block of an empty file
            damaged += file.damaged
    if excess > 0:
        damaged.append(range(entry.size_bytes, entry.size_bytes + excess))
    return _joined(damaged)


def _joined(stretches: Iterable[range]) -> list[range]:
    """The same bytes, in stretches that neither overlap nor touch, ascending."""
    joined: list[range] = []
    for stretch in sorted(stretches, key=lambda each: each.start):
        if joined and stretch.start <= joined[-1].stop:
            before = joined.pop()
            joined.append(range(before.start, max(before.stop, stretch.stop)))
        else:
            joined.append(stretch)
    return joined


def _crc_of_next(file: BufferedReader, length: int, *, is_block: bool) -> int:
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
