"""Which window can be had where, how a browser is started, and where a window goes."""

import os
from pathlib import Path

import pytest

from desktop.browsers import browser_command, find_browser, profiles_of, sweep_profiles
from desktop.placing import Rect, centred
from desktop.window import WindowUnavailable, open_window
from errors import LauncherError


@pytest.fixture
def programs(tmp_path, monkeypatch):
    """A desktop on which only what a test installs can be started."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setenv("DISPLAY", ":4711")
    return folder


def install(folder, name):
    """A program that notes what it was given."""
    script = folder / name
    script.parent.mkdir(parents=True, exist_ok=True)
    script.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" >> "{folder}/opened"\n')
    script.chmod(0o755)
    return script


def opened(kind, tmp_path, address=lambda: "http://127.0.0.1:1/?t=x"):
    return open_window(kind, address, on_closed=lambda: None, profile_dir=tmp_path / "window")


@pytest.fixture
def no_display(monkeypatch):
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize("kind", ["webview", "app", "browser"])
def test_window_when_there_is_no_display_then_that_kind_is_unavailable(programs, no_display, kind, tmp_path):
    install(programs, "chromium")
    with pytest.raises(WindowUnavailable) as refused:
        opened(kind, tmp_path)
    assert "--window" in refused.value.hint


def test_window_when_no_kind_can_be_had_then_says_why_of_each(programs, no_display, tmp_path):
    with pytest.raises(
        WindowUnavailable, match=r"no desktop.*; there is no Chromium.*; there is no browser"
    ) as refused:
        opened("auto", tmp_path)
    assert "--window none" in refused.value.hint


def test_window_when_there_is_no_chromium_then_auto_is_the_browser(programs, tmp_path, monkeypatch):
    monkeypatch.setenv("BROWSER", f"{install(programs, 'surf')} %s")
    addresses = iter(["http://127.0.0.1:1/?t=first", "http://127.0.0.1:1/?t=second"])
    window = opened("auto", tmp_path, lambda: next(addresses))
    window.show()
    window.hide()
    window.toggle()
    assert (programs / "opened").read_text().split() == ["http://127.0.0.1:1/?t=first", "http://127.0.0.1:1/?t=second"]


def test_browser_tab_when_closed_then_its_run_ends(programs, tmp_path, monkeypatch):
    monkeypatch.setenv("BROWSER", f"{install(programs, 'surf')} %s")
    window = opened("browser", tmp_path)
    window.close()
    window.run()


def test_browser_when_several_are_installed_then_the_first_of_ours_is_taken(programs):
    install(programs, "google-chrome")
    assert find_browser("linux", os.environ) == programs / "google-chrome"
    install(programs, "chromium")
    assert find_browser("linux", os.environ) == programs / "chromium"


def test_browser_when_on_windows_then_edge_is_found_where_windows_keeps_it(tmp_path):
    edge = install(tmp_path, "Microsoft/Edge/Application/msedge.exe")
    environ = {"ProgramFiles": str(tmp_path / "none"), "ProgramFiles(x86)": str(tmp_path)}
    assert find_browser("win32", environ) == edge


def test_browser_when_on_macos_then_it_is_found_in_the_persons_own_folder_too(tmp_path):
    chrome = install(tmp_path, "Applications/Google Chrome.app/Contents/MacOS/Google Chrome")
    assert find_browser("darwin", {"HOME": str(tmp_path)}) in (
        chrome,
        Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"),
    )


def test_browser_when_started_then_has_a_profile_of_its_own_and_no_way_out():
    command = browser_command(Path("/b"), "http://127.0.0.1:1/?t=x", Path("/p q"), window_class="c")
    assert command[:4] == ["/b", "--app=http://127.0.0.1:1/?t=x", "--user-data-dir=/p q", "--class=c"]
    assert {"--no-first-run", "--password-store=basic", "--proxy-server=127.0.0.1:9"} <= set(command)
    assert not [option for option in command if "sandbox" in option]


def test_profiles_when_the_browser_is_a_snap_then_are_where_it_can_write(programs, tmp_path, own_home):
    (programs / "snap").touch()
    (programs / "chromium").symlink_to("snap")
    assert profiles_of(programs / "chromium", tmp_path).is_relative_to(own_home / "snap" / "chromium" / "common")
    assert profiles_of(install(programs, "brave"), tmp_path) == tmp_path


def test_profiles_when_swept_then_only_profiles_go(tmp_path):
    (tmp_path / "profile-old" / "Default").mkdir(parents=True)
    (tmp_path / "notes").mkdir()
    (tmp_path / "profile-old" / "SingletonLock").symlink_to(f"machine-{os.getpid()}")  # a number that was used again
    sweep_profiles(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["notes"]


def test_profiles_when_their_folder_cannot_be_made_then_says_so(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(LauncherError, match="Cannot make"):
        sweep_profiles(tmp_path / "file" / "window")


@pytest.mark.parametrize(
    ("screen", "corner"),
    [
        (Rect(0, 0, 1280, 800), (90, 40)),
        (Rect(1280, 200, 1920, 1080), (1690, 380)),
        (Rect(-1920, 0, 1920, 1080), (-1510, 180)),
        (Rect(0, 0, 800, 600), (0, 0)),
    ],
)
def test_window_when_placed_then_is_in_the_middle_and_its_top_is_seen(screen, corner):
    assert centred(1100, 720, screen) == corner
