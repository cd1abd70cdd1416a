"""Who writes the index: one at a time, and the Keeper only while nobody else wants to."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Turns:
    """Whose turn it is.

    Args:
        on_change: Told, outside of any lock, that somebody wants the turn or gives it back.
    """

    def __init__(self, on_change: Callable[[], None] = lambda: None) -> None:
        self._on_change = on_change
        self._changed = threading.Condition()
        self._is_taken = False
        self._others = 0  # who wait, or have it

    @property
    def is_wanted(self) -> bool:
        """Whether the Keeper is to come to an end soon, or is not to begin."""
        return self._others > 0

    @contextmanager
    def of_another(self) -> Iterator[None]:
        """Wait until the Keeper, or who came before, is done, and keep the turn from them."""
        with self._changed:
            self._others += 1
        self._on_change()
        try:
            with self._taken():
                yield
        finally:
            with self._changed:
                self._others -= 1
            self._on_change()

    @contextmanager
    def of_the_keeper(self) -> Iterator[bool]:
        """The turn, if nobody else has it or wants it; else False, at once."""
        with self._changed:
            is_free = not self._is_taken and not self._others
            self._is_taken = self._is_taken or is_free
        try:
            yield is_free
        finally:
            if is_free:
                self._give_back()

    @contextmanager
    def _taken(self) -> Iterator[None]:
        with self._changed:
            self._changed.wait_for(lambda: not self._is_taken)
            self._is_taken = True
        try:
            yield
        finally:
            self._give_back()

    def _give_back(self) -> None:
        with self._changed:
            self._is_taken = False
            self._changed.notify_all()
