"""Paths to look at, kept until they rest.

What a person saves comes as a handful of events, and a download as one at its beginning and one at its end. A path is
handed out once, when nothing has happened to it for a moment. It knows no index and no clock: the time is an argument.
"""

import heapq
import os
import sys
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import NamedTuple

REST_S = 0.3  # after the last event of a path
LONGEST_REST_S = 60.0  # of one that changes again and again; when it is left alone, it is looked at after that
LONGEST_WAIT_S = 600.0  # of one that never rests
SOON_S = 60.0  # a change so soon after a look makes the next look wait longer ...
FREE_CHANGES = 3  # ... from the fourth on: who saves a text twice wants both found
CHURN_PER_HOUR = 300  # changes of one path, above which its folder is named
_HOUR_S = 3600.0
_TIDY_S = 600.0
# How long size and time must stand still, where the end of the writing is told as well and where it is not.
_STILL_S, _STILL_UNTOLD_S = 1.0, 0.5

SizeAndTime = tuple[int, int]


class Taken(NamedTuple):
    """What is to be looked at now; no path lies below another one, or in a root that is swept."""

    paths: tuple[str, ...]
    sweeps: tuple[str, ...]


@dataclass(slots=True)
class _Path:
    """What is known of one path, while it waits and for an hour after it was looked at."""

    is_waiting: bool = False
    grows: bool = False  # for all we know
    begun_s: float = 0.0  # when it changed first since it was looked at
    due_s: float = 0.0
    queued_s: float = 0.0  # its place in the heap; an older one is void
    seen: SizeAndTime | None = None
    looked_s: float = float("-inf")
    streak: int = 0  # changes in a row that came soon after a look
    hour_s: float = float("-inf")  # when the count of changes began
    changes: int = 0

    def begin(self, now_s: float) -> None:
        self.streak = self.streak + 1 if now_s - self.looked_s <= SOON_S else 0
        self.is_waiting, self.seen, self.begun_s, self.queued_s = True, None, now_s, float("inf")

    def count(self, now_s: float) -> int:
        if now_s - self.hour_s > _HOUR_S:
            self.hour_s, self.changes = now_s, 0
        self.changes += 1
        return self.changes

    def rest_s(self) -> float:
        return min(REST_S * 2.0 ** max(0, self.streak - FREE_CHANGES), LONGEST_REST_S)

    def set_due(self, now_s: float) -> None:
        rest_s = self.rest_s()
        self.due_s = min(now_s + rest_s, self.begun_s + min(30 * rest_s, LONGEST_WAIT_S))


def _size_and_time(path: str) -> SizeAndTime | None:
    try:
        status = os.lstat(path)
    except OSError:
        return None
    return status.st_size, status.st_mtime_ns


class Dirt:
    """Paths that changed, from any thread; one other takes those that rest.

    A file that came waits for the event that says it was written to its end, or until its size and time stand still;
    on a system that does not tell the end, every file waits for that. One that came and went is handed out as well: a
    sweep, or a look at its folder, may have seen it in between. One that changes again and again waits longer and
    longer. An event costs the logarithm of what is waiting.

    Args:
        end_is_told: Whether the system says when a file was closed after writing.
        size_and_time: Of a path, None where nothing is.
    """

    def __init__(
        self,
        *,
        end_is_told: bool = sys.platform == "linux",
        size_and_time: Callable[[str], SizeAndTime | None] = _size_and_time,
    ) -> None:
        self._end_is_told = end_is_told
        self._size_and_time = size_and_time
        self._lock = threading.Lock()
        self._sooner = threading.Event()
        self._paths: dict[str, _Path] = {}
        self._heap: list[tuple[float, str]] = []
        self._waiting = 0
        self._sweeps: dict[str, None] = {}
        self._churning: dict[str, float] = {}
        self._tidied_s = float("-inf")

    def add(self, path: str, now_s: float, *, came: bool = False) -> None:
        """Something happened to `path`.

        Args:
            now_s: Of the clock that `take` is asked by.
            came: It was not there before, and may still be written.
        """
        with self._lock:
            known = self._paths.get(path)
            if known is None:
                known = self._paths[path] = _Path()
            if not known.is_waiting:
                self._waiting += 1
                known.begin(now_s)
            known.grows = came or not self._end_is_told
            known.set_due(now_s)
            if known.due_s < known.queued_s:
                self._queue(path, known)
            if known.count(now_s) > CHURN_PER_HOUR:
                self._churning[path.rpartition(os.sep)[0]] = now_s

    def add_sweep(self, root: str) -> None:
        """All of `root` is to be looked at, at once."""
        with self._lock:
            self._sweeps[root] = None
        self.wake()

    def wait(self, timeout_s: float | None) -> bool:
        """Wait until something is due sooner than it was, or somebody wakes us; False when the time was over before."""
        woken = self._sooner.wait(timeout_s)
        self._sooner.clear()
        return woken

    def wake(self) -> None:
        """End the wait."""
        self._sooner.set()

    def next_s(self, now_s: float) -> float | None:
        """Seconds until `take` has something to give or to check, 0 for at once; None while nothing waits."""
        with self._lock:
            if self._sweeps:
                return 0.0
            self._drop_void()
            return max(0.0, self._heap[0][0] - now_s) if self._heap else None

    def take(self, now_s: float) -> Taken:
        """What rests by now, in no particular order, and what is to be swept. The rest stays.

        Looks at the size and time of what may still be written, nothing else.
        """
        with self._lock:
            sweeps, self._sweeps = tuple(self._sweeps), {}
            due = []
            while self._heap and self._heap[0][0] <= now_s:
                queued_s, path = heapq.heappop(self._heap)
                known = self._paths.get(path)
                if known is not None and _is_valid(known, queued_s) and self._is_ready(path, known, now_s):
                    due.append(path)
            self._tidy(now_s)
        return Taken(_without_covered(due, sweeps), sweeps)

    @property
    def churning(self) -> tuple[str, ...]:
        """Folders with a path that changed more often in an hour than anybody saves."""
        with self._lock:
            return tuple(sorted(self._churning))

    @property
    def waiting(self) -> int:
        """How many paths are not yet taken."""
        return self._waiting

    def _queue(self, path: str, known: _Path) -> None:
        if not self._heap or known.due_s < self._heap[0][0]:
            self.wake()
        known.queued_s = known.due_s
        heapq.heappush(self._heap, (known.due_s, path))

    def _drop_void(self) -> None:
        while self._heap:
            queued_s, path = self._heap[0]
            known = self._paths.get(path)
            if known is None or not _is_valid(known, queued_s):
                heapq.heappop(self._heap)
            elif known.due_s > queued_s:
                known.queued_s = known.due_s
                heapq.heapreplace(self._heap, (known.due_s, path))
            else:
                return

    def _is_ready(self, path: str, known: _Path, now_s: float) -> bool:
        """Whether to look at it now; what is not ready is queued again."""
        if known.due_s > now_s:
            self._queue(path, known)
            return False
        there = self._size_and_time(path) if known.grows else None
        if there is not None and there != known.seen:
            self._wait_for_stillness(path, known, there, now_s)
            return False
        known.is_waiting, known.looked_s = False, now_s
        self._waiting -= 1
        return True

    def _wait_for_stillness(self, path: str, known: _Path, there: SizeAndTime, now_s: float) -> None:
        still_s = _STILL_S if self._end_is_told else _STILL_UNTOLD_S
        if known.seen is not None:  # it grew: the longer it has, the longer it may go on
            still_s = max(still_s, min((now_s - known.begun_s) / 4, LONGEST_REST_S))
        known.seen, known.due_s = there, now_s + still_s
        self._queue(path, known)

    def _tidy(self, now_s: float) -> None:
        """Forget what was not touched for an hour: memory is bounded by what changes in one."""
        if now_s - self._tidied_s < _TIDY_S:
            return
        self._tidied_s, limit_s = now_s, now_s - _HOUR_S
        self._paths = {
            path: known for path, known in self._paths.items() if known.is_waiting or known.looked_s > limit_s
        }
        self._churning = {folder: at_s for folder, at_s in self._churning.items() if at_s > limit_s}


def _is_valid(known: _Path, queued_s: float) -> bool:
    return known.is_waiting and known.queued_s == queued_s


def _without_covered(paths: Iterable[str], sweeps: Iterable[str]) -> tuple[str, ...]:
    """The paths that lie neither below another one nor in a root that is swept."""
    swept = set(sweeps)
    kept: list[str] = []
    above = None
    # With the separator before all other characters a folder stands right before what is in it.
    for path in sorted({*paths, *swept}, key=lambda path: path.replace(os.sep, "\0")):
        if above is None or not path.startswith(above):
            above = path.rstrip(os.sep) + os.sep
            if path not in swept:
                kept.append(path)
    return tuple(kept)
