"""Milliseconds per search and their parts: query embedding, scan, words, names, grouping; and peak memory.

    python benchmarks/search_latency.py [--chunks 10000] [--queries 100]

The scan is set against NumPy's own product of the same arrays in memory in the same run. The
embeddings are random (what they mean does not change what they cost), the texts made up.
"""

import argparse
import os
import resource
import statistics
import tempfile
import time
from collections import defaultdict
from pathlib import Path

import _project  # noqa: F401
import inputs
import numpy as np

import search_engine
from index_store import Addition, ChunkRecord, DocumentRecord, Root, create_or_open_index, read_index
from models.catalog import STARTER
from models.download import ensure_weights
from models.embedder import load_embedder
from models.llama_session import SessionOptions
from search_engine import Query, SearchEngine
from settings import available_cores, default_settings

CHUNKS_PER_DOCUMENT = 5


def build(index_dir: Path, fingerprint, chunks: int) -> None:
    source = np.random.default_rng(1)
    vectors = source.standard_normal((chunks, fingerprint.dim), dtype=np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    words = inputs.text(chunks * 20, seed=2).split()
    additions = []
    for number, start in enumerate(range(0, chunks, CHUNKS_PER_DOCUMENT)):
        rows = range(start, min(start + CHUNKS_PER_DOCUMENT, chunks))
        starts = (row * 17 % (len(words) - 150) for row in rows)
        texts = [" ".join(words[start : start + 150]) for start in starts]
        records = tuple(
            ChunkRecord(page_number=page, start_char=0, end_char=len(text), text=text)
            for page, text in enumerate(texts, start=1)
        )
        document = DocumentRecord(
            path=f"/made/up/{number}/{words[number]} {words[-number]}.txt", size_bytes=1, mtime_ns=1, inode=number
        )
        additions.append(Addition(document, records, vectors[rows.start : rows.stop]))
    with create_or_open_index(index_dir, fingerprint=fingerprint) as writer:
        for start in range(0, len(additions), 500):
            writer.commit(additions[start : start + 500], roots=[Root(path="/made/up")])


def timed(owner, name: str, times: dict[str, list[float]]) -> None:
    """Time every call of a function that the search makes."""
    function = getattr(owner, name)

    def measured(*arguments, **options):
        started = time.perf_counter()
        try:
            return function(*arguments, **options)
        finally:
            times[name].append(time.perf_counter() - started)

    setattr(owner, name, measured)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--chunks", type=int, default=10_000)
    parser.add_argument("--queries", type=int, default=100)
    args = parser.parse_args()
    weights = ensure_weights(STARTER, default_settings(os.environ).models_dir, offline=False, report=print)
    embedder = load_embedder(weights, SessionOptions(threads=available_cores()))
    with tempfile.TemporaryDirectory() as folder:
        build(Path(folder), embedder.fingerprint, args.chunks)
        started = time.perf_counter()
        snapshot = read_index(Path(folder))
        opened = time.perf_counter() - started
        engine = SearchEngine(snapshot, embedder, hash_picture=str, read_picture=np.asarray)
        queries = [inputs.text(2 + number % 7, seed=1000 + number).rstrip(".") for number in range(args.queries)]
        for query in queries[:5]:
            engine.search(Query(text=query))
        times: dict[str, list[float]] = defaultdict(list)
        timed(embedder, "embed_query", times)
        timed(search_engine, "nearest", times)
        for name in ("search_passages", "search_names"):
            timed(type(snapshot), name, times)
        for query in queries:
            started = time.perf_counter()
            engine.search(Query(text=query))
            times["all"].append(time.perf_counter() - started)
        matrix = np.concatenate([segment.embeddings for segment in snapshot.segments]).astype(np.float32)
        vector = embedder.embed_query(queries[0])
        for _ in range(args.queries):
            started = time.perf_counter()
            matrix @ vector
            times["reference"].append(time.perf_counter() - started)
    report(times, snapshot, opened)


def report(times: dict[str, list[float]], snapshot, opened: float) -> None:
    parts = ("embed_query", "nearest", "search_passages", "search_names")
    rest = [
        total - sum(part)
        for total, *part in zip(times["all"], *(times[name][-len(times["all"]) :] for name in parts), strict=True)
    ]
    print(f"{snapshot.chunk_count} chunks of {snapshot.document_count} documents; opened in {opened * 1e3:.0f} ms")
    print(f"{'milliseconds':32} {'median':>8} {'p95':>8}")
    rows = {
        "query embedding": times["embed_query"][-len(times["all"]) :],
        "scan of all embeddings": times["nearest"],
        "words": times["search_passages"],
        "names": times["search_names"],
        "fusion, grouping, passages": rest,
        "one search, all together": times["all"],
        "reference: NumPy product alone": times["reference"],
    }
    for name, seconds in rows.items():
        p95 = statistics.quantiles(seconds, n=20)[-1]
        print(f"{name:32} {statistics.median(seconds) * 1e3:8.2f} {p95 * 1e3:8.2f}")
    ratio = statistics.median(times["nearest"]) / statistics.median(times["reference"])
    print(f"scan / NumPy product: {ratio:.2f}")
    print(f"peak memory of this process: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


if __name__ == "__main__":
    main()
