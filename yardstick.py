"""What the scores of one index mean: what a chunk scores that has nothing to do with a query, and one that has.

A cosine of 0.5 is much in an index of many subjects and nothing in one of a single subject, and pictures score lower
than texts whatever they show. So each cosine is held against the index itself: against those of a sample of its chunks,
and against those that its chunks have to their nearest neighbours in other documents.
"""

from collections.abc import Iterator
from contextlib import suppress
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from embeddings import Embeddings, Vector
from errors import IndexUnwritable
from index_store import ChunkId, IndexWriter, Kinship, Snapshot, nearest

SAMPLE_CHUNKS = 2_000
_LASTS = 0.1  # until the index has grown or shrunk by this share
_PROBES = 32  # whose neighbours are looked for: one search each
_NEIGHBOURS = 12  # enough to get past those of the same document
_SAME_TEXT = 0.98  # more is a copy, which says nothing about neighbours
# What a small index is taken to be like, as if it had this many chunks more: the starter model over mixed documents.
_ASSUMED_CHUNKS = 20
_ASSUMED_MEAN, _ASSUMED_SPREAD, _ASSUMED_KIN = 0.1, 0.13, 0.65


class Scale(NamedTuple):
    """What cosines to one query mean, for one kind of chunk."""

    mean: float  # of chunks at random
    spread: float  # their standard deviation
    kin: float  # what neighbours have to each other

    def standing(self, cosine: float) -> float:
        """How far a cosine stands out, in standard deviations."""
        return (cosine - self.mean) / self.spread


class Yardstick:
    """A sample of an index.

    Args:
        sample: (n, dim), unit rows; n may be 0.
        pictures: (n,), which of them are pictures.
        kin: What neighbours have to each other: of texts, and of pictures.
    """

    def __init__(self, sample: Embeddings, pictures: NDArray[np.bool_], kin: tuple[float, float]) -> None:
        self._sample = sample
        self._pictures = pictures
        self._kin = kin
        self.has_pictures = bool(pictures.any())

    def scales(self, query: Vector) -> tuple[Scale, Scale]:
        """What cosines to `query` mean for texts, and for pictures."""
        cosines = np.vecdot(self._sample, query)  # (n,)
        return _scale(cosines[~self._pictures], self._kin[0]), _scale(cosines[self._pictures], self._kin[1])


def yardstick_of(snapshot: Snapshot, *, with_pictures: bool) -> Yardstick:
    """The yardstick of an index: some milliseconds, and as long as 32 searches where its kinship is not known.

    Args:
        with_pictures: Its model sees, so that chunks may be pictures; else none is looked at for it.
    """
    chunks, pictures = _sampled(snapshot, with_pictures=with_pictures)
    sample = np.empty((len(chunks), snapshot.fingerprint.dim), dtype=np.float32)
    for row, chunk in enumerate(chunks):
        sample[row] = embedding_of(snapshot, chunk)
    kinship = snapshot.kinship
    if kinship is None or not is_lasting(kinship.chunk_count, snapshot.chunk_count):
        kinship = _measured(snapshot, chunks, pictures)
    return Yardstick(sample, pictures, (kinship.texts, kinship.pictures))


def keep_kinship(writer: IndexWriter, *, with_pictures: bool) -> None:
    """Measure the kinship of an index that has grown or shrunk, so that no search has to wait for it."""
    snapshot, known = writer.snapshot, writer.snapshot.kinship
    if known and is_lasting(known.chunk_count, snapshot.chunk_count):
        return
    with suppress(IndexUnwritable):  # then each search measures it for itself
        writer.note_kinship(_measured(snapshot, *_sampled(snapshot, with_pictures=with_pictures)))


def is_lasting(count_then: int, count_now: int) -> bool:
    """Whether what was measured of so many chunks still holds."""
    return abs(count_now - count_then) <= _LASTS * count_then


def _sampled(snapshot: Snapshot, *, with_pictures: bool) -> tuple[list[ChunkId], NDArray[np.bool_]]:
    """Some chunks, and which of them are pictures."""
    chunks = _evenly(snapshot, SAMPLE_CHUNKS)
    return chunks, np.array([with_pictures and snapshot.chunk(chunk).is_picture for chunk in chunks], dtype=bool)


def _measured(snapshot: Snapshot, chunks: list[ChunkId], pictures: NDArray[np.bool_]) -> Kinship:
    texts, of_pictures = (
        _kin(snapshot, [chunks[row] for row in np.flatnonzero(pictures == which)]) for which in (False, True)
    )
    return Kinship(chunk_count=snapshot.chunk_count, texts=texts, pictures=of_pictures)


def _evenly(snapshot: Snapshot, limit: int) -> list[ChunkId]:
    """Live chunks from everywhere in the index, at most `limit`, always the same."""
    step = max(1, -(-snapshot.chunk_count // limit))
    found, passed = [], 0
    for segment in snapshot.segments:
        rows = np.flatnonzero(segment.live_chunks)
        found += [ChunkId(segment.number, row) for row in rows[(-passed) % step :: step].tolist()]
        passed += len(rows)
    return found


def embedding_of(snapshot: Snapshot, chunk: ChunkId) -> Vector:
    segment = snapshot.segment(chunk.segment)
    assert segment is not None
    return np.asarray(segment.embeddings[chunk.row], dtype=np.float32)


def _kin(snapshot: Snapshot, chunks: list[ChunkId]) -> float:
    """The median cosine of chunks to their nearest neighbour in another document."""
    probes = chunks[:: max(1, len(chunks) // _PROBES)][:_PROBES]
    cosines = [cosine for probe in probes for cosine in _nearest_neighbour(snapshot, probe)]
    weight = len(cosines) / (len(cosines) + _ASSUMED_CHUNKS)
    return weight * float(np.median(cosines)) + (1 - weight) * _ASSUMED_KIN if cosines else _ASSUMED_KIN


def _nearest_neighbour(snapshot: Snapshot, probe: ChunkId) -> Iterator[float]:
    document = snapshot.document_of(probe)
    for chunk, cosine in nearest(snapshot, embedding_of(snapshot, probe), limit=_NEIGHBOURS):
        if cosine < _SAME_TEXT and snapshot.document_of(chunk) != document:
            yield cosine
            return


def _scale(cosines: Vector, kin: float) -> Scale:
    n, m = len(cosines), _ASSUMED_CHUNKS
    mean = (float(cosines.sum()) + m * _ASSUMED_MEAN) / (n + m)
    variance = (float(np.square(cosines - mean).sum()) + m * _ASSUMED_SPREAD**2) / (n + m)
    return Scale(mean, variance**0.5, kin)
