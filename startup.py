"""What every command starts with: settings from the command line, the log file, the model, the engine."""

import argparse
import dataclasses
import logging
import logging.handlers
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from settings import Settings, default_settings

if TYPE_CHECKING:
    from models.embedder import Embedder
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
    }
    given = {name: value for name, value in chosen.items() if value is not None}
    return dataclasses.replace(default_settings(environ), **given)


def log_to_file(log_dir: Path) -> None:
    """Everything goes to one small rotating file; the terminal is for the person."""
    handler: logging.Handler
    try:
        log_dir.mkdir(mode=0o700, parents=True, exist_ok=True)  # it names files
        handler = logging.handlers.RotatingFileHandler(
            log_dir / "launcher.log", maxBytes=1 << 20, backupCount=3, delay=True, encoding="utf-8"
        )
    except OSError:
        handler = logging.NullHandler()  # nowhere to write: still better to run
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    logging.basicConfig(level=logging.INFO, handlers=[handler])
    logging.getLogger("llama.cpp").setLevel(logging.WARNING)  # its 15 KB at every load would push out the rest


def open_embedder(settings: Settings, *, say: Say) -> "Embedder":
    """The chosen model, ready to use; the starter is fetched when it is not here.

    Raises:
        ModelError: It cannot be had, or not run.
    """
    from models.catalog import find_model
    from models.download import ensure_weights
    from models.embedder import load_embedder
    from models.llama_session import SessionOptions
    from models.weights import find_weights, is_file_name

    if is_file_name(settings.model):
        weights = find_weights(settings.model, settings.models_dir)
    else:
        model = find_model(settings.model)
        weights = ensure_weights(model, settings.models_dir, offline=settings.offline, report=say)
    options = SessionOptions(threads=settings.thread_count, device=settings.device, gpu_layers=settings.gpu_layers)
    embedder = load_embedder(weights, options)
    if embedder.notice:
        say(embedder.notice)
    return embedder


def open_engine(settings: Settings, *, say: Say) -> "SearchEngine":
    """The index with the model that made it.

    Raises:
        IndexStoreError: There is no index, it is damaged, or another model made it.
        ModelError: The model cannot be had, or not run.
    """
    from extraction.workers import hash_picture
    from index_store import check_fingerprint, read_index
    from search_engine import SearchEngine

    snapshot = read_index(settings.index_dir)
    if snapshot.notice:
        say(snapshot.notice)
    embedder = open_embedder(settings, say=say)
    check_fingerprint(snapshot, embedder.fingerprint)
    return SearchEngine(snapshot, embedder, hash_picture=hash_picture)
