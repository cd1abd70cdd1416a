"""Subtitles: a page for about every minute, each with the second at which it begins."""

import pytest
from small_documents import SENTENCE
from small_formats import ASS, SRT, VTT

from extraction import reading, subtitles


def read(path, text):
    path.write_text(text, encoding="utf-8")
    return subtitles.read(path)


@pytest.mark.parametrize(("text", "seconds"), [(SRT, (1.5, 62.0)), (VTT, (1.5, 3600.0)), (ASS, (1.5, 61.5))])
def test_pages_when_read_then_have_the_second_of_their_first_line(tmp_path, text, seconds):
    found = read(tmp_path / "a.srt", text)
    assert found.seconds == seconds
    assert len(found.texts) == len(found.seconds)


def test_lines_when_separated_by_commas_then_are_read_too(tmp_path):
    found = read(tmp_path / "a.sbv", f"0:00:01.000,0:00:03.000\n{SENTENCE}\n\n0:01:01.000,0:01:03.000\nShown last\n")
    assert (found.texts, found.seconds) == ((SENTENCE, "Shown last"), (1.0, 61.0))


def test_line_when_it_stays_while_the_next_is_added_then_counts_once(tmp_path):
    cue = "00:0{}.000 --> 00:0{}.000\n{}\n\n"
    text = "WEBVTT\n\n" + cue.format(1, 2, "one") + cue.format(2, 3, "one\ntwo") + cue.format(3, 4, "two\nthree")
    assert read(tmp_path / "a.vtt", text).texts == ("one\ntwo\nthree",)


def test_text_when_it_has_no_times_then_is_read_as_any_other(tmp_path):
    found = read(tmp_path / "a.srt", f"{SENTENCE}\n")
    assert (found.texts, found.seconds) == ((f"{SENTENCE}\n",), ())


def test_pages_when_there_are_too_many_then_each_left_has_its_second(tmp_path, monkeypatch):
    monkeypatch.setattr(reading, "MAX_PAGES", 2)
    found = read(
        tmp_path / "a.srt", "".join(f"{n}\n00:{n:02}:00,000 --> 00:{n:02}:09,000\nfox\n\n" for n in range(1, 9))
    )
    assert (found.texts, found.seconds, found.truncated) == (("fox", "fox"), (60.0, 120.0), True)


def test_times_when_they_go_back_then_stay_on_the_page(tmp_path):
    text = "1\n00:05:00,000 --> 00:05:09,000\none\n\n2\n00:01:00,000 --> 00:01:09,000\ntwo\n"
    assert read(tmp_path / "a.srt", text).seconds == (300.0,)
