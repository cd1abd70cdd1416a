"""The names in a ZIP container, without opening it as one: a directory of millions costs no more than its beginning.

`zipfile` makes an object of every member before it says anything, and has no way to ask how many there are: a million,
in a file of 44 MB, take it 4.5 s and 460 MB. Every ZIP is asked what it is by its names.
"""

import os
import struct
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import BinaryIO

_END = struct.Struct("<4s4H2LH")  # end of central directory
_END_64 = struct.Struct("<4sQ2H2L4Q")
_LOCATOR_64 = struct.Struct("<4sLQL")
_MEMBER = struct.Struct("<4s6H3L5H2L")
_MAX_COMMENT_BYTES = 65_535
_MAX_DIRECTORY_BYTES = 4 << 20


def first_names(path: Path, limit: int) -> tuple[list[bytes], int]:
    """The names of at most `limit` members, and how many there are in all.

    The names are as stored, in the order of the directory: UTF-8, or whatever the packer's system spoke.

    Raises:
        ValueError: It is no whole ZIP container.
    """
    with path.open("rb") as file:
        start, size, count = _directory(file)
        file.seek(start)
        directory = file.read(min(size, _MAX_DIRECTORY_BYTES))
    names = list(islice(_names(directory), limit))
    if count and not names:
        raise ValueError("the directory of the ZIP container is damaged")
    return names, count


def directory_bytes(path: Path) -> int:
    """How long the directory is; 0 for what is no whole ZIP container."""
    try:
        with path.open("rb") as file:
            return _directory(file)[1]
    except ValueError:
        return 0


def _names(directory: bytes) -> Iterator[bytes]:
    position = 0
    while directory.startswith(b"PK\x01\x02", position) and position + _MEMBER.size <= len(directory):
        name_bytes, extra_bytes, comment_bytes = _MEMBER.unpack_from(directory, position)[10:13]
        position += _MEMBER.size
        yield directory[position : position + name_bytes]
        position += name_bytes + extra_bytes + comment_bytes


def _directory(file: BinaryIO) -> tuple[int, int, int]:
    """Where the central directory starts, how many bytes it has, and how many members."""
    size_bytes = file.seek(0, os.SEEK_END)
    tail_start = max(0, size_bytes - _END.size - _MAX_COMMENT_BYTES)
    file.seek(tail_start)
    tail = file.read()
    found = tail.rfind(b"PK\x05\x06", 0, len(tail) - _END.size + 4)
    if found < 0:
        raise ValueError("the directory of the ZIP container is missing")
    end = tail_start + found
    count, size, start = _END.unpack_from(tail, found)[4:7]
    if found >= _LOCATOR_64.size and tail.startswith(b"PK\x06\x07", found - _LOCATOR_64.size):
        end, count, size, start = _directory_64(file, end - _LOCATOR_64.size)
    # Whatever stands before the container, such as a program that unpacks it, shifts every place in it.
    shift = end - size - start
    if shift < 0 or start + shift < 0:
        raise ValueError("the directory of the ZIP container is missing")
    return start + shift, size, count


def _directory_64(file: BinaryIO, locator: int) -> tuple[int, int, int, int]:
    """The same from the larger directory end, which stands right before its locator, and where that is."""
    end = locator - _END_64.size
    file.seek(max(0, end))
    fields = file.read(_END_64.size)
    if not fields.startswith(b"PK\x06\x06") or len(fields) < _END_64.size:
        raise ValueError("the directory of the ZIP container is missing")
    count, size, start = _END_64.unpack(fields)[7:10]
    return end, count, size, start
