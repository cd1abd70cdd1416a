"""What is at a path now, by the rules of its root: a file, a folder, nothing for certain, or who knows.

Not seen is not gone: only what is certainly not there may leave the index.
"""

import os
import stat
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Literal, NamedTuple

from corpus import Document, Judge, ScanRules, judge_of
from index_store import Root
from volumes import is_away


class Found(NamedTuple):
    """What is at a path; "nothing" also where a rule is against it, or where it is a link or a pipe."""

    state: Literal["file", "folder", "nothing", "unknown"]
    document: Document | None = None  # of a file


_NOTHING, _UNKNOWN = Found("nothing"), Found("unknown")


class Whereabouts:
    """Paths under one root, for one look: what it found of a folder it does not look up again."""

    def __init__(self, root: Root, *, skip: Sequence[Path] = ()) -> None:
        """
        Args:
            root: With the rules that hold.
            skip: Folders that are never entered.
        """
        self.root = root
        self.judge: Judge = judge_of(Path(root.path), scan_rules(root), skip)
        self._folders: dict[str, Found] = {}

    @cached_property
    def is_there(self) -> bool:
        """Whether the root can be listed and has something in it: an unplugged drive leaves its mount point behind.

        It must be on the volume that it was indexed on: another drive may be in its place.
        """
        if is_away(self.root):
            return False
        try:
            with os.scandir(self.root.path) as entries:
                return any(not self.judge("", entry.name, entry.is_dir(follow_symlinks=False)) for entry in entries)
        except OSError:
            return False

    def at(self, path: str) -> Found:
        """What is at `path`, which is the root or below it."""
        if path == self.root.path:
            return Found("folder") if self.is_there else _UNKNOWN
        parent, name = os.path.split(path)
        above = self._folder(parent)
        if above.state != "folder":
            return _UNKNOWN if above.state == "unknown" else _NOTHING
        try:
            status = os.lstat(path)
        except (FileNotFoundError, NotADirectoryError):
            return _NOTHING if _can_be_listed(parent) else _UNKNOWN
        except OSError:
            return _UNKNOWN
        is_folder = stat.S_ISDIR(status.st_mode)
        if self.judge(self.prefix_of(parent), name, is_folder):
            return _NOTHING
        return Found("folder") if is_folder else self._file(path, status)

    def prefix_of(self, folder: str) -> str:
        """A folder as the judge knows it: under the root, with a slash at its end; "" for the root."""
        below = folder[len(self.root.path) :].strip(os.sep)
        return below.replace(os.sep, "/") + "/" if below else ""

    def _folder(self, folder: str) -> Found:
        if folder not in self._folders:
            self._folders[folder] = self.at(folder)
        return self._folders[folder]

    def _file(self, path: str, status: os.stat_result) -> Found:
        if not stat.S_ISREG(status.st_mode):
            return _NOTHING
        inode = status.st_ino if os.name == "posix" else 0  # elsewhere a walk does not learn it
        with_members = self.root.archives == "contents"
        return Found("file", Document(Path(path), status.st_size, status.st_mtime_ns, inode, with_members))


def _can_be_listed(folder: str) -> bool:
    try:
        os.scandir(folder).close()
    except OSError:
        return False
    return True


def scan_rules(root: Root) -> ScanRules:
    return ScanRules(
        recursive=root.recursive,
        include_hidden=root.include_hidden,
        excludes=root.excludes,
        default_excludes=root.default_excludes,
    )
