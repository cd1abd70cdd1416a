"""What every command starts with: settings from the command line, the model, the engine."""

import argparse
import dataclasses
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from errors import IndexMissing, ModelMissing
from settings import Settings, default_settings

if TYPE_CHECKING:
    from embeddings import Fingerprint
    from index_store import Snapshot
    from models.embedder import Embedder
    from models.precedence import Precedence
    from models.reranker import Reranker
    from models.sight_embedder import Wishes
    from models.weights import Weights
    from opened import History
    from reranking import LiveReranking
    from search_engine import SearchEngine

Say = Callable[[str], None]  # shows a person one line beside the result


def chosen_settings(args: argparse.Namespace, environ: Mapping[str, str]) -> Settings:
    """The defaults, the environment over them, the options of this command over both."""
    chosen = {
        "index_dir": args.index_dir.expanduser().absolute() if args.index_dir else None,
        "model": args.model,
        "threads": args.threads,
        "device": args.device,
        "gpu_layers": args.gpu_layers,
        "offline": args.offline or None,
        "has_history": False if args.no_history else None,
        "is_model_chosen": True if args.model else None,
        "projector": args.projector,
        "dim": args.dim,
        "detail": args.detail,
        "query_instruction": args.query_instruction,
        "document_instruction": args.document_instruction,
        "end_token": args.end_token,
        # only of `launch`
        "window": getattr(args, "window", None),
        "keyboard_shortcut": getattr(args, "keyboard_shortcut", None),
        # only of commands that search
        "reranks": getattr(args, "rerank", None),
        "reranker": getattr(args, "reranker", None),
        "rerank_budget_s": getattr(args, "rerank_budget", None),
    }
    given = {name: value for name, value in chosen.items() if value is not None}
    return dataclasses.replace(default_settings(environ), **given)


def open_embedder(
    settings: Settings, *, say: Say, indexed: "Fingerprint | None" = None, precedence: "Precedence | None" = None
) -> "Embedder":
    """The chosen model, ready to use; the starter is fetched when it is not here.

    Args:
        indexed: What the index was made with: whatever nobody chose is as it was then.
        precedence: Shared by all who want the processor for a question or for indexing.

    Raises:
        ModelError: It cannot be had, or not run.
    """
    from models.embedder import load_embedder
    from models.llama_session import SessionOptions

    weights = _weights(model_in_use(settings, indexed), settings, say=say)
    options = SessionOptions(threads=settings.thread_count, device=settings.device, gpu_layers=settings.gpu_layers)
    is_the_same = indexed is not None and indexed.model == weights.name
    embedder = load_embedder(weights, options, _wishes(settings, indexed if is_the_same else None), precedence)
    if embedder.notice:
        say(embedder.notice)
    return embedder


def model_in_use(settings: Settings, indexed: "Fingerprint | None") -> str:
    """The model that somebody chose, else the one that the index was made with, else the starter."""
    return indexed.model if indexed and not settings.is_model_chosen else settings.model


def _weights(model: str, settings: Settings, *, say: Say) -> "Weights":
    from models.catalog import find_model
    from models.download import ensure_weights
    from models.weights import find_weights, is_file_name

    if is_file_name(model) or settings.projector:
        return find_weights(model, settings.models_dir, projector=settings.projector)
    return ensure_weights(find_model(model), settings.models_dir, offline=settings.offline, report=say)


def open_reranker(settings: Settings, name: str | None, precedence: "Precedence | None" = None) -> "Reranker":
    """A reranker, ready to use.

    Args:
        name: One of the catalog, the path of a file, or None when `models.weights.reranker_here` finds none.
        precedence: As of `open_embedder`.

    Raises:
        SettingsError: It is no reranker.
        ModelError: It is not here, or cannot be run.
    """
    from models.recognition import reranker_profile_for
    from models.reranker import load_reranker
    from models.sight_model import SightOptions
    from models.weights import find_weights

    if name is None:
        hint = "launcher models lists them; launcher models get NAME fetches one."
        raise ModelMissing("There is no reranker here.", hint=hint)
    weights = find_weights(name, settings.models_dir)
    options = SightOptions(threads=settings.thread_count, device=settings.device, gpu_layers=settings.gpu_layers)
    profile = reranker_profile_for(weights)
    return load_reranker(weights.path, weights.projector, options, profile=profile, precedence=precedence)


def _wishes(settings: Settings, indexed: "Fingerprint | None") -> "Wishes":
    from models.sight_embedder import Wishes, wishes_of

    chosen = {
        "dim": settings.dim,
        "detail": settings.detail,
        "query_instruction": settings.query_instruction or None,
        "document_instruction": settings.document_instruction or None,
        "end_token": settings.end_token,
    }
    given: dict[str, Any] = {name: value for name, value in chosen.items() if value is not None}
    return dataclasses.replace(wishes_of(indexed) if indexed else Wishes(), **given)


def fingerprint_of_index(index_dir: Path) -> "Fingerprint | None":
    """What the index was made with; None when there is none yet.

    Raises:
        IndexStoreError: It is damaged.
    """
    from index_store import read_index

    try:
        return read_index(index_dir).fingerprint
    except IndexMissing:
        return None


def open_engine(
    settings: Settings,
    *,
    say: Say,
    embedder_of: "Callable[[Fingerprint], Embedder] | None" = None,
    precedence: "Precedence | None" = None,
) -> "SearchEngine":
    """The index with the model that made it.

    Args:
        embedder_of: Gives that model, where it may be in memory already.
        precedence: Of the reranker, as of `open_embedder`.

    Raises:
        IndexStoreError: There is no index, it is damaged, or another model made it.
        ModelError: The model cannot be had, or not run.
    """
    from index_store import read_index
    from opened import History

    snapshot = read_index(settings.index_dir)
    if snapshot.notice:
        say(snapshot.notice)
    history = History(settings.opened_file) if settings.has_history else None
    indexed = snapshot.fingerprint
    embedder = embedder_of(indexed) if embedder_of else open_embedder(settings, say=say, indexed=indexed)
    return engine_over(snapshot, embedder, history=history, reranking=_reranking(settings, indexed, precedence))


def _reranking(settings: Settings, indexed: "Fingerprint", precedence: "Precedence | None") -> "LiveReranking | None":
    """What improves the lists of a window; None where nothing is to, or can."""
    from functools import partial

    from models.weights import reranker_here
    from reranking import LiveReranking

    name = settings.reranker or reranker_here(indexed.model, settings.models_dir)
    if name is None or not settings.reranks:
        return None
    return LiveReranking(partial(open_reranker, settings, name, precedence), budget_s=settings.rerank_budget_s)


def engine_over(
    snapshot: "Snapshot",
    embedder: "Embedder",
    *,
    history: "History | None" = None,
    reranking: "LiveReranking | None" = None,
) -> "SearchEngine":
    """An index with a model that is open already.

    Raises:
        IndexModelMismatch: Another model made it.
    """
    from functools import partial

    from extraction.workers import hash_picture, read_picture
    from index_store import check_fingerprint
    from models.pictures import fit_picture
    from search_engine import SearchEngine

    check_fingerprint(snapshot, embedder.fingerprint)
    fit = partial(fit_picture, limits=embedder.picture_limits)
    return SearchEngine(
        snapshot,
        embedder,
        hash_picture=hash_picture,
        read_picture=partial(read_picture, fit=fit),
        history=history,
        reranking=reranking,
    )
