"""PowerPoint before 2007: the newest form of its slides, and whatever there is when that cannot be told."""

import struct

import pytest
from small_documents import SENTENCE
from small_office97 import powerpoint_streams, write_ole

from errors import DocumentError
from extraction import powerpoint97
from extraction.compound_file import opened_compound


def read(path, streams):
    write_ole(path, streams)
    with opened_compound(path) as file:
        return powerpoint97.read(file)


def changed(stream, position, number):
    streams = powerpoint_streams()
    data = bytearray(streams[stream])
    struct.pack_into("<L", data, position, number)
    return streams | {stream: bytes(data)}


def newest_edit():
    return struct.unpack_from("<L", powerpoint_streams()["Current User"], 16)[0]


def test_slides_when_they_have_a_password_then_are_refused(tmp_path):
    with pytest.raises(DocumentError, match="encrypted"):
        read(tmp_path / "a.ppt", powerpoint_streams(token=0xF3D1C4DF))


def test_slides_when_nobody_says_where_they_are_then_all_text_is_one_page(tmp_path):
    reading = read(tmp_path / "a.ppt", changed("Current User", 16, 12))
    assert len(reading.texts) == 1
    for text in (SENTENCE, "Shown last", "Deleted long ago", "Wake it?"):
        assert text in reading.texts[0]


def test_saves_when_one_follows_itself_then_reading_ends(tmp_path):
    streams = changed("PowerPoint Document", newest_edit() + 8 + 8, newest_edit())
    assert read(tmp_path / "a.ppt", streams).texts[0].startswith(SENTENCE)


def test_saves_when_there_is_an_older_one_then_the_newest_counts(tmp_path):
    streams = powerpoint_streams()
    data, edit = streams["PowerPoint Document"], newest_edit()
    table, main = struct.unpack_from("<LL", data, edit + 8 + 12)
    slide = struct.pack("<HHL", 0xF, 0x03EE, 14) + struct.pack("<HHL", 0, 0x0FA8, 6) + b"edited"
    newer_table = struct.pack("<HHLLL", 0, 0x1772, 8, 3 | 1 << 20, len(data))
    newer_edit = struct.pack("<HHL7L", 0, 0x0FF5, 28, 0, 0, edit, len(data) + len(slide), main, 6, 0)
    streams["PowerPoint Document"] = data + slide + newer_table + newer_edit
    user = bytearray(streams["Current User"])
    struct.pack_into("<L", user, 16, len(data) + len(slide) + len(newer_table))
    reading = read(tmp_path / "a.ppt", streams | {"Current User": bytes(user)})
    assert reading.texts == (f"{SENTENCE}\nedited", "Shown last\nA box, too")
    assert table  # the older save had all of them


def test_slides_when_there_is_no_text_at_all_then_are_damaged(tmp_path):
    with pytest.raises(struct.error):
        read(tmp_path / "a.ppt", {"PowerPoint Document": bytes(100), "Current User": bytes(10)})


def test_records_when_each_holds_the_next_then_reading_ends(tmp_path):
    deep = struct.pack("<HHL", 0xF, 0x03EE, 0xFFFFFFFF) * 100_000
    with pytest.raises(ValueError, match="missing"):
        read(tmp_path / "a.ppt", powerpoint_streams() | {"PowerPoint Document": deep[:60_000]})
