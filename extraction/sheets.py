"""XLSX, XLS and ODS: the values of every sheet as a person sees them, by calamine."""

import datetime as dt
from itertools import islice
from pathlib import Path

from python_calamine import CalamineSheet, CalamineWorkbook, PasswordError

from corpus import Heading
from errors import DocumentError
from extraction.headings import header_row, heading
from extraction.office import properties, refuse_encrypted_odf
from extraction.reading import Reading, capped, clean
from extraction.zip_package import open_package

MAX_SHEETS = 20
MAX_ROWS = 2_000
MAX_COLUMNS = 64
_HEADER_ROWS = 10  # a sheet's title and notes may stand above its header

_Cell = int | float | str | bool | dt.time | dt.date | dt.datetime | dt.timedelta


def read_zipped(path: Path) -> Reading:
    """XLSX or ODS: limits and metadata from the container, then the cells."""
    with open_package(path) as package:
        refuse_encrypted_odf(package)
        package.check_all("xl/")
        package.check_all("content.xml")
        title, created = properties(package)
    return _workbook(path, title=title, created=created)


def read_xls(path: Path) -> Reading:
    """The binary format before 2007."""
    return _workbook(path, title="", created="")


def _workbook(path: Path, *, title: str, created: str) -> Reading:
    try:
        with CalamineWorkbook.from_path(path) as workbook:
            names = workbook.sheet_names
            sheets = [workbook.get_sheet_by_index(index) for index in range(min(len(names), MAX_SHEETS))]
            texts, truncated = capped(_sheet_text(sheet) for sheet in sheets)
    except PasswordError as error:
        raise DocumentError(path, "encrypted") from error
    except BaseException as error:
        if type(error).__module__ != "pyo3_runtime":
            raise
        # A panic in Rust comes as a BaseException, so that nobody swallows it by accident.
        raise DocumentError(path, "damaged: the reader gave up") from error
    texts = tuple(map(clean, texts))
    cut = len(names) > MAX_SHEETS or any(s.height > MAX_ROWS or s.width > MAX_COLUMNS for s in sheets)
    headings = tuple(map(_headings, texts))
    return Reading(texts, title=title, created=created, truncated=truncated or cut, headings=headings)


def _sheet_text(sheet: CalamineSheet) -> str:
    """The sheet's name, then one line per row that is not empty, cells apart by tabs."""
    lines = [sheet.name]
    for row in islice(sheet.iter_rows(), MAX_ROWS):
        line = "\t".join(_cell_text(cell) for cell in row[:MAX_COLUMNS]).rstrip("\t")
        if line:
            lines.append(line)
    return "\n".join(lines)


def _headings(text: str) -> tuple[Heading, ...]:
    """The sheet's name, and its header row: the first of the rows at its top that is one."""
    name, *rows = text.split("\n", _HEADER_ROWS + 1)
    headings = [heading(0, 1, name)] if name.strip() else []
    start_char = len(name) + 1
    for row in rows[:_HEADER_ROWS]:
        if found := header_row(start_char, row, row.split("\t"), level=2):
            return (*headings, found)
        start_char += len(row) + 1
    return tuple(headings)


def _cell_text(cell: _Cell) -> str:
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))  # calamine gives every number as a float
    if isinstance(cell, dt.datetime) and cell.time() == dt.time():
        return cell.date().isoformat()
    return " ".join(str(cell).split())
