"""What a document is: told by its bytes, by its name only where bytes look alike."""

from pathlib import Path

import pytest
from patience import files_of, outcomes_in_time
from small_documents import PICTURE_SUFFIXES, write_picture

from extraction.kinds import HEAD_BYTES, Format, kind_of


def kind_at(path):
    with path.open("rb") as file:
        return kind_of(path, file.read(HEAD_BYTES))


@pytest.mark.parametrize("suffix", PICTURE_SUFFIXES)
def test_picture_is_one_under_the_wrong_name(tmp_path, suffix):
    path = tmp_path / f"fox.{suffix}"
    write_picture(path)
    assert kind_at(path.rename(tmp_path / "fox.pdf")) is Format.PICTURE


HEADS = {
    "a.heic": (b"\0\0\0\x18ftypheic\0\0", Format.PICTURE),
    "a.avif": (b"\0\0\0\x18ftypavif\0\0", Format.PICTURE),
    "a.m4a": (b"\0\0\0\x18ftypM4A \0\0", Format.AUDIO),
    "b.m4a": (b"\0\0\0\x18ftypisom\0\0", Format.AUDIO),
    "a.mp4": (b"\0\0\0\x18ftypisom\0\0", Format.VIDEO),
    "a.webm": (b"\x1aE\xdf\xa3\0\0", Format.VIDEO),
    "a.mka": (b"\x1aE\xdf\xa3\0\0", Format.VIDEO),
    "a.ts": (4 * (b"G" + bytes(187)), Format.VIDEO),
    "clip": (4 * (bytes(4) + b"G" + bytes(187)), Format.VIDEO),
    "b.ts": (b"G" * 600, Format.CODE),
    "film": (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", Format.VIDEO),
    "a.wma": (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", Format.AUDIO),
    "a.ogv": (b"OggS\0\2\0\0", Format.VIDEO),
    "a.avi": (b"RIFF\0\0\0\0AVI LIST", Format.VIDEO),
    "a.wav": (b"RIFF\0\0\0\0WAVEfmt ", Format.AUDIO),
    "a.tar.gz": (b"\x1f\x8b\x08\0\0\0\0\0", Format.ARCHIVE),
    "backup": (bytes(257) + b"ustar\x0000", Format.ARCHIVE),
    "a.jar": (b"PK\x03\x04" + bytes(40), Format.ARCHIVE),
    "a.doc": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(40), Format.DOC),
    "b.doc": (b"{\\rtf1 text}", Format.RTF),
    "a.xls": (b"<html><table>", Format.HTML),
    "b.xls": (b"a\tb\tc\n", Format.TEXT),
    "a.pdf": (b"junk\r\n%PDF-1.4\n1 0 obj", Format.PDF),
    "b.pdf": (b"<!DOCTYPE html><h1>Not found</h1>", Format.HTML),
    "a.py": (b"MAGIC = b'%PDF-1.4'", Format.CODE),
    "script": (b"#!/usr/bin/env python3\n", Format.CODE),
    "Makefile": (b"all:\n\ttrue\n", Format.CODE),
    "letter": (b"FORM 10-K, for the annual report", Format.TEXT),
    "README": (b"ID3 tags are read by it", Format.TEXT),
    "notes.unknown": ("Füchse schlafen".encode(), Format.TEXT),
    "wide": ("Foxes sleep".encode("utf-16-le"), Format.TEXT),
    "numbers.dat": (b"".join(number.to_bytes(2, "little") for number in range(1, 60)), Format.OTHER),
    "words.dat": (b"a few words" * 100 + b"\0\0", Format.OTHER),
    "crash.log": (b"a few words" * 100 + b"\0", Format.TEXT),
    "a.txt": (b"\x00\x01\x02\x03" * 40, Format.OTHER),
    "program": (b"\x7fELF\x02\x01\x01" + bytes(90), Format.OTHER),
}


@pytest.mark.parametrize("name", HEADS)
def test_bytes_decide_and_the_name_helps(name):
    head, expected = HEADS[name]
    assert kind_of(Path(name), head) is expected


@pytest.mark.parametrize(
    ("name", "expected"), {"a.PDF": "pdf", "a.tar.gz": "archive", "a.rs": "code", "a": "other"}.items()
)
def test_name_alone_decides_without_bytes(name, expected):
    assert kind_of(Path(name), b"") == expected


def test_text_of_many_comments_when_it_is_no_page_then_is_told_at_once(tmp_path):
    comments = "<!-- which keys there are -->\n" * 100 + "<keymap/>"
    outcomes = outcomes_in_time(files_of(tmp_path, {"mouse.xml": comments, "mouse": comments}))
    assert [outcome.kind for outcome in outcomes] == ["code", "text"]
