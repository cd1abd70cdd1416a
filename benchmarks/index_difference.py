"""How two indexes of the same folders differ: documents, what was read of them, and embeddings."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from index_store import DocumentId, DocumentRecord, Snapshot, read_index

_SAME_COSINE = 0.998  # short texts share batches, which rounds quantised activations (models/llama_session.py)
_FIELDS = (
    "size_bytes",
    "mtime_ns",
    "inode",
    "stage",
    "kind",
    "title",
    "content_hash",
    "page_count",
    "text_chars",
    "failure",
)


def differences(one: Path, other: Path, *, but_not: tuple[str, ...] = ()) -> Iterator[str]:
    """One line for each; `but_not` are fields of records that may differ."""
    snapshots = read_index(one), read_index(other)
    left, right = ({record.path: (number, record) for number, record in each.documents()} for each in snapshots)
    for path in sorted(left.keys() - right.keys()):
        yield f"only the first has {path}"
    for path in sorted(right.keys() - left.keys()):
        yield f"only the second has {path}"
    for path in sorted(left.keys() & right.keys()):
        yield from (f"{path}: {what}" for what in _of_records(left[path][1], right[path][1], but_not))
        yield from (f"{path}: {what}" for what in _of_chunks(snapshots, left[path][0], right[path][0]))


def _of_records(one: DocumentRecord, other: DocumentRecord, but_not: tuple[str, ...]) -> Iterator[str]:
    for name in _FIELDS:
        values = getattr(one, name), getattr(other, name)
        if name not in but_not and values[0] != values[1]:
            yield f"{name} {values[0]!r} and {values[1]!r}"


def _of_chunks(snapshots: tuple[Snapshot, Snapshot], one: DocumentId, other: DocumentId) -> Iterator[str]:
    texts = [
        [snapshot.chunk(chunk).text for chunk in snapshot.chunks_of(document)]
        for snapshot, document in zip(snapshots, (one, other), strict=True)
    ]
    if texts[0] != texts[1]:
        yield f"{len(texts[0])} chunks and {len(texts[1])}, or others"
        return
    cosines = np.vecdot(snapshots[0].embeddings_of(one), snapshots[1].embeddings_of(other))
    if len(cosines) and cosines.min() < _SAME_COSINE:
        yield f"embeddings with a cosine of {cosines.min():.4f}"
