"""Archives: the names of what is in them, and their members themselves, one at a time, for who asks.

`tarfile` reads TAR here, from a file that seems to end where it would cost too much. The names in a ZIP come from
`zip_names`, which says why.
"""

import bz2
import gzip
import lzma
import tarfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import BinaryIO, NamedTuple, cast

from errors import DocumentError
from extraction.plain_text import decode
from extraction.reading import Reading
from extraction.zip_names import first_names
from extraction.zip_package import MAX_MEMBER_BYTES, open_package

MAX_NAMES = 2_000
# Of a packed archive: what lies between the names has to be unpacked and thrown away, at the pace of its packing.
MAX_UNPACKED_BYTES = {b"\x1f\x8b": 96 << 20, b"BZh": 6 << 20, b"\xfd7zXZ\x00": 64 << 20}
MAX_HEADERS_BYTES = 8 << 20  # of a TAR: there may be any number before a name
_BROKEN = (tarfile.TarError, EOFError, OSError, ValueError, RecursionError, lzma.LZMAError, zlib.error)


class Member(NamedTuple):
    """A file in an archive."""

    name: bytes  # as stored
    read: Callable[[], bytes]  # only before the next member is drawn; DocumentError: why it cannot be


def read(path: Path) -> Reading:
    """The names of the first members of a ZIP or TAR as one page; none for other archives.

    Raises:
        DocumentError: It is a ZIP without its directory.
    """
    if not _is_zip(path):
        with members(path) as found:
            names, truncated = first(found)
        return Reading(page_of(names), truncated=truncated)
    try:
        names, count = first_names(path, MAX_NAMES)
    except ValueError as error:
        raise DocumentError(path, "damaged: not a whole ZIP container") from error
    return Reading(page_of(filter(_is_told, names)), truncated=count > len(names))


@contextmanager
def members(path: Path) -> Iterator[Iterator[Member]]:
    """The files in a ZIP or TAR, in its order; none for other archives. To be drawn by `first`.

    Raises:
        DocumentError: It is a ZIP that is damaged, or has too many members.
    """
    if _is_zip(path):
        with open_package(path) as package:
            stored = ((name, partial(package.read, key)) for key, name in package.stored_names())
            yield (Member(name, read_it) for name, read_it in stored if _is_told(name))
    else:
        with path.open("rb") as file:
            yield _tar_members(path, file)


def first(found: Iterable[Member]) -> tuple[list[bytes], bool]:
    """The names of the first members, and whether there are more, or may be: it is damaged, or at a limit."""
    names: list[bytes] = []
    try:
        for member in found:
            if len(names) == MAX_NAMES:
                return names, True
            names.append(member.name)
    except _BROKEN:
        return names, bool(names)  # without any it is packed, but no TAR
    return names, False


def page_of(names: Iterable[bytes]) -> tuple[str, ...]:
    """One name per line on one page; no page without names."""
    lines = [name.replace(b"\n", b" ") for name in names]
    return (decode(b"\n".join(lines)),) if lines else ()


def _is_told(name: bytes) -> bool:
    """Not folders, which the names of files repeat, nor what macOS adds for itself."""
    return not name.endswith((b"/", b"\\")) and not name.startswith(b"__MACOSX/")


def _is_zip(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(2) == b"PK"


def _tar_members(path: Path, file: BinaryIO) -> Iterator[Member]:
    """Raises what `first` knows, at its beginning for what is no TAR."""
    stream = _Forward(file)
    with tarfile.open(fileobj=cast(BinaryIO, stream), mode="r:", errors="surrogateescape") as archive:
        while info := archive.next():
            archive.members.clear()  # type: ignore[attr-defined]  # each has a copy of the headers for all
            name = info.name.encode(archive.encoding or "utf-8", errors="surrogateescape")
            if not info.isdir() and _is_told(name):
                yield Member(name, partial(_content, path, stream, info))


def _content(path: Path, stream: "_Forward", info: tarfile.TarInfo) -> bytes:
    if info.size > MAX_MEMBER_BYTES:
        raise DocumentError(path, f"too large: {info.size >> 20} MB")
    if not info.isreg() or info.issparse():
        return b""
    try:
        return stream.read(info.size, is_header=False)
    except EOFError as error:
        raise DocumentError(path, "too large: what is before it and its own bytes") from error


class _Forward:
    """A file, packed or not, that is only read forwards, and ends early where its headers do not, or a packed one is
    at its limit."""

    def __init__(self, file: BinaryIO) -> None:
        head = file.read(6)
        file.seek(0)
        magic = next((magic for magic in MAX_UNPACKED_BYTES if head.startswith(magic)), b"")
        self._file = _unpacked(file, magic)
        self._limit_bytes = MAX_UNPACKED_BYTES.get(magic)
        self._room_bytes = MAX_HEADERS_BYTES
        self.tell = self._file.tell

    def read(self, size: int, *, is_header: bool = True) -> bytes:
        self._room_bytes -= size if is_header else 0
        self._check(self.tell() + size)
        return self._file.read(size)

    def seek(self, position: int) -> int:
        self._check(position)
        if position < self.tell():
            raise EOFError  # a negative size leads back, and round and round
        return self._file.seek(position)

    def _check(self, position: int) -> None:
        if self._room_bytes < 0 or (self._limit_bytes is not None and position > self._limit_bytes):
            raise EOFError


def _unpacked(file: BinaryIO, magic: bytes) -> BinaryIO:
    if magic == b"\x1f\x8b":
        return cast(BinaryIO, gzip.GzipFile(fileobj=file))
    if magic == b"BZh":
        return cast(BinaryIO, bz2.BZ2File(file))
    return cast(BinaryIO, lzma.LZMAFile(file)) if magic else file
