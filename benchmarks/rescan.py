"""Seconds to find out that nothing changed: the sweep of an unchanged tree, against `find`.

    python benchmarks/rescan.py [--documents 100000]

The tree is made up, empty of meaning and full of files, ten to a folder; the reference is `find -printf` over it, in
the same minute. The resident process has compared its snapshot before; what the first sweep after its start costs is
printed too.
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
from index_store import Addition, DocumentRecord, Root, create_or_open_index, read_index
from update_plan import plan_paths, plan_update

ROUNDS = 9
PER_FOLDER = 10


def make_tree(folder: Path, documents: int) -> None:
    for number in range(documents):
        topic = number // PER_FOLDER
        path = folder / f"year {topic % 17}" / f"topic {topic % 101}" / f"project {topic}" / f"note {number}.txt"
        if number % PER_FOLDER == 0:
            path.parent.mkdir(parents=True)
        path.write_text(f"Note {number}.")


def make_index(directory: Path, folder: Path, roots: list[Root]) -> None:
    """An index that has read everything there."""
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
    with create_or_open_index(directory, fingerprint=fingerprint) as writer:
        writer.commit([Addition(record, (), nothing) for record in records], roots=roots)


def seconds_of(function) -> float:
    started = time.perf_counter()
    function()
    return time.perf_counter() - started


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--documents", type=int, default=100_000)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder, roots = Path(name, "tree"), [Root(path=str(Path(name, "tree")))]
        make_tree(folder, args.documents)
        make_index(Path(name, "index"), folder, roots)
        snapshot = read_index(Path(name, "index"))

        def sweep() -> None:
            if plan_update(roots, snapshot, all_roots=roots).unchanged != args.documents:
                sys.exit("FAILED: an unchanged tree is not seen as unchanged")

        def look_at_one() -> None:
            plan_paths([str(folder / "year 0" / "topic 0" / "project 0" / "note 0.txt")], snapshot)

        find = ["find", str(folder), "-printf", r"%p %s %T@\n"]
        first = seconds_of(sweep)
        ours, theirs = [], []
        for _ in range(ROUNDS):
            theirs.append(seconds_of(lambda: subprocess.run(find, stdout=subprocess.DEVNULL, check=True)))
            ours.append(seconds_of(sweep))
        one = statistics.median(seconds_of(look_at_one) for _ in range(100))
    print(f"{args.documents} documents, nothing changed")
    print(f"first sweep after start: {first:.3f} s")
    print(f"sweep: {statistics.median(ours):.3f} s; find: {statistics.median(theirs):.3f} s")
    print(f"ratio: {statistics.median(a / b for a, b in zip(ours, theirs, strict=True)):.2f}")
    print(f"a look at one path: {one * 1e3:.2f} ms")


if __name__ == "__main__":
    main()
