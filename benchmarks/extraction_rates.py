"""Milliseconds that reading and looking cost for each format, what isolation adds, and keyframes of a long video.

    python benchmarks/extraction_rates.py [--rounds 5]

Documents are the samples, larger ones that are made up, and the smallest of each format. Times are of the processor,
LibreOffice's included, so that a busy machine counts less; isolation is measured by the clock, in turns with reading
in this process.
"""

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import NamedTuple

import _project  # noqa: F401
import cv2
import inputs
import numpy as np
import pymupdf
from format_samples import write_samples
from PIL import Image
from small_documents import write_docx, write_odt, write_xlsx

from corpus import Document
from errors import DocumentError
from extraction import read_contents
from extraction.previews import read_previews
from extraction.views import ViewOptions, read_views
from extraction.workers import ExtractionPool
from models.pictures import PixelLimits, fit_picture
from settings import PROJECT_DIR

LOOK_PX = 256 * 32 * 32  # 256 tokens, as `--detail medium`
OPTIONS = ViewOptions(fit=partial(fit_picture, limits=PixelLimits(max_px=LOOK_PX)), max_px=LOOK_PX, pages="both")
SMALL_TEXTS = 2_000
PHOTOS = ("jpg", "png", "webp", "tif", "heic", "avif", "jxl")
VIDEO_S = 600
VIDEO_SIZE = (1280, 720)
VIDEO_RATE = 25
SCENE_S = 8


class Cost(NamedTuple):
    """Of one format: how many documents and pages or pictures there were, and the time per each."""

    documents: int
    pages: int
    seconds: float

    def per_page(self) -> str:
        return f"{1000 * self.seconds / self.pages:.1f}" if self.pages else "-"

    def per_document(self) -> str:
        return f"{1000 * self.seconds / self.documents:.1f}" if self.documents else "-"


def write_large(folder: Path) -> None:
    """Documents as long as people write them, and photos as large as telephones take them."""
    paragraphs = [inputs.text(80, seed=number) for number in range(200)]
    with pymupdf.open() as document:
        for start in range(0, len(paragraphs), 4):
            page = document.new_page()
            page.insert_textbox((60, 60, 540, 780), "\n\n".join(paragraphs[start : start + 4]))
        document.save(folder / "50 pages.pdf")
    write_docx(
        folder / "200 paragraphs.docx", body="".join(f"<w:p><w:r><w:t>{p}</w:t></w:r></w:p>" for p in paragraphs)
    )
    write_odt(folder / "200 paragraphs.odt", body="".join(f"<text:p>{p}</text:p>" for p in paragraphs))
    cell = '<c t="inlineStr"><is><t>{}</t></is></c>'
    rows = (f"<row>{''.join(cell.format(word) for word in p.split()[:10])}</row>" for p in paragraphs * 5)
    write_xlsx(folder / "1000 rows.xlsx", rows="".join(rows))
    (folder / "1000 rows.csv").write_text("\n".join(",".join(p.split()[:10]) for p in paragraphs * 5))
    for suffix in ("txt", "md", "py"):
        (folder / f"200 paragraphs.{suffix}").write_text("\n\n".join(paragraphs))
    (folder / "200 paragraphs.html").write_text("<html>" + "".join(f"<p>{p}</p>" for p in paragraphs))
    photo = _photo(4000, 3000)
    for suffix in PHOTOS:  # those that `write_samples` could write, whose plugins are loaded
        if (folder / f"smallest.{suffix}").exists():
            photo.save(folder / f"12 megapixels.{suffix}")


def _photo(width: int, height: int) -> Image.Image:
    """Soft shapes with the grain of a sensor."""
    source = np.random.default_rng(1)
    shapes = Image.fromarray(source.integers(0, 255, (12, 16, 3), dtype=np.uint8)).resize(
        (width, height), Image.BICUBIC
    )
    grain = source.normal(0, 6, (height, width, 1))
    return Image.fromarray((np.asarray(shapes) + grain).clip(0, 255).astype(np.uint8))


def documents_by_suffix(folder: Path) -> dict[str, list[Document]]:
    write_samples(folder)
    write_large(folder)
    samples = sorted((PROJECT_DIR / "samples" / "files").rglob("*.*"))
    found: dict[str, list[Document]] = {}
    for path in [*sorted(folder.iterdir()), *(path for path in samples if path.is_file())]:
        found.setdefault(path.suffix[1:], []).append(_document(path))
    return found


def _document(path: Path) -> Document:
    status = path.stat()
    return Document(path, status.st_size, status.st_mtime_ns, status.st_ino)


def cost_of(act: Callable[[Document], int], documents: Iterable[Document], rounds: int) -> Cost:
    """Of documents that the act can do something with: what it gives is how many pages or pictures that were."""
    count = pages = 0
    seconds = 0.0
    for document in documents:
        try:
            found = act(document)  # also loads the reader
        except DocumentError:
            continue
        if found:
            count, pages = count + 1, pages + found
            seconds += statistics.median(_processor_s(partial(act, document)) for _ in range(rounds))
    return Cost(count, pages, seconds)


def _processor_s(act: Callable[[], object]) -> float:
    own, started = time.process_time(), sum(os.times()[2:4])  # the latter by processes that it starts
    act()
    return time.process_time() - own + sum(os.times()[2:4]) - started


def read_pages(document: Document) -> int:
    contents = read_contents(document)
    return max(1, len(contents.pages))


def look(document: Document) -> int:
    return len(read_views(document, OPTIONS))


def preview(document: Document) -> int:
    return len(read_previews(document)[:1])


def print_formats(folder: Path, rounds: int) -> None:
    print("| format | documents | pages | ms a document | ms a page | pictures | ms a picture | ms a preview |")
    print("|---|---|---|---|---|---|---|---|")
    for suffix, documents in sorted(documents_by_suffix(folder).items()):
        read = cost_of(read_pages, documents, rounds)
        seen = cost_of(look, documents, min(rounds, 3))
        kept = cost_of(preview, documents, min(rounds, 3))
        cells = (read.documents, read.pages, read.per_document(), read.per_page(), seen.pages or "-", seen.per_page())
        print(f"| {suffix} | {' | '.join(map(str, cells))} | {kept.per_document()} |", flush=True)


def print_isolation(folder: Path, rounds: int) -> None:
    """Of texts, which share a task, and of web pages, each of which has one of its own."""
    for suffix, kind in (("txt", "texts"), ("html", "web pages")):
        for number in range(SMALL_TEXTS):
            (folder / f"{number}.{suffix}").write_text(inputs.text(60 + number % 240, seed=number))
        _print_isolation(kind, [_document(path) for path in sorted(folder.glob(f"*.{suffix}"))], rounds)
    started = _clock_s(lambda: _start_a_worker([_document(folder / "0.txt")]))
    print(f"Starting a worker and reading one text: {1000 * started:.0f} ms")


def _print_isolation(kind: str, documents: list[Document], rounds: int) -> None:
    here, apart = [], []
    with ExtractionPool() as pool:
        list(pool.read(documents[:100]))  # starts the worker
        for _ in range(rounds):
            here.append(_clock_s(lambda: [read_contents(document) for document in documents]) / len(documents))
            apart.append(_clock_s(lambda: list(pool.read(documents))) / len(documents))
    size = statistics.mean(document.size_bytes for document in documents)
    print(f"\n{len(documents)} {kind} of {size:.0f} bytes: {1000 * min(here):.2f} ms each in this process, ", end="")
    print(f"{1000 * min(apart):.2f} ms in a worker (medians {1000 * statistics.median(here):.2f}, ", end="")
    print(f"{1000 * statistics.median(apart):.2f}): isolation costs {1000 * (min(apart) - min(here)):.2f} ms")


def _start_a_worker(documents: list[Document]) -> None:
    with ExtractionPool() as pool:
        list(pool.read(documents))


def _clock_s(act: Callable[[], object]) -> float:
    started = time.perf_counter()
    act()
    return time.perf_counter() - started


def write_video(path: Path) -> None:
    """Scenes of a few seconds in which something moves."""
    width, height = VIDEO_SIZE
    writer = cv2.VideoWriter(str(path), cv2.CAP_FFMPEG, cv2.VideoWriter.fourcc(*"mp4v"), VIDEO_RATE, VIDEO_SIZE)
    for scene in range(VIDEO_S // SCENE_S):
        source = np.random.default_rng(scene)
        shapes = Image.fromarray(source.integers(0, 255, (9, 16, 3), dtype=np.uint8)).resize((width, height))
        still = np.asarray(shapes)
        for number in range(SCENE_S * VIDEO_RATE):
            frame = still.copy()
            frame[200:400, 4 * number : 4 * number + 200] = 255 - scene
            writer.write(frame)
    writer.release()


def print_video(folder: Path, rounds: int) -> None:
    path = folder / "ten minutes.mp4"
    write_video(path)
    document, shown = _document(path), 0
    seconds = []
    with ExtractionPool() as pool:
        for _ in range(rounds):
            started = time.perf_counter()
            [(_, views)] = pool.views([document], OPTIONS)
            seconds.append(time.perf_counter() - started)
            shown = len(views)
    share = min(seconds) / VIDEO_S
    print(f"\nA video of {VIDEO_S} s, {VIDEO_SIZE[0]} x {VIDEO_SIZE[1]}, {document.size_bytes >> 20} MB: ", end="")
    print(f"{shown} keyframes in {min(seconds):.2f} s, {share:.2%} of its playing time")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    args = parser.parse_args()
    for part in (print_formats, print_isolation, print_video):
        with tempfile.TemporaryDirectory() as folder:
            part(Path(folder), args.rounds)


if __name__ == "__main__":
    main()
