"""Files on the clipboard, with programs of our own that write down what they were given."""

import os
import sys
from pathlib import Path

import pytest

from desktop import clipboard
from errors import LauncherError

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the programs are shell scripts")
PATHS = [Path("/documents/two words.txt"), Path("/documents/Straße;'&.txt")]
ADDRESSES = ["file:///documents/two%20words.txt", "file:///documents/Stra%C3%9Fe%3B%27%26.txt"]


@pytest.fixture(autouse=True)
def desktop(tmp_path, monkeypatch):
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}")
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.setenv("XDG_CURRENT_DESKTOP", "GNOME")
    monkeypatch.setattr(sys, "platform", "linux")
    return folder


def install(folder, name, *, exit_code=0):
    """A program that notes its arguments, and what it is given to read."""
    notes = folder / "notes"
    script = folder / name
    script.write_text(f'#!/bin/sh\n{{ echo "{name} $*"; /bin/cat; }} > "{notes}"\nexit {exit_code}\n')
    script.chmod(0o755)
    return lambda: notes.read_bytes().decode().split("\n")


def test_files_when_copied_then_are_what_file_managers_paste(desktop):
    noted = install(desktop, "xclip")
    clipboard.copy_files(PATHS)
    command, *pasted = noted()
    assert command.endswith("-target x-special/gnome-copied-files")
    assert pasted == ["copy", *ADDRESSES]


def test_files_when_copied_in_kde_then_are_a_list_of_addresses(desktop, monkeypatch):
    monkeypatch.setenv("XDG_CURRENT_DESKTOP", "KDE")
    noted = install(desktop, "xclip")
    clipboard.copy_files(PATHS)
    command, *pasted = noted()
    assert command.endswith("-target text/uri-list")
    assert pasted == [f"{ADDRESSES[0]}\r", f"{ADDRESSES[1]}\r", ""]


def test_files_when_copied_in_wayland_then_are_given_to_its_own_program(desktop, monkeypatch):
    monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-0")
    install(desktop, "xclip")
    noted = install(desktop, "wl-copy")
    clipboard.copy_files(PATHS)
    assert noted()[0] == "wl-copy --type x-special/gnome-copied-files"


def test_files_when_no_program_can_copy_them_then_names_one(desktop):
    with pytest.raises(LauncherError, match="cannot be copied") as raised:
        clipboard.copy_files(PATHS)
    assert raised.value.hint == "Install xclip."


def test_files_when_the_program_fails_then_says_so(desktop):
    install(desktop, "xclip", exit_code=1)
    with pytest.raises(LauncherError, match="xclip failed"):
        clipboard.copy_files(PATHS)


def test_files_when_copied_on_macos_then_their_names_are_no_part_of_a_script(desktop, monkeypatch):
    monkeypatch.setattr(sys, "platform", "darwin")
    noted = install(desktop, "osascript")
    clipboard.copy_files(PATHS)
    assert noted()[0].endswith(" ".join(map(str, PATHS)))


def test_files_when_copied_on_windows_then_their_names_are_no_part_of_a_script(desktop, monkeypatch):
    monkeypatch.setattr(sys, "platform", "win32")
    script = desktop / "powershell"
    script.write_text(f'#!/bin/sh\nprintf %s "$LAUNCHER_COPIED" > "{desktop}/notes"\n')
    script.chmod(0o755)
    clipboard.copy_files(PATHS)
    assert (desktop / "notes").read_text() == "|".join(map(str, PATHS))
