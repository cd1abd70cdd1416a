"""What a document looks like, for a model that sees: small pictures of its pages.

Decoders of pictures, pages and films meet files from strangers, so `read_views` is for worker processes; everybody
else uses `extraction.workers`. Like the text, each format is loaded by the first document that has it.
"""

import time
import warnings
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

from corpus import Document
from errors import DocumentError, LauncherError
from extraction.kinds import HEAD_BYTES, Format, kind_of
from extraction.reading import explained

if TYPE_CHECKING:  # whoever starts workers imports this module, and needs no arrays yet
    import numpy as np
    from numpy.typing import NDArray

Pixels: TypeAlias = "NDArray[np.uint8]"  # (height, width, 3) RGB
Pages = Literal["auto", "image", "text", "both"]

MAX_PARSED_BYTES = 2 << 30  # of a film only the places that are shown are read, so it may have any size

# Where each format is shown: module of this package and function. What is not here looks like nothing but its text.
_VIEWERS = {
    Format.PICTURE: "page_views.picture",
    Format.SVG: "page_views.drawing",
    Format.PDF: "page_views.pdf",
    Format.EPUB: "page_views.book",
    Format.PPTX: "slides.pptx",
    Format.ODP: "slides.odp",
    Format.VIDEO: "video.candidates",
}
_PICTURES = frozenset({Format.PICTURE, Format.SVG})


class View(NamedTuple):
    """One page of a document as a model sees it."""

    page_number: int  # from 1; of a video 1, 2, ... in the order of time
    pixels: Pixels
    second: float | None = None  # of a video: when it is seen


@dataclass(frozen=True, slots=True)
class ViewOptions:
    """Which pages are shown, and how large.

    Args:
        fit: Full-size pixels -> those that the model is shown. It runs in the worker, so that only its small result
            crosses over; a function at the top of an importable module, or a `functools.partial` of one. Its
            LauncherErrors say why a view cannot be shown.
        max_px: The area that `fit` leaves, at most: pages are drawn a little larger than that.
        pages: Which pages of PDFs and slide shows are shown: "auto" those with little text (without LibreOffice, all
            slides that have a picture), "image" and "both" all, "text" none, nor covers of books. Pictures and videos
            are shown whatever it says.
        max_views: Pages of one document, the first ones.
        max_frames: Keyframes of one video at most; fewer where little happens in it.
        time_s: After that long no further view is begun; those that are ready count.
    """

    fit: Callable[[Pixels], Pixels]
    max_px: int
    pages: Pages = "auto"
    max_views: int = 32
    max_frames: int = 16
    time_s: float = 40.0


Viewer = Callable[[Path, ViewOptions], Iterator[View]]  # at full size, each decoded when it is drawn


def read_views(document: Document, options: ViewOptions) -> tuple[View, ...]:
    """What one document looks like, fitted; empty when it has no look that its text would lack.

    A page that is broken is left out.

    Raises:
        DocumentError: None of its pages can be shown; the reason is short and for people. Nothing else is raised for
            any bytes, as by `extraction.read_contents`.
    """
    path = document.path
    with explained(path), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # every flaw of a picture is worth a warning to Pillow
        form, size_bytes = _format_of(path)
        if not size_bytes or not _is_shown(form, options):
            return ()
        if form is not Format.VIDEO and size_bytes > MAX_PARSED_BYTES:
            raise DocumentError(path, f"too large: {size_bytes >> 20} MB")
        module_name, _, function = _VIEWERS[form].partition(".")
        module = import_module(f"extraction.{module_name}")
        viewer: Viewer = getattr(module, function)
        views = _fitted(path, viewer(path, options), options)
        return tuple(module.most_telling(views, options.max_frames) if form is Format.VIDEO else views)


def _is_shown(form: Format, options: ViewOptions) -> bool:
    if form is Format.VIDEO:
        return options.max_frames > 0
    return form in _PICTURES or (form in _VIEWERS and options.pages != "text")


def _format_of(path: Path) -> tuple[Format, int]:
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
        return kind_of(path, head), file.seek(0, 2)


def _fitted(path: Path, views: Iterable[View], options: ViewOptions) -> list[View]:
    """`views` at the size that the model is shown; one of an impossible shape is left out."""
    deadline = time.monotonic() + options.time_s
    fitted: list[View] = []
    refusal: LauncherError | None = None
    for view in views:
        try:
            fitted.append(view._replace(pixels=options.fit(view.pixels)))
        except LauncherError as error:
            refusal = error
        if time.monotonic() > deadline:
            break
    if refusal and not fitted:
        raise DocumentError(path, refusal.message.rstrip(".")) from refusal
    return fitted
