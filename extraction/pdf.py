"""PDF: the text of every page, by MuPDF."""

import os
import re
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from errors import DocumentError
from extraction.reading import Reading, capped, iso_date

# PyMuPDF 2 imports its layout models and with them onnxruntime, which reports to its maker on
# import (docs/adr/0001). We pin 1.28, which has neither; should somebody raise the pin, it stays
# quiet: `None` makes the import fail, and PyMuPDF does without. The test that reads a PDF in a
# fresh home and watches sockets and files holds this.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
for _module in ("pymupdf.layout", "onnxruntime"):
    sys.modules.setdefault(_module, None)  # type: ignore[arg-type]  # documented meaning of None in sys.modules

import pymupdf  # noqa: E402  - only after the two lines above

pymupdf.TOOLS.mupdf_display_errors(False)
pymupdf.TOOLS.mupdf_display_warnings(False)

# Without TEXT_PRESERVE_LIGATURES they are taken apart, so that "efficient" is found.
_TEXT_FLAGS = pymupdf.TEXT_PRESERVE_WHITESPACE | pymupdf.TEXT_MEDIABOX_CLIP
# MuPDF's own TEXT_DEHYPHENATE missed most. It also joins "client-server" at the end of a line, which is rarer.
_BROKEN_WORD = re.compile(r"(?<=[^\W\d_])-\n(?=[^\W\d_A-Z])")


def read(path: Path) -> Reading:
    """One page of text per page, "" for a scanned one.

    Raises:
        DocumentError: It needs a password, has no pages, or needs too much memory.
    """
    try:
        with pymupdf.open(path, filetype="pdf") as document:
            if document.needs_pass:
                raise DocumentError(path, "encrypted")
            if not document.page_count:
                raise DocumentError(path, "damaged: no pages")
            texts, truncated = capped(_page_texts(document))
            return Reading(texts, title=_title(document), created=_created(document), truncated=truncated)
    except RuntimeError as error:
        if "malloc" in str(error):
            raise MemoryError from error
        raise


def _page_texts(document: pymupdf.Document) -> Iterator[str]:
    for number in range(document.page_count):
        try:
            blocks = document[number].get_text("blocks", flags=_TEXT_FLAGS)
        except (RuntimeError, ValueError) as error:
            if "malloc" in str(error):
                raise
            yield ""  # one broken page takes no good one along
        else:
            # Blocks are paragraphs, roughly, and end with a line end already.
            yield _BROKEN_WORD.sub("", "\n".join(text for *_, text, _number, _type in blocks))


def _title(document: pymupdf.Document) -> str:
    return (document.metadata or {}).get("title") or ""


def _created(document: pymupdf.Document) -> str:
    """`/CreationDate`, such as D:20240501123000+02'00', as ISO 8601."""
    text = ((document.metadata or {}).get("creationDate") or "").removeprefix("D:")
    digits, zone = text[:14], text[14:].replace("'", "")
    try:
        moment = datetime.strptime(digits.ljust(14, "0"), "%Y%m%d%H%M%S")  # noqa: DTZ007  - the zone follows
    except ValueError:
        return ""
    zone = f"{zone[:3]}:{zone[3:5]}" if len(zone) == 5 and zone[0] in "+-" else ""
    return iso_date(moment.isoformat() + zone)
