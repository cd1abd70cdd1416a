"""Ranking by meaning: coarse codes choose candidates among all live chunks, their embeddings rank them."""

import os
from collections import deque
from collections.abc import Collection, Sequence
from itertools import chain
from threading import Thread
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from embeddings import Vector
from index_store.document_set import DocumentSet
from index_store.halves import to_float32
from index_store.mapping import prefetch_rows
from index_store.records import ChunkId, DocumentId
from index_store.segment import Segment
from index_store.snapshot import Snapshot

# Of so few chunks every embedding is looked at: it takes no longer, and nothing can be missed.
_EXACT_CHUNKS = 4_000
# At least so many are looked at closely; two for each that is wanted; and one in a thousand, of which more crowd around
# a query the more there are.
_CANDIDATES = 500
_CANDIDATES_EACH = 2
_CHUNKS_PER_CANDIDATE = 1_000
_BLOCK_NUMBERS = 1 << 19  # as float32 2 MB, which stay in the processor's cache
_THREADS = min(os.cpu_count() or 1, 4)
_PARALLEL_NUMBERS = 1 << 21  # fewer are done before a thread has started

_EXCLUDED = np.float32(-2)  # below every cosine


def nearest(
    snapshot: Snapshot, query: Vector, *, limit: int, documents: Collection[DocumentId] | None = None
) -> list[tuple[ChunkId, float]]:
    """Live chunks closest in meaning to `query`, best first.

    Costs one pass over all codes; docs/SEARCH.md has the figures. Of the 10 closest at least 99 in 100 are found; all,
    where 4,000 chunks or fewer count.

    Args:
        snapshot: The index to search.
        query: (dim,), unit length.
        limit: At most this many chunks.
        documents: Only chunks of these documents; None for all.

    Returns:
        Chunks and their cosines in [-1, 1]. Equal cosines keep the order in which the
        chunks were committed, so the same index always gives the same list.
    """
    if limit < 1 or not snapshot.segments:
        return []
    segments = snapshot.segments
    starts = np.cumsum([0, *(len(segment.live_chunks) for segment in segments)])
    allowed = _allowed(segments, documents)  # (all chunks,)
    count = max(_CANDIDATES, _CANDIDATES_EACH * limit, len(allowed) // _CHUNKS_PER_CANDIDATE)
    chunks = _candidates(segments, starts, allowed, query, count=count)  # ascending
    cosines = _cosines(segments, starts, chunks, query)
    ranked = _best(cosines, limit)
    places = np.searchsorted(starts, chunks[ranked], side="right") - 1
    rows = (chunks[ranked] - starts[places]).tolist()
    chunk_ids = [ChunkId(segments[place].number, row) for place, row in zip(places.tolist(), rows, strict=True)]
    return list(zip(chunk_ids, cosines[ranked].clip(-1, 1).tolist(), strict=True))


def cosines_of(snapshot: Snapshot, chunks: Sequence[ChunkId], query: Vector) -> list[float]:
    """The exact cosine of each chunk to `query`, in [-1, 1]."""
    cosines: dict[ChunkId, float] = {}
    for number in {chunk.segment for chunk in chunks}:
        segment = snapshot.segment(number)
        assert segment is not None
        rows = sorted(chunk.row for chunk in chunks if chunk.segment == number)
        prefetch_rows(segment.embeddings, rows)
        found = np.vecdot(segment.embeddings[rows].astype(np.float32), query).clip(-1, 1)
        cosines |= dict(zip((ChunkId(number, row) for row in rows), found.tolist(), strict=True))
    return [cosines[chunk] for chunk in chunks]


def _allowed(segments: Sequence[Segment], documents: Collection[DocumentId] | None) -> NDArray[np.bool_]:
    """Which chunks count."""
    if documents is None:
        return np.concatenate([segment.live_chunks for segment in segments])
    if isinstance(documents, DocumentSet):
        return np.concatenate(
            [each.live_chunks & documents.masks[each.number][each.chunk_documents] for each in segments]
        )
    wanted = np.fromiter(chain.from_iterable(documents), np.int64, count=2 * len(documents)).reshape(-1, 2)
    masks = []
    for segment in segments:
        mask = np.zeros_like(segment.live_documents)
        mask[wanted[wanted[:, 0] == segment.number, 1]] = True
        masks.append(segment.live_chunks & mask[segment.chunk_documents])
    return np.concatenate(masks)


def _candidates(
    segments: Sequence[Segment],
    starts: NDArray[np.int64],
    allowed: NDArray[np.bool_],
    query: Vector,
    *,
    count: int,
) -> NDArray[np.int64]:
    """The chunks whose embeddings to look at, ascending."""
    if np.count_nonzero(allowed) <= max(_EXACT_CHUNKS, count):
        return np.flatnonzero(allowed)
    parts = [_Part.of(segment, int(start)) for segment, start in zip(segments, starts, strict=False)]
    found = []
    for width in {part.width for part in parts}:  # what codes of different widths say cannot be compared
        coarse = _scanned([part for part in parts if part.width == width], query[:width], len(allowed))
        coarse[~allowed] = _EXCLUDED
        found.append(_best(coarse, count))
    return np.sort(np.concatenate(found))


class _Part(NamedTuple):
    """What is scanned of one segment: its codes, or its embeddings where it has none."""

    rows: NDArray[Any]  # (n, width)
    scales: NDArray[np.float32] | None
    start: int  # where its first row stands among all chunks

    @staticmethod
    def of(segment: Segment, start: int) -> "_Part":
        if segment.codes is None:
            return _Part(segment.embeddings, None, start)
        return _Part(*segment.codes, start)

    @property
    def width(self) -> int:
        return int(self.rows.shape[1])


def _scanned(parts: Sequence[_Part], query: Vector, chunk_count: int) -> Vector:
    """Coarse cosines, times a factor that is the same for all; excluded ones where other parts are."""
    scores = np.full(chunk_count, _EXCLUDED)
    width = len(query)
    block = max(_BLOCK_NUMBERS // width, 1)
    blocks = deque((part, first) for part in parts for first in range(0, len(part.rows), block))
    threads = _THREADS if sum(part.rows.size for part in parts) > _PARALLEL_NUMBERS else 1
    others = [Thread(target=_scan_blocks, args=(blocks, query, block, scores)) for _ in range(threads - 1)]
    for thread in others:
        thread.start()
    _scan_blocks(blocks, query, block, scores)
    for thread in others:
        thread.join()
    return scores


def _scan_blocks(blocks: deque[tuple[_Part, int]], query: Vector, block: int, scores: Vector) -> None:
    """Score blocks until none is left: a thread that another program keeps from its core does fewer of them."""
    numbers = np.empty((block, len(query)), dtype=np.float32)
    while blocks:
        try:
            part, first = blocks.popleft()
        except IndexError:  # another thread took the last
            return
        rows = part.rows[first : first + block]
        to_float32(rows, out=numbers[: len(rows)])
        into = scores[part.start + first :][: len(rows)]
        # Row by row, not `@`: BLAS would share each block among threads of its own, which take ten times as long when
        # another program has a core, and whose last digits depend on where a row stands in its segment.
        np.vecdot(numbers[: len(rows)], query, out=into)
        if part.scales is not None:
            into *= part.scales[first : first + block]


def _cosines(
    segments: Sequence[Segment], starts: NDArray[np.int64], chunks: NDArray[np.int64], query: Vector
) -> Vector:
    """Exact cosines of these chunks, which are ascending."""
    bounds = np.searchsorted(chunks, starts)
    rows = [chunks[low:high] - start for start, low, high in zip(starts, bounds, bounds[1:], strict=False)]
    for segment, wanted in zip(segments, rows, strict=True):
        if segment.codes is not None:  # else they have just been read
            prefetch_rows(segment.embeddings, wanted.tolist())
    cosines = [
        np.vecdot(to_float32(segment.embeddings[wanted]), query)
        for segment, wanted in zip(segments, rows, strict=True)
        if len(wanted)
    ]
    return np.concatenate([np.empty(0, np.float32), *cosines])


def _best(scores: Vector, limit: int) -> NDArray[np.intp]:
    """Places of the highest scores, highest first, equal ones in their order, excluded ones left out."""
    worst = -scores  # ascending, and NaN from a damaged file comes last
    threshold = -_EXCLUDED
    if limit < len(worst):
        threshold = np.fmin(threshold, np.partition(worst, limit - 1)[limit - 1])
    places = np.flatnonzero((worst <= threshold) & (worst < -_EXCLUDED))
    return places[np.argsort(worst[places], kind="stable")[:limit]]
