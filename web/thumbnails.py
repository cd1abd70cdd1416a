"""Small pictures of documents' pages, made in worker processes and kept in memory.

The page never gets a file's own bytes: everything is decoded and encoded again, in a process
that a hostile file may hang or crash without harm.
"""

import logging
import stat
import threading
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path

from pebble import ProcessExpired, ProcessPool

from errors import DocumentError
from extraction.isolation import prepare_worker, start_context
from extraction.rendering import render_page

WORKERS = 2  # one may be stuck in a hostile file for as long as TIME_LIMIT_S
TASKS_PER_WORKER = 500
TIME_LIMIT_S = 10.0
CACHE_LIMIT_BYTES = 48 * 1024 * 1024
FILE_LIMIT_BYTES = 2 * 1024**3
WORKER_MEMORY_BYTES = 2 * 1024**3
WORKER_NICENESS = 5  # a person waits for these, and nobody for those that index

Renderer = Callable[[Path, str, int, int], bytes]  # path, kind, page_number, size_px
_Version = tuple[int, int]  # mtime in nanoseconds, size in bytes
_Key = tuple[Path, int, int, _Version]  # path, page, pixels

log = logging.getLogger(__name__)


class Thumbnails:
    """Pictures of pages, each rendered once for as long as it stays in the cache.

    Workers start with the first picture and are stopped by `close`.

    Args:
        render: What runs in the workers: a function at the top of an importable module.
        time_limit_s: After this long a worker is given up together with its file.
    """

    def __init__(self, *, render: Renderer = render_page, time_limit_s: float = TIME_LIMIT_S) -> None:
        self._render_page = render
        self._time_limit_s = time_limit_s
        self._pool = _new_pool()
        self._is_closed = False
        self._pictures: OrderedDict[_Key, bytes] = OrderedDict()  # b"": none can be made
        self._lock = threading.Lock()

    def thumbnail(self, path: Path, kind: str, page_number: int, size_px: int) -> bytes | None:
        """A WebP picture at most `size_px` long, or None where none can be made. Blocks until it is there."""
        version = _version(path)
        if version is None:
            return None
        key = (path, page_number, size_px, version)
        with self._lock:
            picture = self._pictures.get(key)
        if picture is None:
            picture = self._render(path, kind, page_number, size_px)
            self._keep(key, picture)
        return picture or None

    def close(self) -> None:
        with self._lock:
            self._is_closed = True
        _stop(self._pool)

    def _render(self, path: Path, kind: str, page_number: int, size_px: int) -> bytes:
        for _ in range(2):
            pool = self._pool
            try:
                task = pool.schedule(
                    self._render_page, args=(path, kind, page_number, size_px), timeout=self._time_limit_s
                )
                picture: bytes = task.result()
            except (DocumentError, ProcessExpired, TimeoutError, MemoryError) as error:
                log.info("page %d cannot be shown: %s", page_number, error)
                return b""
            except RuntimeError as error:  # BrokenProcessPool is one: a worker died before it said what it works on
                log.info("the workers are started anew: %s", error)
                self._replace(pool)
            else:
                return picture
        return b""

    def _replace(self, broken: ProcessPool) -> None:
        with self._lock:
            if self._pool is not broken or self._is_closed:
                return
            self._pool = _new_pool()
        _stop(broken)

    def _keep(self, key: _Key, picture: bytes) -> None:
        with self._lock:
            self._pictures[key] = picture
            total_bytes = sum(map(len, self._pictures.values()))
            while total_bytes > CACHE_LIMIT_BYTES:
                total_bytes -= len(self._pictures.popitem(last=False)[1])


def _new_pool() -> ProcessPool:
    return ProcessPool(
        max_workers=WORKERS,
        max_tasks=TASKS_PER_WORKER,
        initializer=prepare_worker,
        initargs=(WORKER_MEMORY_BYTES, WORKER_NICENESS),
        context=start_context(),
    )


def _stop(pool: ProcessPool) -> None:
    pool.stop()
    pool.join()


def _version(path: Path) -> _Version | None:
    """None unless it is a file that is safe to open: a pipe would block whoever opens it."""
    try:
        status = path.stat()
    except OSError:
        return None
    if not stat.S_ISREG(status.st_mode) or status.st_size > FILE_LIMIT_BYTES:
        return None
    return status.st_mtime_ns, status.st_size
