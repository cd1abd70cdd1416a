"""What `launcher eval` does: ask queries whose answers are known, and say how good what comes is."""

import argparse
import dataclasses
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import console
from collection import open_collection
from errors import EXIT_INTERRUPTED, SettingsError
from evaluation import DEPTH, KNOWN_ITEM_MEASURES, MEASURES, Figure, Rankings, figures_of
from hits import Hit
from judgements import Judgements
from known_items import KnownItem, answers, known_items, read_items, write_items
from models.weights import reranker_here
from reranking import reranked
from search_engine import LISTS, Query, SearchEngine
from settings import Settings
from startup import open_engine, open_reranker

Figures = Mapping[str, Mapping[str, Figure]]  # row -> measure -> figure

ROWS = {
    "words only": Query(limit=DEPTH, lists=frozenset({"words"}), asks_again=False, has_all_copies=True),
    "meaning only": Query(limit=DEPTH, lists=frozenset({"meaning"}), asks_again=False, has_all_copies=True),
    "fused": Query(limit=DEPTH, lists=LISTS, asks_again=False, has_all_copies=True),
    "asked again": Query(limit=DEPTH, lists=LISTS, has_all_copies=True),
}
SHOWN_ROW = "asked again"  # what a search shows

_LABEL_WIDTH = 14
_FIGURE_WIDTH = 22


def run(args: argparse.Namespace, settings: Settings) -> int:
    given = [args.folder, args.queries, args.qrels]
    if args.mine and not any(given):
        return _mine(args, settings)
    if args.mine or not all(given):
        hint = "launcher eval FOLDER QUERIES QRELS, or launcher eval --mine"
        raise SettingsError("A folder, its queries and their judgements, or --mine and none of these.", hint=hint)
    return _collection(args, settings)


def _collection(args: argparse.Namespace, settings: Settings) -> int:
    opened = open_collection(args, settings)
    if opened is None:
        return EXIT_INTERRUPTED
    rows = _rows(opened.engine, opened.queries, args, settings)
    if args.run:
        _write_run(args.run, rows[SHOWN_ROW], opened.engine.snapshot.roots[0].path)
    figures = {row: figures_of(rankings, opened.judgements) for row, rankings in rows.items()}
    snapshot = opened.engine.snapshot
    about = {
        "documents": snapshot.document_count,
        "queries": len(opened.queries),
        "queries_without_relevant_documents": opened.queries_left_out,
        "judged_documents_missing": opened.documents_missing,
        "model": snapshot.fingerprint.model,
    }
    if args.json:
        console.print_json({**about, "figures": _as_json(figures)})
        return 0
    if opened.documents_missing:
        console.say(f"{opened.documents_missing} judged documents are not in the folder.")
    if opened.queries_left_out:
        console.say(f"{opened.queries_left_out} queries without a relevant document are left out.")
    console.out.print(f"{about['documents']:,} documents, {about['queries']:,} queries, model {about['model']}")
    _print_figures(figures, MEASURES)
    return 0


def _mine(args: argparse.Namespace, settings: Settings) -> int:
    """Over the person's own index, which stays as it is."""
    engine = open_engine(dataclasses.replace(settings, has_history=False), say=console.say)
    snapshot = engine.snapshot
    items = read_items(args.asked) if args.asked else known_items(snapshot, count=args.count, seed=args.seed)
    if not items:
        raise SettingsError("No document of the index has text to ask about.", hint="launcher status")
    if args.save:
        write_items(args.save, items)
    judgements = answers(snapshot, items)
    queries = {str(number): item.query for number, item in enumerate(items)}
    rows = _rows(engine, queries, args, settings)
    figures = {row: figures_of(rankings, judgements, KNOWN_ITEM_MEASURES) for row, rankings in rows.items()}
    by_kind = {
        kind: {
            row: figures_of(rankings, _of_kind(kind, items, judgements), KNOWN_ITEM_MEASURES)
            for row, rankings in rows.items()
        }
        for kind in sorted({item.kind for item in items})
    }
    missing = sum(snapshot.find(item.path) is None for item in items)
    if args.json:
        about = {"queries": len(items), "documents_missing": missing, "model": snapshot.fingerprint.model}
        kinds = {kind: _as_json(rows_of_kind) for kind, rows_of_kind in by_kind.items()}
        console.print_json({**about, "figures": _as_json(figures), "by_kind": kinds})
        return 0
    if missing:
        console.say(f"{missing} of the documents that are asked for are not in this index.")
    if args.verbose:
        _print_questions(items, rows[SHOWN_ROW])
    console.out.print(f"{len(items)} questions made from your documents, model {snapshot.fingerprint.model}")
    _print_figures(figures, KNOWN_ITEM_MEASURES)
    _print_kinds(by_kind, items)
    return 0


def _rows(
    engine: SearchEngine, queries: Mapping[str, str], args: argparse.Namespace, settings: Settings
) -> dict[str, Rankings]:
    """For each row, for each query, the paths of what is found, best first."""
    rows = {row: _rankings(engine, queries, query) for row, query in ROWS.items()}
    if args.rerank or args.reranker:
        name = args.reranker or reranker_here(engine.snapshot.fingerprint.model, settings.models_dir)
        with closing(open_reranker(settings, name)) as reranker:
            better = partial(reranked, scorer=reranker, budget_s=args.rerank_budget)
            rows["reranked"] = _rankings(engine, queries, ROWS[SHOWN_ROW], better)
    return rows


def _rankings(
    engine: SearchEngine,
    queries: Mapping[str, str],
    query: Query,
    better: Callable[[Sequence[Hit], str], Sequence[Hit]] = lambda hits, _: hits,
) -> Rankings:
    found = {each: engine.search(dataclasses.replace(query, text=text)) for each, text in queries.items()}
    return {each: [str(hit.path) for hit in better(hits, queries[each])] for each, hits in found.items()}


def _of_kind(kind: str, items: Sequence[KnownItem], judgements: Judgements) -> Judgements:
    return {str(number): judgements[str(number)] for number, item in enumerate(items) if item.kind == kind}


def _write_run(path: Path, rankings: Rankings, folder: str) -> None:
    """As TREC programs read it: query, Q0, document, rank, score, name of the run."""
    lines = [
        f"{query_id} Q0 {Path(document).relative_to(folder)} {rank} {len(ranking) + 1 - rank} launcher\n"
        for query_id, ranking in rankings.items()
        for rank, document in enumerate(ranking, start=1)
    ]
    try:
        path.expanduser().write_text("".join(lines), encoding="utf-8", errors="surrogateescape")
    except OSError as error:
        raise SettingsError(f"Cannot write {path}: {error.strerror}", hint="Name another file with --run.") from error


def _as_json(figures: Figures) -> dict[str, Any]:
    return {row: {name: dataclasses.asdict(figure) for name, figure in each.items()} for row, each in figures.items()}


def _print_figures(figures: Figures, measures: Iterable[str]) -> None:
    names = list(measures)
    console.out.print(_line("", names))
    for row, each in figures.items():
        cells = [f"{each[name].mean:.4f} ({each[name].low:.3f}-{each[name].high:.3f})" for name in names]
        console.out.print(_line(row, cells))


def _print_kinds(by_kind: Mapping[str, Figures], items: Sequence[KnownItem]) -> None:
    counts = Counter(item.kind for item in items)
    for measure in KNOWN_ITEM_MEASURES:
        console.out.print()
        console.out.print(_line(measure, next(iter(by_kind.values()))))
        for kind, figures in by_kind.items():
            cells = [f"{each[measure].mean:.4f}" for each in figures.values()]
            console.out.print(_line(f"{kind} ({counts[kind]})", cells))


def _print_questions(items: Sequence[KnownItem], rankings: Rankings) -> None:
    for number, item in enumerate(items):
        ranking = rankings[str(number)]
        rank = ranking.index(item.path) + 1 if item.path in ranking else 0
        path = console.shown_path(Path(item.path))
        console.out.print(f"{rank or '-':>3}  {path}  {console.printable(item.query)}", markup=False)
    console.out.print()


def _line(label: str, cells: Iterable[str]) -> str:
    return (label.ljust(_LABEL_WIDTH) + "".join(cell.ljust(_FIGURE_WIDTH) for cell in cells)).rstrip()
