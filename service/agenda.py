"""What the Keeper still has to do. Nothing leaves it before it is done, so whatever goes wrong is done later.

It knows paths and times, and neither index nor disk.
"""

import time
from collections.abc import Collection, Iterable
from typing import NamedTuple

from watching import Dirt, SweepTimes, awake_s

_TOGETHER_S = 0.1  # what rests so soon after is taken along: the two names of a file that is renamed belong together
_MANY = 2_000  # documents to be looked at: beyond that, all of their root


class Work(NamedTuple):
    """One thing to do; one of these is given."""

    paths: tuple[str, ...] = ()  # to be compared with the index
    sweeps: tuple[str, ...] = ()  # roots to be compared with it as a whole
    looks: tuple[str, ...] = ()  # documents of which previews, pixels or words may be missing
    all_looks: tuple[str, ...] = ()  # roots with such documents


class Agenda:
    """For the one who works; `dirt` is for every thread."""

    def __init__(self) -> None:
        self.dirt = Dirt()
        self.sweeps = SweepTimes()
        self.swept_s: float | None = None  # by the clock on the wall, when the last sweep began: it knows nothing later
        self._sweeping_s = 0.0  # when the present one did
        self._roots: tuple[str, ...] = ()
        self._owed: dict[str, None] = {}  # paths
        self._fresh: dict[str, None] = {}  # those that came while something else was done
        self._looks: dict[str, None] = {}
        self._all_looks: dict[str, None] = {}

    @property
    def pending(self) -> int:
        return len(self._owed) + len(self._fresh) + self.dirt.waiting

    def set_roots(self, roots: Collection[str], *, polled: Collection[str] = ()) -> None:
        """From now on these; of one that is new, all is still to be done."""
        self._all_looks = {root: None for root in roots if root in self._all_looks or root not in self._roots}
        self._roots = tuple(roots)
        self.sweeps.set_roots(roots, polled=polled)

    def next(self, now_s: float, *, is_one_by_one: bool = False) -> Work | None:
        """What is to be done first."""
        self.sweeps.look_at_clock(awake_s(), time.time())
        self._take(now_s)
        if self._owed:
            return Work(paths=tuple(self._owed)[: 1 if is_one_by_one else None])
        if due := self.sweeps.due(now_s):
            self._sweeping_s = time.time()
            return Work(sweeps=due)
        if self._looks:
            return Work(looks=tuple(self._looks))
        if self._all_looks:
            return Work(all_looks=tuple(self._all_looks))
        return None

    def next_s(self, now_s: float) -> float:
        """Seconds until there may be something to do."""
        dirt_s = self.dirt.next_s(now_s)
        sweep_s = self.sweeps.next_s(now_s)
        return sweep_s if dirt_s is None else min(dirt_s, sweep_s)

    def has_fresh(self, now_s: float) -> bool:
        """Whether there is something to compare that came since the present work was begun."""
        return bool(self._fresh) or self.dirt.next_s(now_s) == 0

    def fresh(self, now_s: float) -> tuple[str, ...]:
        """That; it stays until `freshly_done`."""
        owed, self._owed = self._owed, {}
        self._take(now_s)
        self._fresh |= self._owed
        self._owed = owed
        return tuple(self._fresh)

    def want(self, documents: Iterable[str]) -> None:
        """A person waits for these: they are to be compared as if they had come just now."""
        self._fresh |= dict.fromkeys(documents)

    def freshly_done(self, paths: Iterable[str]) -> None:
        """These were compared between two documents of other work.

        They are compared once more when that is over: it may have read one of them before, and kept it after.
        """
        for path in paths:
            self._fresh.pop(path, None)
            self._owed[path] = None

    def note_looks(self, documents: Collection[str]) -> None:
        """Documents that are going to be read, and to be looked at then."""
        if len(self._looks) + len(documents) <= _MANY:
            self._looks |= dict.fromkeys(documents)
        else:
            self._looks = {}
            self._all_looks |= dict.fromkeys(self._roots)

    def done(self, work: Work, *, now_s: float, found: bool) -> None:
        """All of it is; `found`: something was other than in the index."""
        for path in work.paths:
            self._owed.pop(path, None)
        for root in work.sweeps:
            self.sweeps.swept(root, now_s, found=found)
            self.swept_s = self._sweeping_s
        for path in work.looks:
            self._looks.pop(path, None)
        for root in work.all_looks:
            self._all_looks.pop(root, None)
        self.over()

    def over(self) -> None:
        """The present work is, done or not."""
        self._owed |= self._fresh
        self._fresh = {}

    def drop(self, now_s: float) -> None:
        """There is nothing to compare anything with."""
        self.dirt.take(now_s)
        self._owed, self._fresh, self._looks, self._all_looks = {}, {}, {}, {}

    def give_up(self, work: Work) -> None:
        """It cannot be done; what of it is still not right, the next sweep sees."""
        for path in work.paths:
            self._owed.pop(path, None)

    def _take(self, now_s: float) -> None:
        taken = self.dirt.take(now_s + _TOGETHER_S)
        self._owed |= dict.fromkeys(taken.paths)
        for root in taken.sweeps:
            self.sweeps.lost(root)
