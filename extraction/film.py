"""Films: the title and the day that MP4 and MOV say of themselves. What they show is for `extraction.video`."""

import struct
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import BinaryIO

from extraction.audio import tags_of
from extraction.reading import Reading

_MAX_BOXES = 200  # in a row


def read(path: Path) -> Reading:
    """No page: a frame is one, and these are found by what they show."""
    with path.open("rb") as file:
        if file.read(8)[4:] != b"ftyp":
            return Reading()
        created = _created(file)
        tag = tags_of(file)
    return Reading(title=(tag.title or "") if tag else "", created=created)


def _created(file: BinaryIO) -> str:
    """The time in the header of the film, in seconds since 1904; "" for none."""
    for kind, end in _boxes(file, 0, file.seek(0, 2)):
        if kind == b"moov":
            for inner, _ in _boxes(file, file.tell(), end):
                if inner == b"mvhd":
                    head = file.read(12).ljust(12, b"\0")
                    return _moment(struct.unpack_from(">Q" if head[0] else ">L", head, 4)[0])
    return ""


def _boxes(file: BinaryIO, start: int, end: int) -> Iterator[tuple[bytes, int]]:
    """Kind and end of each box between two places; the file is at what the box holds."""
    for _ in range(_MAX_BOXES):
        file.seek(start)
        head = file.read(16)
        if start >= end or len(head) < 8:
            return
        size, kind = struct.unpack_from(">L4s", head)
        is_large = size == 1 and len(head) == 16
        if is_large:
            (size,) = struct.unpack_from(">Q", head, 8)
        file.seek(start + (16 if is_large else 8))
        start = start + size if size >= 8 else end
        yield kind, min(start, end)


def _moment(seconds: int) -> str:
    try:
        moment = datetime(1904, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
    except OverflowError:
        return ""
    return moment.isoformat() if 1990 < moment.year < 2100 else ""  # cameras whose clock was never set say 1904
