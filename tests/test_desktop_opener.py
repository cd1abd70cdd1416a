"""Opening and revealing, with programs of our own that write down what they were given."""

import os
import sys

import pytest

from desktop.opener import open_document, reveal_document
from errors import DocumentError

NAMES = [
    "two words.txt",
    'it\'s "quoted".txt',
    "$(touch pwned).txt",
    "`touch pwned`;|&.txt",
    "-rf.txt",
    "--help.txt",
    "100%41 #1?.txt",
    "comma, and [brackets].txt",
    "Straße 日本語 😀.txt",
    "two\nlines.txt",
]

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the programs are shell scripts")


@pytest.fixture(autouse=True)
def desktop(tmp_path, monkeypatch):
    """A Linux desktop on which only what a test installs can be started."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.chdir(tmp_path)
    return folder


def install(folder, name, *, exit_code=0):
    """A program that notes its arguments; returns what reads them back."""
    notes = folder / f"{name}.notes"
    script = folder / name
    script.write_text(f'#!/bin/sh\nprintf "%s\\0" "$@" > "{notes}"\nexit {exit_code}\n')
    script.chmod(0o755)
    return lambda: notes.read_text().split("\0")[:-1] if notes.exists() else None


def document(tmp_path, name, mode=0o644):
    path = tmp_path / "documents" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text("text")
    path.chmod(mode)
    return path


@pytest.mark.parametrize("name", NAMES)
def test_open_gives_the_name_whole_and_runs_no_shell(tmp_path, desktop, name):
    arguments = install(desktop, "xdg-open")
    path = document(tmp_path, name)
    assert open_document(path) == "opened"
    assert arguments() == [str(path)]
    assert not (tmp_path / "pwned").exists()


@pytest.mark.parametrize("name", NAMES)
def test_reveal_asks_the_file_manager_for_exactly_that_file(tmp_path, desktop, name):
    arguments = install(desktop, "gdbus")
    path = document(tmp_path, name)
    reveal_document(path)
    *call, uris, startup_id = arguments()
    assert call[-1] == "org.freedesktop.FileManager1.ShowItems"
    assert uris == f"['{path.as_uri()}']"
    assert not set("',\"\n ") & set(uris[2:-2])
    assert startup_id == ""


def test_relative_path_is_made_absolute(tmp_path, desktop):
    arguments = install(desktop, "xdg-open")
    path = document(tmp_path, "-a.txt")
    open_document(path.relative_to(tmp_path))
    assert arguments() == [str(path)]


@pytest.mark.parametrize(
    "name", ["run.sh", "run.PY", "setup.exe", "x.desktop", "x.jar", "x.AppImage", "x.bat", "x.lnk"]
)
def test_program_is_revealed_and_never_opened(tmp_path, desktop, name):
    opened, revealed = install(desktop, "xdg-open"), install(desktop, "gdbus")
    assert open_document(document(tmp_path, name)) == "revealed"
    assert opened() is None
    assert revealed()


def test_executable_without_a_suffix_is_revealed(tmp_path, desktop):
    opened, revealed = install(desktop, "xdg-open"), install(desktop, "gdbus")
    assert open_document(document(tmp_path, "run", mode=0o755)) == "revealed"
    assert (opened(), bool(revealed())) == (None, True)


def test_document_on_a_drive_that_marks_all_files_executable_is_opened(tmp_path, desktop):
    install(desktop, "xdg-open")
    assert open_document(document(tmp_path, "report.pdf", mode=0o755)) == "opened"


def test_link_with_a_harmless_name_to_a_program_is_revealed(tmp_path, desktop):
    opened, _ = install(desktop, "xdg-open"), install(desktop, "gdbus")
    link = tmp_path / "report.pdf"
    link.symlink_to(document(tmp_path, "run.sh"))
    assert open_document(link) == "revealed"
    assert opened() is None


@pytest.mark.parametrize("act", [open_document, reveal_document])
def test_vanished_document_is_an_error_and_starts_nothing(tmp_path, desktop, act):
    arguments = install(desktop, "xdg-open")
    with pytest.raises(DocumentError, match="no longer there"):
        act(tmp_path / "gone.txt")
    assert arguments() is None


def test_open_says_so_when_no_program_opens_it(tmp_path, desktop):
    install(desktop, "xdg-open", exit_code=3)
    with pytest.raises(DocumentError, match="no program"):
        open_document(document(tmp_path, "a.xyz"))


def test_open_says_so_when_the_desktop_has_no_opener(tmp_path):
    with pytest.raises(DocumentError, match="xdg-open cannot be started"):
        open_document(document(tmp_path, "a.txt"))


def test_open_does_not_wait_for_a_program_that_stays(tmp_path, desktop, monkeypatch):
    monkeypatch.setattr("desktop.opener._START_S", 0.1)
    script = desktop / "xdg-open"
    script.write_text("#!/bin/sh\nread line < /dev/tty || exec /bin/sleep 1\n")
    script.chmod(0o755)
    assert open_document(document(tmp_path, "a.txt")) == "opened"


def test_reveal_uses_dbus_send_where_there_is_no_gdbus(tmp_path, desktop):
    arguments = install(desktop, "dbus-send")
    path = document(tmp_path, "a, b.txt")
    reveal_document(path)
    assert f"array:string:{path.as_uri()}" in arguments()
    assert "," not in path.as_uri()


def test_reveal_opens_the_folder_where_no_file_manager_answers(tmp_path, desktop):
    install(desktop, "gdbus", exit_code=1)
    arguments = install(desktop, "xdg-open")
    path = document(tmp_path, "a.txt")
    reveal_document(path)
    assert arguments() == [str(path.parent)]
