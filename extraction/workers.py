"""Reads documents in processes that may die: a hostile file costs one worker, never the run.

This is the one seam the indexer uses. It imports no document reader: those are loaded in the workers.
"""

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures.process import BrokenProcessPool
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import NamedTuple, Self

from pebble import ProcessExpired, ProcessFuture, ProcessPool

from corpus import Contents, Document
from errors import DocumentError, SettingsError
from extraction import read_contents
from extraction.isolation import prepare_worker, start_context
from extraction.kinds import KIND_OF_FORMAT, kind_of

Reader = Callable[[Document], Contents]
Outcome = Contents | DocumentError

_TASKS_PER_WORKER = 4  # in flight: enough to keep it busy, few enough for their results to fit in memory
_WORKER_TASKS = 500  # then a worker is replaced, with whatever its libraries leaked
_BATCH_DOCUMENTS = 16  # a task costs more than reading a small text file
_BATCH_FILE_BYTES = 64 << 10
_BATCH_KINDS = frozenset({"text", "code", "archive", "audio", "video", "other"})  # which no foreign code parses
_GRACE_S = 30.0  # beyond the time limit: for a worker to start, and to be killed


class _Task(NamedTuple):
    documents: tuple[Document, ...]
    pool: ProcessPool
    future: ProcessFuture


class ExtractionPool:
    """Worker processes that read documents. Made for `with`; the processes start with the first document.

    Not for several threads at once.

    Args:
        workers: How many documents are read at the same time.
        timeout_s: A document that takes longer is given up and its worker killed.
        memory_bytes: Address space of one worker, enforced on Linux only.
        reader: What runs in the workers: a function at the top of an importable module.
    """

    def __init__(
        self,
        *,
        workers: int = 1,
        timeout_s: float = 20.0,
        memory_bytes: int = 2 << 30,
        reader: Reader = read_contents,
    ) -> None:
        self._workers = workers
        self._timeout_s = timeout_s
        self._memory_bytes = memory_bytes
        self._reader = reader
        self._pool: ProcessPool | None = None

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
        batches = _batches(documents)
        running: deque[_Task] = deque()
        is_finished = False
        try:
            while True:
                room = self._workers * _TASKS_PER_WORKER - len(running)
                running.extend(self._start(batch) for batch in islice(batches, room))
                if not running:
                    is_finished = True
                    return
                task = running.popleft()
                yield from zip(task.documents, self._outcomes(task), strict=True)
        finally:
            if not is_finished:
                self.close()

    def close(self) -> None:
        """Kill the workers, whatever they are doing."""
        pool, self._pool = self._pool, None
        if pool is not None:
            pool.stop()
            pool.join()

    def _start(self, documents: tuple[Document, ...]) -> _Task:
        if self._pool is not None and not self._pool.active:
            self.close()
        if self._pool is None:
            self._pool = ProcessPool(
                max_workers=self._workers,
                max_tasks=_WORKER_TASKS,
                initializer=_prepare_reader,
                initargs=(self._memory_bytes,),
                context=start_context(),
            )
        future = self._pool.schedule(_read_all, args=(self._reader, documents), timeout=self._timeout_s)
        return _Task(documents, self._pool, future)

    def _outcomes(self, task: _Task, *, is_retry: bool = False) -> Sequence[Outcome]:
        """One outcome per document of the task; a document is blamed only for what happened to it alone."""
        if task.pool is not self._pool and not task.future.done():
            task = self._start(task.documents)  # its workers were killed because of another document
        try:
            outcomes: list[Outcome] = task.future.result(timeout=self._timeout_s + _GRACE_S)
        except (TimeoutError, ProcessExpired, BrokenProcessPool) as error:
            if task.pool is self._pool and (not task.future.done() or isinstance(error, BrokenProcessPool)):
                self.close()
            # A pool breaks when a worker dies before it has said what it works on, which is nobody's fault yet.
            if len(task.documents) > 1 or (isinstance(error, BrokenProcessPool) and not is_retry):
                return [self._outcomes(self._start((one,)), is_retry=True)[0] for one in task.documents]
            is_late = isinstance(error, TimeoutError)
            reason = f"took longer than {self._timeout_s:g} s" if is_late else "the reader crashed"
            return [DocumentError(task.documents[0].path, reason)]
        return outcomes


def hash_picture(data: bytes) -> str:
    """The perceptual hash of an encoded picture in memory, as `Contents.picture_hash`. Costs a worker: 0.3 s.

    Raises:
        SettingsError: It is no picture, or one without any structure to compare.
    """
    with TemporaryDirectory() as folder, ExtractionPool(timeout_s=10.0) as pool:
        path = Path(folder, "picture")
        path.write_bytes(data)
        [(_, outcome)] = pool.read([Document(path, len(data), 0, 0)])
    hint = "Show a photo or a drawing, as JPEG, PNG, WebP, GIF, BMP or TIFF."
    if isinstance(outcome, DocumentError):
        raise SettingsError(f"The picture cannot be read: {outcome.reason}", hint=hint)
    if not outcome.picture_hash:
        raise SettingsError("That is not a picture that can be compared with others", hint=hint)
    return outcome.picture_hash


def _batches(documents: Iterable[Document]) -> Iterator[tuple[Document, ...]]:
    """Small documents that our own code reads go several to a task, all others alone."""
    batch: list[Document] = []
    for document in documents:
        is_small = document.size_bytes <= _BATCH_FILE_BYTES
        if is_small and KIND_OF_FORMAT[kind_of(document.path, b"")] in _BATCH_KINDS:
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


def _read_all(reader: Reader, documents: tuple[Document, ...]) -> list[Outcome]:
    """Runs in the worker."""
    return [_outcome(reader, document) for document in documents]


def _outcome(reader: Reader, document: Document) -> Outcome:
    try:
        return reader(document)
    except DocumentError as error:
        return error
    except MemoryError:
        return DocumentError(document.path, "needs too much memory")


def _prepare_reader(memory_bytes: int) -> None:
    """Runs in a new worker before its first document, and before any library that asks for these."""
    threads = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "OPENCV_FOR_THREADS_NUM")
    os.environ.update(dict.fromkeys(threads, "1"), ORT_DISABLE_TELEMETRY="1")
    prepare_worker(memory_bytes)
