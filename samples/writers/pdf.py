"""PDF pages of flowing text."""

import pymupdf

from writers.markup import Paragraph, paragraphs

MARGIN_PT = 64
SIZES_PT = {"heading": 17, "bullet": 11, "body": 11}


def pdf(pages: list[str], *, title: str, created: str) -> bytes:
    """One PDF page per text, A4; `created` is an ISO date.

    Raises:
        ValueError: A text is too long for its page.
    """
    document = pymupdf.open()
    for markup in pages:
        _write_page(document.new_page(width=595, height=842), markup)
    stamp = f"D:{created.replace('-', '')}120000Z"
    document.set_metadata({"title": title, "producer": "samples", "creationDate": stamp, "modDate": stamp})
    content: bytes = document.tobytes(deflate=False, no_new_id=True)  # a new id would be random
    return content


def _write_page(page: pymupdf.Page, markup: str) -> None:
    top = MARGIN_PT
    for paragraph in paragraphs(markup):
        top += _write_paragraph(page, paragraph, top=top)


def _write_paragraph(page: pymupdf.Page, paragraph: Paragraph, *, top: float) -> float:
    """Height that the paragraph took, with the gap below it."""
    size = SIZES_PT[paragraph.kind]
    box = pymupdf.Rect(MARGIN_PT, top, 595 - MARGIN_PT, 842 - MARGIN_PT)
    words = f"•  {paragraph.text}" if paragraph.kind == "bullet" else paragraph.text
    left = page.insert_textbox(box, words, fontsize=size, fontname="helv", lineheight=1.4)
    if left < 0:
        raise ValueError(f"No room on the page for: {words[:40]}")
    return float(box.height - left + 8)
