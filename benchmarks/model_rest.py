"""Memory of a resident process with its model, after the model was let go, and how long the next question takes then.

    python benchmarks/model_rest.py [--model FILE.gguf] [--chunks 10000]

The engine is that of `launcher launch`, over an index of made-up chunks. Memory is what this process alone holds
(its own pages and those of files that it maps), so weights in the page cache of the system are not counted twice.
"""

import argparse
import dataclasses
import gc
import os
import tempfile
import time
from pathlib import Path

import _project  # noqa: F401
import search_latency

from search_engine import Query
from service.late_engine import LateEngine
from settings import Settings, default_settings
from startup import open_embedder


def resident_mb() -> float:
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def ask_ms(engine: LateEngine, text: str) -> float:
    started = time.perf_counter()
    engine.search(Query(text=text))
    return 1000 * (time.perf_counter() - started)


def chosen(args: argparse.Namespace, index_dir: Path) -> Settings:
    settings = dataclasses.replace(default_settings(os.environ), index_dir=index_dir, has_history=False)
    return dataclasses.replace(settings, model=args.model, is_model_chosen=True) if args.model else settings


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", help="a .gguf file; the starter when none is named")
    parser.add_argument("--chunks", type=int, default=10_000)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        settings = chosen(args, Path(name))
        embedder = open_embedder(settings, say=print)
        search_latency.build(settings.index_dir, embedder.fingerprint, args.chunks)
        embedder.close()
        engine = LateEngine(settings, say=print)
        engine.prepare()
        first_ms = [ask_ms(engine, f"roof repair {number}") for number in range(5)][-1]
        print(f"{'at work':24} {resident_mb():8.0f} MB, a question {first_ms:.0f} ms")
        for _ in range(3):
            engine.follow(dataclasses.replace(settings, model_idle_s=1))
            ask_ms(engine, "tiles")
            while engine._embedder.is_loaded:
                time.sleep(0.1)
            with engine._embedder._lock:  # held until it is gone
                pass
            print(f"{'at rest':24} {resident_mb():8.0f} MB, ", end="")
            engine.follow(dataclasses.replace(settings, model_idle_s=0))
            print(f"the next question {ask_ms(engine, 'storm'):.0f} ms, ", end="")
            print(f"the one after {ask_ms(engine, 'gutter'):.0f} ms, {resident_mb():.0f} MB")


if __name__ == "__main__":
    main()
