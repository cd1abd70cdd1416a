"""The parity set: a tiny Qwen3-VL, inputs, and what the official implementation answers (data/parity/README.md)."""

import json
from pathlib import Path

import numpy as np
from PIL import Image

from extraction.page_views import rgb_pixels
from models.prompts import Input, Video
from models.weights import Weights

PARITY_DIR = Path(__file__).parent / "data" / "parity"
CASES = json.loads((PARITY_DIR / "cases.json").read_text(encoding="utf-8"))
MIXED = {name: case for name, case in CASES["embedding"].items() if {"image", "video"} <= case.keys()}
EMBEDDING = {name: case for name, case in CASES["embedding"].items() if name not in MIXED}
RERANKING = CASES["reranking"]

# As `find_weights` would find it, without the note that it leaves beside a file.
_TINY = PARITY_DIR / "embed-f32.gguf"
SEEING = Weights(str(_TINY), _TINY, "1" * 64, PARITY_DIR / "mmproj-embed-f32.gguf", "2" * 64)


def reference_embedding(name):
    with np.load(PARITY_DIR / "reference_embeddings.npz") as embeddings:
        return embeddings[name]


def gguf(name):
    return PARITY_DIR / f"{name}.gguf"


def pixels_of(name):
    with Image.open(PARITY_DIR / name) as image:
        return rgb_pixels(image)


def input_of(case):
    frames = [pixels_of(name) for name in case.get("video", ())]
    return Input(
        text=case.get("text"),
        pictures=[pixels_of(name) for name in case.get("image", ())],
        videos=[Video(frames)] if frames else [],
    )


def instruction_of(case):
    """As keyword arguments: a case without one uses the default."""
    return {"instruction": case["instruction"]} if "instruction" in case else {}
