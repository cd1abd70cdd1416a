"""Reads and draws documents in processes that may die: a hostile file costs one worker, never the run.

This is the one seam the indexer uses. It imports no document reader: those are loaded in the workers.
"""

import gc
import math
import os
import signal
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import count, islice
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Any, Generic, Self, TypeVar

from pebble import ProcessExpired, ProcessFuture, ProcessPool

from corpus import Contents, Document, Page, Thumbnail
from errors import DocumentError, SettingsError
from extraction import read_contents
from extraction.isolation import limit_processor, prepare_worker, start_context
from extraction.kinds import KIND_OF_FORMAT, kind_of
from extraction.lost_pages import HAS_TIMER, MOST_LOST, Notes, new_notes, page_in, share_notes, watched
from extraction.ocr import OcrOptions, read_words
from extraction.previews import read_previews
from extraction.views import Pixels, View, ViewOptions, read_views

T = TypeVar("T")
Reader = Callable[[Document], Contents]
Outcome = Contents | DocumentError

_TASKS_PER_WORKER = 4  # in flight: enough to keep it busy, few enough for their results to fit in memory
_WORKER_TASKS = 500  # then a worker is replaced, with whatever its libraries leaked
_BATCH_DOCUMENTS = 16  # a task costs more than reading a small document
_BATCH_FILE_BYTES = 64 << 10
_ALONE_KINDS = frozenset({"pdf", "picture", "video"})  # which hang and crash most: with it its batch is read again
_PROCESSOR_PER_TIME = 4  # a worker that nobody stops in time ends by itself; some libraries compute in several threads
_LOOK_S = 0.1  # how often somebody is asked what else there is to do while a worker is waited for
_GRACE_S = 30.0  # beyond the time limits: for a worker to start, and to be killed
_HINT = "Show a photo or a drawing, as JPEG, PNG, WebP, GIF, BMP or TIFF."


@dataclass(frozen=True, slots=True)
class Limits:
    """What one document may cost a worker.

    Args:
        time_s: To be read; one that takes longer is given up, and the worker killed.
        memory_bytes: Address space of a worker, enforced on Linux only.
    """

    time_s: float = 20.0
    memory_bytes: int = 2 << 30

    @property
    def page_s(self) -> float:
        """One page, to be read or to be drawn: beyond it, the page is left out of its document."""
        return self.time_s / 2

    @property
    def views_s(self) -> float:
        """All that is drawn of a document."""
        return 3 * self.time_s

    @property
    def words_s(self) -> float:
        """The words on one page, or in one picture."""
        return 4.5 * self.time_s


_OF_A_QUERY = Limits(time_s=10.0)  # somebody waits


@dataclass(frozen=True, slots=True)
class _Job(Generic[T]):
    """What is done with every document of one call."""

    function: Callable[[Document], T]
    timeout_s: float
    most_tasks: int  # in flight


@dataclass(frozen=True, slots=True)
class _Task(Generic[T]):
    job: _Job[T]
    documents: tuple[Document, ...]
    lost: tuple[int, ...]  # pages that are left out
    number: int
    pool: ProcessPool
    future: ProcessFuture


class ExtractionPool:
    """Worker processes that read documents. Made for `with`; they start with the first document, or with `start`.

    Not for several threads at once.

    Args:
        workers: How many documents are read at the same time.
        limits: What one document may cost.
        reader: What `read` runs in the workers: a function at the top of an importable module.
        while_waiting: Called ten times a second while a worker is waited for; what it raises ends the call.
        niceness: As in `prepare_worker`; None for indexing, which nobody waits for.
    """

    def __init__(
        self,
        *,
        workers: int = 1,
        limits: Limits = Limits(),
        reader: Reader = read_contents,
        while_waiting: Callable[[], None] = lambda: None,
        niceness: int | None = None,
    ) -> None:
        self._workers = workers
        self._niceness = niceness
        self._while_waiting = while_waiting
        self.limits = limits
        # A task may stand behind those of another call, each at its limit.
        self._patience_s = _TASKS_PER_WORKER * limits.views_s + limits.words_s + _GRACE_S
        self._reader = reader
        self._pool: ProcessPool | None = None
        self._numbers = count(1)
        # Of two calls at a time, one of which stands still; whoever is late finds another's number and no page.
        self._notes = new_notes(4 * _TASKS_PER_WORKER * workers)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def read(self, documents: Iterable[Document]) -> Iterator[tuple[Document, Outcome]]:
        """Read documents, in the order they come, each with its contents or why it has none.

        `documents` is drawn only a few tasks ahead of what is consumed here. Left before its end,
        the generator kills the workers; the next call starts new ones.
        """
        job = _Job(self._reader, self.limits.time_s, self._workers * _TASKS_PER_WORKER)
        return self._run(job, _batches(documents))

    def views(
        self, documents: Iterable[Document], options: ViewOptions
    ) -> Iterator[tuple[Document, tuple[View, ...] | DocumentError]]:
        """Draw documents, in the order they come, each with its views or why it has none.

        As lazy as `read`, and more so: the views of one document may take 120 MB, so those of `workers + 1`
        documents at most are made ahead. A call may be made and consumed while one of `read` is not at its end.
        """
        job = _Job(partial(read_views, options=options), self.limits.views_s, self._workers + 1)
        return self._run(job, ((document,) for document in documents))

    def thumbnails(
        self, documents: Iterable[Document]
    ) -> Iterator[tuple[Document, tuple[Thumbnail, ...] | DocumentError]]:
        """Draw small pictures of documents to keep, in the order they come; as lazy as `read`."""
        job = _Job(read_previews, self.limits.views_s, self._workers * _TASKS_PER_WORKER)
        return self._run(job, ((document,) for document in documents))

    def words(self, document: Document, options: OcrOptions) -> tuple[Page, ...] | DocumentError:
        """The words in a picture or on one page of a PDF, as pages, or why there are none. Waits for them.

        For a pool that does nothing else: what reads takes seconds, and up to `extraction.ocr.MEMORY_BYTES`.
        """
        job = _Job(partial(read_words, options=options), self.limits.words_s, most_tasks=1)
        [(_, outcome)] = self._run(job, iter([(document,)]))
        return outcome

    def _run(
        self, job: _Job[T], batches: Iterator[tuple[Document, ...]]
    ) -> Iterator[tuple[Document, T | DocumentError]]:
        running: deque[_Task[T]] = deque()
        is_finished = False
        try:
            while True:
                running.extend(self._start(job, batch) for batch in islice(batches, job.most_tasks - len(running)))
                if not running:
                    is_finished = True
                    return
                task = running.popleft()
                outcomes = self._outcomes(task)
                yield from zip(task.documents, outcomes, strict=True)
        finally:
            if not is_finished:
                self.close()

    def close(self) -> None:
        """Kill the workers, whatever they are doing."""
        pool, self._pool = self._pool, None
        if pool is not None:
            pool.stop()
            pool.join()

    def start(self) -> None:
        """Start the workers before their first document, which would otherwise wait 0.4 s for them."""
        _ = self._running_pool().active  # asking starts it

    def _running_pool(self) -> ProcessPool:
        if self._pool is not None and not self._pool.active:
            self.close()
        if self._pool is None:
            self._pool = ProcessPool(
                max_workers=self._workers,
                max_tasks=_WORKER_TASKS,
                initializer=_prepare_reader,
                initargs=(self.limits.memory_bytes, self._notes, self._niceness),
                context=start_context(),
            )
        return self._pool

    def _start(self, job: _Job[T], documents: tuple[Document, ...], lost: tuple[int, ...] = ()) -> _Task[T]:
        pool = self._running_pool()
        number = next(self._numbers)
        time_s = job.timeout_s if len(documents) == 1 else math.inf  # of a batch nobody is late alone
        watch = partial(watched, number, time_s=time_s, page_s=self.limits.page_s, lost=lost)
        args = (job.function, documents, watch, _PROCESSOR_PER_TIME * job.timeout_s)
        future = pool.schedule(_read_all, args=args, timeout=job.timeout_s)
        return _Task(job, documents, lost, number, pool, future)

    def _outcomes(self, task: _Task[T], *, is_retry: bool = False) -> Sequence[T | DocumentError]:
        """One outcome per document of the task; a document is blamed only for what happened to it alone."""
        if task.pool is not self._pool and not task.future.done():
            # Its workers were killed because of another document.
            task = self._start(task.job, task.documents, task.lost)
        try:
            outcomes: list[T | DocumentError] = self._result(task.future)
        except (TimeoutError, ProcessExpired, BrokenProcessPool) as error:
            if task.pool is self._pool and (not task.future.done() or isinstance(error, BrokenProcessPool)):
                self.close()
            # A pool breaks when a worker dies before it has said what it works on, which is nobody's fault yet.
            if len(task.documents) > 1 or (isinstance(error, BrokenProcessPool) and not is_retry):
                return [self._outcomes(self._start(task.job, (one,)), is_retry=True)[0] for one in task.documents]
            return [self._without_page(task, error)]
        return outcomes

    def _result(self, future: ProcessFuture) -> Any:
        """What is done meanwhile takes nothing of the time that the worker has."""
        for _ in range(math.ceil(self._patience_s / _LOOK_S)):
            if wait([future], timeout=_LOOK_S).done:
                break
            self._while_waiting()
        return future.result(timeout=0)

    def _without_page(self, task: _Task[T], error: Exception) -> T | DocumentError:
        """The outcome for a document that cost a worker: without the page that did, if there is one, or the reason."""
        is_late = isinstance(error, TimeoutError)
        is_page_late = isinstance(error, ProcessExpired) and HAS_TIMER and error.exitcode == -signal.SIGALRM
        limit_s = self.limits.page_s if is_page_late else task.job.timeout_s
        reason = f"took longer than {limit_s:g} s" if is_late or is_page_late else "the reader crashed"
        refusal = DocumentError(task.documents[0].path, reason)
        page = page_in(self._notes, task.number)
        # Where there is a timer, no page was late when the document is: there are too many.
        if not page or (is_late and HAS_TIMER) or len(task.lost) == MOST_LOST:
            return refusal
        [outcome] = self._outcomes(self._start(task.job, task.documents, (*task.lost, page)))
        return refusal if isinstance(outcome, DocumentError) else outcome


def hash_picture(data: bytes) -> str:
    """The perceptual hash of an encoded picture in memory, as `Contents.picture_hash`. Costs a worker: 0.3 s.

    Raises:
        SettingsError: It is no picture, or one without any structure to compare.
    """
    with _picture_file(data) as document, ExtractionPool(limits=_OF_A_QUERY, niceness=0) as pool:
        [(_, outcome)] = pool.read([document])
    if not _known(outcome).picture_hash:
        raise SettingsError("That is not a picture that can be compared with others", hint=_HINT)
    return _known(outcome).picture_hash


def read_picture(data: bytes, fit: Callable[[Pixels], Pixels], *, max_px: int = 1_310_720) -> Pixels:
    """An encoded picture in memory as a model sees it. Costs a worker: 0.3 s, and its decoding.

    Args:
        data: Of any format that a document may have which is a picture.
        fit, max_px: As in `ViewOptions`.

    Raises:
        SettingsError: It is no picture, or one that `fit` refuses.
    """
    options = ViewOptions(fit, max_px, pages="text", max_views=1, max_frames=0)  # pictures and nothing else
    with _picture_file(data) as document, ExtractionPool(limits=_OF_A_QUERY, niceness=0) as pool:
        [(_, outcome)] = pool.views([document], options)
    if not _known(outcome):
        raise SettingsError("That is not a picture", hint=_HINT)
    return _known(outcome)[0].pixels


@contextmanager
def _picture_file(data: bytes) -> Iterator[Document]:
    with TemporaryDirectory() as folder:
        path = Path(folder, "picture")
        path.write_bytes(data)
        yield Document(path, len(data), 0, 0)


def _known(outcome: T | DocumentError) -> T:
    if isinstance(outcome, DocumentError):
        raise SettingsError(f"The picture cannot be read: {outcome.reason}", hint=_HINT)
    return outcome


def _batches(documents: Iterable[Document]) -> Iterator[tuple[Document, ...]]:
    """Small documents go several to a task, all others alone."""
    batch: list[Document] = []
    for document in documents:
        is_small = document.size_bytes <= _BATCH_FILE_BYTES
        if is_small and KIND_OF_FORMAT[kind_of(document.path, b"")] not in _ALONE_KINDS:
            batch.append(document)
            if len(batch) < _BATCH_DOCUMENTS:
                continue
            yield tuple(batch)
        else:
            if batch:
                yield tuple(batch)
            yield (document,)
        batch = []
    if batch:
        yield tuple(batch)


def _read_all(
    function: Callable[[Document], T],
    documents: tuple[Document, ...],
    watch: Callable[[], AbstractContextManager[None]],
    processor_s: float,
) -> list[T | DocumentError]:
    """Runs in the worker."""
    limit_processor(processor_s)
    with watch():
        return [_outcome(function, document) for document in documents]


def _outcome(function: Callable[[Document], T], document: Document) -> T | DocumentError:
    try:
        return function(document)
    except DocumentError as error:
        refusal = type(error)(document.path, error.reason)
    except MemoryError:
        refusal = DocumentError(document.path, "needs too much memory")
    gc.collect()  # what the failure's frames hold, or the next document would have no room
    return refusal


def _prepare_reader(memory_bytes: int, notes: Notes, niceness: int | None) -> None:
    """Runs in a new worker before its first document, and before any library that asks for these."""
    threads = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "OPENCV_FOR_THREADS_NUM")
    os.environ.update(dict.fromkeys(threads, "1"), ORT_DISABLE_TELEMETRY="1")
    prepare_worker(memory_bytes, niceness)
    share_notes(notes)
