"""Every format of tests/golden.py: read as expected, under its own name, under none, and under another's."""

import pytest
from golden import GOLDEN
from small_documents import document_at

from errors import DocumentError
from extraction import read_contents
from extraction.formats import KIND_OF_FORMAT, Format
from extraction.kinds import HEAD_BYTES, kind_of

TOLD_BY_BYTES = [name for name, golden in GOLDEN.items() if not golden.unnamed]
# Called a plain text they are one: such a file shows the source, in a lesson or as somebody has kept a mail.
SOURCES = {Format.SVG, Format.HTML, Format.TEX, Format.JSON, Format.XML, Format.CODE, Format.EML}


@pytest.fixture(autouse=True)
def no_office(tmp_path, monkeypatch):
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))


def written(tmp_path, name, called=""):
    GOLDEN[name].write(tmp_path / name)
    return (tmp_path / name).rename(tmp_path / (called or name))


def form_at(path):
    return kind_of(path, path.read_bytes()[:HEAD_BYTES])


def texts_at(path):
    """The text of each page, or why there is none."""
    try:
        return tuple(page.text for page in read_contents(document_at(path)).pages)
    except DocumentError as error:
        return error.reason


def test_formats_when_counted_then_each_has_a_golden_file():
    assert {golden.form for golden in GOLDEN.values()} == set(Format)


@pytest.mark.parametrize("name", [name for name, golden in GOLDEN.items() if not golden.refusal])
def test_document_when_read_then_has_its_pages_title_day_and_headings(tmp_path, name):
    golden, contents = GOLDEN[name], read_contents(document_at(written(tmp_path, name)))
    assert tuple(page.text for page in contents.pages) == golden.pages
    assert [page.page_number for page in contents.pages] == list(range(1, len(golden.pages) + 1))
    assert (contents.title, contents.created[:10]) == (golden.title, golden.created)
    assert tuple(heading.text for page in contents.pages for heading in page.headings) == golden.headings
    assert (contents.kind, contents.truncated) == (KIND_OF_FORMAT[golden.form], False)


@pytest.mark.parametrize("name", [name for name, golden in GOLDEN.items() if golden.refusal])
def test_document_when_it_cannot_be_read_then_says_why(tmp_path, name):
    assert texts_at(written(tmp_path, name)) == GOLDEN[name].refusal


@pytest.mark.parametrize("name", GOLDEN)
def test_format_when_only_the_name_is_there_then_is_told_by_it(tmp_path, name):
    expected = Format.OTHER if name in ("script", "program.exe") else GOLDEN[name].form
    assert kind_of(tmp_path / name.upper(), b"") is expected


@pytest.mark.parametrize("called", ["fox", "fox.jpg", "fox.docx"])
@pytest.mark.parametrize("name", TOLD_BY_BYTES)
def test_format_when_the_name_says_nothing_or_a_lie_then_is_told_by_its_bytes(tmp_path, name, called):
    golden, path = GOLDEN[name], written(tmp_path, name, called)
    assert form_at(path) is golden.form
    assert texts_at(path) == (golden.refusal or golden.pages)


@pytest.mark.parametrize("name", TOLD_BY_BYTES)
def test_format_when_it_is_called_a_plain_text_then_its_bytes_decide_unless_they_are_a_source(tmp_path, name):
    form = GOLDEN[name].form
    assert form_at(written(tmp_path, name, "fox.txt")) is (Format.TEXT if form in SOURCES else form)


@pytest.mark.parametrize("name", [name for name, golden in GOLDEN.items() if golden.unnamed])
def test_format_when_only_its_name_tells_it_then_is_read_as_what_it_looks_like(tmp_path, name):
    assert form_at(written(tmp_path, name, "fox")) is GOLDEN[name].unnamed
