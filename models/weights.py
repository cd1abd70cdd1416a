"""A model's weights on this machine: which files, and the hash of what is in them."""

import hashlib
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import msgspec

from errors import ModelFailed, ModelMissing
from models.catalog import MODELS, find_model
from models.model import Model, ModelFile
from models.pairing import projector_beside

_AGAIN = "launcher models get NAME fetches it again."


@dataclass(frozen=True, slots=True)
class Weights:
    name: str  # the catalog's name, or the path of a file: what --model takes
    path: Path
    sha256: str
    projector: Path | None = None  # what turns pictures into tokens; None: it is a model of text here
    projector_sha256: str = ""


class _HashRecord(msgspec.Struct, frozen=True):
    """Kept beside a file, so that a gigabyte is not hashed at every start.

    Args:
        stated_sha256: What the file must have, as its source said; "" for a file that anybody may change.
    """

    sha256: str
    size_bytes: int
    mtime_ns: int
    stated_sha256: str = ""


def find_weights(model: str, models_dir: Path, *, projector: str | None = None) -> Weights:
    """The weights of a catalog name or a path to a .gguf.

    Args:
        projector: A path to another projector, "none" for a model that shall see nothing, or
            None: the catalog's, or the one that lies beside the file.

    Raises:
        SettingsError: No such name, or several projectors might belong to the file.
        ModelMissing: A file is not there.
        ModelFailed: A file is no longer what was fetched, or is no GGUF.
    """
    if not is_file_name(model):
        return weights_of(find_model(model), models_dir, projector=projector)
    path = Path(model).expanduser().absolute()
    if not path.is_file():
        raise ModelMissing(f"No such model file: {path}", hint="launcher models lists those that are here.")
    beside = projector_beside(path, projector)
    return Weights(str(path), path, hash_of(path), beside, hash_of(beside) if beside else "")


def weights_of(model: Model, models_dir: Path, *, projector: str | None = None) -> Weights:
    """The weights of a model of the catalog; see `find_weights`."""
    needed = model.files if projector is None else (model.gguf,)
    if any(file in needed for file in missing_files(model, models_dir)):
        hint = f"launcher models {'get' if model.is_offered else 'show'} {model.name}"
        raise ModelMissing(f"The weights of {model.name} are not here.", hint=hint)
    path, sha256 = _stated(model.gguf, models_dir)
    if projector is not None:
        chosen = projector_beside(path, projector)
        return Weights(model.name, path, sha256, chosen, hash_of(chosen) if chosen else "")
    if model.projector is None:
        return Weights(model.name, path, sha256)
    return Weights(model.name, path, sha256, *_stated(model.projector, models_dir))


def missing_files(model: Model, models_dir: Path) -> list[ModelFile]:
    return [file for file in model.files if not (models_dir / file.name).is_file()]


def reranker_here(model: str, models_dir: Path) -> str | None:
    """The reranker that goes with an embedder of the catalog, or another if only that is here; None without any."""
    rerankers = [each for each in MODELS if each.role == "reranker" and not missing_files(each, models_dir)]
    fitting = {each.reranker for each in MODELS if each.name == model}
    return next((each.name for each in sorted(rerankers, key=lambda each: each.name not in fitting)), None)


def is_file_name(model: str) -> bool:
    return model.lower().endswith(".gguf")


def weights_path(model: Model, models_dir: Path) -> Path:
    return models_dir / model.gguf.name


def _stated(file: ModelFile, models_dir: Path) -> tuple[Path, str]:
    path = models_dir / file.name
    sha256 = hash_of(path)
    if file.sha256 and sha256 != file.sha256:
        raise ModelFailed(f"{path} has the wrong hash: it is not the official file.", hint=_AGAIN)
    return path, sha256


def hash_of(path: Path) -> str:
    """SHA-256 of the file, remembered as long as its size and time stay the same.

    Raises:
        ModelFailed: Its source said another one when it was fetched.
    """
    status = path.stat()
    record = _read_record(path)
    if record and (record.size_bytes, record.mtime_ns) == (status.st_size, status.st_mtime_ns):
        return record.sha256
    sha256 = sha256_of(path)
    stated = record.stated_sha256 if record else ""
    if stated and sha256 != stated:
        raise ModelFailed(f"{path} has changed since it was fetched.", hint=_AGAIN)
    with suppress(OSError):  # a read-only folder: hashed again next time
        record_hash(path, sha256, stated_sha256=stated)
    return sha256


def record_hash(path: Path, sha256: str, *, stated_sha256: str = "") -> None:
    """Remember the hash of what is in the file now."""
    status = path.stat()
    record = _HashRecord(sha256, status.st_size, status.st_mtime_ns, stated_sha256)
    record_path(path).write_bytes(msgspec.json.encode(record))


def record_path(path: Path) -> Path:
    return path.with_name(path.name + ".json")


def _read_record(path: Path) -> _HashRecord | None:
    try:
        return msgspec.json.decode(record_path(path).read_bytes(), type=_HashRecord)
    except (OSError, msgspec.MsgspecError):
        return None


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
