"""Texts for the benchmarks: made up, always the same, as varied as a language's words are."""

import random

from corpus import Page
from extraction.chunking import OVERLAP_TOKENS, split

_SYLLABLES = ("ba", "con", "der", "fi", "gra", "hol", "in", "ka", "lum", "mo", "ner", "or", "pre", "sto", "ti", "ver")


def text(words: int, *, seed: int) -> str:
    """Sentences of invented words whose frequencies fall as in a natural language (Zipf)."""
    source = random.Random(seed)
    vocabulary = ["".join(source.choices(_SYLLABLES, k=1 + number % 4)) for number in range(2000)]
    weights = [1 / (rank + 1) for rank in range(len(vocabulary))]
    chosen = source.choices(vocabulary, weights, k=words)
    sentences = [" ".join(chosen[start : start + 12]).capitalize() + "." for start in range(0, words, 12)]
    return " ".join(sentences)


def chunks(count: int, embedder) -> list[str]:
    """Chunks as the indexer makes them: three in four full, the rest short."""
    full = split(
        (Page(1, text(count * 80, seed=1)),),
        max_tokens=embedder.chunk_tokens,
        overlap_tokens=OVERLAP_TOKENS,
        count_tokens=embedder.count_tokens,
        limit=count * 3 // 4,
    )
    short = [text(10 + number % 60, seed=number) for number in range(count - len(full))]
    return [chunk.text for chunk in full] + short
