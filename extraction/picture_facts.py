"""What is written in a picture about it: by the camera (EXIF), and by people and their programs (IPTC, XMP)."""

from collections.abc import Iterable
from datetime import datetime
from itertools import islice
from typing import Any, NamedTuple

from PIL import Image, IptcImagePlugin

from extraction.picture_file import CAMERA_EXIF
from extraction.raw_picture import BROKEN_EXIF
from extraction.reading import iso_date
from extraction.xmp import XMP_DATES, properties

# EXIF tags, by their names in the standard
_DESCRIPTION, _MAKE, _MODEL, _DATE, _ARTIST = 0x010E, 0x010F, 0x0110, 0x0132, 0x013B
_EXIF_FOLDER, _GPS_FOLDER = 0x8769, 0x8825
_DATE_ORIGINAL, _DATE_DIGITIZED = 0x9003, 0x9004
_OFFSET, _OFFSET_ORIGINAL, _OFFSET_DIGITIZED = 0x9010, 0x9011, 0x9012
_LENS = 0xA434
_XP_TITLE, _XP_COMMENT, _XP_AUTHOR, _XP_KEYWORDS, _XP_SUBJECT = 0x9C9B, 0x9C9C, 0x9C9D, 0x9C9E, 0x9C9F  # of Windows
_LATITUDE_REF, _LATITUDE, _LONGITUDE_REF, _LONGITUDE = 1, 2, 3, 4
# IPTC data sets
_IPTC_TITLE, _IPTC_KEYWORD, _IPTC_DATE, _IPTC_TIME = (2, 5), (2, 25), (2, 55), (2, 60)
_IPTC_AUTHOR, _IPTC_CAPTION, _IPTC_PLACES = (2, 80), (2, 120), ((2, 92), (2, 90), (2, 95), (2, 101))
_PHOTOSHOP_XMP = 1060  # the number of the resource in a PSD

# Not calendar.month_name, which follows the machine's locale.
_MONTHS = "January February March April May June July August September October November December"
_MAX_CHARS = 4_000  # of one field: a caption is shorter, and a field of noise is no longer worth reading
_MAX_NAMES = 200  # keywords or people
# What cameras write where people would describe the picture.
_NO_DESCRIPTIONS = ("DIGITAL CAMERA", "SONY DSC", "DCIM", "JPEG_PICTURE", "JPEG PICTURE")


class PictureFacts(NamedTuple):
    lines: tuple[str, ...] = ()  # words that people search for
    title: str = ""
    created: str = ""  # as `iso_date` gives it
    place: str = ""  # "latitude, longitude"


class _Told(NamedTuple):
    """What one of the ways to write about a picture says."""

    title: str = ""
    caption: str = ""
    keywords: tuple[str, ...] = ()
    people: tuple[str, ...] = ()
    author: str = ""
    location: tuple[str, ...] = ()
    dates: tuple[str, ...] = ()  # in ISO 8601, the best first


def facts_of(image: Image.Image) -> PictureFacts:
    """What a picture from `picture_file.opened` tells; of what is broken in it nothing, and the rest all the same."""
    exif, details, gps = _exif(image)
    by_camera = _by_camera(image, exif, details)
    told = [by_camera, _by_xmp(image), _by_iptc(image)]
    dates = [*by_camera.dates[:1], *told[1].dates, *told[2].dates, *by_camera.dates[1:]]
    created = next(filter(None, map(iso_date, dates)), "")
    title = _first(each.title for each in told)
    labelled = (
        ("Keywords: ", _joined(name for each in told for name in each.keywords)),
        ("People: ", _joined(name for each in told for name in each.people)),
        ("At: ", _joined(name for each in told for name in each.location)),
        ("By: ", _first(each.author for each in told)),
        ("Camera: ", _camera(_ascii(exif.get(_MAKE)), _ascii(exif.get(_MODEL)))),
        ("Lens: ", _named(_ascii(details.get(_LENS)))),
        ("Taken ", _spoken(created)),
    )
    said = _different([title, *(each.caption for each in told)])
    lines = (*said, *(label + value for label, value in labelled if value))
    return PictureFacts(lines, title, created, _place(gps))


def _exif(image: Image.Image) -> tuple[Any, dict[int, Any], dict[int, Any]]:
    try:
        exif = image.info.get(CAMERA_EXIF) or image.getexif()
        return exif, exif.get_ifd(_EXIF_FOLDER), exif.get_ifd(_GPS_FOLDER)
    except BROKEN_EXIF:
        return {}, {}, {}


def _by_camera(image: Image.Image, exif: Any, details: dict[int, Any]) -> _Told:
    """EXIF, and what the formats have of their own: the fields of Windows, and the texts in a PNG."""
    info = image.info
    description = _ascii(exif.get(_DESCRIPTION)) or _plain(info.get("Description"))
    is_told = not any(phrase in description.upper() for phrase in _NO_DESCRIPTIONS)
    captions = (description if is_told else "", _wide(exif.get(_XP_SUBJECT)), _wide(exif.get(_XP_COMMENT)))
    return _Told(
        title=_wide(exif.get(_XP_TITLE)) or _plain(info.get("Title")),
        caption="\n".join(_different(captions)),
        keywords=tuple(_wide(exif.get(_XP_KEYWORDS)).split(";")),
        author=_ascii(exif.get(_ARTIST)) or _wide(exif.get(_XP_AUTHOR)) or _plain(info.get("Author")),
        dates=tuple(
            _date(_plain(folder.get(date)), _plain(details.get(offset)))
            for folder, date, offset in (
                (details, _DATE_ORIGINAL, _OFFSET_ORIGINAL),
                (details, _DATE_DIGITIZED, _OFFSET_DIGITIZED),
                (exif, _DATE, _OFFSET),
            )
        ),
    )


def _by_xmp(image: Image.Image) -> _Told:
    data = image.info.get("xmp") or b""
    for number, _, resource in getattr(image, "resources", ()):
        data = resource if number == _PHOTOSHOP_XMP else data
    found = properties(data) if isinstance(data, bytes) else {}

    def all_of(name: str) -> tuple[str, ...]:
        return tuple(map(_plain, found.get(name, ())))

    return _Told(
        title=_first(all_of("title")),
        caption="\n".join(_different([_first(all_of("headline")), _first(all_of("description"))])),
        keywords=all_of("keyword"),
        people=all_of("person"),
        author=_first(all_of("creator")),
        location=(*all_of("location"), *all_of("city"), *all_of("state"), *all_of("country")),
        dates=tuple(date for name in XMP_DATES for date in all_of(name)),
    )


def _by_iptc(image: Image.Image) -> _Told:
    try:
        found = IptcImagePlugin.getiptcinfo(image) or {}  # type: ignore[arg-type]  # nothing for other formats
    except BROKEN_EXIF:
        return _Told()

    def all_of(name: tuple[int, int]) -> tuple[str, ...]:
        values = found.get(name) or b""
        return tuple(map(_plain, values if isinstance(values, list) else [values]))

    time = _first(all_of(_IPTC_TIME))
    return _Told(
        title=_first(all_of(_IPTC_TITLE)),
        caption=_first(all_of(_IPTC_CAPTION)),
        keywords=all_of(_IPTC_KEYWORD),
        author=_first(all_of(_IPTC_AUTHOR)),
        location=tuple(_first(all_of(name)) for name in _IPTC_PLACES),
        dates=(f"{_first(all_of(_IPTC_DATE))}T{time}", _first(all_of(_IPTC_DATE))),
    )


def _plain(value: object) -> str:
    """A text field without the zeros and blanks that cameras pad it with."""
    if isinstance(value, bytes):
        value = value[: 4 * _MAX_CHARS]
        try:
            text = value.decode()
        except UnicodeDecodeError:
            text = value.decode("cp1252", errors="replace")  # as programs wrote before they knew of another
    else:
        text = str(value or "")[:_MAX_CHARS]
    return " ".join(text.replace("\0", " ").split())[:_MAX_CHARS]


def _ascii(value: object) -> str:
    """A field of EXIF: Pillow takes each of its bytes for a letter, whatever the program meant that wrote them."""
    return _plain(value.encode("latin-1", errors="replace") if isinstance(value, str) else value)


def _wide(value: object) -> str:
    """A field of Windows: UTF-16."""
    return _plain(value[: 2 * _MAX_CHARS].decode("utf-16-le", errors="replace") if isinstance(value, bytes) else "")


def _first(values: Iterable[str]) -> str:
    return next(filter(None, values), "")


def _different(values: Iterable[str]) -> list[str]:
    """Those that say something, without what an earlier one says already."""
    kept: list[str] = []
    for value in filter(None, values):
        if not any(value.casefold() in other.casefold() for other in kept):
            kept.append(value)
    return kept


def _joined(names: Iterable[str]) -> str:
    """Names in one line, each once."""
    stripped = filter(None, (name.strip() for name in names))
    return ", ".join(islice({name.casefold(): name for name in stripped}.values(), _MAX_NAMES))


def _named(text: str) -> str:
    """`text`, unless it is only dashes or zeros."""
    return text if any(map(str.isalpha, text)) else ""


def _camera(make: str, model: str) -> str:
    is_named = any(model.casefold().startswith(word) for word in make.casefold().split())
    return (model if is_named else f"{make} {model}").strip()


def _date(text: str, offset: str) -> str:
    """`2024:05:01 12:30:00` and `+02:00` in ISO 8601."""
    day, _, time = text.partition(" ")
    return f"{day.replace(':', '-')}T{time}{offset}"


def _spoken(created: str) -> str:
    """The date as people search for it."""
    if not created:
        return ""
    moment = datetime.fromisoformat(created)
    return f"{moment.day} {_MONTHS.split()[moment.month - 1]} {moment.year}"


def _place(gps: dict[int, Any]) -> str:
    try:
        latitude = _degrees(gps[_LATITUDE], negative=_plain(gps[_LATITUDE_REF]).startswith("S"))
        longitude = _degrees(gps[_LONGITUDE], negative=_plain(gps[_LONGITUDE_REF]).startswith("W"))
    except BROKEN_EXIF:
        return ""
    is_on_earth = abs(latitude) <= 90 and abs(longitude) <= 180 and (latitude or longitude)  # 0, 0 means: no fix
    return f"{latitude:.5f}, {longitude:.5f}" if is_on_earth else ""


def _degrees(value: Any, *, negative: bool) -> float:
    degrees, minutes, seconds = (float(part) for part in value)
    return (degrees + minutes / 60 + seconds / 3600) * (-1 if negative else 1)
