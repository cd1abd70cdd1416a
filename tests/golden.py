"""What is read of every format that there is: one small file of each, with its pages, its words and what it says of
itself. tests/test_golden.py compares."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import NamedTuple

import pymupdf
import small_documents
import small_formats
from PIL import Image
from small_documents import SENTENCE
from small_formats import DAY, NAMES, text_writer

from extraction.formats import Format


class Golden(NamedTuple):
    write: Callable[[Path], None]
    form: Format
    pages: tuple[str, ...] = ()
    title: str = ""
    created: str = ""  # the day
    headings: tuple[str, ...] = ()  # of all pages
    refusal: str = ""  # why it is not read
    unnamed: Format | None = None  # what it is without its name; None: the same, its bytes say so


def _made(suffix: str) -> Callable[[Path], None]:
    return (small_documents.WRITERS | small_formats.WRITERS)[suffix]


def _write_outlined_pdf(path: Path) -> None:
    with pymupdf.open() as document:
        for text in (f"Zoo\n{SENTENCE}", "Shown last"):
            document.new_page().insert_text((72, 72), text)
        document.set_toc([[1, "Zoo", 1], [1, "Sleep", 2]])
        document.save(path)


def _write_scan(path: Path) -> None:
    picture = small_documents.encoded(Image.linear_gradient("L"))
    with pymupdf.open() as document:
        document.new_page().insert_image((50, 50, 500, 700), stream=picture)
        document.save(path)


MAIL = "From: Ada <ada@example.org>\n{}Subject: {}\nDate: Wed, 01 May 2024 12:30:00 +0200\n\n"
EVENT = (
    "Feeding the, ah, foxes\n2024-05-01 12:30 to 13:30\nPlace: Den 7\nOrganiser: Ada; L <ada@example.org>\n"
    f"With: Ben <ben@example.org>\nRepeats: weekly\n{SENTENCE}\nBring grapes.\n\nBuy grapes\n2024-04-30"
)
CARDS = (
    "Ada Lovelace\nOrganisation: Engines, Research\nPhone: +44 123\nMail: ada@example.org\n"
    f"Address: 1 Fox Lane, London, N1, UK\nBirthday: 1815-12-10\nNote: {SENTENCE}\nOften.\n\n"
    "Ben Füchslein\nPhone: 456"
)
CHAPTERS = (
    "Ada Lovelace\n\nAbout foxes.\n\n",
    "Part\none\n\n",
    f"Chapter 1\n\n{SENTENCE}\n\nЛиса спит.\n\nInside\n\nDeep\n\n",
    "Shown last\n\n",
)
PAPER = (
    f"Fox report\nAda Lovelace\n\nOn Füchse\n\n{SENTENCE} It weighs $m=5$ kg — 100% fox.\n"
    "- First a link\n- Second\n\n\\[ a^2 \\]\n\n\\raw{kept} % as it is\n\n"
)
TAGS = "Title: Fox song\nArtist: The Foxes\nAlbum: Zoo\nGenre: Folk\nYear: {}"
# Long enough that what they are written in can be guessed.
GERMAN = "Der Fuchs schläft früh, weil die Nächte kühl und die Tage länger werden. Schöne Grüße aus Köln!\n" * 5
RUSSIAN = "Быстрая коричневая лиса прыгает через ленивую собаку и засыпает под старым деревом возле реки.\n" * 5
JAPANESE = "素早い茶色の狐はのろまな犬を飛び越えて、古い木の下で眠ります。今日はとても良い天気です。\n" * 5
CHINESE = "敏捷的棕色狐狸跳过懒狗，在老树下睡着了。今天的天气非常好，我们去动物园看熊和狼。\n" * 5

REPORT = partial(Golden, title="Fox report", created=DAY)
SONG = partial(Golden, form=Format.AUDIO, title="Fox song", created=DAY)
ARCHIVE = partial(Golden, form=Format.ARCHIVE, pages=("\n".join(NAMES),))


def _text(text: str, encoding: str) -> Golden:
    return Golden(text_writer(text, encoding), Format.TEXT, (text.removeprefix("\ufeff"),))


def _words(form: Format, text: str, *headings: str, unnamed: Format = Format.TEXT) -> Golden:
    """A text that only its name tells from others."""
    return Golden(text_writer(text), form, (text,), headings=headings, unnamed=unnamed)


GOLDEN = {
    # PDF and other pages
    "text.pdf": REPORT(_made("pdf"), Format.PDF, (f"{SENTENCE}\n", "", "Shown last\n")),
    "outline.pdf": Golden(
        _write_outlined_pdf, Format.PDF, (f"Zoo\n{SENTENCE}\n", "Shown last\n"), headings=("Zoo", "Sleep")
    ),
    "scanned.pdf": Golden(_write_scan, Format.PDF, ("",)),
    "encrypted.pdf": Golden(
        partial(small_documents.write_pdf, password="secret"),
        Format.PDF,
        refusal="encrypted",
    ),
    "page.xps": REPORT(_made("xps"), Format.XPS, (SENTENCE,)),
    "drawing.svg": Golden(_made("svg"), Format.SVG, (SENTENCE,)),
    # Books
    "book.epub": REPORT(
        partial(small_documents.write_epub, first=f"<h1>Zoo</h1><p>{SENTENCE}</p>"),
        Format.EPUB,
        (f"Zoo\n\n{SENTENCE}", "Shown last"),
        headings=("Zoo",),
    ),
    "book.mobi": REPORT(_made("mobi"), Format.MOBI, (f"One\n\n{SENTENCE}", "Füchse schlafen"), headings=("One",)),
    "book.azw3": REPORT(_made("azw3"), Format.MOBI, (f"One\n\n{SENTENCE}", "Füchse schlafen"), headings=("One",)),
    "book.fb2": Golden(_made("fb2"), Format.FB2, CHAPTERS, "Лисы", DAY, ("Part one", "Chapter 1", "Inside")),
    "book.fbz": Golden(_made("fbz"), Format.FB2, CHAPTERS, "Лисы", DAY, ("Part one", "Chapter 1", "Inside")),
    "comic.cbz": REPORT(_made("cbz"), Format.CBZ, (f"Foxes\nFox report\n{SENTENCE}", "", "")),
    # Office
    "text.docx": REPORT(_made("docx"), Format.DOCX, (f"{SENTENCE}\n",)),
    "slides.pptx": Golden(_made("pptx"), Format.PPTX, (f"{SENTENCE}\n\nDo not wake it\n\n", "Shown last\n")),
    "sheet.xlsx": REPORT(_made("xlsx"), Format.XLSX, (f"Zoo 1\n{SENTENCE}\t42",), headings=("Zoo 1",)),
    "text.odt": REPORT(_made("odt"), Format.ODT, (f"Zoo\n{SENTENCE}\n",), headings=("Zoo",)),
    "slides.odp": REPORT(_made("odp"), Format.ODP, (f"{SENTENCE}\nDo not wake it\n", "Shown last\n")),
    "sheet.ods": REPORT(_made("ods"), Format.ODS, (f"Zoo\n{SENTENCE}\t42",), headings=("Zoo",)),
    "text.rtf": Golden(_made("rtf"), Format.RTF, (f"{SENTENCE}\ncafé",)),
    "text.doc": REPORT(_made("doc"), Format.DOC, (f"{SENTENCE}\nFüchse schlafen – a link\n\nfox\tnaps",)),
    "slides.ppt": REPORT(_made("ppt"), Format.PPT, (f"{SENTENCE}\nWake it?\nDo not wake it", "Shown last\nA box, too")),
    "sheet.xls": Golden(_made("xls"), Format.XLS, (f"Zoo\n{SENTENCE}",), headings=("Zoo",)),
    # What only LibreOffice reads
    "text.wpd": Golden(
        lambda path: path.write_bytes(b"\xffWPC" + bytes(60)) and None,
        Format.OTHER_DOCUMENT,
        refusal="unsupported without LibreOffice: another word processor's format",
        unnamed=Format.OTHER,
    ),
    "slides.key": Golden(
        _made("zip"),
        Format.OTHER_SLIDES,
        refusal="unsupported without LibreOffice: another slide show's format",
        unnamed=Format.ARCHIVE,
    ),
    "sheet.numbers": Golden(
        _made("zip"),
        Format.OTHER_SHEET,
        refusal="unsupported without LibreOffice: another spreadsheet's format",
        unnamed=Format.ARCHIVE,
    ),
    # Web and text
    "page.html": Golden(_made("html"), Format.HTML, (f"{SENTENCE}\n\nShown last",), "Fox report"),
    "text.md": _words(Format.MARKDOWN, f"# Zoo\n\n{SENTENCE}\n", "Zoo"),
    "text.rst": _words(Format.TEXT, f"Zoo\n===\n\n{SENTENCE}\n", "Zoo"),
    "paper.tex": Golden(_made("tex"), Format.TEX, (PAPER,), "Fox report", headings=("On Füchse",)),
    "utf-8.txt": _text(f"{SENTENCE}\nFüchse 🦊\n", "utf-8"),
    "utf-8-mark.txt": _text("\ufeffFüchse schlafen.\n", "utf-8"),
    "utf-16.txt": _text("Füchse schlafen. Лиса спит.\n", "utf-16"),
    "utf-16-le.txt": _text("Foxes sleep without a mark.\n", "utf-16-le"),
    "utf-32.txt": _text("Füchse schlafen 🦊.\n", "utf-32"),
    "cp1252.txt": _text(GERMAN, "cp1252"),
    "cp1251.txt": _text(RUSSIAN, "cp1251"),
    "koi8-r.txt": _text(RUSSIAN, "koi8_r"),
    "shift-jis.txt": _text(JAPANESE, "shift_jis"),
    "euc-jp.txt": _text(JAPANESE, "euc_jp"),
    "gb18030.txt": _text(CHINESE, "gb18030"),
    # Data and code
    "table.csv": _words(Format.CSV, f"animal,text\nfox,{SENTENCE}\n", "animal,text"),
    "table.tsv": _words(Format.CSV, f"animal\ttext\nfox\t{SENTENCE}\n", "animal\ttext"),
    "data.json": Golden(
        _made("json"),
        Format.JSON,
        (f'{{"text": "{SENTENCE}", "animal": "Füchse 🦊", "path": "C:\\\\u0041\\u0022"}}\n',),
    ),
    "data.yaml": _words(Format.CODE, f"fox:\n  text: {SENTENCE}\n"),
    "data.toml": _words(Format.CODE, f'[fox]\ntext = "{SENTENCE}"\n'),
    "data.xml": Golden(
        _made("xml"),
        Format.XML,
        (f"<?xml version='1.0' encoding='iso-8859-2'?>\n<a><b>{SENTENCE}</b><c>Škoda ü&</c></a>\n",),
    ),
    "code.py": _words(Format.CODE, f'print("{SENTENCE}")\n'),
    "script": Golden(text_writer(f"#!/bin/sh\necho {SENTENCE}\n"), Format.CODE, (f"#!/bin/sh\necho {SENTENCE}\n",)),
    "notes.ipynb": Golden(
        _made("ipynb"), Format.IPYNB, (f"# Zoo\n{SENTENCE}\n\nprint(42)\n\n42\n",), unnamed=Format.JSON
    ),
    # Messages
    "mail.eml": Golden(
        _made("eml"),
        Format.EML,
        (MAIL.format("To: ben@example.org\n", "Füchse") + f"{SENTENCE}\n\nAttachments: zoo.pdf",),
        "Füchse",
        DAY,
    ),
    "apple.emlx": Golden(
        _made("emlx"),
        Format.EML,
        (MAIL.format("", "Fox report") + "Zwei Füchse\n\nAttachments: inner",),
        "Fox report",
        DAY,
    ),
    "outlook.msg": Golden(
        _made("msg"),
        Format.MSG,
        (
            "From: Ada <ada@example.org>\nTo: Ben <ben@example.org>\nCc: Cleo\nSubject: Füchse\n"
            f"Date: 2024-05-01T12:30:00+00:00\n\n{SENTENCE}\n\nAttachments: zoo.pdf",
        ),
        "Füchse",
        DAY,
    ),
    "mailbox.mbox": Golden(
        _made("mbox"),
        Format.MBOX,
        (
            MAIL.format("", "Füchse") + f"{SENTENCE}\nFrom here on it dreams.\n\nAttachments: zoo.pdf",
            "From: Ben <ben@example.org>\nSubject: Shown last\n\nGood night\n",
        ),
    ),
    # Subtitles, calendars, cards
    "film.srt": Golden(_made("srt"), Format.SUBTITLES, (f"{SENTENCE}\nIt dreams\nof Füchse.", "Shown last")),
    "film.vtt": Golden(_made("vtt"), Format.SUBTITLES, (f"{SENTENCE}\nTom & Füchse", "Shown last")),
    "film.ass": Golden(_made("ass"), Format.SUBTITLES, (f"{SENTENCE}\nIt dreams, too", "Shown last")),
    "calendar.ics": Golden(_made("ics"), Format.ICS, (EVENT,), "Zoo"),
    "people.vcf": Golden(_made("vcf"), Format.VCF, (CARDS,)),
    # Pictures, film and sound
    "photo.jpg": Golden(
        small_documents.write_picture,
        Format.PICTURE,
        ("A fox naps\nCamera: Nikon Z6\nTaken 1 May 2024",),
        created=DAY,
    ),
    "film.mp4": Golden(
        _made("mp4"),
        Format.VIDEO,
        ("Title: Fox song\nArtist: The Foxes\nAlbum: Zoo\nGenre: Folk",),
        title="Fox song",
        created=DAY,
    ),
    "song.mp3": SONG(_made("mp3"), pages=(TAGS.format("2024"),), created="2024-01-01"),
    "song.flac": SONG(_made("flac"), pages=(TAGS.format(DAY),)),
    "song.ogg": SONG(_made("ogg"), pages=(TAGS.format(DAY),)),
    "song.m4a": SONG(_made("m4a"), pages=(TAGS.format(DAY),)),
    "song.wav": SONG(_made("wav"), pages=(TAGS.format(DAY),)),
    # Archives, and what is nothing of all this
    "files.zip": ARCHIVE(_made("zip")),
    "files.tar": ARCHIVE(_made("tar")),
    "files.tar.gz": ARCHIVE(_made("tgz")),
    "files.tar.bz2": ARCHIVE(_made("tbz2")),
    "files.tar.xz": ARCHIVE(_made("txz")),
    "program.exe": Golden(
        lambda path: path.write_bytes(b"MZ" + bytes(99)) and None, Format.OTHER, unnamed=Format.OTHER
    ),
}
