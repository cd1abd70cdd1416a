"""Which folders inotify watches: a tree like that on the disk, so that a folder that moves takes all below it along.

Used by one thread. A folder costs a quarter of a KB of memory, and the kernel about 1 KB more.
"""

import os
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from heapq import nlargest

from watching.inotify import Inotify, NoMoreWatches


class Folder:
    """One folder: a root's name is its whole path, another's is its name in its parent."""

    __slots__ = ("folders", "name", "parent", "wd")

    def __init__(self, name: str, parent: "Folder | None" = None) -> None:
        self.name = name
        self.parent = parent
        self.folders: dict[str, Folder] | None = None  # most have none
        self.wd: int | None = None
        if parent is not None:
            parent.folders = parent.folders or {}
            parent.folders[name] = self

    @property
    def path(self) -> str | None:
        """None when it was taken out of the tree, or what it lies in was."""
        names, top = [], self
        while top.parent is not None:
            names.append(top.name)
            top = top.parent
        return os.path.join(top.name, *reversed(names)) if top.is_root else None

    @property
    def is_root(self) -> bool:
        return self.name.startswith(os.sep)

    def all_below(self) -> Iterator["Folder"]:
        """This folder and all in it."""
        pending = [self]
        while pending:
            folder = pending.pop()
            yield folder
            pending.extend((folder.folders or {}).values())

    def taken_out(self) -> None:
        if self.parent is not None and self.parent.folders is not None:
            self.parent.folders.pop(self.name, None)
        self.parent = None


class FolderWatches:
    """The watched folders of all roots, as many as `most`; the others are known and not watched.

    Args:
        is_left_out: Told a path; such a folder is not entered.
        most: So many watches are used at most.
        should_stop: Asked for every folder; then what is not entered yet stays out.
    """

    def __init__(
        self,
        inotify: Inotify,
        *,
        is_left_out: Callable[[str], bool],
        most: int,
        should_stop: Callable[[], bool] = lambda: False,
    ) -> None:
        self.most = most
        self.is_short = False  # of watches
        self.inotify = inotify
        self.is_left_out = is_left_out
        self._should_stop = should_stop
        self._by_wd: dict[int, Folder] = {}
        self._given_up_first: deque[Folder] = deque()  # once there are too few watches; the longest unchanged first

    def __len__(self) -> int:
        return len(self._by_wd)

    def folder_of(self, wd: int) -> Folder | None:
        return self._by_wd.get(wd)

    def enter_root(self, path: str) -> Folder | None:
        """Watch a root with all in it; None when it cannot be listed."""
        root = Folder(path)
        return root if self._enter(root, path, None) else None

    def enter(self, parent: Folder, name: str, on_file: Callable[[str], None] | None = None) -> None:
        """Watch a folder that came, with all in it.

        Args:
            on_file: Told the files that were there already when its watch came: of those no event may follow.
        """
        above = parent.path
        if above is None or self._is_still_there(
            known := self.child_of(parent, name), path := os.path.join(above, name)
        ):
            return
        self.leave(known)
        self._enter(Folder(name, parent), path, on_file)

    def leave(self, folder: Folder | None) -> None:
        """Watch neither `folder` nor what is in it any more."""
        if folder is not None:
            folder.taken_out()
            for below in folder.all_below():
                self._unwatch(below)

    def child_of(self, folder: Folder, name: str) -> Folder | None:
        return (folder.folders or {}).get(name)

    def move(self, folder: Folder, parent: Folder, name: str) -> None:
        """A folder that was taken out is there again, elsewhere."""
        folder.name, folder.parent = name, parent
        parent.folders = parent.folders or {}
        parent.folders[name] = folder

    def forget(self, wd: int) -> None:
        """The kernel has ended this watch."""
        if folder := self._by_wd.pop(wd, None):
            folder.wd = None

    def refresh(self, root: Folder) -> None:
        """Compare the folders below with those on the disk, after events were lost. Watches that are right stay."""
        pending = [(root, root.name)]
        while pending and not self._should_stop():
            folder, path = pending.pop()
            if (folder.wd is not None or not self.is_short) and not self._watch(folder, path):
                self.leave(folder)
                continue
            there = {entry.name for entry in _listing(path) if self._is_to_enter(entry)}
            for gone in (folder.folders or {}).keys() - there:
                self.leave(self.child_of(folder, gone))
            for name in there:
                if known := self.child_of(folder, name):
                    pending.append((known, os.path.join(path, name)))
                else:
                    self.enter(folder, name)

    def prefer_recent(self, roots: Iterator[Folder]) -> None:
        """With too few watches for all, watch those folders in which something changed last."""
        by_time = [(_mtime_s(folder), number, folder) for number, folder in enumerate(_all_of(roots))]
        chosen = nlargest(self.most, by_time)
        kept = {id(folder) for _, _, folder in chosen}
        for _, _, folder in by_time:
            if id(folder) not in kept:
                self._unwatch(folder)
        for _, _, folder in chosen:
            if folder.wd is None and (path := folder.path):
                self._watch(folder, path)
        self._given_up_first = deque(folder for _, _, folder in reversed(chosen))

    def _enter(self, top: Folder, path: str, on_file: Callable[[str], None] | None) -> bool:
        pending = [(top, path)]
        while pending and not self._should_stop():
            folder, path = pending.pop()
            if not self._watch(folder, path):
                folder.taken_out()
                continue
            for entry in _listing(path):
                if self._is_to_enter(entry):
                    pending.append((Folder(entry.name, folder), entry.path))
                elif on_file is not None and entry.is_file(follow_symlinks=False):
                    on_file(entry.path)
        return top.wd is not None or self.is_short

    def _is_to_enter(self, entry: os.DirEntry[str]) -> bool:
        return entry.is_dir(follow_symlinks=False) and not self.is_left_out(entry.path)

    def _is_still_there(self, known: Folder | None, path: str) -> bool:
        """Whether `path` is the folder that is watched as that: it was seen before it was told."""
        if known is None or known.wd is None:
            return False
        try:
            return self.inotify.add(path) == known.wd
        except (NoMoreWatches, OSError):
            return False

    def _watch(self, folder: Folder, path: str) -> bool:
        """Have `folder` watched if there is a watch for it; False when it cannot be, for it is gone or locked."""
        if folder.wd is None and len(self) >= self.most and not self._give_one_up():
            self.is_short = True
            return True
        try:
            wd = self.inotify.add(path, is_root=folder.is_root)
        except NoMoreWatches:
            self.is_short, self.most = True, len(self)
            return True
        except OSError:
            return False
        before = self._by_wd.get(wd)
        if before is not None and before is not folder:
            before.wd = None  # it was moved, and nobody told
        if folder.wd is not None and folder.wd != wd:
            self._by_wd.pop(folder.wd, None)
        self._by_wd[wd], folder.wd = folder, wd
        if self._given_up_first:
            self._given_up_first.append(folder)
        return True

    def _give_one_up(self) -> bool:
        while self._given_up_first:
            folder = self._given_up_first.popleft()
            if folder.wd is not None:
                self._unwatch(folder)
                return True
        return False

    def _unwatch(self, folder: Folder) -> None:
        if folder.wd is not None:
            self.inotify.remove(folder.wd)
            self.forget(folder.wd)


def _all_of(roots: Iterator[Folder]) -> Iterator[Folder]:
    for root in roots:
        yield from root.all_below()


def _mtime_s(folder: Folder) -> float:
    with suppress(OSError):
        if path := folder.path:
            return os.stat(path).st_mtime
    return 0.0


def _listing(path: str) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(path) as entries:
            return list(entries)
    except OSError:
        return []
