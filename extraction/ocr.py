"""Words in pictures and on scanned pages, and in which of them it is worth looking.

What reads them (`extraction.recognition`) needs about 0.8 GB and seconds for a page, so `read_words` is for a worker
of its own; everybody else uses `extraction.workers`. Importing this module loads neither models nor arrays.
"""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal, get_args

from corpus import Document, Page
from extraction.kinds import HEAD_BYTES, Format, kind_of
from extraction.reading import clean, explained
from extraction.views import View, ViewOptions, read_views

Language = Literal["any", "latin", "chinese", "japanese"]  # all that rapidocr's package brings models for

OCR_VERSION = 1  # raise it when words would be read differently: then all pictures are read again
LANGUAGES: tuple[Language, ...] = get_args(Language)
MEMORY_BYTES = 3 << 30  # address space of a worker: 1 GB above that of others
MAX_THREADS = 8  # each takes some of it, and more gain little
MAX_PAGES = 100  # of one document
BARE_CHARS = 60  # of a scanned page: a stamp, a number or what a scanner's maker writes below
MIN_WORD_CHARS = 3  # letters and digits; fewer are what recognisers make of leaves and tiles


@dataclass(frozen=True, slots=True)
class OcrOptions:
    """What is read, and how.

    Args:
        language: Whose letters there may be.
        page_number: Of a PDF; of a picture all pages are read, whatever it says.
        threads: That compute, up to `MAX_THREADS`.
        time_s: After that long nothing further is begun; what was read counts. A page takes seconds, a picture of many
            pages or a very long one would take minutes.
    """

    language: Language = "any"
    page_number: int = 1
    threads: int = 1
    time_s: float = 45.0


def is_installed() -> bool:
    """Whether what reads is here: there is no onnxruntime for every machine."""
    return all(find_spec(name) for name in ("rapidocr", "onnxruntime"))


def bare_pages(pages: Sequence[Page]) -> tuple[int, ...]:
    """The numbers of pages with so little text that they may be scanned ones, up to one more than are ever read."""
    bare = [page.page_number for page in pages if len("".join(page.text.split())) < BARE_CHARS]
    return tuple(bare[: MAX_PAGES + 1])


def read_words(document: Document, options: OcrOptions) -> tuple[Page, ...]:
    """The text in a picture or on a page of a PDF: a page for each that has any, in order.

    Raises:
        DocumentError: It cannot be drawn; the reason is short and for people. Nothing else is raised for any
            bytes, as by `extraction.read_contents`.
    """
    with explained(document.path):
        pages = [Page(view.page_number, text) for view, text in _texts(_views(document, options), options)]
        return tuple(page for page in pages if sum(map(str.isalnum, page.text)) >= MIN_WORD_CHARS)


def _texts(views: Iterator[View], options: OcrOptions) -> Iterator[tuple[View, str]]:
    deadline = time.monotonic() + options.time_s
    for view in views:
        read: list[str] = []
        for text in import_module("extraction.recognition").read_bands(view.pixels, options):
            read += [text] if text else []
            if time.monotonic() > deadline:
                break
        yield view, clean("\n".join(read))
        if time.monotonic() > deadline:
            return


def _views(document: Document, options: OcrOptions) -> Iterator[View]:
    with document.path.open("rb") as file:
        form = kind_of(document.path, file.read(HEAD_BYTES))
    if form is Format.PDF:
        yield from _pages(document.path, options.page_number)
    elif form is not Format.SVG:  # whose words are text already
        recognition = import_module("extraction.recognition")
        largest = ViewOptions(recognition.fit, max_px=recognition.LONG_PX**2, pages="text", max_frames=0)
        yield from read_views(document, largest)


def _pages(path: Path, number: int) -> Iterator[View]:
    rendering, page_views = import_module("extraction.rendering"), import_module("extraction.page_views")
    with rendering.opened_pdf(path) as pdf:
        there = [number] if number <= pdf.page_count else []
        yield from page_views.unbroken(there, partial(_page, pdf, rendering.painted))


def _page(pdf: Any, painted: Any, number: int) -> View | None:
    """A page as it looks; None when it has text and no picture: then that is all there is to read."""
    page = pdf[number - 1]
    if page.get_text().strip() and not page.get_image_info():
        return None
    recognition = import_module("extraction.recognition")
    return View(number, recognition.as_pixels(painted(page, recognition.zoom)))
