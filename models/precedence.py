"""Who goes first when a query and indexing want the same processor: the query, always."""

import math
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from models.stop_flag import StopFlag

_MOST_LINGERING_S = 2.0  # then a step is done, or a program that asks and asks would keep the index from its work


class Precedence:
    """Shared by the contexts of one process; docs/adr/0005 has what it gains.

    Attributes:
        flag: Raised while somebody is `urgent`: whoever is not gives up what it evaluates, asks
            `give_way`, and starts that batch again.
    """

    def __init__(self) -> None:
        self.flag = StopFlag()
        self._changed = threading.Condition()
        self._queries = 0
        self._quiet_from_s = -math.inf  # nobody is urgent since then

    @contextmanager
    def urgent(self) -> Iterator[None]:
        """While it lasts, whoever gives way waits."""
        self._count(1)
        try:
            yield
        finally:
            self._count(-1)

    def give_way(self, *, linger_s: float = 0.0, unless: Callable[[], bool] = lambda: False) -> None:
        """Return at once, or when nobody is urgent any more, or at a `wake` when `unless` has become true.

        Args:
            linger_s: So long after the last question another one is likely, because people type several letters:
                that is waited for too, but not for longer than two seconds.
        """
        # Read without the lock: this is asked a thousand times a second.
        if self._queries or time.monotonic() < self._quiet_from_s + linger_s:
            with self._changed:
                self._wait_for_quiet(time.monotonic() + _MOST_LINGERING_S, linger_s, unless)

    def _wait_for_quiet(self, ends_s: float, linger_s: float, unless: Callable[[], bool]) -> None:
        while not unless():
            left_s = min(self._quiet_from_s + linger_s, ends_s) - time.monotonic()
            if not self._queries and left_s <= 0:
                return
            self._changed.wait(None if self._queries else left_s)

    def _count(self, more: int) -> None:
        with self._changed:
            self._queries += more
            self.flag.set(self._queries > 0)
            self._quiet_from_s = time.monotonic()
            self._changed.notify_all()

    def wake(self) -> None:
        """Have those who wait look again."""
        with self._changed:
            self._changed.notify_all()
