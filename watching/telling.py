"""What of watchdog's events is told: paths to look at."""

import os
from collections.abc import Callable
from typing import NamedTuple

from watchdog.events import (
    DirAttribEvent,
    DirModifiedEvent,
    FileAttribEvent,
    FileClosedNoWriteEvent,
    FileCreatedEvent,
    FileOpenedEvent,
    FileSystemEvent,
    FileSystemEventHandler,
)

# That something in a folder changed is told for what changed as well.
_SILENT = (DirModifiedEvent, DirAttribEvent, FileAttribEvent, FileOpenedEvent, FileClosedNoWriteEvent)


class LostEvent(FileSystemEvent):
    """Nobody knows what happened in the root `src_path`."""

    event_type = "lost"


class Listeners(NamedTuple):
    """What the caller wants to be told; see `watching.open_watch`."""

    on_dirty: Callable[[str], None]
    on_new: Callable[[str], None]
    on_lost: Callable[[str], None]
    is_left_out: Callable[[str], bool]


class Teller(FileSystemEventHandler):
    """Turns events into calls."""

    def __init__(self, listeners: Listeners) -> None:
        self._listeners = listeners

    def dispatch(self, event: FileSystemEvent) -> None:
        if isinstance(event, LostEvent):
            self._listeners.on_lost(_text(event.src_path))
        elif isinstance(event, FileCreatedEvent):
            self._listeners.on_new(_text(event.src_path))
        elif not isinstance(event, _SILENT):
            for path in filter(None, (_text(event.src_path), _text(event.dest_path))):
                self._listeners.on_dirty(path)


def _text(path: bytes | str) -> str:
    return path if isinstance(path, str) else os.fsdecode(path)
