"""Outlook's messages: whichever form their text has, and who sent them."""

import struct

import pytest
from small_documents import SENTENCE
from small_office97 import message_streams, write_ole

from errors import DocumentError
from extraction import outlook


@pytest.fixture
def read(tmp_path):
    def read_streams(streams):
        write_ole(tmp_path / "a.msg", streams)
        return outlook.read(tmp_path / "a.msg")

    return read_streams


def body_of(reading):
    return reading.texts[0].partition("\n\n")[2].partition("\n\nAttachments")[0]


def packed(raw, mark=0x75465A4C):
    """RTF as Outlook packs it: characters, then one reference back to the first five, then the end."""
    data = b"".join(b"\0" + raw[start : start + 8] for start in range(0, len(raw) // 8 * 8, 8))
    place = 207 + len(raw) // 8 * 8
    data += b"\x03" + struct.pack(">HH", 207 << 4 | 3, (place + 5) << 4 & 0xFFFF)
    return struct.pack("<4L", len(data) + 12, len(raw) + 5, mark, 0) + data


def test_text_when_it_is_html_then_is_read_without_tags(read):
    html = "<html><head><meta charset=windows-1252></head><p>Zwei <b>F\u00fcchse</b></p>"
    assert body_of(read(message_streams(p10130102=html.encode("cp1252")))) == "Zwei Füchse"


def test_text_when_it_is_packed_rtf_then_is_unpacked(read):
    assert body_of(read(message_streams(p10090102=packed(rb"{\rtf1 The fox naps.  }" + b"\n" * 9)))) == "The fox naps."


def test_packed_rtf_when_it_refers_back_then_repeats_that():
    assert outlook.unpacked_rtf(packed(b"Foxes sleep soundly.... ")) == b"Foxes sleep soundly.... Foxes"


def test_packed_rtf_when_it_is_stored_then_is_as_it_is():
    assert outlook.unpacked_rtf(struct.pack("<4L", 20, 5, 0x414C454D, 0) + b"{foxes}") == b"{foxe"


def test_packed_rtf_when_it_says_four_gigabytes_then_is_cut(monkeypatch):
    monkeypatch.setattr(outlook, "MAX_RTF_BYTES", 1000)
    repeat = b"\xff" + struct.pack(">8H", *[206 << 4 | 0xF] * 8)  # what was written last, 17 times
    raw = outlook.unpacked_rtf(struct.pack("<4L", 0, 0xFFFFFFFF, 0x75465A4C, 0) + repeat * 500)
    assert len(raw) == 1000


@pytest.mark.parametrize("data", [b"", b"short", struct.pack("<4L", 9, 9, 1, 9) + b"what?"])
def test_packed_rtf_when_it_is_none_then_is_nothing(data):
    assert outlook.unpacked_rtf(data) == b""


def test_text_when_in_8_bits_then_the_message_says_which(read):
    numbers = bytes(32) + struct.pack("<HHLQ", 3, 0x3FFD, 0, 1251)
    streams = message_streams(p1000001E="Лисы спят".encode("cp1251")) | {"__properties_version1.0": numbers}
    assert body_of(read(streams)) == "Лисы спят"


def test_receivers_when_they_are_not_listed_then_are_as_they_were_shown(read):
    streams = {name: data for name, data in message_streams().items() if not name.startswith("__recip")}
    streams["__substg1.0_0E04001F"] = "Ben; Cleo".encode("utf-16-le")
    assert "\nTo: Ben; Cleo\n" in read(streams).texts[0]


def test_message_when_another_is_attached_then_keeps_its_own_text(read):
    inner = "__attach_version1.0_#00000001/__substg1.0_3701000D/"
    streams = message_streams(p1000001F=SENTENCE.encode("utf-16-le")) | {
        inner + "__substg1.0_1000001F": b"x\0" * 9,
        "__attach_version1.0_#00000001/__substg1.0_3001001F": "Re: Zoo".encode("utf-16-le"),
    }
    reading = read(streams)
    assert body_of(reading) == SENTENCE
    assert reading.texts[0].endswith("Attachments: zoo.pdf, Re: Zoo")


def test_receivers_and_attachments_when_there_are_thousands_then_the_first_count(read, monkeypatch):
    monkeypatch.setattr(outlook, "MAX_PARTICIPANTS", 1)
    monkeypatch.setattr(outlook, "MAX_ATTACHMENTS", 0)
    text = read(message_streams()).texts[0]
    assert "Ben" in text
    assert "Cleo" not in text
    assert "Attachments" not in text


def test_file_when_it_holds_something_else_then_is_damaged(read):
    with pytest.raises(DocumentError, match="no message"):
        read({"WordDocument": bytes(10)})
