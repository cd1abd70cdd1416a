"""Who brings the index up to date, as the window sees it."""

from collections.abc import Sequence
from typing import Literal, Protocol

import msgspec

from index_store import Root


class IndexingState(msgspec.Struct, frozen=True, kw_only=True):
    """What goes on now, and how the run before ended."""

    state: Literal["idle", "running", "paused"] = "idle"
    stage: str = ""  # as `progress.Progress` has it; "" before the first document
    documents: int = 0  # of this stage
    documents_total: int = 0
    current: str = ""  # the name of a document that is being read
    left_s: float | None = None  # of this stage; None while nobody can say
    failed: int = 0  # in this run
    problem: str = ""  # why the last run ended before it was done
    hint: str = ""
    is_kept: bool = False  # current without being asked, by the resident process; what follows is of that
    why: str = ""  # it does not at the moment, or slowly
    pending: int = 0  # places where something changed
    churning: tuple[str, ...] = ()  # folders in which something changes again and again
    notices: tuple[str, ...] = ()  # what a person should know
    last_sweep: str = ""  # ISO 8601: when all folders were looked through
    next_sweep: str = ""


class Indexer(Protocol):
    """Brings the index up to date in the background. All of its methods return soon, and may be called at any time."""

    def start(self, roots: Sequence[Root] = (), *, retry: bool = False) -> None:
        """Bring these folders up to date, with these rules from now on; none: all of the index.

        Args:
            roots: What is asked for while a run goes on comes after it.
            retry: Also read again what failed before.
        """

    def pause(self) -> None:
        """Leave off until `resume`; what was asked for is kept."""

    def resume(self) -> None: ...

    def stop(self) -> None:
        """End what goes on and forget what was asked for; when it returns, nobody writes the index any more."""

    def progress(self) -> IndexingState: ...
