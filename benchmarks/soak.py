"""What the resident launcher holds while files change all the time: memory, descriptors, threads, files. Linux only.

    python benchmarks/soak.py [--minutes 30]

The changes are those of storm.py, but their number stays: what is made is deleted again. Searches go on meanwhile.
Looked at every ten seconds; the first sixth counts as warming up, and of the rest the first third is compared with the
last. FAILED is what has grown by more than a tenth, and by more than what is named below.
"""

import argparse
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

import _project  # noqa: F401
import process_watch
from cold_start import pss_mb
from live import Live
from storm import Storm

LOOK_S = 10.0
PAUSE_S = 0.05  # between two changes
FILES = 2_000
GROWN = 1.1
AT_LEAST = {"memory, MB": 10, "descriptors": 5, "threads": 2, "temporary files": 3, "index, MB": 5}


class Held(NamedTuple):
    """In the order of AT_LEAST."""

    memory_mb: float  # proportional set size, with its workers
    descriptors: int
    threads: int
    temporary: int
    index_mb: float


def held(live: Live, temporary: Path) -> Held:
    pid = live.pid
    memory = 0.0
    for each in process_watch.tree(pid):
        try:
            memory += pss_mb(each)
        except OSError:
            continue  # a worker that has just ended
    sizes = [path.stat().st_size for path in live.index_dir.rglob("*") if path.is_file()]
    return Held(
        memory,
        len(list(Path(f"/proc/{pid}/fd").iterdir())),
        len(list(Path(f"/proc/{pid}/task").iterdir())),
        sum(1 for _ in temporary.rglob("*")),
        sum(sizes) / 1e6,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=30)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        root, outside, temporary = (Path(name, folder) for folder in ("root", "outside", "temporary"))
        for folder in (root, outside, temporary):
            folder.mkdir()
        (root / "first.txt").write_text("The first of all.")
        with Live(Path(name, "home")) as live:
            live.environ["TMPDIR"] = str(temporary)
            live.index(str(root))
            live.start()
            looks, storm, ends, next_look = [], Storm(root, outside, seed=3), time.monotonic() + 60 * args.minutes, 0.0
            while time.monotonic() < ends:
                storm.step()
                if storm.there > FILES:
                    storm.delete()
                if time.monotonic() >= next_look:
                    next_look = time.monotonic() + LOOK_S
                    live.search(f"note {len(looks)} of the {len(looks) % 30}th")
                    looks.append(held(live, temporary))
                    print(*(f"{value:.0f}" for value in looks[-1]), file=sys.stderr, flush=True)
                time.sleep(PAUSE_S)
            live.rest(for_s=3)
            live.quit()
    looks = looks[len(looks) // 6 :]
    third = len(looks) // 3
    grown = []
    print(f"{'':18} {'first third':>12} {'last third':>12} {'most':>8}")
    for (what, least), values in zip(AT_LEAST.items(), zip(*looks, strict=True), strict=True):
        first, last = statistics.median(values[:third]), statistics.median(values[-third:])
        print(f"{what:18} {first:12.1f} {last:12.1f} {max(values):8.1f}")
        if last > GROWN * first and last - first > least:
            grown.append(what)
    if grown:
        sys.exit(f"FAILED: {', '.join(grown)} grew")
    print(f"PASSED: {storm.count:,} files were made in {args.minutes:g} minutes, and nothing grew")


if __name__ == "__main__":
    main()
