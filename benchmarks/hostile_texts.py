"""Texts and packages as nobody would want to read them; benchmarks/hostile_corpus.py has the launcher read them.

By the name of the file: a function that writes it, or what stands in it.
"""

import bz2
import json
import random
import struct
import zipfile
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import pymupdf
from hostile_files import DEPTH, zeros

Maker = Callable[[Path], None]

MEGABYTE = 1 << 20
_ENTITIES = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
LAUGHS = f'<!DOCTYPE x [<!ENTITY a0 "lol">{_ENTITIES}]>'
QUADRATIC = f'<!DOCTYPE x [<!ENTITY a9 "{"lol" * 50_000}">]>'
OUTSIDE = '<!DOCTYPE x [<!ENTITY a9 SYSTEM "file:///etc/passwd">]>'
_W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
_ROLES = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_SHEET = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
_ODF = (
    'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"'
)


def _related(target: str, *more: tuple[str, str]) -> str:
    links = "".join(
        f'<Relationship Id="r{number}" Type="{_ROLES}/{role}" Target="{name}"/>'
        for number, (role, name) in enumerate((("officeDocument", target), *more), start=1)
    )
    return (
        f'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{links}</Relationships>'
    )


def package(members: Mapping[str, Iterable[str | bytes] | str | bytes]) -> Maker:
    """A ZIP of these members; one that is an iterable is written piece by piece."""

    def make(path: Path) -> None:
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
            for name, content in members.items():
                with packed.open(name, "w", force_zip64=True) as member:
                    for piece in [content] if isinstance(content, str | bytes) else content:
                        member.write(piece.encode() if isinstance(piece, str) else piece)

    return make


def docx(body: Iterable[str] | str, *, doctype: str = "") -> Maker:
    pieces = [body] if isinstance(body, str) else body
    document = [f"{doctype}<w:document {_W}><w:body>", *pieces, "</w:body></w:document>"]
    return package(
        {"[Content_Types].xml": "<Types/>", "_rels/.rels": _related("word/document.xml"), "word/document.xml": document}
    )


def xlsx(rows: str, *, shared: Iterable[str] = ()) -> Maker:
    sheets = (
        f'<workbook {_SHEET} xmlns:r="{_ROLES}"><sheets><sheet name="a" sheetId="1" r:id="r1"/></sheets></workbook>'
    )
    links = _related("worksheets/sheet1.xml", ("sharedStrings", "sharedStrings.xml")).replace(
        'officeDocument"', 'worksheet"', 1
    )
    return package(
        {
            "[Content_Types].xml": "<Types/>",
            "_rels/.rels": _related("xl/workbook.xml"),
            "xl/workbook.xml": sheets,
            "xl/_rels/workbook.xml.rels": links,
            "xl/worksheets/sheet1.xml": f"<worksheet {_SHEET}><sheetData>{rows}</sheetData></worksheet>",
            "xl/sharedStrings.xml": [f"<sst {_SHEET}>", *shared, "</sst>"],
        }
    )


def odt(body: str, *, doctype: str = "", manifest: str = "<manifest/>") -> Maker:
    content = f"{doctype}<office:document-content {_ODF}><office:body>{body}</office:body></office:document-content>"
    mimetype = "application/vnd.oasis.opendocument.text"
    return package({"mimetype": mimetype, "content.xml": content, "META-INF/manifest.xml": manifest})


def epub(chapter: Iterable[str] | str) -> Maker:
    opf = (
        '<package xmlns="http://www.idpf.org/2007/opf"><manifest><item id="a" href="a.xhtml" '
        'media-type="application/xhtml+xml"/></manifest><spine><itemref idref="a"/></spine></package>'
    )
    names = 'xmlns="urn:oasis:names:tc:opendocument:xmlns:container"'
    container = f'<container {names}><rootfiles><rootfile full-path="a.opf"/></rootfiles></container>'
    members = {"mimetype": "application/epub+zip", "META-INF/container.xml": container, "a.opf": opf}
    return package({**members, "a.xhtml": chapter})


def _nested_packages(depth: int) -> Maker:
    def make(path: Path) -> None:
        for _ in range(depth):
            inner = path.read_bytes() if path.exists() else zeros(MEGABYTE)
            package({f"{number}.zip": inner for number in range(4)})(path)

    return make


def _one_member_many_times(path: Path) -> None:
    """A directory of 9,000 names that all stand for the same 10 MB."""
    docx(" " * (10 * MEGABYTE))(path)
    data = path.read_bytes()
    end = data.rindex(b"PK\x05\x06")
    start, entry = struct.unpack("<I", data[end + 16 : end + 20])[0], data.rindex(b"PK\x01\x02")
    name_bytes, rest = data[entry + 46 : end], data[entry : entry + 46]
    copies = b"".join(rest + name_bytes.replace(b"document", b"docum%03x" % number) for number in range(0xFFF))
    directory = data[start:end] + copies
    count = data[start:end].count(b"PK\x01\x02") + 0xFFF
    tail = struct.pack("<IHHHHIIH", 0x06054B50, 0, 0, count, count, len(directory), start, 0)
    path.write_bytes(data[:start] + directory + tail)


def _with_password_flags(path: Path) -> None:
    """A ZIP that says of every member that it is encrypted."""
    package({"secret.txt": "x" * 100})(path)
    data = bytearray(path.read_bytes())
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = data.index(mark) + offset
        data[place] |= 1
    path.write_bytes(data)


def _pdf_with_password(path: Path) -> None:
    with pymupdf.open() as document:
        document.new_page().insert_text((72, 72), "secret")
        document.save(path, encryption=pymupdf.PDF_ENCRYPT_AES_256, user_pw="x", owner_pw="y")


def ole(stream: str) -> bytes:
    """An empty compound file with one name in its directory, as encrypted Office files have."""
    entry = (stream + "\0").encode("utf-16-le").ljust(64, b"\0") + struct.pack(
        "<HBBiii", len(stream) * 2 + 2, 2, 1, -1, -1, -1
    )
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16)
    header += struct.pack("<HHHHH6xIIIIIIIII", 0x3E, 3, 0xFFFE, 9, 6, 0, 1, 1, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0)
    table = struct.pack("<128I", 0xFFFFFFFD, 0xFFFFFFFE, *[0xFFFFFFFF] * 126)
    return header + struct.pack("<109I", 0, *[0xFFFFFFFF] * 108) + table + entry.ljust(512, b"\0")


def _mail(*parts: str, head: str = "") -> str:
    top = f"From: a@example.org\nSubject: x\n{head}Content-Type: multipart/mixed; boundary=B\n\n"
    return top + "".join(f"--B\n{part}\n" for part in parts) + "--B--\n"


def _multiparts(depth: int) -> str:
    start = "".join(f"Content-Type: multipart/mixed; boundary=B{n}\n\n--B{n}\n" for n in range(depth))
    return "From: a@example.org\nSubject: x\nMIME-Version: 1.0\n" + start + "\nx\n"


_ATTACHED = "Content-Disposition: attachment; filename=a.pdf\n\nx"
_BLOCKS = [" " * MEGABYTE]  # of nothing
BOMBS: dict[str, Maker | str | bytes] = {
    "a gigabyte of blanks.docx": docx(_BLOCKS * 1024),
    "a gigabyte of strings.xlsx": xlsx(
        '<row><c t="s"><v>0</v></c></row>', shared=["<si><t>", *_BLOCKS * 1024, "</t></si>"]
    ),
    "last cell of all.xlsx": xlsx('<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'),
    "a chapter of a gigabyte.epub": epub(["<html><body>", *_BLOCKS * 1024]),
    "one member many times.docx": _one_member_many_times,
    "zip in zip.zip": _nested_packages(6),
    "70000 members.zip": package({f"{number}.txt": "" for number in range(70_000)}),
    "70000 members.docx": package({f"word/{number}.xml": "" for number in range(70_000)}),
    "names that lead out.zip": package(
        {"../../../etc/cron.d/x": "x", "/etc/passwd": "x", "C:\\x": "x", "a/" * 5_000: "x"}
    ),
    "a gigabyte.gz": lambda path: path.write_bytes(b"\x1f\x8b\x08" + bytes(7) + zeros(1 << 30)[2:]),
    "100 megabytes.tar.bz2": lambda path: path.write_bytes(bz2.compress(bytes(100 * MEGABYTE))),
    "laughs.xml": LAUGHS + "<x>&a9;</x>",
    "laughs.svg": LAUGHS.replace("DOCTYPE x", "DOCTYPE svg")
    + '<svg xmlns="http://www.w3.org/2000/svg"><text>&a9;</text></svg>',
    "laughs.html": LAUGHS + "<html><body>&a9;</body></html>",
    "laughs.docx": docx("<w:p><w:r><w:t>&a9;</w:t></w:r></w:p>", doctype=LAUGHS),
    "laughs.odt": odt("<text:p>&a9;</text:p>", doctype=LAUGHS),
    "quadratic.docx": docx(f"<w:p><w:r><w:t>{'&a9;' * 50_000}</w:t></w:r></w:p>", doctype=QUADRATIC),
    "entity of another file.svg": OUTSIDE + '<svg xmlns="http://www.w3.org/2000/svg"><text>&a9;</text></svg>',
    "entity of another file.docx": docx("<w:p><w:r><w:t>&a9;</w:t></w:r></w:p>", doctype=OUTSIDE),
}
NESTED: dict[str, Maker | str | bytes] = {
    "100000 levels.html": "<div>" * DEPTH + "x",
    "100000 tables.html": "<table><tr><td>" * DEPTH,
    "100000 levels.json": "[" * DEPTH + "]" * DEPTH,
    "100000 levels.xml": "<a>" * DEPTH + "</a>" * DEPTH,
    "100000 levels.svg": '<svg xmlns="http://www.w3.org/2000/svg">' + "<g>" * DEPTH + "</g>" * DEPTH + "</svg>",
    "100000 levels.ipynb": '{"cells": ' + "[" * DEPTH + "]" * DEPTH + "}",
    "100000 levels.rtf": "{\\rtf1 " + "{" * DEPTH + "x" + "}" * DEPTH + "}",
    "100000 levels.yaml": "- " * DEPTH + "x",
    "100000 tables.docx": docx("<w:tbl><w:tr><w:tc>" * DEPTH + "</w:tc></w:tr></w:tbl>" * DEPTH),
    "100000 levels.odt": odt("<text:section>" * DEPTH + "</text:section>" * DEPTH),
    "100000 divs.epub": epub("<html><body>" + "<div>" * DEPTH + "x"),
    "1000 multiparts.eml": _multiparts(1_000),
    "500 letters in letters.eml": "From: a@example.org\nSubject: x\nContent-Type: message/rfc822\n\n" * 500 + "x",
    "20000 attachments.eml": _mail(*[_ATTACHED] * 20_000),
    "a subject of ten megabytes.eml": _mail("\nx", head="X-Note: " + "=?utf-8?q?x?= " * 700_000 + "\n"),
    "200000 letters.mbox": "From a@example.org Thu Jan  1 00:00:00 1970\nSubject: x\n\nx\n\n" * 200_000,
    "200000 events.ics": "BEGIN:VCALENDAR\n" + "BEGIN:VEVENT\nSUMMARY:x\nEND:VEVENT\n" * 200_000 + "END:VCALENDAR\n",
    "200000 people.vcf": "BEGIN:VCARD\nFN:x\nEND:VCARD\n" * 200_000,
    "500000 cues.srt": "".join(f"{number}\n00:00:00,000 --> 00:00:01,000\nx\n\n" for number in range(500_000)),
    "a million brackets.md": "[" * 1_000_000,
    "a million quotes.md": "> " * 1_000_000,
    "a million comments.html": "<!--" * 1_000_000,
    "100 comments and no page.xml": "<?xml version='1.0'?>\n" + "<!-- x -->\n" * 100 + "<keymap/>",
    "100 comments and no picture.text": "<!-- x -->\n" * 100 + "<keymap/>",
    "a million braces.tex": "\\begin{a}" + "{" * 1_000_000,
    "a million quotes.csv": '"' * 999_999 + "\n" + ",".join("x" * 200_000),
    "one line of 50 MB.js": "var a=" + "[1]+" * (12 * MEGABYTE),
    "every byte at random.txt": random.Random(1).randbytes(4 * MEGABYTE).translate(None, bytes(range(32))),
    "an odd UTF-16.txt": b"\xff\xfe" + "x\ud7ff".encode("utf-16-le") * 100_000 + b"\xd8",
    "million keys.json": json.dumps({f"key {number}": number for number in range(500_000)}),
}
LOCKED: dict[str, Maker | str | bytes] = {
    "password.zip": _with_password_flags,
    "password.pdf": _pdf_with_password,
    "password.docx": ole("EncryptedPackage"),
    "password.xlsx": ole("EncryptedPackage"),
    "password.pptx": ole("EncryptedPackage"),
    "password.odt": odt(
        "", manifest='<manifest><file-entry full-path="content.xml"><encryption-data/></file-entry></manifest>'
    ),
    "password.7z": b"7z\xbc\xaf\x27\x1c\0\x04" + bytes(24),
    "password.rar": b"Rar!\x1a\x07\x01\0" + bytes(40),
    "letter.msg": ole("__properties_version1.0"),
    "letter.doc": ole("WordDocument"),
    "letter.ppt": ole("PowerPoint Document"),
    "letter.xls": ole("Workbook"),
}
