"""Who goes first when a query and indexing want the same processor: the query, always."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from models.stop_flag import StopFlag


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

    @contextmanager
    def urgent(self) -> Iterator[None]:
        """While it lasts, whoever gives way waits."""
        self._count(1)
        try:
            yield
        finally:
            self._count(-1)

    def give_way(self, *, unless: Callable[[], bool] = lambda: False) -> None:
        """Return at once, or when nobody is urgent any more, or at a `wake` when `unless` has become true."""
        if self._queries:  # read without the lock: this is asked a thousand times a second
            with self._changed:
                self._changed.wait_for(lambda: not self._queries or unless())

    def _count(self, more: int) -> None:
        with self._changed:
            self._queries += more
            self.flag.set(self._queries > 0)
            self._changed.notify_all()

    def wake(self) -> None:
        """Have those who wait look again."""
        with self._changed:
            self._changed.notify_all()
