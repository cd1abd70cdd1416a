"""What a whole search takes over an index that is there: by meaning alone, and with words, names and ranking."""

import statistics
import time
from typing import Any

import _project  # noqa: F401

from embeddings import Embeddings, Fingerprint, Vector
from index_store import Snapshot
from search_engine import Query, SearchEngine


class Known:
    """An embedder that has embedded everything already: text number n is row n."""

    sees_pictures = False

    def __init__(self, fingerprint: Fingerprint, texts: list[str], rows: Embeddings) -> None:
        self.fingerprint = fingerprint
        self.rows = dict(zip(texts, rows, strict=True))

    def embed_query(self, query: str) -> Vector:
        return self.rows[query]


def whole_searches(snapshot: Snapshot, texts: list[str], rows: Embeddings) -> dict[str, Any]:
    """Milliseconds of `SearchEngine.search` with 20 hits, the embedding of the query apart; and of its first call."""
    embedder: Any = Known(snapshot.fingerprint, texts, rows)
    engine = SearchEngine(snapshot, embedder, hash_picture=lambda _: "", read_picture=lambda _: rows)
    first_ms = milliseconds(engine, Query(texts[0]))
    for _ in range(2):
        milliseconds(engine, Query(texts[1]))
    meaning = [milliseconds(engine, Query(text, lists=frozenset({"meaning"}))) for text in texts]
    everything = [milliseconds(engine, Query(text)) for text in texts]
    return {"first": first_ms, "by meaning": spread(meaning), "with words and names": spread(everything)}


def milliseconds(engine: SearchEngine, query: Query) -> float:
    started = time.perf_counter()
    hits = engine.search(query)
    assert len(hits) == query.limit
    return (time.perf_counter() - started) * 1e3


def spread(times: list[float]) -> tuple[float, float]:
    return statistics.median(times), statistics.quantiles(times, n=20)[-1]
