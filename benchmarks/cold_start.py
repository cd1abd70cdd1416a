"""How soon the resident process is there, what it holds while idle, and how long a key press waits. Linux only.

    python benchmarks/cold_start.py [--runs 5] [--presses 30]

Seconds from the start of `launcher launch` until it takes commands (its key comes right after), until the page is
served, and until the first search is answered; then its memory, shared pages divided among those who share them. Files
are in the disk's cache. `launcher toggle` is timed as a whole process, with the wrapper and without, against a stand-in
that only answers. The reference of all times is `python -c pass`, measured in turn with them.
"""

import argparse
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import _project  # noqa: F401
import httpx
import process_watch

from control import NotRunning, ask
from control.runtime_dir import make_runtime_dir
from control.server import open_control
from control.window_state import read_state
from settings import PROJECT_DIR

PYTHON = [sys.executable, "-c", "pass"]
LAUNCHER = [sys.executable, str(PROJECT_DIR / "launcher.py")]
WRAPPER = [str(PROJECT_DIR / "launcher")]
QUERY = "emails about chairs"
POLL_S = 0.005


def seconds(command: list[str], environ: dict[str, str]) -> float:
    started = time.perf_counter()
    subprocess.run(command, env=environ, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - started


def wait_for(answer: Callable[[], object], process: subprocess.Popen) -> object:
    while not (given := answer()):
        if process.poll() is not None:
            sys.exit(f"FAILED: launcher launch ended with {process.returncode}")
        time.sleep(POLL_S)
    return given


def command_answer(runtime_dir: Path) -> object:
    with suppress(NotRunning):
        return ask(runtime_dir, "status")
    return None


def cold_start(home: Path, environ: dict[str, str]) -> tuple[list[float], float]:
    """Seconds until commands, page and search are answered; megabytes after that."""
    runtime_dir = home / "run"
    started = time.perf_counter()
    process = subprocess.Popen([*LAUNCHER, "launch", "--window", "none"], env=environ, stderr=subprocess.DEVNULL)
    moments = []
    wait_for(lambda: command_answer(runtime_dir), process)
    moments.append(time.perf_counter() - started)
    state = wait_for(lambda: read_state(runtime_dir), process)
    with httpx.Client(base_url=f"http://127.0.0.1:{state.port}", timeout=120, follow_redirects=True) as client:
        client.get("/", params={"t": state.token}).raise_for_status()
        moments.append(time.perf_counter() - started)
        client.get("/api/search", params={"q": QUERY}).raise_for_status()
        moments.append(time.perf_counter() - started)
    megabytes = sum(map(pss_mb, process_watch.tree(process.pid)))
    subprocess.run([*LAUNCHER, "quit"], env=environ, check=True)
    process.wait()
    return moments, megabytes


def pss_mb(pid: int) -> float:
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    return int(re.search(r"^Pss:\s+(\d+) kB", rollup, re.MULTILINE)[1]) / 1000


def press_times(home: Path, environ: dict[str, str], *, presses: int) -> dict[str, list[float]]:
    """Seconds of `toggle`, with the wrapper and without, and of the reference, in turn."""
    make_runtime_dir(home / "run")
    server = open_control(home / "run", lambda _: {})
    commands = {
        "python -c pass": PYTHON,
        "launcher toggle": [*WRAPPER, "toggle"],
        "launcher.py toggle": [*LAUNCHER, "toggle"],
    }
    times = {name: [] for name in commands}
    for _ in range(presses):
        for name, command in commands.items():
            times[name].append(seconds(command, environ))
    server.close()
    return times


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--presses", type=int, default=30)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        environ = {**os.environ, "LAUNCHER_HOME": home}
        samples = PROJECT_DIR / "samples" / "files"
        subprocess.run(
            [*LAUNCHER, "index", str(samples), "--ocr", "off"], env=environ, check=True, stdout=subprocess.DEVNULL
        )
        references, starts, memory = [], [], []
        for _ in range(args.runs):
            references.append(seconds(PYTHON, environ))
            moments, megabytes = cold_start(Path(home), environ)
            starts.append(moments)
            memory.append(megabytes)
        reference = statistics.median(references)
        for what, times in zip(("commands", "page", "first search"), zip(*starts, strict=True), strict=True):
            median = statistics.median(times)
            print(
                f"{what:13} {median:6.2f} s  {median / reference:6.1f} times python -c pass  (worst {max(times):.2f} s)"
            )
        print(f"memory        {statistics.median(memory):6.0f} MB (proportional set size)")
        shutil.rmtree(Path(home, "run"))
        presses = press_times(Path(home), environ, presses=args.presses)
    reference = statistics.median(presses["python -c pass"])
    for name, times in presses.items():
        median, p95 = statistics.median(times), sorted(times)[int(0.95 * (len(times) - 1))]
        print(f"{name:18} median {median * 1000:4.0f} ms, p95 {p95 * 1000:4.0f} ms, ratio {median / reference:.1f}")


if __name__ == "__main__":
    main()
