"""Stage previews: small pictures of documents, kept in the index, so that hits show where their files are not there.

It comes after the text of all documents. Nothing here is a failure: what cannot be drawn is noted as such, and not
tried again. Whatever stops it, the next run makes only what is missing.
"""

import time
from collections.abc import Callable, Collection, Iterable, Sequence
from pathlib import Path
from typing import Protocol

from corpus import Document, Thumbnail, is_unchanged_there
from errors import DocumentError
from extraction.previews import PREVIEW_VERSION, may_be_drawn
from extraction.refusals import is_to_blame
from index_store import DocumentRecord, IndexWriter, Root, Snapshot
from index_store.thumbnails import ThumbnailWriter, key_of, keys_tried, writing
from progress import Progress, Report
from viewing import records_under


class Drawer(Protocol):
    """Draws documents somewhere else; `extraction.workers.ExtractionPool` is one."""

    def thumbnails(
        self, documents: Iterable[Document]
    ) -> Iterable[tuple[Document, tuple[Thumbnail, ...] | DocumentError]]: ...


class Previewing:
    """One run over all documents of some roots of which no thumbnails are kept."""

    def __init__(
        self,
        writer: IndexWriter,
        *,
        on_progress: Callable[[Progress], None] = lambda _: None,
        should_stop: Callable[[], bool] = lambda: False,
        give_way: Callable[[], None] = lambda: None,
    ) -> None:
        self._writer = writer
        self._on_progress = on_progress
        self._should_stop = should_stop
        self._give_way = give_way

    def run(
        self,
        roots: Sequence[Root],
        drawer: Drawer,
        report: Report,
        *,
        retry: bool = False,
        paths: Collection[str] | None = None,
    ) -> None:
        """Draw them, count it in `report`, and delete the thumbnails of what is no longer in the index.

        Args:
            roots: The folders of this run.
            drawer: Draws the documents.
            report: What the stages before did.
            retry: Also try again what could not be drawn before.
            paths: Only these documents, and nothing is deleted; None for all.

        Raises:
            IndexUnwritable: The disk is full; what was drawn is kept.
        """
        started = time.monotonic()
        pending = self._pending(roots, paths, retry=retry)
        if pending:
            self._draw(pending.values(), drawer, report, started)
        report.seconds += time.monotonic() - started

    def _pending(self, roots: Sequence[Root], paths: Collection[str] | None, *, retry: bool) -> dict[str, Document]:
        snapshot = self._writer.snapshot
        if paths is not None:
            pending = documents_to_draw(snapshot, roots, (), paths)
            tried = keys_tried(self._writer.directory, PREVIEW_VERSION, without_failures=retry, among=pending)
            return {key: document for key, document in pending.items() if key not in tried}
        self._writer.sweep_thumbnails()
        tried = keys_tried(self._writer.directory, PREVIEW_VERSION, without_failures=retry)
        return documents_to_draw(snapshot, roots, tried)

    def _draw(self, pending: Collection[Document], drawer: Drawer, report: Report, started: float) -> None:
        done = 0
        with writing(self._writer.directory) as kept:
            for document, outcome in drawer.thumbnails(pending):
                self._take(kept, document, outcome, report)
                done += 1
                self._tell(report, document.path, done, len(pending), time.monotonic() - started)
                self._give_way()
                if self._should_stop():
                    report.interrupted = True
                    break
        self._tell(report, None, done, len(pending), time.monotonic() - started)

    def _take(
        self,
        kept: ThumbnailWriter,
        document: Document,
        outcome: tuple[Thumbnail, ...] | DocumentError,
        report: Report,
    ) -> None:
        found = self._writer.snapshot.find(str(document.path))
        if found is None or not is_unchanged_there(document):
            return  # it was changed, or its drive taken out, while it was drawn
        if isinstance(outcome, DocumentError):
            if not is_to_blame(document, outcome):
                return
            outcome = ()
        kept.put(key_of(found[1]), outcome, drawn_by=PREVIEW_VERSION)
        report.previewed += bool(outcome)
        report.thumbnails += len(outcome)

    def _tell(self, report: Report, current: Path | None, done: int, total: int, seconds: float) -> None:
        self._on_progress(
            Progress(
                documents=done,
                documents_total=total,
                bytes_done=0,
                bytes_total=0,
                chunks=report.thumbnails,
                current=current,
                seconds=seconds,
                stage="previews",
            )
        )


def documents_to_draw(
    snapshot: Snapshot, roots: Sequence[Root], tried: Collection[str], paths: Collection[str] | None = None
) -> dict[str, Document]:
    """What was read under these roots and may have a look, last changed first, by what its thumbnails are kept under.

    Of several copies one is enough. What is not there now, as on a drive that is not plugged in, waits.
    """
    found = [record for record in records_under(roots, snapshot, paths) if _is_to_draw(record)]
    found.sort(key=lambda record: -record.mtime_ns)
    pending: dict[str, Document] = {}
    for record in found:
        key = key_of(record)
        if key not in tried and key not in pending and is_unchanged_there(record.document):
            pending[key] = record.document
    return pending


def _is_to_draw(record: DocumentRecord) -> bool:
    """What could not be read is not opened once more: it may have cost a worker."""
    is_read = record.stage != "names" and not record.failure
    return is_read and may_be_drawn(Path(record.path), record.kind)
