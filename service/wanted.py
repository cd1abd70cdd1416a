"""What a person opened, or was shown at the top of what they searched for, so that it is indexed before the rest.

Kept in memory and nowhere else; what was opened in runs before comes from the list that there is of that.
"""

import threading
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from opened import History

SHOWN = 10  # hits of a search that count: about as many as a window shows at once
_KEPT = 100  # each is looked for at every document that is indexed


class Wanted:
    """Asked and told from any thread, and never slow for who tells."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._now: tuple[str, ...] = ()

    def note(self, paths: Iterable[Path]) -> None:
        """These are wanted now, the first of them most."""
        self._put([str(path) for path in paths], is_new=True)

    def recall(self, history: "History") -> None:
        """What was opened before is wanted too, less than what was noted since: 3 ms when the list is full."""
        opened = history.opened()
        newest = sorted(opened, key=lambda path: opened[path].last_s, reverse=True)[:_KEPT]
        self._put(newest, is_new=False)

    def now(self) -> tuple[str, ...]:
        """The last one wanted first; the same value until there is something else."""
        return self._now

    def _put(self, paths: Iterable[str], *, is_new: bool) -> None:
        with self._lock:
            both = [*paths, *self._now] if is_new else [*self._now, *paths]
            self._now = tuple(dict.fromkeys(both))[:_KEPT]
