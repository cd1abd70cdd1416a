"""What is shown of a document that was found: where it matches, and why it is there."""

import os
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from embeddings import Vector
from index_store import ChunkRecord, DocumentRecord, Snapshot
from passages import marks_in, passage_around
from ranking import LIKELY, Ranked, Reason


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
    context_marks: tuple[tuple[int, int], ...]
    size_bytes: int
    modified: datetime
    is_missing: bool
    why: tuple[str, ...]  # of "name", "words", "meaning", "picture"
    reasons: tuple[Reason, ...] = ()
    second: float | None = None  # of a video: when it is seen
    relevance: float | None = None  # [0, 1], what a reranker says of the passage; None: it was not asked
    others: tuple["Hit", ...] = ()  # copies and versions of it that were found as well
    asked: Vector | None = field(default=None, compare=False, repr=False)  # the query, (dim,); None without meaning

    @property
    def is_likely(self) -> bool:
        return self.chance >= LIKELY


def hit_of(snapshot: Snapshot, ranked: Ranked, text: str, asked: Vector | None, *, others: tuple[Hit, ...] = ()) -> Hit:
    """The hit for a document; `text`: what was typed, without signs."""
    record = snapshot.document(ranked.document)
    chunk = snapshot.chunk(ranked.chunk) if ranked.chunk else None
    context = chunk.text if chunk and chunk.page_number else ""
    passage, marks = passage_around(context, text)
    context_marks = marks_in(context, text)
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
        context_marks=context_marks,
        size_bytes=record.size_bytes,
        modified=modified_at(record),
        is_missing=not os.path.lexists(record.path),
        why=_why(ranked, chunk, has_marks=bool(context_marks)),
        reasons=ranked.reasons,
        second=chunk.second if chunk else None,
        others=others,
        asked=asked,
    )


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
