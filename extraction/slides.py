"""Slide shows for a model that sees: drawn by LibreOffice where there is one, else by the largest picture of each."""

import contextlib
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

from errors import DocumentError
from extraction.libreoffice import converted
from extraction.office import main_part, refuse_encrypted_odf, relationships
from extraction.page_views import pdf, rgb_pixels, unbroken
from extraction.picture_file import opened
from extraction.reading import MAX_PAGES
from extraction.views import Pixels, View, ViewOptions
from extraction.zip_package import Package, open_package, resolve

CONVERSION_TIME_S = 30.0  # it takes 2 s, and pages must be drawn afterwards
_LEAST_PX = 100 * 100  # a smaller picture is a bullet or an icon

# Hidden slides count, or the others would not have the numbers that their texts have.
_TARGET = 'pdf:impress_pdf_Export:{"ExportHiddenSlides":{"type":"boolean","value":"true"}}'


def pptx(path: Path, options: ViewOptions) -> Iterator[View]:
    """Slides of a PowerPoint file."""
    with open_package(path) as package:
        yield from _slides(package, ".pptx", options)


def odp(path: Path, options: ViewOptions) -> Iterator[View]:
    """Slides of an OpenDocument presentation."""
    with open_package(path) as package:
        refuse_encrypted_odf(package)
        yield from _slides(package, ".odp", options)


def _slides(package: Package, suffix: str, options: ViewOptions) -> Iterator[View]:
    with TemporaryDirectory(prefix="slides-") as folder:
        pages = converted(package.path, Path(folder), suffix=suffix, target=_TARGET, time_s=CONVERSION_TIME_S)
        if pages is not None:
            yield from pdf(pages, options)
            return
    pictures = _pictures(package, suffix)
    views = unbroken(range(1, min(len(pictures), MAX_PAGES) + 1), lambda n: _largest(package, pictures[n - 1], n))
    yield from islice(views, options.max_views)


def first_slide(package: Package, suffix: str) -> "Pixels | None":
    """The largest picture on the first slide, at full size; None without one."""
    pictures = _pictures(package, suffix)
    view = _largest(package, pictures[0], 1) if pictures else None
    return view.pixels if view else None


def _pictures(package: Package, suffix: str) -> list[list[str]]:
    return _pptx_pictures(package) if suffix == ".pptx" else _odp_pictures(package)


def _pptx_pictures(package: Package) -> list[list[str]]:
    """The members that the pictures on each slide are, in the order of the slides."""
    main = main_part(package)
    related = relationships(package, main)
    order = [
        next((value for name, value in slide.items() if name.endswith("}id")), "")
        for slide in package.xml(main).iterfind(".//{*}sldIdLst/{*}sldId")
    ]
    slides = [related[identity].target for identity in order if identity in related]
    return [
        [item.target for item in relationships(package, slide).values() if item.role == "image"] for slide in slides
    ]


def _odp_pictures(package: Package) -> list[list[str]]:
    listener = _PictureListener()
    package.feed("content.xml", listener)
    return listener.pages


class _PictureListener:
    """Collects what the pictures on each slide of an ODP are called."""

    def __init__(self) -> None:
        self.pages: list[list[str]] = []

    def start(self, name: str, attributes: dict[str, str]) -> None:
        local = name.rpartition("}")[2]
        if local == "page":
            self.pages.append([])
        elif local == "image" and self.pages:
            target = next((value for key, value in attributes.items() if key.endswith("}href")), "")
            self.pages[-1].append(resolve("content.xml", target))

    def end(self, name: str) -> None:
        pass

    def data(self, text: str) -> None:
        pass


def _largest(package: Package, names: list[str], number: int) -> View | None:
    """The largest of these pictures as the view of slide `number`; None when all are small or none of ours."""
    best: tuple[int, bytes] = (_LEAST_PX - 1, b"")
    for name in dict.fromkeys(names):
        with contextlib.suppress(DocumentError, OSError):  # missing, too large, or drawn instead of a raster
            data = package.read(name)
            with opened(package.path, data) as picture:
                best = max(best, (picture.width * picture.height, data), key=lambda found: found[0])
    if not best[1]:
        return None
    with opened(package.path, best[1]) as picture:
        return View(number, rgb_pixels(picture))
