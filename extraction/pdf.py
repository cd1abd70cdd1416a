"""PDF: the text of every page, by MuPDF."""

import os
import re
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import islice, pairwise
from pathlib import Path

from corpus import Heading
from errors import DocumentError
from extraction.furniture import without_furniture
from extraction.headings import MAX_HEADINGS, heading
from extraction.lost_pages import PageLost, at_page
from extraction.reading import Reading, capped, clean, iso_date

# PyMuPDF 2 imports its layout models and with them onnxruntime, which reports to its maker on
# import (docs/adr/0001). We pin 1.28, which has neither; should somebody raise the pin, it stays
# quiet: `None` makes the import fail, and PyMuPDF does without. The test that reads a PDF in a
# fresh home and watches sockets and files holds this.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
for _module in ("pymupdf.layout", "onnxruntime"):
    sys.modules.setdefault(_module, None)  # type: ignore[arg-type]  # documented meaning of None in sys.modules

import pymupdf  # noqa: E402  - only after the two lines above

pymupdf.TOOLS.mupdf_display_errors(False)
pymupdf.TOOLS.mupdf_display_warnings(False)

# Without TEXT_PRESERVE_LIGATURES they are taken apart, so that "efficient" is found.
_TEXT_FLAGS = pymupdf.TEXT_PRESERVE_WHITESPACE | pymupdf.TEXT_MEDIABOX_CLIP
# MuPDF's own TEXT_DEHYPHENATE missed most. It also joins "client-server" at the end of a line, which is rarer.
_BROKEN_WORD = re.compile(r"(?<=[^\W\d_])-\n(?=[^\W\d_A-Z])")
_LINE = re.compile(r"\S[^\n]*")
_MAX_LINES, _MAX_LINE_CHARS = 500, 400  # of a page, where the titles of its outline are looked for
_NUMBERING = re.compile(r"(?:(?:[ivxl]+|[a-z]|appendix|chapter|part|section)\b|[\W\d_])+")
_PAGE_NAME = re.compile(r"(?:p|page|seite|slide|folie)?[\W\d_]*", re.I)


def read(path: Path) -> Reading:
    """One page of text per page, "" for a scanned one.

    Raises:
        DocumentError: It needs a password, has no pages, or needs too much memory.
    """
    try:
        with pymupdf.open(path, filetype="pdf") as document:
            if document.needs_pass:
                raise DocumentError(path, "encrypted")
            if not document.page_count:
                raise DocumentError(path, "damaged: no pages")
            texts, truncated = capped(_page_texts(document))
            texts = tuple(without_furniture([clean(text) for text in texts]))
            return Reading(
                texts,
                title=_title(document),
                created=_created(document),
                truncated=truncated,
                headings=_headings(document, texts),
            )
    except RuntimeError as error:
        if "malloc" in str(error):
            raise MemoryError from error
        raise


def _page_texts(document: pymupdf.Document) -> Iterator[str]:
    for number in range(document.page_count):
        try:
            with at_page(number + 1):
                blocks = document[number].get_text("blocks", flags=_TEXT_FLAGS)
        except (RuntimeError, ValueError, PageLost) as error:
            if "malloc" in str(error):
                raise
            yield ""  # one broken page takes no good one along
        else:
            # Blocks are paragraphs, roughly, and end with a line end already.
            yield _BROKEN_WORD.sub("", "\n".join(text for *_, text, _number, _type in blocks))


def _headings(document: pymupdf.Document, texts: Sequence[str]) -> tuple[tuple[Heading, ...], ...]:
    """The outline, page by page; without entries that only name their page, as scanners make them."""
    entries: dict[int, list[tuple[int, str]]] = defaultdict(list)
    for level, title, page in islice(_outline(document), MAX_HEADINGS):
        if 0 <= page < len(texts) and not _PAGE_NAME.fullmatch(title):
            entries[page].append((level, title))
    return tuple(_placed(entries[page], text) if page in entries else () for page, text in enumerate(texts))


def _outline(document: pymupdf.Document) -> Iterator[tuple[int, str, int]]:
    """Level from 1, title and page from 0 of every entry, in reading order; the page is -1 for another document's."""
    pending = [(document.outline, 1)]
    while pending:
        entry, level = pending.pop()
        if entry is None or not entry.this.m_internal:
            continue
        pending += [(entry.next, level), (entry.down, level + 1)]
        page = entry.page
        if page < 0 and not entry.is_external:
            page = document.resolve_link(entry.uri)[0]
        yield level, " ".join(clean(entry.title or "").split()), page


def _placed(entries: Sequence[tuple[int, str]], text: str) -> tuple[Heading, ...]:
    """Each entry where its words stand on its page, else with the one before it, or before the first character."""
    lines = _lines_by_words(text)
    placed = []
    place = -1
    for level, title in entries:
        place = next((start for start in lines.get(_words(title), ()) if start > place), place)
        placed.append(heading(place, level, title))
    return tuple(placed)


def _lines_by_words(text: str) -> dict[str, list[int]]:
    """Where each line of a page begins, and after these where two lines that may be one title do."""
    lines = [(match.start(), match[0]) for match in islice(_LINE.finditer(text), _MAX_LINES)]
    pairs = [(start, f"{line} {following}") for (start, line), (_, following) in pairwise(lines)]
    found: dict[str, list[int]] = defaultdict(list)
    for start, line in lines + pairs:
        found[_words(line)].append(start)
    return found


def _words(title: str) -> str:
    """What an outline and the page it names have in common: neither capitals nor the number before a title."""
    folded = " ".join(title[:_MAX_LINE_CHARS].casefold().split())
    numbering = _NUMBERING.match(folded)
    return folded[numbering.end() :] or folded if numbering else folded


def _title(document: pymupdf.Document) -> str:
    return (document.metadata or {}).get("title") or ""


def _created(document: pymupdf.Document) -> str:
    """`/CreationDate`, such as D:20240501123000+02'00', as ISO 8601."""
    text = ((document.metadata or {}).get("creationDate") or "").removeprefix("D:")
    digits, zone = text[:14], text[14:].replace("'", "")
    try:
        moment = datetime.strptime(digits.ljust(14, "0"), "%Y%m%d%H%M%S")  # noqa: DTZ007  - the zone follows
    except ValueError:
        return ""
    zone = f"{zone[:3]}:{zone[3:5]}" if len(zone) == 5 and zone[0] in "+-" else ""
    return iso_date(moment.isoformat() + zone)
