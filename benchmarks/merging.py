"""What merging segments costs a run that indexes, and what it leaves behind.

    python benchmarks/merging.py [--chunks 50000] [--dim 384] [--per-commit 100]

Commits the same made-up chunks twice, with merging and without; no model runs, so the difference to a real run is only
that this one has nothing else to do. Prints the seconds of both, the ratio, and what that is per chunk.
"""

import argparse
import tempfile
import time
from pathlib import Path

import _project  # noqa: F401
import inputs
import numpy as np

from embeddings import Fingerprint
from index_store import Addition, ChunkRecord, DocumentRecord, compaction, create_or_open_index, nearest

CHUNKS_PER_DOCUMENT = 5


def additions(number: int, *, chunks: int, dim: int) -> list[Addition]:
    """One commit's documents."""
    rows = np.random.default_rng(number).standard_normal((chunks, dim), dtype=np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    made = []
    for start in range(0, chunks, CHUNKS_PER_DOCUMENT):
        path = f"/corpus/{number}/{start}.txt"
        texts = [inputs.text(80, seed=number * chunks + row) for row in range(start, start + CHUNKS_PER_DOCUMENT)]
        records = tuple(ChunkRecord(page_number=1, start_char=0, end_char=len(text), text=text) for text in texts)
        record = DocumentRecord(path=path, size_bytes=1, mtime_ns=1, inode=1, stage="text", kind="text")
        made.append(Addition(record, records, rows[start : start + CHUNKS_PER_DOCUMENT]))
    return made


def run(commits: list[list[Addition]], dim: int) -> dict[str, float]:
    fingerprint = Fingerprint(model="made up", weights_sha256="0" * 64, dim=dim)
    query = commits[0][0].embeddings[0]
    with (
        tempfile.TemporaryDirectory() as folder,
        create_or_open_index(Path(folder), fingerprint=fingerprint) as writer,
    ):
        started, cpu_started, longest = time.perf_counter(), time.process_time(), 0.0
        for batch in commits:
            began = time.perf_counter()
            writer.commit(batch)
            longest = max(longest, time.perf_counter() - began)
        committed, segments = time.perf_counter(), len(writer.snapshot.segments)
        if compaction.FEW_ROWS:
            writer.compact()
        ended, cpu_ended = time.perf_counter(), time.process_time()
        nearest(writer.snapshot, query, limit=10)
        searched = time.perf_counter()
        nearest(writer.snapshot, query, limit=10)
        return {
            "commits_s": committed - started,
            "longest_commit_s": longest,
            "at_the_end_s": ended - committed,
            "processor_s": cpu_ended - cpu_started,
            "segments": segments,
            "segments_at_end": len(writer.snapshot.segments),
            "search_ms": (time.perf_counter() - searched) * 1000,
        }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--chunks", type=int, default=50_000)
    parser.add_argument("--dim", type=int, default=384)
    parser.add_argument("--per-commit", type=int, default=100)
    args = parser.parse_args()
    count = args.chunks // args.per_commit
    commits = [additions(number, chunks=args.per_commit, dim=args.dim) for number in range(count)]
    merging = run(commits, args.dim)
    compaction.FEW_ROWS = 0
    without = run(commits, args.dim)
    for name in merging:
        print(f"{name:18}{merging[name]:10.2f} with merging, {without[name]:10.2f} without")
    for name, parts in (("of the clock", ("commits_s", "at_the_end_s")), ("of the processor", ("processor_s",))):
        whole, base = (sum(each[part] for part in parts) for each in (merging, without))
        per_chunk_ms = (whole - base) / args.chunks * 1000
        print(f"{args.chunks} chunks of {args.dim} numbers: {name} {per_chunk_ms:.3f} ms more per chunk", end="")
        print(f", ratio {whole / base:.2f}")


if __name__ == "__main__":
    main()
