"""Where in its file a hit is, for the programs that can begin there."""

import stat

from desktop.places import Place
from extraction.plain_text import decode, read_head
from extraction.reading import MAX_TEXT_BYTES, clean
from search_engine import Hit

_PAGED_SUFFIXES = frozenset({".pdf", ".xps", ".oxps", ".cbz"})  # what is a page to us is one to programs as well
_LINED_KINDS = frozenset({"code", "text"})


def place_of(hit: Hit) -> Place:
    """Where `hit` is, as far as the file says it now."""
    if hit.second is not None:
        return Place(second=hit.second)
    if hit.path.suffix.lower() in _PAGED_SUFFIXES:
        return Place(page_number=hit.page_number)
    if not (first := first_line(hit)):
        return Place()
    start = hit.context_marks[0][0] if hit.context_marks else 0
    return Place(line=first + hit.context.count("\n", 0, start))


def first_line(hit: Hit) -> int:
    """Which line of its file the context of `hit` begins with, from 1; 0 where that cannot be told."""
    if hit.kind not in _LINED_KINDS or not hit.context:
        return 0
    try:
        if not stat.S_ISREG(hit.path.stat().st_mode):  # a pipe would block whoever opens it
            return 0
        data, _ = read_head(hit.path, MAX_TEXT_BYTES)
    except OSError:
        return 0
    text = clean(decode(data))  # as it was read for the index
    start = text.find(hit.context)
    return text.count("\n", 0, start) + 1 if start >= 0 else 0
