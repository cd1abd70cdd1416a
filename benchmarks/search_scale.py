"""The first list of a search by meaning as the index grows: time, recall, memory, disk, time to open.

    python benchmarks/search_scale.py [--chunks 10000 100000 1000000] [--dim 2048] [--chunks-per-document 8]
        [--plot docs/search_scale.svg] [--texts FOLDER QUERIES.jsonl] [--folder FOLDER]

The embeddings are made up so that they are like those of a large model: topics, documents and chunks of them, more in
the first dimensions than in the last (Matryoshka), not around zero (shared between modalities). A query is a chunk
with as much of another one in it. One document in ten is removed. With --texts, embeddings of real texts by the
starter model are searched instead; QUERIES.jsonl has a "text" on every line.

Against it stand, in the same run and with as many threads: reading the codes and the embeddings once from memory (the
floor), NumPy's product, and, where they are installed, usearch and faiss, which the program does without:

    pip install --target RIVALS usearch==2.26.6 faiss-cpu==1.15.1 matplotlib==3.11.2 numpy==2.4.6
    PYTHONPATH=RIVALS python benchmarks/search_scale.py --plot docs/search_scale.svg

A million chunks of 2,048 dimensions need 10 GB of disk, 12 GB of memory, and half an hour on two cores.
"""

import argparse
import multiprocessing
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import _project  # noqa: F401
import numpy as np
from scan_inputs import MadeUp, texts_of
from scan_rivals import WANTED, rivals
from whole_search import whole_searches
from word_rates import made_up_texts

from embeddings import Embeddings, Fingerprint, Vector
from index_store import (
    Addition,
    ChunkRecord,
    DocumentRecord,
    Root,
    Snapshot,
    create_or_open_index,
    nearest,
    read_index,
    scan,
)
from settings import available_cores
from yardstick import keep_kinship

NEAREST = 10
SHOWN = 50
COMMIT_CHUNKS = 40_000
REMOVED_EACH = 10  # one document in so many
POOL_WORDS = 2_000_003
CHUNK_WORDS = 30


def build(index_dir: Path, blocks: Iterator[Embeddings], dim: int, *, chunks_each: int) -> None:
    fingerprint = Fingerprint(model="made up", weights_sha256="0" * 64, dim=dim)
    words = word_pool()
    number = chunk = 0
    with create_or_open_index(index_dir, fingerprint=fingerprint) as writer:
        for block in blocks:
            additions = []
            for start in range(0, len(block), chunks_each):
                rows = block[start : start + chunks_each]
                pages = tuple(
                    ChunkRecord(page_number=page, start_char=0, end_char=60, text=text_of(chunk + page - 1, words))
                    for page in range(1, len(rows) + 1)
                )
                chunk += len(rows)
                path = f"/made up/{number % 997}/{number}.txt"
                document = DocumentRecord(path=path, size_bytes=number, mtime_ns=number, inode=number, kind="text")
                additions.append(Addition(document, pages, rows))
                number += 1
            writer.commit(additions, roots=[Root(path="/made up")])
        removed = [f"/made up/{each % 997}/{each}.txt" for each in range(0, number, REMOVED_EACH)]
        writer.commit(removals=removed)
        writer.compact()
        keep_kinship(writer, with_pictures=False)


def word_pool() -> list[str]:
    """Words one after the other, as frequent as those of a natural language."""
    texts = (text.replace(".", "").split() for text in made_up_texts(POOL_WORDS // 100))
    return [word for words in texts for word in words][:POOL_WORDS]


def text_of(chunk: int, words: list[str]) -> str:
    start = chunk * 17 % (POOL_WORDS - CHUNK_WORDS)
    return " ".join(words[start : start + CHUNK_WORDS])


class Exact:
    """The nearest of all chunks seen so far that are not removed, by the embeddings as they were made."""

    def __init__(self, queries: Embeddings, chunks_each: int) -> None:
        self.queries = queries
        self.chunks_each = chunks_each
        self.seen = 0
        self.cosines = np.full((len(queries), NEAREST), -2, dtype=np.float32)
        self.chunks = np.full((len(queries), NEAREST), -1)

    def look_at(self, block: Embeddings) -> None:
        cosines = self.queries @ block.T  # (queries, chunks)
        numbers = self.seen + np.arange(len(block))
        cosines[:, numbers // self.chunks_each % REMOVED_EACH == 0] = -2
        best = np.argpartition(-cosines, NEAREST, axis=1)[:, :NEAREST]
        both = np.hstack([self.cosines, np.take_along_axis(cosines, best, axis=1)])
        chunks = np.hstack([self.chunks, numbers[best]])
        order = np.argsort(-both, axis=1, kind="stable")[:, :NEAREST]
        self.cosines, self.chunks = (np.take_along_axis(each, order, axis=1) for each in (both, chunks))
        self.seen += len(block)


def milliseconds(function: Callable[[Vector], Any], queries: Embeddings) -> tuple[float, float]:
    """Median and 95th percentile of a call, after two that do not count."""
    times = []
    for number, query in enumerate([*queries[:2], *queries]):
        started = time.perf_counter()
        function(query)
        if number >= 2:
            times.append((time.perf_counter() - started) * 1e3)
    return statistics.median(times), statistics.quantiles(times, n=20)[-1]


def status_mb(field: str) -> float:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(field + ":"):
            return int(line.split()[1]) / 1024
    return 0.0


def measured(index_dir: Path, queries: Embeddings, exact: list[set[int]], chunks_each: int) -> dict[str, Any]:
    """What a process of its own sees of an index."""
    own_before, mapped_before = status_mb("RssAnon"), status_mb("RssFile")
    started = time.perf_counter()
    snapshot = read_index(index_dir)
    opened_ms = (time.perf_counter() - started) * 1e3
    opened_mb = status_mb("RssAnon") - own_before

    def first_list(query: Vector) -> list[tuple[DocumentRecord, ChunkRecord]]:
        current = snapshot.refreshed()
        found = nearest(current, query, limit=WANTED)[:SHOWN]
        return [(current.document(current.document_of(chunk)), current.chunk(chunk)) for chunk, _ in found]

    started = time.perf_counter()
    first_list(queries[0])
    first_ms = (time.perf_counter() - started) * 1e3
    found = [
        {document.size_bytes * chunks_each + chunk.page_number - 1 for document, chunk in first_list(query)[:NEAREST]}
        for query in queries
    ]
    median, p95 = milliseconds(first_list, queries)
    ranked, _ = milliseconds(lambda query: nearest(snapshot, query, limit=WANTED), queries)
    scanned, _ = milliseconds(scan_of_codes(snapshot), queries)
    own_mb, mapped_mb = status_mb("RssAnon") - own_before, status_mb("RssFile") - mapped_before
    started = time.perf_counter()
    snapshot.find("/nowhere")
    find_ms = (time.perf_counter() - started) * 1e3
    words = word_pool()
    texts = [" ".join(text_of(number * 7_919, words).split()[:3]) for number in range(len(queries))]
    return {
        "search": whole_searches(snapshot, texts, queries),
        "recall": statistics.mean(len(one & other) / NEAREST for one, other in zip(found, exact, strict=True)),
        "median": median,
        "p95": p95,
        "nearest": ranked,
        "scan": scanned,
        "opened_ms": opened_ms,
        "first_ms": first_ms,
        "find_ms": find_ms,
        "opened_mb": opened_mb,
        "own_mb": own_mb,
        "mapped_mb": mapped_mb,
        "segments": len(snapshot.segments),
        "width": max(segment.codes.rows.shape[1] for segment in snapshot.segments if segment.codes),
        "files_mb": sizes_mb(index_dir),
    }


def scan_of_codes(snapshot: Snapshot) -> Callable[[Vector], Any]:
    """The first half of `nearest` alone, in which every chunk is looked at."""
    parts = [
        scan._Part.of(segment, start) for segment, start in zip(snapshot.segments, starts_of(snapshot), strict=True)
    ]
    (width,) = {part.width for part in parts}
    count = sum(len(part.rows) for part in parts)
    return lambda query: scan._scanned(parts, query[:width], count)


def starts_of(snapshot: Snapshot) -> list[int]:
    ends = np.cumsum([len(segment.live_chunks) for segment in snapshot.segments]).tolist()
    return [0, *ends[:-1]]


def sizes_mb(index_dir: Path) -> dict[str, float]:
    sizes = {"embeddings": 0.0, "codes": 0.0, "records": 0.0, "words": 0.0}
    for path in index_dir.rglob("*"):
        names = {"embeddings": "embeddings", "code": "codes", "words": "words"}
        part = next((part for start, part in names.items() if path.name.startswith(start)), "records")
        sizes[part] += path.stat().st_size / 1e6 if path.is_file() else 0
    return sizes


def rival_times(rows_file: Path, dim: int, queries: Embeddings) -> dict[str, tuple[float, float]]:
    """What others take for the same rows; of all dimensions only where there is memory for it."""
    rows = np.memmap(rows_file, np.float32, mode="r").reshape(-1, dim)
    times = {}
    for name, way in rivals(rows, with_all=1.6 * rows.nbytes < available_bytes()):
        times[name] = milliseconds(way, queries[:30])
        del way  # and the copy of the rows that it may have
    return times


def available_bytes() -> int:
    lines = Path("/proc/meminfo").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable"))


def one_size(args: argparse.Namespace, count: int, folder: Path) -> dict[str, Any]:
    """Build an index of `count` chunks, and measure it and the others, each in a process of its own."""
    each = args.chunks_per_document
    if args.texts:
        rows, queries = texts_of(Path(args.texts[0]), Path(args.texts[1]))
        blocks: Any = [rows[start : start + COMMIT_CHUNKS] for start in range(0, len(rows), COMMIT_CHUNKS)]
    else:
        made = MadeUp(args.dim)
        sizes = [min(COMMIT_CHUNKS, count - start) for start in range(0, count, COMMIT_CHUNKS)]
        first = made.chunks(sizes[0] // each, each)
        queries = made.queries(first[made.source.integers(0, len(first), args.queries)])
        blocks = (first if number == 0 else made.chunks(size // each, each) for number, size in enumerate(sizes))
    exact = Exact(queries, each)
    rows_file = folder / "rows.f32"
    with rows_file.open("wb") as file:

        def seen() -> Iterator[Embeddings]:
            for block in blocks:
                exact.look_at(block)
                block.tofile(file)
                yield block

        build(folder / "index", seen(), queries.shape[1], chunks_each=each)
    pool = ProcessPoolExecutor(1, multiprocessing.get_context("spawn"), max_tasks_per_child=1)
    with pool:
        wanted = [set(row) for row in exact.chunks.tolist()]
        result = pool.submit(measured, folder / "index", queries, wanted, each).result()
        result["others"] = {} if args.texts else pool.submit(rival_times, rows_file, queries.shape[1], queries).result()
    return {**result, "chunks": exact.seen, "documents": exact.seen // each}


def show(result: dict[str, Any]) -> None:
    files = ", ".join(f"{part} {size:,.0f} MB" for part, size in result["files_mb"].items())
    print(f"\n{result['chunks']:,} chunks of {result['documents']:,} documents, {result['segments']} segments")
    print(f"  recall@10 {result['recall']:.4f}; codes of {result['width']} dimensions; {files}")
    print(
        f"  opened in {result['opened_ms']:.0f} ms with {result['opened_mb']:.0f} MB; first search"
        f" {result['first_ms']:.0f} ms; first `find` {result['find_ms']:.0f} ms; after all searches"
        f" {result['own_mb']:.0f} MB of its own, {result['mapped_mb']:.0f} MB of mapped files"
    )
    print(f"  {'milliseconds':40} {'median':>8} {'p95':>8}")
    rows = {"first list": (result["median"], result["p95"]), **result["others"]}
    for name, (median, p95) in rows.items():
        print(f"  {name:40} {median:8.2f} {p95:8.2f}")
    for name in ("by meaning", "with words and names"):
        median, p95 = result["search"][name]
        print(f"  {'a whole search ' + name:40} {median:8.2f} {p95:8.2f}")
    print(f"  {'the very first whole search':40} {result['search']['first']:8.2f}")
    print(f"  {'of the first list: `nearest`':40} {result['nearest']:8.2f}")
    print(f"  {'of `nearest`: the scan of the codes':40} {result['scan']:8.2f}", flush=True)


def table(results: list[dict[str, Any]]) -> None:
    print("\n| | " + " | ".join(f"{result['chunks']:,}" for result in results) + " |")
    print("|---|" + "---|" * len(results))
    lines = {
        "first list, median (p95), ms": lambda each: f"{each['median']:.1f} ({each['p95']:.1f})",
        **{
            f"a whole search {name}, median (p95), ms": lambda each, name=name: "{:.1f} ({:.1f})".format(
                *each["search"][name]
            )
            for name in ("by meaning", "with words and names")
        },
        "the very first whole search, ms": lambda each: f"{each['search']['first']:.0f}",
        "of the first list, `nearest`, ms": lambda each: f"{each['nearest']:.1f}",
        "of that, the scan of the codes, ms": lambda each: f"{each['scan']:.1f}",
        **{
            f"{name}, ms": lambda each, name=name: f"{each['others'][name][0]:.1f}" if name in each["others"] else "-"
            for result in results
            for name in result["others"]
        },
        "recall@10": lambda each: f"{each['recall']:.4f}",
        "opening, ms": lambda each: f"{each['opened_ms']:.0f}",
        "own memory after opening, MB": lambda each: f"{each['opened_mb']:.0f}",
        "own memory after 300 searches, MB": lambda each: f"{each['own_mb']:.0f}",
        "mapped files after 300 searches, MB": lambda each: f"{each['mapped_mb']:,.0f}",
        "embeddings and codes on the disk, MB": lambda each: (
            f"{each['files_mb']['embeddings']:,.0f} + {each['files_mb']['codes']:,.0f}"
        ),
    }
    for name, value in lines.items():
        print(f"| {name} | " + " | ".join(value(result) for result in results) + " |")


def plot(results: list[dict[str, Any]], file: Path) -> None:
    import matplotlib.figure  # noqa: PLC0415 - only here, and only where a plot is wanted

    matplotlib.rcParams["svg.hashsalt"] = "search_scale"  # the same ids each time
    figure = matplotlib.figure.Figure(figsize=(7, 4.5))
    axes = figure.subplots()
    counts = [result["chunks"] for result in results]
    axes.plot(counts, [result["median"] for result in results], "o-", color="black", linewidth=2.5, label="first list")
    axes.plot(counts, [result["p95"] for result in results], ":", color="black", label="first list, 95th percentile")
    axes.plot(counts, [result["scan"] for result in results], "-.", color="black", label="of it, the scan of the codes")
    for name in dict.fromkeys(name for result in results for name in result["others"]):
        known = [(each["chunks"], each["others"][name][0]) for each in results if name in each["others"]]
        axes.plot(*zip(*known, strict=True), "--" if "floor" in name else ".-", linewidth=1, label=name)
    axes.set(xscale="log", yscale="log", xlabel="chunks", ylabel="milliseconds per search")
    axes.grid(visible=True, alpha=0.3)
    axes.legend(fontsize=7, loc="upper left", bbox_to_anchor=(1.01, 1))  # beside the lines
    figure.savefig(file, format="svg", bbox_inches="tight", metadata={"Date": None})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--chunks", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--chunks-per-document", type=int, default=8)
    parser.add_argument("--dim", type=int, default=2048)
    parser.add_argument("--queries", type=int, default=100)
    parser.add_argument("--texts", nargs=2, metavar=("FOLDER", "QUERIES"))
    parser.add_argument("--folder", type=Path, help="where to build the indexes; a temporary one by default")
    parser.add_argument("--plot", type=Path)
    args = parser.parse_args()
    results = []
    print(f"{available_cores()} cores; load {os.getloadavg()[0]:.1f}; Python {sys.version.split()[0]}")
    for count in args.chunks[:1] if args.texts else args.chunks:
        with tempfile.TemporaryDirectory(dir=args.folder) as folder:
            results.append(one_size(args, count, Path(folder)))
        show(results[-1])
    table(results)
    if args.plot:
        plot(results, args.plot)


if __name__ == "__main__":
    main()
