"""Corpus -> index: read what the plan names, embed, commit, report.

It does not print, and knows neither file formats nor how the index is laid out on disk.
"""

import os
import re
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import msgspec
import numpy as np

from corpus import Chunk, Contents, Document, Page
from embeddings import Embeddings
from errors import DocumentError, ModelError
from extraction import EXTRACTOR_VERSION
from extraction.chunking import OVERLAP_TOKENS, split
from extraction.kinds import kind_by_name
from index_store import Addition, ChunkRecord, DocumentRecord, IndexWriter, Root
from models.embedder import Embedder
from progress import CommitClock, Progress, Report
from recognising import Words, bare_pages_of, has_same_words, ocr_wanted, with_words, words_of
from update_plan import Plan
from viewing import Seen, is_to_view, root_of, seen_of, with_views

EMBED_CHUNKS = 64  # embedded together: short texts of several documents share a batch
CHUNKS_PER_DOCUMENT = 256
# What a camera or a player notes is no description: the name and the folder say more of these.
CARDED_KINDS = frozenset({"picture", "video", "audio"})


class Reader(Protocol):
    """Reads documents somewhere else; `extraction.workers.ExtractionPool` is one."""

    def read(self, documents: Iterable[Document]) -> Iterable[tuple[Document, Contents | DocumentError]]: ...


@dataclass(slots=True)
class _Read:
    """One document that was read and waits for its embeddings or its commit."""

    document: Document
    contents: Contents | None
    chunks: list[Chunk] = field(default_factory=list)
    embeddings: Embeddings | None = None
    failure: str = ""
    twin: DocumentRecord | None = None  # a document with the same bytes that was looked at
    seen: Seen | None = None  # what it looks like, then
    read_twin: DocumentRecord | None = None  # a document with the same bytes in whose pictures words were looked for
    words: Words | None = None  # what was read there, then


class Indexing:
    """One run over a plan. Whatever stops it, what was committed stays and is not done again."""

    def __init__(
        self,
        writer: IndexWriter,
        embedder: Embedder,
        *,
        on_progress: Callable[[Progress], None] = lambda _: None,
        should_stop: Callable[[], bool] = lambda: False,
    ) -> None:
        self._writer = writer
        self._embedder = embedder
        self._on_progress = on_progress
        self._should_stop = should_stop
        self._started = time.monotonic()
        self._clock = CommitClock()
        self._waiting: list[_Read] = []  # read, not yet embedded
        self._finished: list[_Read] = []  # embedded, not yet committed
        self._bytes_done = 0
        self._bytes_total = 0
        self._path_of_hash: dict[str, str] = {}
        self._path_of_words: dict[str, str] = {}  # by content hash too, whichever extraction read the text
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
        self._commit_names(plan, roots)
        self._path_of_hash = {
            record.content_hash: record.path
            for _, record in self._writer.snapshot.documents()
            if record.content_hash and record.reader_version == EXTRACTOR_VERSION
        }
        self._path_of_words = {
            record.content_hash: record.path
            for _, record in self._writer.snapshot.documents()
            if record.content_hash and record.ocr
        }
        for document, contents in reader.read(plan.to_read):
            self._take(document, contents)
            self._tell(plan, document.path)
            if self._should_stop():
                self.report.interrupted = True
                break
            if self._is_commit_due():
                self._commit()
        self._commit()
        self._remove(plan)
        self._tell(plan, None)
        self.report.seconds = time.monotonic() - self._started
        return self.report

    def _commit_names(self, plan: Plan, roots: Sequence[Root]) -> None:
        """Make new documents findable by name at once; changed ones keep what is known until they are read."""
        nothing = np.empty((0, self._embedder.dim), dtype=np.float32)
        additions = [Addition(_record(document), (), nothing) for document in plan.new]
        if additions or list(roots) != list(self._writer.snapshot.roots):
            self._writer.commit(additions, roots=roots)

    def _remove(self, plan: Plan) -> None:
        """Last, so that a document that moved finds the embeddings of where it was."""
        if plan.to_remove and not self.report.interrupted:
            self._writer.commit(removals=plan.to_remove)
            self.report.removed = len(plan.to_remove)

    def _take(self, document: Document, contents: Contents | DocumentError) -> None:
        self._bytes_done += document.size_bytes
        if isinstance(contents, DocumentError):
            self._finished.append(_Read(document, None, failure=contents.reason))
            return
        read = _Read(document, contents, self._chunks_of(document, contents))
        self._take_over(read)
        self._take_over_words(read, contents)
        if read.embeddings is not None:
            self.report.reused += 1
            self._finished.append(read)
            return
        self._waiting.append(read)
        if sum(len(waiting.chunks) for waiting in self._waiting) >= EMBED_CHUNKS:
            self._embed_waiting()

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

    def _take_over(self, read: _Read) -> None:
        """What is known of a document with the same bytes: how it looks, and its embeddings if they are of the
        same chunks."""
        path = self._path_of_hash.get(read.contents.content_hash) if read.contents else None
        found = self._writer.snapshot.find(path) if path else None
        if not found:
            return
        document_id, record = found
        snapshot = self._writer.snapshot
        chunks = [snapshot.chunk(chunk) for chunk in snapshot.chunks_of(document_id)]
        root = root_of(str(read.document.path), self._roots)
        is_as_wanted = root is not None and not is_to_view(record, root.pages)
        if record.stage == "pixels" and not record.unseen and is_as_wanted:
            read.twin, read.seen = record, seen_of(snapshot, document_id)
        if read.seen and read.seen.chunks:  # then no card is needed
            read.chunks = [chunk for chunk in read.chunks if chunk.page_number]
        rows = [row for row, chunk in enumerate(chunks) if not chunk.is_picture and not chunk.is_ocr]
        embedded = [(chunk.context, chunk.text) for chunk in read.chunks]
        if [(chunks[row].context, chunks[row].text) for row in rows] == embedded:
            read.embeddings = snapshot.embeddings_of(document_id)[rows]

    def _take_over_words(self, read: _Read, contents: Contents) -> None:
        """What was read in the pictures of a document with the same bytes."""
        path = self._path_of_words.get(contents.content_hash)
        found = self._writer.snapshot.find(path) if path else None
        root = root_of(str(read.document.path), self._roots)
        if found and root:
            wanted = ocr_wanted(root, sees_pictures=self._embedder.sees_pictures)
            if has_same_words(found[1], contents, wanted):
                read.read_twin, read.words = found[1], words_of(self._writer.snapshot, found[1])

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
        self._finished.extend(waiting)

    def _embed(self, waiting: Sequence[_Read]) -> None:
        texts = [chunk.embedded_text for read in waiting for chunk in read.chunks]
        started = time.monotonic()
        embeddings = self._embedder.embed_documents(texts)
        self.report.embedding_s += time.monotonic() - started
        start = 0
        for read in waiting:
            read.embeddings = embeddings[start : start + len(read.chunks)]
            start += len(read.chunks)

    def _is_commit_due(self) -> bool:
        chunks = sum(len(read.chunks) for read in self._finished)
        return self._clock.is_due(chunks=chunks, segments=len(self._writer.snapshot.segments))

    def _commit(self) -> None:
        if self._waiting:
            self._embed_waiting()
        finished, self._finished = self._finished, []
        if finished:
            self._writer.commit([self._addition(read) for read in finished])
            for read in finished:
                self._count(read)
        self._clock.committed()

    def _addition(self, read: _Read) -> Addition:
        embeddings = read.embeddings
        if embeddings is None:
            embeddings = np.empty((0, self._embedder.dim), dtype=np.float32)
        chunks = tuple(
            ChunkRecord(
                page_number=chunk.page_number,
                start_char=chunk.start_char,
                end_char=chunk.end_char,
                text=chunk.text,
                context=chunk.context,
                second=chunk.second,
            )
            for chunk in read.chunks
        )
        record = _record(read.document, read.contents, failure=read.failure)
        if read.failure:
            return Addition(record, chunks, embeddings)
        if read.twin and read.seen:
            record = _looked_at(record, read.twin)
            chunks, embeddings = with_views(record, chunks, embeddings, read.seen)
        if read.read_twin and read.words:
            record = _recognised(record, read.read_twin)
            chunks, embeddings = with_words(chunks, embeddings, read.words)
        return Addition(record, chunks, embeddings)

    def _count(self, read: _Read) -> None:
        if read.failure:
            self.report.failed.append((read.document.path, read.failure))
            return
        self.report.indexed += 1
        self.report.chunks += len(read.chunks)
        if read.contents and read.contents.content_hash:
            self._path_of_hash[read.contents.content_hash] = str(read.document.path)

    def _tell(self, plan: Plan, current: Path | None) -> None:
        done = self.report.indexed + len(self.report.failed) + len(self._waiting) + len(self._finished)
        self._on_progress(
            Progress(
                documents=done,
                documents_total=len(plan.to_read),
                bytes_done=self._bytes_done,
                bytes_total=self._bytes_total,
                chunks=self.report.chunks + sum(len(read.chunks) for read in self._finished),
                current=current,
                seconds=time.monotonic() - self._started,
            )
        )


def card_text(document: Document, contents: Contents) -> str:
    """A document's name in words, its title, folder, kind, date and place."""
    name = document.path.stem.replace("_", " ").replace("-", " ")
    about = [name, contents.title, document.path.parent.name, contents.kind, contents.created[:10], contents.place]
    return ", ".join(part for part in about if part)


def _record(document: Document, contents: Contents | None = None, *, failure: str = "") -> DocumentRecord:
    """What the index keeps of a document: its name only, why it could not be read, or all that was read."""
    name_only = DocumentRecord(
        path=str(document.path),
        size_bytes=document.size_bytes,
        mtime_ns=document.mtime_ns,
        inode=document.inode,
        kind=kind_by_name(document.path),
        with_members=document.with_members,
    )
    if contents is None:
        if not failure:
            return name_only
        return msgspec.structs.replace(name_only, stage="failed", failure=failure, reader_version=EXTRACTOR_VERSION)
    return msgspec.structs.replace(
        name_only,
        stage="text",
        kind=contents.kind,
        title=contents.title,
        created=contents.created,
        place=contents.place,
        content_hash=contents.content_hash,
        picture_hash=contents.picture_hash,
        page_count=len(contents.pages),
        text_chars=sum(len(page.text.strip()) for page in contents.pages),
        bare_pages=bare_pages_of(contents),
        failure=failure,
        truncated=contents.truncated,
        lost_pages=contents.lost_pages,
        reader_version=EXTRACTOR_VERSION,
    )


def _looked_at(record: DocumentRecord, twin: DocumentRecord) -> DocumentRecord:
    """The record of a document that looks like its twin, which was looked at."""
    return msgspec.structs.replace(
        record, stage="pixels", pages=twin.pages, view_count=twin.view_count, unseen=twin.unseen
    )


def _recognised(record: DocumentRecord, twin: DocumentRecord) -> DocumentRecord:
    """The same for one in whose pictures words were looked for."""
    is_cut = record.truncated or twin.truncated
    return msgspec.structs.replace(record, ocr=twin.ocr, ocr_chars=twin.ocr_chars, truncated=is_cut)


def forget_folder(writer: IndexWriter, folder: Path) -> int:
    """Take `folder` out of the index for good and return how many documents that were.

    A root leaves with its rules; a folder inside a root is excluded from it, or the next
    run would bring it back.
    """
    inside = os.path.join(folder, "")
    removals = [record.path for _, record in writer.snapshot.documents() if (record.path + os.sep).startswith(inside)]
    kept = [root for root in writer.snapshot.roots if not (root.path + os.sep).startswith(inside)]
    was_root = len(kept) < len(writer.snapshot.roots)
    if removals or was_root:
        roots = kept if was_root else [_without(root, folder) for root in kept]
        writer.commit(removals=removals, roots=roots)
    return len(removals)


def _without(root: Root, folder: Path) -> Root:
    """The root with one more exclude when `folder` lies in it."""
    if not folder.is_relative_to(root.path):
        return root
    pattern = "/" + escape_pattern(folder.relative_to(root.path).as_posix())
    return msgspec.structs.replace(root, excludes=(*root.excludes, pattern))


def escape_pattern(name: str) -> str:
    """`name` as a .gitignore pattern that matches just it."""
    return re.sub(r"([\\*?\[\] ])", r"\\\1", name)
