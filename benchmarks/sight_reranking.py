"""Seconds to rerank 20 documents of 50 and of 200 tokens: together, against pair by pair.

Together is `Reranker.relevance` with nothing evaluated beforehand. Pair by pair is one llama_decode
for each whole pair, in the same context, cleared before each: the quickest way for a pair alone.
The query has ten words, and what stands before it is as long as with the true tokenizer. Also how
many documents a budget of two seconds is enough for, and how long that took in reality.

    python benchmarks/sight_reranking.py [--dir FOLDER] [--threads N] [--rounds 3]
"""

import time

import _project  # noqa: F401
import numpy as np
import sight_inputs
import true_shape
from sight_inputs import Series, timed

from models.profiles import QWEN3_VL_RERANKER
from models.prompts import Input, query_prompt
from models.reranker import Reranker, load_reranker

DOCUMENTS = 20
TARGETS = {50: 1.8, 200: 1.3}  # tokens of a document: times as fast
QUERY_WORDS = 10
BUDGET_S = 2.0


class Pairs:
    """One query and its documents, scored in either way."""

    def __init__(self, reranker: Reranker, tokens: int) -> None:
        self._reranker = reranker
        self._session = reranker._session
        self._query = Input(sight_inputs.words(QUERY_WORDS, seed=1).strip())
        self._documents = [Input(text) for text in sight_inputs.texts(DOCUMENTS, tokens, seed=10)]
        self._instruction = sight_inputs.instruction_for(
            QWEN3_VL_RERANKER.pair, tokens=sight_inputs.PAIR_OPENING_TOKENS
        )
        self._beginning = query_prompt(self._query, instruction=self._instruction)
        self.prompts = [reranker._prompt(self._beginning, document) for document in self._documents]
        self.beginning_tokens = sight_inputs.count_tokens(self._beginning[0])
        self.together_scores = self.alone_scores = np.empty(0)

    def together(self, budget_s: float | None = None) -> np.ndarray:
        self._forget()
        self.together_scores = self._reranker.relevance(
            self._query, self._documents, instruction=self._instruction, budget_s=budget_s
        )
        return self.together_scores

    def one_by_one(self) -> None:
        scores = []
        for prompt in self.prompts:
            self._forget()
            scores.append(self._reranker._scores([prompt])[0])
        self.alone_scores = np.array(scores)

    def _forget(self) -> None:
        self._session.clear()
        self._session._shared = []


def measure(reranker: Reranker, tokens: int, rounds: int) -> None:
    pairs = Pairs(reranker, tokens)
    together, alone = Series("together: ours"), Series("pair by pair")
    for _ in range(rounds):
        together.runs.append(timed(pairs.together))
        alone.runs.append(timed(pairs.one_by_one))
    difference = np.abs(pairs.together_scores - pairs.alone_scores).max()
    whole = np.mean([sight_inputs.count_tokens(prompt[0]) for prompt in pairs.prompts])
    title = (
        f"{DOCUMENTS} documents of about {tokens} tokens: pairs of {whole:.0f}, {pairs.beginning_tokens} of them"
        f" shared; target: {TARGETS[tokens]} times as fast"
    )
    sight_inputs.print_seconds(title, [together, alone], alone)
    print(f"largest difference of both in relevance: {difference:.4f}")
    for _ in range(rounds):
        started = time.perf_counter()
        scores = pairs.together(BUDGET_S)
        seconds = time.perf_counter() - started
        print(f"with {BUDGET_S:.0f} s to go: {np.isfinite(scores).sum()} documents in {seconds:.2f} s", flush=True)


def main() -> None:
    args = sight_inputs.arguments(__doc__.splitlines()[0], rounds=3)
    sight_inputs.print_load("start")
    files = true_shape.ensure_model(args.dir)
    reranker = load_reranker(files.weights, None, sight_inputs.options(args.threads))
    Pairs(reranker, 50).together(BUDGET_S)  # so that the weights are read
    for tokens in TARGETS:
        measure(reranker, tokens, args.rounds)
    sight_inputs.print_load("end")


if __name__ == "__main__":
    main()
