"""Office files from before 2007, and those of other makers: read here where their format is simple enough, else by way
of LibreOffice where there is one.
"""

import struct
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from errors import DocumentError
from extraction import libreoffice, office, powerpoint97, sheets, word97
from extraction.compound_file import CompoundFile, opened_compound
from extraction.kinds import OLE_MAGIC
from extraction.reading import Reading

CONVERSION_TIME_S = 15.0  # a worker has 20 s for reading a document

_BROKEN = (ValueError, LookupError, OSError, RecursionError, struct.error)
# The format that LibreOffice is asked for, and who reads it then.
_READ_CONVERTED = {"odt": office.read_odt, "odp": office.read_odp, "ods": sheets.read_zipped}


def read_doc(path: Path) -> Reading:
    """A Word document from before 2007 as one page.

    Raises:
        DocumentError: It has a password, is too large, or damaged beyond what anything here can read.
    """
    return _own_or_converted(path, word97.read, suffix=".doc", target="odt")


def read_ppt(path: Path) -> Reading:
    """A PowerPoint slide show from before 2007, one page per slide.

    Raises:
        DocumentError: As `read_doc`.
    """
    return _own_or_converted(path, powerpoint97.read, suffix=".ppt", target="odp")


def read_other_document(path: Path) -> Reading:
    """A text of another word processor, such as WordPerfect, as one page.

    Raises:
        DocumentError: LibreOffice is not there, or cannot read it.
    """
    return _converted(path, suffix=path.suffix, target="odt", reason="another word processor's format")


def read_other_slides(path: Path) -> Reading:
    """Slides of another maker, such as Keynote, one page per slide.

    Raises:
        DocumentError: LibreOffice is not there, or cannot read it.
    """
    return _converted(path, suffix=path.suffix, target="odp", reason="another slide show's format")


def read_other_sheet(path: Path) -> Reading:
    """A workbook of another maker, such as Numbers, one page per sheet.

    Raises:
        DocumentError: LibreOffice is not there, or cannot read it.
    """
    return _converted(path, suffix=path.suffix, target="ods", reason="another spreadsheet's format")


def _own_or_converted(path: Path, read: Callable[[CompoundFile], Reading], *, suffix: str, target: str) -> Reading:
    with path.open("rb") as file:
        is_compound = file.read(len(OLE_MAGIC)) == OLE_MAGIC
    if not is_compound:
        return _converted(path, suffix=suffix, target=target, reason="a format from before 1993")
    try:
        with opened_compound(path) as compound:
            return read(compound)
    except _BROKEN as error:
        try:
            return _converted(path, suffix=suffix, target=target, reason="")
        except DocumentError:
            raise DocumentError(path, f"damaged ({type(error).__name__})") from error


def _converted(path: Path, *, suffix: str, target: str, reason: str) -> Reading:
    with TemporaryDirectory(prefix="office-") as folder:
        made = libreoffice.converted(path, Path(folder), suffix=suffix, target=target, time_s=CONVERSION_TIME_S)
        if made is None:
            missing = "" if libreoffice.program() else " without LibreOffice"
            raise DocumentError(path, f"unsupported{missing}: {reason}")
        try:
            return _READ_CONVERTED[target](made)
        except DocumentError as error:
            raise DocumentError(path, error.reason) from error  # not of the scratch folder, which nobody knows
