"""Watching under Linux, by `emitter`, within what the system allows."""

import threading
from collections.abc import Callable, Sequence

from watchdog.observers.api import BaseObserver

from watching.emitter import InotifyEmitter
from watching.folder_watches import FolderWatches
from watching.inotify import NoMoreWatches, limit_of, open_inotify
from watching.telling import Listeners, Teller

SHARE = 0.75  # of the watches that this user's programs may have: editors and file managers need some as well
_UNKNOWN_LIMIT = 8_192  # the system's own choice before 2021
_WATCHES, _INSTANCES = "max_user_watches", "max_user_instances"


class Watching:
    """Roots that are watched, as far as the system lets it."""

    def __init__(
        self, roots: Sequence[str], folders: FolderWatches, observer: BaseObserver, ending: threading.Event
    ) -> None:
        self._roots = tuple(roots)
        self._folders = folders
        self._observer = observer
        self._ending = ending

    @property
    def polled(self) -> tuple[str, ...]:
        """With too few watches all roots: which of their folders are watched changes with what is done in them."""
        return self._roots if self._folders.is_short else ()

    @property
    def notices(self) -> tuple[str, ...]:
        if not self._folders.is_short:
            return ()
        return (
            f"Only {self._folders.most:,} folders can be watched for changes, those that changed last; the others are "
            f"looked through at intervals. {raising(_WATCHES)}",
        )

    def close(self) -> None:
        self._ending.set()
        self._observer.stop()
        self._observer.join()
        self._folders.inotify.close()


class Unwatched:
    """Roots of which nothing can be watched."""

    def __init__(self, roots: Sequence[str], notice: str) -> None:
        self.polled = tuple(roots)
        self.notices = (notice,)

    def close(self) -> None:
        """There is nothing to end."""


def watch_folders(
    roots: Sequence[str], listeners: Listeners, *, most: int | None, should_stop: Callable[[], bool]
) -> Watching | Unwatched:
    """Watch the folders of all roots; takes as long as it takes to list them all.

    Args:
        most: So many watches are used at most; None for what the system allows.
        should_stop: Asked for every folder; then the rest is not watched.
    """
    try:
        queue = open_inotify()
    except NoMoreWatches:
        return Unwatched(roots, f"No folder can be watched for changes: too many programs do. {raising(_INSTANCES)}")
    except OSError as error:
        return Unwatched(
            roots, f"No folder can be watched for changes: {error.strerror}. They are looked through at intervals."
        )
    allowed = int((limit_of(_WATCHES) or _UNKNOWN_LIMIT) * SHARE)
    ending = threading.Event()
    folders = FolderWatches(
        queue,
        is_left_out=listeners.is_left_out,
        most=allowed if most is None else min(most, allowed),
        should_stop=lambda: ending.is_set() or should_stop(),
    )
    observer = BaseObserver(InotifyEmitter, roots=roots, folders=folders)
    observer.schedule(Teller(listeners), "/", recursive=True)
    observer.start()
    return Watching(roots, folders, observer, ending)


def raising(name: str) -> str:
    """The commands that raise a limit, until the next start and for good."""
    value = max(1_024 if name == _INSTANCES else 524_288, 2 * (limit_of(name) or 0))
    setting = f"fs.inotify.{name}={value}"
    return (
        f"`sudo sysctl {setting}` raises the limit until the next start of the system, "
        f"`echo {setting} | sudo tee -a /etc/sysctl.d/60-launcher.conf` for good."
    )
