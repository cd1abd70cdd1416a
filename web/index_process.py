"""Indexing by other runs of the launcher, one after the other.

Such a run hands its work to the resident process where that has the same options of the model (`resident_index`), so
the model is in memory once. What reads documents are workers of their own, which may die; but what crashes in the model
itself then takes the window along, as it would while searching. A pause ends the run that goes on; what was committed
is not done again.
"""

import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from index_store import Root
from settings import Settings
from web.child import Child, Ending, options_of
from web.indexing import IndexingState

_SURE_S = 3.0  # a stage that is younger says nothing of the time that is left


class IndexProcess:
    """An `Indexer`.

    Args:
        settings: Those of now, for each run.
        environ: Of the runs.
    """

    def __init__(self, settings: Callable[[], Settings], environ: Mapping[str, str]) -> None:
        self._settings = settings
        self._environ = environ
        self._lock = threading.RLock()  # of all below
        self._wanted: deque[list[str]] = deque()  # arguments of the runs to come; the first is the one that goes on
        self._child: Child | None = None
        self._is_told_to_end = False  # the child
        self._state = IndexingState()

    def start(self, roots: Sequence[Root] = (), *, retry: bool = False) -> None:
        again = ["--retry"] if retry else []
        runs = [[*again, *options_of_root(root)] for root in roots] or [again]
        with self._lock:
            self._wanted.extend(run for run in runs if run not in self._wanted)
            self._go_on()

    def pause(self) -> None:
        with self._lock:
            if self._state.state != "running":
                return
            self._say(state="paused", left_s=None)
        self._end_child()

    def resume(self) -> None:
        with self._lock:
            if self._state.state == "paused":
                self._go_on()

    def stop(self) -> None:
        with self._lock:
            self._wanted.clear()
            self._say(state="idle", left_s=None)
        self._end_child()

    def progress(self) -> IndexingState:
        with self._lock:
            return self._state

    def _end_child(self) -> None:
        with self._lock:
            child, self._is_told_to_end = self._child, self._child is not None
        if child:
            child.end()  # without the lock, which its last lines need

    def _go_on(self) -> None:
        """Start the next run, unless one goes on, which `_ended` follows."""
        if self._child is None and self._wanted:
            self._state = IndexingState(state="running")
            arguments = ["index", "--json", *options_of(self._settings()), *self._wanted[0]]
            self._child = Child(arguments, self._environ, on_line=self._heard, on_end=self._ended)
        elif self._wanted:
            self._say(state="running")

    def _heard(self, event: dict[str, Any]) -> None:
        if event.get("event") != "progress":
            return
        with self._lock:
            self._say(
                stage=event["stage"],
                documents=event["documents"],
                documents_total=event["documents_total"],
                current=Path(event.get("current") or "").name,
                failed=event.get("failed", 0),
                left_s=_left_s(event),
            )

    def _ended(self, ending: Ending) -> None:
        with self._lock:
            self._child = None
            was_told, self._is_told_to_end = self._is_told_to_end, False
            if not was_told:
                self._wanted.popleft()
                if not ending.is_good:
                    self._wanted.clear()  # the next one would fail as well
                    self._state = IndexingState(problem=ending.error, hint=ending.hint)
            if self._wanted and self._state.state == "running":
                self._go_on()
            elif not self._wanted:
                self._say(state="idle", stage="", current="", left_s=None)

    def _say(self, **facts: Any) -> None:
        self._state = msgspec.structs.replace(self._state, **facts)


def options_of_root(root: Root) -> list[str]:
    """The command line that indexes a folder with the rules that it has in `root`."""
    flags = {
        "--no-recursive": not root.recursive,
        "--include-hidden": root.include_hidden,
        "--no-default-excludes": not root.default_excludes,
    }
    excludes = [f"--exclude={pattern}" for pattern in root.excludes]
    choices = [f"--pages={root.pages}", f"--ocr={root.ocr}", f"--ocr-language={root.ocr_language}"]
    choices.append(f"--archives={root.archives}")
    return [*(flag for flag, is_set in flags.items() if is_set), *excludes, *choices, "--", root.path]


def _left_s(event: Mapping[str, Any]) -> float | None:
    done, total, seconds = event["documents"], event["documents_total"], event["seconds"]
    if not done or seconds < _SURE_S:
        return None
    return float(seconds / done * max(0, total - done))
