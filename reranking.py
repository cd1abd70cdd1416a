"""The hits of a search in a better order, as far as a reranker gets in the time there is.

The first list stands at once. A reranker reads the query together with each passage, which takes it a tenth of a
second or seconds for each, so it begins at the top and the list changes as it goes.
"""

import math
import threading
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
        self,
        query: Input,
        documents: Sequence[Input],
        *,
        budget_s: float | None = None,
        should_stop: Callable[[], bool] = ...,
    ) -> NDArray[np.float32]: ...

    def stop(self) -> None: ...

    def close(self) -> None: ...


class LiveReranking:
    """Improves the list that a window shows until another question is asked.

    Args:
        load: Gives the reranker; called for the first list that is to be improved.
        budget_s: For each list, loading apart.
    """

    def __init__(self, load: Callable[[], Scorer], *, budget_s: float) -> None:
        self._load = load
        self._budget_s = budget_s
        self._scorer: Scorer | None = None
        self._loading = threading.Lock()
        self._turn = object()

    def begin(self) -> object:
        """Take the turn of improving a list from whoever has it; whose lists end within 50 ms."""
        self._turn = turn = object()
        if self._scorer:
            self._scorer.stop()
        return turn

    def end(self, turn: object) -> None:
        """Have the lists of this turn come to an end, and no other's."""
        if self._turn is turn:
            self.begin()

    def improved(self, turn: object, hits: Sequence[Hit], query: str) -> Iterator[list[Hit]]:
        """As `improved` of this module, until somebody else's turn begins.

        Raises:
            ModelError: With the first list: the reranker cannot be had.
        """
        with self._loading:
            self._scorer = scorer = self._scorer or self._load()
        yield from improved(hits, query, scorer, budget_s=self._budget_s, should_stop=lambda: self._turn is not turn)

    def close(self) -> None:
        self.begin()
        with self._loading:
            if self._scorer:
                self._scorer.close()
                self._scorer = None


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
    jumps because of what is not known yet. Likely hits stay above the others. Making `should_stop` true and
    then calling `scorer.stop` is what ends it soonest: then, as when the time is up, no more lists come.

    Args:
        hits: Best first.
        query: What was typed, without signs.
        should_stop: Asked before each hit is read.
    """
    ends = time.monotonic() + budget_s
    scored: dict[int, float] = {}  # place -> relevance
    for place in _places(hits):
        left_s = ends - time.monotonic()
        if left_s <= 0 or should_stop():
            return
        try:
            document = Input(hits[place].context)
            [relevance] = scorer.relevance(Input(query), [document], budget_s=left_s, should_stop=should_stop).tolist()
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
    read = [_read(hits[place], relevance) for place, relevance in scored.items()]
    reordered = list(hits)
    for place, hit in zip(sorted(scored), sorted(read, key=lambda hit: hit.chance, reverse=True), strict=True):
        reordered[place] = hit
    return reordered


def _read(hit: Hit, relevance: float) -> Hit:
    """A hit with the chance that it has by what was known before and by its relevance together."""
    log_odds = (1 - _SHARE) * _log_odds(hit.chance) + _SHARE * _log_odds(relevance)
    return replace(hit, relevance=relevance, chance=1 / (1 + math.exp(-log_odds)))


def _log_odds(chance: float) -> float:
    chance = min(max(chance, _SURE), 1 - _SURE)
    return math.log(chance / (1 - chance))
