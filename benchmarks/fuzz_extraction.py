"""Give the workers that read documents mutated ones, and look that nothing comes of it but contents or a reason.

    python benchmarks/fuzz_extraction.py --minutes 10 [--seed 1] [--findings FOLDER]
    python benchmarks/fuzz_extraction.py --seed 1 --only 4711     # one input again, and where it was written

Inputs are the samples and the smallest honest document of each format (benchmarks/format_samples.py), with flipped
bits, cut off, spliced with others, with lengths that lie, or mutated inside of their ZIP container. A finding is any
outcome that is not promised: an exception, a dead pool, contents that break their own rules. It is kept under the
number that makes it again, as is what crashed a worker, took too long or too much memory: these are promised
outcomes, but better known.
"""

import argparse
import io
import random
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import count, islice
from pathlib import Path

import _project  # noqa: F401
from format_samples import write_samples
from outcomes import Outcomes

from corpus import Contents, Document
from extraction.views import ViewOptions
from extraction.workers import ExtractionPool
from models.pictures import PixelLimits, fit_picture
from settings import PROJECT_DIR

BATCH = 64
LARGEST_BYTES = 256 << 10
LOOK_PX = 128 * 128
OPTIONS = ViewOptions(
    fit=partial(fit_picture, limits=PixelLimits(max_px=LOOK_PX)), max_px=LOOK_PX, pages="both", max_views=4
)
EDGES = (
    b"\xff\xff\xff\xff",
    b"\0\0\0\0",
    b"\x7f\xff\xff\xff",
    b"\xff\xff\xff\x7f",
    b"\x80\0\0\0",
    b"\0\0\0\x80",
    b"99999999999",
)


def originals(folder: Path) -> dict[str, list[bytes]]:
    """Sound documents by the ending of their names."""
    found: dict[str, list[bytes]] = {}
    samples = (path for path in (PROJECT_DIR / "samples" / "files").rglob("*.*") if path.is_file())
    for path in sorted([*write_samples(folder), *samples]):
        data = path.read_bytes()
        if 0 < len(data) <= LARGEST_BYTES:
            found.setdefault(path.suffix, []).append(data)
    return found


def flip(data: bytes, _: bytes, source: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(source.choice((1, 4, 16, 1 + len(data) // 100))):
        changed[source.randrange(len(data))] ^= 1 << source.randrange(8)
    return bytes(changed)


def cut(data: bytes, _: bytes, source: random.Random) -> bytes:
    return data[: source.randrange(len(data))]


def leave_out(data: bytes, _: bytes, source: random.Random) -> bytes:
    start, end = sorted(source.choices(range(len(data)), k=2))
    return data[:start] + data[end:]


def repeat(data: bytes, _: bytes, source: random.Random) -> bytes:
    start, end = sorted(source.choices(range(len(data)), k=2))
    times = source.choice((2, 8, max(2, min(1000, LARGEST_BYTES // (end - start + 1)))))
    return data[:start] + data[start:end] * times + data[end:]


def splice(data: bytes, other: bytes, source: random.Random) -> bytes:
    return data[: source.randrange(len(data))] + other[source.randrange(len(other)) :]


def lie(data: bytes, _: bytes, source: random.Random) -> bytes:
    """Numbers at their limits in place of what stands there."""
    for _ in range(source.choice((1, 1, 4))):
        place, edge = source.randrange(len(data)), source.choice(EDGES)
        data = data[:place] + edge + data[place + len(edge) :]
    return data


MUTATIONS: tuple[Callable[[bytes, bytes, random.Random], bytes], ...] = (
    flip,
    flip,
    cut,
    leave_out,
    repeat,
    splice,
    lie,
)


def inside(data: bytes, source: random.Random) -> bytes:
    """A ZIP container with one of its members mutated, and its checksums right."""
    mutated = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as package, zipfile.ZipFile(mutated, "w", zipfile.ZIP_DEFLATED) as changed:
        members = [(info.filename, package.read(info)) for info in package.infolist()]
        chosen = source.choice([number for number, (_, content) in enumerate(members) if content])
        for number, (name, content) in enumerate(members):
            mutation = source.choice(MUTATIONS)
            content_now = mutation(content, source.choice(members)[1] or b"x", source) if number == chosen else content
            changed.writestr(name, content_now, zipfile.ZIP_STORED if name == "mimetype" else None)
    return mutated.getvalue()


def mutated(known: dict[str, list[bytes]], seed: int, number: int) -> tuple[str, bytes]:
    """Input `number` of this seed: how its name ends, and its bytes."""
    source = random.Random(f"{seed} {number}")
    suffix = source.choice(sorted(known))
    data = source.choice(known[suffix])
    if data.startswith(b"PK") and source.random() < 0.7:
        return suffix, inside(data, source)
    for _ in range(source.choice((1, 1, 1, 2, 3))):
        data = source.choice(MUTATIONS)(
            data or b"x", source.choice(known[source.choice((suffix, suffix, ".pdf"))]), source
        )
    return suffix, data


class Fuzzing:
    """Makes inputs, and keeps those whose outcome is worth another look."""

    def __init__(self, folder: Path, findings: Path, seed: int) -> None:
        self.outcomes = Outcomes(most_px=LOOK_PX)
        self._folder, self._kept, self._seed = folder, findings, seed
        self._known = originals(folder)
        self._sound = folder / "sound.txt"
        self._sound.write_text("Still alive.")

    def run(self, pool: ExtractionPool, numbers: Iterator[int]) -> int:
        """One batch of inputs, read and looked at; how many that were."""
        paths = [self._write(number) for number in islice(numbers, BATCH)]
        documents = [_document(path) for path in paths]
        looked_at = [document for document in documents if not _is_spared(document.path)]
        self._try(documents, "read", pool.read(documents))
        self._try(looked_at, "looked at", pool.views(looked_at, OPTIONS))
        self._try(looked_at, "previewed", pool.thumbnails(looked_at))
        [(_, contents)] = pool.read([_document(self._sound)])
        if not isinstance(contents, Contents) or contents.pages[0].text.strip() != "Still alive.":
            self.outcomes.broken.append((paths[-1], f"afterwards a sound file gave {contents}"))
        self._keep_worth_a_look()
        for path in paths:
            path.unlink()
        return len(paths)

    def _write(self, number: int) -> Path:
        suffix, data = mutated(self._known, self._seed, number)
        path = self._folder / f"{number}{suffix}"
        path.write_bytes(data)
        return path

    def _try(self, documents: list[Document], act: str, outcomes: Iterable[tuple[Document, object]]) -> None:
        told = 0
        try:
            for document, outcome in outcomes:
                self.outcomes.count(document.path, act, outcome)
                told += 1
        except Exception as error:  # noqa: BLE001  - that is what is looked for
            path = documents[min(told, len(documents) - 1)].path
            self.outcomes.broken.append((path, f"{act}: {type(error).__name__}: {error}"))
        if told < len(documents):
            self.outcomes.broken.append((documents[told].path, f"{act}: no outcome"))

    def _keep_worth_a_look(self) -> None:
        for path, _ in (*self.outcomes.broken, *self.outcomes.notable):
            if path.exists():
                self._kept.mkdir(parents=True, exist_ok=True)
                (self._kept / f"{self._seed}-{path.name}").write_bytes(path.read_bytes())


def _is_spared(path: Path) -> bool:
    """Nine in ten slide shows are not drawn: LibreOffice, which is another's program, would take most of the time."""
    return path.suffix in (".odp", ".pptx") and int(path.stem) % 10 != 0


def _document(path: Path) -> Document:
    status = path.stat()
    return Document(path, status.st_size, status.st_mtime_ns, status.st_ino)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=1.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--only", type=int, help="the number of one input")
    parser.add_argument(
        "--findings", type=Path, default=Path("fuzz-findings"), help="where inputs worth a look are kept"
    )
    args = parser.parse_args()
    started, inputs = time.monotonic(), 0
    numbers = count() if args.only is None else iter([args.only])
    with tempfile.TemporaryDirectory() as folder, ExtractionPool(workers=args.workers) as pool:
        fuzzing = Fuzzing(Path(folder), args.findings, args.seed)
        while inputs == 0 or (args.only is None and time.monotonic() - started < args.minutes * 60):
            inputs += fuzzing.run(pool, numbers)
    fuzzing.outcomes.show()
    minutes, findings = (time.monotonic() - started) / 60, len(fuzzing.outcomes.broken)
    acts = "read, looked at and previewed"
    print(f"{inputs} inputs of seed {args.seed}; {acts} in {minutes:.1f} minutes: {findings} findings")
    sys.exit(1 if findings else 0)


if __name__ == "__main__":
    main()
