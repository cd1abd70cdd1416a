"""Writes the smallest honest document of each format, every one saying `SENTENCE`."""

import io
import json
import struct
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import pymupdf
from PIL import Image

from corpus import Document

SENTENCE = "The quick brown fox naps."

_W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
_R = 'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
_A = 'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"'
_P = 'xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main"'
_RELS = "http://schemas.openxmlformats.org/package/2006/relationships"
_ROLES = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_ODF = " ".join(
    f'xmlns:{prefix}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
    for prefix, name in {
        "office": "office",
        "text": "text",
        "table": "table",
        "draw": "drawing",
        "presentation": "presentation",
        "meta": "meta",
    }.items()
)


def document_at(path: Path) -> Document:
    status = path.stat()
    return Document(path, status.st_size, status.st_mtime_ns, status.st_ino)


def write_zip(path: Path, members: Mapping[str, str | bytes]) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        for name, text in members.items():
            package.writestr(name, text, zipfile.ZIP_STORED if name == "mimetype" else None)


def relationships(*targets: tuple[str, str, str]) -> str:
    lines = [
        f'<Relationship Id="{identity}" Type="{_ROLES}/{role}" Target="{target}"/>'
        for identity, role, target in targets
    ]
    return f'<Relationships xmlns="{_RELS}">{"".join(lines)}</Relationships>'


def core_properties(title: str, created: str) -> str:
    return (
        '<cp:coreProperties xmlns:cp="x" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="y">'
        f"<dc:title>{title}</dc:title><dcterms:created>{created}</dcterms:created></cp:coreProperties>"
    )


def write_docx(path: Path, *, body: str = f"<w:p><w:r><w:t>{SENTENCE}</w:t></w:r></w:p>", **parts: str) -> None:
    """`parts` are further members of `word/` by role: `footnotes="<w:p>..."`."""
    members = {
        "[Content_Types].xml": "<Types/>",
        "_rels/.rels": relationships(("r1", "officeDocument", "/word/document.xml")),
        "word/_rels/document.xml.rels": relationships(*((role, role, f"{role}.xml") for role in parts)),
        "word/document.xml": f"<w:document {_W}><w:body>{body}</w:body></w:document>",
        "docProps/core.xml": core_properties("Fox report", "2024-05-01T12:30:00Z"),
    }
    write_zip(path, members | {f"word/{role}.xml": f"<w:x {_W}>{xml}</w:x>" for role, xml in parts.items()})


def _slide(text: str) -> str:
    return f"<p:sld {_P} {_A}><a:p><a:r><a:t>{text}</a:t></a:r></a:p></p:sld>"


def write_pptx(path: Path) -> None:
    """Two slides, shown in the opposite order of their file names; the first has notes."""
    number = '<a:p><a:fld type="slidenum"><a:t>77</a:t></a:fld></a:p>'
    write_zip(
        path,
        {
            "[Content_Types].xml": "<Types/>",
            "_rels/.rels": relationships(("r1", "officeDocument", "ppt/presentation.xml")),
            "ppt/presentation.xml": f'<p:presentation {_P} {_R}><p:sldIdLst><p:sldId id="256" r:id="r8"/>'
            '<p:sldId id="257" r:id="r7"/></p:sldIdLst></p:presentation>',
            "ppt/_rels/presentation.xml.rels": relationships(
                ("r7", "slide", "slides/slide1.xml"), ("r8", "slide", "slides/slide2.xml")
            ),
            "ppt/slides/slide1.xml": _slide("Shown last"),
            "ppt/slides/slide2.xml": _slide(SENTENCE),
            "ppt/slides/_rels/slide2.xml.rels": relationships(("n", "notesSlide", "../notesSlides/notes1.xml")),
            "ppt/notesSlides/notes1.xml": _slide("Do not wake it").replace("</p:sld>", number + "</p:sld>"),
        },
    )


def write_picture_pptx(path: Path, slides: list[dict[str, bytes]]) -> None:
    """One slide for each of `slides`, with pictures by their names."""
    numbers = range(1, len(slides) + 1)
    shown = "".join(f'<p:sldId id="{255 + n}" r:id="r{n}"/>' for n in numbers)
    members: dict[str, str | bytes] = {
        "[Content_Types].xml": "<Types/>",
        "_rels/.rels": relationships(("r1", "officeDocument", "ppt/presentation.xml")),
        "ppt/presentation.xml": f"<p:presentation {_P} {_R}><p:sldIdLst>{shown}</p:sldIdLst></p:presentation>",
        "ppt/_rels/presentation.xml.rels": relationships(*((f"r{n}", "slide", f"slides/s{n}.xml") for n in numbers)),
    }
    for number, pictures in zip(numbers, slides, strict=True):
        targets = ((f"i{place}", "image", f"../media/{name}") for place, name in enumerate(pictures))
        members[f"ppt/slides/s{number}.xml"] = _slide(SENTENCE)
        members[f"ppt/slides/_rels/s{number}.xml.rels"] = relationships(*targets)
        members |= {f"ppt/media/{name}": data for name, data in pictures.items()}
    write_zip(path, members)


def write_picture_odp(path: Path, slides: list[dict[str, bytes]]) -> None:
    """The same as OpenDocument."""
    xlink = 'xmlns:xlink="http://www.w3.org/1999/xlink"'
    images = ["".join(f'<draw:image xlink:href="Pictures/{name}"/>' for name in pictures) for pictures in slides]
    pages = "".join(f"<draw:page><draw:frame>{image}</draw:frame></draw:page>" for image in images)
    members = {f"Pictures/{name}": data for pictures in slides for name, data in pictures.items()}
    _write_odf(path, "presentation", f"<office:presentation {xlink}>{pages}</office:presentation>", members)


def _write_odf(path: Path, mimetype: str, body: str, more: Mapping[str, bytes] | None = None) -> None:
    meta = (
        f'<office:document-meta {_ODF} xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>Fox report</dc:title>'
        "<meta:creation-date>2024-05-01T12:30:00</meta:creation-date></office:document-meta>"
    )
    content = f"<office:document-content {_ODF}><office:body>{body}</office:body></office:document-content>"
    members = {"mimetype": f"application/vnd.oasis.opendocument.{mimetype}", "content.xml": content, "meta.xml": meta}
    members["META-INF/manifest.xml"] = "<manifest/>"
    write_zip(path, {**members, **(more or {})})


def write_odt(path: Path, *, body: str = f"<text:h>Zoo</text:h><text:p>{SENTENCE}</text:p>") -> None:
    _write_odf(path, "text", f"<office:text>{body}</office:text>")


def write_odp(path: Path) -> None:
    notes = "<presentation:notes><text:p>Do not wake it</text:p></presentation:notes>"
    pages = (
        f"<draw:page><text:p>{SENTENCE}</text:p>{notes}</draw:page><draw:page><text:p>Shown last</text:p></draw:page>"
    )
    _write_odf(path, "presentation", f"<office:presentation>{pages}</office:presentation>")


def write_ods(path: Path) -> None:
    cells = f'<table:table-cell office:value-type="string"><text:p>{SENTENCE}</text:p></table:table-cell>'
    cells += '<table:table-cell office:value-type="float" office:value="42"><text:p>42</text:p></table:table-cell>'
    table = f'<table:table table:name="Zoo"><table:table-row>{cells}</table:table-row></table:table>'
    _write_odf(path, "spreadsheet", f"<office:spreadsheet>{table}</office:spreadsheet>")


def write_xlsx(path: Path, *, rows: str = "", sheet_count: int = 1) -> None:
    main = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    rows = rows or f'<row r="1"><c r="A1" t="inlineStr"><is><t>{SENTENCE}</t></is></c><c r="B1"><v>42</v></c></row>'
    numbers = range(1, sheet_count + 1)
    sheets = "".join(f'<sheet name="Zoo {number}" sheetId="{number}" r:id="r{number}"/>' for number in numbers)
    members = {
        "[Content_Types].xml": "<Types/>",
        "_rels/.rels": relationships(("r1", "officeDocument", "xl/workbook.xml")),
        "xl/workbook.xml": f"<workbook {main} {_R}><sheets>{sheets}</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": relationships(
            *((f"r{n}", "worksheet", f"worksheets/sheet{n}.xml") for n in numbers)
        ),
        "docProps/core.xml": core_properties("Fox report", "2024-05-01T12:30:00Z"),
    }
    sheet = f"<worksheet {main}><sheetData>{rows}</sheetData></worksheet>"
    write_zip(path, members | {f"xl/worksheets/sheet{number}.xml": sheet for number in numbers})


def _biff(kind: int, payload: bytes) -> bytes:
    return struct.pack("<HH", kind, len(payload)) + payload


def write_xls(path: Path) -> None:
    """One sheet, one cell: a BIFF8 stream in a compound file of six sectors. Sources: MS-XLS, MS-CFB."""
    text = struct.pack("<HHHHB", 0, 0, 0, len(SENTENCE), 0) + SENTENCE.encode()
    sheet = _biff(0x809, struct.pack("<HHHHII", 0x600, 0x10, 0, 0, 0, 0)) + _biff(0x204, text) + _biff(0x0A, b"")
    start = _biff(0x809, struct.pack("<HHHHII", 0x600, 0x05, 0, 0, 0, 0))
    offset = len(start) + 4 + 11 + 4
    stream = start + _biff(0x85, struct.pack("<IBBBB", offset, 0, 0, 3, 0) + b"Zoo") + _biff(0x0A, b"") + sheet
    stream = stream.ljust(4096, b"\0")
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16)
    header += struct.pack("<HHHHH6xIIIIIIIII", 0x3E, 3, 0xFFFE, 9, 6, 0, 1, 1, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0)
    header += struct.pack("<109I", 0, *[0xFFFFFFFF] * 108)
    chain = [0xFFFFFFFD, 0xFFFFFFFE, 3, 4, 5, 6, 7, 8, 9, 0xFFFFFFFE]
    table = struct.pack("<128I", *chain, *[0xFFFFFFFF] * (128 - len(chain)))
    path.write_bytes(
        header
        + table
        + _ole_entry("Root Entry", 5, 1, 0xFFFFFFFE, 0)
        + _ole_entry("Workbook", 2, -1, 2, 4096)
        + bytes(256)
        + stream
    )


def _ole_entry(name: str, kind: int, child: int, sector: int, size: int) -> bytes:
    encoded = (name + "\0").encode("utf-16-le")
    tree = struct.pack("<BBiii", kind, 1, -1, -1, child)
    return (
        encoded.ljust(64, b"\0") + struct.pack("<H", len(encoded)) + tree + bytes(36) + struct.pack("<IQ", sector, size)
    )


def write_epub(path: Path, *, first: str = f"<p>{SENTENCE}</p>") -> None:
    """Two chapters; the file names are in the opposite of the reading order."""
    head = '<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><head><title/></head>'
    page = head + "<body>{}</body></html>"
    items = '<item id="a" href="text/2.xhtml"/><item id="b" href="text/a%20last.xhtml"/>'
    opf = (
        '<package xmlns="http://www.idpf.org/2007/opf" xmlns:dc="http://purl.org/dc/elements/1.1/"><metadata>'
        f"<dc:title>Fox report</dc:title><dc:date>2024-05-01</dc:date></metadata><manifest>{items}</manifest>"
        '<spine><itemref idref="a"/><itemref idref="b"/></spine></package>'
    )
    container = '<container xmlns="c"><rootfiles><rootfile full-path="OEBPS/content.opf"/></rootfiles></container>'
    write_zip(
        path,
        {
            "mimetype": "application/epub+zip",
            "META-INF/container.xml": container,
            "OEBPS/content.opf": opf,
            "OEBPS/text/2.xhtml": page.format(first),
            "OEBPS/text/a last.xhtml": page.format("<p>Shown last</p>"),
        },
    )


def write_cover_epub(path: Path) -> None:
    """A book whose first page is nothing but a square teal cover."""
    items = '<item id="a" href="1.xhtml" media-type="application/xhtml+xml"/><item id="c" href="cover.png"/>'
    opf = (
        '<package xmlns="http://www.idpf.org/2007/opf" version="2.0"><manifest>'
        f'{items}</manifest><spine><itemref idref="a"/></spine></package>'
    )
    rootfile = '<rootfile full-path="book.opf" media-type="application/oebps-package+xml"/>'
    names = 'xmlns="urn:oasis:names:tc:opendocument:xmlns:container" version="1.0"'
    members = {
        "mimetype": "application/epub+zip",
        "META-INF/container.xml": f"<container {names}><rootfiles>{rootfile}</rootfiles></container>",
        "book.opf": opf,
        "1.xhtml": '<html xmlns="http://www.w3.org/1999/xhtml"><body><img src="cover.png" alt=""/></body></html>',
        "cover.png": encoded(Image.new("RGB", (300, 300), "teal")),
    }
    write_zip(path, members)


def encoded(picture: Image.Image, form: str = "PNG") -> bytes:
    file = io.BytesIO()
    picture.save(file, form)
    return file.getvalue()


def write_pdf(path: Path, *, pages: tuple[str, ...] = (SENTENCE, "", "Shown last"), password: str = "") -> None:
    with pymupdf.open() as document:
        for text in pages:
            document.new_page().insert_text((72, 72), text)
        document.set_metadata({"title": "Fox report", "creationDate": "D:20240501123000+02'00'"})
        method = pymupdf.PDF_ENCRYPT_AES_256 if password else pymupdf.PDF_ENCRYPT_NONE
        document.save(path, encryption=method, user_pw=password or None, owner_pw=password or None)


def write_picture(path: Path, *, size: tuple[int, int] = (640, 480)) -> None:
    """A slanted gradient with a dark corner, and EXIF of a camera in Lisbon."""
    picture = Image.linear_gradient("L").resize(size).rotate(30).convert("RGB")
    exif = Image.Exif()
    exif[0x010E], exif[0x010F], exif[0x0110] = "A fox naps", "Nikon", "Nikon Z6"
    exif.get_ifd(0x8769).update({0x9003: "2024:05:01 12:30:00", 0x9011: "+02:00"})
    exif.get_ifd(0x8825).update({1: "N", 2: (38.0, 43.0, 19.2), 3: "W", 4: (9.0, 8.0, 21.84)})
    picture.save(path, exif=exif)


def write_notebook(path: Path) -> None:
    cells = [
        {"cell_type": "markdown", "source": ["# Zoo\n", SENTENCE]},
        {"cell_type": "code", "source": "print(42)", "outputs": [{"output_type": "stream", "text": ["42\n"]}]},
    ]
    path.write_text(json.dumps({"nbformat": 4, "cells": cells}))


def write_mail(path: Path) -> None:
    headers = (
        "From: Ada <ada@example.org>",
        "To: ben@example.org",
        "Subject: =?utf-8?q?F=C3=BCchse?=",
        "Date: Wed, 01 May 2024 12:30:00 +0200",
        "Content-Type: multipart/mixed; boundary=B",
    )
    text = ("--B", "Content-Type: text/plain; charset=utf-8", "", SENTENCE)
    attachment = (
        "--B",
        "Content-Type: application/pdf",
        "Content-Disposition: attachment; filename=zoo.pdf",
        "",
        "xyz",
    )
    path.write_bytes("\r\n".join((*headers, "", *text, *attachment, "--B--", "")).encode())


def write_rtf(path: Path) -> None:
    path.write_bytes(rb"{\rtf1\ansi{\fonttbl{\f0 Arial;}}\f0 " + SENTENCE.encode() + rb"\par caf\'e9}")


def write_html(path: Path) -> None:
    path.write_text(
        "<html><head><title>Fox report</title><style>p {}</style></head><body><p>The quick <b>brown</b> fox\n naps.</p>"
        "<script>secret()</script><noscript>secret</noscript><template>secret</template><p>Shown last</p></body></html>"
    )


def _writer_of_text(text: str) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        path.write_text(text)

    return write


# By the extension that a document of this format has.
WRITERS: dict[str, Callable[[Path], None]] = {
    "txt": _writer_of_text(SENTENCE + "\n"),
    "md": _writer_of_text(f"# Zoo\n\n{SENTENCE}\n"),
    "py": _writer_of_text(f'print("{SENTENCE}")\n'),
    "csv": _writer_of_text(f"animal,text\nfox,{SENTENCE}\n"),
    "svg": _writer_of_text(f'<svg xmlns="http://www.w3.org/2000/svg"><text>{SENTENCE}</text></svg>'),
    "html": write_html,
    "ipynb": write_notebook,
    "rtf": write_rtf,
    "eml": write_mail,
    "pdf": write_pdf,
    "docx": write_docx,
    "pptx": write_pptx,
    "xlsx": write_xlsx,
    "xls": write_xls,
    "odt": write_odt,
    "ods": write_ods,
    "odp": write_odp,
    "epub": write_epub,
}
PICTURE_SUFFIXES = ("jpg", "png", "webp", "tif")
