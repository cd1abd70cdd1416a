"""Slide shows for a model that sees: drawn by LibreOffice where there is one, else the largest picture of each slide.

LibreOffice runs as a child of the worker, within its memory, in a scratch folder with settings of its own: these keep
macros and whatever a slide links to, a picture on the web among them, from being fetched or run.
"""

import contextlib
import io
import math
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image

from errors import DocumentError
from extraction.office import main_part, refuse_encrypted_odf, relationships
from extraction.page_views import pdf, rgb_pixels, unbroken
from extraction.picture import FORMATS
from extraction.reading import MAX_PAGES
from extraction.rendering import LIMIT_PX
from extraction.views import View, ViewOptions
from extraction.zip_package import Package, open_package, resolve

CONVERSION_TIME_S = 30.0  # it takes 2 s, and pages must be drawn afterwards
MAX_CONVERTED_BYTES = 256 << 20
_LEAST_PX = 100 * 100  # a smaller picture is a bullet or an icon
_NOWHERE = "127.0.0.1"
_NO_PORT = "9"

# Hidden slides count, or the others would not have the numbers that their texts have.
_TARGET = 'pdf:impress_pdf_Export:{"ExportHiddenSlides":{"type":"boolean","value":"true"}}'
_SETTINGS = (
    ("Office.Common/Security/Scripting", "BlockUntrustedRefererLinks", "true"),
    ("Office.Common/Security/Scripting", "DisableMacrosExecution", "true"),
    ("Office.Common/Security/Scripting", "MacroSecurityLevel", "3"),
    # Should anything be fetched all the same, then by way of a proxy that is not there.
    ("Inet/Settings", "ooInetProxyType", "2"),
    ("Inet/Settings", "ooInetHTTPProxyName", _NOWHERE),
    ("Inet/Settings", "ooInetHTTPProxyPort", _NO_PORT),
    ("Inet/Settings", "ooInetHTTPSProxyName", _NOWHERE),
    ("Inet/Settings", "ooInetHTTPSProxyPort", _NO_PORT),
)
_SETTINGS_HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<oor:items xmlns:oor="http://openoffice.org/2001/registry" '
    'xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
)


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
        pages = _converted(package.path, Path(folder), suffix)
        if pages is not None:
            yield from pdf(pages, options)
            return
    pictures = _pptx_pictures(package) if suffix == ".pptx" else _odp_pictures(package)
    views = unbroken(range(1, min(len(pictures), MAX_PAGES) + 1), lambda n: _largest(package, pictures[n - 1], n))
    yield from islice(views, options.max_views)


def _converted(path: Path, folder: Path, suffix: str) -> Path | None:
    """The slides as a PDF in `folder`; None without LibreOffice, or where it fails or takes too long."""
    program = shutil.which("soffice")
    if program is None or path.stat().st_size > MAX_CONVERTED_BYTES:
        return None
    copy = folder / f"slides{suffix}"  # it writes a lock beside what it opens
    shutil.copyfile(path, copy)
    profile = folder / "profile"
    _write_settings(profile / "user" / "registrymodifications.xcu")
    quiet = ("--headless", "--norestore", "--nologo", "--nodefault")
    place = ("--outdir", str(folder), str(copy))
    _run([program, *quiet, f"-env:UserInstallation={profile.as_uri()}", "--convert-to", _TARGET, *place])
    pages = copy.with_suffix(".pdf")
    return pages if pages.exists() and pages.stat().st_size else None


def _write_settings(path: Path) -> None:
    items = (
        f'<item oor:path="/org.openoffice.{place}"><prop oor:name="{name}" oor:op="fuse">'
        f"<value>{value}</value></prop></item>"
        for place, name, value in _SETTINGS
    )
    path.parent.mkdir(parents=True)
    path.write_text(f"{_SETTINGS_HEAD}{''.join(items)}</oor:items>\n", encoding="utf-8")


def _run(command: list[str]) -> None:
    """Run it to its end, or kill it and all that it started when the time is up."""
    null = subprocess.DEVNULL
    limits = None if sys.platform == "win32" else _limit_processor
    process = subprocess.Popen(  # in a worker there is one thread only, so that a function may run before the program
        command,
        stdin=null,
        stdout=null,
        stderr=null,
        start_new_session=True,
        preexec_fn=limits,  # noqa: PLW1509
    )
    try:
        process.wait(CONVERSION_TIME_S)
    except subprocess.TimeoutExpired:
        if sys.platform == "win32":
            process.kill()
        else:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _limit_processor() -> None:
    """For the case that the worker is killed first and nobody is left to end what hangs."""
    import resource  # noqa: PLC0415  - does not exist on Windows

    limit_s = math.ceil(CONVERSION_TIME_S)
    resource.setrlimit(resource.RLIMIT_CPU, (limit_s, limit_s))


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
            with Image.open(io.BytesIO(data), formats=FORMATS) as picture:
                area_px = picture.width * picture.height
            if best[0] < area_px <= LIMIT_PX:
                best = area_px, data
    if not best[1]:
        return None
    with Image.open(io.BytesIO(best[1]), formats=FORMATS) as picture:
        return View(number, rgb_pixels(picture))
