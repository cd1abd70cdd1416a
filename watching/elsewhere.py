"""Watching under macOS and Windows, by watchdog's own observers, which follow a whole tree with one watch."""

import os
from collections.abc import Callable, Sequence
from functools import lru_cache

from watchdog.events import DirDeletedEvent, FileSystemEvent, FileSystemEventHandler
from watchdog.observers import Observer
from watchdog.observers.api import BaseObserver

from watching.telling import Listeners, Teller


class Watching:
    """Roots that are watched, as far as the system lets it."""

    def __init__(self, observer: BaseObserver, polled: Sequence[str]) -> None:
        self._observer = observer
        self.polled = tuple(polled)
        self.notices = tuple(
            f"{root} cannot be watched for changes; it is looked through at intervals." for root in polled
        )

    def close(self) -> None:
        self._observer.stop()
        self._observer.join()


def watch_folders(roots: Sequence[str], listeners: Listeners, **_of_linux: object) -> Watching:
    """Watch all roots. What Linux needs to know besides, these systems do not: they take no time and count nothing."""
    observer = Observer()
    observer.start()
    polled = []
    for root in roots:
        try:
            observer.schedule(RootTeller(root, listeners), os.path.realpath(root), recursive=True)
        except OSError:
            polled.append(root)
    return Watching(observer, polled)


class RootTeller(FileSystemEventHandler):
    """Tells of one root what lies in no folder that is left out, by the root's own path.

    These systems tell real paths (`/private/tmp` for `/tmp`), and of everything below.
    """

    def __init__(self, root: str, listeners: Listeners) -> None:
        self._root, self._real_root = root, os.path.realpath(root)
        self._listeners = listeners
        self._is_left_out = _with_those_above(root, listeners.is_left_out)
        self._teller = Teller(
            listeners._replace(on_dirty=self._if_inside(listeners.on_dirty), on_new=self._if_inside(listeners.on_new))
        )

    def dispatch(self, event: FileSystemEvent) -> None:
        if isinstance(event, DirDeletedEvent) and self._own(os.fsdecode(event.src_path)) == self._root:
            self._listeners.on_lost(self._root)
        else:
            self._teller.dispatch(event)

    def _if_inside(self, tell: Callable[[str], None]) -> Callable[[str], None]:
        def tell_own(path: str) -> None:
            own = self._own(path)
            if not self._is_left_out(own.rpartition(os.sep)[0]):
                tell(own)

        return tell_own

    def _own(self, path: str) -> str:
        return self._root + path.removeprefix(self._real_root) if path.startswith(self._real_root) else path


def _with_those_above(root: str, is_left_out: Callable[[str], bool]) -> Callable[[str], bool]:
    """Whether a folder or one that it lies in is left out."""

    @lru_cache(maxsize=10_000)
    def is_out(folder: str) -> bool:
        if len(folder) <= len(root):
            return False
        return is_left_out(folder) or is_out(folder.rpartition(os.sep)[0])

    return is_out
