"""Have the launcher index a folder of broken and hostile files, and look whether it comes through unharmed.

    python benchmarks/hostile_corpus.py [--quick] [--keep FOLDER]

The real command runs in a home of its own, with its memory watched. What must hold: it ends; every file is indexed,
or reported with a reason, or left out by a rule that is told; no process is left; no worker takes more memory than it
may; nothing is written but in the launcher's home. Then a second run finds next to nothing to do, and the same files
are looked at, as for a model that sees. Prints tables, and exits with 1 when something does not hold.
"""

import argparse
import json
import multiprocessing
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from functools import partial
from multiprocessing.util import get_temp_dir
from pathlib import Path

import _project  # noqa: F401
from format_samples import write_samples
from hostile_folders import SLOW, changing, write_corpus
from outcomes import NOTABLE
from process_watch import Watch, processes_with

from corpus import scan
from errors import DocumentError
from explanation import explain
from extraction.views import ViewOptions
from extraction.workers import ExtractionPool
from index_store import read_index
from models.pictures import PixelLimits, fit_picture
from settings import PROJECT_DIR

WORKER_BYTES = 2 << 30  # the launcher's own limit for a worker
LAUNCHER_BYTES = 1 << 30  # a model, and what workers send: never what a file unpacks to
LOOK_PX = 256 * 256
CHANGING = "changing"
SHARED = (Path("/tmp"), Path("/var/tmp"), Path("/dev/shm"), Path.home(), PROJECT_DIR)


@dataclass(slots=True)
class Result:
    """What came of it: `states` by folder, `reasons` of all that failed, and what does not hold."""

    states: dict[str, Counter[str]] = field(default_factory=dict)
    reasons: Counter[str] = field(default_factory=Counter)
    looks: Counter[str] = field(default_factory=Counter)
    costly: list[str] = field(default_factory=list)  # what cost a worker, or a page
    flaws: list[str] = field(default_factory=list)
    seconds: float = 0.0
    watch: Watch | None = None

    def demand(self, holds: bool, flaw: str) -> None:
        if not holds:
            self.flaws.append(flaw)


class Home:
    """A launcher of its own, in which nothing else of this machine's user is."""

    def __init__(self, folder: Path) -> None:
        self.index_dir = folder / "launcher" / "index"
        self.private = [folder / "user", folder / "tmp", folder / "here"]  # nothing may be left in them
        for place in (*self.private, folder / "launcher"):
            place.mkdir(parents=True)
        self.mark = f"LAUNCHER_HOME={folder / 'launcher'}"
        kept = {name: value for name, value in os.environ.items() if not name.startswith("XDG_")}
        models = os.environ.get("LAUNCHER_MODELS", str(PROJECT_DIR / "models" / "gguf"))
        self.environ = {**kept, "LAUNCHER_HOME": str(folder / "launcher"), "LAUNCHER_MODELS": models}
        self.environ |= {"HOME": str(self.private[0]), "TMPDIR": str(self.private[1]), "PYTHONDONTWRITEBYTECODE": "1"}

    def index(self, *arguments: str) -> subprocess.Popen[str]:
        command = [sys.executable, str(PROJECT_DIR / "launcher.py"), "index", *arguments, "--json"]
        return subprocess.Popen(command, env=self.environ, cwd=self.private[2], stdout=-1, stderr=-1, text=True)


def run(
    folder: Path,
    originals: Sequence[Path],
    *,
    but_not: Collection[str] = (),
    minutes: float = 60,
    ocr: bool = True,
) -> Result:
    """Write the files into `folder`, have them indexed and looked at, and check what must hold."""
    result, home, corpus = Result(), Home(folder / "home"), folder / "corpus"
    write_corpus(corpus, originals, but_not=but_not)
    before = _listing(corpus)
    with changing(corpus / CHANGING, originals):
        report = _indexed(home, [str(corpus), "--ocr", "auto" if ocr else "off"], result, minutes=minutes)
    result.demand(before == _listing(corpus), "a file of the corpus was changed")
    result.demand(
        bool(report) and not report["problems"], f"folders that could not be listed: {report.get('problems')}"
    )
    _check_every_file(home, corpus, result)
    again = _indexed(home, [], Result(flaws=result.flaws), minutes=minutes)
    done_twice = again.get("indexed", 0) + len(again.get("failed", ()))
    changed = sum(1 for _ in (corpus / CHANGING).iterdir())
    result.demand(bool(again) and done_twice <= changed, f"the second run read {done_twice} documents again")
    _look(corpus, result)
    return result


def _indexed(home: Home, arguments: list[str], result: Result, *, minutes: float) -> dict:
    """Run `launcher index` and check what must hold of its processes; its report, empty when there is none."""
    started = time.monotonic()
    process = home.index(*arguments)
    with Watch(process.pid) as watch:
        try:
            output, errors = process.communicate(timeout=minutes * 60)
        except subprocess.TimeoutExpired:
            process.kill()
            output, errors = process.communicate()
            result.flaws.append(f"the run did not end within {minutes} minutes")
    result.seconds, result.watch = time.monotonic() - started, watch
    result.demand(process.returncode == 0, f"exit code {process.returncode}: {errors[-500:]}")
    result.demand(not (left := processes_with(home.mark)), f"processes are left: {left}")
    result.demand(watch.child_bytes <= WORKER_BYTES, f"a worker took {watch.child_bytes >> 20} MB")
    result.demand(watch.own_bytes <= LAUNCHER_BYTES, f"the launcher took {watch.own_bytes >> 20} MB")
    for place in home.private:
        result.demand(not (left := sorted(place.rglob("*"))), f"left behind: {left[:5]}")
    events = [json.loads(line) for line in output.splitlines()]
    return events[-1] if events and events[-1]["event"] == "report" else {}


def _names(folder: Path) -> set[str]:
    return {entry.name for entry in folder.iterdir()} if folder.is_dir() else set()


def _listing(folder: Path) -> dict[str, tuple[int, int, int]]:
    """Everything below but what is meant to change: name -> mode, size, time of change."""
    listing = {}
    for place, folders, files in os.walk(folder):
        if CHANGING in folders:
            folders.remove(CHANGING)
        for name in (*folders, *files):
            status = os.lstat(os.path.join(place, name))
            if name != CHANGING:
                listing[os.path.join(place, name)] = (status.st_mode, status.st_size, status.st_mtime_ns)
    return listing


def _check_every_file(home: Home, corpus: Path, result: Result) -> None:
    snapshot = read_index(home.index_dir)
    for place, folders, files in os.walk(corpus):
        links = [path for path in (Path(place, name) for name in folders) if path.is_symlink()]
        for path in (*(Path(place, name) for name in files), *links):
            group = path.relative_to(corpus).parts[0]
            told = explain(path, snapshot, index_dir=home.index_dir)
            result.states.setdefault(group, Counter())[told.state] += 1
            if told.state == "failed":
                result.reasons[told.why] += 1
            if told.why.startswith(NOTABLE) or (told.record and told.record.lost_pages):
                result.costly.append(f"{group}/{path.name}: {told.why}")
            allowed = {"indexed", "failed", "left out"} | ({"new", "waiting"} if group == CHANGING else set())
            result.demand(told.state in allowed and bool(told.why), f"{told.state}: {path.name!r}")


def _look(corpus: Path, result: Result) -> None:
    """Draw everything, as for a model that sees."""
    fit: Callable = partial(fit_picture, limits=PixelLimits(max_px=LOOK_PX))
    documents = scan(corpus).documents
    with Watch(os.getpid()) as watch, ExtractionPool(workers=2) as pool:
        for document, views in pool.views(documents, ViewOptions(fit=fit, max_px=LOOK_PX, pages="both")):
            if isinstance(views, DocumentError):
                if views.reason.startswith(NOTABLE):
                    result.costly.append(f"{document.path.parent.name}/{document.path.name}, looked at: {views.reason}")
                result.looks[f"failed: {views.reason}"] += 1
            else:
                result.looks["seen" if views else "nothing to see"] += 1
    result.demand(watch.child_bytes <= WORKER_BYTES, f"a worker that looked took {watch.child_bytes >> 20} MB")
    left = [child.name for child in multiprocessing.active_children()]
    result.demand(not left, f"workers that looked are left: {left}")
    result.demand(sum(result.looks.values()) == len(documents), "not every file was looked at")


def print_result(result: Result) -> None:
    print("\n| folder | files | indexed | failed | left out | not seen |\n|---|---|---|---|---|---|")
    total: Counter[str] = Counter()
    for group, states in sorted(result.states.items()):
        total.update(states)
        print(_row(group, states))
    print(_row("all", total))
    for title, counts in (("why reading failed", result.reasons), ("what looking gave", result.looks)):
        print(f"\n| {title} | files |\n|---|---|")
        for reason, count in counts.most_common():
            print(f"| {reason} | {count} |")
    for what in result.costly:
        print(f"cost a worker: {what}")
    if watch := result.watch:
        sizes = {"a worker": watch.child_bytes, "the launcher": watch.own_bytes, "all together": watch.total_bytes}
        most = ", ".join(f"{name} {size >> 20} MB" for name, size in sizes.items())
        print(f"\nIndexed in {result.seconds:.0f} s; at most {most}.")
    if os.geteuid() != 0:
        print("No devices were among the files: making them needs root.")
    for flaw in result.flaws:
        print(f"DOES NOT HOLD: {flaw}")
    print("FAILED" if result.flaws else "PASSED: every file was indexed, or reported with its reason.")


def _row(name: str, states: Counter[str]) -> str:
    counts = (states[state] for state in ("indexed", "failed", "left out", "new"))
    return f"| {name} | {sum(states.values())} | {' | '.join(str(count or '-') for count in counts)} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="without what takes seconds to write or to read")
    parser.add_argument(
        "--alone", action="store_true", help="nobody else uses this machine: what is new in its shared folders is ours"
    )
    parser.add_argument("--keep", type=Path, help="a new folder for the files and the index, kept afterwards")
    parser.add_argument("--originals", type=Path, default=PROJECT_DIR / "samples" / "files", help="what is damaged")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch, tempfile.TemporaryDirectory() as samples:
        originals = sorted(path for path in args.originals.rglob("*") if path.is_file() and path.stat().st_size)
        originals += write_samples(Path(samples))
        get_temp_dir()  # our own workers' folder, made in time to be no news
        shared = {place: _names(place) for place in SHARED if args.alone}
        result = run(args.keep or Path(scratch), originals, but_not=SLOW if args.quick else (), ocr=not args.quick)
        for place, before in shared.items():
            result.demand(not (new := _names(place) - before), f"new in {place}: {sorted(new)[:5]}")
    print_result(result)
    sys.exit(1 if result.flaws else 0)


if __name__ == "__main__":
    main()
