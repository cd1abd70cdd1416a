"""A model's weights on this machine: which file, and the hash of what is in it."""

import hashlib
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import msgspec

from errors import ModelMissing
from models.catalog import Model, find_model


@dataclass(frozen=True, slots=True)
class Weights:
    name: str  # the catalog's name, or the path of a file: what --model takes
    path: Path
    sha256: str


class _HashRecord(msgspec.Struct, frozen=True):
    """Kept beside the weights, so that a gigabyte is not hashed at every start."""

    sha256: str
    size_bytes: int
    mtime_ns: int


def find_weights(model: str, models_dir: Path) -> Weights:
    """The weights of a catalog name or a path to a .gguf.

    Raises:
        SettingsError: No such name.
        ModelMissing: The file is not there.
    """
    if is_file_name(model):
        path = Path(model).expanduser().absolute()
        if not path.is_file():
            raise ModelMissing(f"No such model file: {path}", hint="launcher models lists those that are here.")
        return Weights(str(path), path, hash_of(path))
    entry = find_model(model)
    path = weights_path(entry, models_dir)
    if not path.is_file():
        raise ModelMissing(f"The weights of {entry.name} are not here.", hint=f"launcher models get {entry.name}")
    return Weights(entry.name, path, hash_of(path))


def is_file_name(model: str) -> bool:
    return model.lower().endswith(".gguf")


def weights_path(model: Model, models_dir: Path) -> Path:
    return models_dir / model.file_name


def hash_of(path: Path) -> str:
    """SHA-256 of the file, remembered as long as its size and time stay the same."""
    status = path.stat()
    record_path = path.with_name(path.name + ".json")
    try:
        record = msgspec.json.decode(record_path.read_bytes(), type=_HashRecord)
    except (OSError, msgspec.MsgspecError):
        record = None
    if record and (record.size_bytes, record.mtime_ns) == (status.st_size, status.st_mtime_ns):
        return record.sha256
    sha256 = sha256_of(path)
    with suppress(OSError):  # a read-only folder: hashed again next time
        record_path.write_bytes(msgspec.json.encode(_HashRecord(sha256, status.st_size, status.st_mtime_ns)))
    return sha256


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
