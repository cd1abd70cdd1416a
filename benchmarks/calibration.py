"""Fit the figures of `ranking.py` that turn what speaks for a document into a chance, and say how far chances hold.

    python benchmarks/calibration.py COLLECTION COLLECTION … --work DIR

A collection is a folder with `docs/`, `queries.jsonl` and `qrels.tsv`. Each is indexed alone and all of them together.
Each index is asked the queries of every collection, so that half of what is asked has no answer there. What is printed
is of queries that the figures were not fitted on: both halves of the queries, each with the figures of the other.
"""

import argparse
import subprocess
import sys
import zlib
from pathlib import Path
from typing import NamedTuple

import _project  # noqa: F401
import numpy as np
from numpy.typing import NDArray

import ranking
from arguments import build_parser
from judgements import read_judgements, read_queries
from ranking import LIKELY
from search_engine import LISTS, Query, SearchEngine
from startup import chosen_settings, open_engine

HITS = 10
SHARE_LOST = 0.02  # of answered queries that may be told that nothing is likely
Array = NDArray[np.float64]


class Case(NamedTuple):
    """One query asked of one index."""

    index: str
    query_id: str
    features: Array  # (hits, 3): 1, standing, kinship
    relevant: Array  # (hits,), 0 or 1
    is_answered: bool  # the index has a document that was judged relevant

    @property
    def half(self) -> int:
        return zlib.crc32(self.query_id.encode()) % 2


def indexed(folders: list[Path], index_dir: Path) -> Path:
    command = [sys.executable, "launcher.py", "index", *folders, "--index-dir", index_dir, "--ocr", "off"]
    subprocess.run(command, cwd=Path(__file__).resolve().parent.parent, check=True)
    return index_dir


def cases_of(index_dir: Path, collections: list[Path]) -> list[Case]:
    """What every query of every collection finds in one index."""
    settings = chosen_settings(build_parser().parse_args(["search", "--index-dir", str(index_dir), "x"]), {})
    engine = open_engine(settings, say=lambda _: None)
    paths = {record.path for _, record in engine.snapshot.documents()}
    cases = []
    for collection in collections:
        judged = read_judgements(collection / "qrels.tsv")
        for query_id, text in read_queries(collection / "queries.jsonl").items():
            relevant = {str(collection / document) for document, grade in judged.get(query_id, {}).items() if grade > 0}
            is_answered = bool(relevant & paths)
            if is_answered or not any(path.startswith(str(collection)) for path in paths):
                name = f"{collection.name} {query_id}"
                cases.append(Case(index_dir.name, name, *asked(engine, text, relevant), is_answered))
    return cases


def asked(engine: SearchEngine, text: str, relevant: set[str]) -> tuple[Array, Array]:
    found = engine.ranking_of(Query(text, lists=LISTS - {"names"}))
    best = found.best(HITS)
    paths = [engine.snapshot.document(ranked.document).path for ranked in best]
    features = [[1, ranked.standing, found.kinship] for ranked in best]
    return np.array(features), np.array([path in relevant for path in paths], dtype=float)


def fitted(cases: list[Case]) -> Array:
    """Logistic regression by Newton's method; every index with every collection weighs the same."""
    x, y, w = stacked(cases)
    figures = np.zeros(x.shape[1])
    for _ in range(50):
        p = chances(x, figures)
        slope = x.T @ (w * (y - p))
        curve = (x * (w * p * (1 - p))[:, None]).T @ x
        figures += np.linalg.solve(curve + 1e-9 * np.eye(len(figures)), slope)
    return figures


def stacked(cases: list[Case]) -> tuple[Array, Array, Array]:
    """Features, relevance and weight of every hit."""
    groups = [(case.index, case.query_id.split()[0]) for case in cases]
    weights = [1 / groups.count(group) / len(case.relevant) for case, group in zip(cases, groups, strict=True)]
    weight = np.repeat(weights, [len(case.relevant) for case in cases])
    relevant = np.concatenate([case.relevant for case in cases])
    return np.concatenate([case.features for case in cases]), relevant, weight / weight.sum()


def chances(features: Array, figures: Array) -> Array:
    return 1 / (1 + np.exp(-features @ figures))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("collections", nargs="+", type=Path)
    parser.add_argument("--work", type=Path, required=True)
    args = parser.parse_args()
    collections = [collection.resolve() for collection in args.collections]
    groups = [[collection] for collection in collections] + [collections]
    cases = []
    for group in groups:
        name = "+".join(collection.name for collection in group)
        index_dir = indexed([collection / "docs" for collection in group], args.work.resolve() / name)
        cases += cases_of(index_dir, collections)
    print("fitted on all: base {:.2f}, per standing {:.2f}, per kinship {:.2f}".format(*fitted(cases)))
    halves = [
        ([case for case in cases if case.half != half], [case for case in cases if case.half == half])
        for half in (0, 1)
    ]
    said = [
        (case, chances(case.features, figures)) for rest, half in halves for figures in [fitted(rest)] for case in half
    ]
    show_reliability(said)
    show_threshold(said)
    print("\nby the figures that the program has:")
    as_it_is = np.array([ranking._BASE, ranking._PER_STANDING, ranking._PER_KINSHIP])
    said = [(case, chances(case.features, as_it_is)) for case in cases]
    show_reliability(said)
    show_threshold(said)


def show_reliability(said: list[tuple[Case, Array]]) -> None:
    _, relevant, weight = stacked([case for case, _ in said])
    chance = np.concatenate([each for _, each in said])
    error = 0.0
    print("\n| chance said | hits | said on average | were relevant |\n|---|---|---|---|")
    for low in range(0, 100, 10):
        among = (chance * 100 >= low) & (chance * 100 < low + 10)
        if among.any():
            mean, was = (np.average(each[among], weights=weight[among]) for each in (chance, relevant))
            error += weight[among].sum() * abs(mean - was)
            print(f"| {low} to {low + 10} % | {among.sum():,} | {mean:.0%} | {was:.0%} |")
    brier = np.average((chance - relevant) ** 2, weights=weight)
    print(f"\nexpected calibration error {error:.3f}, Brier score {brier:.3f}")


def show_threshold(said: list[tuple[Case, Array]]) -> None:
    best = {
        answered: np.array([max(each) for case, each in said if case.is_answered == answered])
        for answered in (True, False)
    }
    for threshold in (np.quantile(best[True], SHARE_LOST), LIKELY):
        lost, told = (np.mean(best[answered] < threshold) for answered in (True, False))
        print(
            f"threshold {threshold:.2f}: nothing likely for {told:.1%} of what is not there, for {lost:.1%} of what is"
        )


if __name__ == "__main__":
    main()
