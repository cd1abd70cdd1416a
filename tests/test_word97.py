"""Word before 2007: its pieces, its fields, and the versions before."""

import struct

import pytest
from small_office97 import summary, word_streams, write_ole

from errors import DocumentError
from extraction import compound_file, word97
from extraction.compound_file import opened_compound


def read(path, streams):
    write_ole(path, streams)
    with opened_compound(path) as file:
        return word97.read(file)


@pytest.fixture
def text_of(tmp_path):
    return lambda *pieces, **options: read(tmp_path / "a.doc", word_streams(*pieces, **options)).texts[0]


def test_text_when_its_names_are_in_capitals_then_is_found(tmp_path):
    streams = {name.upper(): data for name, data in word_streams("Zwei Füchse\r").items()}
    assert read(tmp_path / "a.doc", streams).texts == ("Zwei Füchse",)


def test_table_when_shown_then_has_a_line_per_row_and_a_tab_between_cells(text_of):
    assert text_of("a\x07b\x07\x07c\x07d\x07\x07") == "a\tb\nc\td"


@pytest.mark.parametrize(
    ("text", "shown"),
    {
        "see \x13 HYPERLINK x \x14here\x15 now": "see here now",
        "\x13 IF \x13 PAGE \x147\x15 = 7 \x14yes \x13 REF b \x14there\x15\x15!": "yes there!",
        "\x13 XE hidden \x15seen": "seen",
        "\x14a\x15b": "ab",
        "never \x13 closed": "never  closed",
        "\x13EQ \\* jc2 \\o\\ad(\\s\\up 10(とうきょう),東京)\x15\r": "東京(とうきょう)",
        "hard\x1ehyphen, soft\x1fhyphen\x0bnew line": "hard-hyphen, softhyphen\nnew line",
        "\r\r\ra\r\r\r\rb\r": "a\n\nb",
    }.items(),
)
def test_mark_when_in_the_text_then_is_what_a_person_sees(text_of, text, shown):
    assert text_of(text) == shown


def test_many_fields_within_fields_when_read_then_take_no_time(text_of):
    assert text_of("\x13\x14" * 200_000 + "end") == "end"


def test_notes_and_headers_when_after_the_body_then_are_read_too(text_of):
    assert text_of("Body\r", "A note\r", "Header\r\r", lengths=(5, 7, 8)) == "Body\nA note\nHeader"


def test_what_the_table_names_beyond_the_text_when_read_then_is_left_out(text_of):
    assert text_of("Body\r", "deleted\r", lengths=(5,)) == "Body"


def test_document_when_it_has_a_password_then_is_refused(tmp_path):
    with pytest.raises(DocumentError, match="encrypted"):
        read(tmp_path / "a.doc", word_streams("x", flags=0x100))


def test_pieces_when_they_repeat_the_text_without_end_then_are_cut(tmp_path, monkeypatch):
    monkeypatch.setattr(word97, "MAX_TEXT_CHARS", 100)
    streams = word_streams("x" * 60)
    (size,) = struct.unpack_from("<L", streams["1Table"], 7)
    piece = streams["1Table"][11 + size - 8 :]
    places = struct.pack("<51L", *(60 * number for number in range(51)))
    table = b"\x02" + struct.pack("<L", len(places) + 50 * 8) + places + piece * 50
    main = bytearray(streams["WordDocument"])
    struct.pack_into("<L", main, 0x4C, 60 * 50)
    struct.pack_into("<2L", main, 0x1A2, 0, len(table))
    reading = read(tmp_path / "a.doc", {"WordDocument": bytes(main), "1Table": table})
    assert (reading.texts, reading.truncated) == (("x" * 100,), True)


@pytest.mark.parametrize(("language", "text"), [(0x0419, "Лисы спят"), (0x0409, "Füchse"), (0x0415, "łóżko")])
def test_document_of_1995_when_read_then_its_language_tells_the_letters(tmp_path, language, text):
    codec = {0x0419: "cp1251", 0x0409: "cp1252", 0x0415: "cp1250"}[language]
    main = struct.pack("<4H", 0xA5DC, 0x65, 0, language).ljust(0x18, b"\0") + struct.pack("<2L", 100, 100 + len(text))
    streams = {"WordDocument": main.ljust(100, b"\0") + text.encode(codec) + b"junk"}
    assert read(tmp_path / "a.doc", streams).texts == (text,)


def test_document_when_its_text_is_gone_then_is_damaged(tmp_path):
    streams = word_streams("x" * 50)
    streams["WordDocument"] = streams["WordDocument"][:1024]
    with pytest.raises(ValueError, match="missing"):
        read(tmp_path / "a.doc", streams)


def test_title_when_in_another_codepage_then_is_read_by_it(tmp_path):
    streams = word_streams("x") | {"\x05SummaryInformation": summary("Лисы", codepage=1251)}
    assert read(tmp_path / "a.doc", streams).title == "Лисы"


@pytest.mark.parametrize("kept", [0, 20, 60, 90])
def test_summary_when_damaged_then_takes_nothing_from_the_text(tmp_path, kept):
    streams = word_streams("Text") | {"\x05SummaryInformation": summary()[:kept]}
    reading = read(tmp_path / "a.doc", streams)
    assert (reading.texts, reading.created) == (("Text",), "")


def test_stream_when_it_is_too_large_then_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(compound_file, "MAX_STREAM_BYTES", 1000)
    with pytest.raises(DocumentError, match="too large"):
        read(tmp_path / "a.doc", word_streams("x"))


def test_file_when_it_is_too_large_then_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(compound_file, "MAX_FILE_BYTES", 1000)
    with pytest.raises(DocumentError, match="too large"):
        read(tmp_path / "a.doc", word_streams("x"))


def test_file_when_it_claims_huge_sectors_then_is_refused_before_they_are_read(tmp_path):
    write_ole(tmp_path / "a.doc", word_streams("x"))
    data = bytearray((tmp_path / "a.doc").read_bytes())
    data[30] = 40  # as a power of two: a terabyte
    (tmp_path / "a.doc").write_bytes(data)
    with pytest.raises(DocumentError, match="damaged: not a whole OLE container"), opened_compound(tmp_path / "a.doc"):
        pass
