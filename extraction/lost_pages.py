"""Pages that hang or crash their reader cost themselves, not the document that they are in.

Nothing stops a library that does not return, so the worker dies with its page: by a timer of the kernel, or of the
crash. A note in memory that it shares with the process that started it says which page that was, and the document is
read again without it (`extraction.workers`). Outside of workers nothing of this happens.
"""

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from ctypes import Array, c_longlong
from dataclasses import dataclass, field
from multiprocessing.sharedctypes import RawArray

MOST_LOST = 3  # pages of one document; each costs a worker
HAS_TIMER = hasattr(signal, "setitimer")  # not on Windows: there a page may take as long as its document
_READING_SHARE = 0.75  # of a document's time; what is left is for what is done with all its pages

Notes = Array[c_longlong]  # for each task in turn its number, and the page that it is at or 0


class PageLost(Exception):
    """A page is left out: it took too long before, or crashed the reader."""


@dataclass(slots=True)
class _Watch:
    notes: Notes
    place: int
    page_s: float
    deadline: float
    lost: frozenset[int]
    met: list[int] = field(default_factory=list)  # of the lost ones


_notes: ContextVar[Notes | None] = ContextVar("notes", default=None)
_watch: ContextVar[_Watch | None] = ContextVar("watch", default=None)


def new_notes(tasks: int) -> Notes:
    """Made by the process that starts the workers, for as many tasks as are in flight at most."""
    return RawArray(c_longlong, 2 * tasks)


def page_in(notes: Notes, task: int) -> int:
    """The page that a task was at when its worker ended; 0 when it was at none."""
    place = _place(notes, task)
    return notes[place + 1] if notes[place] == task else 0


def share_notes(notes: Notes) -> None:
    """Runs in a new worker."""
    _notes.set(notes)


@contextmanager
def watched(task: int, *, time_s: float, page_s: float, lost: tuple[int, ...]) -> Iterator[None]:
    """While this lasts, in a worker, `at_page` takes note of pages.

    Args:
        task: Its number, from 1.
        time_s: After which the worker is killed.
        page_s: The same for one page.
        lost: Pages that are left out.
    """
    notes = _notes.get()
    if notes is None:
        yield
        return
    place = _place(notes, task)
    notes[place : place + 2] = [task, 0]
    deadline = time.monotonic() + _READING_SHARE * time_s
    token = _watch.set(_Watch(notes, place, page_s if page_s < time_s else 0.0, deadline, frozenset(lost)))
    try:
        yield
    finally:
        _watch.reset(token)


@contextmanager
def at_page(number: int) -> Iterator[None]:
    """Around the work on one page; within that on another one nothing.

    Args:
        number: From 1, or from -1 downwards for a part that is no page, such as a document in an archive.

    Raises:
        PageLost: It is to be left out.
    """
    watch = _watch.get()
    if watch is None or watch.notes[watch.place + 1]:
        yield
        return
    if number in watch.lost:
        watch.met.append(number)
        raise PageLost
    watch.notes[watch.place + 1] = number
    if HAS_TIMER:
        signal.setitimer(signal.ITIMER_REAL, watch.page_s)
    try:
        yield
    finally:
        if HAS_TIMER:
            signal.setitimer(signal.ITIMER_REAL, 0)
        watch.notes[watch.place + 1] = 0


def pages_left_out() -> tuple[int, ...]:
    """Of the document that is being read, up to now."""
    watch = _watch.get()
    return tuple(number for number in watch.met if number > 0) if watch else ()


def is_late() -> bool:
    """Whether no further page should be begun, or the document would take longer than it may."""
    watch = _watch.get()
    return watch is not None and time.monotonic() > watch.deadline


def _place(notes: Notes, task: int) -> int:
    return 2 * (task % (len(notes) // 2))
