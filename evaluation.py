"""How good rankings are: nDCG@10, recall@10 and MRR of rankings against judgements, with their uncertainty.

Pure: it knows neither how documents are found nor where the judgements come from.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import ir_measures
import numpy as np
from numpy.typing import NDArray

from judgements import Judgements

Measures = Mapping[str, ir_measures.measures.Measure]
MEASURES = {"nDCG@10": ir_measures.nDCG @ 10, "recall@10": ir_measures.R @ 10, "MRR": ir_measures.RR}
KNOWN_ITEM_MEASURES = {
    "success@1": ir_measures.Success @ 1,
    "success@10": ir_measures.Success @ 10,
    "MRR": ir_measures.RR,
}
DEPTH = 100  # documents of a ranking that count; for the MRR, what comes later is not there
_SAMPLES = 2_000

Rankings = Mapping[str, Sequence[str]]  # query id -> documents, best first


@dataclass(frozen=True, slots=True)
class Figure:
    """A mean over queries; with other queries of the kind it would be between `low` and `high` 19 times of 20."""

    mean: float
    low: float
    high: float


def answerable(judgements: Judgements) -> dict[str, Mapping[str, int]]:
    """The queries for which at least one document is relevant: there is nothing to find for the others."""
    return {query_id: judged for query_id, judged in judgements.items() if any(grade > 0 for grade in judged.values())}


def figures_of(rankings: Rankings, judgements: Judgements, measures: Measures = MEASURES) -> dict[str, Figure]:
    """Measure -> mean over the queries of `judgements`; a query without a ranking counts 0.

    Args:
        rankings: Of at most DEPTH documents each.
        judgements: Each query with a relevant document, as `answerable` has them.
    """
    values = values_of(rankings, judgements, measures)
    return {name: mean_of(list(values[name].values())) for name in measures}


def values_of(rankings: Rankings, judgements: Judgements, measures: Measures = MEASURES) -> dict[str, dict[str, float]]:
    """Measure -> query id -> value in [0, 1]."""
    run = {
        query_id: {document: float(len(ranking) - place) for place, document in enumerate(ranking)}
        for query_id, ranking in rankings.items()
    }
    judged = {query_id: dict(documents) for query_id, documents in judgements.items()}
    values: dict[str, dict[str, float]] = {name: dict.fromkeys(judgements, 0.0) for name in measures}
    name_of = {measure: name for name, measure in measures.items()}
    for metric in ir_measures.iter_calc(list(name_of), judged, run):
        if metric.query_id in judgements:
            values[name_of[metric.measure]][metric.query_id] = float(metric.value)
    return values


def mean_of(values: Sequence[float]) -> Figure:
    """The mean and its 95 % interval by bootstrap: means of as many values drawn again and again, seeded."""
    if not values:
        return Figure(0.0, 0.0, 0.0)
    array = np.asarray(values)  # (n,)
    drawn = np.random.default_rng(0).integers(len(array), size=(_SAMPLES, len(array)))
    means: NDArray[np.float64] = array[drawn].mean(axis=1)  # (_SAMPLES,)
    low, high = np.percentile(means, [2.5, 97.5])
    return Figure(float(array.mean()), float(low), float(high))
