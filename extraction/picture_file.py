"""The one place where a picture is opened, whatever its format: by its first bytes, and within limits.

Pillow decodes most formats by itself. For HEIC (pillow-heif), JPEG XL (pillow-jxl-plugin) and the raw pictures of
cameras (rawpy) the first picture of its format loads a library.
"""

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from errors import DocumentError
from extraction import jpeg_xl, raw_picture

# A picture can be small on disk and huge in memory; only a JPEG is cheap to decode at a fraction of its size, and a
# progressive one less so. The others are limited by what fits into a worker's 2 GB; these take the most per pixel.
LIMIT_PX = 120_000_000
JPEG_LIMIT_PX = 400_000_000
_PROGRESSIVE_LIMIT_PX = 210_000_000  # phones make 201 million
_COSTLY_LIMIT_PX = 60_000_000
CAMERA_EXIF = "camera exif"  # in `Image.info`: the EXIF of the file, where that of the picture in it is another

# What Pillow decodes by itself ("MPO" comes with "JPEG"). For an EPS it would start Ghostscript, whatever the file is
# called. TGA comes last: it has no mark.
_FORMATS = (
    *("JPEG", "PNG", "GIF", "WEBP", "TIFF", "BMP", "DIB", "AVIF", "JPEG2000", "ICO", "PSD", "PPM", "QOI", "PCX"),
    "TGA",
)
_HEIF_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"msf1"}
_HEAD_BYTES = 32
_BAND_PX = 512


@contextmanager
def opened(path: Path, data: bytes | None = None) -> Iterator[Image.Image]:
    """A picture, not decoded yet where its format allows, of its page or frame that stands for it.

    A copy of what is yielded may be kept, it itself not. Warnings are kept quiet: every flaw is worth one to Pillow.

    Args:
        path: The document.
        data: The picture, where it is not the document itself but something in it.

    Raises:
        DocumentError: It is none that we know, or has too many pixels. The same where one of the two shows only
            while it is decoded.
    """
    with io.BytesIO(data) if data is not None else path.open("rb") as file, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        head = file.read(_HEAD_BYTES)
        file.seek(0)
        # Pillow looks at it wherever a size is told: before it decodes, of each page, of a picture inside an icon. It
        # only warns of pictures up to twice as large.
        Image.MAX_IMAGE_PIXELS = _limit_px(head) // 2
        try:
            with _image(path, file, head) as image:
                _refuse_progressive(image)
                yield image
        except Image.DecompressionBombError as error:
            raise DocumentError(path, "too large: too many pixels") from error
        except UnidentifiedImageError as error:
            raise DocumentError(path, "damaged or unsupported kind of picture") from error


def _limit_px(head: bytes) -> int:
    if head.startswith(b"\xff\xd8\xff"):
        return JPEG_LIMIT_PX
    return _COSTLY_LIMIT_PX if jpeg_xl.is_jpeg_xl(head) or head[8:12] == b"WEBP" else LIMIT_PX


def _refuse_progressive(image: Image.Image) -> None:
    if image.info.get("progressive") and image.width * image.height > _PROGRESSIVE_LIMIT_PX:
        raise Image.DecompressionBombError


def small(image: Image.Image, size_px: int) -> Image.Image:
    """A picture from `opened`, upright, at most `size_px` on its longer side; a JPEG is decoded at near that size."""
    image = in_8_bits(image)
    if image.mode in ("1", "P", "PA", "LA"):  # between whose colours nothing can be taken
        image = image.convert("RGBA" if image.has_transparency_data else "RGB")
    image.thumbnail((size_px, size_px))
    image = ImageOps.exif_transpose(image)
    return image.convert("RGB") if image.mode in ("LAB", "HSV") else image


def in_8_bits(image: Image.Image) -> Image.Image:
    """`image` with deep greys brought to 256, of which Pillow would clip most to white."""
    if not image.mode.startswith("I"):
        return image
    width, height = image.size
    pixels = np.empty((height, width), np.uint8)
    for top in range(0, height, _BAND_PX):  # all at once would take as much memory three times
        band = np.asarray(image.crop((0, top, width, min(top + _BAND_PX, height))))
        pixels[top : top + _BAND_PX] = band.clip(0, 65535) // 256
    grey = Image.fromarray(pixels)
    grey.info = dict(image.info)
    return grey


@contextmanager
def _image(path: Path, file: BinaryIO, head: bytes) -> Iterator[Image.Image]:
    if raw_picture.is_raw(path, head):
        preview = raw_picture.preview(file)
        file.seek(0)
        if isinstance(preview, bytes):
            with opened(path, preview) as image:
                image.info[CAMERA_EXIF] = raw_picture.exif(file)
                yield image
            return
        if preview:
            preview.info[CAMERA_EXIF] = raw_picture.exif(file)
            yield preview
            return
    elif jpeg_xl.is_jpeg_xl(head):
        with jpeg_xl.decoded(file) as image:
            yield image
        return
    formats: tuple[str, ...] = _FORMATS
    if head[4:8] == b"ftyp" and head[8:12] in _HEIF_BRANDS:  # "mif1" may be AVIF as well
        _load_heif()
        formats = (*_FORMATS, "HEIF")
    with Image.open(file, formats=formats) as image:
        yield image


def _load_heif() -> None:
    from pillow_heif import register_heif_opener  # noqa: PLC0415  - loads 25 MB of libraries

    register_heif_opener(depth_images=False, aux_images=False, decode_threads=1)
