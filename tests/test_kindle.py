"""Books for the Kindle: their packing, and what is in them beside the text."""

import struct

import pytest
from small_documents import SENTENCE
from small_formats import kindle_bytes

from errors import DocumentError
from extraction import kindle, reading


def read(path, data):
    path.write_bytes(data)
    return kindle.read(path)


def test_book_when_it_has_more_chapters_than_all_others_then_its_beginning_is_read(tmp_path, monkeypatch):
    monkeypatch.setattr(reading, "MAX_PAGES", 1)
    book = read(tmp_path / "a.mobi", kindle_bytes())
    assert (len(book.texts), len(book.headings), book.truncated) == (1, 1, True)


@pytest.mark.parametrize(
    ("packed", "plain"),
    {
        b"plain\x09\x00": b"plain\t\x00",
        b"\x03\xc3\xbc\x80more": b"\xc3\xbc\x80more",
        b"fox\xe1": b"fox a",
        b"fox \x80\x21": b"fox fox ",  # four back, four letters
        b"ab\x80\x0f": b"ab" + b"b" * 10,  # it may repeat what it writes itself
        b"ab\xbf\xff": b"ab",  # before the beginning
        b"ab\x80": b"ab",
        b"\x08ab": b"ab",
    }.items(),
)
def test_record_when_packed_then_is_unpacked(packed, plain):
    assert kindle.unpacked(packed) == plain


def test_book_when_packed_then_is_read(tmp_path):
    reading = read(tmp_path / "a.mobi", kindle_bytes(b"<p>fox \x80\x21</p>", compression=2))
    assert reading.texts == ("fox fox",)


def test_book_when_its_chapters_are_empty_then_they_are_no_pages(tmp_path):
    text = b"<mbp:pagebreak/><p> </p><mbp:pagebreak>One<MBP:PAGEBREAK />"
    assert read(tmp_path / "a.mobi", kindle_bytes(text)).texts == ("One",)


def test_book_when_copy_protected_then_is_refused(tmp_path):
    with pytest.raises(DocumentError, match="encrypted"):
        read(tmp_path / "a.mobi", kindle_bytes(encryption=2))


def test_book_when_packed_in_an_uncommon_way_then_is_unsupported(tmp_path):
    with pytest.raises(DocumentError, match="unsupported"):
        read(tmp_path / "a.mobi", kindle_bytes(compression=17480))


def test_book_when_it_unpacks_to_too_much_then_its_beginning_is_read(tmp_path, monkeypatch):
    monkeypatch.setattr(kindle, "MAX_MARKUP_BYTES", 20)
    book = bytearray(kindle_bytes(b"fox " * 100))
    (start,) = struct.unpack_from(">L", book, 78)
    struct.pack_into(">H", book, start + 8, 2)  # two records of text
    reading = read(tmp_path / "a.mobi", bytes(book))
    assert (reading.texts, reading.truncated) == (("fox fox fox fox fox",), True)


def test_book_when_records_are_missing_then_the_others_are_read(tmp_path):
    book = bytearray(kindle_bytes())
    (start,) = struct.unpack_from(">L", book, 78)
    struct.pack_into(">H", book, start + 8, 900)
    reading = read(tmp_path / "a.mobi", bytes(book))
    assert reading.truncated
    assert SENTENCE in reading.texts[0]


def test_text_of_a_palm_when_it_has_no_markup_then_is_one_page(tmp_path):
    palm = struct.pack(">HHLHHL", 1, 0, 20, 1, 4096, 0)
    text = "Zwei Füchse & ein Bär".encode("cp1252")
    start = 78 + 16
    table = struct.pack(">LLLL", start, 0, start + len(palm), 1)
    head = b"Zoo_report".ljust(60, b"\0") + b"TEXtREAd" + bytes(8) + struct.pack(">H", 2)
    reading = read(tmp_path / "a.prc", head + table + palm + text)
    assert (reading.texts, reading.title) == (("Zwei Füchse & ein Bär",), "Zoo report")


@pytest.mark.parametrize("date", [b"0101-01-01", b"yesterday\0\0", b"\xff" * 10])
def test_book_when_its_date_is_none_then_it_has_none(tmp_path, date):
    assert read(tmp_path / "a.mobi", kindle_bytes().replace(b"2024-05-01", date[:10])).created == ""


def test_file_when_it_is_too_large_then_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(kindle, "MAX_FILE_BYTES", 100)
    with pytest.raises(DocumentError, match="too large"):
        read(tmp_path / "a.mobi", kindle_bytes())
