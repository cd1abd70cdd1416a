"""When which root is gone through as a whole, since watching alone is never trusted.

Pure: the time is an argument.
"""

import ctypes
import os
import sys
import time
from collections.abc import Collection, Iterable
from dataclasses import dataclass

WATCHED_S = (600.0, 86_400.0)  # the shortest and the longest time between two sweeps of a root that is watched
POLLED_S = (60.0, 3_600.0)  # and of one of which a part is not
GROWTH = 2.0
SLEPT_S = 30.0  # so much more time on the clock than awake
LOOK_S = 30.0  # how often the clock should be compared: the delay after waking up


@dataclass(slots=True)
class _Root:
    shortest_s: float
    longest_s: float
    due_s: float = float("-inf")
    interval_s: float = 0.0


class SweepTimes:
    """The next sweep of each root: at once at first, then at intervals that grow while nothing is found.

    Args:
        roots: Paths of the roots.
        polled: Folders that nothing watches; a root that is one or has one in it is swept more often.
    """

    def __init__(self, roots: Iterable[str] = (), *, polled: Collection[str] = ()) -> None:
        self._roots: dict[str, _Root] = {}
        self._asleep_s: float | None = None
        self.set_roots(roots, polled=polled)

    def set_roots(self, roots: Iterable[str], *, polled: Collection[str] = ()) -> None:
        """From now on these: a new one is due at once, one that was here before keeps its time."""
        unwatched = {os.fspath(folder) for folder in polled}
        known, self._roots = self._roots, {}
        for root in roots:
            shortest_s, longest_s = POLLED_S if _has_one_of(root, unwatched) else WATCHED_S
            old = known.get(root)
            if old is None or (old.shortest_s, old.longest_s) != (shortest_s, longest_s):
                old = _Root(shortest_s, longest_s)
            self._roots[root] = old

    def due(self, now_s: float) -> tuple[str, ...]:
        """The roots to sweep now; they stay due until `swept` says otherwise."""
        return tuple(root for root, times in self._roots.items() if times.due_s <= now_s)

    def next_s(self, now_s: float) -> float:
        """Seconds until a root is due, or until the clock should be looked at."""
        return max(0.0, min([LOOK_S, *(times.due_s - now_s for times in self._roots.values())]))

    def next_sweep_s(self, now_s: float) -> float | None:
        """Seconds until a root is due; None without roots. Also from other threads."""
        return min((max(0.0, times.due_s - now_s) for times in self._roots.values()), default=None)

    def swept(self, root: str, now_s: float, *, found: bool) -> None:
        """A sweep of `root` is over.

        Args:
            now_s: When it ended.
            found: It saw a change that watching had not told: the next one comes soon.
        """
        times = self._roots.get(root)
        if times is None:
            return
        grown_s = times.interval_s * GROWTH
        times.interval_s = times.shortest_s if found else min(max(grown_s, times.shortest_s), times.longest_s)
        times.due_s = now_s + times.interval_s

    def lost(self, root: str) -> None:
        """Changes in `root` were missed: it is due at once, and its intervals start small again."""
        if times := self._roots.get(root):
            times.due_s, times.interval_s = float("-inf"), 0.0

    def look_at_clock(self, awake_s: float, wall_s: float) -> bool:
        """Whether the machine slept since the last call, or its clock was set; then every root is due at once.

        Args:
            awake_s: Of `awake_s`, which stands still while the machine sleeps.
            wall_s: Of `time.time`.
        """
        before_s, self._asleep_s = self._asleep_s, wall_s - awake_s
        slept = before_s is not None and abs(self._asleep_s - before_s) > SLEPT_S
        if slept:
            for times in self._roots.values():
                times.due_s = float("-inf")
        return slept


def awake_s() -> float:
    """A clock that stands still while the machine sleeps; `time.monotonic` is one except under Windows."""
    if sys.platform == "win32":
        ticks = ctypes.c_ulonglong()
        ctypes.windll.kernel32.QueryUnbiasedInterruptTime(ctypes.byref(ticks))
        return ticks.value / 10_000_000  # they are 100 ns long
    return time.monotonic()


def _has_one_of(root: str, folders: Collection[str]) -> bool:
    below = root.rstrip(os.sep) + os.sep
    return any(folder == root or folder.startswith(below) for folder in folders)
