"""The starter model's official weights -> one Q8_0 GGUF that llama.cpp runs.

Source: llama.cpp's own converter for the BERT architecture; shared figures: cosine to the
F32 embeddings 0.9996 (tests/test_conversion.py holds it against reference vectors).
"""

from collections.abc import Iterator
from pathlib import Path

import gguf
import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file

LAYERS, HEADS, DIM, FEED_FORWARD, CONTEXT = 6, 12, 384, 1536, 512  # config.json of all-MiniLM-L6-v2
LAYER_NORM_EPS = 1e-12

# Kept out of the GGUF: a constant that llama.cpp counts itself, and the pooler that mean pooling does not use.
DROPPED = ("embeddings.position_ids", "pooler.dense.weight", "pooler.dense.bias")
# Read row by row, not multiplied: quantising them would cost accuracy and save nothing.
LOOKED_UP = ("embeddings.position_embeddings.weight", "embeddings.token_type_embeddings.weight")


def convert_starter(weights: Path, vocabulary: Path, target: Path) -> None:
    """Write `target`, a GGUF of architecture bert with mean pooling, from the official files.

    Args:
        weights: model.safetensors.
        vocabulary: vocab.txt, one WordPiece token a line.
        target: Written in place: give a temporary name and rename it afterwards.
    """
    writer = gguf.GGUFWriter(target, "bert")
    _add_shape(writer)
    _add_vocabulary(writer, vocabulary.read_text(encoding="utf-8").splitlines())
    for name, tensor, quantisation in _tensors(load_file(weights)):
        writer.add_tensor(name, tensor, raw_dtype=quantisation)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _add_shape(writer: gguf.GGUFWriter) -> None:
    writer.add_name("all-MiniLM-L6-v2")
    writer.add_license("apache-2.0")
    writer.add_context_length(CONTEXT)
    writer.add_embedding_length(DIM)
    writer.add_feed_forward_length(FEED_FORWARD)
    writer.add_block_count(LAYERS)
    writer.add_head_count(HEADS)
    writer.add_layer_norm_eps(LAYER_NORM_EPS)
    writer.add_causal_attention(False)
    writer.add_pooling_type(gguf.PoolingType.MEAN)
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_Q8_0)
    writer.add_quantization_version(gguf.GGML_QUANT_VERSION)


def _add_vocabulary(writer: gguf.GGUFWriter, tokens: list[str]) -> None:
    writer.add_tokenizer_model("bert")
    writer.add_tokenizer_pre("jina-v2-en")
    writer.add_token_list([_phantom(token) for token in tokens])
    writer.add_token_types([_token_type(token) for token in tokens])
    writer.add_token_type_count(2)
    writer.add_bos_token_id(tokens.index("[CLS]"))
    writer.add_eos_token_id(tokens.index("[SEP]"))
    writer.add_sep_token_id(tokens.index("[SEP]"))
    writer.add_unk_token_id(tokens.index("[UNK]"))
    writer.add_pad_token_id(tokens.index("[PAD]"))
    writer.add_mask_token_id(tokens.index("[MASK]"))


def _phantom(token: str) -> str:
    """llama.cpp marks where a word starts, WordPiece where it goes on: `##ing` -> `ing`, `go` -> `▁go`."""
    if _is_special(token):
        return token
    return token.removeprefix("##") if token.startswith("##") else "\u2581" + token


def _token_type(token: str) -> gguf.TokenType:
    if not _is_special(token):
        return gguf.TokenType.NORMAL
    return gguf.TokenType.UNUSED if token.startswith("[unused") else gguf.TokenType.CONTROL


def _is_special(token: str) -> bool:
    return token.startswith("[") and token.endswith("]") and len(token) > 2


def _tensors(
    weights: dict[str, NDArray[np.float32]],
) -> Iterator[tuple[str, NDArray[np.generic], gguf.GGMLQuantizationType]]:
    names = gguf.get_tensor_name_map(gguf.MODEL_ARCH.BERT, LAYERS)
    f32, q8_0 = gguf.GGMLQuantizationType.F32, gguf.GGMLQuantizationType.Q8_0
    for name, tensor in weights.items():
        if name in DROPPED:
            continue
        target = names.get_name(name, try_suffixes=(".weight", ".bias"))
        if tensor.ndim == 2 and name not in LOOKED_UP:
            yield target, gguf.quants.quantize(tensor.astype(np.float32), q8_0), q8_0
        else:
            yield target, tensor.astype(np.float32), f32
