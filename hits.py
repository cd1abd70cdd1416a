"""What is shown of a document that was found: where it matches, and why it is there."""

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

from embeddings import Vector
from index_store import ChunkRecord, DocumentRecord, Root, Snapshot
from passages import marks_in, passage_around
from ranking import LIKELY, Ranked, Reason
from volumes import HOME, away_folders


@dataclass(frozen=True, slots=True)
class Hit:
    """One document to show, with its best chunk."""

    path: Path
    kind: str
    chance: float  # [0, 1], that it is what was asked for; what the list is ordered by
    cosine: float | None  # [-1, 1], of the passage; None when meaning did not find it
    page_number: int  # from 1; 0 when no page of it matched
    page_count: int
    passage: str
    marks: tuple[tuple[int, int], ...]  # character ranges of the query's words in `passage`
    context: str  # the whole chunk around it, as it stands in the document
    size_bytes: int
    modified: datetime
    is_missing: bool  # its file is not there now
    why: tuple[str, ...]  # of "name", "words", "meaning", "picture"
    reasons: tuple[Reason, ...] = ()
    second: float | None = None  # of a video: when it is seen
    relevance: float | None = None  # [0, 1], what a reranker says of the passage; None: it was not asked
    heading: str = ""  # what stands above the context: headings, or a table's header row
    others: tuple["Hit", ...] = ()  # copies and versions of it that were found as well
    is_unplugged: bool = False  # it is missing because its drive is not plugged in, or another one is in its place
    asked: Vector | None = field(default=None, compare=False, repr=False)  # the query, (dim,); None without meaning
    typed: str = field(default="", compare=False, repr=False)  # what was typed, without signs

    @property
    def context_marks(self) -> tuple[tuple[int, int], ...]:
        """Character ranges of the query's words in `context`; looked for now, since few hits are looked at closely."""
        return marks_in(self.context, self.typed)

    @property
    def is_likely(self) -> bool:
        return self.chance >= LIKELY


def hit_of(snapshot: Snapshot, ranked: Ranked, text: str, asked: Vector | None, *, others: tuple[Hit, ...] = ()) -> Hit:
    """The hit for a document; `text`: what was typed, without signs."""
    record = snapshot.document(ranked.document)
    chunk = snapshot.chunk(ranked.chunk) if ranked.chunk else None
    context = chunk.text if chunk and chunk.page_number else ""
    passage, marks = passage_around(context, text)
    is_unplugged = _is_unplugged(record.path, snapshot.roots)
    return Hit(
        path=Path(record.path),
        kind=record.kind,
        chance=ranked.chance,
        cosine=ranked.cosine,
        page_number=chunk.page_number if chunk else 0,
        page_count=record.page_count,
        passage=passage,
        marks=marks,
        context=context,
        size_bytes=record.size_bytes,
        modified=modified_at(record),
        is_missing=is_unplugged or not os.path.lexists(record.path),
        is_unplugged=is_unplugged,
        why=_why(ranked, chunk, has_marks=bool(marks)),
        reasons=ranked.reasons,
        second=chunk.second if chunk else None,
        heading=chunk.context if chunk and context else "",
        others=others,
        asked=asked,
        typed=text,
    )


def _is_unplugged(path: str, roots: Sequence[Root]) -> bool:
    """Whether its drive is away: looked at where the file is not there, or may be that of another drive."""
    above = [root for root in roots if path.startswith(os.path.join(root.path, ""))]
    root = max(above, key=lambda root: len(root.path), default=None)
    if root is None or (root.volume == HOME and not root.drives and os.path.lexists(path)):
        return False
    return path.startswith(_away_of(root, int(time.monotonic())))


@lru_cache(maxsize=16)
def _away_of(root: Root, second: int) -> tuple[str, ...]:  # noqa: ARG001 - a list of hits asks the system once
    return tuple(os.path.join(folder, "") for folder in away_folders(root))


def modified_at(record: DocumentRecord) -> datetime:
    return datetime.fromtimestamp(record.mtime_ns / 1e9, tz=UTC).astimezone()


def _why(ranked: Ranked, chunk: ChunkRecord | None, *, has_marks: bool) -> tuple[str, ...]:
    """Which lists brought it; words that say nothing, such as "in", are no reason beside another."""
    why = set(ranked.lists)
    if chunk and chunk.is_picture and "meaning" in why:
        why = why - {"meaning"} | {"picture"}
    if not has_marks and len(why) > 1:
        why -= {"words"}
    return tuple(sorted(why))
