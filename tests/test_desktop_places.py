"""Opening at a page, a second or a line, with programs and .desktop files of our own."""

import os
import sys

import pytest

from desktop.opener import open_document, open_with, openers
from desktop.places import Place, arguments_at
from errors import DocumentError
from tests.test_desktop_opener import document, install

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the programs are shell scripts")
XDG_MIME = """#!/bin/sh
case "$2" in
filetype) echo application/x-test ;;
default) echo "{default}" ;;
esac
"""
GIO = '#!/bin/sh\nprintf "Anwendungen:\\n\\tviewer.desktop\\n\\teditor.desktop\\n\\tgone.desktop\\n"\n'


@pytest.fixture(autouse=True)
def desktop(tmp_path, monkeypatch):
    """A Linux desktop on which only what a test installs can be started."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("XDG_DATA_DIRS", str(tmp_path / "nowhere"))
    monkeypatch.setattr(sys, "platform", "linux")
    (tmp_path / "data" / "applications").mkdir(parents=True)
    return folder


def script(path, text):
    path.write_text(text)
    path.chmod(0o755)


def program(desktop, name, *, execute, default=True, extra=""):
    """A program with a .desktop file; returns what reads its arguments back."""
    entry = f"[Desktop Entry]\nName={name.title()}\nName[de]=Das {name}\nExec={execute}\n{extra}"
    (desktop.parent / "data" / "applications" / f"{name}.desktop").write_text(entry)
    if default:
        script(desktop / "xdg-mime", XDG_MIME.format(default=f"{name}.desktop"))
    return install(desktop, execute.split()[0])


@pytest.mark.parametrize(
    ("name", "place", "given"),
    [
        ("evince", Place(page_number=7), ["--page-index=7", "/a b.x"]),
        ("okular", Place(page_number=7), ["--page", "7", "/a b.x"]),
        ("firefox", Place(page_number=7), ["file:///a%20b.x#page=7"]),
        ("skim", Place(page_number=7), ["skim:///a%20b.x#page=7"]),
        ("vlc", Place(second=65.7), ["--start-time=65", "/a b.x"]),
        ("mpv", Place(second=0.0), ["--start=0", "/a b.x"]),
        ("code", Place(line=12), ["--goto", "/a b.x:12"]),
        ("gedit", Place(line=12), ["+12", "/a b.x"]),
        ("notepad++", Place(line=12), ["-n12", "/a b.x"]),
    ],
)
def test_known_program_when_given_a_place_then_is_told_in_its_own_way(tmp_path, name, place, given):
    assert arguments_at(name, tmp_path.__class__("/a b.x"), place) == given


def test_arguments_when_the_name_holds_a_template_then_stay_as_it_is(tmp_path):
    assert arguments_at("kate", tmp_path / "{at}{uri}.py", Place(line=3))[-1] == str(tmp_path / "{at}{uri}.py")


@pytest.mark.parametrize(
    ("name", "place"), [("evince", Place(line=3)), ("vlc", Place()), ("gimp", Place(page_number=2))]
)
def test_program_when_it_knows_no_such_place_then_is_told_nothing(tmp_path, name, place):
    assert arguments_at(name, tmp_path / "a", place) is None


def test_open_when_the_default_program_knows_pages_then_begins_at_the_page(tmp_path, desktop):
    usual = install(desktop, "xdg-open")
    viewer = program(desktop, "viewer", execute="evince %U")
    path = document(tmp_path, "$(touch pwned) a.pdf")
    assert open_document(path, Place(page_number=3)) == "opened"
    assert viewer() == ["--page-index=3", str(path)]
    assert usual() is None


def test_open_when_the_default_program_is_started_through_env_then_is_known_all_the_same(tmp_path, desktop):
    viewer = program(desktop, "viewer", execute="env HINT=1 /snap/bin/evince %U")
    path = document(tmp_path, "a.pdf")
    open_document(path, Place(page_number=3))
    assert viewer() == ["HINT=1", "/snap/bin/evince", "--page-index=3", str(path)]


def test_open_when_the_default_program_is_unknown_then_opens_as_usual(tmp_path, desktop):
    usual = install(desktop, "xdg-open")
    viewer = program(desktop, "viewer", execute="some-viewer %U")
    path = document(tmp_path, "a.pdf")
    open_document(path, Place(page_number=3))
    assert (viewer(), usual()) == (None, [str(path)])


def test_script_when_the_default_program_is_an_editor_then_is_shown_there_and_not_run(tmp_path, desktop):
    editor = program(desktop, "editor", execute="gedit %F")
    path = document(tmp_path, "run.py", mode=0o755)
    assert open_document(path, Place(line=4)) == "opened"
    assert editor() == ["+4", str(path)]
    assert open_document(path) == "opened"
    assert editor() == [str(path)]


def test_script_when_the_default_program_is_none_of_the_editors_then_is_revealed(tmp_path, desktop):
    revealed = install(desktop, "gdbus")
    runner = program(desktop, "runner", execute="python3 %F")
    assert open_document(document(tmp_path, "run.py"), Place(line=4)) == "revealed"
    assert (runner(), bool(revealed())) == (None, True)


def test_openers_when_asked_then_are_those_of_the_desktop_in_its_order(tmp_path, desktop, monkeypatch):
    monkeypatch.setenv("LC_MESSAGES", "de_DE.UTF-8")
    script(desktop / "gio", GIO)
    program(desktop, "viewer", execute="evince %U", default=False)
    program(desktop, "editor", execute="gedit %F")
    found = openers(document(tmp_path, "a.pdf"))
    assert [(each.id, each.name) for each in found] == [
        ("editor.desktop", "Das editor"),
        ("viewer.desktop", "Das viewer"),
    ]


def test_openers_when_it_is_a_script_then_are_the_editors(tmp_path, desktop):
    script(desktop / "gio", GIO)
    program(desktop, "viewer", execute="python3 %U", default=False)
    program(desktop, "editor", execute="gedit %F")
    assert [each.id for each in openers(document(tmp_path, "run.py"))] == ["editor.desktop"]


@pytest.mark.parametrize("extra", ["Terminal=true\n", "Exec=\n"])
def test_program_when_it_has_no_window_then_is_no_opener(tmp_path, desktop, extra):
    program(desktop, "viewer", execute="less %f", extra=extra)
    assert openers(document(tmp_path, "a.pdf")) == []


def test_open_with_when_chosen_then_starts_that_one_with_the_options_it_has(tmp_path, desktop):
    viewer = program(desktop, "viewer", execute="some-viewer --new %U --last %i")
    path = document(tmp_path, "a.pdf")
    open_with(path, "viewer.desktop")
    assert viewer() == ["--new", str(path), "--last"]


@pytest.mark.parametrize("program_id", ["", "other.desktop", "/bin/sh", "../viewer.desktop"])
def test_open_with_when_that_is_no_opener_of_it_then_starts_nothing(tmp_path, desktop, program_id):
    viewer = program(desktop, "viewer", execute="some-viewer %U")
    with pytest.raises(DocumentError, match="does not open it"):
        open_with(document(tmp_path, "a.pdf"), program_id)
    assert viewer() is None
