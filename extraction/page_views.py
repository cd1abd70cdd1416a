"""Pictures, pages of PDFs and covers of books at full size, for a model that sees.

Embedded colour profiles are ignored, unlike in what a person is shown: the models' official preprocessing ignores
them too, so that is how they have learnt to see.
"""

import math
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageOps

from errors import DocumentError
from extraction import rendering
from extraction.lost_pages import at_page
from extraction.picture_file import LIMIT_PX, in_8_bits, opened
from extraction.reading import MAX_PAGES
from extraction.views import Pixels, View, ViewOptions

# A full page has 1,500 to 3,500 characters. Header, number and a caption of two lines around a figure stay below
# this; from about 40 words on the text says itself what the page is about.
LITTLE_TEXT_CHARS = 200
MAX_TIFF_PAGES = 8
_BAND_PX = 512
_OVERSAMPLING = 1.5  # along each side; what `fit` then makes smaller is sharper than what it would stretch

Draw = Callable[[int], View | None]  # page number -> the page, or None when it need not be seen


def picture(path: Path, options: ViewOptions) -> Iterator[View]:
    """A picture; the first pages of a TIFF, the first frame of an animation.

    Raises:
        DocumentError: No picture that we know, or too many pixels.
    """
    with opened(path) as image:
        pages = range(1, MAX_TIFF_PAGES + 1) if image.format == "TIFF" else (1,)
    # Opened again for each, so that nothing but its pixels is in memory while it is fitted.
    yield from islice(unbroken(pages, lambda number: _decoded(path, number)), options.max_views)


def drawing(path: Path, options: ViewOptions) -> Iterator[View]:
    """An SVG."""
    yield View(1, np.asarray(rendering.drawing(path, _scale(options.max_px))))


def book(path: Path, options: ViewOptions) -> Iterator[View]:
    """The cover."""
    yield View(1, np.asarray(rendering.cover(path, _scale(options.max_px))))


def pdf(path: Path, options: ViewOptions) -> Iterator[View]:
    """Pages of a PDF: all, or in "auto" those with little text that are not blank.

    Raises:
        DocumentError: It needs a password, has no pages, or none that can be drawn.
    """
    scale = _scale(options.max_px)

    def draw(number: int) -> View | None:
        page = document[number - 1]
        if options.pages == "auto" and not _has_little_text(page):
            return None
        pixels = np.asarray(rendering.painted(page, scale))
        is_blank = options.pages == "auto" and bool((pixels == pixels[0, 0]).all())
        return None if is_blank else View(number, pixels)

    with rendering.opened_pdf(path) as document:
        if not document.page_count:
            raise DocumentError(path, "damaged: no pages")
        numbers = range(1, min(document.page_count, MAX_PAGES) + 1)
        yield from islice(unbroken(numbers, draw), options.max_views)


def unbroken(numbers: Iterable[int], draw: Draw) -> Iterator[View]:
    """The pages that can be drawn; ends early where there is no such page (EOFError).

    Raises:
        Exception: What a page raised, when all do.
    """
    failure: Exception | None = None
    is_any_good = False
    for number in numbers:
        try:
            with at_page(number):
                view = draw(number)
        except EOFError as error:
            failure = failure or error
            break
        except Exception as error:  # noqa: BLE001  - anything may be wrong with one page, and the next one be good
            failure = error
            continue
        is_any_good = True
        if view is not None:
            yield view
    if failure is not None and not is_any_good:
        raise failure


def rgb_pixels(image: Image.Image) -> Pixels:
    """A picture the way a person sees it: upright, on white, in RGB. Turns `image` itself.

    The official code neither turns a picture by its EXIF orientation nor puts a transparent
    palette on white; both show the model something that nobody ever saw.
    """
    ImageOps.exif_transpose(image, in_place=True)
    width, height = image.size
    pixels = np.empty((height, width, 3), np.uint8)
    for top in range(0, height, _BAND_PX):  # all at once, 100 megapixels would take more than a worker may have
        bottom = min(top + _BAND_PX, height)
        pixels[top:bottom] = _on_white(image.crop((0, top, width, bottom)))
    return pixels


def _on_white(image: Image.Image) -> Pixels:
    image = in_8_bits(image)
    if image.has_transparency_data:
        image = image.convert("RGBA")
        white = Image.new("RGB", image.size, "white")
        white.paste(image, mask=image.getchannel("A"))
        image = white
    return np.asarray(image.convert("RGB"))


def _decoded(path: Path, number: int) -> View:
    with opened(path) as image:
        if number > 1:  # elsewhere the first one need not be the one that is meant
            image.seek(number - 1)
        if image.width * image.height > LIMIT_PX:  # a JPEG
            image.draft(None, (image.width // 2, image.height // 2))  # as memory allows; far more than is shown
        return View(number, rgb_pixels(image))


def _scale(max_px: int) -> rendering.Scale:
    return lambda width, height: _OVERSAMPLING * math.sqrt(max_px / max(width * height, 1))


def _has_little_text(page: Any) -> bool:
    return len("".join(page.get_text().split())) < LITTLE_TEXT_CHARS
