"""Ranking by meaning: exact cosines over all live chunks."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from embeddings import Vector
from index_store.records import ChunkId, DocumentId
from index_store.segment import Segment
from index_store.snapshot import Snapshot

_EXCLUDED = np.float32(-2)  # below every cosine


def nearest(
    snapshot: Snapshot, query: Vector, *, limit: int, documents: Collection[DocumentId] | None = None
) -> list[tuple[ChunkId, float]]:
    """Live chunks closest in meaning to `query`, best first.

    Costs one pass over all embeddings: at 384 dimensions under 1 ms for 10,000 chunks, 8 ms for 100,000.

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
    masks = _masks(segments, documents)
    cosines = np.concatenate([_cosines(*pair, query) for pair in zip(segments, masks, strict=True)])  # (all chunks,)
    ranked = _best(cosines, limit)
    starts = np.cumsum([0, *(len(segment.live_chunks) for segment in segments)])
    places = np.searchsorted(starts, ranked, side="right") - 1
    rows = (ranked - starts[places]).tolist()
    chunk_ids = [ChunkId(segments[place].number, row) for place, row in zip(places.tolist(), rows, strict=True)]
    return list(zip(chunk_ids, cosines[ranked].clip(-1, 1).tolist(), strict=True))


def _masks(segments: Sequence[Segment], documents: Collection[DocumentId] | None) -> Iterator[NDArray[np.bool_]]:
    """Which chunks of each segment count."""
    if documents is None:
        yield from (segment.live_chunks for segment in segments)
        return
    rows = defaultdict(list)
    for number, row in documents:
        rows[number].append(row)
    for segment in segments:
        mask = np.zeros_like(segment.live_documents)
        mask[rows[segment.number]] = True
        yield segment.live_chunks & mask[segment.chunk_documents]


def _cosines(segment: Segment, allowed: NDArray[np.bool_], query: Vector) -> Vector:
    if not allowed.any():
        return np.full(len(allowed), _EXCLUDED)
    # Row by row in this thread: two threads of BLAS take ten times as long when another program has a core, and
    # their last digits depend on where a row stands in its segment.
    cosines: Vector = np.vecdot(segment.embeddings, query)  # (n,)
    cosines[~allowed] = _EXCLUDED
    return cosines


def _best(cosines: Vector, limit: int) -> NDArray[np.intp]:
    """Rows of the highest cosines, highest first, equal ones in row order, excluded ones left out."""
    worst = -cosines  # ascending, and NaN from a damaged file comes last
    threshold = -_EXCLUDED
    if limit < len(worst):
        threshold = np.fmin(threshold, np.partition(worst, limit - 1)[limit - 1])
    rows = np.flatnonzero((worst <= threshold) & (worst < -_EXCLUDED))
    return rows[np.argsort(worst[rows], kind="stable")[:limit]]
