"""Books for the Kindle and its ancestors (.mobi, .azw3, .prc): one page per chapter, where the book marks them.

MuPDF reads these too, but of our samples lost most of one, crashed at another and found no word in those of the newer
kind. Source: the MobileRead wiki, "MOBI" and "PalmDOC".
"""

import re
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from corpus import Heading
from errors import DocumentError
from extraction.plain_text import decode
from extraction.reading import Reading, capped_pages, iso_date
from extraction.web_page import shown

MAX_FILE_BYTES = 512 << 20
MAX_MARKUP_BYTES = 8 << 20  # unpacked; an 800-page book has 3 MB

_STORED, _PALM_DOC = 1, 2
_DATE, _TITLE, _COVER = 106, 503, 201  # of the records that describe the book
_NO_RECORD = 0xFFFFFFFF
_CHAPTER = re.compile(r"<mbp:pagebreak\b[^>]{0,200}>|(?=<html\b)", re.I)
_AS_THEY_ARE = re.compile(rb"[\x00\x09-\x7f]+")


class _Database(NamedTuple):
    """A Palm database: records of bytes."""

    data: bytes
    starts: tuple[int, ...]  # of its records, and where the last one ends

    def record(self, number: int) -> bytes:
        return self.data[self.starts[number] : self.starts[number + 1]]

    def __len__(self) -> int:
        return len(self.starts) - 1


class _Header(NamedTuple):
    """The first record; what only some books have is empty or nothing."""

    compression: int
    records: int  # of text
    is_encrypted: bool
    encoding: str
    title: str
    created: str
    trailing_flags: int
    places: int  # the record that says where the text ends and styles begin, 0 for none


def read(path: Path) -> Reading:
    """Title, date and text of a book.

    Raises:
        DocumentError: It is copy-protected, too large, or packed in a way that only its maker's programs undo.
    """
    if path.stat().st_size > MAX_FILE_BYTES:
        raise DocumentError(path, f"too large: more than {MAX_FILE_BYTES >> 20} MB")
    database = _database(path.read_bytes())
    header = _header(database.record(0))
    if header.is_encrypted:
        raise DocumentError(path, "encrypted")
    if header.compression not in (_STORED, _PALM_DOC):
        raise DocumentError(path, "unsupported: a book packed in an uncommon way")
    data, is_cut = _text_bytes(database, header)
    text = data.decode(header.encoding, errors="replace") if header.encoding else decode(data)
    texts, headings, truncated = capped_pages(_chapters(text))
    title = header.title or database.data[:31].partition(b"\0")[0].decode("latin-1").replace("_", " ")
    is_cut = is_cut or truncated
    return Reading(texts, title=title, created=header.created, truncated=is_cut, headings=headings)


def cover(path: Path) -> bytes | None:
    """The picture on the cover, as it is in the file; None without one."""
    if path.stat().st_size > MAX_FILE_BYTES:
        return None
    database = _database(path.read_bytes())
    record = database.record(0)
    if record[16:20] != b"MOBI":
        return None
    (size,), (first,) = struct.unpack_from(">L", record, 20), struct.unpack_from(">L", record, 108)
    place = _described(record, 16 + size).get(_COVER, b"")
    number = first + int.from_bytes(place, "big")
    return database.record(number) if len(place) == 4 and 0 < number < len(database) else None


def _database(data: bytes) -> _Database:
    (count,) = struct.unpack_from(">H", data, 76)
    starts = [struct.unpack_from(">L", data, 78 + 8 * number)[0] for number in range(count)]
    if not starts:
        raise ValueError("a database without records")
    return _Database(data, (*starts, len(data)))


def _header(record: bytes) -> _Header:
    compression, _size, records, _each, encryption = struct.unpack_from(">H2xLHHH", record)
    if record[16:20] != b"MOBI":
        return _Header(compression, records, bool(encryption), "", "", "", 0, 0)
    size, _kind, codepage = struct.unpack_from(">3L", record, 20)
    (version,) = struct.unpack_from(">L", record, 36)
    encoding = "utf-8" if codepage == 65001 else "cp1252"
    place, length = struct.unpack_from(">2L", record, 84)
    described = _described(record, 16 + size)
    title = described.get(_TITLE) or record[place : place + length]
    return _Header(
        compression,
        records,
        bool(encryption),
        encoding,
        title.decode(encoding, errors="replace"),
        _date(described.get(_DATE, b"").decode(errors="replace")),
        struct.unpack_from(">H", record, 242)[0] if size >= 228 else 0,
        _optional(struct.unpack_from(">L", record, 192)[0]) if version == 8 and size >= 184 else 0,
    )


def _date(text: str) -> str:
    """Calibre writes the year 101 for a date that it does not know."""
    date = iso_date(text)
    return "" if date.startswith("0") else date


def _optional(record: int) -> int:
    return 0 if record == _NO_RECORD else record


def _described(record: bytes, start: int) -> dict[int, bytes]:
    """What the book says of itself, by the numbers of the format; the first of each."""
    found: dict[int, bytes] = {}
    if record[start : start + 4] != b"EXTH":
        return found
    (count,) = struct.unpack_from(">L", record, start + 8)
    position = start + 12
    for _ in range(min(count, 1_000)):
        if position + 8 > len(record):
            break
        kind, size = struct.unpack_from(">2L", record, position)
        found.setdefault(kind, record[position + 8 : position + size])
        position += max(size, 8)
    return found


def _text_bytes(database: _Database, header: _Header) -> tuple[bytes, bool]:
    """The book as markup, and whether a limit or damage cut it off."""
    text = bytearray()
    for number in range(1, header.records + 1):
        if number >= len(database) or len(text) > MAX_MARKUP_BYTES:
            return bytes(text[:MAX_MARKUP_BYTES]), True
        record = _without_trail(database.record(number), header.trailing_flags)
        text += unpacked(record) if header.compression == _PALM_DOC else record
    return bytes(text[: _text_end(database, header.places)]), False


def _text_end(database: _Database, number: int) -> int | None:
    """Where the text ends and styles and drawings begin, None when the book does not say."""
    record = database.record(number) if 0 < number < len(database) else b""
    if record[:4] != b"FDST" or len(record) < 20:
        return None
    end: int = struct.unpack_from(">L", record, 16)[0]
    return end


def _without_trail(record: bytes, flags: int) -> bytes:
    """A record without what later versions put behind its text: entries that end with their size, read backwards."""
    for bit in range(15, 0, -1):
        if flags >> bit & 1 and record:
            size = 0
            for shift, byte in enumerate(record[:-5:-1]):
                size |= (byte & 0x7F) << 7 * shift
                if byte & 0x80:
                    break
            record = record[: max(0, len(record) - size)]
    if flags & 1 and record:  # the rest of a character that is in the next record too
        record = record[: max(0, len(record) - (record[-1] & 3) - 1)]
    return record


def unpacked(record: bytes) -> bytes:
    """One record as PalmDOC packs it: most bytes stand for themselves, others for what was there before."""
    out = bytearray()
    position = 0
    while position < len(record):
        if plain := _AS_THEY_ARE.match(record, position):
            out += plain[0]
            position = plain.end()
            continue
        byte = record[position]
        position += 1
        if byte < 9:
            out += record[position : position + byte]
            position += byte
        elif byte >= 0xC0:
            out += bytes((0x20, byte ^ 0x80))
        else:
            reference = byte << 8 | (record[position] if position < len(record) else 0)
            position += 1
            distance, length = reference >> 3 & 0x7FF, (reference & 7) + 3
            if not 0 < distance <= len(out):
                break
            source = out[len(out) - distance :][:length]
            out += (source * (length // len(source) + 1))[:length]
    return bytes(out)


def _chapters(markup: str) -> Iterator[tuple[str, tuple[Heading, ...]]]:
    """What is between breaks, without what has no text; with its headings."""
    for part in _CHAPTER.split(markup):
        _title, text, headings = shown(part)
        if text.strip():
            yield text, headings
