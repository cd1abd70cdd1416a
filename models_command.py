"""What `launcher models` does: list, show, get, add, use, remove."""

import argparse
import dataclasses
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich.progress import BarColumn, DownloadColumn, TextColumn, TimeRemainingColumn, TransferSpeedColumn
from rich.progress import Progress as RichProgress
from rich.text import Text

import console
from errors import IndexStoreError, ModelError, SettingsError
from index_store import read_index
from models.catalog import MODELS, find_model
from models.download import by_hand, fetch_weights
from models.folder import add_brought_files, remove_model
from models.gguf_header import read_header
from models.hub import Fetched
from models.llama_session import SessionOptions
from models.model import Model, ModelFile
from models.profiles import EmbedderProfile, RerankerProfile, Wrapping
from models.recognition import profile_for, reranker_profile_for
from models.speed import known_speed, measure_speed
from models.weights import Weights, find_weights, hash_of, is_file_name, missing_files
from settings import STARTER_MODEL, Settings, choose_model

_LABEL_WIDTH = 16
_JSON_INTERVAL_S = 1.0
_COLUMNS = ("NAME", "MODEL", "SEES", "DIM", "LICENCE", "MEMORY", "WEIGHTS")
_LEFT_OUT_FIRST = ("MODEL", "LICENCE")


def run(args: argparse.Namespace, settings: Settings) -> int:
    actions = {"get": _get, "add": _add, "show": _show, "use": _use, "remove": _remove}
    return actions.get(args.action, _list)(args, settings)


def _list(args: argparse.Namespace, settings: Settings) -> int:
    if getattr(args, "json", False):
        console.print_json([_as_json(model, settings) for model in MODELS])
        return 0
    _print_columns([_COLUMNS, *(_row(model, settings) for model in MODELS)])
    if is_file_name(settings.model):
        _say_line(f"In use: {settings.model}")
    _say_line("* in use. launcher models show NAME tells more, launcher models get NAME fetches one.")
    return 0


def _print_columns(rows: Sequence[Sequence[str]]) -> None:
    """Nothing is cut; a narrow terminal gets fewer columns."""
    places = list(range(len(_COLUMNS)))
    widths = [max(len(row[place]) for row in rows) for place in places]
    if console.out.is_terminal and sum(widths) + 2 * len(widths) > console.out.width:
        places = [place for place in places if _COLUMNS[place] not in _LEFT_OUT_FIRST]
    for number, row in enumerate(rows):
        line = "  ".join(row[place].ljust(widths[place]) for place in places).rstrip()
        console.out.print(Text(line, style="" if number else "bold"))


def _row(model: Model, settings: Settings) -> tuple[str, ...]:
    return (
        f"{model.name} *" if model.name == settings.model else model.name,
        model.title,
        "text, pictures" if model.sees_pictures else "text",
        str(model.dim) if model.dim else "reranks",
        model.licence,
        _gigabytes(model.memory_bytes),
        _whereabouts(model, settings.models_dir),
    )


def _as_json(model: Model, settings: Settings) -> dict[str, Any]:
    return {
        "name": model.name,
        "title": model.title,
        "role": model.role,
        "architecture": model.architecture,
        "sees_pictures": model.sees_pictures,
        "dim": model.dim,
        "least_dim": model.least_dim,
        "licence": model.licence,
        "download_bytes": model.download_bytes,
        "memory_bytes": model.memory_bytes,
        "reranker": model.reranker,
        "doubts": model.doubts,
        "is_offered": model.is_offered,
        "is_here": not missing_files(model, settings.models_dir),
        "is_in_use": model.name == settings.model,
    }


def _whereabouts(model: Model, models_dir: Path) -> str:
    if not missing_files(model, models_dir):
        return "here"
    return f"{_gigabytes(model.download_bytes)} to get" if model.is_offered else "to convert"


def _get(args: argparse.Namespace, settings: Settings) -> int:
    model = find_model(args.name)
    with _progress_lines() if args.json else _progress_bar() as on_fetched:
        weights = fetch_weights(
            model, settings.models_dir, offline=settings.offline, report=console.say, on_fetched=on_fetched
        )
    if args.json:
        console.print_json({"event": "ready", "name": model.name})
    else:
        _say_ready(model, weights.path.parent, settings)
    return 0


def _add(args: argparse.Namespace, settings: Settings) -> int:
    with _progress_bar() as on_copied:
        added = add_brought_files(args.files, settings.models_dir, on_copied=on_copied)
    for model in added.ready:
        _say_ready(model, settings.models_dir, settings)
    for model, names in added.waiting:
        _say_line(f"{model.name} still needs {' and '.join(names)}")
    return 0


def _say_ready(model: Model, folder: Path, settings: Settings) -> None:
    _say_line(f"{model.name} is ready: {' and '.join(console.shown_path(folder / file.name) for file in model.files)}")
    if model.role == "embedder" and model.name != settings.model:
        _say_line(f"launcher models use {model.name} makes it the one that is used.")


def _show(args: argparse.Namespace, settings: Settings) -> int:
    for label, value in _shown_file(args.name, settings) if is_file_name(args.name) else _shown(args.name, settings):
        console.out.print(Text.assemble((f"{label:{_LABEL_WIDTH}}", "bold"), console.printable(value)))
    return 0


def _shown(name: str, settings: Settings) -> Iterator[tuple[str, str]]:
    """Label and value of each line about a model of the catalog."""
    model = find_model(name)
    is_here = not missing_files(model, settings.models_dir)
    yield "name", f"{model.name} (in use)" if model.name == settings.model else model.name
    yield "model", f"{model.title}; {model.role}"
    yield "sees", "text and pictures" if model.sees_pictures else "text"
    if model.dim:
        least = f", or fewer, down to {model.least_dim}" if model.least_dim else ""
        yield "dimensions", f"{model.dim}{least}"
        yield "chunks", f"up to {model.chunk_tokens} tokens"
    yield "architecture", f"{model.architecture}, pooling {model.pooling}"
    yield "made from", f"{model.original} on Hugging Face; licence {model.licence}"
    yield "memory", f"about {_gigabytes(model.memory_bytes)}"
    if model.reranker:
        yield "reranker", model.reranker
    for file in model.files:
        yield "file", _shown_model_file(file, settings.models_dir)
    yield from _shown_profile(model.profile)
    if model.doubts:
        yield "not confirmed", "; ".join(model.doubts)
    if is_here:
        yield from _shown_speed(find_weights(name, settings.models_dir), settings)
    else:
        yield "to get it", f"launcher models get {name}" if model.is_offered else by_hand(model)


def _shown_model_file(file: ModelFile, models_dir: Path) -> str:
    path = models_dir / file.name
    if path.is_file():
        return f"{file.name}, {_gigabytes(path.stat().st_size)}, here; SHA-256 {hash_of(path)}"
    if not file.repository:
        return f"{file.name}, about {_gigabytes(file.size_bytes)}"
    stated = f"SHA-256 {file.sha256}" if file.sha256 else "Hugging Face states its hash"
    return f"{file.name}, {_gigabytes(file.size_bytes)}, from {file.repository}; {stated}"


def _shown_file(name: str, settings: Settings) -> Iterator[tuple[str, str]]:
    """The same about a file of one's own."""
    weights = find_weights(name, settings.models_dir, projector=settings.projector)
    header = read_header(weights.path)
    yield "file", f"{weights.path}, {_gigabytes(weights.path.stat().st_size)}; SHA-256 {weights.sha256}"
    yield "says it is", f"{header.name or 'nameless'}; {header.architecture}, pooling {header.pooling or 'not stated'}"
    if weights.projector:
        yield "projector", f"{weights.projector}; SHA-256 {weights.projector_sha256}"
    yield "sees", "text and pictures" if weights.projector else "text"
    profile = _profile(weights)
    yield from _shown_profile(profile)
    if not profile.is_confirmed:
        yield "not confirmed", profile.unconfirmed
    yield from _shown_speed(weights, settings)


def _profile(weights: Weights) -> EmbedderProfile | RerankerProfile:
    try:
        return profile_for(weights)
    except SettingsError:
        return reranker_profile_for(weights)


def _shown_profile(profile: EmbedderProfile | RerankerProfile) -> Iterator[tuple[str, str]]:
    yield "prompts", profile.name
    if isinstance(profile, RerankerProfile):
        yield "a pair", _quoted(f"{profile.pair.opened()}…{profile.between}…{profile.pair.closing}")
    else:
        yield "a query", _around(profile.query)
        yield "a document", _around(profile.document)


def _around(wrapping: Wrapping) -> str:
    return _quoted(f"{wrapping.opened()}…{wrapping.closing}")


def _quoted(text: str) -> str:
    return '"' + text.replace("\n", "\\n") + '"'


def _shown_speed(weights: Weights, settings: Settings) -> Iterator[tuple[str, str]]:
    if not weights.projector:
        return
    options = SessionOptions(threads=settings.thread_count, device=settings.device, gpu_layers=settings.gpu_layers)
    try:
        seconds = known_speed(weights, options) or _measured(weights, options)
    except ModelError as error:
        yield "a picture takes", f"not measured: {error.message}"
    else:
        yield "a picture takes", ", ".join(f"{detail} {each:.1f} s" for detail, each in seconds.items())


def _measured(weights: Weights, options: SessionOptions) -> dict[str, float]:
    console.say("Measuring how long it looks at a picture: up to a minute, once.")
    return measure_speed(weights, options)


def _use(args: argparse.Namespace, settings: Settings) -> int:
    name = _usable(args.name, settings)
    choose_model(name, settings.config_file)
    _say_line(f"From now on {name} is used, unless --model names another.")
    if not is_file_name(name) and name != STARTER_MODEL and missing_files(find_model(name), settings.models_dir):
        _say_line(f"Its weights are not here yet: launcher models get {name}")
    made_with = _model_of_index(settings)
    if made_with not in ("", name):
        _say_line(f"The index was made with {made_with} and does not fit it. Make a new one: launcher clear, then")
        _say_line("launcher index FOLDER. Or keep both: --index-dir DIR chooses another place.")
    return 0


def _usable(name: str, settings: Settings) -> str:
    if is_file_name(name):
        return find_weights(name, settings.models_dir, projector=settings.projector).name
    model = find_model(name)
    if model.role != "embedder":
        raise SettingsError(
            f"{name} is a reranker: it goes with an embedder.", hint="launcher models lists which are embedders."
        )
    return name


def _model_of_index(settings: Settings) -> str:
    try:
        return read_index(settings.index_dir).fingerprint.model
    except IndexStoreError:  # none, or one that says so itself when it is used
        return ""


def _remove(args: argparse.Namespace, settings: Settings) -> int:
    model = find_model(args.name)
    if model.name == settings.model:
        raise SettingsError(f"{model.name} is in use.", hint="Choose another first: launcher models use NAME")
    if not args.yes and not _agreed(model):
        return 1
    gone = remove_model(model, settings.models_dir)
    if not gone:
        raise SettingsError(f"Nothing of {model.name} is here.", hint="launcher models lists what is.")
    _say_line(f"Gone: {', '.join(path.name for path in gone)}.")
    if _model_of_index(settings) == model.name:
        _say_line(
            f"The index was made with it. It stays, and can be searched again after launcher models get {model.name}"
        )
    return 0


def _agreed(model: Model) -> bool:
    if not sys.stdin.isatty():
        raise SettingsError("Deleting a model needs a yes.", hint=f"launcher models remove {model.name} --yes")
    return console.out.input(f"Delete the files of {model.name}? [y/N] ").strip().lower() in ("y", "yes")


@contextmanager
def _progress_bar() -> Iterator[Callable[[Fetched], None]]:
    """Draws only in a terminal; one line per file."""
    columns = (
        TextColumn("[bold]{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
    )
    with RichProgress(*columns, console=console.err, disable=not console.err.is_terminal, transient=True) as bar:
        tasks: dict[str, Any] = {}

        def update(fetched: Fetched) -> None:
            if fetched.name not in tasks:
                tasks[fetched.name] = bar.add_task(console.printable(fetched.name), total=fetched.total_bytes)
            bar.update(tasks[fetched.name], completed=fetched.done_bytes)

        yield update


@contextmanager
def _progress_lines() -> Iterator[Callable[[Fetched], None]]:
    """The same as JSON, a line a second of each file at most, and one when it is whole."""
    last: dict[str, float] = {}

    def update(fetched: Fetched) -> None:
        is_whole = fetched.done_bytes >= fetched.total_bytes
        if is_whole or time.monotonic() - last.get(fetched.name, 0.0) >= _JSON_INTERVAL_S:
            last[fetched.name] = time.monotonic()
            console.print_json({"event": "fetched", **dataclasses.asdict(fetched)})

    yield update


def _gigabytes(size_bytes: int) -> str:
    return f"{size_bytes / 1e9:.1f} GB" if size_bytes >= 1e8 else f"{size_bytes / 1e6:.0f} MB"


def _say_line(line: str) -> None:
    console.out.print(Text(console.printable(line)))
