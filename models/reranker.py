"""Query and candidate -> relevance, by Qwen3-VL-Reranker and its kin.

Two kinds of GGUF go around: the generative model, whose relevance is how much sooner it would
say "yes" than "no", and one that the converter has given a classifier's head of the same two
rows. A GGUF with the head is only ever read by the head: of an 8B the converter drops the
output matrix, and its logits are then meaningless (relevance off by up to 0.91).
"""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.decoder import Stopped
from models.pictures import limits_of
from models.precedence import Precedence
from models.profiles import QWEN3_VL_RERANKER, RerankerProfile
from models.prompts import Input, Prompt, document_prompt, joined, query_prompt
from models.sight_model import SightModel, SightOptions, load_sight_model
from models.sight_session import SightSession, open_session
from models.stop_flag import StopFlag


class Reranker:
    """Made by `load_reranker`, safe to call from several threads."""

    def __init__(
        self,
        model: SightModel,
        *,
        has_classifier: bool,
        profile: RerankerProfile = QWEN3_VL_RERANKER,
        precedence: Precedence | None = None,
    ) -> None:
        self._model = model
        self._profile = profile
        self._limits = limits_of(profile)
        self._precedence = precedence or Precedence()
        self._answers = [] if has_classifier else [model.token_of("yes"), model.token_of("no")]
        self._lock = threading.Lock()
        self._stop = StopFlag()
        self._session: SightSession = open_session(model, has_classifier=has_classifier, stop=self._stop)

    @property
    def sees_pictures(self) -> bool:
        return self._model.projector is not None

    def relevance(
        self,
        query: Input,
        documents: Sequence[Input],
        *,
        instruction: str = "",
        budget_s: float | None = None,
        should_stop: Callable[[], bool] = lambda: False,
    ) -> NDArray[np.float32]:
        """(n,) in [0, 1], in the order of `documents`.

        Args:
            budget_s: Seconds after which what is scored so far returns. Documents are scored in
                their order; the rest are NaN. `stop` ends it likewise.
            should_stop: Asked once, when `stop` counts already: whoever makes it true before calling `stop`
                is heard, however early that is.

        Raises:
            ModelFailed: A pair is longer than the context; cut the document.
        """
        scores = np.full(len(documents), np.nan, dtype=np.float32)
        with self._precedence.urgent(), self._lock, self._alarm(budget_s):
            if should_stop():
                return scores
            beginning = query_prompt(query, self._profile, instruction=instruction, limits=self._limits)
            prompts = [self._prompt(beginning, document) for document in documents]
            # All at once is quickest; one by one loses least when time is up.
            step = max(1, len(prompts)) if budget_s is None else 1
            with suppress(Stopped):
                self._session.share(beginning)
                for start in range(0, len(prompts), step):
                    scores[start : start + step] = self._scores(prompts[start : start + step])
        return scores

    def stop(self) -> None:
        """Have the `relevance` under way in another thread return what it has, within 50 ms."""
        self._stop.set(True)

    def close(self) -> None:
        with self._lock:  # whoever is in here ends soon if it was stopped
            self._session.close()
            self._model.close()

    @contextmanager
    def _alarm(self, budget_s: float | None) -> Iterator[None]:
        """Raise the flag when time is up, and lower it for the next one."""
        self._stop.set(False)
        timer = threading.Timer(budget_s, self.stop) if budget_s is not None else None
        if timer:
            timer.start()
        try:
            yield
        finally:
            if timer:
                timer.cancel()
                timer.join()
            self._stop.set(False)

    def _prompt(self, beginning: Prompt, document: Input) -> Prompt:
        return joined([*beginning, *document_prompt(document, self._profile, limits=self._limits)])

    def _scores(self, prompts: Sequence[Prompt]) -> NDArray[np.float32]:
        if self._session.has_classifier:
            return self._session.rank(prompts)  # probabilities already
        yes, no = self._session.logits(prompts, self._answers).T
        return np.asarray(_sigmoid(yes - no), dtype=np.float32)


def load_reranker(
    weights: Path,
    projector: Path | None,
    options: SightOptions,
    *,
    profile: RerankerProfile = QWEN3_VL_RERANKER,
    precedence: Precedence | None = None,
) -> Reranker:
    """The reranker of these weights, ready to use, whichever kind of GGUF it is.

    Raises:
        ModelFailed: llama.cpp cannot use them, or they have no single tokens for "yes" and "no".
    """
    precedence = precedence or Precedence()
    model = load_sight_model(weights, projector, options, precedence)
    try:
        return Reranker(
            model,
            has_classifier=model.has_classifier(weights),
            profile=profile,
            precedence=precedence,
        )
    except BaseException:
        model.close()
        raise


def _sigmoid(x: NDArray[np.float32]) -> NDArray[np.float32]:
    """Without overflow on either side."""
    return np.asarray(np.exp(-np.logaddexp(0, -x)), dtype=np.float32)
