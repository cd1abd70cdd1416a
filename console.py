"""What the terminal shows: tables, progress, errors; and the same as JSON for programs."""

import json
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.live import Live
from rich.markup import escape
from rich.progress import (
    BarColumn,
    DownloadColumn,
    MofNCompleteColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.progress import Progress as RichProgress
from rich.table import Table
from rich.text import Text

from errors import LauncherError
from progress import Progress, Report
from search_engine import Hit
from update_plan import Plan

_FAILURES_SHOWN = 10
_JSON_INTERVAL_S = 1.0
TITLES = {"previews": "Drawing", "pixels": "Looking", "words": "Reading pictures"}  # of stages; the others index

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)


def say(message: str) -> None:
    """A notice beside the result, so that what a program reads on standard output stays clean."""
    err.print(Text(message, style="dim"))


def print_error(error: LauncherError) -> None:
    err.print(Text.assemble(("error: ", "bold red"), error.message))
    if error.hint:
        err.print(Text.assemble(("hint: ", "bold"), error.hint))


def print_json(value: object) -> None:
    print(json.dumps(value, ensure_ascii=True), flush=True)


def print_paths0(hits: Sequence[Hit]) -> None:
    """Bytes as the file system has them: a name need not be valid UTF-8."""
    for hit in hits:
        sys.stdout.buffer.write(bytes(hit.path) + b"\0")
    sys.stdout.buffer.flush()


def print_hits(hits: Sequence[Hit], *, closest: Callable[[Hit], tuple[int, int] | None] | None = None) -> None:
    """The list; with `closest`, which finds the sentence that is nearest to the query, also why each hit is there."""
    if not any(hit.is_likely for hit in hits):
        err.print("Nothing here matches well." if hits else "Nothing found.")
    for number, hit in enumerate(hits, start=1):
        out.print(_headline(number, hit))
        if closest:
            out.print(_explanation(hit, closest(hit)))
        out.print(Text(f"    {shown_path(hit.path.parent)}", style="dim"))
        if hit.passage:
            out.print(_passage(hit))


@contextmanager
def changing_list() -> Iterator[Callable[[Sequence[Hit]], None]]:
    """Yields a function that takes hits; shows a line of each, in a terminal, for as long as they may change."""
    with Live(console=err, transient=True, auto_refresh=False) as live:

        def show(hits: Sequence[Hit]) -> None:
            if err.is_terminal:
                lines = [_headline(number, hit) for number, hit in enumerate(hits, start=1)]
                live.update(Text("\n").join(lines), refresh=True)

        yield show


def _headline(number: int, hit: Hit) -> Text:
    line = Text.assemble((f"{number:2}. ", "dim"), (printable(hit.path.name), "bold" if hit.is_likely else "dim"))
    if hit.is_missing:
        why = "on a drive that is not plugged in" if hit.is_unplugged else "missing"
        line.append(f"  {why}", style="red")
    if hit.second is not None:
        line.append(f"  at {shown_second(hit.second)}", style="cyan")
    elif hit.page_number and hit.page_count > 1:
        line.append(f"  p. {hit.page_number} of {hit.page_count}", style="cyan")
    if hit.others:
        line.append(f"  +{len(hit.others)}", style="cyan")
    about = [hit.kind, f"{hit.modified:%Y-%m-%d}", f"{hit.chance:.0%}"]
    if hit.relevance is not None:
        about.append(f"reranked {hit.relevance:.0%}")
    line.append("  " + " · ".join([*about, "+".join(hit.why)]), style="dim")
    return line


def _explanation(hit: Hit, sentence: tuple[int, int] | None) -> Text:
    """What speaks for it, and how much; the chances of several reasons come together to that of the hit."""
    cosine = [] if hit.cosine is None else [f"cosine {hit.cosine:.2f}"]
    reasons = [
        f"{reason.by}: {reason.says}" if reason.is_boost else f"{reason.by} {reason.chance:.0%}: {reason.says}"
        for reason in hit.reasons
    ]
    nearest = [f"closest: {printable(' '.join(hit.context[slice(*sentence)].split()))}"] if sentence else []
    return Text("    " + "; ".join([*reasons, *cosine, *nearest]), style="cyan")


def shown_second(second: float) -> str:
    """65.2 -> "1:05", as players show it."""
    minutes, seconds = divmod(int(second), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def _passage(hit: Hit) -> Text:
    passage = Text(printable(hit.passage))
    for start, end in hit.marks:
        passage.stylize("bold yellow", start, end)
    return Text.assemble("    ", passage)


def printable(text: str) -> str:
    """Control characters replaced one by one: a file name must not drive the terminal."""
    return "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text)


def shown_path(path: Path) -> str:
    try:
        return printable(f"~/{path.relative_to(Path.home())}")
    except ValueError:
        return printable(str(path))


def hit_as_json(hit: Hit) -> dict[str, Any]:
    return {
        "path": str(hit.path),
        "kind": hit.kind,
        "chance": round(hit.chance, 4),
        "cosine": None if hit.cosine is None else round(hit.cosine, 4),
        "page_number": hit.page_number,
        "page_count": hit.page_count,
        "second": hit.second,
        "passage": hit.passage,
        "marks": hit.marks,
        "size_bytes": hit.size_bytes,
        "modified": hit.modified.isoformat(),
        "is_missing": hit.is_missing,
        "is_unplugged": hit.is_unplugged,
        "others": [str(other.path) for other in hit.others],
        "is_likely": hit.is_likely,
        "relevance": None if hit.relevance is None else round(hit.relevance, 4),
        "why": hit.why,
        "reasons": [reason._asdict() for reason in hit.reasons],
    }


@contextmanager
def progress_bar() -> Iterator[Any]:
    """Yields a function that takes `Progress`; draws only in a terminal."""
    columns = (
        TextColumn("[bold]{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
    )
    with RichProgress(*columns, console=err, disable=not err.is_terminal, transient=True) as bar:
        task = bar.add_task("Indexing", total=None, rate="")

        def update(progress: Progress) -> None:
            rate = _rate(progress)
            title = TITLES.get(progress.stage, "Indexing")
            bar.update(task, description=title, completed=progress.documents, total=progress.documents_total, rate=rate)

        yield update


def _rate(progress: Progress) -> str:
    if progress.stage == "pixels":
        return f"{progress.chunks} pictures, {progress.seconds / max(progress.chunks, 1):.1f} s each"
    if progress.stage == "words":
        return f"words on {progress.chunks} pages"
    made = "thumbnails" if progress.stage == "previews" else "chunks"
    return f"{progress.documents / max(progress.seconds, 0.1):.1f}/s, {progress.chunks} {made}"


@contextmanager
def progress_of_bytes(title: str) -> Iterator[Callable[[int, int], None]]:
    """Yields a function that takes how many bytes are done, and of how many; draws only in a terminal."""
    columns = (TextColumn(f"[bold]{title}"), BarColumn(), DownloadColumn(), TextColumn("left"), TimeRemainingColumn())
    with RichProgress(*columns, console=err, disable=not err.is_terminal, transient=True) as bar:
        task = bar.add_task("", total=None)
        yield lambda done_bytes, total_bytes: bar.update(task, completed=done_bytes, total=total_bytes)


@contextmanager
def progress_lines() -> Iterator[Any]:
    """The same as JSON, a line a second at most."""
    last = 0.0

    def update(progress: Progress) -> None:
        nonlocal last
        if time.monotonic() - last >= _JSON_INTERVAL_S or progress.current is None:
            last = time.monotonic()
            print_json(
                {
                    "event": "progress",
                    "stage": progress.stage,
                    "documents": progress.documents,
                    "documents_total": progress.documents_total,
                    "bytes_done": progress.bytes_done,
                    "bytes_total": progress.bytes_total,
                    "chunks": progress.chunks,
                    "seconds": round(progress.seconds, 1),
                    "failed": progress.failed,
                    "current": str(progress.current or ""),
                }
            )

    yield update


def print_plan(plan: Plan) -> None:
    out.print(f"Would read {len(plan.to_read)} documents ({len(plan.new)} new), remove {len(plan.to_remove)}; ", end="")
    out.print(f"{plan.unchanged} unchanged.")
    for document in plan.to_read:
        out.print(Text(f"  read    {shown_path(document.path)}"))
    for path in plan.to_remove:
        out.print(Text(f"  remove  {shown_path(Path(path))}"))
    print_left_out(plan.left_out)
    _print_problems(plan.problems)


def print_left_out(left_out: Mapping[str, int]) -> None:
    """How many names each rule is against, the most first; a folder counts as one name."""
    for rule, count in sorted(left_out.items(), key=lambda item: (-item[1], item[0])):
        out.print(Text(f"  left out: {printable(rule)} ({count})"))


def plan_as_json(plan: Plan) -> dict[str, Any]:
    return {
        "event": "plan",
        "read": [str(document.path) for document in plan.to_read],
        "remove": list(plan.to_remove),
        "unchanged": plan.unchanged,
        "left_out": plan.left_out,
        "problems": [[str(path), reason] for path, reason in plan.problems],
    }


def print_report(report: Report) -> None:
    counts = f"Indexed {report.indexed}, unchanged {report.unchanged}, removed {report.removed}"
    out.print(f"{counts}, failed {len(report.failed)} in {shown_duration(report.seconds)} ({report.chunks} chunks).")
    _print_stages(report)
    for reason, count in Counter(reason for _, reason in report.failed).most_common():
        out.print(f"  failed: {escape(reason)} ({count})")
    for path, reason in report.failed[:_FAILURES_SHOWN]:
        out.print(Text(f"    {shown_path(path)}: {reason}", style="dim"))
    if len(report.failed) > _FAILURES_SHOWN:
        out.print(Text("    … launcher status --json lists all", style="dim"))
    _print_problems(report.problems)
    if report.interrupted:
        out.print("Stopped. The same command goes on where it stopped.")


def _print_stages(report: Report) -> None:
    if report.reused:
        out.print(f"Moved or copied, so nothing to compute: {report.reused}.")
    if report.thumbnails:
        out.print(f"Kept {report.thumbnails} thumbnails of {report.previewed} documents.")
    if report.views:
        out.print(f"Looked at {report.viewed} documents ({report.views} pictures, pages and frames).")
    if report.recognised:
        out.print(f"Read words in {report.recognised} pictures and scans ({report.recognised_pages} pages).")


def _print_problems(problems: Sequence[tuple[Path, str]]) -> None:
    for path, reason in problems[:_FAILURES_SHOWN]:
        out.print(Text(f"  not seen: {shown_path(path)}: {reason}", style="yellow"))
    if problems:
        out.print("  Nothing in the indexed folders that they are in was taken for deleted.")


def report_as_json(report: Report) -> dict[str, Any]:
    return {
        "event": "report",
        "indexed": report.indexed,
        "reused": report.reused,
        "unchanged": report.unchanged,
        "removed": report.removed,
        "failed": [[str(path), reason] for path, reason in report.failed],
        "problems": [[str(path), reason] for path, reason in report.problems],
        "chunks": report.chunks,
        "previewed": report.previewed,
        "thumbnails": report.thumbnails,
        "viewed": report.viewed,
        "views": report.views,
        "recognised": report.recognised,
        "recognised_pages": report.recognised_pages,
        "embedding_s": round(report.embedding_s, 2),
        "seconds": round(report.seconds, 2),
        "interrupted": report.interrupted,
    }


def shown_duration(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {seconds} s"


def print_table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column)
    for row in rows:
        table.add_row(*(escape(cell) for cell in row))
    out.print(table)
