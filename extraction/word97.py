"""Word's binary format of 1993 to 2003 (.doc): the characters, by its table of pieces.

Knows no styles, like the reader of DOCX. Source: [MS-DOC]; the two versions before keep their text in one run.
"""

import re
import struct
from collections.abc import Iterator
from typing import NamedTuple

from errors import DocumentError
from extraction.compound_file import CompoundFile
from extraction.reading import MAX_TEXT_CHARS, Reading

STREAM = "WordDocument"
_MAGIC_97, _MAGICS_95 = 0xA5EC, (0xA5DC, 0xA5E9)
_FIRST_97 = 0xC0  # of the format's version number
_ENCRYPTED, _TABLE_1, _PIECES = 0x100, 0x200, 0x02
_LENGTHS = 0x4C  # in characters: body, footnotes, headers, macros, comments, endnotes, text boxes, those of headers
_TABLE_PLACE = 0x1A2
_EIGHT_BIT = 1 << 30
# What 8 bits meant in the versions before, by language; elsewhere Western European.
_CODEPAGES_95 = {
    **dict.fromkeys((0x02, 0x19, 0x22, 0x23), "cp1251"),  # Bulgarian, Russian, Ukrainian, Belarusian
    **dict.fromkeys((0x05, 0x0E, 0x15, 0x18, 0x1A, 0x1B, 0x24), "cp1250"),  # of Central Europe
    **{0x08: "cp1253", 0x1F: "cp1254", 0x0D: "cp1255", 0x01: "cp1256", 0x04: "cp936", 0x11: "cp932", 0x12: "cp949"},
}

_CODE, _RESULT, _END = "\x13", "\x14", "\x15"  # a field: its code, what it shows, its end
_FIELD = re.compile(f"[{_CODE}{_RESULT}{_END}]")
# A reading over Japanese characters is an equation, which has no result: \o\ad(\s\up 10(reading),characters)
_READING = re.compile(
    rf"{_CODE}\s?EQ [^{_CODE}{_RESULT}{_END}]{{0,200}}?\([^()]{{0,20}}\(([^()]{{0,99}})\),([^()]{{0,99}})\){_END}"
)
_BLANK_LINES = re.compile(r"\n{3,}")
_MARKS = str.maketrans(
    {"\x07": "\t", "\x0b": "\n", "\x0c": "\n", "\x0d": "\n", "\x0e": "\n", "\x1e": "-", "\x1f": "", "\xa0": " "}
)


class _Header(NamedTuple):
    magic: int
    version: int
    flags: int


def read(file: CompoundFile) -> Reading:
    """The text with tables, notes, comments and headers, as one page.

    Raises:
        DocumentError: It has a password.
        ValueError, struct.error: It is damaged, or of a version before 1993.
    """
    main = file.read(STREAM)
    header = _Header(*struct.unpack_from("<2H6xH", main))
    if header.flags & _ENCRYPTED:
        raise DocumentError(file.path, "encrypted")
    if header.magic == _MAGIC_97 and header.version >= _FIRST_97:
        text = _text_97(main, file.read("1Table" if header.flags & _TABLE_1 else "0Table"))
    elif header.magic in (_MAGIC_97, *_MAGICS_95):
        text = _text_95(main)
    else:
        raise ValueError("not a text of Word")
    title, created = file.summary()
    shown = _shown(text)
    return Reading((shown[:MAX_TEXT_CHARS],), title=title, created=created, truncated=len(shown) > MAX_TEXT_CHARS)


def _text_97(main: bytes, table: bytes) -> str:
    start, size = struct.unpack_from("<2L", main, _TABLE_PLACE)
    (length,) = struct.unpack_from("<L", main, _LENGTHS)
    lengths = struct.unpack_from("<8L", main, _LENGTHS)
    total = sum(lengths) + (1 if any(lengths[1:]) else 0)  # what follows the body has a paragraph end of its own
    pieces = _piece_table(table[start : start + size])
    text = "".join(_pieces(main, pieces, max(length, total)))
    if length and not text:
        raise ValueError("its text is missing")
    return text


def _piece_table(data: bytes) -> bytes:
    """What follows the changes of formatting before it."""
    position = 0
    while data[position : position + 1] == b"\x01":
        (size,) = struct.unpack_from("<H", data, position + 1)
        position += 3 + size
    if data[position : position + 1] != b"\x02":
        raise ValueError("the table of its pieces is missing")
    (size,) = struct.unpack_from("<L", data, position + 1)
    return data[position + 5 : position + 5 + size]


def _pieces(main: bytes, table: bytes, length: int) -> Iterator[str]:
    """The text of every piece: places in the text, one more than there are pieces, then where each is stored."""
    count = (len(table) - 4) // 12
    places = struct.unpack_from(f"<{count + 1}L", table)
    room_chars = min(length, 2 * MAX_TEXT_CHARS)  # damaged places may name the same text again and again
    for number in range(count):
        (place,) = struct.unpack_from("<L", table, 4 * (count + 1) + 8 * number + 2)
        chars = min(places[number + 1] - places[number], room_chars)
        if chars <= 0:
            continue
        room_chars -= chars
        if place & _EIGHT_BIT:
            start = (place & ~_EIGHT_BIT) // 2
            yield main[start : start + chars].decode("cp1252", errors="replace")
        else:
            yield main[place : place + 2 * chars].decode("utf-16-le", errors="replace")


def _text_95(main: bytes) -> str:
    start, end = struct.unpack_from("<2L", main, 0x18)
    if not 0 < start < end <= len(main):
        raise ValueError("its text is missing")
    (language,) = struct.unpack_from("<H", main, 6)
    return main[start:end].decode(_CODEPAGES_95.get(language & 0x3FF, "cp1252"), errors="replace")


def _shown(text: str) -> str:
    """The text that a person sees: of a field, such as a link, its result and not its code."""
    text = _READING.sub(r"\2(\1)", text)
    parts = []
    open_fields: list[bool] = []  # whether their results have begun
    hidden = 0  # how many have not
    position = 0
    for mark in _FIELD.finditer(text):
        if not hidden:
            parts.append(text[position : mark.start()])
        position = mark.end()
        if mark[0] == _CODE:
            open_fields.append(False)
            hidden += 1
        elif open_fields and not (mark[0] == _RESULT and open_fields[-1]):
            hidden -= not open_fields.pop()
            if mark[0] == _RESULT:
                open_fields.append(True)
    # A field without an end is a damaged one, and would hide all that follows.
    shown = "".join([*parts, text[position:]]) if not hidden else _FIELD.sub("", text)
    lines = shown.replace("\x07\x07", "\n").translate(_MARKS)  # the second ends the row
    return _BLANK_LINES.sub("\n\n", lines).strip()
