"""Indexing where the resident process keeps the index current: what is asked for and what goes on anyway, as one."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

import msgspec

from index_store import Root
from web.indexing import Indexer, IndexingState

# Of what is told of upkeep, what an `IndexingState` says in the same words.
_OF_THE_WORK = ("stage", "documents", "documents_total", "left_s", "failed")
_OF_THE_WATCH = ("why", "pending", "churning", "notices", "last_sweep", "next_sweep")


class Told(Protocol):
    """`service.upkeep.UpkeepState`, as far as it is shown."""

    @property
    def state(self) -> str: ...

    @property
    def is_paused(self) -> bool: ...

    @property
    def current(self) -> str: ...


class Upkeep(Protocol):
    """`service.keeper.Keeper`."""

    def pause(self, for_s: float | None = None) -> None: ...

    def resume(self) -> None: ...

    def look_at(self, root: str | None = None) -> None: ...

    def aside(self) -> AbstractContextManager[None]: ...

    def state(self) -> Told: ...


class KeptIndex:
    """An `Indexer`.

    Args:
        indexer: Does what a person asks for.
        upkeep: Does the rest.
    """

    def __init__(self, indexer: Indexer, upkeep: Upkeep) -> None:
        self._indexer = indexer
        self._upkeep = upkeep

    def start(self, roots: Sequence[Root] = (), *, retry: bool = False) -> None:
        if roots or retry:
            self._indexer.start(roots, retry=retry)
        else:
            self._upkeep.look_at()

    def pause(self) -> None:
        self._upkeep.pause()
        self._indexer.pause()

    def resume(self) -> None:
        self._upkeep.resume()
        self._indexer.resume()

    def stop(self) -> None:
        self._indexer.stop()

    def progress(self) -> IndexingState:
        asked, told = self._indexer.progress(), self._upkeep.state()
        state = msgspec.structs.replace(asked, is_kept=True, **_taken(told, _OF_THE_WATCH))
        if told.is_paused or asked.state == "paused":
            return msgspec.structs.replace(state, state="paused", left_s=None)
        if asked.state == "idle" and told.state == "working":
            work = _taken(told, _OF_THE_WORK)
            return msgspec.structs.replace(state, state="running", current=Path(told.current).name, **work)
        return state


def _taken(told: Told, names: Sequence[str]) -> dict[str, object]:
    return {name: getattr(told, name) for name in names}
