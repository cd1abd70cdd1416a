"""Repeated headers and footers: lines that stand at the top or the bottom of most pages and say nothing new there.

They come between a sentence and its end on the next page, and would make every page be about the name of the firm.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

MIN_PAGES = 3
MIN_SHARE = 0.6  # of the pages that have text
_EDGE_LINES = 4  # at the top and at the bottom; a header in cells is a line for every cell
_MAX_LINE_CHARS = 200
# How far the number that is printed on a page may be from its place: a front matter, a title page. A greater distance
# is none of page numbers, but of receipts, one to a page and numbered as they come.
_MAX_OFFSET = 50
_NUMBER = re.compile(r"\d+")


class _Line(NamedTuple):
    """A line at the edge of a page."""

    page: int  # from 0
    start_char: int
    end_char: int  # with its line end
    numbers: tuple[int, ...]  # in it


def without_furniture(texts: Sequence[str]) -> list[str]:
    """The texts of a document's pages without the lines that most of them share.

    These are equal up to numbers that count the pages. The first page that has such a line keeps it: it may be
    the title. A page of which nothing would be left stays as it is.
    """
    lines = _lines_at_edges(texts)
    needed = max(MIN_PAGES, MIN_SHARE * sum(not _is_blank(text) for text in texts))
    dropped: dict[int, list[_Line]] = defaultdict(list)
    for alike in lines.values():
        for line in _repeated(alike, needed):
            dropped[line.page].append(line)
    return [_without(text, dropped[page]) if page in dropped else text for page, text in enumerate(texts)]


def _is_blank(text: str) -> bool:
    return not text or text.isspace()


def _lines_at_edges(texts: Sequence[str]) -> dict[str, list[_Line]]:
    """By what they say, numbers aside; a line that a page has twice is there twice."""
    found: dict[str, list[_Line]] = defaultdict(list)
    for page, text in enumerate(texts):
        spans = [span for span in _line_spans(text) if not _is_blank(text[slice(*span)])]
        for start, end in spans[:_EDGE_LINES] + spans[max(_EDGE_LINES, len(spans) - _EDGE_LINES) :]:
            line = text[start:end]
            if len(line) <= _MAX_LINE_CHARS:
                said = " ".join(_NUMBER.sub("0", line).split())
                numbers = tuple(int(number) for number in _NUMBER.findall(line))
                found[said].append(_Line(page, start, end, numbers))
    return found


def _line_spans(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    for line in text.split("\n"):
        yield start, min(start + len(line) + 1, len(text))
        start += len(line) + 1


def _repeated(alike: Sequence[_Line], needed: float) -> list[_Line]:
    """Those to drop of lines that differ in their numbers at most."""
    if len({line.page for line in alike}) < needed:
        return []
    for column in range(len(alike[0].numbers)):
        alike = _in_step(alike, column)
    if len({line.page for line in alike}) < needed:
        return []
    first = min(line.page for line in alike)
    return [line for line in alike if line.page != first]


def _in_step(alike: Sequence[_Line], column: int) -> list[_Line]:
    """Those whose number in this place stays the same, or grows with the pages, whichever most of them do."""
    fixed, fixed_count = _most_common(line.numbers[column] for line in alike)
    offset, offset_count = _most_common(line.numbers[column] - line.page for line in alike)
    if offset_count > fixed_count and abs(offset) <= _MAX_OFFSET:
        return [line for line in alike if line.numbers[column] - line.page == offset]
    return [line for line in alike if line.numbers[column] == fixed]


def _most_common(numbers: Iterable[int]) -> tuple[int, int]:
    [(number, count)] = Counter(numbers).most_common(1)
    return number, count


def _without(text: str, lines: Sequence[_Line]) -> str:
    kept, end = [], 0
    for line in sorted(lines):
        kept.append(text[end : line.start_char])
        end = line.end_char
    rest = "".join([*kept, text[end:]]).lstrip("\n")
    return text if _is_blank(rest) else rest
