"""watchdog's events on Linux, by an inotify of our own: one queue and one thread for all roots."""

import os
import time
from collections.abc import Sequence

from watchdog.events import (
    DirCreatedEvent,
    DirDeletedEvent,
    FileClosedEvent,
    FileCreatedEvent,
    FileDeletedEvent,
    FileSystemEvent,
)
from watchdog.observers.api import EventEmitter, EventQueue, ObservedWatch

from watching import inotify
from watching.folder_watches import Folder, FolderWatches
from watching.telling import LostEvent

_QUIET_S = 0.2  # the other half of a move has come by then
_LONGEST_LOSS_S = 10.0  # a storm may go on; what was lost in it is made up for after that
_ROOTS_S = 10.0  # how often it is looked whether the roots are what they were
_MISSING_S = 1.0  # and while one is missing

_Identity = tuple[int, int]


class InotifyEmitter(EventEmitter):
    """Follows the folders of all roots and tells what happens in them.

    When the kernel's queue overflows the watches stay. Once it is quiet again the folders are compared with those on
    the disk, and only then each root is told to be lost: whoever goes through it misses nothing after that.

    Args:
        roots: Absolute paths. What lies in two of them is watched for the inner one, and told once.
        folders: Their watches, none yet. Whoever made them closes their inotify, once this thread has ended.
    """

    def __init__(  # noqa: PLR0913 - what watchdog hands to every emitter, and what ours needs
        self,
        event_queue: EventQueue,
        watch: ObservedWatch,
        *,
        timeout: float,
        event_filter: list[type[FileSystemEvent]] | None,
        roots: Sequence[str],
        folders: FolderWatches,
    ) -> None:
        super().__init__(event_queue, watch, timeout=timeout, event_filter=event_filter)
        self._folders = folders
        self._roots: dict[str, tuple[_Identity | None, Folder | None]] = dict.fromkeys(roots, (None, None))
        self._leaving: dict[int, tuple[Folder, float]] = {}  # moved from where it was, by cookie; and since when
        self._lost_s: float | None = None
        self._was_short = False
        self._roots_due_s = 0.0

    def on_thread_start(self) -> None:
        """All watches are there before the thread begins."""
        for root in self._roots:
            self._enter_root(root)
        if self._folders.is_short:
            self._folders.prefer_recent(iter(self._root_folders()))
        self._was_short = self._folders.is_short
        self._plan_next_check()

    def on_thread_stop(self) -> None:
        self._folders.inotify.wake()

    def queue_events(self, timeout: float) -> None:
        """Wait for events and queue them; what has waited for quiet is done when there are none."""
        is_waiting = self._leaving or self._lost_s is not None
        events = self._folders.inotify.read(
            _QUIET_S if is_waiting else max(timeout, self._roots_due_s - time.monotonic())
        )
        for event in events:
            self._tell(event)
        now_s = time.monotonic()
        self._let_go(now_s)
        if self._lost_s is not None and (not events or now_s - self._lost_s > _LONGEST_LOSS_S):
            self._make_up_for_loss()
        self._tell_shortage()
        if now_s >= self._roots_due_s:
            self._check_roots()

    def _root_folders(self) -> list[Folder]:
        """The roots that are there."""
        return [folder for _, folder in self._roots.values() if folder is not None]

    def _tell(self, event: inotify.Event) -> None:
        if event.mask & inotify.OVERFLOW:
            self._lost_s = self._lost_s or time.monotonic()
            return
        folder = self._folders.folder_of(event.wd)
        if folder is None:
            return  # of a watch that was given up
        if event.mask & inotify.IGNORED:
            self._folders.forget(event.wd)
        if event.mask & (inotify.IGNORED | inotify.DELETE_SELF | inotify.MOVE_SELF | inotify.UNMOUNT):
            if folder.is_root:
                self._roots_due_s = 0.0
        elif (above := folder.path) is not None:
            tell = self._tell_folder if event.mask & inotify.IS_FOLDER else self._tell_file
            tell(event, os.path.join(above, event.name), folder)

    def _tell_file(self, event: inotify.Event, path: str, _folder: Folder) -> None:
        if event.mask & inotify.CREATE:
            self.queue_event(FileCreatedEvent(path))
        elif event.mask & (inotify.DELETE | inotify.MOVED_FROM):
            self.queue_event(FileDeletedEvent(path))
        else:
            self.queue_event(FileClosedEvent(path))

    def _tell_folder(self, event: inotify.Event, path: str, folder: Folder) -> None:
        if self._folders.is_left_out(path):
            return
        if event.mask & inotify.CREATE:
            self._folders.enter(folder, event.name, lambda file: self.queue_event(FileCreatedEvent(file)))
        elif event.mask & inotify.MOVED_TO:
            moved, _ = self._leaving.pop(event.cookie, (None, 0.0))
            if moved is None:
                self._folders.enter(folder, event.name)
            else:
                self._folders.move(moved, folder, event.name)
            self.queue_event(DirCreatedEvent(path))
        else:
            self._leave(event, folder)
            self.queue_event(DirDeletedEvent(path))

    def _leave(self, event: inotify.Event, folder: Folder) -> None:
        gone = self._folders.child_of(folder, event.name)
        if gone is not None and event.mask & inotify.MOVED_FROM:
            gone.taken_out()
            self._leaving[event.cookie] = gone, time.monotonic()
        else:
            self._folders.leave(gone)

    def _let_go(self, now_s: float) -> None:
        """Of folders that did not come back, by now, in another place that is watched."""
        for cookie, (folder, left_s) in list(self._leaving.items()):
            if now_s - left_s >= _QUIET_S:
                del self._leaving[cookie]
                self._folders.leave(folder)

    def _make_up_for_loss(self) -> None:
        self._lost_s = None
        for root in self._root_folders():
            self._folders.refresh(root)
        for path in self._roots:
            self.queue_event(LostEvent(path))

    def _tell_shortage(self) -> None:
        """From now on not everything is watched: whoever hears of a loss asks what is."""
        if self._folders.is_short and not self._was_short:
            self._was_short = True
            self._folders.prefer_recent(iter(self._root_folders()))
            for path in self._roots:
                self.queue_event(LostEvent(path))

    def _check_roots(self) -> None:
        """A root that went, came, or is another folder now, since a drive was plugged in or out, is entered anew."""
        for path, (identity, folder) in self._roots.items():
            if _identity(path) != identity:
                self._folders.leave(folder)
                self._enter_root(path)
                self.queue_event(LostEvent(path))
        self._plan_next_check()

    def _plan_next_check(self) -> None:
        is_missing = any(identity is None for identity, _ in self._roots.values())
        self._roots_due_s = time.monotonic() + (_MISSING_S if is_missing else _ROOTS_S)

    def _enter_root(self, path: str) -> None:
        identity = _identity(path)
        self._roots[path] = identity, self._folders.enter_root(path) if identity else None


def _identity(path: str) -> _Identity | None:
    try:
        status = os.stat(path)
    except OSError:
        return None
    return status.st_dev, status.st_ino
