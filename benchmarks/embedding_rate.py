"""Tokens per second: the indexer's embedding against llama.cpp's own rate on the same texts.

The reference is llama_decode alone, on batches of tokens that were filled beforehand, at the
best of several batch shapes; ours takes texts and gives unit embeddings. Rounds alternate, so
that a machine whose speed drifts does not favour one side.

    python benchmarks/embedding_rate.py [--texts 100] [--rounds 4]
"""

import argparse
import os
import statistics
import time
from pathlib import Path

import _project  # noqa: F401
import inputs
import llama_cpp

from models.catalog import STARTER
from models.download import ensure_weights
from models.embedder import load_embedder
from models.llama_session import MAX_SEQUENCES, SessionOptions, load_session
from settings import available_cores, default_settings


def reference_rate(session, sequences, *, packed: bool) -> float:
    """llama.cpp's tokens per second, batches prepared outside the clock."""
    groups = list(session._groups(sequences)) if packed else [[row] for row in range(len(sequences))]
    seconds = 0.0
    for group in groups:
        session._fill([sequences[row] for row in group])
        started = time.perf_counter()
        llama_cpp.llama_decode(session._context, session._batch)
        seconds += time.perf_counter() - started
    return sum(map(len, sequences)) / seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--texts", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=4)
    args = parser.parse_args()
    weights = ensure_weights(STARTER, default_settings(os.environ).models_dir, offline=False, report=print)
    threads = available_cores()
    embedder = load_embedder(weights, SessionOptions(threads=threads))
    texts = inputs.chunks(args.texts, embedder)
    shapes = {
        (size, packed): load_session(weights.path, SessionOptions(threads=threads, batch_tokens=size))
        for size in (256, 512)
        for packed in (False, True)
    }
    sequences = [next(iter(shapes.values())).tokenize(text) for text in texts]
    tokens = sum(map(len, sequences))
    print(f"{len(texts)} texts, {tokens} tokens, {threads} threads, sequences per batch at most {MAX_SEQUENCES}")
    ours, theirs = [], {shape: [] for shape in shapes}
    for _ in range(args.rounds):
        started = time.perf_counter()
        embedder.embed_documents(texts)
        ours.append(tokens / (time.perf_counter() - started))
        for (size, packed), session in shapes.items():
            theirs[size, packed].append(reference_rate(session, sequences, packed=packed))
    for (size, packed), rates in theirs.items():
        name = f"llama.cpp, batches of {size}, {'packed' if packed else 'one text each'}"
        print(f"{name:45} {statistics.median(rates):8.0f} tokens/s")
    best = max(theirs.values(), key=statistics.median)
    print(f"{'the indexer (text in, unit embeddings out)':45} {statistics.median(ours):8.0f} tokens/s")
    print(f"ratio to the best of llama.cpp: {statistics.median(a / b for a, b in zip(ours, best, strict=True)):.3f}")
    print(f"weights: {Path(weights.path).name}")


if __name__ == "__main__":
    main()
