"""What a person may want before they say anything: what they opened last, then what was changed last."""

import heapq
from collections.abc import Iterator, Mapping

from index_store import DocumentId, Snapshot
from opened import Opened
from ranking import Ranked, Reason

MOST_OPENED = 12  # so that what is new has its place below
_NEWEST = 50


class Recents:
    """Keeps what is newest in an index, until that changes: to find it is to read every record."""

    def __init__(self) -> None:
        self._newest: tuple[int, list[DocumentId]] | None = None  # of that generation

    def ranked(self, snapshot: Snapshot, opened: Mapping[str, Opened], *, limit: int) -> list[Ranked]:
        """At most `limit` documents, each once, with its first chunk; `opened` by path."""
        reasons = dict(_opened_last(snapshot, opened))
        for document in self._newest_of(snapshot):
            reasons.setdefault(document, "changed")
        return [_ranked(snapshot, document, why) for document, why in list(reasons.items())[:limit]]

    def _newest_of(self, snapshot: Snapshot) -> list[DocumentId]:
        if self._newest is None or self._newest[0] != snapshot.generation:
            newest = heapq.nlargest(_NEWEST, snapshot.documents(), key=lambda known: known[1].mtime_ns)
            self._newest = snapshot.generation, [document for document, _ in newest]
        return self._newest[1]


def _opened_last(snapshot: Snapshot, opened: Mapping[str, Opened]) -> Iterator[tuple[DocumentId, str]]:
    paths = heapq.nlargest(MOST_OPENED, opened, key=lambda path: opened[path].last_s)
    for path in paths:
        if found := snapshot.find(path):
            yield found[0], "opened"


def _ranked(snapshot: Snapshot, document: DocumentId, why: str) -> Ranked:
    first = next(iter(snapshot.chunks_of(document)), None)
    return Ranked(document, 1.0, first, None, 0.0, frozenset({why}), (Reason(why, 1.0, f"was {why} lately"),))
