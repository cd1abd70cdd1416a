"""Milliseconds and memory that reading words in pictures costs on one core, and how many of the words it gets right.

    python benchmarks/ocr.py [--rounds 3] [FILE …]

Pictures and scans are made up, 0.1 to 12 megapixels; FILEs, pictures or PDFs (their first page), are measured beside
them. Times are of the processor, in this process; the memory is that of a process of its own that reads all of them.
"""

import argparse
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import _project  # noqa: F401
import inputs
from PIL import Image

from corpus import Document
from extraction.ocr import OcrOptions, read_words
from tests.small_scans import photo, picture_of, write_scan

LINE_WORDS, LETTER_LINES, DENSE_LINES = 10, 18, 45
RECEIPT = [f"article number {number:03}   {number * 7 % 90}.{number * 13 % 100:02}" for number in range(22)]


def lines_of(count: int, seed: int) -> list[str]:
    words = inputs.text(count * LINE_WORDS, seed=seed).split()
    return [" ".join(words[start : start + LINE_WORDS]) for start in range(0, count * LINE_WORDS, LINE_WORDS)]


def write_pictures(folder: Path) -> dict[Path, str]:
    """Each with the words that are in it."""
    letter, dense = lines_of(LETTER_LINES, 1), lines_of(DENSE_LINES, 2)
    write_scan(folder / "letter, scanned.pdf", picture_of(letter))
    write_scan(folder / "dense page, scanned.pdf", picture_of(dense))
    picture_of(dense).rotate(90, expand=True).save(folder / "dense page, turned.png")
    picture_of(RECEIPT).save(folder / "receipt.jpg")
    picture_of(lines_of(6, 3), size_px=14).save(folder / "screenshot of a dialog.png")
    photo(4000, 3000).save(folder / "photo, 12 megapixels.jpg")
    photo(1600, 1200).save(folder / "photo, 2 megapixels.jpg")
    Image.new("RGB", (64, 64), "teal").save(folder / "icon.png")
    said = {"letter": letter, "dense": dense, "receipt": RECEIPT, "screenshot": lines_of(6, 3)}
    return {path: " ".join(said.get(re.split(r"\W", path.name)[0], [])) for path in sorted(folder.iterdir())}


def read(path: Path) -> str:
    status = path.stat()
    document = Document(path, status.st_size, status.st_mtime_ns, status.st_ino)
    return " ".join(page.text for page in read_words(document, OcrOptions()))


def share_read(text: str, said: str) -> str:
    wanted, found = (Counter(re.findall(r"\w+", words.lower())) for words in (said, text))
    return f"{(wanted & found).total() / wanted.total():.1%}" if wanted else "-"


def milliseconds(path: Path) -> float:
    started = time.process_time()
    read(path)
    return 1000 * (time.process_time() - started)


def megabytes(line: str) -> int:
    status = Path("/proc/self/status").read_text(encoding="ascii")
    found = re.search(rf"^{line}:\s*(\d+) kB", status, re.MULTILINE)
    return int(found[1]) >> 10 if found else 0


def print_memory(paths: list[Path]) -> None:
    """In a new process, which this script is once more."""
    command = [sys.executable, __file__, "--memory", *map(str, paths)]
    print(subprocess.run(command, check=True, capture_output=True, text=True).stdout, end="", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("files", nargs="*", type=Path, metavar="FILE")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--memory", action="store_true", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    if args.memory:
        for path in args.files:
            read(path)
        print(f"Memory: {megabytes('VmHWM')} MB at most, of {megabytes('VmPeak')} MB address space")
        return
    with tempfile.TemporaryDirectory() as folder:
        said = {**write_pictures(Path(folder)), **dict.fromkeys(args.files, "")}
        print(f"Loading and the first picture: {milliseconds(next(iter(said))):.0f} ms")
        print("| picture | words | right | ms |\n|---|---|---|---|")
        for path, words in said.items():
            text = read(path)
            took = statistics.median(milliseconds(path) for _ in range(args.rounds))
            print(f"| {path.stem} | {len(text.split())} | {share_read(text, words)} | {took:.0f} |", flush=True)
        print_memory(list(said))


if __name__ == "__main__":
    main()
