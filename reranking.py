"""The hits of a search in a better order, as far as a reranker gets in the time there is.

The first list stands at once. A reranker reads the query together with each passage, which takes it a tenth of a
second or seconds for each, so it begins at the top and the list changes as it goes.
"""

import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from errors import ModelFailed
from hits import Hit
from models.prompts import Input

RERANKED = 20  # hits, from the top
# What it says counts so much, and what was known before the rest. Nobody has measured it with true weights.
_SHARE = 0.7
_PINNED = 0.99  # a name typed in full is no matter of opinion
# By the makers' own figures their 2B reranker makes documents better and these worse.
_LEFT = frozenset({"picture", "video"})
_SURE = 1e-6  # as near to 0 and 1 as a chance counts


class Scorer(Protocol):
    """`models.reranker.Reranker` is one."""

    def relevance(
        self, query: Input, documents: Sequence[Input], *, budget_s: float | None = None
    ) -> NDArray[np.float32]: ...


def improved(
    hits: Sequence[Hit],
    query: str,
    scorer: Scorer,
    *,
    budget_s: float,
    should_stop: Callable[[], bool] = lambda: False,
) -> Iterator[list[Hit]]:
    """All hits, once more for each that was scored.

    Those with a score change places among themselves; whatever has none stays where it stands, so the list never
    jumps because of what is not known yet. Likely hits stay above the others. Between two lists `scorer.stop` in
    another thread is what ends it soonest: then, as when the time is up, no more lists come.

    Args:
        hits: Best first.
        query: What was typed, without signs.
        should_stop: Asked before each hit.
    """
    ends = time.monotonic() + budget_s
    scored: dict[int, float] = {}  # place -> relevance
    for place in _places(hits):
        left_s = ends - time.monotonic()
        if left_s <= 0 or should_stop():
            return
        try:
            relevance = float(scorer.relevance(Input(query), [Input(hits[place].context)], budget_s=left_s)[0])
        except ModelFailed:  # one passage that is too long takes no other along
            continue
        if math.isnan(relevance):
            return
        scored[place] = relevance
        yield _reordered(hits, scored)


def reranked(hits: Sequence[Hit], query: str, scorer: Scorer, *, budget_s: float) -> list[Hit]:
    """The last of the lists of `improved`."""
    *_, last = [list(hits), *improved(hits, query, scorer, budget_s=budget_s)]
    return last


def _places(hits: Sequence[Hit]) -> list[int]:
    """Which hits are read again: documents with a passage, as likely as the first of them."""
    places = [
        place
        for place, hit in enumerate(hits[:RERANKED])
        if hit.kind not in _LEFT and hit.context and hit.chance < _PINNED
    ]
    return [place for place in places if hits[place].is_likely == hits[places[0]].is_likely]


def _reordered(hits: Sequence[Hit], scored: dict[int, float]) -> list[Hit]:
    read = [replace(hits[place], relevance=relevance) for place, relevance in scored.items()]
    reordered = list(hits)
    for place, hit in zip(sorted(scored), sorted(read, key=_log_odds, reverse=True), strict=True):
        reordered[place] = hit
    return reordered


def _log_odds(hit: Hit) -> float:
    """Of the chance and the relevance together."""
    return (1 - _SHARE) * _log_odds_of(hit.chance) + _SHARE * _log_odds_of(hit.relevance or 0.0)


def _log_odds_of(chance: float) -> float:
    chance = min(max(chance, _SURE), 1 - _SURE)
    return math.log(chance / (1 - chance))
