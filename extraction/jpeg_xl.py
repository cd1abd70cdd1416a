"""JPEG XL, which pillow-jxl-plugin decodes while it opens it: so its size is looked at before, here.

Source: ISO/IEC 18181-1, SizeHeader; ISO/IEC 18181-2, the boxes.
"""

import struct
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

from PIL import Image, UnidentifiedImageError

_CONTAINER = b"\0\0\0\x0cJXL \r\n\x87\n"
_CODESTREAM = b"\xff\x0a"
_MOST_BOXES = 1_000  # before the picture
_ORIENTATION = 0x0112
_SIZE_BITS = (9, 13, 18, 30)
_RATIOS = ((1, 1), (12, 10), (4, 3), (3, 2), (16, 9), (5, 4), (2, 1))  # width to height


def is_jpeg_xl(head: bytes) -> bool:
    return head.startswith((_CODESTREAM, _CONTAINER))


@contextmanager
def decoded(file: BinaryIO) -> Iterator[Image.Image]:
    """The picture, as `Image.open` gives it for other formats.

    Raises:
        DecompressionBombError: It has more pixels than Pillow's limit allows.
        UnidentifiedImageError: It is damaged.
    """
    from pillow_jxl import JpegXLImagePlugin as plugin  # noqa: PLC0415, N813  - loads libjxl

    width, height = size_of(file)
    if width * height > 2 * (Image.MAX_IMAGE_PIXELS or 0):
        raise Image.DecompressionBombError
    file.seek(0)
    plugin.DECODE_THREADS = 0
    try:
        image = Image.open(file, formats=("JXL",))
    except RuntimeError as error:  # all that its decoder ever raises
        raise UnidentifiedImageError from error
    with image:
        if not image.jpeg:  # type: ignore[attr-defined]  # the decoder has turned it already, unless it was a JPEG
            image.getexif().pop(_ORIENTATION, None)
        yield image


def size_of(file: BinaryIO) -> tuple[int, int]:
    """Width and height of a picture, before it is turned upright.

    Raises:
        UnidentifiedImageError: There is no picture in it.
    """
    file.seek(_codestream_at(file) + len(_CODESTREAM))
    bits = _Bits(file.read(16))
    is_small = bits.take(1)  # in units of 8 pixels, from 1 to 32
    height = _side(bits, is_small=is_small)
    if ratio := bits.take(3):
        numerator, denominator = _RATIOS[ratio - 1]
        return height * numerator // denominator, height
    return _side(bits, is_small=is_small), height


class _Bits:
    """Numbers of a few bits each, the lowest first."""

    def __init__(self, data: bytes) -> None:
        self._rest = int.from_bytes(data, "little")

    def take(self, count: int) -> int:
        value = self._rest & ((1 << count) - 1)
        self._rest >>= count
        return value


def _side(bits: _Bits, *, is_small: int) -> int:
    if is_small:
        return 8 * (bits.take(5) + 1)
    return bits.take(_SIZE_BITS[bits.take(2)]) + 1


def _codestream_at(file: BinaryIO) -> int:
    """Where the picture itself begins: in a container, the place within the first box that has a part of it."""
    file.seek(0)
    if file.read(2) == _CODESTREAM:
        return 0
    position = 0
    for _ in range(_MOST_BOXES):
        file.seek(position)
        header = file.read(16)
        if len(header) < 8:
            break
        size, kind = struct.unpack_from(">L4s", header)
        start = 8
        if size == 1 and len(header) == 16:
            (size,), start = struct.unpack_from(">Q", header, 8), 16
        if kind in (b"jxlc", b"jxlp"):
            return int(position + start + 4 * (kind == b"jxlp"))  # the number of the part comes first
        if size < start:
            break
        position += size
    raise UnidentifiedImageError
