"""Milliseconds from a key press to the embedding of what is typed, on an idle machine and while indexing runs.

1. A word, or the last letter of one, is added to a query of eight words; against the same query
   from nothing. The template is as long as with the true tokenizer.
2. A word is added while another thread embeds texts of 320 tokens, or pictures at medium detail,
   three ways: one context, the query waiting for the text or picture under way (that it also loses
   what it had evaluated is not counted); two contexts, both at work; and ours, where the documents'
   one stops. What indexing loses is the time that a key press adds to it, the query's own included.

    python benchmarks/sight_queries.py [--dir FOLDER] [--threads N] [--rounds 4] [--presses 4]

Rounds go through all ways; `presses` is of each in a round, one to three seconds apart.
"""

import itertools
import random
import statistics
import threading
import time
from contextlib import nullcontext

import _project  # noqa: F401
import numpy as np
import sight_inputs
import true_shape
from sight_inputs import Series, timed

from models.precedence import Precedence
from models.prompts import Input
from models.sight_embedder import CHUNK_TOKENS, SightEmbedder

SIDE_PX = 1280
TYPED_WORDS = 8
TYPED_MORE = 12
PAUSES_S = (1.0, 3.0)
WAYS = ("one context: waits its turn", "two contexts, both at work", "two contexts, one stops: ours")


class Indexing:
    """Another thread that embeds the same input again and again while this is open.

    Attributes:
        done: Inputs that are through.
        lock: Held while one is embedded, by a way that has one context.
    """

    def __init__(self, embedder: SightEmbedder, content: str | Input, *, has_one_context: bool) -> None:
        self._embedder = embedder
        self._content = content
        self._shall_end = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._waiting = 0
        self._turn = threading.Condition()
        self._has_one_context = has_one_context
        self.done = 0
        self.lock = threading.Lock() if has_one_context else nullcontext()

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._shall_end.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._shall_end.is_set():
            with self._turn:
                self._turn.wait_for(lambda: not self._waiting)
            with self.lock:
                self._embedder.embed_documents([self._content])
            self.done += 1

    def query(self, query: str) -> None:
        """Answered next, where there is one context: Python's locks do not promise it."""
        self._count_waiting(self._has_one_context)
        with self.lock:
            self._embedder.embed_query(query)
        self._count_waiting(-self._has_one_context)

    def _count_waiting(self, more: int) -> None:
        with self._turn:
            self._waiting += more
            self._turn.notify_all()


def typed(seed: int) -> list[str]:
    """A query as it grows by a word at a time."""
    grown = sight_inputs.words(TYPED_WORDS + TYPED_MORE, seed=seed).split()
    return [" ".join(grown[:end]) for end in range(TYPED_WORDS, len(grown) + 1)]


def typed_by_letter(seed: int) -> list[str]:
    """Eight words and the beginning of a ninth that grows by a letter at a time."""
    before = " ".join(sight_inputs.words(TYPED_WORDS, seed=seed).split())
    word = "reimbursement"
    return [f"{before} {word[:end]}" for end in range(1, len(word) + 1)]


def measure_typing(embedder: SightEmbedder) -> None:
    session = embedder._queries.get()
    for name, queries in (("a word", typed(1)), ("a letter", typed_by_letter(1))):
        embedder.embed_query(queries[0])
        ours, nothing = Series(f"{name} is added: ours"), Series("the whole prompt from nothing")
        tokens, cosines = [], []
        for query in queries[1:]:
            tokens.append(tokens_evaluated(embedder, query))
            added = []
            ours.runs.append(timed(lambda query=query, added=added: added.append(embedder.embed_query(query))))
            session.clear()
            nothing.runs.append(timed(lambda query=query, added=added: added.append(embedder.embed_query(query))))
            cosines.append(added[0] @ added[1])
        new, whole = (statistics.median(column) for column in zip(*tokens, strict=True))
        title = f"1. {name} is added, {len(ours.runs)} times: {new:.0f} of {whole:.0f} tokens are evaluated"
        sight_inputs.print_seconds(title, [ours, nothing], nothing)
        print(f"smallest cosine of both: {min(cosines):.4f}")


def tokens_evaluated(embedder: SightEmbedder, query: str) -> tuple[int, int]:
    """Of a query: those that are new, and all."""
    session = embedder._queries.get()
    with embedder._model.units(embedder._prompt(query, embedder._profile.query)) as units:
        same = itertools.takewhile(lambda pair: pair[0] == pair[1], zip(session._beginning, units, strict=False))
        return len(units) - sum(1 for _ in same), len(units)


def measure_beside(embedder: SightEmbedder, name: str, content: str | Input, rounds: int, presses: int) -> None:
    """Key presses beside indexing, and indexing alone in each round."""
    source = random.Random(1)
    latencies: dict[str, list[float]] = {way: [] for way in ("nobody else at work", *WAYS)}
    losses: dict[str, list[tuple[float, float]]] = {way: [] for way in WAYS}
    for number in range(rounds):
        alone = timed(lambda: embedder.embed_documents([content]))
        queries = typed(100 + number)[: presses + 1]
        embedder.embed_query(queries[0])
        latencies["nobody else at work"] += [timed(lambda q=q: embedder.embed_query(q)).wall_s for q in queries[1:]]
        for way in WAYS:
            embedder.embed_query(queries[0])
            own, embedder._precedence = embedder._precedence, precedence_for(way, embedder)
            indexing = Indexing(embedder, content, has_one_context=way is WAYS[0])
            beside = timed(lambda: press_keys(indexing, queries[1:], source, latencies[way]))  # noqa: B023
            embedder._precedence = own
            losses[way].append(
                (
                    (beside.wall_s - indexing.done * alone.wall_s) / presses,
                    (beside.cpu_s - indexing.done * alone.cpu_s) / presses,
                )
            )
    print_latencies(f"2. a word is added while {name} are embedded; {rounds * presses} times each", latencies, losses)


def precedence_for(way: str, embedder: SightEmbedder) -> Precedence:
    """Nobody gives way to one that is not the model's."""
    return embedder._precedence if way is WAYS[2] else Precedence()


def press_keys(indexing: Indexing, queries: list[str], source: random.Random, latencies: list[float]) -> None:
    with indexing:
        for query in queries:
            time.sleep(source.uniform(*PAUSES_S))
            latencies.append(timed(lambda query=query: indexing.query(query)).wall_s)


def print_latencies(title: str, latencies: dict[str, list[float]], losses: dict) -> None:
    print(
        f"\n{title}\n{'milliseconds':34} {'median':>8} {'p95':>8} {'least':>8} {'to idle':>8}   indexing loses by press"
    )
    idle = statistics.median(latencies["nobody else at work"])
    for way, seconds in latencies.items():
        median, p95 = statistics.median(seconds), statistics.quantiles(seconds, n=20, method="inclusive")[-1]
        numbers = f"{median * 1e3:8.0f} {p95 * 1e3:8.0f} {min(seconds) * 1e3:8.0f} {median / idle:8.1f}"
        lost = ""
        if way in losses:
            wall, cpu = (statistics.median(column) for column in zip(*losses[way], strict=True))
            lost = f"{wall:8.2f} s, {cpu:.2f} s of CPU"
        print(f"{way:34} {numbers} {lost}", flush=True)


def main() -> None:
    args = sight_inputs.arguments(__doc__.splitlines()[0], rounds=4, presses=4)
    sight_inputs.print_load("start")
    files = true_shape.ensure_model(args.dir)
    embedder = sight_inputs.load_embedder(files, args.threads, is_seeing=True)
    embedder.prepare_queries()
    embedder.embed_documents(["x"])  # opens the other context
    measure_typing(embedder)
    text = sight_inputs.words(CHUNK_TOKENS, seed=1)
    pixels = np.random.default_rng(1).integers(0, 256, (SIDE_PX, SIDE_PX, 3), dtype=np.uint8)
    measure_beside(embedder, f"texts of {CHUNK_TOKENS} tokens", text, args.rounds, args.presses)
    measure_beside(embedder, "pictures", Input(pictures=[pixels]), args.rounds, args.presses)
    sight_inputs.print_load("end")


if __name__ == "__main__":
    main()
