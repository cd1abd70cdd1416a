"""Pictures: when, where and with what they were taken, and a hash that copies share."""

import struct
import warnings
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from errors import DocumentError
from extraction.reading import Reading, iso_date

# EXIF tags, by their names in the standard
_DESCRIPTION, _MAKE, _MODEL, _DATE = 0x010E, 0x010F, 0x0110, 0x0132
_EXIF_FOLDER, _GPS_FOLDER = 0x8769, 0x8825
_DATE_ORIGINAL, _OFFSET_ORIGINAL = 0x9003, 0x9011
_LATITUDE_REF, _LATITUDE, _LONGITUDE_REF, _LONGITUDE = 1, 2, 3, 4

MAX_PIXELS = 178_956_970  # where Pillow gives up by itself, unless somebody told it otherwise
_BROKEN_EXIF = (SyntaxError, ValueError, LookupError, TypeError, ArithmeticError, AttributeError, OSError, struct.error)
# Not calendar.month_name, which follows the machine's locale.
_MONTHS = "January February March April May June July August September October November December"
_HASHED_PX = 128  # the long side of what is hashed; a JPEG decodes to near that at a fraction of the cost
# What Pillow decodes by itself ("MPO" comes with "JPEG"). For an EPS it would start Ghostscript, whatever the
# file is called.
FORMATS = ("JPEG", "PNG", "GIF", "WEBP", "TIFF", "BMP", "AVIF", "JPEG2000", "ICO", "PPM", "TGA", "PSD")


class _Facts(NamedTuple):
    words: tuple[str, ...] = ()
    created: str = ""
    place: str = ""


def read(path: Path) -> Reading:
    """One page with what EXIF says in words, or none.

    Raises:
        DocumentError: Not a format Pillow knows, or more pixels than it decodes (179 million).
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # every flaw is worth a warning to Pillow, and half of what it refuses
            return _reading(path)
    except UnidentifiedImageError as error:
        raise DocumentError(path, "damaged or unsupported kind of picture") from error
    except Image.DecompressionBombError as error:
        raise DocumentError(path, "too large: too many pixels") from error


def _reading(path: Path) -> Reading:
    with Image.open(path, formats=FORMATS) as image:
        if image.width * image.height > MAX_PIXELS:
            raise Image.DecompressionBombError
        facts = _facts(image)
        texts = ("\n".join(facts.words),) if facts.words else ()
        return Reading(texts, created=facts.created, place=facts.place, picture_hash=_difference_hash(image))


def _difference_hash(image: Image.Image) -> str:
    """Whether each of 8 x 8 squares is darker than its right neighbour: 64 bits as 16 hexadecimal digits.

    A copy in another size or format differs in a few bits at most. A picture without structure
    gives "": it would be a near-copy of every other one.

    Source: N. Krawetz, "Kind of Like That", 2013.
    """
    if image.mode in ("P", "PA", "LA"):
        image = image.convert("RGBA")
    image.draft("L", (2 * _HASHED_PX, 2 * _HASHED_PX))
    image.thumbnail((_HASHED_PX, _HASHED_PX))
    image = ImageOps.exif_transpose(image)
    if image.mode == "RGBA":
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    pixels = np.asarray(image.convert("L").resize((9, 8), Image.Resampling.BOX))  # (8, 9)
    rises = pixels[:, 1:] > pixels[:, :-1]  # (8, 8)
    return np.packbits(rises).tobytes().hex() if rises.any() else ""


def _facts(image: Image.Image) -> _Facts:
    """What EXIF tells; nothing where it is broken, which takes nothing from the picture itself."""
    try:
        exif = image.getexif()
        details, gps = exif.get_ifd(_EXIF_FOLDER), exif.get_ifd(_GPS_FOLDER)
    except _BROKEN_EXIF:
        return _Facts()
    created = _date(str(details.get(_DATE_ORIGINAL) or exif.get(_DATE) or ""), str(details.get(_OFFSET_ORIGINAL) or ""))
    description = _plain(exif.get(_DESCRIPTION) or image.info.get("Description"))
    words = (description, _camera(_plain(exif.get(_MAKE)), _plain(exif.get(_MODEL))), _spoken(created))
    return _Facts(tuple(word for word in words if word), created, _place(gps))


def _plain(value: object) -> str:
    """A text field without the zeros and blanks that cameras pad it with."""
    text = value.decode(errors="replace") if isinstance(value, bytes) else str(value or "")
    return " ".join(text.replace("\0", " ").split())


def _camera(make: str, model: str) -> str:
    name = model if model.lower().startswith(make.lower()) else f"{make} {model}"
    return f"Camera: {name.strip()}" if name.strip() else ""


def _date(text: str, offset: str) -> str:
    """`2024:05:01 12:30:00` and `+02:00` as ISO 8601."""
    day, _, time = text.strip("\0 ").partition(" ")
    return iso_date(f"{day.replace(':', '-')}T{time}{offset.strip(chr(0) + ' ')}")


def _spoken(created: str) -> str:
    """The date as people search for it."""
    if not created:
        return ""
    moment = datetime.fromisoformat(created)
    return f"Taken {moment.day} {_MONTHS.split()[moment.month - 1]} {moment.year}"


def _place(gps: dict[int, Any]) -> str:
    try:
        latitude = _degrees(gps[_LATITUDE], negative=_plain(gps[_LATITUDE_REF]).startswith("S"))
        longitude = _degrees(gps[_LONGITUDE], negative=_plain(gps[_LONGITUDE_REF]).startswith("W"))
    except _BROKEN_EXIF:
        return ""
    is_on_earth = abs(latitude) <= 90 and abs(longitude) <= 180 and (latitude or longitude)  # 0, 0 means: no fix
    return f"{latitude:.5f}, {longitude:.5f}" if is_on_earth else ""


def _degrees(value: Any, *, negative: bool) -> float:
    degrees, minutes, seconds = (float(part) for part in value)
    return (degrees + minutes / 60 + seconds / 3600) * (-1 if negative else 1)
