"""The folder of the models' files: what was brought by hand goes in, what is not wanted any more goes out."""

import hashlib
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from errors import ModelFailed, SettingsError
from models.catalog import MODELS, STARTER
from models.download import add_files
from models.gguf_header import PROJECTOR_ARCHITECTURE, check_whole, read_header
from models.hub import Fetched, OnFetched, part_paths, sync
from models.model import Model, ModelFile
from models.speed import speed_path
from models.weights import is_file_name, missing_files, record_hash, record_path, weights_path

_BLOCK_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Added:
    """What is there now.

    Args:
        ready: Models that have all they need.
        waiting: Those that were brought in part, each with the names of what they still need.
    """

    ready: tuple[Model, ...] = ()
    waiting: tuple[tuple[Model, tuple[str, ...]], ...] = ()


def add_brought_files(files: Sequence[Path], models_dir: Path, *, on_copied: OnFetched = lambda _: None) -> Added:
    """Take over files that were brought by hand: GGUFs of the catalog, or what the starter is made of.

    Every name is looked at before anything is copied; a file that is not what it should be is not kept.

    Raises:
        SettingsError: A file does not exist, is none of the catalog, or the starter lacks one.
        ModelFailed: A file is damaged or has the wrong hash, or there is no space.
    """
    ggufs = [(path, _known(path)) for path in files if is_file_name(path.name)]
    sources = [path for path in files if not is_file_name(path.name)]
    if ggufs:
        with _space(models_dir, sum(path.stat().st_size for path, _ in ggufs)) as workspace:
            for path, file in ggufs:
                _add(path, file, workspace, on_copied)
    if sources:
        add_files(STARTER, sources, models_dir)
    added = [file for _, file in ggufs]
    models = [model for model in MODELS if any(file in added for file in model.files)]
    return Added(
        ready=(*((STARTER,) if sources else ()), *(each for each in models if not missing_files(each, models_dir))),
        waiting=_waiting(models, models_dir),
    )


def _known(path: Path) -> ModelFile:
    if not path.is_file():
        raise SettingsError(f"No such file: {path}", hint="launcher models add FILE… takes files that are here.")
    for model in MODELS:
        for file in model.files:
            if file.name == path.name and not model.source_files:
                return file
    raise SettingsError(
        f"The catalog has no file called {path.name}.", hint=f"--model {path} takes it as it is; nothing need be added."
    )


def _waiting(models: Sequence[Model], models_dir: Path) -> tuple[tuple[Model, tuple[str, ...]], ...]:
    """A projector may belong to several models: those whose weights are here come first."""
    incomplete = [model for model in models if missing_files(model, models_dir)]
    begun = [model for model in incomplete if weights_path(model, models_dir).is_file()]
    if not begun and len(incomplete) < len(models):
        return ()
    return tuple(
        (model, tuple(file.name for file in missing_files(model, models_dir))) for model in begun or incomplete
    )


@contextmanager
def _space(models_dir: Path, needed_bytes: int) -> Iterator[Path]:
    """A folder beside the weights, so that the last step is a rename; gone afterwards."""
    try:
        models_dir.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(models_dir).free
        if free < needed_bytes:
            raise ModelFailed(
                f"{needed_bytes / 1e6:,.0f} MB must be free in {models_dir}; {free / 1e6:,.0f} MB are.",
                hint="Make room, or choose another folder: LAUNCHER_MODELS=DIR.",
            )
        with tempfile.TemporaryDirectory(prefix=".adding-", dir=models_dir) as folder:
            yield Path(folder)
    except OSError as error:
        hint = "LAUNCHER_MODELS=DIR chooses another folder."
        raise ModelFailed(f"Cannot write the model to {models_dir}: {error.strerror or error}", hint=hint) from error


def _add(path: Path, file: ModelFile, workspace: Path, on_copied: OnFetched) -> None:
    _check(path, file)
    copy = workspace / file.name
    sha256 = _copy(path, copy, on_copied)
    if file.sha256 and sha256 != file.sha256:
        raise ModelFailed(f"{path.name} has the wrong hash: it is not the official file.", hint=_where(file))
    sync(copy)
    place = workspace.parent / file.name
    copy.replace(place)
    record_hash(place, sha256, stated_sha256=sha256)


def _check(path: Path, file: ModelFile) -> None:
    """What is quick to see, before a gigabyte is copied."""
    size = path.stat().st_size
    if file.sha256 and size != file.size_bytes:
        raise ModelFailed(f"{path.name} has {size:,} bytes instead of {file.size_bytes:,}.", hint=_where(file))
    owner = next(model for model in MODELS if file in model.files)
    expected = owner.architecture if file == owner.gguf else PROJECTOR_ARCHITECTURE
    found = read_header(path).architecture
    if found != expected:
        raise ModelFailed(f"{path.name} is a {found}, not a {expected}.", hint=_where(file))
    check_whole(path)


def _where(file: ModelFile) -> str:
    return f"The right one is in {file.repository} on Hugging Face." if file.repository else "Convert it again."


def _copy(source: Path, target: Path, on_copied: OnFetched) -> str:
    """The SHA-256 of what was written, read once."""
    digest, total = hashlib.sha256(), source.stat().st_size
    with source.open("rb") as reader, target.open("wb") as writer:
        while block := reader.read(_BLOCK_BYTES):
            writer.write(block)
            digest.update(block)
            on_copied(Fetched(source.name, writer.tell(), total))
    return digest.hexdigest()


def remove_model(model: Model, models_dir: Path) -> list[Path]:
    """Delete the model's files, half-fetched ones too, but not what another model that is here needs.

    Returns:
        What is gone; empty when nothing was there.
    """
    others = [each for each in MODELS if each != model and weights_path(each, models_dir).is_file()]
    gone: list[Path] = []
    for file in model.files:
        if any(file in other.files for other in others):
            continue
        found = [path for path in (models_dir / file.name, *part_paths(file, models_dir)) if path.is_file()]
        for path in found:
            path.unlink()
        for notes in (record_path(models_dir / file.name), speed_path(models_dir / file.name)):
            notes.unlink(missing_ok=True)
        gone += found
    return gone
