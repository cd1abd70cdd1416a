"""FictionBook: chapters with their titles, and what stands before the damage."""

import pytest
from small_documents import SENTENCE, write_zip
from small_formats import FB2

from errors import DocumentError
from extraction import fictionbook

BOOK = FB2.replace("windows-1251", "utf-8")


def read(path, text):
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return fictionbook.read(path)


def test_titles_when_read_then_are_headings_of_their_pages(tmp_path):
    reading = read(tmp_path / "a.fb2", BOOK)
    found = [[(each.start_char, each.level, each.text) for each in page] for page in reading.headings]
    inside = reading.texts[2].index("Inside")
    assert found == [[], [(0, 1, "Part one")], [(0, 2, "Chapter 1"), (inside, 3, "Inside")], []]


def test_verses_and_tables_when_read_then_have_a_line_each(tmp_path):
    verses = "<poem><title><p>Song</p></title><stanza><v>a</v><v>b</v></stanza></poem>"
    table = "<table><tr><td>c</td><td>d</td></tr><tr><td>e</td></tr></table>"
    text = read(tmp_path / "a.fb2", BOOK.replace("<p>Shown last</p>", verses + table)).texts[3]
    assert text.split("\n") == ["Song", "", "a", "b", "", "c d", "e", "", ""]


def test_book_when_damaged_then_its_beginning_is_read(tmp_path):
    reading = read(tmp_path / "a.fb2", BOOK.replace("Shown last", "<broken"))
    assert reading.truncated
    assert SENTENCE in reading.texts[2]
    assert reading.title == "Лисы"


@pytest.mark.parametrize("text", ["<FictionBook><broken", "<FictionBook"])
def test_book_when_nothing_in_it_can_be_read_then_is_damaged(tmp_path, text):
    with pytest.raises(DocumentError, match="damaged"):
        read(tmp_path / "a.fb2", text)


def test_book_when_it_brings_a_document_type_then_is_refused(tmp_path):
    bomb = '<!DOCTYPE x [<!ENTITY a "fox"><!ENTITY b "&a;&a;">]><FictionBook><p>&b;</p></FictionBook>'
    with pytest.raises(ValueError, match="DTD"):
        read(tmp_path / "a.fb2", bomb)


def test_elements_when_each_holds_the_next_then_are_refused(tmp_path):
    with pytest.raises(ValueError, match="without an end"):
        read(tmp_path / "a.fb2", "<FictionBook>" + "<p>" * 500_000)


def test_book_when_it_is_longer_than_all_others_then_its_beginning_is_read(tmp_path, monkeypatch):
    monkeypatch.setattr(fictionbook, "MAX_TEXT_CHARS", 1000)
    monkeypatch.setattr(fictionbook, "_BLOCK_BYTES", 1000)
    reading = read(tmp_path / "a.fb2", BOOK.replace("<p>Shown last", "<p>fox</p>" * 10_000 + "<p>Shown last"))
    assert reading.truncated
    assert 1000 < sum(map(len, reading.texts)) < 2500


def test_book_when_its_zip_is_a_bomb_then_is_refused(tmp_path):
    write_zip(tmp_path / "a.fbz", {"a.fb2": BOOK + " " * (10 << 20)})
    with pytest.raises(DocumentError, match="too large"):
        fictionbook.read(tmp_path / "a.fbz")
