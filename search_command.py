"""What `launcher search` does: tells filters and words apart, asks the engine, shows the hits."""

import argparse
import os
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from functools import reduce
from pathlib import Path

import console
from errors import SettingsError
from filters import Filters, described
from hits import Hit
from index_store import parse_terms
from models.weights import reranker_here
from query_language import as_typed, parse_query, read_filter
from reranking import RERANKED, improved
from search_engine import Query, SearchEngine
from settings import Settings
from startup import open_engine, open_reranker


def run(args: argparse.Namespace, settings: Settings) -> int:
    text, filters = _asked(args)
    if not text.strip() and filters.is_empty and not args.like:
        raise SettingsError("Nothing to search for.", hint='Say what the file is about: launcher search "roof repair"')
    for path in (*args.like, *args.unlike):
        if not path.expanduser().exists():
            raise SettingsError(f"No such file: {path}", hint="--like takes a picture, or a document of the index.")
    engine = open_engine(settings, say=console.say)
    like, pictures = _shown(args.like, engine)
    unlike = tuple(Path(os.path.abspath(path.expanduser())) for path in args.unlike)
    query = Query(text, pictures, like, unlike, filters, limit=args.limit, has_all_copies=args.all_copies)
    hits = _reranked(engine, query, args, settings)
    only = [console.printable(words) for words in described(filters)]
    if args.json:
        console.print_json({"text": text, "filters": only, "hits": [console.hit_as_json(hit) for hit in hits]})
        return 0
    for line in (engine.notice(query), f"Only: {', '.join(only)}" if only else "", _meant(engine, text, hits)):
        if line:
            console.say(line)
    if args.paths0:
        console.print_paths0(hits)
    else:
        console.print_hits(hits, closest=engine.closest_sentence if args.explain else None)
    return 0


def _meant(engine: SearchEngine, text: str, hits: Sequence[Hit]) -> str:
    """Asks what was meant, when nothing is likely and words of the text are in no document; else ""."""
    meant = None if any(hit.is_likely for hit in hits) else engine.snapshot.corrected(text)
    return f'Did you mean "{console.printable(meant)}"?' if meant else ""


def _reranked(engine: SearchEngine, query: Query, args: argparse.Namespace, settings: Settings) -> list[Hit]:
    """The hits, the first of them read again by a reranker where there is one; in a terminal they show from the start.

    Raises:
        ModelError: It was asked for, and cannot be had.
    """
    text = parse_terms(query.text).plain.strip()
    if args.rerank is False or not text:
        return engine.search(query)
    hits = engine.search(replace(query, limit=max(query.limit, RERANKED)))
    with console.changing_list() as show:
        show(hits[: query.limit])
        name = args.reranker or reranker_here(engine.snapshot.fingerprint.model, settings.models_dir)
        if name is None and not args.rerank:
            return hits[: query.limit]
        better = hits
        with closing(open_reranker(settings, name)) as reranker:
            for better in improved(hits, text, reranker, budget_s=args.rerank_budget):
                show(better[: query.limit])
    return better[: query.limit]


def _asked(args: argparse.Namespace) -> tuple[str, Filters]:
    """The text without the filters in it; they, and those of the options.

    Raises:
        SettingsError: One of them says nothing.
    """
    today, typed = datetime.now(UTC).astimezone().date(), as_typed(args.text)
    options = (read_filter(key, value, today=today) for key, value in _options(args))
    filters = reduce(Filters.and_also, options, Filters())
    if args.plain:
        return typed, filters
    parsed = parse_query(typed, today=today)
    for chip in parsed.chips:
        if chip.problem:
            hint = f"{chip.hint} With --plain it is text like any other."
            raise SettingsError(f"{chip.problem} (in {chip.words})", hint=hint)
    return parsed.text, filters.and_also(parsed.filters)


def _options(args: argparse.Namespace) -> Iterator[tuple[str, str]]:
    for key in ("type", "in", "after", "before", "size", "name"):
        for value in getattr(args, key):
            yield key, _here(value) if key == "in" else value


def _here(folder: str) -> str:
    """As the shell would take it, if it is there; else it may be the name of a folder anywhere."""
    return str(Path(folder).absolute()) if folder and Path(folder).is_dir() else folder


def _shown(paths: list[Path], engine: SearchEngine) -> tuple[tuple[Path, ...], tuple[bytes, ...]]:
    """The documents that the index knows as they are now, and the bytes of the others, which must be pictures."""
    like, pictures = [], []
    for path in paths:
        absolute = Path(os.path.abspath(path.expanduser()))
        if engine.knows(absolute):
            like.append(absolute)
            continue
        try:
            pictures.append(absolute.read_bytes())
        except OSError as error:
            raise SettingsError(f"Cannot read {path}: {error.strerror}", hint="--like takes a picture file.") from error
    return tuple(like), tuple(pictures)
