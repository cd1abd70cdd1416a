"""The picture that stands for a document: drawn from its first page, or found inside of it.

All are WebP and at most SIZE_PX long. Runs in a worker (`extraction.previews`).
"""

import contextlib
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from PIL import Image

from errors import DocumentError
from extraction import audio, kindle, rendering, slides
from extraction.fixed_pages import comic_pages
from extraction.office import relationships
from extraction.picture_file import opened, small
from extraction.previews import SIZE_PX
from extraction.views import Pixels
from extraction.zip_package import Package, open_package

# Where OpenDocument and Apple's programs keep a picture of the first page; the largest first.
_PLACES = ("Thumbnails/thumbnail.png", "QuickLook/Thumbnail.jpg", "preview.jpg", "preview-web.jpg")
_COMIC_PAGES_TRIED = 3


def pdf(path: Path) -> bytes:
    return rendering.render_page(path, "pdf", 1, SIZE_PX)


def picture(path: Path) -> bytes:
    return rendering.render_page(path, "picture", 1, SIZE_PX)


def book(path: Path) -> bytes:
    return rendering.render_page(path, "book", 1, SIZE_PX)


def kindle_book(path: Path) -> bytes | None:
    return _shrunk(path, kindle.cover(path))


def comic(path: Path) -> bytes | None:
    with open_package(path) as package:
        return _member(package, comic_pages(package)[:_COMIC_PAGES_TRIED])


def fixed_pages(path: Path) -> bytes | None:
    """An XPS: what it brings along of itself, else its first page by MuPDF, whose time the worker limits."""
    return office(path) or rendering.webp(rendering.xps_page(path, SIZE_PX))


def office(path: Path) -> bytes | None:
    """What a text, table or slide show brings along: a picture of its first page, where its program made one."""
    with open_package(path) as package:
        return _brought_along(package)


def pptx(path: Path) -> bytes | None:
    return _slides(path, ".pptx")


def odp(path: Path) -> bytes | None:
    return _slides(path, ".odp")


def sound(path: Path) -> bytes | None:
    with path.open("rb") as file:
        return _shrunk(path, audio.cover_of(file))


def encoded(pixels: Pixels) -> bytes:
    """Pixels, which are small already, as WebP."""
    return rendering.webp(Image.fromarray(pixels))


def fitted(pixels: Pixels) -> Pixels:
    """Pixels brought down to at most SIZE_PX along each side."""
    image = Image.fromarray(pixels)
    image.thumbnail((SIZE_PX, SIZE_PX))
    return np.asarray(image)


def _slides(path: Path, suffix: str) -> bytes | None:
    with open_package(path) as package:
        if found := _brought_along(package):
            return found
        pixels = slides.first_slide(package, suffix)
        return None if pixels is None else encoded(fitted(pixels))


def _brought_along(package: Package) -> bytes | None:
    related = [item.target for item in relationships(package, "").values() if item.role == "thumbnail"]
    return _member(package, [*related, *_PLACES])


def _member(package: Package, names: Iterable[str]) -> bytes | None:
    """The first of these members that is a picture we know: some programs draw theirs in formats of their own."""
    for name in names:
        with contextlib.suppress(DocumentError, OSError):
            return _shrunk(package.path, package.read(name))
    return None


def _shrunk(path: Path, data: bytes | None) -> bytes | None:
    if not data:
        return None
    with opened(path, data) as image:
        return rendering.webp(rendering.in_srgb(small(image, SIZE_PX)))
