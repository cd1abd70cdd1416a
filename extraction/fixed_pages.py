"""XPS, a PDF of another maker; and comics in a ZIP (.cbz), which are pages without text.

MuPDF reads XPS too, but takes minutes and gigabytes for a few flipped bits.
"""

import contextlib
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote
from xml.etree import ElementTree as ET
from xml.parsers import expat

from errors import DocumentError
from extraction.office import properties, relationships
from extraction.reading import MAX_PAGES, Reading, capped, iso_date
from extraction.zip_package import Package, open_package, resolve

_COMIC_PAGE = re.compile(r".*\.(?:jpe?g|png|gif|webp|avif|bmp|tiff?|jxl|jp2)", re.I | re.S)
_NUMBERS = re.compile(r"(\d+)")
_ABOUT_COMIC = "ComicInfo.xml"
_ADVANCE = re.compile(r",(\d+(?:\.\d*)?)")  # of a glyph, in hundredths of the size of its font
_USUAL_ADVANCE, _BLANK, _NEW_LINE = 0.5, 0.15, 0.5  # in sizes of the font


class _GlyphListener:
    """Collects the runs of glyphs of a page in the order in which they are drawn."""

    def __init__(self) -> None:
        self.parts = [""]
        self._x = self._y = 0.0  # where the run before ended

    def start(self, name: str, attributes: dict[str, str]) -> None:
        text = attributes.get("UnicodeString", "").removeprefix("{}")  # marks one that begins with a brace
        if name.rpartition("}")[2] != "Glyphs" or not text:
            return
        x, y, size = (_number(attributes.get(key, "")) for key in ("OriginX", "OriginY", "FontRenderingEmSize"))
        if abs(y - self._y) > _NEW_LINE * size:
            self.parts.append("\n")
        elif not -size < x - self._x < _BLANK * size and not self.parts[-1].endswith(" "):
            self.parts.append(" ")
        self.parts.append(text)
        advances = [_number(advance) / 100 for advance in _ADVANCE.findall(attributes.get("Indices", ""))]
        unsaid = max(0, len(text) - len(advances))
        self._x, self._y = x + size * (sum(advances) + _USUAL_ADVANCE * unsaid), y

    def end(self, name: str) -> None:
        pass

    def data(self, text: str) -> None:
        pass


def read_xps(path: Path) -> Reading:
    """One page of text per page.

    Raises:
        DocumentError: It has no pages, or unpacks to too much.
    """
    with open_package(path) as package:
        title, created = properties(package)
        pages = [page for document in _documents(package) for page in _sources(package, document, "PageContent")]
        if not pages:
            raise DocumentError(path, "damaged: no pages")
        texts, truncated = capped(_page_text(package, page) for page in pages)
    return Reading(texts, title=title, created=created, truncated=truncated)


def read_cbz(path: Path) -> Reading:
    """A comic: as many pages as there are pictures, the first with what its maker says of it."""
    with open_package(path) as package:
        pictures = comic_pages(package)
        if not pictures:
            raise DocumentError(path, "damaged: no pages")
        about = _about(package)
    words = [about.get(name, "") for name in ("Series", "Title", "Summary", "Writer", "Publisher")]
    texts = ["\n".join(filter(None, words)), *([""] * (len(pictures) - 1))][:MAX_PAGES]
    title = about.get("Title") or about.get("Series") or ""
    created = _date(about)
    return Reading(tuple(texts), title=title, created=created, truncated=len(pictures) > MAX_PAGES)


def comic_pages(package: Package) -> list[str]:
    """The pictures that a comic is made of, in the order of their names as people sort them."""
    names = [name for name in package.names if _COMIC_PAGE.fullmatch(name) and not name.startswith("__MACOSX/")]
    return sorted(names, key=lambda name: [part.zfill(12) for part in _NUMBERS.split(name.lower())])


def _documents(package: Package) -> Iterator[str]:
    for item in relationships(package, "").values():
        if item.role == "fixedrepresentation":
            yield from _sources(package, item.target, "DocumentReference")


def _sources(package: Package, part: str, name: str) -> list[str]:
    """The parts that `part` is made of, in order."""
    found = (element.get("Source", "") for element in package.xml(part).iterfind(f"{{*}}{name}"))
    return [resolve(part, unquote(source)) for source in found]


def _page_text(package: Package, page: str) -> str:
    """What is said before any damage; one broken page takes no good one along."""
    listener = _GlyphListener()
    if page in package.names:
        with contextlib.suppress(expat.ExpatError, ValueError):
            package.feed(page, listener)
    return "".join(listener.parts).strip()


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0


def _about(package: Package) -> dict[str, str]:
    try:
        root = package.xml(_ABOUT_COMIC)
    except (ET.ParseError, ValueError, DocumentError):
        return {}  # takes nothing from the pages
    return {element.tag.rpartition("}")[2]: (element.text or "").strip() for element in root}


def _date(about: dict[str, str]) -> str:
    year, month, day = (about.get(part, "") for part in ("Year", "Month", "Day"))
    return iso_date(f"{year:0>4}-{month or '1':0>2}-{day or '1':0>2}") if year else ""
