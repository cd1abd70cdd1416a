"""Read and look at every file of some folders, such as public collections of real and broken files, and count.

    python benchmarks/read_folders.py FOLDER … [--workers 2] [--no-looking]

Nothing is embedded or kept. Exits with 1 when an outcome is none of those that are promised.
"""

import argparse
import os
import sys
import time
from functools import partial
from pathlib import Path

import _project  # noqa: F401
from outcomes import Outcomes
from process_watch import Watch

from corpus import Document, ScanRules, scan
from extraction.views import ViewOptions
from extraction.workers import ExtractionPool
from models.pictures import PixelLimits, fit_picture

LOOK_PX = 256 * 32 * 32  # 256 tokens, as `--detail medium`
OPTIONS = ViewOptions(fit=partial(fit_picture, limits=PixelLimits(max_px=LOOK_PX)), max_px=LOOK_PX, pages="both")


def documents_in(folders: list[Path]) -> list[Document]:
    rules = ScanRules(include_hidden=True, default_excludes=False)
    return [document for folder in folders for document in scan(folder.resolve(), rules).documents]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--looking", action=argparse.BooleanOptionalAction, default=True)
    args = parser.parse_args()
    documents, outcomes = documents_in(args.folders), Outcomes(most_px=LOOK_PX)
    seconds = {}
    with Watch(os.getpid()) as watch, ExtractionPool(workers=args.workers) as pool:
        acts = {"read": pool.read, "looked at": partial(pool.views, options=OPTIONS)}
        for act in ("read", "looked at") if args.looking else ("read",):
            started = time.monotonic()
            for document, outcome in acts[act](documents):
                outcomes.count(document.path, act, outcome)
            seconds[act] = time.monotonic() - started
    outcomes.show(least=10)
    times = ", ".join(f"{act} in {taken:.0f} s" for act, taken in seconds.items())
    print(
        f"{len(documents)} files, {sum(document.size_bytes for document in documents) / 1e6:.0f} MB: {times}; ", end=""
    )
    print(f"a worker took at most {watch.child_bytes >> 20} MB; {len(outcomes.broken)} findings")
    sys.exit(1 if outcomes.broken else 0)


if __name__ == "__main__":
    main()
