"""Looks at every commit that it can see of what tests.index_writer_child writes, until its input ends.

    python -m tests.index_reader_child DIRECTORY

Prints how many commits it looked at. Fails when one was not whole: documents of one batch and not of another, a chunk
or an embedding that is not its own, words that find what is not there.
"""

import sys
import threading
from pathlib import Path

from errors import IndexMissing
from index_store import Snapshot, nearest, read_index
from tests.index_contents import contents, embeddings_of
from tests.index_writer_child import expected_after


def look(snapshot: Snapshot) -> None:
    found = contents(snapshot)  # which compares every embedding too
    current = found.get("/corpus/current.txt")
    assert found == expected_after(int(current[1]) if current else -1)
    if not current:
        return
    for chunk, _ in snapshot.search_passages(current[0], limit=20):
        assert snapshot.chunk(chunk).text in found[snapshot.document(snapshot.document_of(chunk)).path]
    (best, cosine), *_ = nearest(snapshot, embeddings_of(current[:1])[0], limit=1)
    assert snapshot.chunk(best).text == current[0]
    assert cosine > 0.999


def first_snapshot(directory: Path, is_over: threading.Event) -> Snapshot | None:
    while not is_over.is_set():
        try:
            return read_index(directory)
        except IndexMissing:
            is_over.wait(0.01)
    return None


def main() -> None:
    is_over = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.read(), is_over.set()), daemon=True).start()
    snapshot, looks = first_snapshot(Path(sys.argv[1]), is_over), 0
    while snapshot and not is_over.is_set():
        assert not snapshot.notice, snapshot.notice
        look(snapshot)
        looks += 1
        before, snapshot = snapshot, snapshot.refreshed()
        if snapshot is before:
            is_over.wait(0.005)
    sys.stdout.write(f"{looks}\n")


if __name__ == "__main__":
    main()
