"""What `launcher index` does: the stages of a run, one after the other, over the folders that are named."""

import argparse
import signal
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import console
from corpus import check_root
from errors import EXIT_INTERRUPTED, IndexMissing, SettingsError
from extraction.ocr import MEMORY_BYTES, is_installed
from extraction.workers import ExtractionPool, Limits
from index_store import IndexWriter, Root, create_or_open_index, read_index
from indexer import Indexing
from models.embedder import Embedder
from previewing import Previewing
from progress import Report
from recognising import Recognising
from settings import Settings
from startup import fingerprint_of_index, open_embedder
from update_plan import plan_update
from viewing import Viewing


def run(args: argparse.Namespace, settings: Settings) -> int:
    named = [_root(check_root(folder), args) for folder in args.folders]
    if args.dry_run:
        return _dry_run(named, args, settings)
    embedder = open_embedder(settings, say=console.say, indexed=fingerprint_of_index(settings.index_dir))
    with create_or_open_index(settings.index_dir, fingerprint=embedder.fingerprint) as writer:
        all_roots = _merged(writer.snapshot.roots, named)
        report = bring_up_to_date(writer, embedder, args, settings, roots=(named or all_roots, all_roots))
    return _reported(report, args)


def _dry_run(named: list[Root], args: argparse.Namespace, settings: Settings) -> int:
    try:
        snapshot = read_index(settings.index_dir)
        indexed = {record.path: record for _, record in snapshot.documents()}
        known = snapshot.roots
    except IndexMissing:
        indexed, known = {}, ()
    all_roots = _merged(known, named)
    plan = plan_update(named or all_roots, indexed, all_roots=all_roots, skip=[settings.index_dir], retry=args.retry)
    if args.json:
        console.print_json(console.plan_as_json(plan))
    else:
        console.print_plan(plan)
    return 0


def bring_up_to_date(
    writer: IndexWriter,
    embedder: Embedder,
    args: argparse.Namespace,
    settings: Settings,
    *,
    roots: tuple[list[Root], list[Root]],
) -> Report:
    """All stages over the first of `roots`, the second being all of the index; `args` as of `launcher index`."""
    these, all_roots = roots
    if not these:
        raise SettingsError("The index has no folders yet.", hint="launcher index ~/Documents")
    indexed = {record.path: record for _, record in writer.snapshot.documents()}
    plan = plan_update(these, indexed, all_roots=all_roots, skip=[settings.index_dir], retry=args.retry)
    progress = console.progress_lines if args.json else console.progress_bar
    with _stop_on_signals() as stop, progress() as on_progress, _reading_pool(args, settings) as pool:
        if plan.to_read:
            pool.start()  # while the names are committed
        run = Indexing(writer, embedder, on_progress=on_progress, should_stop=stop.is_set)
        report = run.run(plan, pool, roots=all_roots)
        if not report.interrupted:
            previews = Previewing(writer, on_progress=on_progress, should_stop=stop.is_set)
            previews.run(these, pool, report, retry=args.retry)
        if embedder.sees_pictures and not report.interrupted:
            Viewing(writer, embedder, on_progress=on_progress, should_stop=stop.is_set).run(these, pool, report)
        pool.close()  # what reads words needs the memory
        words = Recognising(
            writer, embedder, threads=settings.thread_count, on_progress=on_progress, should_stop=stop.is_set
        )
        _read_words(words, these, report, args)
        writer.compact(should_stop=stop.is_set)
    return report


def _reading_pool(args: argparse.Namespace, settings: Settings) -> ExtractionPool:
    workers = args.workers or max(1, settings.thread_count // 2)
    return ExtractionPool(workers=workers, limits=Limits(args.time_limit, args.memory_limit << 20))


def _read_words(words: Recognising, roots: list[Root], report: Report, args: argparse.Namespace) -> None:
    if report.interrupted:
        return
    if is_installed():
        limits = Limits(args.time_limit, max(MEMORY_BYTES, args.memory_limit << 20))
        with ExtractionPool(limits=limits) as pool:
            words.run(roots, pool, report)
    elif words.has_work(roots):
        console.say("Words in pictures are not read: rapidocr and onnxruntime are not installed on this machine.")


def _reported(report: Report, args: argparse.Namespace) -> int:
    if args.json:
        console.print_json(console.report_as_json(report))
    else:
        console.print_report(report)
    if report.interrupted:
        return EXIT_INTERRUPTED
    return 1 if report.nothing_succeeded else 0


@contextmanager
def _stop_on_signals() -> Iterator[threading.Event]:
    """Set at the first Ctrl-C or SIGTERM, so that the commit under way is finished; the second ends at once."""
    stop = threading.Event()

    def on_signal(number: int, _: object) -> None:
        if stop.is_set() and number == signal.SIGINT:
            raise KeyboardInterrupt
        stop.set()

    before = {number: signal.signal(number, on_signal) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, action in before.items():
            signal.signal(number, action)


def _root(folder: Path, args: argparse.Namespace) -> Root:
    return Root(
        path=str(folder),
        recursive=args.recursive,
        include_hidden=args.include_hidden,
        excludes=tuple(args.exclude),
        default_excludes=args.default_excludes,
        pages=args.pages,
        archives=args.archives,
        ocr=args.ocr,
        ocr_language=args.ocr_language,
    )


def _merged(known: Sequence[Root], named: Sequence[Root]) -> list[Root]:
    """All roots, the named ones with their new rules."""
    merged = {root.path: root for root in (*known, *named)}
    return [merged[path] for path in sorted(merged)]
