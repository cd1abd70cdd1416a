"""Which documents have every quoted phrase of a query and nothing that it excludes."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from index_store.document_set import DocumentSet
from index_store.name_words import fts_string
from index_store.query_terms import QueryTerms
from index_store.segment import Segment
from index_store.sqlite import sqlite3

_Masks = Mapping[int, NDArray[np.bool_]]  # by the number of a segment, (documents,)


def documents_meeting(connection: sqlite3.Connection, segments: Sequence[Segment], terms: QueryTerms) -> DocumentSet:
    """See `Snapshot.documents_meeting`."""
    met = {segment.number: segment.live_documents.copy() for segment in segments}
    for phrase in terms.phrases:
        holding = _holding(connection, segments, fts_string(phrase))
        met = {number: mask & holding[number] for number, mask in met.items()}
    for phrase in terms.excluded:
        match = fts_string(phrase.removesuffix("*"), is_beginning=phrase.endswith("*"))
        holding = _holding(connection, segments, match)
        met = {number: mask & ~holding[number] for number, mask in met.items()}
    return DocumentSet(met)


def _holding(connection: sqlite3.Connection, segments: Sequence[Segment], match: str) -> _Masks:
    """Which documents have `match` in one of their chunks, in their title or their name."""
    chunks = _rows(connection, "SELECT rowid FROM literal WHERE literal MATCH ?", match)
    named = "SELECT rowid FROM name_words WHERE name_words MATCH ?"
    names = _rows(connection, named, f"{{name title}} : {match}")
    holding = {}
    for segment in segments:
        mask = np.zeros(len(segment.live_documents), dtype=bool)
        mask[segment.chunk_documents[_positions(segment.chunk_origins, chunks)]] = True
        mask[_positions(segment.document_origins, names)] = True
        holding[segment.number] = mask
    return holding


def _rows(connection: sqlite3.Connection, statement: str, match: str) -> NDArray[np.int64]:
    """Row ids, ascending as full-text tables give them."""
    return np.fromiter((rowid for (rowid,) in connection.execute(statement, (match,))), dtype=np.int64)


def _positions(origins: NDArray[np.int64], wanted: NDArray[np.int64]) -> NDArray[np.intp]:
    """Where in `origins` those of `wanted` stand that are there; both ascending."""
    if not len(origins):
        return np.zeros(0, dtype=np.intp)
    first, end = np.searchsorted(wanted, (origins[0], origins[-1] + 1))  # the others are of other segments
    near = wanted[first:end]
    positions: NDArray[np.intp] = np.searchsorted(origins, near)
    return positions.compress(origins[positions] == near)
