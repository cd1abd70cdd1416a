"""Which file system a folder lies on, and whether it is there: a drive is taken out, and another one put in its place.

It only tells. What a drive that is not there means for the documents on it is for others to say.
"""

import ctypes
import os
import plistlib
import select
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Literal, Protocol

import msgspec

from corpus import Document, is_unchanged_there
from index_store import Root
from mounts import MOUNTINFO, Mount, mount_of, mounted

Kind = Literal["local", "network", "removable"]

# What `Root.volume` says of a folder on the file system of the person's own home: where that goes, the index goes too,
# and a home that was moved to a new disk is still the same.
HOME = "home"

NOT_PLUGGED_IN = "not plugged in"
OTHER_DRIVE = "another drive is in its place"

_NETWORK = frozenset(
    (
        *("nfs", "nfs4", "cifs", "smb3", "smbfs", "afpfs", "webdav", "davfs", "ncpfs", "afs", "9p", "virtiofs"),
        *("ceph", "glusterfs", "lustre", "gpfs", "gfs2", "ocfs2", "vboxsf", "prl_fs", "vmhgfs", "drvfs"),
    )
)
# Of the others nobody knows what is behind them, and no change there is ever told.
_LOCAL_FUSE = frozenset(
    f"fuse.{name}"
    for name in (
        *("encfs", "gocryptfs", "cryfs", "securefs", "mergerfs", "bindfs", "unionfs", "portal", "ntfs-3g", "ntfs"),
        *("exfat", "apfs", "zfs"),
    )
)
# Mounted by the system for itself; no documents lie there.
_VIRTUAL = frozenset(
    (
        *("proc", "sysfs", "devtmpfs", "devpts", "cgroup", "cgroup2", "securityfs", "debugfs", "tracefs", "bpf"),
        *("mqueue", "hugetlbfs", "pstore", "autofs", "binfmt_misc", "configfs", "fusectl", "efivarfs", "rpc_pipefs"),
        *("nsfs", "overlay", "squashfs", "ramfs", "devfs"),
    )
)
_FOR_REMOVABLE = ("/media/", "/run/media/", "/Volumes/")
_DEVICES = Path("/sys/dev/block")
_UUIDS = Path("/dev/disk/by-uuid")
_COMMAND_S = 5.0
_DOCUMENTS_TRIED = 50
_LOOK_S = 10.0  # between two looks at what is mounted, where no system tells


class Closeable(Protocol):
    def close(self) -> None: ...


def volume_of(folder: Path) -> str:
    """What names the file system that a folder lies on, today and next year; "" unknown. Costs 0.1 ms on Linux.

    Of a folder that is not there it is the one of the folder in which it would be.
    """
    return _volume_of(folder, mounted())


def kind_of(folder: Path) -> Kind:
    """Whether a folder is on this machine, on another one, or on what may be taken out."""
    if sys.platform == "win32":
        return _windows_kind(folder)
    mount = mount_of(folder, mounted())
    if mount is None:
        return "local"
    if _is_network(mount):
        return "network"
    is_for_removable = f"{mount.point}/".startswith(_FOR_REMOVABLE)
    return "removable" if is_for_removable or is_removable(_DEVICES / _numbers(mount)) else "local"


def noted_volume(folder: Path) -> str:
    """What `Root.volume` is to say of a folder that is indexed for the first time; "" unknown."""
    return _noted_volume(folder, mounted())


def with_volume(root: Root, known: Root | None) -> Root:
    """`root` on the volume that it was indexed on; of one that is new, or older than that note, the one it lies on now.

    With it go the drives below it, those of before and those that are there now.

    Args:
        root: With the rules that it is to have.
        known: The same folder as the index has it; None: it is new.
    """
    volume = known.volume if known else ""
    if not volume and (known is None or is_plugged_in(known)):
        volume = noted_volume(Path(root.path))
    drives = _drives_below(Path(root.path)) | dict(known.drives if known else ())
    return msgspec.structs.replace(root, volume=volume, drives=tuple(sorted(drives.items())))


def is_away(root: Root) -> bool:
    """Whether the drive of a root is not plugged in, or another one is in its place; False where nobody knows."""
    return root.path in _away([(root.path, root.volume)])


def away_folders(root: Root) -> list[str]:
    """The folder of a root and those below it whose drive is not plugged in, or has another one in its place."""
    return _away([(root.path, root.volume), *((os.path.join(root.path, below), drive) for below, drive in root.drives)])


def is_plugged_in(root: Root) -> bool:
    """Whether what is in the folder of a root now is what its documents are to be compared with."""
    return not why_not_there(root)


def why_not_there(root: Root) -> str:
    """Why the folder of a root proves nothing about its documents, for people; "" when it does.

    It must be there, and lie on the volume that it was indexed on. Where that is not known, an empty folder may be what
    an unplugged drive left behind.
    """
    try:
        with os.scandir(root.path) as entries:
            is_empty = next(entries, None) is None
    except OSError as error:
        return NOT_PLUGGED_IN if is_away(root) else error.strerror or str(error)
    if is_away(root):
        return NOT_PLUGGED_IN if is_empty else OTHER_DRIVE
    return NOT_PLUGGED_IN if is_empty and not root.volume else ""


def is_renamed(root: Root, documents: Sequence[Document]) -> bool:
    """Whether the drive of a root is there under another name: a disk copied to a new one, a server that moved.

    Args:
        root: One that is away.
        documents: Those that were indexed in it; on another drive hardly one is as it was.
    """
    some = documents[:: max(1, len(documents) // _DOCUMENTS_TRIED)]
    return why_not_there(root) == OTHER_DRIVE and 2 * sum(map(is_unchanged_there, some)) >= len(some)


def watch_mounts(on_change: Callable[[], None]) -> Closeable:
    """Call `on_change`, from a thread, whenever something was mounted or unmounted, until this is closed."""
    return _LinuxWatch(on_change) if MOUNTINFO.exists() else _TimedWatch(on_change)


def _away(noted: Sequence[tuple[str, str]]) -> list[str]:
    mounts = mounted()
    return [folder for folder, volume in noted if volume and _noted_volume(Path(folder), mounts) not in ("", volume)]


def _noted_volume(folder: Path, mounts: Sequence[Mount]) -> str:
    volume = _volume_of(folder, mounts)
    return HOME if volume and volume == _volume_of(Path.home(), mounts) else volume


def _drives_below(folder: Path) -> dict[str, str]:
    """Where under a folder something is mounted, and its volume."""
    mounts, inside = mounted(), os.path.join(os.path.realpath(folder), "")
    points = [each.point for each in mounts if each.point.startswith(inside) and each.file_system not in _VIRTUAL]
    drives = {point[len(inside) :]: _noted_volume(Path(point), mounts) for point in points}
    return {below: volume for below, volume in drives.items() if volume}


class _LinuxWatch:
    """Waits for the signal that proc_pid_mounts(5) describes; costs nothing meanwhile."""

    def __init__(self, on_change: Callable[[], None]) -> None:
        self._on_change = on_change
        self._table = MOUNTINFO.open("rb")  # here, so that what changes from now on is told
        self._told, self._end = os.pipe()
        self._thread = threading.Thread(target=self._run, name="mounts", daemon=True)
        self._thread.start()

    def close(self) -> None:
        os.close(self._end)
        self._thread.join()
        os.close(self._told)
        self._table.close()

    def _run(self) -> None:
        poll = select.poll()
        poll.register(self._table, select.POLLPRI)
        poll.register(self._told, select.POLLIN)
        while all(descriptor != self._told for descriptor, _ in poll.poll()):
            self._on_change()


class _TimedWatch:
    """Looks now and then, where no system tells."""

    def __init__(self, on_change: Callable[[], None]) -> None:
        self._on_change = on_change
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="mounts", daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._is_over.set()
        self._thread.join()

    def _run(self) -> None:
        known = _drives()
        while not self._is_over.wait(_LOOK_S):
            before, known = known, _drives()
            if known != before:
                self._on_change()


def _drives() -> object:
    """What is different when a drive came or went: the letters of Windows, the mounts of macOS."""
    if sys.platform == "win32":
        return ctypes.windll.kernel32.GetLogicalDrives()
    return mounted()


def _volume_of(folder: Path, mounts: Sequence[Mount]) -> str:
    if sys.platform == "win32":
        return _windows_volume(folder)
    mount = mount_of(folder, mounts)
    if mount is None:
        return ""
    if _is_network(mount):
        return f"{mount.file_system} {mount.source}"
    if sys.platform == "darwin":
        return _disk_utility_uuid(mount.point, mount.source, _made(mount.point))
    return _uuid(mount) or _file_system_id(mount)


def _is_network(mount: Mount) -> bool:
    if mount.is_local is not None:
        return not mount.is_local
    is_unknown = mount.file_system.startswith("fuse.") and mount.file_system not in _LOCAL_FUSE
    return is_unknown or mount.file_system in _NETWORK


# --- Linux ---


def _uuid(mount: Mount) -> str:
    """The one that was written when its file system was made; "" where udev does not tell."""
    device = _device_number(mount.source)
    with suppress(OSError):
        for name in os.listdir(_UUIDS) if device else ():
            if _device_number(os.fspath(_UUIDS / name)) == device:
                return f"uuid {name}"
    return ""


def _file_system_id(mount: Mount) -> str:
    try:
        number = os.statvfs(mount.point).f_fsid
    except OSError:
        return ""
    return f"{mount.file_system} {number:016x}" if number else ""


def _device_number(device: str) -> int:
    """Of a device in /dev; 0: it is none."""
    try:
        return os.stat(device).st_rdev if device.startswith("/dev/") else 0
    except OSError:
        return 0


def is_removable(device: Path) -> bool:
    """Whether a disk, or the one that a partition is of, can be taken out, as /sys/dev/block says; all of USB can."""
    place = Path(os.path.realpath(device))
    if any(part.startswith("usb") for part in place.parts):
        return True
    flags = (folder / "removable" for folder in (place, place.parent))
    return any(flag.read_text().strip() == "1" for flag in flags if flag.is_file())


def _numbers(mount: Mount) -> str:
    """Of its device, as /sys/dev/block names it; what stands in the table may be of no device."""
    device = _device_number(mount.source)
    return f"{os.major(device)}:{os.minor(device)}" if device else mount.device


# --- macOS ---


def _made(point: str) -> float:
    """When a file system was made, by which two at one place differ; 0: nobody knows."""
    try:
        return getattr(os.stat(point), "st_birthtime", 0.0)
    except OSError:
        return 0.0


@lru_cache(maxsize=64)  # a tenth of a second each
def _disk_utility_uuid(point: str, source: str, made: float) -> str:  # noqa: ARG001 - what is another one if they are
    command = ["/usr/sbin/diskutil", "info", "-plist", point]
    try:
        told = subprocess.run(command, capture_output=True, timeout=_COMMAND_S, check=True)
        return f"uuid {plistlib.loads(told.stdout)['VolumeUUID']}"
    except (OSError, subprocess.SubprocessError, plistlib.InvalidFileException, KeyError):
        return ""


# --- Windows ---


def _windows_volume(folder: Path) -> str:
    if sys.platform == "win32":
        serial = ctypes.c_ulong()
        top = ctypes.c_wchar_p(_windows_top(folder))
        kernel = ctypes.windll.kernel32
        if kernel.GetVolumeInformationW(top, None, 0, ctypes.byref(serial), None, None, None, 0):
            return f"serial {serial.value:08x}"
    return "none"  # so of a letter that no drive has now


def _windows_kind(folder: Path) -> Kind:
    if sys.platform == "win32":
        kind = ctypes.windll.kernel32.GetDriveTypeW(ctypes.c_wchar_p(_windows_top(folder)))
        kinds: dict[int, Kind] = {2: "removable", 4: "network", 5: "removable"}  # DRIVE_REMOVABLE, _REMOTE, _CDROM
        return kinds.get(kind, "local")
    return "local"


def _windows_top(folder: Path) -> str:
    r"""The folder where its file system begins: `C:\`, or where a drive is mounted in another."""
    if sys.platform == "win32":
        top = ctypes.create_unicode_buffer(len(os.fspath(folder)) + 4)
        ctypes.windll.kernel32.GetVolumePathNameW(ctypes.c_wchar_p(os.fspath(folder)), top, len(top))
        return top.value
    return ""
