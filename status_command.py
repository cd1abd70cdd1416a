"""What `launcher status` does: what is indexed, and what the resident process is doing about it; once, or for as long
as somebody looks."""

import argparse
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.live import Live
from rich.text import Text

import console
import coverage_report
from control import ask
from coverage_report import Coverage
from errors import LauncherError, SettingsError
from index_store import Snapshot, read_index
from settings import Settings

_ROUND_S = 1.0
_COUNTING_SHARE = 10  # counting all documents of a large index may take a tenth of the time
_STATES = {
    "starting": "Starting: it looks what changed while it was away",
    "watching": "Watching",
    "working": "Working",
    "paused": "Paused",
    "aside": "Standing aside while another command writes the index",
}


def run(args: argparse.Namespace, settings: Settings) -> int:
    if args.watch:
        return _watch(args, settings)
    snapshot = read_index(settings.index_dir)
    if snapshot.notice:
        console.say(snapshot.notice)
    coverage = coverage_report.coverage_of(snapshot, settings.index_dir)
    if args.skipped:
        coverage_report.add_left_out(coverage)
    state = _State(coverage, resident_of(settings))
    if args.json:
        console.print_json(state.as_json())
    else:
        coverage_report.print_coverage(coverage)
        console.out.print(state.upkeep())
    return 0


@dataclass(frozen=True, slots=True)
class _State:
    """What is shown at one moment."""

    coverage: Coverage
    resident: Mapping[str, Any] | None  # what the resident process of this index says of itself

    def as_json(self) -> dict[str, Any]:
        return {**coverage_report.as_json(self.coverage), "resident": self.resident}

    def upkeep(self) -> Text:
        return Text("\n").join(Text(console.printable(line)) for line in lines_of(self.resident))

    def shown(self) -> Text:
        with console.out.capture() as captured:
            coverage_report.print_coverage(self.coverage)
        return Text.assemble(Text.from_ansi(captured.get().rstrip()), "\n\n", self.upkeep())


def resident_of(settings: Settings) -> dict[str, Any] | None:
    """What the resident process says of itself; None where there is none for this index, or none that answers."""
    try:
        answer = ask(settings.runtime_dir, "status")
    except LauncherError:
        return None
    return answer if answer.get("index_dir") == str(settings.index_dir) else None


def lines_of(resident: Mapping[str, Any] | None) -> Iterator[str]:
    """What the resident process does, in words; another version of it may say less, or more."""
    if resident is None:
        yield "The launcher is not running, so changes are not followed: launcher launch"
        return
    upkeep: Mapping[str, Any] = resident.get("upkeep") or {}
    yield f"{_doing(upkeep)}{_because(upkeep.get('why'))}."
    if upkeep.get("state") == "paused":
        yield "  launcher resume goes on"
    if upkeep.get("current") and upkeep.get("state") == "working":
        yield f"  {console.shown_path(Path(upkeep['current']))}"
    for folder in upkeep.get("churning") or ():
        yield f"  changes all the time, so it is read more rarely: {folder}"
    if sweep := upkeep.get("last_sweep"):
        yield f"  all folders were compared with the index {_shown_time(sweep)}"
    for notice in upkeep.get("notices") or ():
        yield f"  {notice}"


def _doing(upkeep: Mapping[str, Any]) -> str:
    state, pending = str(upkeep.get("state", "")), upkeep.get("pending", 0)
    doing = _STATES.get(state, "Running")
    if state == "working":
        doing += f"{' slowly' if upkeep.get('pace') == 'slow' else ''}, {_progress(upkeep)}"
    elif state == "watching" and not pending and not upkeep.get("why"):
        doing += ": everything is as it is on the disk"
    return f"{doing}; {pending:,} more changes wait" if pending else doing


def _progress(upkeep: Mapping[str, Any]) -> str:
    title = console.TITLES.get(str(upkeep.get("stage")), "Indexing").lower()
    left_s = upkeep.get("left_s")
    left = f", {console.shown_duration(left_s)} left" if left_s else ""
    return f"{title} {upkeep.get('documents', 0):,} of {upkeep.get('documents_total', 0):,}{left}"


def _because(why: object) -> str:
    return f" ({why})" if why else ""


def _shown_time(iso: str) -> str:
    return f"{datetime.fromisoformat(iso).astimezone():%Y-%m-%d %H:%M}"


# --- for as long as somebody looks ---


def _watch(args: argparse.Namespace, settings: Settings) -> int:
    """Until Ctrl-C."""
    if args.skipped:
        raise SettingsError("Walking over all folders every second is too much.", hint="Leave out --skipped.")
    states = _states(settings)
    if args.json:
        last = None
        for state in states:
            if (value := state.as_json()) != last:
                last = value
                console.print_json(value)
    elif not console.out.is_terminal:
        raise SettingsError("This is no terminal to watch in.", hint="launcher status --watch --json")
    terminal = Console(highlight=False)  # which breaks long lines, and does not cut them off
    with Live(console=terminal, auto_refresh=False, vertical_overflow="crop") as live:
        for state in states:
            live.update(state.shown(), refresh=True)
    return 0


def _states(settings: Settings) -> Iterator[_State]:
    """How it is, about once a second; never ends."""
    snapshot: Snapshot | None = None
    counted_again_s = 0.0
    while True:
        now = snapshot.refreshed() if snapshot else read_index(settings.index_dir)
        if now is not snapshot and time.monotonic() >= counted_again_s:
            started = time.monotonic()
            snapshot, coverage = now, coverage_report.coverage_of(now, settings.index_dir)
            counted_again_s = time.monotonic() + _COUNTING_SHARE * (time.monotonic() - started)
        yield _State(coverage, resident_of(settings))
        time.sleep(_ROUND_S)
