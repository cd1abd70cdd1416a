"""Merging segments: small ones into larger ones, and those of which much is dead into what lives of them.

Every commit leaves a segment, and each one costs every search and every later commit. Merged are neighbours only, so
that the order of commits stays. A row's segment at least doubles with each merge, so that a row is written about
log8(n) times however the commits come. `IndexWriter` says when.
"""

import logging
from collections.abc import Collection, Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index_store.durable import damaged_stretches, room_bytes
from index_store.manifest import SegmentEntry
from index_store.segment import (
    CHUNK_ORIGINS,
    DOCUMENT_ORIGINS,
    Segment,
    SegmentContents,
    write_contents,
)

logger = logging.getLogger(__name__)

FEW_ROWS = 1 << 15  # merged in under a second, so that a commit may do it by the way
MOST_ROWS = 1 << 18  # a larger segment would be long in the merging, and gain nothing

_SIZES = tuple(1 << shift for shift in range(6, 19, 3))  # 64, 512, 4,096, 32,768 and 262,144 rows
_TOGETHER = 8
_DEAD_SHARE = 0.25
_DEAD_ROWS = 64  # a segment with fewer can wait until it is merged with others
_BLOCK_ROWS = 2_048


def next_merge(segments: Sequence[Segment], *, most_rows: int, but_not: Collection[int] = ()) -> Sequence[Segment]:
    """The neighbours to merge next, the smallest first; none when all is well.

    Args:
        segments: All of the index, in their order.
        most_rows: Of what is merged.
        but_not: Numbers of segments to leave as they are.
    """
    rows = [most_rows + 1 if segment.number in but_not else _live_rows(segment) for segment in segments]
    for size in _SIZES:
        for run in _runs(rows, size):
            if window := _window(rows[run], most_rows):
                return segments[run][window]
    merges = zip(segments, rows, strict=True)
    return next(([segment] for segment, count in merges if count <= most_rows and _is_wasteful(segment)), [])


def _runs(rows: Sequence[int], most: int) -> Iterator[slice]:
    """Where neighbours stand that have at most so many rows each."""
    for is_small, run in groupby(range(len(rows)), lambda place: rows[place] <= most):
        if is_small:
            places = list(run)
            yield slice(places[0], places[-1] + 1)


def _window(rows: Sequence[int], most_rows: int) -> slice | None:
    """The first of a run that are enough together, not too many, and none of them more than half of all."""
    for start in range(len(rows) - _TOGETHER + 1):
        together = np.cumsum(rows[start:])
        end = start + int(np.searchsorted(together, most_rows, side="right"))
        if end - start >= _TOGETHER and 2 * max(rows[start:end]) <= together[end - start - 1]:
            return slice(start, end)
    return None


def _live_rows(segment: Segment) -> int:
    return segment.live_chunk_count + segment.live_document_count


def _is_wasteful(segment: Segment) -> bool:
    rows = segment.entry.chunk_count + segment.entry.document_count
    dead = rows - _live_rows(segment)
    return dead >= _DEAD_ROWS and dead > rows * _DEAD_SHARE


def has_room(directory: Path, segments: Sequence[Segment]) -> bool:
    """Whether the disk has room for as much again: that is given back only after the next commit."""
    return room_bytes(directory) >= sum(file.size_bytes for segment in segments for file in segment.entry.files)


def first_damaged(segments: Sequence[Segment]) -> Segment | None:
    """A segment that is not as it was written: merged with others, nobody could tell any more.

    Raises:
        OSError: A file cannot be read.
    """
    files = ((segment, file) for segment in segments for file in segment.entry.all_files)
    return next((segment for segment, file in files if damaged_stretches(segment.folder, file)), None)


def merge(directory: Path, number: int, segments: Sequence[Segment]) -> SegmentEntry:
    """Write what lives of some segments, one block after the other, as a new one; durable as `write_contents` says.

    Raises:
        OSError: The folder of the new one may be there in part.
    """
    contents = SegmentContents(
        dim=segments[0].embeddings.shape[1],
        chunk_counts=np.concatenate([_chunk_counts(segment) for segment in segments]).tolist(),
        document_lines=(line for segment in segments for line in _document_lines(segment)),
        chunk_lines=(line for segment in segments for line in _chunk_lines(segment)),
        embeddings=(block for segment in segments for block in _embeddings(segment)),
        origins={
            CHUNK_ORIGINS: np.concatenate([segment.chunk_origins[segment.live_chunks] for segment in segments]),
            DOCUMENT_ORIGINS: np.concatenate(
                [segment.document_origins[segment.live_documents] for segment in segments]
            ),
        },
    )
    return write_contents(directory, number, contents)


def _chunk_counts(segment: Segment) -> NDArray[np.intp]:
    return np.bincount(segment.chunk_documents, minlength=len(segment.live_documents))[segment.live_documents]


def _document_lines(segment: Segment) -> Iterator[bytes]:
    return segment.documents.lines(np.flatnonzero(segment.live_documents))


def _chunk_lines(segment: Segment) -> Iterator[bytes]:
    rows = np.flatnonzero(segment.live_chunks)
    bounds = zip(segment.chunk_offsets[rows].tolist(), segment.chunk_offsets[rows + 1].tolist(), strict=True)
    return (segment.chunk_lines[start:end] for start, end in bounds)


def _embeddings(segment: Segment) -> Iterator[NDArray[Any]]:
    for start in range(0, len(segment.live_chunks), _BLOCK_ROWS):
        yield segment.embeddings[start + np.flatnonzero(segment.live_chunks[start : start + _BLOCK_ROWS])]
