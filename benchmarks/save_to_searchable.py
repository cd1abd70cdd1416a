"""Seconds from saving a file until a search finds it by what it says, with the resident launcher idle. Linux only.

    python benchmarks/save_to_searchable.py [--documents 2000] [--rounds 20]

Texts, PDFs and pictures of a line of text, each with words that are nowhere else. It is looked every 20 ms whether the
index has these, and then the window's own endpoint is asked for them. A picture's words are read by OCR, as the starter
model wants it; how soon a file is found by its name is told apart.
"""

import argparse
import random
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import _project  # noqa: F401
import inputs
import pymupdf
from live import Live, until
from PIL import Image, ImageDraw, ImageFont

from index_store import read_index

REST_S = 1.0
WORDS = (
    "amber",
    "basalt",
    "cobalt",
    "damask",
    "ebony",
    "fennel",
    "garnet",
    "hazel",
    "indigo",
    "jasper",
    "krypton",
    "linden",
)


def write_text(path: Path, sentence: str) -> None:
    path.write_text(f"{inputs.text(120, seed=1)}\n{sentence}.\n")


def write_pdf(path: Path, sentence: str) -> None:
    with pymupdf.open() as pdf:
        page = pdf.new_page()
        page.insert_textbox((50, 50, 550, 750), f"{inputs.text(200, seed=2)}\n{sentence}.")
        pdf.save(path)


def write_picture(path: Path, sentence: str) -> None:
    picture = Image.new("RGB", (900, 200), "white")
    ImageDraw.Draw(picture).text((40, 70), sentence, fill="black", font=ImageFont.load_default(size=40))
    picture.save(path)


WRITERS: dict[str, tuple[str, Callable[[Path, str], None]]] = {
    "text": (".txt", write_text),
    "PDF": (".pdf", write_pdf),
    "picture": (".png", write_picture),
}


class Looks:
    """What can be found in the index of `live`, without disturbing who writes it: a question would go before that."""

    def __init__(self, live: Live) -> None:
        self._live = live
        self._snapshot = read_index(live.index_dir)

    def seconds_until_found(self, path: Path, sentence: str, *, since: float) -> float:
        """Of the document at `path`, by words of it, or by its name without any."""
        until(lambda: self._has(path, sentence))
        question = f'"{sentence}"' if sentence else path.stem
        until(lambda: any(hit["name"] == path.name for hit in self._live.search(question, limit=50)))
        return time.monotonic() - since

    def _has(self, path: Path, sentence: str) -> bool:
        self._snapshot = self._snapshot.refreshed()
        if not sentence:
            return self._snapshot.find(str(path)) is not None
        found = self._snapshot.search_passages(f'"{sentence}"', limit=1)
        return bool(found) and self._snapshot.document(self._snapshot.document_of(found[0][0])).path == str(path)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--documents", type=int, default=2_000)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--kinds", nargs="+", choices=WRITERS, default=list(WRITERS))
    args = parser.parse_args()
    source = random.Random(7)
    with tempfile.TemporaryDirectory() as name:
        root = Path(name, "root")
        for number in range(args.documents):
            path = root / f"folder {number % 50}" / f"note {number}.txt"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(inputs.text(60, seed=number))
        with Live(Path(name, "home")) as live:
            live.index(str(root))
            live.start()
            live.rest()
            looks = Looks(live)
            print(f"{'seconds':28} {'median':>8} {'p95':>8} {'most':>8}")
            for kind in args.kinds:
                suffix, write = WRITERS[kind]
                by_name, by_content = [], []
                for number in range(args.rounds):
                    sentence = " ".join([*source.sample(WORDS, 3), f"quartz {number}"])
                    path = root / f"folder {number}" / f"{kind}{source.randrange(1 << 30)}{suffix}"
                    write(path, sentence)
                    saved = time.monotonic()
                    by_name.append(looks.seconds_until_found(path, "", since=saved))
                    by_content.append(looks.seconds_until_found(path, sentence, since=saved))
                    live.rest(for_s=REST_S)
                for what, taken in ((f"{kind}, by its name", by_name), (f"{kind}, by what it says", by_content)):
                    p95 = statistics.quantiles(taken, n=20)[-1]
                    print(f"{what:28} {statistics.median(taken):8.2f} {p95:8.2f} {max(taken):8.2f}", flush=True)
            live.quit()


if __name__ == "__main__":
    main()
