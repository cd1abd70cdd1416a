"""What encryption at rest costs: the same made-up index as it is and encrypted, measured in the same run.

    python benchmarks/encryption.py [--chunks 10000] [--dim 2048] [--per-commit 1000] [--searches 50]

No model runs and the embeddings are random. Opening and searching are measured in a process of their own, with the
index's files in the system's memory already: what the disk takes comes on top, and is the same for both. Seconds are
of the clock; "cpu" is what all threads of the process worked. Linux only, for the memory.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

import _project  # noqa: F401
import numpy as np
from word_rates import made_up_texts

import index_store
from embeddings import Fingerprint
from index_store import (
    Addition,
    ChunkRecord,
    DocumentRecord,
    create_or_open_index,
    nearest,
    read_index,
)
from key_source import use_key_source

KEY = bytes(range(32))
KEY_ID = "benchmark"
LIMIT = 200  # of each list of a search
CHUNKS_PER_DOCUMENT = 5


@contextmanager
def timed(figures: dict[str, float], name: str) -> Iterator[None]:
    started, cpu_started = time.perf_counter(), time.process_time()
    yield
    figures[name] = time.perf_counter() - started
    figures[f"{name}, cpu"] = time.process_time() - cpu_started


def additions(texts: Iterator[str], number: int, *, chunks: int, dim: int) -> list[Addition]:
    """One commit's documents."""
    rows = np.random.default_rng(number).standard_normal((chunks, dim), dtype=np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    made = []
    for start in range(0, chunks, CHUNKS_PER_DOCUMENT):
        record = DocumentRecord(path=f"/corpus/{number}/{start}.txt", size_bytes=1, mtime_ns=1, inode=1, kind="text")
        records = tuple(
            ChunkRecord(page_number=1, start_char=0, end_char=len(text), text=text)
            for text in islice(texts, CHUNKS_PER_DOCUMENT)
        )
        made.append(Addition(record, records, rows[start : start + CHUNKS_PER_DOCUMENT]))
    return made


def build(directory: Path, args: argparse.Namespace) -> dict[str, float]:
    """Seconds of committing alone: chunks are made in between, while no clock runs."""
    figures: dict[str, float] = {}
    commits: list[dict[str, float]] = []
    fingerprint = Fingerprint(model="made up", weights_sha256="0" * 64, dim=args.dim)
    texts = made_up_texts(args.chunks)
    with create_or_open_index(directory, fingerprint=fingerprint) as writer:
        for number in range(args.chunks // args.per_commit):
            batch = additions(texts, number, chunks=args.per_commit, dim=args.dim)
            commits.append({})
            with timed(commits[-1], "indexing: all commits"):
                writer.commit(batch)
        with timed(figures, "indexing: merging at the end"):
            writer.compact()
    return {name: sum(commit[name] for commit in commits) for name in commits[0]} | figures


def anonymous_mb() -> float:
    """Memory of this process that no file is behind."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("RssAnon")) / 1e3


def measure(directory: Path, searches: int) -> dict[str, float]:
    """What a process that opens the index and searches it sees."""
    figures: dict[str, float] = {}
    before = anonymous_mb()
    with timed(figures, "opening"):
        snapshot = read_index(directory)
    vectors = np.random.default_rng(7).standard_normal((searches + 1, snapshot.fingerprint.dim), dtype=np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    words = [" ".join(text.replace(".", "").split()[:3]) for text in made_up_texts(searches)]
    with timed(figures, "first search: meaning, words, name"):
        nearest(snapshot, vectors[-1], limit=LIMIT)
        snapshot.search_passages(words[0], limit=LIMIT)
        snapshot.search_names("0.txt", limit=LIMIT)
    names = [f"{CHUNKS_PER_DOCUMENT * number}.txt" for number in range(searches)]
    kinds: dict[str, list[Callable[[], object]]] = {
        "later: meaning": [lambda vector=vector: nearest(snapshot, vector, limit=LIMIT) for vector in vectors[:-1]],
        "later: three words": [lambda text=text: snapshot.search_passages(text, limit=LIMIT) for text in words],
        "later: a name": [lambda name=name: snapshot.search_names(name, limit=LIMIT) for name in names],
    }
    for kind, asks in kinds.items():
        each: list[dict[str, float]] = []
        for ask in asks:
            each.append({})
            with timed(each[-1], kind):
                ask()
        figures |= {name: statistics.median(one[name] for one in each) for name in each[0]}
    return figures | {"memory of its own, MB": anonymous_mb() - before}


def measured_apart(directory: Path, args: argparse.Namespace) -> dict[str, float]:
    command = [sys.executable, __file__, "--measure", str(directory), "--searches", str(args.searches)]
    return json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout)


def figures_of(directory: Path, args: argparse.Namespace) -> dict[str, float]:
    built = build(directory, args)
    measured_apart(directory, args)  # reads the files into the system's memory
    size_mb = sum(path.stat().st_size for path in directory.rglob("*") if path.is_file()) / 1e6
    return built | measured_apart(directory, args) | {"size, MB": size_mb}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--chunks", type=int, default=10_000)
    parser.add_argument("--dim", type=int, default=2_048)
    parser.add_argument("--per-commit", type=int, default=1_000)
    parser.add_argument("--searches", type=int, default=50)
    parser.add_argument("--measure", type=Path, help=argparse.SUPPRESS)
    args = parser.parse_args()
    use_key_source(lambda _: KEY)
    if args.measure:
        print(json.dumps(measure(args.measure, args.searches)))
        return
    with tempfile.TemporaryDirectory(dir=os.environ.get("TMPDIR")) as folder:
        plain, sealed = Path(folder, "plain"), Path(folder, "sealed")
        index_store.encrypt(sealed, KEY_ID, KEY)  # before there is one
        before, after = figures_of(plain, args), figures_of(sealed, args)
        print(f"{args.chunks:,} chunks of {args.dim:,} dimensions, {args.per_commit:,} to a commit")
        print(f"{'':38} {'plain':>10} {'encrypted':>10} {'times':>7}")
        for name, value in before.items():
            print(f"{name:38} {value:10.4f} {after[name]:10.4f} {after[name] / value if value else 0:7.2f}")
        converting: dict[str, float] = {}
        with timed(converting, "launcher encryption on"):
            index_store.encrypt(plain, KEY_ID, KEY)
        with timed(converting, "launcher encryption off"):
            index_store.decrypt(plain)
        for name, value in converting.items():
            print(f"{name:38} {value:10.4f}")


if __name__ == "__main__":
    main()
