"""What `launcher index` and the resident process tell each other: the work, how far it is, what was done.

As JSON that keeps every file name, also one that is no valid UTF-8 (`json` escapes what msgspec would refuse).
"""

from pathlib import Path
from typing import Any

import msgspec

from index_run import RunOptions
from index_store import Root
from progress import Progress, Report
from settings import Settings

# What must be the same for the resident process to do the work as the command would have done it.
_OF_THE_MODEL = (
    *("model", "is_model_chosen", "projector", "dim", "detail", "query_instruction", "document_instruction"),
    *("end_token", "threads", "device", "gpu_layers", "models_dir", "offline"),
)


class IndexJob(msgspec.Struct, frozen=True):
    """One run of `launcher index`."""

    index_dir: str
    named: list[Root]  # none: all folders of the index
    options: RunOptions
    model: dict[str, Any]  # as `model_choices` has them


def model_choices(settings: Settings) -> dict[str, Any]:
    """All that decides which embeddings are made, and how quickly."""
    chosen = {name: getattr(settings, name) for name in _OF_THE_MODEL}
    return chosen | {"models_dir": str(settings.models_dir)}


def as_message(value: IndexJob | Progress | Report) -> dict[str, Any]:
    message: dict[str, Any] = msgspec.to_builtins(value, enc_hook=str)
    return message


def job_of(message: dict[str, Any]) -> IndexJob:
    """Raises `msgspec.ValidationError` for what is none."""
    return msgspec.convert(message, IndexJob)


def progress_of(message: dict[str, Any]) -> Progress:
    return msgspec.convert(message, Progress, dec_hook=_decoded)


def report_of(message: dict[str, Any]) -> Report:
    return msgspec.convert(message, Report, dec_hook=_decoded)


def _decoded(kind: type, value: Any) -> Any:
    return Path(value) if kind is Path else value
