"""One page of a document as a small picture; meant for a worker that may die (web/thumbnails.py has it)."""

import io
from importlib import import_module
from pathlib import Path
from types import ModuleType

from PIL import Image, ImageOps

from errors import DocumentError

# A picture can be small on disk and huge in memory; only a JPEG is cheap to decode at a fraction of its size.
LIMIT_PX = 120_000_000
JPEG_LIMIT_PX = 400_000_000
# What Pillow decodes by itself ("MPO" comes with "JPEG"). Left out is what starts other programs, such as EPS.
FORMATS = ("JPEG", "PNG", "GIF", "WEBP", "TIFF", "BMP", "AVIF", "JPEG2000", "ICO", "PPM", "TGA", "PSD")


def render_page(path: Path, kind: str, page_number: int, size_px: int) -> bytes:
    """A WebP picture of a page, at most `size_px` on its longer side, without any of the file's metadata.

    Costs about 10 ms for a page of text and 100 ms for a photo, and has no limit for a hostile
    file: there is no way to stop it from inside.

    Raises:
        DocumentError: The file is damaged, encrypted or too large, or has no such page.
    """
    try:
        picture = _pdf_page(path, page_number, size_px) if kind == "pdf" else _picture(path, size_px)
        return _webp(picture)
    except DocumentError:
        raise
    except Exception as error:  # a damaged file makes a parser throw anything
        raise DocumentError(path, f"cannot be shown: {error}") from error


def _picture(path: Path, size_px: int) -> Image.Image:
    Image.MAX_IMAGE_PIXELS = JPEG_LIMIT_PX  # ours are finer, and checked before anything is decoded
    with Image.open(path, formats=FORMATS) as picture:
        limit_px = JPEG_LIMIT_PX if picture.format in ("JPEG", "MPO") else LIMIT_PX
        if picture.width * picture.height > limit_px:
            raise DocumentError(path, f"{picture.width} x {picture.height} pixels: too large")
        picture.thumbnail((size_px, size_px))  # decodes a JPEG at the nearest of its cheap sizes
        return ImageOps.exif_transpose(picture)


def _pdf_page(path: Path, page_number: int, size_px: int) -> Image.Image:
    pymupdf = _pymupdf()
    with pymupdf.open(path, filetype="pdf") as document:
        if document.needs_pass:
            raise DocumentError(path, "encrypted")
        if not 1 <= page_number <= document.page_count:
            raise DocumentError(path, f"has no page {page_number}")
        page = document[page_number - 1]
        scale = size_px / max(page.rect.width, page.rect.height, 1)
        pixels = page.get_pixmap(matrix=pymupdf.Matrix(scale, scale), alpha=False)
        picture = Image.frombytes("RGB", (pixels.width, pixels.height), pixels.samples)
    picture.thumbnail((size_px, size_px))  # rounding may have made it one pixel too long
    return picture


def _webp(picture: Image.Image) -> bytes:
    if picture.mode.startswith("I;16"):  # deep greys would be cut off instead of scaled
        picture = picture.point(lambda value: value / 256).convert("L")
    if picture.mode not in ("RGB", "RGBA"):
        picture = picture.convert("RGBA" if picture.has_transparency_data else "RGB")
    encoded = io.BytesIO()
    picture.save(encoded, "WEBP", quality=80, method=2)
    return encoded.getvalue()


def _pymupdf() -> ModuleType:
    import_module("extraction.pdf")  # it knows how to import PyMuPDF without what reports home
    return import_module("pymupdf")
