"""Writes the smallest honest file of each format that is neither an office document, a web page nor a picture."""

import base64
import bz2
import gzip
import io
import lzma
import struct
import tarfile
from collections.abc import Callable, Mapping
from pathlib import Path

from PIL import Image
from small_documents import SENTENCE, core_properties, encoded, write_zip
from small_office97 import write_doc, write_msg, write_ppt

CHAPTERS = (f"<h1>One</h1><p>{SENTENCE}</p>", "<p>F\u00fcchse schlafen</p>")
DAY = "2024-05-01"
RELATIONSHIPS = "http://schemas.openxmlformats.org/package/2006/relationships"


def text_writer(text: str, encoding: str = "utf-8") -> Callable[[Path], None]:
    def write(path: Path) -> None:
        path.write_bytes(text.encode(encoding))

    return write


SRT = f"""1
00:00:01,500 --> 00:00:03,000
<i>{SENTENCE}</i>

2
00:00:59,000 --> 00:01:02,000
{{\\an8}}It dreams
of Füchse.

3
00:01:02,000 --> 00:01:05,000
Shown last
"""
VTT = f"""WEBVTT - about foxes

NOTE nobody hears this

STYLE
::cue {{ color: red }}

00:01.500 --> 00:03.000 align:start
<v Ada>{SENTENCE}</v>

intro
00:02.000 --> 00:04.000
{SENTENCE}
Tom &amp; Füchse

01:00:00.000 --> 01:00:02.000
Shown last
"""
ASS = f"""[Script Info]
Title: x

[Events]
Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text
Dialogue: 0,0:00:01.50,0:00:03.00,Default,,0,0,0,,{{\\b1}}{SENTENCE}\\NIt dreams, too
Dialogue: 0,0:01:01.50,0:01:03.00,Default,,0,0,0,,Shown last
"""
ICS = f"""BEGIN:VCALENDAR
X-WR-CALNAME:Zoo
BEGIN:VTIMEZONE
DTSTART:19700101T000000
END:VTIMEZONE
BEGIN:VEVENT
SUMMARY:Feeding the\\, ah\\, fo
 xes
DTSTART;TZID=Europe/Berlin:20240501T123000
DTEND;TZID=Europe/Berlin:20240501T133000
LOCATION:Den 7
ORGANIZER;CN="Ada; L":mailto:ada@example.org
ATTENDEE;CN=Ben:MAILTO:ben@example.org
RRULE:FREQ=WEEKLY;COUNT=4
DESCRIPTION:{SENTENCE}\\nBring grapes.
BEGIN:VALARM
DESCRIPTION:Reminder
END:VALARM
END:VEVENT
BEGIN:VTODO
SUMMARY:Buy grapes
DUE;VALUE=DATE:20240430
END:VTODO
END:VCALENDAR
"""
VCF = """BEGIN:VCARD
VERSION:3.0
FN:Ada Lovelace
N:Lovelace;Ada;;;
ORG:Engines;Research
item1.TEL;TYPE=CELL:+44 123
EMAIL:ada@example.org
ADR;TYPE=WORK:;;1 Fox Lane;London;;N1;UK
BDAY:1815-12-10
NOTE:The quick brown fox naps.\\nOften.
PHOTO;ENCODING=b;TYPE=JPEG:////
END:VCARD
BEGIN:VCARD
VERSION:2.1
N;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:F=C3=BC=
chslein;Ben
TEL;HOME:456
END:VCARD
"""
MBOX = f"""From ada@example.org Wed May  1 12:30:00 2024
From: Ada <ada@example.org>
Subject: =?utf-8?q?F=C3=BCchse?=
Date: Wed, 01 May 2024 12:30:00 +0200
Content-Type: multipart/mixed; boundary=B

--B
Content-Type: text/plain

{SENTENCE}
From here on it dreams.
--B
Content-Type: application/pdf
Content-Disposition: attachment; filename=zoo.pdf

xyz
--B--

From ben@example.org Thu May  2 12:30:00 2024
From: Ben <ben@example.org>
Subject: Shown last

Good night
"""
TEX = rf"""% hidden
\documentclass{{article}}
\title{{Fox \emph{{report}}}}
\author{{Ada Lovelace}}
\begin{{document}}
\maketitle
\section[Short]{{On F\"uchse}}\label{{a}}
{SENTENCE} It weighs $m=5$~kg~\cite{{zoo}} --- 100\% fox. % hidden
\begin{{itemize}}
  \item \textbf{{First}} \href{{http://example.org}}{{a link}}
  \item Second
\end{{itemize}}
\[ a^2 \]
\begin{{verbatim}}
\raw{{kept}} % as it is
\end{{verbatim}}
\end{{document}}
junk
"""
FB2 = f"""<?xml version="1.0" encoding="windows-1251"?>
<FictionBook xmlns="http://www.gribuser.ru/xml/fictionbook/2.0"><description><title-info>
<author><first-name>Ada</first-name><last-name>Lovelace</last-name></author><book-title>Лисы</book-title>
<annotation><p>About foxes.</p></annotation><date value="2024-05-01">May</date></title-info>
<document-info><date value="1999-01-01"/><author><nickname>hidden</nickname></author></document-info></description>
<body><section><title><p>Part</p><p>one</p></title>
<section><title><p>Chapter 1</p></title><p>{SENTENCE}</p><p>Лиса  <emphasis>спит</emphasis>.</p>
<section><title><p>Inside</p></title><p>Deep</p></section></section>
<section><p>Shown last</p></section></section></body>
<binary id="cover.jpg" content-type="image/jpeg">hidden</binary></FictionBook>"""


def _palm(records: list[bytes], kind: bytes = b"BOOKMOBI") -> bytes:
    """A Palm database."""
    start = 78 + 8 * len(records) + 2
    table = b""
    for number, record in enumerate(records):
        table += struct.pack(">LL", start, number)
        start += len(record)
    head = b"Fox_report".ljust(32, b"\0") + bytes(28) + kind + bytes(8) + struct.pack(">H", len(records))
    return head + table + bytes(2) + b"".join(records)


def kindle_bytes(
    text: bytes | None = None, *, compression: int = 1, encryption: int = 0, version: int = 6, cover: bytes = b""
) -> bytes:
    """A book of two chapters, not packed; each record of text ends with an entry of two bytes that are not text."""
    chapters = "<mbp:pagebreak/>".join(CHAPTERS).encode()
    text = chapters if text is None else text
    trailed = text + b"?\x82"
    title = b"Fox report"
    about = struct.pack(">LL", 106, 8 + len(DAY)) + DAY.encode() + struct.pack(">LL", 503, 8 + len(title)) + title
    about += struct.pack(">LLL", 201, 12, 1) if cover else b""
    header = bytearray(232)
    header[:4] = b"MOBI"
    struct.pack_into(">3L", header, 4, 232, 2, 65001)
    struct.pack_into(">L", header, 20, version)
    struct.pack_into(">2L", header, 68, 0, 0)
    struct.pack_into(">L", header, 92, 2)
    struct.pack_into(">L", header, 176, 2 if version == 8 else 0xFFFFFFFF)
    struct.pack_into(">H", header, 226, 2)
    palm = struct.pack(">HHLHHHH", compression, 0, len(text), 1, 4096, encryption, 0)
    first = palm + bytes(header) + b"EXTH" + struct.pack(">LL", 12 + len(about), 3 if cover else 2) + about
    places = b"FDST" + struct.pack(">LLLL", 12, 1, 0, len(chapters))
    return _palm([first, trailed, places, *([cover] if cover else [])])


def write_kindle(path: Path) -> None:
    path.write_bytes(kindle_bytes())


def write_kindle_8(path: Path) -> None:
    """The newer kind: chapters are whole web pages, and styles follow them."""
    pages = "".join(
        f"<html><head><title>x</title></head><body>{chapter}</body></html>" for chapter in CHAPTERS
    ).encode()
    book = kindle_bytes(pages + b"p { color: red }", version=8)
    path.write_bytes(book[:-4] + struct.pack(">L", len(pages)))


def write_xps(path: Path) -> None:
    """One page."""
    kinds = "http://schemas.microsoft.com/xps/2005/06"
    name = f'xmlns="{kinds}"'
    main = f'<Relationship Id="a" Type="{kinds}/fixedrepresentation" Target="/FixedDocSeq.fdseq"/>'
    page = f'<FixedPage {name} Width="816" Height="1056" xml:lang="en"><Glyphs OriginX="90" OriginY="90" '
    page += f'FontRenderingEmSize="16" Fill="#ff000000" UnicodeString="{SENTENCE}"/></FixedPage>'
    members = {
        "[Content_Types].xml": "<Types/>",
        "_rels/.rels": f'<Relationships xmlns="{RELATIONSHIPS}">{main}</Relationships>',
        "FixedDocSeq.fdseq": f'<FixedDocumentSequence {name}><DocumentReference Source="/d"/></FixedDocumentSequence>',
        "d": f'<FixedDocument {name}><PageContent Source="/1.fpage"/></FixedDocument>',
        "1.fpage": page,
        "docProps/core.xml": core_properties("Fox report", "2024-05-01T12:30:00Z"),
    }
    write_zip(path, members)


def write_cbz(path: Path) -> None:
    about = "<ComicInfo><Series>Foxes</Series><Title>Fox report</Title><Summary>The quick brown fox naps.</Summary>"
    about += "<Year>2024</Year><Month>5</Month><Day>1</Day></ComicInfo>"
    pictures = {f"{number}.png": encoded(Image.new("RGB", (20, 30), "teal")) for number in (1, 2, 3)}
    write_zip(path, {"ComicInfo.xml": about, "__MACOSX/1.png": "x", **pictures})


def tar_bytes(files: Mapping[str, int | bytes], form: int = tarfile.GNU_FORMAT) -> bytes:
    """A TAR of files with these bytes, or so many zeros."""
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w", format=form) as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            held = bytes(content)
            member.size = len(held)
            archive.addfile(member, io.BytesIO(held))
    return data.getvalue()


NAMES = {"zoo/the quick brown fox.txt": 3, "zoo/" + "long" * 40 + ".txt": 600, "Füchse.txt": 0}
PACKERS = {"tar": bytes, "tgz": gzip.compress, "tbz2": bz2.compress, "txz": lzma.compress}


def _tar_writer(pack: Callable[[bytes], bytes]) -> Callable[[Path], None]:
    return lambda path: path.write_bytes(pack(tar_bytes(NAMES))) and None


def write_names_zip(path: Path) -> None:
    write_zip(path, {"zoo/": "", **{name: "x" * size for name, size in NAMES.items()}, "__MACOSX/._x": "x"})


TAGS = {"title": "Fox song", "artist": "The Foxes", "album": "Zoo", "date": DAY, "genre": "Folk"}


def _comments(tags: Mapping[str, str]) -> bytes:
    lines = [f"{name}={value}".encode() for name, value in tags.items()]
    return struct.pack("<LL", 0, len(lines)) + b"".join(struct.pack("<L", len(line)) + line for line in lines)


def write_flac(path: Path) -> None:
    tags = _comments(TAGS)
    path.write_bytes(b"fLaC" + bytes((0, 0, 0, 34)) + bytes(34) + b"\x84" + len(tags).to_bytes(3, "big") + tags)


def ogg_bytes(tags: bytes) -> bytes:
    data = b""
    for number, packet in enumerate((b"\x01vorbis" + bytes(23), b"\x03vorbis" + tags)):
        for start in range(0, len(packet) + 1, 65_025):
            part = packet[start : start + 65_025]
            sizes = [255] * (len(part) // 255) + ([len(part) % 255] if len(part) < 65_025 else [])
            data += b"OggS\0\0" + bytes(8) + struct.pack("<LLLB", 1, number, 0, len(sizes)) + bytes(sizes) + part
    return data


def write_ogg(path: Path) -> None:
    path.write_bytes(ogg_bytes(_comments(TAGS)))


def write_mp3(path: Path) -> None:
    """ID3 version 2.3, with a cover before the title, and a frame of sound."""
    frames = b""
    values = {b"APIC": b"\0image/png\0\x03\0" + bytes(500)}
    values |= {b"TIT2": b"\x01" + "\ufeffFox song".encode("utf-16-le"), b"TPE1": b"\0The Foxes", b"TALB": b"\0Zoo"}
    for name, value in {**values, b"TYER": b"\x002024", b"TCON": b"\0Folk"}.items():
        frames += name + struct.pack(">LH", len(value), 0) + value
    size = bytes(len(frames) >> shift & 0x7F for shift in (21, 14, 7, 0))
    path.write_bytes(b"ID3\x03\0\0" + size + frames + b"\xff\xfb\x90\0" + bytes(413))


def _box(kind: bytes, *parts: bytes) -> bytes:
    body = b"".join(parts)
    return struct.pack(">L4s", 8 + len(body), kind) + body


def film_bytes(brand: bytes = b"isom", created: int = 3_797_411_400, *, is_wide: bool = False) -> bytes:
    """Boxes of an MP4 with nothing to see; made, unless said otherwise, on 1 May 2024 at 12:30."""
    time = struct.pack(">LQQ", 1 << 24, created, 0) if is_wide else struct.pack(">LLL", 0, created, 0)
    names = (
        (b"\xa9nam", "Fox song"),
        (b"\xa9ART", "The Foxes"),
        (b"\xa9alb", "Zoo"),
        (b"\xa9day", DAY),
        (b"\xa9gen", "Folk"),
    )
    tags = (_box(name, _box(b"data", struct.pack(">LL", 1, 0), value.encode())) for name, value in names)
    handler = _box(b"hdlr", bytes(8), b"mdirappl", bytes(9))
    about = _box(b"udta", _box(b"meta", bytes(4), handler, _box(b"ilst", *tags)))
    return (
        _box(b"ftyp", brand, bytes(4)) + _box(b"free", bytes(9)) + _box(b"moov", _box(b"mvhd", time, bytes(80)), about)
    )


def write_m4a(path: Path) -> None:
    path.write_bytes(film_bytes(b"M4A "))


def write_wav(path: Path) -> None:
    values = {b"INAM": "Fox song", b"IART": "The Foxes", b"IPRD": "Zoo", b"ICRD": DAY, b"IGNR": "Folk"}
    parts = (
        name + struct.pack("<L", len(value)) + value.encode().ljust((len(value) + 1) & ~1, b"\0")
        for name, value in values.items()
    )
    about = b"INFO" + b"".join(parts)
    sound = b"fmt " + struct.pack("<LHHLLHH", 16, 1, 1, 8000, 8000, 1, 8) + b"data" + struct.pack("<L", 2) + bytes(2)
    body = b"WAVE" + sound + b"LIST" + struct.pack("<L", len(about)) + about
    path.write_bytes(b"RIFF" + struct.pack("<L", len(body)) + body)


def write_film(path: Path) -> None:
    path.write_bytes(film_bytes())


def write_apple_mail(path: Path) -> None:
    inner = f"Subject: inner\n\n{SENTENCE}\n"
    packed = base64.encodebytes("Zwei F\u00fcchse".encode()).decode()
    message = (
        "From: Ada <ada@example.org>\nSubject: Fox report\nDate: Wed, 01 May 2024 12:30:00 +0200\n"
        "Content-Type: multipart/mixed; boundary=B\n\n--B\nContent-Type: text/plain; charset=utf-8\n"
        f"Content-Transfer-Encoding: base64\n\n{packed}--B\nContent-Type: message/rfc822\n\n{inner}--B--\n"
    ).encode()
    path.write_bytes(f"{len(message)}  \n".encode() + message + b"<?xml version='1.0'?><plist>hidden</plist>")


JSON = f'{{"text": "{SENTENCE}", "animal": "F\\u00fcchse \\ud83e\\udd8a", "path": "C:\\\\u0041\\u0022"}}\n'
XML = f"<?xml version='1.0' encoding='iso-8859-2'?>\n<a><b>{SENTENCE}</b><c>Škoda &#252;&amp;</c></a>\n"

# By an extension that such a file has.
WRITERS: dict[str, Callable[[Path], None]] = {
    "doc": write_doc,
    "ppt": write_ppt,
    "msg": write_msg,
    "mbox": text_writer(MBOX),
    "emlx": write_apple_mail,
    "mobi": write_kindle,
    "azw3": write_kindle_8,
    "fb2": text_writer(FB2, "cp1251"),
    "fbz": lambda path: write_zip(path, {"foxes.fb2": FB2.encode("cp1251")}),
    "xps": write_xps,
    "cbz": write_cbz,
    "srt": text_writer(SRT),
    "vtt": text_writer(VTT),
    "ass": text_writer(ASS),
    "ics": text_writer(ICS),
    "vcf": text_writer(VCF),
    "tex": text_writer(TEX),
    "json": text_writer(JSON),
    "xml": text_writer(XML, "iso-8859-2"),
    "mp3": write_mp3,
    "flac": write_flac,
    "ogg": write_ogg,
    "m4a": write_m4a,
    "wav": write_wav,
    "mp4": write_film,
    "zip": write_names_zip,
    **{suffix: _tar_writer(pack) for suffix, pack in PACKERS.items()},
}
