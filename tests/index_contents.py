"""Documents to put into an index, and a way to see that they came out as they went in."""

import zlib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from embeddings import Embeddings, Fingerprint
from index_store import Addition, ChunkRecord, DocumentRecord, IndexWriter, Snapshot, create_or_open_index

DIM = 8
FINGERPRINT = Fingerprint(model="fake", weights_sha256="f" * 64, dim=DIM)


def embeddings_of(texts: Sequence[str]) -> Embeddings:
    """A unit vector for each text, the same one whenever and wherever it is asked for, and as the index keeps it."""
    seeds = [zlib.crc32(text.encode(errors="surrogatepass")) for text in texts]
    rows = [np.random.default_rng(seed).standard_normal(DIM) for seed in seeds]
    vectors = np.array(rows, dtype=np.float32).reshape(-1, DIM)  # (n, DIM)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors.astype(np.float16).astype(np.float32)


def addition(path: str, *texts: str) -> Addition:
    document = DocumentRecord(path=path, size_bytes=len(texts), mtime_ns=1, inode=1, kind="text")
    chunks = tuple(ChunkRecord(page_number=1, start_char=0, end_char=len(text), text=text) for text in texts)
    return Addition(document, chunks, embeddings_of(texts))


def contents(snapshot: Snapshot) -> dict[str, list[str]]:
    """Path -> texts of all live documents, after a look at their embeddings."""
    found = {}
    for document_id, record in snapshot.documents():
        texts = [snapshot.chunk(chunk_id).text for chunk_id in snapshot.chunks_of(document_id)]
        assert np.array_equal(snapshot.embeddings_of(document_id), embeddings_of(texts))
        found[record.path] = texts
    return found


def open_writer(directory: Path) -> IndexWriter:
    return create_or_open_index(directory, fingerprint=FINGERPRINT)


def write_index(directory: Path, *commits: Iterable[Addition]) -> None:
    """An index made by these commits, one after the other."""
    with open_writer(directory) as writer:
        for additions in commits:
            writer.commit(list(additions))


def texts_with(snapshot: Snapshot, text: str, **options: Any) -> list[str]:
    """Texts of the chunks that a search for words finds."""
    found = snapshot.search_passages(text, **{"limit": 50, **options})
    scores = [bm25 for _, bm25 in found]
    assert scores == sorted(scores, reverse=True)
    return [snapshot.chunk(chunk_id).text for chunk_id, _ in found]


def paths_named(snapshot: Snapshot, text: str, **options: Any) -> list[str]:
    """Paths of the documents that a search for names finds."""
    found = snapshot.search_names(text, **{"limit": 50, **options})
    scores = [score for _, score in found]
    assert scores == sorted(scores, reverse=True)
    return [snapshot.document(document_id).path for document_id, _ in found]
