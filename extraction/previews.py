"""Small pictures of a document to keep in the index: its first page, its cover, or frames of a film.

Decoders meet files from strangers, so `read_previews` is for worker processes; everybody else uses
`extraction.workers`. Like the text, each format is loaded by the first document that has it.
"""

import warnings
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from corpus import Document, Thumbnail
from errors import DocumentError
from extraction.kinds import HEAD_BYTES, KIND_OF_FORMAT, Format, kind_of
from extraction.reading import explained
from extraction.views import ViewOptions, read_views

if TYPE_CHECKING:
    from extraction.views import Pixels

PREVIEW_VERSION = 1  # raise it when a document would look different: then all are drawn again
SIZE_PX = 320
MAX_PARSED_BYTES = 2 << 30  # of a film only the places that are shown are read
_FRAMES_TIME_S = 20.0

# Where each format is drawn: module of this package and function.
_DRAWERS = {
    Format.PICTURE: "covers.picture",
    Format.SVG: "covers.picture",
    Format.PDF: "covers.pdf",
    Format.XPS: "covers.fixed_pages",
    Format.EPUB: "covers.book",
    Format.MOBI: "covers.kindle_book",
    Format.CBZ: "covers.comic",
    Format.PPTX: "covers.pptx",
    Format.ODP: "covers.odp",
    **dict.fromkeys((Format.DOCX, Format.XLSX, Format.ODT, Format.ODS), "covers.office"),
    **dict.fromkeys((Format.OTHER_DOCUMENT, Format.OTHER_SLIDES, Format.OTHER_SHEET), "covers.office"),
    Format.AUDIO: "covers.sound",
}
_DRAWN_KINDS = frozenset(KIND_OF_FORMAT[form] for form in (*_DRAWERS, Format.VIDEO))

Drawer = Callable[[Path], bytes | None]  # a WebP picture, at most SIZE_PX long


def may_be_drawn(path: Path, kind: str) -> bool:
    """Whether drawing is worth a try, without opening the file.

    Args:
        path: Its name tells formats of one kind apart: a table is a sheet with or without a picture of itself.
        kind: Of corpus.KINDS, as its content has told.
    """
    by_name = kind_of(path, b"")
    return kind in _DRAWN_KINDS and (KIND_OF_FORMAT[by_name] != kind or by_name in _DRAWERS or by_name is Format.VIDEO)


def read_previews(document: Document) -> tuple[Thumbnail, ...]:
    """What is kept of how a document looks; empty when there is nothing to show.

    Raises:
        DocumentError: It cannot be drawn; the reason is short and for people. Nothing else is raised for any bytes,
            as by `extraction.read_contents`.
    """
    path = document.path
    with explained(path), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # every flaw of a picture is worth a warning to Pillow
        with path.open("rb") as file:
            form, size_bytes = kind_of(path, file.read(HEAD_BYTES)), file.seek(0, 2)
        if form is Format.VIDEO:
            return _frames(document)
        if form not in _DRAWERS or not size_bytes:
            return ()
        if size_bytes > MAX_PARSED_BYTES:
            raise DocumentError(path, f"too large: {size_bytes >> 20} MB")
        module, _, function = _DRAWERS[form].partition(".")
        draw: Drawer = getattr(import_module(f"extraction.{module}"), function)
        picture = draw(path)
        return (Thumbnail(1, picture),) if picture else ()


def _frames(document: Document) -> tuple[Thumbnail, ...]:
    from extraction.covers import encoded  # noqa: PLC0415  - as all that decodes

    options = ViewOptions(_fitted, SIZE_PX * SIZE_PX, pages="text", time_s=_FRAMES_TIME_S)
    views = read_views(document, options)
    return tuple(Thumbnail(view.page_number, encoded(view.pixels), view.second) for view in views)


def _fitted(pixels: "Pixels") -> "Pixels":
    from extraction.covers import fitted  # noqa: PLC0415

    return fitted(pixels)
