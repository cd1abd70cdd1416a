"""Jupyter notebooks: what was written into the cells, not the charts that came out."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from errors import DocumentError
from extraction.plain_text import decode, read_head
from extraction.reading import Reading

MAX_NOTEBOOK_BYTES = 64 << 20  # most of a large one are pictures in base64


def read(path: Path) -> Reading:
    """All cells as one page, a blank line between them."""
    data, too_large = read_head(path, MAX_NOTEBOOK_BYTES)
    if too_large:
        raise DocumentError(path, f"too large: a notebook of more than {MAX_NOTEBOOK_BYTES >> 20} MB")
    notebook = json.loads(decode(data))
    sheets = [notebook, *notebook.get("worksheets", ())]  # before version 4 cells were in worksheets
    texts = [text for sheet in sheets for cell in sheet.get("cells", ()) for text in _cell_texts(cell)]
    return Reading(("\n\n".join(texts),))


def _cell_texts(cell: dict[str, Any]) -> Iterator[str]:
    yield _joined(cell.get("source", cell.get("input", "")))
    for output in cell.get("outputs", ()):
        yield _joined(output.get("text", ""))


def _joined(lines: str | list[str]) -> str:
    return lines if isinstance(lines, str) else "".join(lines)
