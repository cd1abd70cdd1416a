"""nDCG@10 of judged queries when documents were changed at random times and some were opened at random.

Times at random tell nothing of what is relevant, so whatever they change is loss: it says how large the boosts of
`opened.py` may be. The index is one that `launcher eval` made of the folder (or `launcher index`).

    python benchmarks/habit_boosts.py INDEX_DIR FOLDER QUERIES QRELS
"""

import argparse
import random
import time
from pathlib import Path

import _project  # noqa: F401
import msgspec

from arguments import build_parser
from evaluation import answerable, figures_of
from index_store import read_index
from judgements import of_documents, read_judgements, read_queries
from opened import Opened, boosts
from search_engine import Query
from startup import chosen_settings, engine_over, open_embedder

SCALES = (0.0, 0.5, 1.0, 2.0, 4.0)
DAY_S = 86_400
OLDEST_DAYS = 2_000
OPENED_SHARE = 0.02  # of the documents
DEPTH = 100


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name in ("index_dir", "folder", "queries", "qrels"):
        parser.add_argument(name, type=Path)
    args = parser.parse_args()
    settings = chosen_settings(build_parser().parse_args(["status"]), {})
    snapshot = read_index(args.index_dir)
    engine = engine_over(snapshot, open_embedder(settings, say=print, indexed=snapshot.fingerprint))
    judged = answerable(read_judgements(args.qrels))
    queries = {each: text for each, text in read_queries(args.queries).items() if each in judged}
    documents = dict(snapshot.documents())
    judgements = of_documents(
        {each: judged[each] for each in queries}, args.folder, {record.path for record in documents.values()}
    )
    habits = habits_of(documents)
    rankings = {scale: {} for scale in SCALES}
    for query, text in queries.items():
        for scale in SCALES:
            ranking = engine.ranking_of(Query(text=text))
            for found in ranking.best(1_000) if scale else ():
                reasons = habits[found.document]
                ranking.add_boost(found.document, [each._replace(chance=scale * each.chance) for each in reasons])
            rankings[scale][query] = [documents[found.document].path for found in ranking.best(DEPTH)]
    for scale in SCALES:
        figures = figures_of(rankings[scale], judgements)
        print(f"boosts times {scale:g}: " + ", ".join(f"{name} {figure.mean:.4f}" for name, figure in figures.items()))


def habits_of(documents):
    """What speaks for each document by itself: changed within years, most of them lately; a few opened."""
    numbers, now_s = random.Random(7), time.time()
    habits = {}
    for document, record in documents.items():
        changed_s = now_s - DAY_S * OLDEST_DAYS ** numbers.random()
        count = numbers.randint(1, 10) if numbers.random() < OPENED_SHARE else 0
        times = sorted(now_s - DAY_S * 60 * numbers.random() for _ in range(count))
        changed = msgspec.structs.replace(record, mtime_ns=int(changed_s * 1e9))
        habits[document] = boosts(changed, Opened(tuple(times)) if times else None, now_s)
    return habits


if __name__ == "__main__":
    main()
