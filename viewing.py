"""Stage pixels: what documents look like, embedded beside what they say, for a model that sees.

It comes after the text of all documents, because looking costs seconds where reading costs
milliseconds. Whatever stops it, documents that were looked at are not looked at again.
"""

import os
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import nullcontext
from functools import partial
from pathlib import Path
from typing import NamedTuple, Protocol

import msgspec
import numpy as np

from corpus import Document
from embeddings import Embeddings
from errors import DocumentError, ModelError
from extraction.refusals import is_to_blame
from extraction.views import Pages, View, ViewOptions
from index_store import Addition, ChunkRecord, DocumentId, DocumentRecord, IndexWriter, Root, Snapshot
from models.embedder import Embedder
from models.pictures import fit_picture
from models.prompts import Input
from progress import CommitClock, Progress, Report, WorkingOn

PAGED_KINDS = frozenset({"pdf", "slides", "book"})  # of which `Root.pages` says what is looked at
VIEWED_KINDS = PAGED_KINDS | {"picture", "video"}


class Viewer(Protocol):
    """Draws documents somewhere else; `extraction.workers.ExtractionPool` is one."""

    def views(
        self, documents: Iterable[Document], options: ViewOptions
    ) -> Iterable[tuple[Document, tuple[View, ...] | DocumentError]]: ...


class Seen(NamedTuple):
    """What a document looks like: one chunk and one embedding for each picture of it."""

    chunks: tuple[ChunkRecord, ...]
    embeddings: Embeddings  # (len(chunks), dim)


class Viewing:
    """One run over all documents of some roots that were not looked at yet."""

    def __init__(  # noqa: PLR0913 - what it works with, and four ways to hear of it
        self,
        writer: IndexWriter,
        embedder: Embedder,
        *,
        on_progress: Callable[[Progress], None] = lambda _: None,
        should_stop: Callable[[], bool] = lambda: False,
        give_way: Callable[[], None] = lambda: None,
        working_on: WorkingOn = lambda _: nullcontext(),
    ) -> None:
        self._writer = writer
        self._working_on = working_on
        self._embedder = embedder
        self._on_progress = on_progress
        self._should_stop = should_stop
        self._give_way = give_way
        self._finished: list[Addition] = []
        self._clock = CommitClock()

    def run(
        self, roots: Sequence[Root], viewer: Viewer, report: Report, *, paths: Collection[str] | None = None
    ) -> None:
        """Look at them, or at those of them that are at `paths`, and count it in `report`.

        Raises:
            IndexUnwritable: The disk is full; everything up to the last commit is kept.
        """
        started = time.monotonic()
        pending = documents_to_view(self._writer.snapshot, roots, paths)
        total = sum(len(documents) for documents in pending.values())
        done = 0
        for pages, documents in pending.items():
            for document, views in viewer.views(documents, self._options(pages)):
                if not self._take(document, views, pages, report):
                    report.interrupted = True
                    break
                done += 1
                self._tell(report, document.path, done, total, time.monotonic() - started)
            if report.interrupted:
                break
        self._commit()
        self._tell(report, None, done, total, time.monotonic() - started)
        report.seconds += time.monotonic() - started

    def _options(self, pages: Pages) -> ViewOptions:
        limits = self._embedder.picture_limits
        assert limits  # only an embedder that sees is asked to look
        return ViewOptions(fit=partial(fit_picture, limits=limits), max_px=limits.max_px, pages=pages)

    def _take(self, document: Document, views: tuple[View, ...] | DocumentError, pages: str, report: Report) -> bool:
        """Embed one document's views; False when the run shall stop before they are all done."""
        self._give_way()
        found = self._writer.snapshot.find(str(document.path))
        if found is None:
            return True
        if isinstance(views, DocumentError):
            if not is_to_blame(document, views):
                return not self._should_stop()
            report.failed.append((document.path, views.reason))
            self._finish(found, Seen((), self._nothing()), pages=pages, unseen=views.reason)
            return not self._should_stop()
        seen, unseen = self._seen(document.path, views, report)
        if seen is None:
            return False
        self._finish(found, seen, pages=pages, unseen=unseen)
        report.viewed += bool(seen.chunks)
        report.views += len(seen.chunks)
        return not self._should_stop()

    def _seen(self, path: Path, views: Sequence[View], report: Report) -> tuple[Seen | None, str]:
        """All views embedded, or None when the run shall stop; and why some could not be."""
        chunks: list[ChunkRecord] = []
        embeddings, unseen = [self._nothing()], ""
        for view in views:
            if chunks:
                self._give_way()
                if self._should_stop():
                    return None, ""
            started = time.monotonic()
            try:
                with self._working_on([path]):
                    embeddings.append(self._embedder.embed_documents([Input(pictures=[view.pixels])]))
            except ModelError as error:
                unseen = error.message
            else:
                chunks.append(_picture_record(view))
            report.embedding_s += time.monotonic() - started
        return Seen(tuple(chunks), np.concatenate(embeddings)), unseen

    def _finish(self, found: tuple[DocumentId, DocumentRecord], seen: Seen, *, pages: str, unseen: str) -> None:
        document_id, record = found
        snapshot = self._writer.snapshot
        chunks = [snapshot.chunk(chunk) for chunk in snapshot.chunks_of(document_id)]
        looked_at = pages if record.kind in PAGED_KINDS else ""
        viewed = msgspec.structs.replace(
            record,
            stage="pixels",
            pages=looked_at,
            view_count=len(seen.chunks),
            unseen=unseen,
            ocr="",  # words are at the pictures of their pages, which may be others now: see `recognising`
            ocr_chars=0,
            ocr_failure="",
        )
        kept = with_views(viewed, chunks, snapshot.embeddings_of(document_id), seen)
        self._finished.append(Addition(viewed, kept.chunks, kept.embeddings))
        if self._clock.is_due(chunks=len(self._finished), segments=len(snapshot.segments)):
            self._commit()

    def _commit(self) -> None:
        finished, self._finished = self._finished, []
        if finished:
            self._writer.commit(finished)
        self._clock.committed()

    def _tell(self, report: Report, current: Path | None, done: int, total: int, seconds: float) -> None:
        self._on_progress(
            Progress(
                documents=done,
                documents_total=total,
                bytes_done=0,
                bytes_total=0,
                chunks=report.views,
                current=current,
                seconds=seconds,
                stage="pixels",
            )
        )

    def _nothing(self) -> Embeddings:
        return np.empty((0, self._embedder.dim), dtype=np.float32)


def documents_to_view(
    snapshot: Snapshot, roots: Sequence[Root], paths: Collection[str] | None = None
) -> dict[Pages, list[Document]]:
    """What was read under these roots and not looked at yet, last changed first, by what is looked at of its pages."""
    pending: dict[Pages, list[Document]] = {}
    for record in records_under(roots, snapshot, paths):
        root = root_of(record.path, snapshot.roots)
        if root and is_to_view(record, root.pages):
            pending.setdefault(root.pages, []).append(record.document)
    for documents in pending.values():
        documents.sort(key=lambda document: -document.mtime_ns)
    return pending


def records_under(
    roots: Sequence[Root], snapshot: Snapshot, paths: Collection[str] | None = None
) -> Iterator[DocumentRecord]:
    """All documents under these roots, or those of them that are at `paths`, which costs nothing for the others."""
    inside = tuple(os.path.join(root.path, "") for root in roots)
    if paths is not None:
        named = (snapshot.find(path) for path in paths if path.startswith(inside))
        return (found[1] for found in named if found)
    return (record for _, record in snapshot.documents() if record.path.startswith(inside))


def root_of(path: str, roots: Sequence[Root]) -> Root | None:
    """The root whose rules hold for a document: the deepest one above it."""
    above = [root for root in roots if path.startswith(os.path.join(root.path, ""))]
    return max(above, key=lambda root: len(root.path), default=None)


def is_to_view(record: DocumentRecord, pages: str) -> bool:
    if record.kind not in VIEWED_KINDS or record.failure:
        return False
    if record.stage == "text":
        return True
    return record.stage == "pixels" and record.kind in PAGED_KINDS and record.pages != pages


def seen_of(snapshot: Snapshot, document_id: DocumentId) -> Seen:
    """What is known already of how a document looks."""
    chunks = [snapshot.chunk(chunk) for chunk in snapshot.chunks_of(document_id)]
    rows = [row for row, chunk in enumerate(chunks) if chunk.is_picture and not chunk.is_ocr]
    return Seen(tuple(chunks[row] for row in rows), snapshot.embeddings_of(document_id)[rows])


def with_views(record: DocumentRecord, chunks: Sequence[ChunkRecord], embeddings: Embeddings, seen: Seen) -> Seen:
    """The chunks of a document with its pictures in place of those that it had before.

    What stood for a document without text goes when it is seen. The text of a picture, which is what
    its camera noted, and with `pages` "image" that of each page that is seen, is kept for its words
    only, at the picture. What was read in pictures goes: it is read again.
    """
    text_rows = [row for row, chunk in enumerate(chunks) if not chunk.is_picture and not chunk.is_ocr]
    is_in_place_of_text = record.kind == "picture" or record.pages == "image"
    numbers = {chunk.page_number for chunk in seen.chunks}
    replaced = ({0} if numbers else set()) | (numbers if is_in_place_of_text else set())
    rows = [row for row in text_rows if chunks[row].page_number not in replaced]
    texts = [chunks[row] for row in text_rows]
    pictures = tuple(_with_text(picture, texts) for picture in seen.chunks) if is_in_place_of_text else seen.chunks
    return Seen((*(chunks[row] for row in rows), *pictures), np.concatenate([embeddings[rows], seen.embeddings]))


def _with_text(picture: ChunkRecord, chunks: Sequence[ChunkRecord]) -> ChunkRecord:
    """The picture of a page with the page's text, put together from chunks that overlap."""
    text, end = "", 0
    for chunk in (chunk for chunk in chunks if chunk.page_number == picture.page_number):
        between = "\n" if text and chunk.start_char > end else ""
        text += between + chunk.text[max(0, end - chunk.start_char) :]
        end = max(end, chunk.end_char)
    return msgspec.structs.replace(picture, end_char=len(text), text=text)


def _picture_record(view: View) -> ChunkRecord:
    return ChunkRecord(
        page_number=view.page_number, start_char=0, end_char=0, text="", is_picture=True, second=view.second
    )
