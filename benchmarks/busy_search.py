"""Milliseconds of a search while the same process indexes at full speed, against the same searches while it rests.

    python benchmarks/busy_search.py [--model FILE.gguf] [--chunks 10000] [--words 25] [--rounds 2] [--pause 3]

What a person has: `launcher launch` as a process of its own with an index of made-up chunks, the questions typed over
HTTP letter by letter as people type, some seconds between two words; and a folder of made-up notes that `launcher
index` has it read meanwhile. Rounds at rest and rounds at work take turns. The clock is that of whoever asks: question
sent to answer read. A slow model needs a longer pause to get anything done between two words. On a machine that others
use the figures say little, and the launcher itself goes slow.
"""

import argparse
import json
import os
import statistics
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import quote, urlsplit

import _project  # noqa: F401
import inputs
import search_latency
from live import LAUNCHER, environ_of, launched

from settings import available_cores
from startup import fingerprint_of_index

LETTER_S = 0.18  # between two letters of a word


class Page:
    """Asks as the window's page does, over one connection."""

    def __init__(self, address: str) -> None:
        self._host = urlsplit(address).netloc
        self._connection = HTTPConnection(self._host, timeout=120)
        self._connection.request("GET", "/?" + urlsplit(address).query)
        answer = self._connection.getresponse()
        answer.read()
        self._headers = {"Cookie": (answer.getheader("Set-Cookie") or "").partition(";")[0]}

    def ask(self, question: str) -> tuple[float, float]:
        """Milliseconds until the answer is here, and those of them that the search itself took."""
        started = time.perf_counter()
        self._connection.request("GET", f"/api/search?q={quote(question)}", headers=self._headers)
        answer = self._connection.getresponse()
        body = answer.read()
        took = 1000 * (time.perf_counter() - started)
        if answer.status != 200:
            raise RuntimeError(body.decode())
        return took, json.loads(body)["took_ms"]

    def typed(self, words: list[str], pause_s: float) -> list[tuple[float, float, bool]]:
        """What `ask` says for every letter, and whether it is the first of its word."""
        taken = []
        self._connection = HTTPConnection(self._host, timeout=120)  # the server closes one that is not used for long
        self.ask("a")
        for word in words:
            time.sleep(pause_s)
            for end in range(1, len(word) + 1):
                taken.append((*self.ask(word[:end]), end == 1))
                time.sleep(max(0.0, LETTER_S - taken[-1][0] / 1000))
        return taken


@contextmanager
def indexing(environ: dict[str, str], options: list[str], folder: Path) -> Iterator[list[int]]:
    """Has the resident process index a folder meanwhile; how many documents were done, as it goes."""
    command = [*LAUNCHER, "index", str(folder), "--json", *options]
    process = subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    told: list[int] = []

    def listen() -> None:
        assert process.stdout
        told.extend(json.loads(line).get("documents", 0) for line in process.stdout)

    thread = threading.Thread(target=listen)
    thread.start()
    while len(told) < 3 and process.poll() is None:
        time.sleep(0.05)
    try:
        yield told
    finally:
        process.terminate()
        process.wait()
        thread.join()


def make_notes(folder: Path, count: int, *, seed: int) -> None:
    for number in range(count):
        path = folder / str(number % 20) / f"note {seed} {number}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(inputs.text(350, seed=seed * 100_000 + number), encoding="utf-8")


def show(name: str, taken: list[tuple[float, float, bool]]) -> float:
    """Prints one line; returns the p95."""
    whole = [one[0] for one in taken]
    first = [one[0] for one in taken if one[2]]
    inside = [one[1] for one in taken]
    p95 = statistics.quantiles(whole, n=20)[-1]
    print(
        f"{name:24} {statistics.median(whole):8.1f} {p95:8.1f} {max(whole):8.1f}"
        f" {statistics.quantiles(first, n=20)[-1]:12.1f} {statistics.median(inside):14.1f} {len(whole):8}",
        flush=True,
    )
    return p95


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", help="a .gguf file; the starter when none is named")
    parser.add_argument("--chunks", type=int, default=10_000)
    parser.add_argument("--words", type=int, default=25)
    parser.add_argument("--rounds", type=int, default=2)
    pause = "seconds between two words, after which indexing is at full speed again"
    parser.add_argument("--pause", type=float, default=3.0, help=pause)
    args = parser.parse_args()
    options = ["--model", args.model] if args.model else []
    words = [inputs.text(1, seed=number).rstrip(".").lower() for number in range(args.words)]
    print(f"{available_cores()} cores; load {os.getloadavg()[0]:.1f}")
    with tempfile.TemporaryDirectory() as name:
        home, notes = Path(name, "home"), Path(name, "notes")
        environ = environ_of(home)
        make_notes(notes / "first", 1, seed=1)
        subprocess.run([*LAUNCHER, "index", str(notes / "first"), *options], env=environ, check=True)
        search_latency.build(home / "index", fingerprint_of_index(home / "index"), args.chunks)
        for number in range(args.rounds):
            make_notes(notes / str(number), 4000, seed=number + 2)
        with launched(home, *options) as address:
            page = Page(address)
            page.typed(words[:3], args.pause)  # do not count: the first waits for the model
            rest, work, done = [], [], 0
            for number in range(args.rounds):
                rest += page.typed(words, args.pause)
                with indexing(environ, options, notes / str(number)) as told:
                    before = told[-1]
                    work += page.typed(words, args.pause)
                    done += told[-1] - before
                time.sleep(2)
    columns = f"{'median':>8} {'p95':>8} {'most':>8} {'p95 of first':>12} {'of the search':>14} {'letters':>8}"
    print(f"{'milliseconds':24} {columns}")
    print(f"{done} documents were indexed meanwhile")
    at_rest, at_work = show("at rest", rest), show("while it indexes", work)
    print(f"p95 at work is {at_work / at_rest:.2f} times that at rest (1.5 at most is the aim)")


if __name__ == "__main__":
    main()
