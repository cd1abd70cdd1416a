"""Raw pictures of cameras: what the camera itself made of them, which every one keeps inside.

Only where that is missing or tiny, and the picture is not large, LibRaw develops it, at half its size: that costs
seconds, and the camera's own rendering is how its owner remembers it.
"""

import contextlib
import io
import struct
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import numpy as np
from PIL import Image

if TYPE_CHECKING:
    from rawpy import RawPy

MAX_BYTES = 512 << 20  # LibRaw gets it in memory
MAX_DEVELOPED_PX = 60_000_000
_LEAST_PREVIEW_PX = 320  # its longer side

# Those that look like a TIFF: only the name tells. DNG is one by its standard.
_TIFF_SUFFIXES = {
    *(".dng", ".cr2", ".nef", ".nrw", ".arw", ".sr2", ".srf", ".srw", ".pef", ".3fr", ".iiq", ".erf", ".mef", ".dcr"),
    *(".kdc", ".gpr"),
}
# RAF, ORF, RW2, X3F, MRW, CRW
_MARKS = (b"FUJIFILMCCD-RAW", b"IIRO", b"IIRS", b"MMOR", b"IIU\0", b"FOVb", b"\0MRM", b"II\x1a\0\0\0HEAP")
_TIFF_MARKS = (b"II*\0", b"MM\0*")
_CR2_MARK, _CR3_BRAND = b"CR\x02", b"ftypcrx "
_ORIENTATION = 0x0112
_ORIENTATION_OF_FLIP = {3: 3, 5: 8, 6: 6}  # LibRaw's -> EXIF's
# What Pillow raises at broken metadata, which takes nothing from the picture itself.
BROKEN_EXIF = (SyntaxError, ValueError, LookupError, TypeError, ArithmeticError, AttributeError, OSError, struct.error)


def is_raw(path: Path, head: bytes) -> bool:
    """Whether a picture that begins with `head` (16 bytes or more) is a camera's raw one."""
    if head.startswith(_TIFF_MARKS):
        return head[8:11] == _CR2_MARK or path.suffix.lower() in _TIFF_SUFFIXES
    return head.startswith(_MARKS) or head[4:12] == _CR3_BRAND


def preview(file: BinaryIO) -> bytes | Image.Image | None:
    """How a raw picture looks: the camera's own JPEG, or a decoded picture; None when LibRaw finds none in it.

    Its EXIF says which way up it is.
    """
    if not find_spec("rawpy"):  # there is none for every machine
        return None
    import rawpy  # noqa: PLC0415  - loads LibRaw

    data = file.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise Image.DecompressionBombError
    try:
        with rawpy.imread(io.BytesIO(data)) as raw:
            found = _camera_made(raw)
            long_px = _long_px(found)
            return _developed(raw, long_px) or found if long_px < _LEAST_PREVIEW_PX else found
    except rawpy.LibRawError:
        return None


def exif(file: BinaryIO) -> Image.Exif:
    """The EXIF of a raw picture that looks like a TIFF; that of its preview says less."""
    found = Image.Exif()
    with contextlib.suppress(*BROKEN_EXIF):
        found.load_from_fp(file)
    return found


def _camera_made(raw: "RawPy") -> bytes | Image.Image | None:
    """The largest picture that the camera has put beside the raw one."""
    import rawpy  # noqa: PLC0415

    try:
        thumb = raw.extract_thumb()
    except (rawpy.LibRawError, NotImplementedError):
        return None
    if isinstance(thumb.data, bytes):
        return thumb.data  # LibRaw gives it an EXIF when it has none
    image = Image.fromarray(np.array(thumb.data))
    image.getexif()[_ORIENTATION] = _ORIENTATION_OF_FLIP.get(raw.sizes.flip, 1)
    return image


def _long_px(found: bytes | Image.Image | None) -> int:
    """The longer side; 0 of a picture that is none."""
    if isinstance(found, bytes):
        try:
            with Image.open(io.BytesIO(found), formats=("JPEG",)) as image:
                return max(image.size)
        except BROKEN_EXIF:
            return 0
    return max(found.size) if found else 0


def _developed(raw: "RawPy", least_px: int) -> Image.Image | None:
    """The raw picture itself, where it is larger than that."""
    import rawpy  # noqa: PLC0415

    sizes = raw.sizes
    if max(sizes.width, sizes.height) // 2 <= least_px or sizes.raw_width * sizes.raw_height > MAX_DEVELOPED_PX:
        return None
    try:
        return Image.fromarray(np.array(raw.postprocess(half_size=True, use_camera_wb=True)))
    except rawpy.LibRawError:
        return None
