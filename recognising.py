"""Stage words: what is written in pictures and on scanned pages, read for the word index and the embedding.

The last stage, because it costs seconds a page and a worker of a gigabyte. Whatever stops it, documents in which
words were looked for are not read again.
"""

import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import NamedTuple, Protocol

import msgspec
import numpy as np

from corpus import Contents, Document, Page, is_unchanged_there
from embeddings import Embeddings
from errors import DocumentError, ModelError
from extraction.chunking import MAX_CHUNKS, OVERLAP_TOKENS, split
from extraction.ocr import MAX_PAGES, OCR_VERSION, OcrOptions, bare_pages
from extraction.refusals import is_to_blame
from index_store import Addition, ChunkRecord, DocumentId, DocumentRecord, IndexWriter, Root, Snapshot
from models.embedder import Embedder
from progress import CommitClock, Progress, Report, WorkingOn
from reading_order import Wanted, wanted_first
from viewing import records_under, root_of

DOCUMENT_S = 900.0  # after that long no further page of a document is begun


class Recogniser(Protocol):
    """Reads words somewhere else; `extraction.workers.ExtractionPool` is one."""

    def words(self, document: Document, options: OcrOptions) -> tuple[Page, ...] | DocumentError: ...


class Words(NamedTuple):
    """What was read in the pictures of a document."""

    chunks: tuple[ChunkRecord, ...]
    embeddings: Embeddings  # (len(chunks), dim)


class _Reading(NamedTuple):
    """What one document says, as far as it was read."""

    pages: tuple[Page, ...]
    failure: str = ""
    is_whole: bool = True
    is_there: bool = True


class Recognising:
    """One run over all documents of some roots in whose pictures words are wanted and were not looked for yet."""

    def __init__(  # noqa: PLR0913 - what it works with, and four ways to hear of it
        self,
        writer: IndexWriter,
        embedder: Embedder,
        *,
        on_progress: Callable[[Progress], None] = lambda _: None,
        should_stop: Callable[[], bool] = lambda: False,
        give_way: Callable[[], None] = lambda: None,
        working_on: WorkingOn = lambda _: nullcontext(),
        wanted: Wanted = tuple,
    ) -> None:
        self._writer = writer
        self._wanted_now = wanted
        self._working_on = working_on
        self._embedder = embedder
        self._threads = 1
        self._on_progress = on_progress
        self._should_stop = should_stop
        self._give_way = give_way
        self._finished: list[Addition] = []
        self._clock = CommitClock()
        self._started = time.monotonic()
        self._done, self._total = 0, 0

    def run(
        self,
        roots: Sequence[Root],
        recogniser: Recogniser,
        report: Report,
        *,
        threads: int = 1,
        paths: Collection[str] | None = None,
    ) -> None:
        """Read them, or those of them that are at `paths`, take out what is no longer wanted, and count it in `report`.

        Raises:
            IndexUnwritable: The disk is full; everything up to the last commit is kept.
        """
        self._started, self._threads = time.monotonic(), threads
        pending = list(self._pending(roots, paths))
        self._done, self._total = 0, len(pending)
        by_path = {record.path: (record, root) for record, root in pending}
        for document in wanted_first([record.document for record, _ in pending], self._wanted_now):
            record, root = by_path[str(document.path)]
            reading = self._reading(record, root, recogniser, report)
            if reading is None:
                report.interrupted = True
                break
            if reading.is_there:
                self._finish(record, root, reading, report)
            self._done += 1
        self._commit()
        self._tell(report.recognised_pages, None)
        report.seconds += time.monotonic() - self._started

    def has_work(self, roots: Sequence[Root], paths: Collection[str] | None = None) -> bool:
        """Whether there is anything to be read."""
        return any(self._wanted(root) for _, root in self._pending(roots, paths))

    def _pending(self, roots: Sequence[Root], paths: Collection[str] | None) -> Iterator[tuple[DocumentRecord, Root]]:
        """The last changed first; without what has changed since its text was read, or is not there now."""
        snapshot = self._writer.snapshot
        for record in sorted(records_under(roots, snapshot, paths), key=lambda record: -record.mtime_ns):
            root = root_of(record.path, snapshot.roots)
            if root and is_to_recognise(record, self._wanted(root)) and is_unchanged_there(record.document):
                yield record, root

    def _wanted(self, root: Root) -> str:
        return ocr_wanted(root, sees_pictures=self._embedder.sees_pictures)

    def _reading(self, record: DocumentRecord, root: Root, recogniser: Recogniser, report: Report) -> _Reading | None:
        """What one document says; None when the run shall stop before all of it is read."""
        numbers = (record.bare_pages[:MAX_PAGES] or (1,)) if self._wanted(root) else ()
        pages: list[Page] = []
        failure, deadline = "", time.monotonic() + DOCUMENT_S
        for number in numbers:
            self._give_way()
            if self._should_stop():
                return None
            if time.monotonic() > deadline:
                return _Reading(tuple(pages), failure, is_whole=False)
            options = OcrOptions(language=root.ocr_language, page_number=number, threads=self._threads)
            found = recogniser.words(record.document, options)
            if isinstance(found, DocumentError):
                if not is_to_blame(record.document, found):
                    return _Reading((), is_there=False)
                failure = found.reason
            else:
                pages.extend(found)
            self._tell(report.recognised_pages + len(pages), Path(record.path))
        return _Reading(tuple(pages), failure, is_whole=len(record.bare_pages) <= MAX_PAGES)

    def _finish(self, record: DocumentRecord, root: Root, reading: _Reading, report: Report) -> None:
        kept = _chunks_of(self._writer.snapshot, record, is_ocr=False)
        started = time.monotonic()
        try:
            with self._working_on([Path(record.path)]):
                words = self._words(reading.pages, kept)
        except ModelError as error:
            reading = _Reading((), error.message)
            words = self._words((), kept)
        report.embedding_s += time.monotonic() - started
        if reading.failure:
            report.failed.append((Path(record.path), reading.failure))
        report.recognised += bool(reading.pages)
        report.recognised_pages += len(reading.pages)
        recognised = msgspec.structs.replace(
            record,
            ocr=self._wanted(root),
            ocr_chars=sum(len(page.text) for page in reading.pages),
            ocr_failure=reading.failure,
            truncated=record.truncated or not reading.is_whole,
        )
        self._finished.append(Addition(recognised, *with_words(kept.chunks, kept.embeddings, words)))
        if self._clock.is_due(chunks=len(self._finished), segments=len(self._writer.snapshot.segments)):
            self._commit()

    def _words(self, pages: Sequence[Page], kept: Words) -> Words:
        """Where a model sees a page, it has the embedding of how that looks; otherwise that of its text."""
        pictures = {chunk.page_number: row for row, chunk in enumerate(kept.chunks) if chunk.is_picture}
        seen = [(pictures[page.page_number], page.text) for page in pages if page.page_number in pictures]
        at_pictures = tuple(
            msgspec.structs.replace(kept.chunks[row], end_char=len(text), text=text, is_ocr=True) for row, text in seen
        )
        texts = self._embedded([page for page in pages if page.page_number not in pictures])
        embeddings = np.concatenate([texts.embeddings, kept.embeddings[[row for row, _ in seen]]])
        return Words((*texts.chunks, *at_pictures), embeddings)

    def _embedded(self, pages: Sequence[Page]) -> Words:
        chunks = split(
            pages,
            max_tokens=self._embedder.chunk_tokens,
            overlap_tokens=OVERLAP_TOKENS,
            count_tokens=self._embedder.count_tokens,
            limit=MAX_CHUNKS,
        )
        if not chunks:
            return Words((), np.empty((0, self._embedder.dim), dtype=np.float32))
        records = tuple(
            ChunkRecord(
                page_number=chunk.page_number,
                start_char=chunk.start_char,
                end_char=chunk.end_char,
                text=chunk.text,
                is_ocr=True,
            )
            for chunk in chunks
        )
        return Words(records, self._embedder.embed_documents([chunk.text for chunk in chunks]))

    def _commit(self) -> None:
        finished, self._finished = self._finished, []
        if finished:
            self._writer.commit(finished)
        self._clock.committed()

    def _tell(self, pages: int, current: Path | None) -> None:
        self._on_progress(
            Progress(
                documents=self._done,
                documents_total=self._total,
                bytes_done=0,
                bytes_total=0,
                chunks=pages,
                current=current,
                seconds=time.monotonic() - self._started,
                stage="words",
            )
        )


def ocr_wanted(root: Root, *, sees_pictures: bool) -> str:
    """How words are looked for in the pictures under this root: version and language; "" for not at all."""
    is_on = root.ocr == "on" or (root.ocr == "auto" and not sees_pictures)
    return f"{OCR_VERSION} {root.ocr_language}" if is_on else ""


def is_to_recognise(record: DocumentRecord, wanted: str) -> bool:
    """Whether words are still to be looked for in it, or what was read there is to be taken out."""
    if record.failure or record.stage == "names" or record.ocr == wanted:
        return False
    return record.kind == "picture" or bool(record.bare_pages)


def words_of(snapshot: Snapshot, record: DocumentRecord) -> Words:
    """What is known already of the words in a document's pictures."""
    return _chunks_of(snapshot, record, is_ocr=True)


def with_words(chunks: Sequence[ChunkRecord], embeddings: Embeddings, words: Words) -> Words:
    """A document's chunks with what was read in its pictures; what stands for it otherwise, such as its card, stays."""
    return Words((*chunks, *words.chunks), np.concatenate([embeddings, words.embeddings]))


def has_same_words(record: DocumentRecord, contents: Contents, wanted: str) -> bool:
    """Whether what was read in one document holds for another with these contents, were it read as is wanted."""
    is_same = record.content_hash == contents.content_hash and record.bare_pages == bare_pages_of(contents)
    return is_same and bool(wanted) and record.ocr == wanted and not record.ocr_failure


def bare_pages_of(contents: Contents) -> tuple[int, ...]:
    """The pages of a PDF that may be scanned ones."""
    return bare_pages(contents.pages) if contents.kind == "pdf" else ()


def _chunks_of(snapshot: Snapshot, record: DocumentRecord, *, is_ocr: bool) -> Words:
    found: tuple[DocumentId, DocumentRecord] | None = snapshot.find(record.path)
    assert found  # it is of this snapshot, or one before within the same run
    chunks = [snapshot.chunk(chunk) for chunk in snapshot.chunks_of(found[0])]
    rows = [row for row, chunk in enumerate(chunks) if chunk.is_ocr == is_ocr]
    return Words(tuple(chunks[row] for row in rows), snapshot.embeddings_of(found[0])[rows])
