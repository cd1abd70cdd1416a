"""What `launcher index` does: hands the work to the resident process, or does it, and shows how far it is."""

import argparse
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path

import console
import index_run
from control import Event, NotRunning, connected, stood_aside
from corpus import check_root
from errors import EXIT_INTERRUPTED, IndexMissing, SettingsError
from index_job import IndexJob, as_message, model_choices, progress_of, report_of
from index_run import Watcher, merged_roots, options_of
from index_store import IndexWriter, Root, create_or_open_index, read_index
from models.embedder import Embedder
from progress import Progress, Report
from service.journal import open_journal
from settings import Settings
from startup import fingerprint_of_index, open_embedder
from update_plan import plan_update


def run(args: argparse.Namespace, settings: Settings) -> int:
    named = [_root(check_root(folder), args) for folder in args.folders]
    if args.dry_run:
        return _dry_run(named, args, settings)
    return _reported(_handed_over(named, args, settings) or _done_here(named, args, settings), args)


def _done_here(named: list[Root], args: argparse.Namespace, settings: Settings) -> Report:
    embedder = open_embedder(settings, say=console.say, indexed=fingerprint_of_index(settings.index_dir))
    with (
        stood_aside(settings.runtime_dir),
        create_or_open_index(settings.index_dir, fingerprint=embedder.fingerprint) as writer,
    ):
        all_roots = merged_roots(writer.snapshot, named)
        return bring_up_to_date(writer, embedder, args, settings, roots=(named or all_roots, all_roots))


def _dry_run(named: list[Root], args: argparse.Namespace, settings: Settings) -> int:
    try:
        snapshot = read_index(settings.index_dir)
    except IndexMissing:
        snapshot = None
    all_roots = merged_roots(snapshot, named)
    plan = plan_update(named or all_roots, snapshot, all_roots=all_roots, skip=[settings.index_dir], retry=args.retry)
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
    options = options_of(args, threads=settings.thread_count)
    with (
        open_journal(writer.directory, settings.log_dir, retry=args.retry) as journal,
        _stop_on_signals() as stop,
        _progress(args) as on_progress,
    ):
        watcher = Watcher(on_progress, stop.is_set, console.say, working_on=journal.working_on)
        return index_run.bring_up_to_date(writer, embedder, options, watcher, roots=roots)


def _handed_over(named: list[Root], args: argparse.Namespace, settings: Settings) -> Report | None:
    """Done by the resident process, which has the model in memory already; None where there is none that can."""
    options = options_of(args, threads=settings.thread_count)
    job = as_message(IndexJob(str(settings.index_dir), named, options, model_choices(settings)))
    try:
        with (
            connected(settings.runtime_dir) as connection,
            _stop_on_signals(connection.stop),
            _progress(args) as on_progress,
        ):
            answer = connection.ask("index", on_event=partial(_heard, on_progress), job=job)
    except (NotRunning, SettingsError):  # nobody is there, or somebody who is not to be trusted
        return None
    if "declined" in answer:
        console.say(answer["declined"])
        return None
    return report_of(answer["report"])


def _heard(on_progress: Callable[[Progress], None], event: Event) -> None:
    if "say" in event:
        console.say(event["say"])
    else:
        on_progress(progress_of(event["progress"]))


def _progress(args: argparse.Namespace) -> AbstractContextManager[Callable[[Progress], None]]:
    return console.progress_lines() if args.json else console.progress_bar()


def _reported(report: Report, args: argparse.Namespace) -> int:
    if args.json:
        console.print_json(console.report_as_json(report))
    else:
        console.print_report(report)
    if report.interrupted:
        return EXIT_INTERRUPTED
    return 1 if report.nothing_succeeded else 0


@contextmanager
def _stop_on_signals(on_stop: Callable[[], None] = lambda: None) -> Iterator[threading.Event]:
    """Set at the first Ctrl-C or SIGTERM, so that the commit under way is finished; the second ends at once."""
    stop = threading.Event()

    def on_signal(number: int, _: object) -> None:
        if stop.is_set() and number == signal.SIGINT:
            raise KeyboardInterrupt
        stop.set()
        on_stop()

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
