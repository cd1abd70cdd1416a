"""Reads one document: its text page by page, its own title and date, and the hash of its bytes.

Readers parse files from strangers: they hang, crash and eat memory. `read_contents` is therefore
for worker processes; everybody else uses `extraction.workers`. Importing this package loads no
reader: each is loaded by the first document of its format.
"""

from collections.abc import Callable, Iterator
from hashlib import blake2b
from importlib import import_module
from pathlib import Path
from typing import BinaryIO

from corpus import Contents, Document, Page
from errors import DocumentError
from extraction.kinds import HEAD_BYTES, KIND_OF_FORMAT, Format, kind_of
from extraction.lost_pages import pages_left_out
from extraction.reading import Reading, clean, explained
from secret_files import rule_of_head

EXTRACTOR_VERSION = 3  # raise it when a document would be read differently: then all are read again
MAX_PARSED_BYTES = 2 << 30
MAX_HASHED_BYTES = 512 << 20  # a slow disk reads that much within a worker's time

# Where each format is read: module of this package and function.
_READERS = {
    Format.PDF: "pdf.read",
    Format.DOCX: "office.read_docx",
    Format.PPTX: "office.read_pptx",
    Format.ODT: "office.read_odt",
    Format.ODP: "office.read_odp",
    Format.XLSX: "sheets.read_zipped",
    Format.ODS: "sheets.read_zipped",
    Format.XLS: "sheets.read_xls",
    Format.EPUB: "epub.read",
    Format.HTML: "web_page.read",
    Format.SVG: "web_page.read",
    Format.MARKDOWN: "plain_text.read",
    Format.TEXT: "plain_text.read",
    Format.CODE: "plain_text.read",
    Format.CSV: "plain_text.read",
    Format.JSON: "data_files.read_json",
    Format.XML: "data_files.read_xml",
    Format.TEX: "latex.read",
    Format.SUBTITLES: "subtitles.read",
    Format.ICS: "cards.read_calendar",
    Format.VCF: "cards.read_cards",
    Format.IPYNB: "notebook.read",
    Format.RTF: "rtf.read",
    Format.DOC: "old_office.read_doc",
    Format.PPT: "old_office.read_ppt",
    Format.OTHER_DOCUMENT: "old_office.read_other_document",
    Format.OTHER_SLIDES: "old_office.read_other_slides",
    Format.OTHER_SHEET: "old_office.read_other_sheet",
    Format.EML: "mail.read",
    Format.MBOX: "mailbox_file.read",
    Format.MSG: "outlook.read",
    Format.MOBI: "kindle.read",
    Format.FB2: "fictionbook.read",
    Format.XPS: "fixed_pages.read_xps",
    Format.CBZ: "fixed_pages.read_cbz",
    Format.PICTURE: "picture.read",
    Format.AUDIO: "audio.read",
    Format.VIDEO: "film.read",
    Format.ARCHIVE: "archives.read",
}
_READ_IN_PART = frozenset({Format.MBOX, Format.AUDIO, Format.VIDEO, Format.ARCHIVE})  # however large they are


def read_contents(document: Document) -> Contents:
    """Read one document.

    Videos, sound without tags and unknown binaries have contents without pages, as an empty file has: they are found
    by their names. `content_hash` is "" beyond `MAX_HASHED_BYTES`.

    Raises:
        DocumentError: It cannot be read; the reason is short and for people. Nothing else is raised for
            any bytes, short of the interpreter itself dying: see `extraction.workers`.
    """
    with explained(document.path):
        return _contents(document.path, with_members=document.with_members)


def _contents(path: Path, *, with_members: bool) -> Contents:
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
        if secret := rule_of_head(head):
            raise DocumentError(path, secret)
        form = kind_of(path, head)
        size_bytes = file.seek(0, 2)
        content_hash = _hash_of(file) if size_bytes <= MAX_HASHED_BYTES else ""
    if with_members and form is Format.ARCHIVE:
        from extraction import archive_contents  # noqa: PLC0415  - loads what only archives need

        reading = archive_contents.read(path, _reading)
    else:
        reading = _reading(path, form, size_bytes)
    return Contents(
        kind=KIND_OF_FORMAT[form],
        pages=tuple(_pages(reading)),
        title=" ".join(clean(reading.title).split()),
        created=reading.created,
        place=reading.place,
        content_hash=content_hash,
        picture_hash=reading.picture_hash,
        truncated=reading.truncated,
        lost_pages=pages_left_out(),
    )


def _pages(reading: Reading) -> Iterator[Page]:
    headings = reading.headings or ((),) * len(reading.texts)
    seconds = reading.seconds or (None,) * len(reading.texts)
    for number, (text, of_page, second) in enumerate(zip(reading.texts, headings, seconds, strict=True), start=1):
        yield Page(number, clean(text), of_page, second)


def _hash_of(file: BinaryIO) -> str:
    file.seek(0)
    digest = blake2b(digest_size=16)
    while block := file.read(1 << 20):
        digest.update(block)
    return digest.hexdigest()


def _reading(path: Path, form: Format, size_bytes: int) -> Reading:
    if form not in _READERS or not size_bytes:
        return Reading()
    if size_bytes > MAX_PARSED_BYTES and form not in _READ_IN_PART:
        raise DocumentError(path, f"too large: {size_bytes >> 20} MB")
    module, _, function = _READERS[form].partition(".")
    read: Callable[[Path], Reading] = getattr(import_module(f"extraction.{module}"), function)
    return read(path)
