"""Corpus -> index: read what the plan names, embed, commit, report.

It does not print, and knows neither file formats nor how the index is laid out on disk.
"""

import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import nullcontext
from itertools import islice
from pathlib import Path
from typing import Protocol

import numpy as np

from corpus import Chunk, Contents, Document, Page, is_unchanged_there
from embeddings import Embeddings
from errors import DocumentError, ModelError
from extraction import EXTRACTOR_VERSION
from extraction.chunking import OVERLAP_TOKENS, split
from extraction.refusals import is_to_blame
from index_store import Addition, DocumentId, DocumentRecord, IndexWriter, Root
from models.embedder import Embedder
from progress import CommitClock, Progress, Report, WorkingOn
from read_documents import ReadDocument, card_text, record_of, texts_of
from recognising import has_same_words, ocr_wanted, words_of
from update_plan import Plan, is_same_file
from viewing import is_to_view, root_of, seen_of

EMBED_CHUNKS = 64  # embedded together, if the model is quick: short texts of several documents share a batch
CALL_S = 1.0  # how long one call of the model may take, about: then what is more urgent is let pass
FIRST_CALL_CHUNKS = 4  # before it is known how quick the model is
TWINS_LOOKED_AT = 16  # of thousands of empty files
CHUNKS_PER_DOCUMENT = 256
FIRST_CHUNKS = 8  # of a long document: the rest waits until all documents have theirs
# What a camera or a player notes is no description: the name and the folder say more of these.
CARDED_KINDS = frozenset({"picture", "video", "audio"})


class Reader(Protocol):
    """Reads documents somewhere else; `extraction.workers.ExtractionPool` is one."""

    def read(self, documents: Iterable[Document]) -> Iterable[tuple[Document, Contents | DocumentError]]: ...


class Indexing:
    """One run over a plan. Whatever stops it, what was committed stays and is not done again."""

    def __init__(  # noqa: PLR0913 - what it works with, and four ways to hear of it
        self,
        writer: IndexWriter,
        embedder: Embedder,
        *,
        on_progress: Callable[[Progress], None] = lambda _: None,
        should_stop: Callable[[], bool] = lambda: False,
        working_on: WorkingOn = lambda _: nullcontext(),
        give_way: Callable[[], None] = lambda: None,
    ) -> None:
        """
        Args:
            writer: Of the index; others may commit with it whenever `give_way` is called.
            embedder: Makes the embeddings.
            on_progress: Told of every document.
            should_stop: Asked between documents and calls of the model.
            working_on: Wraps every call of the model.
            give_way: Called between documents and calls of the model: what is more urgent is done first.
        """
        self._writer = writer
        self._give_way = give_way
        self._working_on = working_on
        self._embedder = embedder
        self._on_progress = on_progress
        self._should_stop = should_stop
        self._started = time.monotonic()
        self._clock = CommitClock()
        self._waiting: list[ReadDocument] = []  # read, not yet embedded
        self._finished: list[ReadDocument] = []  # embedded, not yet committed
        self._gone = 0  # or changed, since they were planned
        self._bytes_done = 0
        self._bytes_total = 0
        self._chunks_per_call = FIRST_CALL_CHUNKS
        self._last = writer.snapshot  # after the last commit of this run's own, while nobody else made one
        self._segments: set[int] = set()  # those that there were before this run
        self._begun: list[Document] = []  # of which the rest is still to come
        self._may_begin = False  # with the first chunks of a long document, and do the rest later
        self._roots: Sequence[Root] = ()
        self.report = Report()

    def run(self, plan: Plan, reader: Reader, *, roots: Sequence[Root]) -> Report:
        """Bring the index up to `plan`.

        Args:
            plan: What changed.
            reader: Reads the documents.
            roots: All roots of the index from now on.

        Raises:
            IndexUnwritable: The disk is full; everything up to the last commit is kept.
        """
        self._roots = roots
        self.report.unchanged = plan.unchanged
        self.report.problems = plan.problems
        self._bytes_total = sum(document.size_bytes for document in plan.to_read)
        self._segments = {segment.number for segment in self._writer.snapshot.segments}
        self._commit_names(plan, roots)
        self._last = self._writer.snapshot
        self._may_begin = len(plan.to_read) > 1
        self._read(plan, plan.to_read, reader)
        self._may_begin = False
        if self._begun and not self.report.interrupted:
            self._read(plan, self._begun, reader)  # again, which is cheap: keeping all that was read is not
        self._remove(plan)
        self._tell(plan, None)
        self.report.seconds = time.monotonic() - self._started
        return self.report

    def _read(self, plan: Plan, documents: Sequence[Document], reader: Reader) -> None:
        for document, contents in reader.read(documents):
            self._take(document, contents)
            self._tell(plan, document.path)
            self._give_way()
            if self._should_stop():
                self.report.interrupted = True
                break
            if self._is_commit_due():
                self._commit()
        self._commit()

    def _commit_names(self, plan: Plan, roots: Sequence[Root]) -> None:
        """Make new documents findable by name at once; changed ones keep what is known until they are read."""
        nothing = np.empty((0, self._embedder.dim), dtype=np.float32)
        additions = [Addition(record_of(document), (), nothing) for document in plan.new]
        if additions or list(roots) != list(self._writer.snapshot.roots):
            self._writer.commit(additions, roots=roots)

    def _remove(self, plan: Plan) -> None:
        """Last, so that a document that moved finds the embeddings of where it was."""
        if plan.to_remove and not self.report.interrupted:
            removals = [path for path in plan.to_remove if not self._is_back(path)]
            self._writer.commit(removals=removals)
            self.report.removed = len(removals)

    def _take(self, document: Document, contents: Contents | DocumentError) -> None:
        if isinstance(contents, DocumentError):
            self._refuse(document, contents)
            return
        read = ReadDocument(document, contents, self._chunks_of(document, contents))
        self._take_over(read, contents)
        if read.embeddings is None:
            self._take_over_uncommitted(read, contents)
        self._take_over_words(read, contents)
        if read.embeddings is None and self._may_begin and len(read.chunks) > FIRST_CHUNKS:
            read.begin(FIRST_CHUNKS)
            self._begun.append(document)
        if not read.is_begun:
            self._bytes_done += document.size_bytes
        if read.embeddings is not None:
            self.report.reused += not read.is_begun
            self._finished.append(read)
            return
        self._waiting.append(read)
        if len(texts_of(self._waiting)) >= min(self._chunks_per_call, EMBED_CHUNKS):
            self._embed_waiting()

    def _refuse(self, document: Document, refusal: DocumentError) -> None:
        if not is_to_blame(document, refusal):
            self._gone += 1
        elif document not in self._begun:  # else what is there of it stays, and the next run tries again
            self._finished.append(ReadDocument(document, None, failure=refusal.reason))

    def _chunks_of(self, document: Document, contents: Contents) -> list[Chunk]:
        chunks = split(
            contents.pages,
            max_tokens=self._embedder.chunk_tokens,
            overlap_tokens=OVERLAP_TOKENS,
            count_tokens=self._embedder.count_tokens,
            limit=CHUNKS_PER_DOCUMENT,
        )
        needs_card = contents.kind in CARDED_KINDS or not chunks
        return [*self._card(document, contents), *chunks] if needs_card else chunks

    def _card(self, document: Document, contents: Contents) -> list[Chunk]:
        """What stands for a document without text of its own; it belongs to no page."""
        text = card_text(document, contents)
        pieces = split(
            (Page(1, text),),
            max_tokens=self._embedder.chunk_tokens,
            overlap_tokens=0,
            count_tokens=self._embedder.count_tokens,
            limit=1,
        )
        return [Chunk(page_number=0, start_char=0, end_char=0, text=piece.text) for piece in pieces]

    def _take_over(self, read: ReadDocument, contents: Contents) -> None:
        """What is known of a document with the same bytes: how it looks, and its embeddings if they are of the
        same chunks."""
        snapshot = self._writer.snapshot
        twins = [twin for twin in self._twins(contents) if twin[1].reader_version == EXTRACTOR_VERSION]
        found = min(twins, key=lambda twin: twin[1].is_begun, default=None)
        if not found:
            return
        document_id, record = found
        chunks = [snapshot.chunk(chunk) for chunk in snapshot.chunks_of(document_id)]
        root = root_of(str(read.document.path), self._roots)
        is_as_wanted = root is not None and not is_to_view(record, root.pages)
        if record.stage == "pixels" and not record.unseen and is_as_wanted:
            read.twin, read.seen = record, seen_of(snapshot, document_id)
        if read.seen and read.seen.chunks:  # then no card is needed
            read.chunks = [chunk for chunk in read.chunks if chunk.page_number]
        rows = [row for row, chunk in enumerate(chunks) if not chunk.is_picture and not chunk.is_ocr]
        embedded = [(chunk.context, chunk.text) for chunk in read.chunks]
        there = [(chunks[row].context, chunks[row].text) for row in rows]
        if there == embedded:
            read.embeddings = snapshot.embeddings_of(document_id)[rows]
        elif record.is_begun and there == embedded[: len(there)]:
            read.first = snapshot.embeddings_of(document_id)[rows]

    def _take_over_uncommitted(self, read: ReadDocument, contents: Contents) -> None:
        """The same of one that was read in this run, and is in no commit yet."""
        for other in self._finished:
            is_same = other.contents and other.contents.content_hash == contents.content_hash != ""
            if not is_same or other.embeddings is None or other.chunks != read.chunks[: len(other.chunks)]:
                continue
            if len(other.chunks) == len(read.chunks):
                read.embeddings = other.embeddings
                return
            read.first = other.embeddings

    def _twins(self, contents: Contents) -> list[tuple[DocumentId, DocumentRecord]]:
        """Some documents with the same bytes, the last committed first."""
        same = self._writer.snapshot.with_bytes(contents.content_hash) if contents.content_hash else ()
        return list(islice(same, TWINS_LOOKED_AT))

    def _take_over_words(self, read: ReadDocument, contents: Contents) -> None:
        """What was read in the pictures of a document with the same bytes, whichever extraction read its text."""
        root = root_of(str(read.document.path), self._roots)
        wanted = ocr_wanted(root, sees_pictures=self._embedder.sees_pictures) if root else ""
        for _, record in self._twins(contents):
            if has_same_words(record, contents, wanted):
                read.read_twin, read.words = record, words_of(self._writer.snapshot, record)
                return

    def _embed_waiting(self) -> None:
        """Embed all that waits; if that fails, one by one, so that one bad document takes no good one along."""
        waiting, self._waiting = self._waiting, []
        try:
            self._embed(waiting)
        except ModelError:
            for read in waiting:
                try:
                    self._embed([read])
                except ModelError as error:
                    read.chunks, read.embeddings, read.failure = [], None, error.message
        self._finished.extend(read for read in waiting if read.embeddings is not None or read.failure)

    def _embed(self, waiting: Sequence[ReadDocument]) -> None:
        """Each text once, whatever copies there are of it; nothing is embedded of what it is stopped in."""
        row_of = {text: row for row, text in enumerate(dict.fromkeys(texts_of(waiting)))}
        texts, parts = list(row_of), [np.empty((0, self._embedder.dim), dtype=np.float32)]
        done = 0
        while done < len(texts):
            if done and self._is_stopped():
                return
            part = texts[done : done + self._chunks_per_call]
            parts.append(self._embedded(part, waiting))
            done += len(part)
        embeddings = np.concatenate(parts)  # (len(texts), dim)
        for read in waiting:
            rest = embeddings[[row_of[text] for text in read.texts]]
            read.embeddings = rest if read.first is None else np.concatenate([read.first, rest])

    def _embedded(self, texts: list[str], waiting: Sequence[ReadDocument]) -> Embeddings:
        started = time.monotonic()
        with self._working_on([read.document.path for read in waiting]):
            embeddings = self._embedder.embed_documents(texts)
        seconds = time.monotonic() - started
        self.report.embedding_s += seconds
        quick_enough = int(len(texts) * CALL_S / max(seconds, 1e-3))
        self._chunks_per_call = min(max(quick_enough, 1), 2 * self._chunks_per_call, 2 * EMBED_CHUNKS)
        return embeddings

    def _is_stopped(self) -> bool:
        self._give_way()
        return self._should_stop()

    def _is_commit_due(self) -> bool:
        chunks = sum(len(read.chunks) for read in self._finished)
        return self._clock.is_due(chunks=chunks, segments=len(self._writer.snapshot.segments))

    def _commit(self) -> None:
        if self._waiting:
            self._embed_waiting()
        has_company = self._has_company()
        finished, self._finished = self._finished, []
        finished = [read for read in finished if not (has_company and self._is_overtaken(read))]
        if finished:
            self._writer.commit([read.addition(dim=self._embedder.dim) for read in finished])
            for read in finished:
                self._count(read)
        if not has_company:
            self._last = self._writer.snapshot
        self._clock.committed()

    def _has_company(self) -> bool:
        """Whether others committed something, at any time in this run, while way was given to them."""
        return self._writer.snapshot is not self._last

    def _is_back(self, path: str) -> bool:
        """Whether others committed what is there again."""
        found = self._writer.snapshot.find(path) if self._has_company() else None
        return found is not None and found[0].segment not in self._segments and is_unchanged_there(found[1].document)

    def _is_overtaken(self, read: ReadDocument) -> bool:
        """Whether others committed what the file is by now, or that it is gone."""
        found = self._writer.snapshot.find(str(read.document.path))
        if found is None:
            return True
        is_other = found[1].stage != "names" and not is_same_file(read.document, found[1])
        return is_other and is_unchanged_there(found[1].document)

    def _count(self, read: ReadDocument) -> None:
        if read.failure:
            self.report.failed.append((read.document.path, read.failure))
            return
        if read.is_begun:
            return
        self.report.indexed += 1
        self.report.chunks += len(read.chunks)

    def _tell(self, plan: Plan, current: Path | None) -> None:
        whole = [read for read in (*self._waiting, *self._finished) if not read.is_begun]
        done = self.report.indexed + len(self.report.failed) + self._gone + len(whole)
        self._on_progress(
            Progress(
                documents=done,
                documents_total=len(plan.to_read),
                bytes_done=self._bytes_done,
                bytes_total=self._bytes_total,
                chunks=self.report.chunks + sum(len(read.chunks) for read in whole if read.embeddings is not None),
                current=current,
                seconds=time.monotonic() - self._started,
                failed=len(self.report.failed),
            )
        )
