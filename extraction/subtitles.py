"""Subtitles (.srt, .vtt, .sbv, .ass): what is said, a page for about every minute, each with its second."""

import re
from collections.abc import Iterable, Iterator
from html import unescape
from pathlib import Path
from typing import NamedTuple

from extraction import plain_text
from extraction.plain_text import decode, read_head
from extraction.reading import MAX_TEXT_BYTES, Reading, capped

PAGE_S = 60.0
_STAYS_S = 10.0  # a line that is shown again this soon has only stayed

_TIME = r"(?:(\d{1,3}):)?(\d{1,2}):(\d{1,2})(?:[.,](\d{1,3}))?"
_CUE = re.compile(rf"[ \t]*{_TIME}[ \t]*(?:-->|,)[ \t]*\d")
_SPOKEN_ASS = re.compile(rf"Dialogue:[^,\n]*,{_TIME},(?:[^,\n]*,){{7}}(.*)")
_MARKUP = re.compile(r"<[^<>\n]{0,200}>|\{[^{}\n]{0,200}\}")  # <i>, <00:01.000>, {\an8}
_DRAWING = re.compile(r"\{[^{}\n]{0,200}\\p[1-9]")  # ASS: what follows is a path, not words


class Line(NamedTuple):
    second: float
    text: str  # a single line without markup


def read(path: Path) -> Reading:
    """What is said, page by page; text that has no times is read as any other."""
    data, truncated = read_head(path, MAX_TEXT_BYTES)
    pages = list(pages_of(once(_lines(decode(data)))))
    if not pages:
        return plain_text.read(path)
    texts, is_cut = capped("\n".join(line.text for line in page) for page in pages)
    seconds = tuple(page[0].second for page in pages[: len(texts)])
    return Reading(texts, seconds=seconds, truncated=truncated or is_cut)


def pages_of(lines: Iterable[Line]) -> Iterator[list[Line]]:
    """A page ends where the first line a minute or more after its beginning is said."""
    page: list[Line] = []
    for line in lines:
        if page and line.second >= page[0].second + PAGE_S:
            yield page
            page = []
        page.append(line)
    if page:
        yield page


def once(lines: Iterable[Line]) -> Iterator[Line]:
    """`lines` without those that only stay while the next one is added."""
    last = Line(0.0, "")
    for line in lines:
        has_stayed = line.text == last.text and line.second < last.second + _STAYS_S
        last = line
        if not has_stayed:
            yield line


def _lines(text: str) -> Iterator[Line]:
    """Lines in the order of the file."""
    second: float | None = None
    for line in text.splitlines():
        if cue := _CUE.match(line):
            second = _seconds(cue)
        elif spoken := _SPOKEN_ASS.match(line):
            yield from (Line(_seconds(spoken), plain) for plain in plain_lines(spoken[5]))
        elif not line.strip():
            second = None  # what follows until the next time is a number, a note or a style
        elif second is not None:
            yield from (Line(second, plain) for plain in plain_lines(line))


def plain_lines(text: str) -> Iterator[str]:
    """What is shown of a text in which there may be markup of any kind of subtitles."""
    if _DRAWING.search(text):
        return
    for line in text.replace("\\N", "\n").replace("\\n", "\n").splitlines():
        if plain := " ".join(unescape(_MARKUP.sub("", line)).split()):
            yield plain


def _seconds(match: re.Match[str]) -> float:
    hours, minutes, seconds, fraction = (match[number] or "0" for number in range(1, 5))
    return int(hours) * 3600 + int(minutes) * 60 + int(seconds) + int(fraction.ljust(3, "0")) / 1000
