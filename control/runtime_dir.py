"""The folder of the resident process, which only its own user may enter: lock, control socket, way to the window.

Nothing slow is imported here: a key press may be waiting (`launcher toggle`).
"""

import os
import stat
import sys
from collections.abc import Mapping
from pathlib import Path

from errors import SettingsError
from process_lock import take_lock

APP_NAME = "semantic-launcher"
LOCK_NAME = "lock"  # held by the resident process as long as it lives


def runtime_dir_of(environ: Mapping[str, str]) -> Path:
    """Where it is: in LAUNCHER_HOME, else with the desktop session, in memory, else beside the index."""
    if home := environ.get("LAUNCHER_HOME"):
        return Path(home).expanduser() / "run"
    if session := environ.get("XDG_RUNTIME_DIR"):
        return Path(session) / APP_NAME
    import platformdirs  # noqa: PLC0415 - only where nothing else says it

    return Path(platformdirs.user_data_dir(APP_NAME, appauthor=False)) / "run"


def make_runtime_dir(folder: Path) -> None:
    """Make the folder if it is not there, for its user alone.

    Raises:
        SettingsError: It cannot be made, or as `check_runtime_dir`.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise SettingsError(
            f"Cannot make {folder}: {error.strerror}", hint="LAUNCHER_HOME=DIR chooses another folder."
        ) from error
    check_runtime_dir(folder)


def check_runtime_dir(folder: Path) -> None:
    """Refuse what others could have put there, or could look into. One that is not there is nobody's.

    Raises:
        SettingsError: It is another user's, open to others, or no folder.
    """
    try:
        facts = folder.lstat()
    except OSError:
        return
    if not stat.S_ISDIR(facts.st_mode):
        raise SettingsError(f"Not a folder: {folder}", hint="Remove it, then try again.")
    if sys.platform == "win32":
        return  # a folder in a person's profile is theirs alone
    if facts.st_uid != os.geteuid():
        raise SettingsError(
            f"{folder} belongs to another user.", hint="Remove it, or choose another folder with LAUNCHER_HOME=DIR."
        )
    if facts.st_mode & 0o077:
        raise SettingsError(f"{folder} is open to other users.", hint=f"chmod 700 '{folder}'")


def is_in_use(folder: Path) -> bool:
    """Whether a resident process lives there; one that was killed leaves its files behind, but not its lock."""
    try:
        lock = take_lock(folder / LOCK_NAME)
    except OSError:
        return False
    if lock is not None:
        lock.close()
    return lock is None
