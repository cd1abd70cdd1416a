"""Documents for which LibreOffice is asked: those of other makers, and old ones that are damaged."""

import json
import sys

import pytest
from small_documents import SENTENCE, document_at, write_odp, write_ods, write_odt
from small_office97 import word_streams, write_doc, write_ole

from errors import DocumentError
from extraction import old_office, read_contents

# What stands in for LibreOffice: notes what it was asked for, and copies a document that was made before.
FAKE = """#!{python}
import json, pathlib, shutil, sys, time
source, folder = pathlib.Path(sys.argv[-1]), pathlib.Path(sys.argv[-2])
target = sys.argv[sys.argv.index("--convert-to") + 1]
pathlib.Path({notes!r}).write_text(json.dumps([source.suffix, target]))
{act}
"""
COPY = "shutil.copy(pathlib.Path({!r}, 'made.' + target), source.with_suffix('.' + target))"
WRITERS = {"odt": write_odt, "odp": write_odp, "ods": write_ods}


@pytest.fixture
def no_office(tmp_path, monkeypatch):
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))


@pytest.fixture
def office(tmp_path, no_office):
    """Puts a LibreOffice on the path that does what the given line says; gives what it was called with."""
    for suffix, write in WRITERS.items():
        write(tmp_path / f"made.{suffix}")
    copy = COPY.format(str(tmp_path))

    def install(act=""):
        notes, program = tmp_path / "notes.json", tmp_path / "bin" / "soffice"
        program.write_text(FAKE.format(python=sys.executable, notes=str(notes), act=act or copy))
        program.chmod(0o755)
        return notes

    return install


def contents_of(path):
    return read_contents(document_at(path))


OTHERS = {
    "wpd": ("document", "odt"),
    "pages": ("document", "odt"),
    "key": ("slides", "odp"),
    "numbers": ("sheet", "ods"),
}


@pytest.mark.parametrize("suffix", OTHERS)
def test_format_of_another_maker_when_there_is_an_office_then_is_read_by_it(office, tmp_path, suffix):
    notes = office()
    path = tmp_path / f"a.{suffix}"
    path.write_bytes(b"\xffWPC\0\1" + bytes(300))
    contents = contents_of(path)
    kind, target = OTHERS[suffix]
    assert SENTENCE in contents.pages[0].text
    assert contents.kind == kind
    assert json.loads(notes.read_text()) == [f".{suffix}", target]


@pytest.mark.parametrize("suffix", OTHERS)
def test_format_of_another_maker_when_there_is_no_office_then_says_so(no_office, tmp_path, suffix):
    path = tmp_path / f"a.{suffix}"
    path.write_bytes(b"\xffWPC\0\1" + bytes(300))
    with pytest.raises(DocumentError, match="unsupported without LibreOffice: another"):
        contents_of(path)


@pytest.mark.parametrize("act", ["sys.exit(1)", "source.with_suffix('.odt').touch()"])
def test_format_of_another_maker_when_the_office_fails_then_is_unsupported(office, tmp_path, act):
    office(act)
    path = tmp_path / "a.wpd"
    path.write_bytes(b"\xffWPC\0\1" + bytes(300))
    with pytest.raises(DocumentError, match=": unsupported: another word processor's format"):
        contents_of(path)


def test_format_of_another_maker_when_the_office_hangs_then_is_unsupported(office, tmp_path, monkeypatch):
    monkeypatch.setattr(old_office, "CONVERSION_TIME_S", 0.5)
    office("time.sleep(30)")
    path = tmp_path / "a.wpd"
    path.write_bytes(b"\xffWPC\0\1" + bytes(300))
    with pytest.raises(DocumentError, match="unsupported"):
        contents_of(path)


@pytest.mark.parametrize(("suffix", "target"), [("doc", "odt"), ("ppt", "odp")])
def test_document_from_before_1993_when_there_is_an_office_then_is_read_by_it(office, tmp_path, suffix, target):
    notes = office()
    path = tmp_path / f"a.{suffix}"
    path.write_bytes(b"\xdb\xa5\x2d\0\0" + bytes(300))
    assert SENTENCE in contents_of(path).pages[0].text
    assert json.loads(notes.read_text()) == [f".{suffix}", target]


def test_document_when_it_can_be_read_here_then_nothing_is_started(office, tmp_path):
    notes = office()
    write_doc(tmp_path / "a.doc")
    assert SENTENCE in contents_of(tmp_path / "a.doc").pages[0].text
    assert not notes.exists()


def test_document_when_it_is_damaged_then_the_office_may_try(office, tmp_path):
    write_ole(tmp_path / "a.doc", {"WordDocument": word_streams("x")["WordDocument"][:200]})
    with pytest.raises(DocumentError, match="damaged"):
        contents_of(tmp_path / "a.doc")
    office()
    assert SENTENCE in contents_of(tmp_path / "a.doc").pages[0].text


def test_document_when_it_has_a_password_then_the_office_is_not_asked(office, tmp_path):
    notes = office()
    write_ole(tmp_path / "a.doc", word_streams("x", flags=0x100))
    with pytest.raises(DocumentError, match="encrypted"):
        contents_of(tmp_path / "a.doc")
    assert not notes.exists()


def test_what_the_office_made_when_it_is_broken_then_the_document_is_blamed(office, tmp_path):
    office("source.with_suffix('.odt').write_text('broken')")
    path = tmp_path / "a.wpd"
    path.write_bytes(b"\xffWPC\0\1" + bytes(300))
    with pytest.raises(DocumentError) as failure:
        contents_of(path)
    assert failure.value.path == path
