"""The index on disk: what is known about documents and chunks, their embeddings, words and thumbnails.

Nobody else opens a file in its folder. A commit is durable before it is visible, and a reader
sees whole commits only. It does not know how documents are read or embedded.
"""

from index_store.records import (
    Addition,
    ChunkId,
    ChunkRecord,
    DocumentId,
    DocumentRecord,
    Root,
)
from index_store.scan import nearest
from index_store.snapshot import Snapshot, check_fingerprint, read_index
from index_store.verify import verify
from index_store.writer import IndexWriter, create_or_open_index, delete_index

__all__ = [
    "Addition",
    "ChunkId",
    "ChunkRecord",
    "DocumentId",
    "DocumentRecord",
    "IndexWriter",
    "Root",
    "Snapshot",
    "check_fingerprint",
    "create_or_open_index",
    "delete_index",
    "nearest",
    "read_index",
    "verify",
]
