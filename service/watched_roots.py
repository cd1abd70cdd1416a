"""The roots of the index, watched: opened again when they change, or when a drive comes or goes."""

import logging
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

from corpus import ScanRules
from index_store import Root
from update_plan import owner
from volumes import kind_of, watch_mounts
from watching import Watch, open_watch
from whereabouts import Whereabouts, scan_rules

log = logging.getLogger(__name__)


class Told(Protocol):
    """Where to look, from any thread."""

    def dirty(self, path: str, *, came: bool = False) -> None: ...

    def lost(self, root: str) -> None: ...


class WatchedRoots:
    """Closed in the end.

    Args:
        index_dir: Never looked into.
        told: Hears of every change.
        is_ending: Whether nobody needs them watched any more.
    """

    def __init__(self, index_dir: Path, told: Told, *, is_ending: Callable[[], bool] = lambda: False) -> None:
        self._index_dir = index_dir
        self._told = told
        self._is_ending = is_ending
        self._rules: tuple[tuple[str, ScanRules], ...] = ()  # by the paths of the roots
        self._devices: dict[str, int | None] = {}  # what each lies on
        self._watch: Watch | None = None
        self._is_mounted_anew = False
        self._mounts = watch_mounts(self._on_mounts)
        self.notices: tuple[str, ...] = ()

    def close(self) -> None:
        self._mounts.close()
        if self._watch:
            self._watch.close()

    @property
    def polled(self) -> tuple[str, ...]:
        """Folders of which only sweeps see all."""
        return tuple(map(os.fspath, self._watch.polled)) if self._watch else ()

    def follow(self, roots: Sequence[Root]) -> bool:
        """Watch these, on the drives that are there now; whether anything is other than before."""
        devices = _devices_of(roots) if self._is_mounted_anew or not self._devices else self._devices
        self._is_mounted_anew = False
        rules = tuple((root.path, scan_rules(root)) for root in roots)
        if rules == self._rules and devices == self._devices:
            return self._look_at_notices()
        before, self._rules, self._devices = self._rules, rules, _devices_of(roots)
        self._open(roots)
        for path, _ in before:  # what happened there while it was not watched, nobody tells
            self._told.lost(path)
        return True

    def _open(self, roots: Sequence[Root]) -> None:
        if self._watch:
            self._watch.close()
        folders = [Path(root.path) for root in roots]
        self._watch = open_watch(
            folders,
            on_dirty=self._told.dirty,
            on_new=lambda path: self._told.dirty(path, came=True),
            on_lost=self._told.lost,
            is_left_out=_judge(roots, self._index_dir),
            should_stop=self._is_ending,
            polled=[folder for folder in folders if kind_of(folder) != "local"],
        )
        self._look_at_notices()

    def _look_at_notices(self) -> bool:
        notices = self._watch.notices if self._watch else ()
        is_other, self.notices = notices != self.notices, notices
        return is_other

    def _on_mounts(self) -> None:
        self._is_mounted_anew = True


def _judge(roots: Sequence[Root], index_dir: Path) -> Callable[[str], bool]:
    """Whether a folder is left out by the rules of its root."""
    places = {root.path: Whereabouts(root, skip=[index_dir]) for root in roots}

    def is_left_out(folder: str) -> bool:
        place = places.get(owner(folder, roots))
        if place is None or folder in places:
            return False
        parent, name = os.path.split(folder)
        return bool(place.judge(place.prefix_of(parent), name, True))

    return is_left_out


def _devices_of(roots: Sequence[Root]) -> dict[str, int | None]:
    return {root.path: _device_of(root.path) for root in roots}


def _device_of(folder: str) -> int | None:
    try:
        return os.stat(folder).st_dev
    except OSError:
        return None
