"""What is mounted where, as the system says it: the folder, the type of the file system, and what it is on.

Windows has no such table; `volumes` asks it for one folder at a time.
"""

import os
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

MOUNTINFO = Path("/proc/self/mountinfo")

_ESCAPED = re.compile(r"\\([0-7]{3})")  # blanks, tabs, line ends and backslashes of a name
_ON_MACOS = re.compile(r"^(?P<source>.*?) on (?P<point>/.*) \((?P<options>[^()]*)\)$")
_COMMAND_S = 5.0


class Mount(NamedTuple):
    """One file system at one folder."""

    point: str
    file_system: str  # its type: "ext4", "nfs4", "fuse.sshfs"
    source: str  # "/dev/sdb1", "nas:/music"
    device: str = ""  # "8:17", its numbers; "" unknown
    is_local: bool | None = None  # None: the system does not say


def mounted() -> list[Mount]:
    """All of them, in the order in which they were mounted; none where the system does not say."""
    try:
        if sys.platform == "darwin":
            listed = subprocess.run(["/sbin/mount"], capture_output=True, text=True, timeout=_COMMAND_S, check=True)
            return from_mount(listed.stdout)
        return from_mountinfo(os.fsdecode(MOUNTINFO.read_bytes()))
    except (OSError, subprocess.SubprocessError):
        return []


def mount_of(folder: Path, mounts: Sequence[Mount]) -> Mount | None:
    """What a folder lies on: the deepest one above it, and of those at one folder the last, which hides the others."""
    inside = os.path.join(os.path.realpath(folder), "")
    found = None
    for mount in mounts:
        is_deeper = found is None or len(mount.point) >= len(found.point)
        if is_deeper and inside.startswith(os.path.join(mount.point, "")):
            found = mount
    return found


def from_mountinfo(text: str) -> list[Mount]:
    """The mounts of `/proc/self/mountinfo`; lines that are none are left out.

    Example:
        36 35 8:17 / /media/me/USB rw,nosuid shared:1 - vfat /dev/sdb1 rw
    Source: proc_pid_mountinfo(5).
    """
    mounts = []
    for line in text.splitlines():
        place, _, what = line.partition(" - ")
        places, whats = place.split(" "), what.split(" ")
        if len(places) > 4 and len(whats) > 1:
            mounts.append(Mount(_unescaped(places[4]), whats[0], _unescaped(whats[1]), device=places[2]))
    return mounts


def from_mount(text: str) -> list[Mount]:
    """The mounts that the command `mount` of macOS lists.

    Example:
        /dev/disk4s1 on /Volumes/USB (msdos, local, nodev, nosuid)
    """
    mounts = []
    for line in text.splitlines():
        if found := _ON_MACOS.match(line):
            file_system, *options = found["options"].split(", ")
            mounts.append(Mount(found["point"], file_system, found["source"], is_local="local" in options))
    return mounts


def _unescaped(name: str) -> str:
    return _ESCAPED.sub(lambda octal: chr(int(octal[1], 8)), name)
