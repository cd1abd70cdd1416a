"""Pictures of text and scanned documents, made with the font that comes with Pillow."""

import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pymupdf
from PIL import Image, ImageDraw, ImageFont, ImageOps

LETTER = (
    "Dear Mrs Kowalski,",
    "the boiler in your cellar was inspected",
    "on the ninth of October. The pressure",
    "valve leaks and has to be replaced.",
)


def picture_of(lines: Sequence[str] = LETTER, *, turned: int = 0, size_px: int = 28, spacing: float = 2) -> Image.Image:
    """Black on white, turned to the left by `turned` degrees; a line is `spacing` times as high as its letters."""
    font = ImageFont.load_default(size_px)
    width = int(max(font.getlength(line) for line in lines)) + 40
    step_px = spacing * size_px
    picture = Image.new("RGB", (width, int(step_px * len(lines)) + 60), "white")
    for number, line in enumerate(lines):
        ImageDraw.Draw(picture).text((20, 30 + int(step_px * number)), line, fill="black", font=font)
    return picture.rotate(turned, expand=True)


def picture_in(font: str, *lines: str) -> Image.Image:
    """Text in one of MuPDF's own fonts, such as "japan"."""
    with pymupdf.open() as document:
        page = document.new_page(width=500, height=40 * len(lines) + 40)
        for number, line in enumerate(lines, start=1):
            page.insert_text((20, 40 * number), line, fontname=font, fontsize=24)
        pixels = page.get_pixmap(dpi=144, alpha=False)
        return Image.frombytes("RGB", (pixels.width, pixels.height), pixels.samples)


def photo(width: int = 640, height: int = 480) -> Image.Image:
    """Soft shapes and the grain of a sensor; nothing is written on it."""
    source = np.random.default_rng(7)
    shapes = Image.fromarray(source.integers(0, 255, (6, 8, 3), dtype=np.uint8)).resize(
        (width, height), Image.Resampling.BICUBIC
    )
    grain = source.normal(0, 4, (height, width, 1))
    return Image.fromarray((np.asarray(shapes) + grain).clip(0, 255).astype(np.uint8))


def write_scan(path: Path, *pages: Image.Image | str) -> None:
    """A PDF: pictures as a scanner puts them on a page, and pages of text."""
    with pymupdf.open() as document:
        for page in pages:
            if isinstance(page, str):
                document.new_page().insert_textbox((60, 60, 540, 780), page, fontsize=24)
                continue
            encoded = io.BytesIO()
            ImageOps.expand(page, 100, "white").save(encoded, "PNG")
            document.new_page().insert_image((0, 0, 595, 842), stream=encoded.getvalue())
        document.save(path)
