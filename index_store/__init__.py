"""The index on disk: what is known about documents and chunks, their embeddings, words and thumbnails.

Nobody else opens a file in its folder. A commit is durable before it is visible, and a reader
sees whole commits only. It does not know how documents are read or embedded.
"""

from index_store.check import Findings, check_index, repair_index
from index_store.conversion import decrypt, encrypt
from index_store.encryption_state import EncryptionState, encryption_of
from index_store.manifest import Kinship
from index_store.name_words import folded, is_paired, loose_words, word_spans
from index_store.query_terms import QueryTerms, parse_terms
from index_store.records import (
    Addition,
    ChunkId,
    ChunkRecord,
    DocumentId,
    DocumentRecord,
    Root,
)
from index_store.remains import Searched, is_under, pieces_under, search_files
from index_store.scan import cosines_of, nearest
from index_store.snapshot import Snapshot, check_fingerprint, read_index
from index_store.writer import IndexWriter, create_or_open_index, delete_index

__all__ = [
    "Addition",
    "ChunkId",
    "ChunkRecord",
    "DocumentId",
    "DocumentRecord",
    "EncryptionState",
    "Findings",
    "IndexWriter",
    "Kinship",
    "QueryTerms",
    "Root",
    "Searched",
    "Snapshot",
    "check_fingerprint",
    "check_index",
    "cosines_of",
    "create_or_open_index",
    "decrypt",
    "delete_index",
    "encrypt",
    "encryption_of",
    "folded",
    "is_paired",
    "is_under",
    "loose_words",
    "nearest",
    "parse_terms",
    "pieces_under",
    "read_index",
    "repair_index",
    "search_files",
    "word_spans",
]
