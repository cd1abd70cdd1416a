"""A test collection: its documents in an index of their own, its queries, and what is relevant to them."""

import argparse
import dataclasses
import hashlib
import re
from pathlib import Path
from typing import NamedTuple

import console
from arguments import build_parser
from corpus import check_root
from embeddings import Fingerprint
from errors import SettingsError
from evaluation import answerable
from index_command import bring_up_to_date
from index_store import Root, Snapshot, create_or_open_index, read_index
from judgements import of_documents, read_judgements, read_queries
from search_engine import SearchEngine
from settings import Settings
from startup import engine_over, fingerprint_of_index, open_embedder

# What a person types as a sign, and what is just there in the text of a query.
_SIGNS = re.compile(r"[\"\u201c\u201d\u201e\u00ab\u00bb*]|(?<!\S)-(?=\S)")


class Collection(NamedTuple):
    engine: SearchEngine
    queries: dict[str, str]  # those with a relevant document, without signs
    judgements: dict[str, dict[str, int]]  # of these, by path
    queries_left_out: int
    documents_missing: int


def open_collection(args: argparse.Namespace, settings: Settings) -> Collection | None:
    """What `launcher eval FOLDER QUERIES QRELS` names, indexed; None when that was interrupted.

    Raises:
        SettingsError: A file is something else, or they do not belong together.
    """
    folder = check_root(args.folder)
    queries, judged = read_queries(args.queries), answerable(read_judgements(args.qrels))
    asked = {query_id: _SIGNS.sub(" ", text) for query_id, text in queries.items() if query_id in judged}
    if not asked:
        hint = "The first column of the judgements is the id of a query."
        raise SettingsError("No query has a document that is judged relevant.", hint=hint)
    chosen = dict(list(asked.items())[: args.limit])
    engine = _indexed(folder, args, settings)
    if engine is None:
        return None
    paths = {record.path for _, record in engine.snapshot.documents()}
    judgements = of_documents({query_id: judged[query_id] for query_id in chosen}, folder, paths)
    missing = {document for documents in judgements.values() for document in documents if document not in paths}
    return Collection(engine, chosen, judgements, len(queries) - len(asked), len(missing))


def _indexed(folder: Path, args: argparse.Namespace, settings: Settings) -> SearchEngine | None:
    """Over an index of this folder alone, as `launcher index` makes it; None when that was interrupted."""
    known = fingerprint_of_index(settings.index_dir) if args.index_dir else None
    embedder = open_embedder(settings, say=console.say, indexed=known)
    if not args.index_dir:
        settings = dataclasses.replace(settings, index_dir=_index_dir_of(folder, embedder.fingerprint, settings))
    indexing = build_parser().parse_args(["index", "--", str(folder)])
    root = Root(path=str(folder), excludes=_excludes(folder, [args.queries, args.qrels]))
    with create_or_open_index(settings.index_dir, fingerprint=embedder.fingerprint) as writer:
        _check_is_of(folder, writer.snapshot)
        report = bring_up_to_date(writer, embedder, indexing, settings, roots=([root], [root]))
    if report.interrupted:
        return None
    if report.failed:
        console.say(f"{len(report.failed)} documents could not be read.")
    return engine_over(read_index(settings.index_dir), embedder)


def _index_dir_of(folder: Path, fingerprint: Fingerprint, settings: Settings) -> Path:
    """Beside the person's own index; the next run with the same folder and model finds it there."""
    key = hashlib.sha256(f"{folder}\n{fingerprint}".encode(errors="surrogateescape")).hexdigest()[:16]
    return settings.index_dir.parent / "evaluations" / key


def _excludes(folder: Path, files: list[Path]) -> tuple[str, ...]:
    """Patterns against these files in the folder: what is asked must not be found in the queries themselves."""
    inside = [path.expanduser().absolute() for path in files]
    return tuple(
        "/" + str(path.relative_to(folder)).translate({ord(sign): f"\\{sign}" for sign in "*?[]\\ "})
        for path in inside
        if path.is_relative_to(folder)
    )


def _check_is_of(folder: Path, snapshot: Snapshot) -> None:
    if {root.path for root in snapshot.roots} - {str(folder)}:
        hint = "Without --index-dir it gets one of its own."
        raise SettingsError(f"The index in {snapshot.directory} is of other folders too.", hint=hint)
