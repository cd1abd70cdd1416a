"""XMP, the XML that programs for photos put into them: what people have written about a picture.

Our own, because Pillow reads it only with one more package, and as a tree as deep as a stranger likes.
"""

import contextlib
from xml.parsers import expat

from extraction.zip_package import parse_xml

MAX_BYTES = 4 << 20  # with all that an editor did to the picture, it may have hundreds of kilobytes
_MAX_VALUES = 1_000
_MAX_CHARS = 4_000

_DC = "http://purl.org/dc/elements/1.1/"
_PHOTOSHOP = "http://ns.adobe.com/photoshop/1.0/"
_IPTC_CORE = "http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/"
XMP_DATES = ("date original", "date created", "date made")  # the best first
_NAMES = {
    f"{_DC}}}title": "title",
    f"{_DC}}}description": "description",
    f"{_DC}}}subject": "keyword",
    f"{_DC}}}creator": "creator",
    f"{_PHOTOSHOP}}}Headline": "headline",
    f"{_PHOTOSHOP}}}City": "city",
    f"{_PHOTOSHOP}}}State": "state",
    f"{_PHOTOSHOP}}}Country": "country",
    f"{_PHOTOSHOP}}}DateCreated": XMP_DATES[1],
    f"{_IPTC_CORE}}}Location": "location",
    "http://iptc.org/std/Iptc4xmpExt/2008-02-29/}PersonInImage": "person",
    "http://www.metadataworkinggroup.com/schemas/regions/}Name": "person",
    "http://ns.microsoft.com/photo/1.2/t/Region#}PersonDisplayName": "person",
    "http://ns.adobe.com/exif/1.0/}DateTimeOriginal": XMP_DATES[0],
    "http://ns.adobe.com/xap/1.0/}CreateDate": XMP_DATES[2],
}


def properties(data: bytes) -> dict[str, list[str]]:
    """What is known of a picture, by the names that `_NAMES` gives; as far as the XML is whole, and has no DTD."""
    found: dict[str, list[str]] = {}
    if 0 < len(data) <= MAX_BYTES:
        with contextlib.suppress(expat.ExpatError, ValueError, LookupError):
            parse_xml(data.strip(b"\0 \r\n"), _Listener(found))
    return found


class _Listener:
    """Collects attributes, and the texts of elements and of what lists below them hold."""

    def __init__(self, found: dict[str, list[str]]) -> None:
        self._found = found
        self._names: list[str] = []  # of the elements around, "" for those without a name of ours
        self._text = ""

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self._names.append(_NAMES.get(name, self._names[-1] if self._names else ""))
        self._text = ""
        for key, value in attributes.items():
            self._take(_NAMES.get(key, ""), value)

    def data(self, text: str) -> None:
        self._text += text[: _MAX_CHARS - len(self._text)]

    def end(self, _: str) -> None:
        self._take(self._names.pop(), self._text)
        self._text = ""

    def _take(self, name: str, value: str) -> None:
        values = self._found.setdefault(name, []) if name and value.strip() else None
        if values is not None and len(values) < _MAX_VALUES:
            values.append(value.strip())
