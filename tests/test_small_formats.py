"""Every format of tests/small_formats.py: told by name and bytes, read as expected, and harmless when it is damaged."""

import random
import time

import pytest
from small_documents import SENTENCE, document_at
from small_formats import DAY, NAMES, WRITERS

from errors import DocumentError
from extraction import read_contents
from extraction.kinds import HEAD_BYTES, KIND_OF_FORMAT, kind_of
from extraction.workers import ExtractionPool

LONG_NAME = next(name for name in NAMES if "long" in name)
# By extension: the kind, the title, the day, and the pages.
GOLDEN = {
    "doc": ("document", "Fox report", DAY, [f"{SENTENCE}\nFüchse schlafen – a link\n\nfox\tnaps"]),
    "ppt": ("slides", "Fox report", DAY, [f"{SENTENCE}\nWake it?\nDo not wake it", "Shown last\nA box, too"]),
    "msg": (
        "email",
        "Füchse",
        DAY,
        [
            "From: Ada <ada@example.org>\nTo: Ben <ben@example.org>\nCc: Cleo\nSubject: Füchse\n"
            f"Date: 2024-05-01T12:30:00+00:00\n\n{SENTENCE}\n\nAttachments: zoo.pdf"
        ],
    ),
    "mbox": (
        "email",
        "",
        "",
        [
            "From: Ada <ada@example.org>\nSubject: Füchse\nDate: Wed, 01 May 2024 12:30:00 +0200\n\n"
            f"{SENTENCE}\nFrom here on it dreams.\n\nAttachments: zoo.pdf",
            "From: Ben <ben@example.org>\nSubject: Shown last\n\nGood night\n",
        ],
    ),
    "emlx": (
        "email",
        "Fox report",
        DAY,
        [
            "From: Ada <ada@example.org>\nSubject: Fox report\nDate: Wed, 01 May 2024 12:30:00 +0200\n\n"
            "Zwei Füchse\n\nAttachments: inner"
        ],
    ),
    **dict.fromkeys(("mobi", "azw3"), ("book", "Fox report", DAY, [f"One\n\n{SENTENCE}", "Füchse schlafen"])),
    **dict.fromkeys(
        ("fb2", "fbz"),
        (
            "book",
            "Лисы",
            DAY,
            [
                "Ada Lovelace\n\nAbout foxes.\n\n",
                "Part\none\n\n",
                f"Chapter 1\n\n{SENTENCE}\n\nЛиса спит.\n\nInside\n\nDeep\n\n",
                "Shown last\n\n",
            ],
        ),
    ),
    "xps": ("document", "Fox report", DAY, [SENTENCE]),
    "cbz": ("book", "Fox report", DAY, [f"Foxes\nFox report\n{SENTENCE}", "", ""]),
    "srt": ("text", "", "", [f"{SENTENCE}\nIt dreams\nof Füchse.", "Shown last"]),
    "vtt": ("text", "", "", [f"{SENTENCE}\nTom & Füchse", "Shown last"]),
    "ass": ("text", "", "", [f"{SENTENCE}\nIt dreams, too", "Shown last"]),
    "ics": (
        "text",
        "Zoo",
        "",
        [
            "Feeding the, ah, foxes\n2024-05-01 12:30 to 13:30\nPlace: Den 7\nOrganiser: Ada; L <ada@example.org>\n"
            f"With: Ben <ben@example.org>\nRepeats: weekly\n{SENTENCE}\nBring grapes.\n\nBuy grapes\n2024-04-30"
        ],
    ),
    "vcf": (
        "text",
        "",
        "",
        [
            "Ada Lovelace\nOrganisation: Engines, Research\nPhone: +44 123\nMail: ada@example.org\n"
            f"Address: 1 Fox Lane, London, N1, UK\nBirthday: 1815-12-10\nNote: {SENTENCE}\nOften.\n\n"
            "Ben Füchslein\nPhone: 456"
        ],
    ),
    "tex": (
        "text",
        "Fox report",
        "",
        [
            f"Fox report\nAda Lovelace\n\nOn Füchse\n\n{SENTENCE} It weighs $m=5$ kg — 100% fox.\n"
            "- First a link\n- Second\n\n\\[ a^2 \\]\n\n\\raw{kept} % as it is\n\n"
        ],
    ),
    "json": ("code", "", "", [f'{{"text": "{SENTENCE}", "animal": "Füchse 🦊", "path": "C:\\\\u0041\\u0022"}}\n']),
    "xml": (
        "code",
        "",
        "",
        [f"<?xml version='1.0' encoding='iso-8859-2'?>\n<a><b>{SENTENCE}</b><c>Škoda ü&</c></a>\n"],
    ),
    "mp3": (
        "audio",
        "Fox song",
        "2024-01-01",
        ["Title: Fox song\nArtist: The Foxes\nAlbum: Zoo\nGenre: Folk\nYear: 2024"],
    ),
    **dict.fromkeys(
        ("flac", "ogg", "m4a"),
        ("audio", "Fox song", DAY, [f"Title: Fox song\nArtist: The Foxes\nAlbum: Zoo\nGenre: Folk\nYear: {DAY}"]),
    ),
    "mp4": ("video", "Fox song", DAY, []),
    **dict.fromkeys(("zip", "tar", "tgz", "tbz2", "txz"), ("archive", "", "", ["\n".join(NAMES)])),
}


@pytest.fixture(autouse=True)
def no_office(tmp_path, monkeypatch):
    """Damaged files would make LibreOffice try for seconds; tests/test_old_office.py has that."""
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))


def written(tmp_path, suffix, name="fox"):
    path = tmp_path / f"{name}.{suffix}"
    WRITERS[suffix](path)
    return path


def kind_at(path):
    return kind_of(path, path.read_bytes()[:HEAD_BYTES])


@pytest.mark.parametrize("suffix", WRITERS)
def test_format_when_read_then_has_its_pages_title_and_day(tmp_path, suffix):
    contents = read_contents(document_at(written(tmp_path, suffix)))
    kind, title, day, pages = GOLDEN[suffix]
    assert [page.text for page in contents.pages] == pages
    assert (contents.kind, contents.title, contents.created[:10]) == (kind, title, day)
    assert not contents.truncated


@pytest.mark.parametrize("suffix", WRITERS)
def test_format_when_the_name_says_nothing_or_a_lie_then_is_told_by_content(tmp_path, suffix):
    path = written(tmp_path, suffix)
    form = kind_at(path)
    assert KIND_OF_FORMAT[form] == KIND_OF_FORMAT[kind_of(path, b"")] == GOLDEN[suffix][0]
    for name in ("fox", "fox.pdf", "fox.png"):
        path = path.rename(tmp_path / name)
        assert kind_at(path) is form


@pytest.mark.parametrize("suffix", [suffix for suffix in WRITERS if GOLDEN[suffix][0] not in ("text", "code")])
def test_format_when_it_is_called_a_word_document_then_is_told_by_content(tmp_path, suffix):
    path = written(tmp_path, suffix)
    form = kind_at(path)
    assert kind_at(path.rename(tmp_path / "fox.docx")) is form


@pytest.mark.parametrize("suffix", ["ics", "vcf", "srt", "vtt", "ass", "mbox", "fb2"])
def test_format_when_its_mark_is_unmistakable_then_a_plain_text_is_one(tmp_path, suffix):
    path = written(tmp_path, suffix)
    form = kind_at(path)
    assert kind_at(path.rename(tmp_path / "fox.txt")) is form


def check(path):
    """It has contents, or a reason for none, within a second of computing; anything else flies."""
    started = time.process_time()
    try:
        read_contents(document_at(path))
    except DocumentError as error:
        refusal = error
    else:
        refusal = DocumentError(path, "none")
    assert time.process_time() - started < 1
    assert refusal.path == path
    assert 0 < len(refusal.reason) < 100


@pytest.mark.parametrize("suffix", WRITERS)
def test_format_when_cut_off_anywhere_then_is_read_or_refused(tmp_path, suffix):
    path = written(tmp_path, suffix)
    data = path.read_bytes()
    for tenth in range(10):
        path.write_bytes(data[: len(data) * tenth // 10])
        check(path)


@pytest.mark.parametrize("suffix", WRITERS)
def test_format_when_bits_are_flipped_then_is_read_or_refused(tmp_path, suffix):
    path = written(tmp_path, suffix)
    data = path.read_bytes()
    for seed in range(20):
        noise = random.Random(seed)
        damaged = bytearray(data)
        for _ in range(1 + seed):
            damaged[noise.randrange(len(data))] ^= 1 << noise.randrange(8)
        path.write_bytes(damaged)
        check(path)


@pytest.mark.parametrize("filler", [b"\0", b"\xff", None], ids=["zeros", "ones", "noise"])
@pytest.mark.parametrize("suffix", WRITERS)
def test_format_when_nothing_follows_its_beginning_then_is_read_or_refused(tmp_path, suffix, filler):
    path = written(tmp_path, suffix)
    data = path.read_bytes()
    for kept in (0, 8, 64, 100, 512, 1100):
        rest = random.Random(kept).randbytes(3000) if filler is None else filler * 3000
        path.write_bytes(data[:kept] + rest)
        check(path)


def test_formats_when_read_in_a_worker_then_are_the_same_there(tmp_path):
    documents = [document_at(written(tmp_path, suffix, name=suffix)) for suffix in ("doc", "ppt", "msg", "xps", "m4a")]
    with ExtractionPool() as pool:
        titles = [outcome.title for _, outcome in pool.read(documents)]
    assert titles == ["Fox report", "Fox report", "Füchse", "Fox report", "Fox song"]
