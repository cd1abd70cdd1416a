"""Query and candidate -> relevance, by Qwen3-VL-Reranker.

Two kinds of GGUF go around: the generative model, whose relevance is how much sooner it would
say "yes" than "no", and one that the converter has given a classifier's head of the same two
rows. A GGUF with the head is only ever read by the head: of an 8B the converter drops the
output matrix, and its logits are then meaningless (relevance off by up to 0.91).
"""

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.pictures import PixelLimits
from models.prompts import RERANK_INSTRUCTION, Input, reranking_prompt
from models.sight_session import SightOptions, SightSession, load_sight_session


class Reranker:
    """Made by `load_reranker`, safe to call from several threads."""

    def __init__(self, session: SightSession, limits: PixelLimits | None = None) -> None:
        self._session = session
        self._limits = limits
        self._yes, self._no = (0, 0) if session.has_classifier else (session.token_of("yes"), session.token_of("no"))

    def relevance(
        self, query: Input, documents: Sequence[Input], *, instruction: str = RERANK_INSTRUCTION
    ) -> NDArray[np.float32]:
        """(n,) in [0, 1], in the order of `documents`.

        Raises:
            ModelFailed: A pair is longer than the context; cut the document.
        """
        scores = [self._relevance_of_pair(query, document, instruction) for document in documents]
        return np.asarray(scores, dtype=np.float32)

    def close(self) -> None:
        self._session.close()

    def _relevance_of_pair(self, query: Input, document: Input, instruction: str) -> float:
        prompt = reranking_prompt(query, document, instruction=instruction, limits=self._limits)
        if self._session.has_classifier:
            return self._session.rank(prompt)  # a probability already
        logits = self._session.logits(prompt)
        return _sigmoid(float(logits[self._yes] - logits[self._no]))


def load_reranker(
    weights: Path, projector: Path | None, options: SightOptions, *, limits: PixelLimits | None = None
) -> Reranker:
    """The reranker of these weights, ready to use, whichever kind of GGUF it is.

    Raises:
        ModelFailed: llama.cpp cannot use them, or they have no single tokens for "yes" and "no".
    """
    session = load_sight_session(weights, projector, options, for_ranking=True)
    try:
        return Reranker(session, limits)
    except BaseException:
        session.close()
        raise


def _sigmoid(x: float) -> float:
    return 1 / (1 + math.exp(-x)) if x >= 0 else math.exp(x) / (1 + math.exp(x))
