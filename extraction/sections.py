"""Which headings are above a place of a document: what a chunk is told that begins there."""

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from corpus import Heading, Page

_DEPTH = 6  # headings in each other; of more the innermost count
_BETWEEN = " > "
_TORN_WORD = re.compile(r"\s+\S*\Z")


class Sections:
    """The headings of one page, and those of the pages before that still hold where it begins."""

    def __init__(self, carried: tuple[Heading, ...], headings: Sequence[Heading]) -> None:
        self.starts = [heading.start_char for heading in headings]
        self._open = [carried]  # what holds before the first, the second, ... of them, and at the end of the page
        for heading in headings:
            outer = (other for other in self._open[-1] if other.level < heading.level)
            self._open.append((*outer, heading)[-_DEPTH:])

    def above(self, start_char: int) -> list[str]:
        """The headings over what begins at `start_char`, outermost first; not the one that begins there itself."""
        found = self._open[bisect_right(self.starts, start_char)]
        return [heading.text for heading in found if heading.start_char < start_char]

    def carried_on(self) -> tuple[Heading, ...]:
        """What holds on the next page until its own headings come."""
        return tuple(replace(heading, start_char=-1) for heading in self._open[-1])


def sections_of(pages: Sequence[Page]) -> Iterator[Sections | None]:
    """One for each page, in order; None where no heading is on the page or above it."""
    carried: tuple[Heading, ...] = ()
    for page in pages:
        sections = Sections(carried, page.headings) if carried or page.headings else None
        carried = sections.carried_on() if sections else ()
        yield sections


def context_of(headings: Sequence[str], *, max_tokens: int, count_tokens: Callable[[str], int]) -> str:
    """As many of the headings as fit, innermost first, as one line; of the last one as many words as fit."""
    for first in range(len(headings)):
        if count_tokens(line := _BETWEEN.join(headings[first:])) <= max_tokens:
            return line
    text = headings[-1] if headings else ""
    while text and count_tokens(text) > max_tokens:
        text = _TORN_WORD.sub("", text[: len(text) * 3 // 4])
    return text
