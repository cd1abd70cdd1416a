"""PowerPoint's binary format of 1997 to 2003 (.ppt): the words of every slide, its notes and comments.

A file is a row of records, some of which hold others. Every save appends; a table says where the newest form of each
part is, so that what was changed or deleted long ago stays unread. Source: [MS-PPT].
"""

import struct
from collections.abc import Iterator
from typing import NamedTuple

from errors import DocumentError
from extraction.compound_file import CompoundFile
from extraction.reading import MAX_PAGES, Reading, capped

STREAM = "PowerPoint Document"
_ENCRYPTED_TOKEN = 0xF3D1C4DF
_MAX_EDITS = 1_000

_DOCUMENT, _SLIDE, _NOTES = 0x03E8, 0x03EE, 0x03F0
_SLIDE_ATOM, _SLIDE_PLACE = 0x03EF, 0x03F3
_LIST_WITH_TEXT = 0x0FF0
_USER_EDIT, _PLACES = 0x0FF5, 0x1772
_TEXT_16_BIT, _TEXT_8_BIT, _STRING = 0x0FA0, 0x0FA8, 0x0FBA
_EXTENSION, _COMMENT = 0x138B, 0x2EE0
_SLIDES, _OF_NOTES = 0, 2  # what a list is of

_BROKEN = (ValueError, LookupError, struct.error)


class _Record(NamedTuple):
    kind: int
    instance: int
    is_container: bool
    start: int  # of what it holds
    end: int


class _Place(NamedTuple):
    """A slide, or the notes to one, as a list names it."""

    part: int  # number in the table of parts
    identity: int
    texts: list[str]  # of its outline


def read(file: CompoundFile) -> Reading:
    """One page per slide, in the order they are shown.

    Raises:
        DocumentError: It has a password.
        ValueError: It is damaged, or of a version before 1997.
    """
    data = file.read(STREAM)
    user = file.read("Current User")
    if len(user) >= 20 and struct.unpack_from("<L", user, 12)[0] == _ENCRYPTED_TOKEN:
        raise DocumentError(file.path, "encrypted")
    try:
        texts = list(_slides(data, struct.unpack_from("<L", user, 16)[0]))
    except _BROKEN:
        texts = ["\n".join(_texts(data, 0, len(data)))]  # whatever there is, also of old saves and masters
        if not texts[0]:
            raise
    pages, truncated = capped(texts)
    title, created = file.summary()
    return Reading(pages, title=title, created=created, truncated=truncated)


def _slides(data: bytes, newest_edit: int) -> Iterator[str]:
    parts, document = _parts(data, newest_edit)
    lists = {record.instance: record for record in _held(data, _record_of(data, parts[document], _DOCUMENT))}
    notes = {place.identity: place.part for place in _listed(data, lists.get(_OF_NOTES))}
    for place in _listed(data, lists.get(_SLIDES)):
        slide = _record_of(data, parts[place.part], _SLIDE)
        texts = [*place.texts, *_texts(data, slide.start, slide.end)]
        note = parts.get(notes.get(_notes_of(data, slide), -1))
        if note is not None:
            record = _record_of(data, note, _NOTES)
            texts.extend(_texts(data, record.start, record.end))
        yield "\n".join(texts)


def _parts(data: bytes, edit: int) -> tuple[dict[int, int], int]:
    """Where each part begins, by its number, and which part the document is."""
    parts: dict[int, int] = {}
    document = 0
    for _ in range(_MAX_EDITS):
        record = _record_of(data, edit, _USER_EDIT)
        edit, table, main = struct.unpack_from("<3L", data, record.start + 8)
        document = document or main
        for number, place in _numbered(data, _record_of(data, table, _PLACES)):
            parts.setdefault(number, place)
        if not edit:
            break
    return parts, document


def _numbered(data: bytes, table: _Record) -> Iterator[tuple[int, int]]:
    position = table.start
    while position + 4 <= table.end:
        (head,) = struct.unpack_from("<L", data, position)
        first, count = head & 0xFFFFF, head >> 20
        yield from enumerate(struct.unpack_from(f"<{count}L", data, position + 4), start=first)
        position += 4 + 4 * count


def _listed(data: bytes, slides: _Record | None) -> list[_Place]:
    """The entries of a list of slides, or none where there is no such list."""
    places: list[_Place] = []
    for record in _records(data, slides.start, slides.end) if slides else ():
        if record.kind == _SLIDE_PLACE and len(places) < MAX_PAGES + 1:
            part, _flags, _texts, identity = struct.unpack_from("<4L", data, record.start)
            places.append(_Place(part, identity, []))
        elif places and (text := _text_of(data, record)):
            places[-1].texts.append(text)
    return places


def _notes_of(data: bytes, slide: _Record) -> int:
    for record in _records(data, slide.start, slide.end):
        if record.kind == _SLIDE_ATOM:
            notes: int = struct.unpack_from("<L", data, record.start + 16)[0]
            return notes
    return 0


def _texts(data: bytes, start: int, end: int) -> Iterator[str]:
    """All that is text between two places, however deep; of a comment what it says."""
    comment_end = 0
    for record in _records(data, start, end):
        if record.kind == _COMMENT:
            comment_end = record.end
        is_comment = record.kind == _STRING and record.instance == 1 and record.start < comment_end
        if text := _text_of(data, record, is_comment=is_comment):
            yield text


def _text_of(data: bytes, record: _Record, *, is_comment: bool = False) -> str:
    """The text in a record, "" when it has none, or nothing but a place for the number of the slide."""
    held = data[record.start : record.end]
    if record.kind == _TEXT_16_BIT or is_comment:
        text = held.decode("utf-16-le", errors="replace")
    elif record.kind == _TEXT_8_BIT:
        text = held.decode("latin-1")
    else:
        return ""
    text = text.replace("\r", "\n").replace("\x0b", "\n").strip()
    return "" if text == "*" else text


def _held(data: bytes, record: _Record) -> Iterator[_Record]:
    """The lists of slides right in the document; the first of each sort counts."""
    position = record.start
    found = []
    while position + 8 <= record.end:
        inner = _record_at(data, position)
        if inner.kind == _LIST_WITH_TEXT:
            found.append(inner)
        position = inner.end
    return reversed(found)


def _records(data: bytes, start: int, end: int) -> Iterator[_Record]:
    """The records between two places, what they hold after each."""
    position = start
    end = min(end, len(data))
    while position + 8 <= end:
        record = _record_at(data, position)
        yield record
        if record.kind == _EXTENSION:  # no container by its mark; what it holds need not be records
            yield from _records(data, record.start, record.end)
        position = record.start if record.is_container else record.end


def _record_of(data: bytes, position: int, kind: int) -> _Record:
    record = _record_at(data, position)
    if record.kind != kind:
        raise ValueError(f"a record of kind {kind:x} is missing")
    return record


def _record_at(data: bytes, position: int) -> _Record:
    head, kind, size = struct.unpack_from("<HHL", data, position)
    start = position + 8
    return _Record(kind, head >> 4, head & 0xF == 0xF, start, min(start + size, len(data)))
