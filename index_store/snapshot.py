"""What a reader sees: the whole index as of one commit."""

import logging
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

import numpy as np

from embeddings import Embeddings, Fingerprint
from errors import IndexCorrupt, IndexMissing, IndexModelMismatch, IndexStoreError
from index_store import corrections, demands, name_search, thumbnails, word_search, words
from index_store.document_set import DocumentSet
from index_store.manifest import (
    CLEAR_HINT,
    REPAIR_HINT,
    FoundManifest,
    Kinship,
    SegmentEntry,
    newest_file,
    read_newest,
)
from index_store.query_terms import QueryTerms, parse_terms
from index_store.records import ChunkId, ChunkRecord, DocumentId, DocumentRecord, Root
from index_store.segment import Segment, open_segment, with_removals
from index_store.sqlite import sqlite3
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
        left_out: Sequence[str] = (),
    ) -> None:
        self.directory = directory
        self.manifest = found.manifest
        self.left_out = left_out  # what is wrong with segments that could not be opened
        self.notice = _notice(found, left_out)  # what a person should know about this index, else ""
        self.segments = segments  # oldest commit first
        self._newest = found.newest
        self._by_number = {segment.number: segment for segment in segments}
        self._by_origin = {number: segment for segment in segments for number in segment.origin_numbers}
        self._words_lag = True
        self._met: tuple[QueryTerms, DocumentSet] | None = None  # what one query's lists all ask

    @property
    def generation(self) -> int:
        return self.manifest.generation

    @property
    def fingerprint(self) -> Fingerprint:
        return self.manifest.fingerprint

    @property
    def kinship(self) -> Kinship | None:
        """What `IndexWriter.note_kinship` kept, of this index or of it as it was some time ago."""
        return self.manifest.kinship

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
            rows = np.flatnonzero(segment.live_documents)
            for row, record in zip(rows.tolist(), segment.documents.records(rows), strict=True):
                yield DocumentId(segment.number, row), record

    def document(self, document_id: DocumentId) -> DocumentRecord:
        return self._by_number[document_id.segment].documents[document_id.row]

    def find(self, path: str) -> tuple[DocumentId, DocumentRecord] | None:
        """The live document at `path`. The first call costs 2 µs per document of the index; a search does without."""
        for segment in reversed(self.segments):
            row = segment.documents.row_of(path)
            if row is not None and segment.live_documents[row]:
                return DocumentId(segment.number, row), segment.documents[row]
        return None

    def paths_under(self, folder: str) -> list[str]:
        """The live documents in a folder and in those below it. Costs what `find` does, and 2 µs for each."""
        found: list[str] = []
        for segment in self.segments:
            rows = segment.documents.rows_under(folder)
            live = rows[segment.live_documents[rows]]
            found.extend(record.path for record in segment.documents.records(live))
        return found

    def with_bytes(self, content_hash: str) -> Iterator[tuple[DocumentId, DocumentRecord]]:
        """The live documents with these bytes, newest commit first. The first call costs 1 µs per document."""
        for segment in reversed(self.segments):
            for row in segment.documents.rows_with(content_hash):
                if segment.live_documents[row]:
                    yield DocumentId(segment.number, row), segment.documents[row]

    def chunk(self, chunk_id: ChunkId) -> ChunkRecord:
        """One chunk, which may be read from the disk.

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
        return np.array(segment.embeddings[rows.start : rows.stop], dtype=np.float32)

    def segment(self, number: int) -> Segment | None:
        return self._by_number.get(number)

    def refreshed(self) -> "Snapshot":
        """The index as of now: this very snapshot when nothing was committed since, after 15 µs.

        Raises:
            IndexMissing: It was cleared.
            IndexCorrupt: A file of it was damaged since.
        """
        current = self if self._is_newest() else open_snapshot(self.directory, before=self, leave_out_damaged=True)
        current.catch_up_words()
        return current

    def _is_newest(self) -> bool:
        return newest_file(self.directory) == self._newest

    def catch_up_words(self) -> bool:
        """Have the word index cover this snapshot, unless another process is at it; whether it does now."""
        if self._words_lag and not self.left_out:  # what is left out shall keep its words
            self._met = None
            self._words_lag = not words.catch_up(self.directory, self.segments, self.roots, self._is_newest)
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
        follow. What stands together without a space, such as `state-of-the-art`, is one word;
        of text that is written without spaces, such as Chinese, any two characters are.

        Args:
            text: Anything a person typed, as `parse_terms` takes it apart. Chunks are only of
                documents that `documents_meeting` it.
            limit: At most this many chunks.
            documents: Only chunks of these documents; None for all.

        Returns:
            Chunks and their bm25, which is above 0. Empty when `text` has no word, and when
            the word index can neither be read nor built.
        """
        terms = parse_terms(text)
        scope = self._scope(terms, documents)
        return self._search_words(lambda connection: word_search.search_passages(connection, scope, terms, limit=limit))

    def search_names(
        self, text: str, *, limit: int, documents: Collection[DocumentId] | None = None
    ) -> list[tuple[DocumentId, float]]:
        """Live documents by the name of their file, best first; case and accents do not count.

        Args:
            text: Anything a person typed, of one character or more. As in `search_passages`,
                documents must meet what it demands.
            limit: At most this many documents.
            documents: Only these documents; None for all.

        Returns:
            Documents with a score: above 5 the name is `text`, above 4 it begins with it,
            above 3 it contains it (from three characters on), above 2 it has words that begin with each word of it,
            above 1 it does so only together with its folder under the root, or has `text` as
            its initials. Above 0, and only if no name has it as typed, each word of `text` is
            like one of it but for a letter, or two of eight: the more alike, the higher. Within
            the others, shorter names are higher. Before a slash, `text` is of the folders right
            above the name.
        """
        terms = parse_terms(text)
        scope, plain = self._scope(terms, documents), terms.plain
        return self._search_words(lambda connection: name_search.search_names(connection, scope, plain, limit=limit))

    def documents_meeting(self, terms: QueryTerms) -> DocumentSet | None:
        """Live documents with every quoted phrase of a query, and nothing that it excludes; None if it demands nothing.

        A phrase is met by these words in this order, as they are written but for case, accents and punctuation: in
        a chunk, the headings above it, the title or the name. Chunks of a page overlap, so a phrase that one cuts
        is whole in its neighbour; one that goes from page to page, or is longer than what chunks share, is missed.

        Returns:
            None of them when something is in quotes, and all when nothing is, if the word index can neither be read
            nor built.
        """
        if not terms.is_demanding:
            return None
        known = self._met
        if known and known[0] == terms:
            return known[1]
        found = self._search_words(lambda connection: [demands.documents_meeting(connection, self.segments, terms)])
        if not found:
            meets = not terms.phrases
            return DocumentSet({each.number: each.live_documents & meets for each in self.segments})
        self._met = terms, found[0]
        return found[0]

    def corrected(self, text: str) -> str | None:
        """`text` with other words in place of those that no document has, if there are some very much like them.

        Costs 10 ms per 100,000 chunks for each such word, and next to nothing without. Quoted and excluded words
        stay as they are.
        """
        terms = parse_terms(text)
        found = self._search_words(lambda connection: [corrections.corrected(connection, terms, text)])
        return found[0] if found else None

    def _scope(self, terms: QueryTerms, documents: Collection[DocumentId] | None) -> Scope:
        meeting = self.documents_meeting(terms)
        if documents is None or documents is meeting:
            return Scope(self._by_origin, meeting, is_narrow=bool(terms.phrases))
        if meeting is not None:
            documents = {document_id for document_id in documents if document_id in meeting}
        return Scope(self._by_origin, documents, is_narrow=True)

    def _search_words(self, search: Callable[[sqlite3.Connection], list[_Found]]) -> list[_Found]:
        """What `search` finds in the word index, which is built again if it turns out to be damaged."""
        try:
            with words.reading(self.directory) as connection:
                return search(connection)
        except sqlite3.DatabaseError as error:
            if not words.is_damage(self.directory, error):
                logger.warning("word index: %s", error)
                return []
            # One that is of another version may only just be made.
            mend = words.build_again if hasattr(error, "sqlite_errorcode") else words.catch_up
            if not mend(self.directory, self.segments, self.roots, self._is_newest):
                return []
        with words.reading(self.directory) as connection:
            return search(connection)


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

    The word index is brought up to it first if a killed run left it behind. A segment that cannot be opened is left
    out, and `Snapshot.notice` says so.

    Raises:
        IndexMissing: There is none.
        IndexCorrupt: No manifest of it is valid.
        IndexStoreError: It may not be read, or a newer launcher wrote it.
    """
    snapshot = open_snapshot(directory, leave_out_damaged=True)
    snapshot.catch_up_words()
    return snapshot


def open_snapshot(directory: Path, *, before: Snapshot | None = None, leave_out_damaged: bool = False) -> Snapshot:
    """The newest commit, whatever the word index covers; segments that `before` has open are used again.

    Raises:
        IndexCorrupt: A segment cannot be opened, unless those are left out.
        And as `read_index`.
    """
    while True:
        newest = newest_file(directory)
        try:
            snapshot = _opened(directory, before, leave_out_damaged=leave_out_damaged)
        except OSError as error:
            raise IndexStoreError(f"May not read the index: {error}") from error
        except (IndexCorrupt, IndexMissing):
            # A writer deletes what its last two manifests do not name; a slow reader may be behind them.
            if newest == newest_file(directory):
                raise
        else:
            if not snapshot.notice or newest == newest_file(directory):
                return snapshot


def _opened(directory: Path, before: Snapshot | None, *, leave_out_damaged: bool) -> Snapshot:
    found = read_newest(directory)
    at_hand = {segment.number: segment for segment in before.segments} if before else {}
    segments, left_out = [], []
    for entry in found.manifest.segments:
        try:
            segments.append(_segment(directory, entry, at_hand, dim=found.manifest.fingerprint.dim))
        except IndexCorrupt as error:
            if not leave_out_damaged:
                raise
            left_out.append(error.message)
    return Snapshot(directory, found, tuple(segments), left_out=left_out)


def _segment(directory: Path, entry: SegmentEntry, at_hand: Mapping[int, Segment], *, dim: int) -> Segment:
    segment = at_hand.get(entry.number)
    if segment is None or segment.entry.files != entry.files:
        return open_segment(directory, entry, dim=dim)
    return segment if segment.entry == entry else with_removals(segment, entry)


def _notice(found: FoundManifest, left_out: Sequence[str]) -> str:
    damage = (
        f"{'; '.join(left_out)}. What it holds is not found. To repair the index: {REPAIR_HINT}" if left_out else ""
    )
    return " ".join(filter(None, (found.notice, damage)))
