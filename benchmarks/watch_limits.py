"""What watching many folders costs, and whether it comes through a storm: ours beside watchdog as it is.

Each watches the same tree from a process of its own: seconds and memory until it watches, from a change to the call
that tells it, processor time while nothing changes, and a storm that overflows the kernel's queue while the process
stands still: whether and when it hears of a change after that. Then 20,000 paths at once through `Dirt`.

    python benchmarks/watch_limits.py [--folders 10000 100000] [--storm 50000]
"""

import argparse
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import _project  # noqa: F401
from watchdog.events import FileSystemEventHandler
from watchdog.observers import Observer

from watching import Dirt, open_watch
from watching.inotify import limit_of

ROUNDS = 100
IDLE_S = 10.0
PATIENCE_S = 30.0
BURST = 20_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--folders", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--storm", type=int, default=50_000, help="events while the process stands still")
    parser.add_argument("--child", nargs=2, metavar=("WAY", "FOLDER"), help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.child:
        follow(*args.child)
        return
    print(f"watches that a user may have: {limit_of('max_user_watches')}; events kept: {limit_of('max_queued_events')}")
    for folders in args.folders:
        with tempfile.TemporaryDirectory() as name:
            make_tree(Path(name), folders)
            print(f"\n{folders} folders{'':12}ours   watchdog", flush=True)
            ours, theirs = (measure(way, Path(name), args.storm) for way in ("ours", "watchdog"))
            for figure, value in ours.items():
                print(f"  {figure:30} {value:>9}  {theirs[figure]:>9}", flush=True)
    print(f"\n{BURST} paths at once: {burst_ms():.0f} ms from the first call to all of them taken")


def make_tree(folder: Path, folders: int) -> None:
    """Ten in each, down to the number that is wanted."""
    made, pending = 0, [folder]
    while made < folders:
        parent = pending.pop(0)
        for number in range(min(10, folders - made)):
            (parent / f"folder {number}").mkdir()
            pending.append(parent / f"folder {number}")
            made += 1


def measure(way: str, folder: Path, storm: int) -> dict[str, str]:
    command = [sys.executable, __file__, "--child", way, str(folder)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as child:

        def ask(what: str) -> dict[str, float | None]:
            child.stdin.write(f"{what}\n")
            child.stdin.flush()
            return json.loads(child.stdout.readline())

        begun = json.loads(child.stdout.readline())
        told, idle = ask("changes"), ask("idle")
        child.send_signal(signal.SIGSTOP)
        make_storm(folder, storm)
        child.send_signal(signal.SIGCONT)
        after = ask("probe")
        end_s = time.perf_counter()
        child.stdin.close()
        child.wait()
    return {
        "seconds until it watches": f"{begun['s']:.2f}",
        "memory of the process, MB": f"{begun['mb']:.0f}",
        "change to call, median ms": shown(told["median_ms"]),
        "change to call, p95 ms": shown(told["p95_ms"]),
        "processor while idle, %": f"{idle['percent']:.2f}",
        "hears again after the storm, s": shown(after["s"]),
        "and has told of the loss, s": shown(after["lost_s"]),
        "processor seconds for that": f"{after['cpu_s']:.1f}",
        "closed after, s": f"{time.perf_counter() - end_s:.2f}",
    }


def shown(value: float | None) -> str:
    return "never" if value is None else f"{value:.1f}"


def make_storm(folder: Path, events: int) -> None:
    """Files that come, are written and go: four events each."""
    for number in range(events // 3):
        path = folder / f"storm {number}"
        path.touch()
        path.unlink()


class Heard:
    """Paths as they are told; one waits for one of them."""

    def __init__(self) -> None:
        self.lost = threading.Event()
        self._path = ""
        self._came = threading.Event()

    def tell(self, path: str) -> None:
        if path == self._path:
            self._came.set()

    def tell_loss(self, _root: str) -> None:
        self.lost.set()

    def seconds_to_hear_of(self, path: Path) -> float | None:
        """A file is made again and again until it is heard of, as something always happens somewhere."""
        self._came.clear()
        self._path = str(path)
        begun = time.perf_counter()
        while time.perf_counter() - begun < PATIENCE_S:
            path.write_text("")
            if self._came.wait(1.0):
                return time.perf_counter() - begun
        return None


def follow(way: str, folder: str) -> None:
    heard, before_mb, begun = Heard(), memory_mb(), time.perf_counter()
    close = {"ours": open_ours, "watchdog": open_watchdog}[way](Path(folder), heard)
    say({"s": time.perf_counter() - begun, "mb": memory_mb() - before_mb})
    deepest = max((Path(parent) for parent, _, _ in os.walk(folder)), key=lambda path: len(path.parts))
    for line in sys.stdin:
        say({"changes": changes, "idle": idle, "probe": probe}[line.strip()](heard, deepest))
    close()


def open_ours(folder: Path, heard: Heard):
    return open_watch(
        [folder], on_dirty=heard.tell, on_lost=heard.tell_loss, is_left_out=lambda folder: folder.endswith("/.git")
    ).close


def open_watchdog(folder: Path, heard: Heard):
    class Handler(FileSystemEventHandler):
        def on_any_event(self, event) -> None:
            heard.tell(event.src_path)

    observer = Observer()
    observer.schedule(Handler(), str(folder), recursive=True)
    observer.start()

    def close() -> None:
        observer.stop()
        observer.join(PATIENCE_S)

    return close


def changes(heard: Heard, folder: Path) -> dict[str, float | None]:
    seconds = []
    for number in range(ROUNDS):
        took_s = heard.seconds_to_hear_of(folder / f"change {number}")
        if took_s is None:
            return {"median_ms": None, "p95_ms": None}
        seconds.append(took_s)
    seconds.sort()
    return {"median_ms": statistics.median(seconds) * 1000, "p95_ms": seconds[int(0.95 * len(seconds))] * 1000}


def idle(_heard: Heard, _folder: Path) -> dict[str, float | None]:
    begun = time.process_time()
    time.sleep(IDLE_S)
    return {"percent": (time.process_time() - begun) / IDLE_S * 100}


def probe(heard: Heard, folder: Path) -> dict[str, float | None]:
    begun = time.process_time()
    (folder / "new").mkdir()
    woken_s, took_s = time.perf_counter(), heard.seconds_to_hear_of(folder / "probe")
    lost_s = time.perf_counter() - woken_s if heard.lost.wait(PATIENCE_S / 3) else None
    return {"s": took_s, "lost_s": lost_s, "cpu_s": time.process_time() - begun}


def burst_ms() -> float:
    dirt, paths = Dirt(end_is_told=True), [f"/folder {number % 100}/file {number}" for number in range(BURST)]
    begun = time.perf_counter()
    for path in paths:
        dirt.add(path, 0.0)
    taken = dirt.take(1.0)
    took_ms = (time.perf_counter() - begun) * 1000
    if len(taken.paths) != BURST:
        sys.exit("FAILED: not all of them rest")
    return took_ms


def memory_mb() -> float:
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) / 1024


def say(value: dict) -> None:
    print(json.dumps(value), flush=True)


if __name__ == "__main__":
    main()
