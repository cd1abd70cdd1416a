"""Seconds to find out that nothing changed: `launcher index` over an unchanged tree, against `find`.

    python benchmarks/rescan.py [--documents 20000]

The tree is made up, empty of meaning and full of files; the reference is `find -printf` over it.
"""

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import _project  # noqa: F401
import numpy as np

from corpus import scan
from embeddings import Fingerprint
from extraction import EXTRACTOR_VERSION
from index_store import Addition, DocumentRecord, Root, create_or_open_index
from update_plan import plan_update

ROUNDS = 5


def make_tree(folder: Path, documents: int) -> None:
    for number in range(documents):
        path = folder / f"year {number % 17}" / f"topic {number % 101}" / f"note {number}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"Note {number}.")


def seconds_of(function) -> float:
    started = time.perf_counter()
    function()
    return time.perf_counter() - started


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--documents", type=int, default=20_000)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder, roots = Path(name, "tree"), [Root(path=str(Path(name, "tree")))]
        make_tree(folder, args.documents)
        records = [
            DocumentRecord(
                path=str(document.path),
                size_bytes=document.size_bytes,
                mtime_ns=document.mtime_ns,
                inode=document.inode,
                stage="text",
                reader_version=EXTRACTOR_VERSION,
            )
            for document in scan(folder).documents
        ]
        nothing = np.empty((0, 4), dtype=np.float32)
        fingerprint = Fingerprint(model="none", weights_sha256="0", dim=4)
        with create_or_open_index(Path(name, "index"), fingerprint=fingerprint) as writer:
            writer.commit([Addition(record, (), nothing) for record in records], roots=roots)
            snapshot = writer.snapshot

        def plan() -> None:
            indexed = {record.path: record for _, record in snapshot.documents()}
            made = plan_update(roots, indexed, all_roots=roots)
            if made.unchanged != args.documents:
                sys.exit("FAILED: an unchanged tree is not seen as unchanged")

        find = ["find", str(folder), "-type", "f", "-printf", r"%p %s %T@ %i\n"]
        ours, theirs = [], []
        for _ in range(ROUNDS):
            ours.append(seconds_of(plan))
            theirs.append(seconds_of(lambda: subprocess.run(find, stdout=subprocess.DEVNULL, check=True)))
    print(f"{args.documents} documents, nothing changed")
    print(f"scan and comparison: {statistics.median(ours):.3f} s; find: {statistics.median(theirs):.3f} s")
    print(f"ratio: {statistics.median(a / b for a, b in zip(ours, theirs, strict=True)):.1f}")


if __name__ == "__main__":
    main()
