"""What the benchmarks of the models that see share: the model of the true shape, texts, clocks and tables.

The parity set's tokenizer knows a thousand tokens. So texts are made of words that are one token
each, and the openings are as long as the official ones are with the true tokenizer.
"""

import argparse
import logging
import os
import random
import re
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import count
from pathlib import Path

import _project  # noqa: F401
import gguf
import true_shape

from models.llama_session import load_model, tokens_of  # first: it sets how llama.cpp's threads wait

# isort: split
import llama_cpp

from models.profiles import QWEN3_VL, Wrapping
from models.sight_embedder import SightEmbedder, Wishes, load_sight_embedder
from models.sight_model import SightOptions
from models.weights import Weights
from settings import available_cores

logging.getLogger("llama.cpp").setLevel(logging.ERROR)  # it warns of what is meant

# Counted with the true tokenizer. A document's opening has 14 with either.
QUERY_OPENING_TOKENS = 19
PAIR_OPENING_TOKENS = 56  # 58 up to the query, but what follows that is 3 instead of ours of 6, and ten words are 11


def arguments(description: str, **others: int | str) -> argparse.Namespace:
    """--dir, --threads, and an option for each of `others`, with its default."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--dir", type=Path, default=true_shape.default_folder())
    parser.add_argument("--threads", type=int, default=available_cores())
    for name, default in others.items():
        parser.add_argument(f"--{name}", type=type(default), default=default)
    return parser.parse_args()


def print_load(when: str) -> None:
    """How busy the machine is: a wall time of a busy one says little."""
    load = f"{os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "unknown"
    print(f"load average at the {when}: {load} on {available_cores()} cores", flush=True)


def options(threads: int) -> SightOptions:
    return SightOptions(threads=threads, device="cpu")


def load_embedder(
    files: true_shape.ModelFiles, threads: int, *, is_seeing: bool = False, detail: str = "medium"
) -> SightEmbedder:
    """As the program does it, but for the hashes of the files."""
    weights = Weights("true shape", files.weights, "", files.projector if is_seeing else None)
    instruction = instruction_for(QWEN3_VL.query, tokens=QUERY_OPENING_TOKENS)
    wishes = Wishes(detail=detail, query_instruction=instruction)
    return load_sight_embedder(weights, QWEN3_VL, options(threads), wishes)


def words(tokens: int, *, seed: int) -> str:
    """A text of so many tokens, each a word with the space before it."""
    return "".join(f" {word}" for word in random.Random(seed).choices(vocabulary(), k=tokens))


def texts(number: int, tokens: int, *, seed: int = 1) -> list[str]:
    """Texts of about so many tokens each, their lengths spread evenly over sixteen.

    llama.cpp multiplies matrices by sixteen tokens at a time (17 cost as much as 32), so that texts of
    one length would favour one side or the other.
    """
    lengths = [tokens - 8 + round((place + 0.5) * 16 / number) for place in range(number)]
    return [words(length, seed=seed + place) for place, length in enumerate(lengths)]


@cache
def vocabulary() -> tuple[str, ...]:
    """Words that are one token when a space stands before them."""
    tokens = gguf.GGUFReader(true_shape.TOKENIZER).fields["tokenizer.ggml.tokens"].contents()
    candidates = [token[1:] for token in tokens if re.fullmatch("Ġ[a-z]{2,}", token)]
    return tuple(word for word in candidates if count_tokens(f" {word}") == 1)


@cache
def instruction_for(wrapping: Wrapping, *, tokens: int) -> str:
    """An instruction that makes the opening so many tokens long."""
    candidates = (words(number, seed=1).strip() for number in count(1))
    return next(text for text in candidates if count_tokens(wrapping.opened(text)) >= tokens)


def count_tokens(text: str) -> int:
    return len(tokens_of(_tokenizer(), text, add_special=False, parse_special=True))


@cache
def _tokenizer():
    return llama_cpp.llama_model_get_vocab(load_model(true_shape.TOKENIZER, gpu_layers=0))


@dataclass(frozen=True, slots=True)
class Timing:
    """One run: seconds on the clock, and of all cores together."""

    wall_s: float
    cpu_s: float


def timed(function: Callable[[], object]) -> Timing:
    wall, cpu = time.perf_counter(), time.process_time()
    function()
    return Timing(time.perf_counter() - wall, time.process_time() - cpu)


@dataclass(frozen=True, slots=True)
class Series:
    """The same run in several rounds; `parts` is how many texts, tokens or pictures a run has."""

    name: str
    parts: int = 1
    runs: list[Timing] = field(default_factory=list)

    def walls(self) -> list[float]:
        """Seconds of one part, in each round."""
        return [run.wall_s / self.parts for run in self.runs]

    def cpus(self) -> list[float]:
        return [run.cpu_s / self.parts for run in self.runs]

    def times_as_fast(self, reference: "Series") -> tuple[float, float]:
        """As that one in the same round, by the clock and by CPU seconds; medians of the rounds."""
        pairs = ((reference.walls(), self.walls()), (reference.cpus(), self.cpus()))
        by_clock, by_cpu = (statistics.median(one / other for one, other in zip(*pair, strict=True)) for pair in pairs)
        return by_clock, by_cpu


def print_seconds(title: str, rows: Sequence[Series], reference: Series) -> None:
    """Seconds of one part."""
    _print_rows(title, "s", rows, reference, lambda seconds: f"{seconds:10.3f}")


def print_rates(title: str, rows: Sequence[Series], reference: Series, *, unit: str) -> None:
    """Parts per second."""
    _print_rows(title, unit, rows, reference, lambda seconds: f"{1 / seconds:10.1f}")


def _print_rows(
    title: str, unit: str, rows: Sequence[Series], reference: Series, shown: Callable[[float], str]
) -> None:
    print(f"\n{title}\n{unit:46} {'median':>10} {'best':>10} {'by CPU':>10} {'times as fast':>14} {'by CPU':>7}")
    for row in rows:
        seconds = (statistics.median(row.walls()), min(row.walls()), statistics.median(row.cpus()))
        ratios = row.times_as_fast(reference)
        print(f"{row.name:46} {' '.join(map(shown, seconds))} {ratios[0]:14.2f} {ratios[1]:7.2f}", flush=True)
