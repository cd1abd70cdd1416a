"""Tags of sound: what they say, and how little is read for it."""

import struct

import pytest
from patience import files_of, outcomes_in_time
from small_formats import ogg_bytes, write_mp3

from extraction import audio


def comments(lines):
    packed = b"".join(struct.pack("<L", len(line)) + line for line in lines)
    return struct.pack("<LL", 0, len(lines)) + packed


def read(path, data):
    path.write_bytes(data)
    return audio.read(path)


def test_sound_when_it_has_lyrics_and_a_composer_then_they_are_read(tmp_path):
    lines = ["title=Song", "artist=Foxes", "albumartist=Foxes", "composer=Ada", "lyrics=The fox\nnaps"]
    reading = read(tmp_path / "a.ogg", ogg_bytes(comments([line.encode() for line in lines])))
    assert reading.texts == ("Title: Song\nArtist: Foxes\nComposer: Ada\nLyrics: The fox\nnaps",)


@pytest.mark.parametrize("data", [b"\xff\xfb\x90\0" * 500, b"RIFF\4\0\0\0WAVE", b"MThd" + bytes(40), b"ID3", b"fLaC"])
def test_sound_when_it_says_nothing_of_itself_then_has_no_page(tmp_path, data):
    assert read(tmp_path / "a.mp3", data).texts == ()


TRAPS = {
    "values": [b"comment=%d" % number for number in range(80_000)],
    "names": [b"x%d=1" % number for number in range(80_000)],
    "nothing": [b""] * 400_000,
}


def test_tags_when_there_are_thousands_then_reading_ends(tmp_path):
    traps = {f"{name}.ogg": ogg_bytes(comments([b"title=Song", *lines])) for name, lines in TRAPS.items()}
    for contents in outcomes_in_time(files_of(tmp_path, traps)):
        assert not contents.pages or contents.pages[0].text.startswith("Title: Song")


def test_sound_when_much_follows_the_tags_then_little_of_it_is_read(tmp_path, monkeypatch):
    monkeypatch.setattr(audio, "MAX_READ_BYTES", 200_000)
    data = ogg_bytes(comments([b"title=Song"]))
    page = b"OggS\0\0" + bytes(8) + struct.pack("<LLLB", 1, 9, 0, 1) + b"\x50" + bytes(80)
    assert read(tmp_path / "a.ogg", data + page * 10_000).title == "Song"


def test_sound_when_its_cover_is_large_then_its_other_tags_are_read(tmp_path, monkeypatch):
    monkeypatch.setattr(audio, "MAX_READ_BYTES", 300_000)
    write_mp3(tmp_path / "a.mp3")
    data = (tmp_path / "a.mp3").read_bytes()
    size = 500_000
    wide = bytes((size + 1000) >> shift & 0x7F for shift in (21, 14, 7, 0))
    picture = b"APIC" + struct.pack(">LH", size, 0) + bytes(size)
    assert read(tmp_path / "a.mp3", data[:6] + wide + picture + data[10:]).title == "Fox song"
