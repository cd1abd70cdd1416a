"""Sound: what its tags say. Nothing is listened to."""

import re
from collections.abc import Callable
from functools import partialmethod
from pathlib import Path
from typing import BinaryIO, cast

from tinytag import TinyTag, TinyTagException

from extraction.reading import Reading, iso_date

MAX_READ_BYTES = 2 << 20  # of all tags together, with a cover where it is one of them
MAX_TAGS, MAX_VALUES = 200, 20  # and values of one tag
_COST_OF_A_READ = 4 << 10  # a file may be all headers, each of them read by itself
_MAX_VALUE_CHARS = 20_000  # lyrics

_DAY = re.compile(r"(\d{4}(?:-\d\d(?:-\d\d)?)?)")


def read(path: Path) -> Reading:
    """One page with artist, album, title and so on; none where there are no tags, or none that can be read."""
    with path.open("rb") as file:
        tag = tags_of(file)
    if tag is None:
        return Reading()
    words = {
        "Title": tag.title,
        "Artist": tag.artist,
        "Album": tag.album,
        "Album artist": tag.albumartist if tag.albumartist != tag.artist else None,
        "Composer": tag.composer,
        "Genre": tag.genre,
        "Year": tag.year,
        "Comment": tag.comment,
        "Lyrics": "\n".join(tag.other.get("lyrics", ())),
    }
    lines = [f"{name}: {_plain(value)}" for name, value in words.items() if value and _plain(value)]
    day = _DAY.match(tag.year or "")
    texts = ("\n".join(lines),) if lines else ()
    return Reading(texts, title=_plain(tag.title or ""), created=iso_date(day[1]) if day else "")


def tags_of(file: BinaryIO) -> TinyTag | None:
    """What a file says of itself; None when that is of no known kind, or broken."""
    return _parsed(file, image=False)


def cover_of(file: BinaryIO) -> bytes | None:
    """The picture of the record's cover as it is in the file; None without one."""
    tag = _parsed(file, image=True)
    image = tag.images.any if tag else None
    return image.data if image else None


def _parsed(file: BinaryIO, *, image: bool) -> TinyTag | None:
    file.seek(0)
    try:
        # It takes just what a file of bytes has, and this has it.
        return TinyTag.get(file_obj=cast(BinaryIO, _Sparing(file)), duration=False, image=image)
    except TinyTagException:
        return None


def _plain(value: str) -> str:
    return value.replace("\0", " ").strip()[:_MAX_VALUE_CHARS]


class _Sparing:
    """A file that seems to end when enough of it has been read: what tinytag has found until then it keeps."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._room_bytes = MAX_READ_BYTES
        self.seek = file.seek
        self.tell = file.tell

    def read(self, size: int = -1) -> bytes:
        most = max(0, self._room_bytes)
        data = self._file.read(most if size < 0 else min(size, most))
        self._room_bytes -= len(data) + _COST_OF_A_READ
        return data


def _set_few(tag: TinyTag, field: str, value: str, set_all: Callable[[TinyTag, str, str], None]) -> None:
    if len(tag.other) < MAX_TAGS and len(tag.other.get(field, ())) < MAX_VALUES:
        set_all(tag, field, value)


# tinytag looks through all values of a tag for each new one: a megabyte of comments would take it a minute.
TinyTag._set_other_field = partialmethod(_set_few, set_all=TinyTag._set_other_field)  # type: ignore[assignment,method-assign]
