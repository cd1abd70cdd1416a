"""The stages of `launcher index`, one after the other, whoever asked for them; it prints nothing."""

import argparse
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from typing import TypedDict

import msgspec

from corpus import Contents, Document, Thumbnail
from errors import DocumentError, SettingsError
from extraction.ocr import MEMORY_BYTES, is_installed
from extraction.views import View, ViewOptions
from extraction.workers import ExtractionPool, Limits
from index_store import IndexWriter, Root, Snapshot
from indexer import Indexing
from models.embedder import Embedder
from previewing import Previewing
from progress import Progress, Report, WorkingOn
from reading_order import Wanted, wanted_first
from recognising import Recognising
from update_plan import Plan, plan_update
from viewing import Viewing
from volumes import OTHER_DRIVE, is_renamed, why_not_there, with_volume
from yardstick import keep_kinship


@dataclass(frozen=True, slots=True)
class RunOptions:
    """How the work is done; none of it is kept with the index."""

    retry: bool
    time_limit: float  # seconds
    memory_limit: int  # MB
    workers: int
    threads: int


class _Heard(TypedDict):
    on_progress: Callable[[Progress], None]
    should_stop: Callable[[], bool]
    give_way: Callable[[], None]


@dataclass(frozen=True, slots=True)
class Watcher:
    """Whoever wants to know how far a run is, and may end it.

    Attributes:
        give_way: Called between two documents, batches and pictures, and while a worker is waited for: what is more
            urgent is done first, also to the same index.
        wanted: What goes first in every stage, of what is still to be done.
    """

    on_progress: Callable[[Progress], None]
    should_stop: Callable[[], bool]
    say: Callable[[str], None]
    give_way: Callable[[], None] = lambda: None
    working_on: WorkingOn = lambda _: nullcontext()
    wanted: Wanted = tuple


@dataclass(frozen=True, slots=True)
class _WantedFirst:
    """A pool that is given documents in another order than it is asked for them: what is wanted by then goes first."""

    pool: ExtractionPool
    wanted: Wanted

    def read(self, documents: Iterable[Document]) -> Iterator[tuple[Document, Contents | DocumentError]]:
        return self.pool.read(wanted_first(documents, self.wanted))

    def thumbnails(
        self, documents: Iterable[Document]
    ) -> Iterator[tuple[Document, tuple[Thumbnail, ...] | DocumentError]]:
        return self.pool.thumbnails(wanted_first(documents, self.wanted))

    def views(
        self, documents: Iterable[Document], options: ViewOptions
    ) -> Iterator[tuple[Document, tuple[View, ...] | DocumentError]]:
        return self.pool.views(wanted_first(documents, self.wanted), options)


def options_of(args: argparse.Namespace, *, threads: int) -> RunOptions:
    """Those of a command line of `launcher index`."""
    workers = args.workers or max(1, threads // 2)
    return RunOptions(args.retry, args.time_limit, args.memory_limit, workers, threads)


def bring_up_to_date(
    writer: IndexWriter,
    embedder: Embedder,
    options: RunOptions,
    watcher: Watcher,
    *,
    roots: tuple[list[Root], list[Root]],
) -> Report:
    """All stages over the first of `roots`, the second being all of the index.

    Raises:
        SettingsError: There are none.
        IndexUnwritable: The disk is full; everything up to the last commit is kept.
    """
    these, all_roots = roots
    if not these:
        raise SettingsError("The index has no folders yet.", hint="launcher index ~/Documents")
    plan = plan_update(these, writer.snapshot, all_roots=all_roots, skip=[writer.directory], retry=options.retry)
    stages = Stages(writer, embedder, options, watcher)
    with reading_pool(options, while_waiting=watcher.give_way) as pool:
        report = stages.read(plan, pool, roots=all_roots)
        stages.look(these, pool, report)
    stages.settle()
    return report


class Stages:
    """What is done to documents, one stage after the other; those before stay done, whatever stops it.

    Args:
        writer: Of the index; others may commit with it whenever `watcher.give_way` is called.
    """

    def __init__(self, writer: IndexWriter, embedder: Embedder, options: RunOptions, watcher: Watcher) -> None:
        self._writer = writer
        self._embedder = embedder
        self._options = options
        self._watcher = watcher

    def read(self, plan: Plan, pool: ExtractionPool, *, roots: Sequence[Root]) -> Report:
        """The names and the text of what a plan says; `roots` are all of the index from now on."""
        if plan.to_read:
            pool.start()  # while the names are committed
        watcher = self._watcher
        run = Indexing(
            self._writer,
            self._embedder,
            on_progress=watcher.on_progress,
            should_stop=watcher.should_stop,
            working_on=watcher.working_on,
            give_way=watcher.give_way,
        )
        return run.run(plan, _WantedFirst(pool, watcher.wanted), roots=roots)

    def look(
        self, roots: Sequence[Root], pool: ExtractionPool, report: Report, *, paths: Collection[str] | None = None
    ) -> None:
        """Previews, pixels and words of all documents under `roots`, or of those at `paths`, unless it was stopped."""
        watcher = self._watcher
        heard: _Heard = {
            "on_progress": watcher.on_progress,
            "should_stop": watcher.should_stop,
            "give_way": watcher.give_way,
        }
        in_order = _WantedFirst(pool, watcher.wanted)
        if not report.interrupted:
            previews = Previewing(self._writer, **heard)
            previews.run(roots, in_order, report, retry=self._options.retry, paths=paths)
        if self._embedder.sees_pictures and not report.interrupted:
            viewing = Viewing(self._writer, self._embedder, working_on=watcher.working_on, **heard)
            viewing.run(roots, in_order, report, paths=paths)
        words = Recognising(self._writer, self._embedder, working_on=watcher.working_on, wanted=watcher.wanted, **heard)
        if not report.interrupted and words.has_work(roots, paths):
            pool.close()  # what reads words needs the memory
        if not report.interrupted:
            self._read_words(words, roots, report, paths)

    def settle(self) -> None:
        """What keeps the index quick to search."""
        self._writer.compact(should_stop=self._watcher.should_stop)
        if not self._watcher.should_stop():
            keep_kinship(self._writer, with_pictures=self._embedder.sees_pictures)

    def _read_words(
        self, words: Recognising, roots: Sequence[Root], report: Report, paths: Collection[str] | None
    ) -> None:
        options = self._options
        if is_installed():
            limits = Limits(options.time_limit, max(MEMORY_BYTES, options.memory_limit << 20))
            with ExtractionPool(limits=limits, while_waiting=self._watcher.give_way) as pool:
                words.run(roots, pool, report, threads=options.threads, paths=paths)
        elif words.has_work(roots, paths):
            self._watcher.say(
                "Words in pictures are not read: rapidocr and onnxruntime are not installed on this machine."
            )


def merged_roots(snapshot: Snapshot | None, named: Sequence[Root]) -> list[Root]:
    """All roots, the named ones with their new rules, each with the volume that it was indexed on.

    Args:
        snapshot: The index; None where there is none yet.
        named: Those of a command.
    """
    known = {root.path: _as_it_is_called(root, snapshot) for root in snapshot.roots} if snapshot else {}
    merged = known | {root.path: root for root in named}
    return [with_volume(merged[path], known.get(path)) for path in sorted(merged)]


def _as_it_is_called(root: Root, snapshot: Snapshot) -> Root:
    if why_not_there(root) != OTHER_DRIVE:
        return root
    found = map(snapshot.find, snapshot.paths_under(root.path))
    documents = [known[1].document for known in found if known]
    return msgspec.structs.replace(root, volume="") if is_renamed(root, documents) else root


def reading_pool(options: RunOptions, *, while_waiting: Callable[[], None] = lambda: None) -> ExtractionPool:
    limits = Limits(options.time_limit, options.memory_limit << 20)
    return ExtractionPool(workers=options.workers, limits=limits, while_waiting=while_waiting)
