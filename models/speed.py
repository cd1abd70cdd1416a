"""How long a model looks at a picture on this machine."""

import platform
import time
from contextlib import suppress
from pathlib import Path

import msgspec
import numpy as np

from models.embedder import load_embedder
from models.llama_session import SessionOptions
from models.prompts import Input
from models.sight_embedder import DETAIL_TOKENS, Wishes
from models.weights import Weights

_SIDE_PX = 1280  # enough for every preset


class _SpeedRecord(msgspec.Struct, frozen=True):
    """Kept beside the weights: measuring takes a minute where the processor is slow."""

    machine: str
    options: SessionOptions
    weights_sha256: str
    seconds: dict[str, float]


def known_speed(weights: Weights, options: SessionOptions) -> dict[str, float]:
    """What `measure_speed` found here the last time; empty when it was never asked."""
    with suppress(OSError, msgspec.MsgspecError):
        record = msgspec.json.decode(speed_path(weights.path).read_bytes(), type=_SpeedRecord)
        if (record.machine, record.options, record.weights_sha256) == (platform.node(), options, weights.sha256):
            return record.seconds
    return {}


def measure_speed(weights: Weights, options: SessionOptions) -> dict[str, float]:
    """Seconds per picture for each preset of detail, measured now and remembered.

    Raises:
        ModelFailed: The model cannot be run.
    """
    seconds = {detail: _seconds(weights, options, detail) for detail in DETAIL_TOKENS}
    record = _SpeedRecord(platform.node(), options, weights.sha256, seconds)
    with suppress(OSError):  # a read-only folder: measured again next time
        speed_path(weights.path).write_bytes(msgspec.json.encode(record))
    return seconds


def _seconds(weights: Weights, options: SessionOptions, detail: str) -> float:
    picture = np.random.default_rng(0).integers(0, 255, (_SIDE_PX, _SIDE_PX, 3), dtype=np.uint8)
    embedder = load_embedder(weights, options, Wishes(detail=detail))
    try:
        embedder.embed_documents(["x"])  # opens the context
        started = time.perf_counter()
        embedder.embed_documents([Input(pictures=[picture])])
        return time.perf_counter() - started
    finally:
        embedder.close()


def speed_path(weights: Path) -> Path:
    return weights.with_name(weights.name + ".speed.json")
