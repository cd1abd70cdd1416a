"""Browsers that can show a page as a window of its own: where they are, and how they are started.

The browser is ours alone: a profile that is thrown away, nothing in it but the page, and no way out of this machine.
"""

import os
import shutil
import signal
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from desktop.placing import HEIGHT_PX, WIDTH_PX
from errors import LauncherError

_ON_PATH = (
    *("chromium", "chromium-browser", "google-chrome-stable", "google-chrome"),
    *("microsoft-edge-stable", "microsoft-edge", "brave-browser", "brave", "vivaldi-stable", "vivaldi"),
)
_ON_WINDOWS = (
    "Microsoft/Edge/Application/msedge.exe",
    "Google/Chrome/Application/chrome.exe",
    "Chromium/Application/chrome.exe",
    "BraveSoftware/Brave-Browser/Application/brave.exe",
)
_ON_MACOS = ("Google Chrome", "Microsoft Edge", "Chromium", "Brave Browser")
_OPTIONS = (
    *("--no-first-run", "--no-default-browser-check", "--disable-extensions", "--disable-sync", "--disable-breakpad"),
    *("--disable-background-networking", "--disable-component-update", "--disable-session-crashed-bubble"),
    *("--hide-crash-restore-bubble", "--disable-features=Translate,MediaRouter,OptimizationHints"),
    "--disk-cache-size=33554432",  # the profile may be in memory
    "--password-store=basic",  # asks for no key ring
    "--proxy-server=127.0.0.1:9",  # where nobody listens: only this machine itself is reached without it
)


def find_browser(platform: str, environ: Mapping[str, str]) -> Path | None:
    """The first that is installed."""
    if platform == "win32":
        folders = [environ[name] for name in ("ProgramFiles(x86)", "ProgramFiles", "LocalAppData") if name in environ]
        candidates = [Path(folder, name) for name in _ON_WINDOWS for folder in folders]
    elif platform == "darwin":
        folders = ["/Applications", f"{environ.get('HOME', '')}/Applications"]
        candidates = [Path(folder, f"{name}.app/Contents/MacOS/{name}") for name in _ON_MACOS for folder in folders]
    else:
        found = (shutil.which(name, path=environ.get("PATH")) for name in _ON_PATH)
        candidates = [Path(path) for path in found if path]
    return next((path for path in candidates if path.is_file()), None)


def browser_command(browser: Path, address: str, profile: Path, *, window_class: str) -> list[str]:
    """What opens `address` as a window without tabs, in a profile that nobody else uses."""
    return [
        str(browser),
        f"--app={address}",
        f"--user-data-dir={profile}",
        f"--class={window_class}",
        f"--window-size={WIDTH_PX},{HEIGHT_PX}",
        *_OPTIONS,
    ]


def profiles_of(browser: Path, folder: Path) -> Path:
    """Where this browser may keep profiles: `folder`, but a snap sees only its own part of the home."""
    if browser.resolve().name != "snap":
        return folder
    return Path.home() / "snap" / browser.name / "common" / "semantic-launcher"


def sweep_profiles(folder: Path) -> None:
    """Remove the profiles of earlier runs, and end a browser that outlived its launcher, which nobody could see.

    Raises:
        LauncherError: There can be no such folder.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise LauncherError(f"Cannot make {folder}: {error.strerror}") from error
    for profile in folder.glob("profile-*"):
        for process_id in _browsers_in(profile):
            with suppress(OSError):
                os.kill(process_id, signal.SIGTERM)
        shutil.rmtree(profile, ignore_errors=True)  # what is in use on Windows goes the next time


def _browsers_in(profile: Path) -> Iterator[int]:
    """Its browser's process; a profile names it, and what it runs is looked at before it is believed."""
    with suppress(OSError, ValueError):
        process_id = int((profile / "SingletonLock").readlink().name.rpartition("-")[2])
        arguments = Path(f"/proc/{process_id}/cmdline").read_bytes().split(b"\0")
        if b"--user-data-dir=" + bytes(profile) in arguments:
            yield process_id
