"""XPS and comics: runs of glyphs become words and lines, pictures become pages."""

import zipfile

import pytest
from small_documents import write_zip
from small_formats import write_cbz, write_xps

from errors import DocumentError
from extraction import fixed_pages
from extraction.fixed_pages import read_cbz, read_xps


def glyphs(text, x, y, indices="", size=10):
    places = f'OriginX="{x}" OriginY="{y}" FontRenderingEmSize="{size}" Indices="{indices}"'
    return f'<Glyphs {places} UnicodeString="{text}"/>'


def text_of(path, *runs):
    write_xps(path)
    with zipfile.ZipFile(path) as package:
        members = {name: package.read(name).decode() for name in package.namelist()}
    page = f'<FixedPage xmlns="x"><Canvas>{"".join(runs)}</Canvas></FixedPage>'
    write_zip(path, members | {"1.fpage": page})
    return read_xps(path).texts[0]


def test_runs_when_side_by_side_then_are_one_word(tmp_path):
    assert text_of(tmp_path / "a.xps", glyphs("fo", 0, 50, "1,60;2,60"), glyphs("xes", 12, 50)) == "foxes"


def test_runs_when_there_is_room_between_them_then_are_two_words(tmp_path):
    runs = (
        glyphs("two", 0, 50, "1,50;2,50;3,50"),
        glyphs("foxes", 20, 50),
        glyphs("nap ", 60, 50),
        glyphs("now", 90, 50),
    )
    assert text_of(tmp_path / "a.xps", *runs) == "two foxes nap now"


def test_runs_when_one_is_below_then_are_two_lines(tmp_path):
    assert text_of(tmp_path / "a.xps", glyphs("one", 0, 50), glyphs("{}{two", 0, 62)) == "one\n{two"


@pytest.mark.parametrize("broken", ["<broken", '<!DOCTYPE x [<!ENTITY a "b">]>', ""])
def test_page_when_damaged_then_what_stands_before_is_read(tmp_path, broken):
    assert text_of(tmp_path / "a.xps", glyphs("one", 0, 50), broken).startswith("one" if broken[:2] != "<!" else "")


def test_xps_when_a_page_is_missing_then_is_blank(tmp_path):
    write_xps(tmp_path / "a.xps")
    with zipfile.ZipFile(tmp_path / "a.xps") as package:
        members = {name: package.read(name).decode() for name in package.namelist()}
    pages = members["d"].replace("<PageContent", '<PageContent Source="gone.fpage"/><PageContent')
    write_zip(tmp_path / "a.xps", members | {"d": pages})
    assert read_xps(tmp_path / "a.xps").texts == ("", "The quick brown fox naps.")


def test_xps_when_it_names_no_page_then_is_damaged(tmp_path):
    write_zip(tmp_path / "a.xps", {"[Content_Types].xml": "<Types/>"})
    with pytest.raises(DocumentError, match="no pages"):
        read_xps(tmp_path / "a.xps")


def test_xps_when_a_page_is_a_bomb_then_is_refused(tmp_path):
    with pytest.raises(DocumentError, match="too large"):
        text_of(tmp_path / "a.xps", " " * (10 << 20))


def test_comic_when_nobody_says_what_it_is_then_has_blank_pages(tmp_path):
    write_zip(tmp_path / "a.cbz", {"b/2.JPG": "x", "b/1.jpg": "x", "b/info.txt": "x"})
    reading = read_cbz(tmp_path / "a.cbz")
    assert (reading.texts, reading.title, reading.created) == (("", ""), "", "")


def test_comic_when_what_is_said_of_it_is_broken_then_keeps_its_pages(tmp_path):
    write_zip(tmp_path / "a.cbz", {"1.png": "x", "ComicInfo.xml": "<broken"})
    assert read_cbz(tmp_path / "a.cbz").texts == ("",)


def test_comic_when_it_has_no_pictures_then_is_damaged(tmp_path):
    write_zip(tmp_path / "a.cbz", {"a.txt": "x"})
    with pytest.raises(DocumentError, match="no pages"):
        read_cbz(tmp_path / "a.cbz")


def test_comic_when_it_has_thousands_of_pages_then_the_first_count(tmp_path, monkeypatch):
    monkeypatch.setattr(fixed_pages, "MAX_PAGES", 2)
    write_cbz(tmp_path / "a.cbz")
    reading = read_cbz(tmp_path / "a.cbz")
    assert (len(reading.texts), reading.truncated) == (2, True)
