"""One page of a document as a small picture; meant for a worker that may die (web/thumbnails.py has it)."""

import io
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

from PIL import Image, ImageCms

from errors import DocumentError
from extraction.kinds import HEAD_BYTES, Format, kind_of
from extraction.picture_file import opened, small
from extraction.reading import explained

DRAWING_LIMIT_BYTES = 16 << 20
# MuPDF leaves these out of an SVG, or draws black what they would colour: an icon is better than a wrong picture.
_NOT_DRAWN = re.compile(rb"<(?:\w+:)?(?:style|linearGradient|radialGradient|pattern|foreignObject)\b")

Scale = Callable[[float, float], float]  # width and height of a page in points -> pixels per point


def render_page(path: Path, kind: str, page_number: int, size_px: int) -> bytes:
    """A WebP picture of a page, at most `size_px` on its longer side, without any of the file's metadata.

    Costs about 10 ms for a page of text and 100 ms for a photo, and has no limit for a hostile
    file: there is no way to stop it from inside.

    Args:
        path: The document.
        kind: "pdf", "book" or "picture", of corpus.KINDS.
        page_number: From 1; of a book its cover is shown, whatever the page.
        size_px: The longer side of the picture.

    Raises:
        DocumentError: The file is damaged, encrypted or too large, or has no such page.
    """
    with explained(path):
        picture = _page(path, kind, page_number, size_px)
        picture.thumbnail((size_px, size_px))  # rounding may have made a page one pixel too long
        return webp(picture)


def _page(path: Path, kind: str, page_number: int, size_px: int) -> Image.Image:
    if kind == "pdf":
        return _pdf_page(path, page_number, _longer_side(size_px))
    if kind == "book":
        return cover(path, _longer_side(size_px))
    with path.open("rb") as file:
        is_drawing = kind_of(path, file.read(HEAD_BYTES)) is Format.SVG
    return drawing(path, _longer_side(size_px)) if is_drawing else _photo(path, size_px)


def _longer_side(size_px: int) -> Scale:
    return lambda width, height: size_px / max(width, height, 1)


def _photo(path: Path, size_px: int) -> Image.Image:
    with opened(path) as picture:
        return in_srgb(small(picture, size_px))


def in_srgb(picture: Image.Image) -> Image.Image:
    """`picture` in the colours that a browser takes it to have: phones and cameras have others, and say so in it.

    A profile that is broken, or for another kind of picture, is as good as none.
    """
    profile = picture.info.get("icc_profile")
    if not profile:
        return picture
    mode = "RGBA" if picture.mode == "RGBA" else "RGB"
    try:
        embedded = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        converted = ImageCms.profileToProfile(picture, embedded, ImageCms.createProfile("sRGB"), outputMode=mode)
    except (ImageCms.PyCMSError, OSError):
        return picture
    return converted or picture


def _pdf_page(path: Path, page_number: int, scale: Scale) -> Image.Image:
    with opened_pdf(path) as document:
        if not 1 <= page_number <= document.page_count:
            raise DocumentError(path, f"has no page {page_number}")
        return painted(document[page_number - 1], scale)


@contextmanager
def opened_pdf(path: Path) -> Iterator[Any]:
    """A PyMuPDF document that needs no password."""
    with _pymupdf().open(path, filetype="pdf") as document:
        if document.needs_pass:
            raise DocumentError(path, "encrypted")
        yield document


def cover(path: Path, scale: Scale) -> Image.Image:
    """The first page of a book; when there is nothing but one picture on it, that picture without the page around."""
    with _pymupdf().open(path, filetype="epub") as document:
        page = document.load_page((0, 0))  # by its number, all chapters would be laid out: a second for a novel
        boxes = [picture["bbox"] for picture in page.get_image_info()]
        is_picture = len(boxes) == 1 and not page.get_text().strip()
        return painted(page, scale, box=boxes[0] if is_picture else None)


def xps_page(path: Path, size_px: int) -> Image.Image:
    """The first page of an XPS; a broken one may take MuPDF minutes."""
    with _pymupdf().open(path, filetype="xps") as document:
        return painted(document.load_page(0), _longer_side(size_px))


def drawing(path: Path, scale: Scale) -> Image.Image:
    """An SVG, without the files that it names: MuPDF draws only pictures that are inside of it."""
    if path.stat().st_size > DRAWING_LIMIT_BYTES:
        raise DocumentError(path, "too large a drawing")
    source = path.read_bytes()
    if _NOT_DRAWN.search(source):
        raise DocumentError(path, "drawn with more than can be shown")
    with _pymupdf().open(stream=source, filetype="svg") as document:
        return painted(document[0], scale)


def painted(page: Any, scale: Scale, *, box: tuple[float, float, float, float] | None = None) -> Image.Image:
    """What MuPDF draws of a page, or of a box on it."""
    pymupdf = _pymupdf()
    clip = pymupdf.Rect(box or page.rect) & page.rect
    zoom = scale(clip.width, clip.height)
    pixels = page.get_pixmap(matrix=pymupdf.Matrix(zoom, zoom), clip=clip, alpha=False)
    return Image.frombytes("RGB", (pixels.width, pixels.height), pixels.samples)


def webp(picture: Image.Image) -> bytes:
    """The pixels alone, without any of the metadata."""
    if picture.mode not in ("RGB", "RGBA"):
        picture = picture.convert("RGBA" if picture.has_transparency_data else "RGB")
    encoded = io.BytesIO()
    picture.save(encoded, "WEBP", quality=80, method=2)
    return encoded.getvalue()


def _pymupdf() -> ModuleType:
    import_module("extraction.pdf")  # it knows how to import PyMuPDF without what reports home
    return import_module("pymupdf")
