"""A model of the true shape with random weights: as slow, as large and as quantised as the real one, and of no use.

Makes two GGUF files, the text model as Q4_K_M and its mmproj in F16, with the shape of Qwen3-VL-Embedding-2B
(https://huggingface.co/Qwen/Qwen3-VL-2B-Instruct, config.json). The generative form of the reranker has the same
tensors, so one pair of files serves as both. The tokenizer is the parity set's, filled up to the true vocabulary
with tokens that no text has: a text is more tokens than with the real one, so benchmarks count tokens, not words.

    python benchmarks/true_shape.py [--dir FOLDER] [--seed 1]

Source of the mixture: llama.cpp, src/llama-quant.cpp; of the blocks: ggml/src/ggml-common.h.
"""

import argparse
import hashlib
import math
import time
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import gguf
import numpy as np
import platformdirs
from gguf import GGMLQuantizationType as Kind
from gguf import GGUFValueType as ValueType

TOKENIZER = Path(__file__).resolve().parent.parent / "tests" / "data" / "parity" / "embed-f32.gguf"
_MAKER = 1  # raised when the same shape and seed give other files

_Q4_K = np.dtype([("d", "<f2"), ("d_min", "<f2"), ("scales", "u1", 12), ("weights", "u1", 128)])
_Q6_K = np.dtype([("weights", "u1", 192), ("scales", "i1", 16), ("d", "<f2")])
_SCALE = 8  # of every part of a block; what differs between blocks is d
_Q4_K_SCALES = [_SCALE] * 8 + [_SCALE | _SCALE << 4] * 4  # eight scales and eight minima of six bits
_Q4_K_DEVIATION, _Q6_K_DEVIATION = math.sqrt((16**2 - 1) / 12), math.sqrt((64**2 - 1) / 12)  # of evenly random bits

_HEAD_GAIN = 1.5  # of the norms of queries and keys: attention that picks out some tokens, and not only one
_BRANCH_GAIN = 0.5  # of what a layer adds to what it was given


@dataclass(frozen=True, slots=True)
class Shape:
    """Sizes of a Qwen3-VL; the default is the 2B.

    Rows of quantised weights are multiples of 256. There must be more layers than deepstack
    layers: llama.cpp aborts when only the last token of the last deepstack layer is an output.
    """

    layers: int = 28
    width: int = 2048
    feed_forward: int = 6144
    heads: int = 16
    kv_heads: int = 8
    head_width: int = 128
    vocabulary: int = 151_936
    rope_sections: tuple[int, int, int] = (24, 20, 20)
    vision_layers: int = 24
    vision_width: int = 1024
    vision_feed_forward: int = 4096
    vision_heads: int = 16
    deepstack_layers: tuple[int, ...] = (5, 11, 17)
    side_patches: int = 48  # positions that were learned, along each side
    patch_px: int = 16
    merged: int = 2


@dataclass(frozen=True, slots=True)
class ModelFiles:
    weights: Path
    projector: Path


@dataclass(frozen=True, slots=True)
class _Tensor:
    """One that is random with this mean and deviation; `shape` is rows first, as in numpy."""

    name: str
    shape: tuple[int, ...]
    kind: Kind
    deviation: float
    mean: float = 0.0

    @property
    def n_bytes(self) -> int:
        block, size = gguf.GGML_QUANT_SIZES[self.kind]
        return math.prod(self.shape) // block * size


def ensure_model(folder: Path, shape: Shape | None = None, *, seed: int = 1) -> ModelFiles:
    """The two files in `folder`, made only where they are missing; the same shape and seed give the same bytes.

    Costs 1.9 GB of disk and some ten seconds for the 2B.
    """
    shape = shape or Shape()
    digest = hashlib.sha256(repr((_MAKER, shape, seed)).encode()).hexdigest()[:8]
    name = f"random-Qwen3-VL-{shape.layers}x{shape.width}-{digest}"
    files = ModelFiles(folder / f"{name}-Q4_K_M.gguf", folder / f"mmproj-{name}-F16.gguf")
    folder.mkdir(parents=True, exist_ok=True)
    if not files.weights.exists():
        _write(files.weights, "qwen3vl", _text_fields(shape), _text_tensors(shape), seed=seed)
    if not files.projector.exists():
        _write(files.projector, "clip", _vision_fields(shape), _vision_tensors(shape), seed=seed + 1)
    return files


def _write(path: Path, architecture: str, fields: Iterable, tensors: Iterable[_Tensor], *, seed: int) -> None:
    """One tensor in memory at a time; the name appears when the file is whole."""
    random = np.random.default_rng(seed)
    partial = path.with_suffix(".part")
    with closing(gguf.GGUFWriter(partial, architecture)) as writer:
        for key, value, *types in fields:
            writer.add_key_value(key, value, *types)
        tensors = list(tensors)
        for tensor in tensors:
            writer.add_tensor_info(tensor.name, tensor.shape, np.dtype(np.float32), tensor.n_bytes, tensor.kind)
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_ti_data_to_file()
        for tensor in tensors:
            writer.write_tensor_data(_random_weights(tensor, random))
    partial.replace(path)


def _random_weights(tensor: _Tensor, random: np.random.Generator) -> np.ndarray:
    if tensor.kind is Kind.Q4_K:
        return _random_q4_k(tensor, random)
    if tensor.kind is Kind.Q6_K:
        return _random_q6_k(tensor, random)
    weights = random.standard_normal(tensor.shape, dtype=np.float32) * tensor.deviation + tensor.mean
    return weights.astype(np.float16 if tensor.kind is Kind.F16 else np.float32)


def _random_q4_k(tensor: _Tensor, random: np.random.Generator) -> np.ndarray:
    """A weight is d * scale * bits - d_min * minimum, its four bits from 0 to 15."""
    blocks = random.integers(0, 256, tensor.n_bytes, dtype=np.uint8).view(_Q4_K)
    d = _random_d(len(blocks), tensor.deviation / (_SCALE * _Q4_K_DEVIATION), random)
    blocks["d"], blocks["d_min"] = d, d * 7.5  # the mean of the bits, so that the mean weight is 0
    blocks["scales"] = _Q4_K_SCALES
    return blocks


def _random_q6_k(tensor: _Tensor, random: np.random.Generator) -> np.ndarray:
    """A weight is d * scale * (bits - 32), its six bits from 0 to 63."""
    blocks = random.integers(0, 256, tensor.n_bytes, dtype=np.uint8).view(_Q6_K)
    blocks["d"] = _random_d(len(blocks), tensor.deviation / (_SCALE * _Q6_K_DEVIATION), random)
    blocks["scales"] = [_SCALE, -_SCALE] * 8  # the mean of the bits is 31.5: what is too much here is too little there
    return blocks


def _random_d(count: int, mean: float, random: np.random.Generator) -> np.ndarray:
    return random.uniform(0.5 * mean, 1.5 * mean, count).astype(np.float16)


def _text_tensors(shape: Shape) -> Iterator[_Tensor]:
    width, queries, keys = shape.width, shape.heads * shape.head_width, shape.kv_heads * shape.head_width
    yield _matrix("token_embd", shape.vocabulary, width, Kind.Q6_K)  # also the output matrix, so it gets more bits
    for layer in range(shape.layers):
        more = Kind.Q6_K if _has_more_bits(layer, shape.layers) else Kind.Q4_K
        block = f"blk.{layer}"
        yield _norm(f"{block}.attn_norm", width)
        yield _matrix(f"{block}.ffn_down", width, shape.feed_forward, more, gain=_BRANCH_GAIN)
        yield _matrix(f"{block}.ffn_gate", shape.feed_forward, width)
        yield _matrix(f"{block}.ffn_up", shape.feed_forward, width)
        yield _norm(f"{block}.ffn_norm", width)
        yield _norm(f"{block}.attn_k_norm", shape.head_width, mean=_HEAD_GAIN)
        yield _matrix(f"{block}.attn_k", keys, width)
        yield _matrix(f"{block}.attn_output", width, queries, gain=_BRANCH_GAIN)
        yield _norm(f"{block}.attn_q_norm", shape.head_width, mean=_HEAD_GAIN)
        yield _matrix(f"{block}.attn_q", queries, width)
        yield _matrix(f"{block}.attn_v", keys, width, more)
    yield _norm("output_norm", width)


def _has_more_bits(layer: int, layers: int) -> bool:
    """Half of the layers: those at both ends, and every third between."""
    end = layers // 8
    return layer < end or layer >= 7 * layers // 8 or (layer - end) % 3 == 2


def _vision_tensors(shape: Shape) -> Iterator[_Tensor]:
    width, merged = shape.vision_width, shape.vision_width * shape.merged**2
    for layer in range(shape.vision_layers):
        block = f"v.blk.{layer}"
        yield from _affine(f"{block}.attn_out", width, width, gain=_BRANCH_GAIN)
        yield from _affine(f"{block}.attn_qkv", 3 * width, width, gain=_HEAD_GAIN)
        yield from _affine(f"{block}.ffn_up", shape.vision_feed_forward, width)
        yield from _affine(f"{block}.ffn_down", width, shape.vision_feed_forward, gain=_BRANCH_GAIN)
        yield from _affine_norm(f"{block}.ln1", width)
        yield from _affine_norm(f"{block}.ln2", width)
    for layer in shape.deepstack_layers:
        yield from _affine(f"v.deepstack.{layer}.fc1", merged, merged)
        yield from _affine(f"v.deepstack.{layer}.fc2", shape.width, merged)
        yield from _affine_norm(f"v.deepstack.{layer}.norm", merged)
    yield from _affine("mm.0", merged, merged)
    yield from _affine("mm.2", shape.width, merged)
    yield from _affine_norm("v.post_ln", width)
    yield _Tensor("v.patch_embd.bias", (width,), Kind.F32, 0.02)
    patch = (width, 3, shape.patch_px, shape.patch_px)
    for name in ("v.patch_embd.weight", "v.patch_embd.weight.1"):  # one for each frame of a pair
        yield _Tensor(name, patch, Kind.F16, 1 / math.sqrt(math.prod(patch[1:])))
    yield _Tensor("v.position_embd.weight", (shape.side_patches**2, width), Kind.F32, 0.3)


def _affine(name: str, rows: int, columns: int, *, gain: float = 1.0) -> Iterator[_Tensor]:
    yield _Tensor(f"{name}.bias", (rows,), Kind.F32, 0.02)
    yield _matrix(name, rows, columns, Kind.F16, gain=gain)


def _affine_norm(name: str, width: int) -> Iterator[_Tensor]:
    yield _Tensor(f"{name}.bias", (width,), Kind.F32, 0.02)
    yield _norm(name, width)


def _matrix(name: str, rows: int, columns: int, kind: Kind = Kind.Q4_K, *, gain: float = 1.0) -> _Tensor:
    """Weights that keep the size of what they are given, times `gain`."""
    return _Tensor(f"{name}.weight", (rows, columns), kind, gain / math.sqrt(columns))


def _norm(name: str, width: int, *, mean: float = 1.0) -> _Tensor:
    return _Tensor(f"{name}.weight", (width,), Kind.F32, 0.02, mean)


def _text_fields(shape: Shape) -> Iterator[tuple]:
    yield "general.name", "Random weights", ValueType.STRING
    yield "general.file_type", int(gguf.LlamaFileType.MOSTLY_Q4_K_M), ValueType.UINT32
    yield "general.quantization_version", gguf.GGML_QUANT_VERSION, ValueType.UINT32
    numbers = {
        "block_count": shape.layers,
        "context_length": 262_144,
        "embedding_length": shape.width,
        "feed_forward_length": shape.feed_forward,
        "attention.head_count": shape.heads,
        "attention.head_count_kv": shape.kv_heads,
        "attention.key_length": shape.head_width,
        "attention.value_length": shape.head_width,
        "n_deepstack_layers": len(shape.deepstack_layers),
    }
    for key, number in numbers.items():
        yield f"qwen3vl.{key}", number, ValueType.UINT32
    yield "qwen3vl.rope.dimension_sections", [*shape.rope_sections, 0], ValueType.ARRAY, ValueType.INT32
    yield "qwen3vl.rope.freq_base", 5e6, ValueType.FLOAT32
    yield "qwen3vl.attention.layer_norm_rms_epsilon", 1e-6, ValueType.FLOAT32
    yield from _tokenizer_fields(shape.vocabulary)


def _tokenizer_fields(vocabulary: int) -> Iterator[tuple]:
    """The parity set's, with unused tokens behind its own."""
    for key, field in gguf.GGUFReader(TOKENIZER).fields.items():
        value = field.contents()
        if key == "tokenizer.ggml.tokens":
            value += [f"[PAD{number}]" for number in range(len(value), vocabulary)]
        elif key == "tokenizer.ggml.token_type":
            value += [int(gguf.TokenType.UNUSED)] * (vocabulary - len(value))
        if key.startswith("tokenizer."):
            yield key, value, *field.types


def _vision_fields(shape: Shape) -> Iterator[tuple]:
    yield "general.name", "Random weights", ValueType.STRING
    yield "general.type", "mmproj", ValueType.STRING
    yield "general.file_type", int(gguf.LlamaFileType.MOSTLY_F16), ValueType.UINT32
    yield "clip.projector_type", "qwen3vl_merger", ValueType.STRING
    yield "clip.has_vision_encoder", True, ValueType.BOOL
    yield "clip.use_gelu", True, ValueType.BOOL
    numbers = {
        "projection_dim": shape.width,
        "image_size": shape.side_patches * shape.patch_px,
        "patch_size": shape.patch_px,
        "embedding_length": shape.vision_width,
        "feed_forward_length": shape.vision_feed_forward,
        "block_count": shape.vision_layers,
        "attention.head_count": shape.vision_heads,
        "spatial_merge_size": shape.merged,
    }
    for key, number in numbers.items():
        yield f"clip.vision.{key}", number, ValueType.UINT32
    yield "clip.vision.attention.layer_norm_epsilon", 1e-6, ValueType.FLOAT32
    for key in ("image_mean", "image_std"):
        yield f"clip.vision.{key}", [0.5] * 3, ValueType.ARRAY, ValueType.FLOAT32
    is_deepstack = [layer in shape.deepstack_layers for layer in range(shape.vision_layers)]
    yield "clip.vision.is_deepstack_layers", is_deepstack, ValueType.ARRAY, ValueType.BOOL


def default_folder() -> Path:
    return platformdirs.user_cache_path("semantic-launcher", appauthor=False) / "benchmarks"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--dir", type=Path, default=default_folder())
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    started = time.perf_counter()
    files = ensure_model(args.dir, seed=args.seed)
    for path in (files.weights, files.projector):
        print(f"{path.stat().st_size / 1e6:8.1f} MB  {path}")
    print(f"{time.perf_counter() - started:8.1f} s")


if __name__ == "__main__":
    main()
