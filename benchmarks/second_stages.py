"""nDCG@10 of ways to fuse meaning and words, and of second looks at what they found: docs/EVALUATION.md quotes it.

    python benchmarks/second_stages.py FOLDER QUERIES QRELS [FOLDER QUERIES QRELS …]

What has something to choose is tuned on every other query, all collections counting the same, measured on the rest, and
the other way round. The sentences of the passages that are looked at again are embedded, which takes minutes.
"""

import itertools
import os
import sys

import _project  # noqa: F401
import numpy as np

from arguments import build_parser
from collection import open_collection
from evaluation import mean_of, values_of
from evidence import sentences_in
from feedback import BEST_DOCUMENTS, as_spread_as
from ranking import WORDS_WEIGHT
from search_engine import Query
from startup import chosen_settings

POOL = 200  # of each list
LOOKED_AT = 20  # documents, of which finer passages are embedded


class Asked:
    """One query: its candidates as arrays of n chunks, and which documents are relevant."""

    def __init__(self, opened, text, judged) -> None:
        self.judged = judged
        self._opened = opened
        ranking = opened.engine.ranking_of(Query(text, asks_again=False, has_all_copies=True))
        snapshot = opened.engine.snapshot
        self.chunks = list(ranking._chunks)
        found = [ranking._chunks[chunk] for chunk in self.chunks]
        self.paths = [snapshot.document(snapshot.document_of(chunk)).path for chunk in self.chunks]
        rows = [snapshot.segment(chunk.segment).embeddings[chunk.row] for chunk in self.chunks]
        self.embeddings = np.asarray(rows, dtype=np.float32)  # (n, dim)
        self.query = ranking.asked
        self.cosines = self.embeddings @ self.query
        self.words = np.array([each.words for each in found])  # bm25, of which the best is 1
        self.fused = np.array([each.standing for each in found])  # as the program adds them up
        scale = ranking._yardstick.scales(self.query)[0]
        self.deviations = (self.cosines - scale.mean) / scale.spread
        chances = {ranked.chunk: ranked.chance for ranked in ranking.best(len(self.chunks))}
        self.chances = np.array([chances.get(chunk, 0) for chunk in self.chunks])

    def best_rows(self, scores, count):
        """The best chunk of each of the best documents."""
        rows = {}
        for row in np.argsort(-scores, kind="stable"):
            rows.setdefault(self.paths[row], int(row))
        return list(rows.values())[:count]

    def ndcg(self, scores):
        ranking = [self.paths[row] for row in self.best_rows(scores, 10) if scores[row] > -np.inf]
        return values_of({"1": ranking}, {"1": self.judged})["nDCG@10"]["1"]

    def closest_sentences(self, row, count):
        """The best cosine of so many sentences in a row of a chunk; their mean embedding stands for them."""
        sentences = self._opened.sentences(self.chunks[row])
        sums = [sentences[start : start + count].sum(axis=0) for start in range(max(1, len(sentences) - count + 1))]
        return max(float(each @ self.query / np.linalg.norm(each)) for each in sums)


class Opened:
    """A collection with the embeddings of sentences, each chunk embedded once."""

    def __init__(self, collection) -> None:
        self.engine = collection.engine
        self._sentences = {}
        self.texts = list(collection.queries.values())
        self.asked = [Asked(self, text, collection.judgements[each]) for each, text in collection.queries.items()]

    def sentences(self, chunk):
        if chunk not in self._sentences:
            text = self.engine.snapshot.chunk(chunk).text
            texts = [text[start:end] for start, end in sentences_in(text)] or [text]
            self._sentences[chunk] = self.engine._embedder.embed_documents(texts)
        return self._sentences[chunk]


def places(scores):
    """1 for the best of a list, infinity for what is not on it."""
    places = np.full(len(scores), np.inf)
    rows = [row for row in np.argsort(-scores, kind="stable")[:POOL] if scores[row] > 0]
    places[rows] = np.arange(1, len(rows) + 1)
    return places


def unit(values):
    return (values - values.min()) / ((values.max() - values.min()) or 1)


def standard(values):
    return (values - values.mean()) / (values.std() or 1)


def reciprocal_ranks(asked, meaning, k):
    return meaning / (k + places(asked.cosines)) + 1 / (k + places(asked.words))


def min_max(asked, meaning):
    return meaning * unit(asked.cosines) + (1 - meaning) * asked.words


def z_scores(asked, meaning):
    return meaning * standard(asked.cosines) + (1 - meaning) * standard(asked.words)


def deviations(asked, words):
    return asked.deviations + words * asked.words


def finer(asked, share, count):
    """The closest sentences of the best documents count beside the passage."""
    rows = asked.best_rows(asked.fused, LOOKED_AT)
    closest = np.array([asked.closest_sentences(row, count) for row in rows])
    scores = np.full(len(asked.fused), -np.inf)
    scores[rows] = (1 - share) * unit(asked.fused[rows]) + share * unit(closest)
    return scores


def again(asked, weight, documents):
    """As `Ranking.ask_again` does it."""
    rows = asked.best_rows(asked.fused, documents)
    query = asked.query + weight * asked.chances[rows].astype(np.float32) @ asked.embeddings[rows]
    closer = as_spread_as(asked.embeddings @ (query / np.linalg.norm(query)), asked.deviations)
    return asked.fused + closer - asked.deviations


SHARES = (0.1, 0.2, 0.3, 0.4, 0.5)
WAYS = {
    "words only": (lambda asked: np.where(asked.words > 0, asked.words, -np.inf), {}),
    "meaning only": (lambda asked: asked.cosines, {}),
    "reciprocal ranks, k = 60": (lambda asked: reciprocal_ranks(asked, 1, 60), {}),
    "reciprocal ranks, tuned": (reciprocal_ranks, {"meaning": (1, 1.5, 2, 3), "k": (10, 20, 60)}),
    "scaled to [0, 1], tuned": (min_max, {"meaning": (0.4, 0.5, 0.6, 0.7, 0.8, 0.9)}),
    "standard scores of the list, tuned": (z_scores, {"meaning": (0.4, 0.5, 0.6, 0.7, 0.8, 0.9)}),
    "deviations of the index, tuned": (deviations, {"words": (1, 2, 3, 4, 5, 6)}),
    f"deviations of the index, words x {WORDS_WEIGHT:g}: as it is": (lambda asked: asked.fused, {}),
    "  + its closest sentence, tuned": (lambda asked, share: finer(asked, share, 1), {"share": SHARES}),
    "  + its two closest in a row, tuned": (lambda asked, share: finer(asked, share, 2), {"share": SHARES}),
    "  + asked again, tuned": (again, {"weight": (0.5, 1, 1.25, 1.5, 2), "documents": (1, 2, 3, 4, 6)}),
    "  + asked again: as it is": (lambda asked: again(asked, 1.25, BEST_DOCUMENTS), {}),
}


def table(way, options, collections):
    """(settings, collection, query) -> nDCG@10; one settings where nothing is to be chosen."""
    grid = [dict(zip(options, values, strict=True)) for values in itertools.product(*options.values())]
    return [[[asked.ndcg(way(asked, **chosen)) for asked in each.asked] for each in collections] for chosen in grid]


def tuned(scores):
    """For each collection nDCG@10 of each query, with the settings that are best on the other half."""
    first, second = slice(0, None, 2), slice(1, None, 2)
    values = [np.zeros(len(each)) for each in scores[0]]
    for measured, learnt in ((first, second), (second, first)):
        best = max(scores, key=lambda each: sum(np.mean(queries[learnt]) for queries in each))
        for value, queries in zip(values, best, strict=True):
            value[measured] = queries[measured]
    return values


def likely(engine, texts, *, asks_again):
    """How many of the queries have a likely first hit."""
    first = [engine.search(Query(text, limit=1, asks_again=asks_again)) for text in texts]
    return sum(hits[0].is_likely for hits in first if hits)


def main() -> None:
    given = sys.argv[1:]
    collections = []
    for start in range(0, len(given), 3):
        args = build_parser().parse_args(["eval", *given[start : start + 3]])
        collections.append(Opened(open_collection(args, chosen_settings(args, os.environ))))
    base = None
    for name, (way, options) in WAYS.items():
        values = tuned(table(way, options, collections))
        base = values if name.endswith(": as it is") and base is None else base
        cells = [f"{np.mean(each):.4f}" for each in values]
        if base is not None and values is not base:
            gains = [mean_of((each - before).tolist()) for each, before in zip(values, base, strict=True)]
            cells += [f"{gain.mean:+.4f} ({gain.low:+.4f} to {gain.high:+.4f})" for gain in gains]
        print(f"{name:48}" + "  ".join(cells), flush=True)
    for here, other in itertools.permutations(collections, 2):
        before, after = (likely(here.engine, other.texts, asks_again=again) for again in (False, True))
        print(f"likely first hits for {len(other.texts)} queries of another collection: {before}, asked again {after}")


if __name__ == "__main__":
    main()
