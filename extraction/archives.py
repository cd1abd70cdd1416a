"""Archives: the names of what is in them, and nothing unpacked but what stands before a name."""

import bz2
import gzip
import lzma
import zlib
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import BinaryIO, NamedTuple, cast

from errors import DocumentError
from extraction.plain_text import decode
from extraction.reading import Reading
from extraction.zip_names import first_names

MAX_NAMES = 2_000
# Of a packed archive: what lies between the names has to be unpacked and thrown away, at the pace of its packing.
MAX_UNPACKED_BYTES = {b"\x1f\x8b": 96 << 20, b"BZh": 6 << 20, b"\xfd7zXZ\x00": 64 << 20}
_BLOCK_BYTES = 512
_SKIP_BYTES = 1 << 20
_MAX_LONG_NAME_BYTES = 64 << 10
_MAX_HEADERS = 4 * MAX_NAMES  # a name may have up to three before it
_LONG_NAME, _EXTENDED = b"L", b"x"
_OF_NO_FILE = b"gKV"  # extensions for all that follow, long targets of links, the name of a volume


class _Member(NamedTuple):
    name: bytes
    kind: bytes
    size: int


def read(path: Path) -> Reading:
    """The names of the first members of a ZIP or TAR as one page; none for other archives.

    Raises:
        DocumentError: It is a ZIP without its directory.
    """
    with path.open("rb") as file:
        head = file.read(_BLOCK_BYTES)
    if head.startswith(b"PK"):
        return _zip(path)
    with path.open("rb") as file:
        names, truncated = _tar(file, head)
    return _listed(names, truncated=truncated)


def _zip(path: Path) -> Reading:
    try:
        names, count = first_names(path, MAX_NAMES)
    except ValueError as error:
        raise DocumentError(path, "damaged: not a whole ZIP container") from error
    return _listed(names, truncated=count > len(names))


def _listed(names: list[bytes], *, truncated: bool) -> Reading:
    """One name per line; without folders, which the names of files repeat, and what macOS adds for itself."""
    told = [name for name in names if not name.endswith((b"/", b"\\")) and not name.startswith(b"__MACOSX/")]
    text = decode(b"\n".join(name.replace(b"\n", b" ") for name in told))
    return Reading((text,) if told else (), truncated=truncated)


def _tar(file: BinaryIO, head: bytes) -> tuple[list[bytes], bool]:
    """Names in a TAR, packed or not, and whether there may be more. None for what is no TAR."""
    magic = next((magic for magic in MAX_UNPACKED_BYTES if head.startswith(magic)), b"")
    names: list[bytes] = []
    try:
        stream = _Stream(_unpacked(file, magic), MAX_UNPACKED_BYTES.get(magic))
        names.extend(islice(_tar_names(stream), MAX_NAMES + 1))
    except (EOFError, OSError, ValueError, lzma.LZMAError, zlib.error):
        return names, bool(names)  # damaged, at a limit, or packed but no TAR
    return names[:MAX_NAMES], len(names) > MAX_NAMES


def _unpacked(file: BinaryIO, magic: bytes) -> BinaryIO:
    if magic == b"\x1f\x8b":
        return cast(BinaryIO, gzip.GzipFile(fileobj=file))
    if magic == b"BZh":
        return cast(BinaryIO, bz2.BZ2File(file))
    return cast(BinaryIO, lzma.LZMAFile(file)) if magic else file


class _Stream:
    """Reads forward, up to a limit if the file is packed; in one that is not, it jumps."""

    def __init__(self, file: BinaryIO, limit_bytes: int | None) -> None:
        self._file = file
        self._room_bytes = limit_bytes

    def read(self, size: int) -> bytes:
        """Exactly `size` bytes.

        Raises:
            EOFError: There are not so many, or the limit is reached.
        """
        if self._room_bytes is not None:
            self._room_bytes -= size
            if self._room_bytes < 0:
                raise EOFError
        data = self._file.read(size)
        if len(data) < size:
            raise EOFError
        return data

    def skip(self, size: int) -> None:
        if self._room_bytes is None:
            self._file.seek(size, 1)
            return
        while size > 0:
            self.read(min(size, _SKIP_BYTES))
            size -= _SKIP_BYTES


def _tar_names(stream: _Stream) -> Iterator[bytes]:
    """The names of all members, in order.

    Raises:
        ValueError: It is no TAR.
        EOFError: It ends too early.
    """
    long_name = b""
    for _ in range(_MAX_HEADERS):
        block = stream.read(_BLOCK_BYTES)
        if not block.strip(b"\0"):
            return
        member = _member(block)
        padded = -(-member.size // _BLOCK_BYTES) * _BLOCK_BYTES
        if member.kind in (_LONG_NAME, _EXTENDED) and member.size <= _MAX_LONG_NAME_BYTES:
            data = stream.read(padded)[: member.size]
            long_name = (data.partition(b"\0")[0] if member.kind == _LONG_NAME else _extended_name(data)) or long_name
            continue
        if member.kind not in _OF_NO_FILE:
            yield long_name or member.name
            long_name = b""
        stream.skip(padded)


def _member(block: bytes) -> _Member:
    if _number(block[148:156]) != sum(block) - sum(block[148:156]) + 8 * 0x20:
        raise ValueError("no TAR")
    name = block[:100].partition(b"\0")[0]
    prefix = block[345:500].partition(b"\0")[0] if block[257:263] == b"ustar\0" else b""
    kind = block[156:157]
    size = 0 if kind in b"123456" else _number(block[124:136])  # links, devices and folders hold nothing
    return _Member(prefix + b"/" + name if prefix else name, kind, size)


def _number(field: bytes) -> int:
    """Octal digits, or, of what is too large for them, the bytes themselves."""
    if field[:1] == b"\x80":
        return int.from_bytes(field[1:], "big")
    digits = field.strip(b"\0 ") or b"0"
    if not digits.isdigit():  # a sign would lead back, and round and round
        raise ValueError("no TAR")
    return int(digits, 8)


def _extended_name(data: bytes) -> bytes:
    """The path in lines of `LENGTH KEY=VALUE`."""
    while data:
        length, _, rest = data.partition(b" ")
        size = int(length)
        if rest.startswith(b"path="):
            return data[len(length) + 6 : size - 1]
        data = data[max(size, 1) :]
    return b""
