"""What a reader gives back, and the limits all readers share.

A reader is a function `read(path) -> Reading`. It raises `DocumentError` for what it understands
(encrypted, too large) and lets everything else fly: `explained` is the barrier around it.
"""

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from corpus import Heading
from errors import DocumentError
from extraction.lost_pages import PageLost, is_late
from extraction.refusals import refusal_without

MAX_TEXT_CHARS = 4_000_000  # of one document; an 800-page book has 2 million
MAX_PAGES = 2_000
MAX_TEXT_BYTES = 4 << 20  # of a plain text file
MAX_MARKUP_BYTES = 16 << 20  # of a file whose text is wrapped in much else: HTML, RTF, a message

_UNWANTED = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f\xad\u200b\ufeff]"
)  # control characters, soft hyphens, zero-width spaces
_REDUCED_DATE = re.compile(r"(\d{4})(?:-(\d\d))?")


@dataclass(frozen=True, slots=True)
class Reading:
    """The text of a document, page by page, and what its metadata says."""

    texts: tuple[str, ...] = ()  # of page 1, 2, ...; "" for a page without text
    title: str = ""
    created: str = ""  # as `iso_date` gives it
    place: str = ""  # "latitude, longitude" in decimal degrees
    picture_hash: str = ""
    seconds: tuple[float | None, ...] = ()  # of page 1, 2, ...: when it is heard; () for what has no times
    truncated: bool = False
    headings: tuple[tuple[Heading, ...], ...] = ()  # of page 1, 2, ...: their places in its text once that is cleaned


def capped(texts: Iterable[str]) -> tuple[tuple[str, ...], bool]:
    """The first pages up to the shared limits, of a worker's time too, and whether anything was left out.

    A generator is not drawn further than that: the rest of a huge document is never read.
    """
    kept: list[str] = []
    room_chars = MAX_TEXT_CHARS
    for text in texts:
        if len(kept) == MAX_PAGES or room_chars <= 0 or is_late():
            return tuple(kept), True
        kept.append(text[:room_chars])
        room_chars -= len(text)
    return tuple(kept), room_chars < 0


def capped_pages(
    pages: Iterable[tuple[str, tuple[Heading, ...]]],
) -> tuple[tuple[str, ...], tuple[tuple[Heading, ...], ...], bool]:
    """`capped` of pages and their headings."""
    headings: list[tuple[Heading, ...]] = []

    def texts() -> Iterator[str]:
        for text, of_page in pages:
            headings.append(of_page)
            yield text

    kept, truncated = capped(texts())
    return kept, tuple(headings[: len(kept)]), truncated


def clean(text: str) -> str:
    """`text` with plain line ends and nothing that cannot be shown, searched or written as UTF-8.

    PDFs and XML carry control characters and halves of surrogate pairs; JSON and SQLite choke on them.
    """
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    text = _UNWANTED.sub("", text)
    try:
        text.encode()
    except UnicodeEncodeError:
        text = text.encode(errors="replace").decode()
    return text


def iso_date(text: str) -> str:
    """`text` as `datetime.isoformat` writes it to the second, or "" when it is no ISO date.

    Example: "2011" -> "2011-01-01T00:00:00", "2024-05-01T12:30:00Z" -> "2024-05-01T12:30:00+00:00".
    """
    text = text.strip()
    if reduced := _REDUCED_DATE.fullmatch(text):
        text = f"{reduced[1]}-{reduced[2] or '01'}-01"
    try:
        return datetime.fromisoformat(text).isoformat(timespec="seconds")
    except ValueError:
        return ""


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """The barrier around a reader: whatever it raises at a broken file becomes a DocumentError with its reason."""
    try:
        yield
    except DocumentError:
        raise
    except PageLost as error:
        raise DocumentError(path, "took too long, or crashed the reader") from error
    except MemoryError as error:
        raise DocumentError(path, "needs too much memory") from error
    except FileNotFoundError as error:
        raise refusal_without(path, error) from error
    except PermissionError as error:
        raise DocumentError(path, "may not be read") from error
    except Exception as error:  # a reader may raise anything at a broken file
        is_short_of_memory = "malloc" in str(error)  # MuPDF's way of telling
        reason = "needs too much memory" if is_short_of_memory else f"damaged ({type(error).__name__})"
        raise DocumentError(path, reason) from error
