"""What a reader sees: the whole index as of one commit."""

import logging
import sqlite3
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import TypeVar

import numpy as np

from embeddings import Embeddings, Fingerprint
from errors import IndexCorrupt, IndexMissing, IndexModelMismatch, IndexStoreError
from index_store import thumbnails, word_search, words
from index_store.manifest import CLEAR_HINT, FoundManifest, SegmentEntry, newest_file, read_newest
from index_store.records import ChunkId, ChunkRecord, DocumentId, DocumentRecord, Root
from index_store.segment import Segment, open_segment, with_removals
from index_store.word_search import Scope

logger = logging.getLogger(__name__)

_Found = TypeVar("_Found")


class Snapshot:
    """The index as of one commit; it never changes, so several threads may use it.

    A `DocumentId` or `ChunkId` is for the snapshot that gave it.
    """

    def __init__(
        self,
        directory: Path,
        found: FoundManifest,
        segments: tuple[Segment, ...],
        *,
        ids_by_path: dict[str, DocumentId] | None,
    ) -> None:
        self.directory = directory
        self.manifest = found.manifest
        self.notice = found.notice  # what a person should know about this index, else ""
        self.segments = segments  # in the order of their numbers
        self._newest = found.newest
        self._by_number = {segment.number: segment for segment in segments}
        self._ids_by_path = ids_by_path  # None: not asked for yet
        self._words_lag = True

    @property
    def generation(self) -> int:
        return self.manifest.generation

    @property
    def fingerprint(self) -> Fingerprint:
        return self.manifest.fingerprint

    @property
    def roots(self) -> tuple[Root, ...]:
        return self.manifest.roots

    @property
    def document_count(self) -> int:
        return sum(segment.live_document_count for segment in self.segments)

    @property
    def chunk_count(self) -> int:
        return sum(segment.live_chunk_count for segment in self.segments)

    def documents(self) -> Iterator[tuple[DocumentId, DocumentRecord]]:
        """All live documents, oldest commit first."""
        for segment in self.segments:
            yield from _live_documents(segment)

    def document(self, document_id: DocumentId) -> DocumentRecord:
        return self._by_number[document_id.segment].documents[document_id.row]

    def find(self, path: str) -> tuple[DocumentId, DocumentRecord] | None:
        """The live document at `path`. The first call costs 0.3 µs per document of the index."""
        document_id = self._paths().get(path)
        return None if document_id is None else (document_id, self.document(document_id))

    def chunk(self, chunk_id: ChunkId) -> ChunkRecord:
        """One chunk, read from the disk: 15 µs.

        Raises:
            IndexCorrupt: Something else is in its place.
        """
        return self._by_number[chunk_id.segment].chunk(chunk_id.row)

    def document_of(self, chunk_id: ChunkId) -> DocumentId:
        owners = self._by_number[chunk_id.segment].chunk_documents
        return DocumentId(chunk_id.segment, int(owners[chunk_id.row]))

    def chunks_of(self, document_id: DocumentId) -> list[ChunkId]:
        """Ids of a document's chunks, in the order they were added."""
        rows = self._by_number[document_id.segment].chunk_rows(document_id.row)
        return [ChunkId(document_id.segment, row) for row in rows]

    def embeddings_of(self, document_id: DocumentId) -> Embeddings:
        """A copy of the embeddings of a document's chunks, (n, dim)."""
        segment = self._by_number[document_id.segment]
        rows = segment.chunk_rows(document_id.row)
        return np.array(segment.embeddings[rows.start : rows.stop])

    def segment(self, number: int) -> Segment | None:
        return self._by_number.get(number)

    def refreshed(self) -> "Snapshot":
        """The index as of now: this very snapshot when nothing was committed since, after 15 µs.

        Raises:
            IndexMissing: It was cleared.
            IndexCorrupt: A file of it was damaged since.
        """
        current = self if newest_file(self.directory) == self._newest else open_snapshot(self.directory, before=self)
        current.catch_up_words()
        return current

    def catch_up_words(self) -> bool:
        """Have the word index cover this snapshot, unless another process is at it; whether it does now."""
        if self._words_lag:
            self._words_lag = not words.catch_up(self.directory, self.segments, self.roots)
        return not self._words_lag

    def pictures_of(self, paths: Iterable[str]) -> dict[str, int]:
        """How many thumbnails are kept of these documents; without those that have none."""
        found = {path: found[1] for path in paths if (found := self.find(path))}
        keys = {path: thumbnails.key_of(record) for path, record in found.items()}
        counts = thumbnails.pictures_of(self.directory, set(keys.values()))
        return {path: counts[key] for path, key in keys.items() if key in counts}

    def thumbnail(self, path: str, *, page_number: int = 1, second: float | None = None) -> bytes | None:
        """The kept WebP picture of a document that is nearest to a second of a video, or to a page; None without any.

        It is of the file as it was indexed, whatever there is by now.
        """
        found = self.find(path)
        if found is None:
            return None
        key = thumbnails.key_of(found[1])
        return thumbnails.nearest_picture(self.directory, key, page_number=page_number, second=second)

    def search_passages(
        self, text: str, *, limit: int, documents: Collection[DocumentId] | None = None
    ) -> list[tuple[ChunkId, float]]:
        """Live chunks with the words of `text`, best first; the last word may be unfinished.

        Those with all words come first. If they are few, those with any of the rarer words
        follow. What stands together without a space, such as `state-of-the-art`, is one word.

        Args:
            text: Anything a person typed. None of it is query syntax.
            limit: At most this many chunks.
            documents: Only chunks of these documents; None for all.

        Returns:
            Chunks and their bm25, which is above 0. Empty when `text` has no word, and when
            the word index can neither be read nor built.
        """
        scope = Scope(self._by_number, documents)
        return self._search_words(lambda connection: word_search.search_passages(connection, scope, text, limit=limit))

    def search_names(
        self, text: str, *, limit: int, documents: Collection[DocumentId] | None = None
    ) -> list[tuple[DocumentId, float]]:
        """Live documents by the name of their file, best first; case and accents do not count.

        Args:
            text: Anything a person typed, of one character or more.
            limit: At most this many documents.
            documents: Only these documents; None for all.

        Returns:
            Documents with a score: above 5 the name is `text`, above 4 it begins with it,
            above 3 it contains it, above 2 it has words that begin with each word of it,
            above 1 it does so only together with its folder under the root. Within each,
            shorter names are higher.
        """
        scope = Scope(self._by_number, documents)
        return self._search_words(lambda connection: word_search.search_names(connection, scope, text, limit=limit))

    def _search_words(self, search: Callable[[sqlite3.Connection], list[_Found]]) -> list[_Found]:
        """What `search` finds in the word index, which is built again if it turns out to be damaged."""
        try:
            with words.reading(self.directory) as connection:
                return search(connection)
        except sqlite3.DatabaseError as error:
            if not words.is_damage(self.directory, error):
                logger.warning("word index: %s", error)
                return []
        if not words.build_again(self.directory, self.segments, self.roots):
            return []
        with words.reading(self.directory) as connection:
            return search(connection)

    def _paths(self) -> Mapping[str, DocumentId]:
        if self._ids_by_path is None:  # two threads may both do this; they do the same
            self._ids_by_path = {record.path: document_id for document_id, record in self.documents()}
        return self._ids_by_path

    def ids_by_path_after(self, segments: Iterable[Segment]) -> dict[str, DocumentId] | None:
        """What a snapshot of `segments` finds paths by, at the cost of the documents that came and went."""
        if self._ids_by_path is None:
            return None
        ids_by_path = dict(self._ids_by_path)
        after = {segment.number: segment for segment in segments}
        for number, segment in self._by_number.items():
            for _, record in _live_documents(segment, but_not_in=after.get(number)):
                ids_by_path.pop(record.path, None)
        for number, segment in after.items():
            for document_id, record in _live_documents(segment, but_not_in=self._by_number.get(number)):
                ids_by_path[record.path] = document_id
        return ids_by_path


def _live_documents(
    segment: Segment, *, but_not_in: Segment | None = None
) -> Iterator[tuple[DocumentId, DocumentRecord]]:
    """Live documents of a segment; without those live in `but_not_in`, the same one as of another commit."""
    if segment is but_not_in:
        return
    live = segment.live_documents
    if but_not_in is not None and but_not_in.documents is segment.documents:
        live = live & ~but_not_in.live_documents
    for row in np.flatnonzero(live).tolist():
        yield DocumentId(segment.number, row), segment.documents[row]


def check_fingerprint(snapshot: Snapshot, wanted: Fingerprint) -> None:
    """Refuse to mix the embeddings of two models.

    Raises:
        IndexModelMismatch: `wanted` is not what the index was made with.
    """
    indexed = snapshot.fingerprint
    if indexed == wanted:
        return
    if indexed.model == wanted.model:
        message = f"The index was made with another version of {wanted.model}, or other settings of it"
        raise IndexModelMismatch(message, hint=CLEAR_HINT)
    raise IndexModelMismatch(
        f"The index was made with {indexed.model}, not with {wanted.model}",
        hint=f"launcher index --model {indexed.model}, or launcher clear to start anew with {wanted.model}",
    )


def read_index(directory: Path) -> Snapshot:
    """The index as of its last commit, for reading. It never waits for a writer.

    The word index is brought up to it first if a killed run left it behind.

    Raises:
        IndexMissing: There is none.
        IndexCorrupt: A file of it is damaged.
        IndexStoreError: It may not be read, or a newer launcher wrote it.
    """
    snapshot = open_snapshot(directory)
    snapshot.catch_up_words()
    return snapshot


def open_snapshot(directory: Path, *, before: Snapshot | None = None) -> Snapshot:
    """The newest commit, whatever the word index covers; segments that `before` has open are used again.

    Raises:
        As `read_index`.
    """
    while True:
        newest = newest_file(directory)
        try:
            snapshot = _opened(directory, before)
        except OSError as error:
            raise IndexStoreError(f"May not read the index: {error}") from error
        except (IndexCorrupt, IndexMissing):
            # A writer deletes what its last two manifests do not name; a slow reader may be behind them.
            if newest == newest_file(directory):
                raise
        else:
            if not snapshot.notice or newest == newest_file(directory):
                return snapshot


def _opened(directory: Path, before: Snapshot | None) -> Snapshot:
    found = read_newest(directory)
    at_hand = {segment.number: segment for segment in before.segments} if before else {}
    dim = found.manifest.fingerprint.dim
    segments = tuple(
        _reused(at_hand[entry.number], entry)
        if entry.number in at_hand and at_hand[entry.number].entry.files == entry.files
        else open_segment(directory, entry, dim=dim)
        for entry in found.manifest.segments
    )
    ids_by_path = before.ids_by_path_after(segments) if before else None
    return Snapshot(directory, found, segments, ids_by_path=ids_by_path)


def _reused(segment: Segment, entry: SegmentEntry) -> Segment:
    return segment if segment.entry == entry else with_removals(segment, entry)
