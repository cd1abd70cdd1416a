"""A Qwen3-VL small enough to keep: its checkpoint, tokenizer and processor, from GGUF files or of random weights."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import torch
from gguf import GGUFReader
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers
from transformers import (
    Qwen2TokenizerFast,
    Qwen2VLImageProcessorFast,
    Qwen3VLConfig,
    Qwen3VLForConditionalGeneration,
    Qwen3VLProcessor,
    Qwen3VLVideoProcessor,
)

HERE = Path(__file__).resolve().parent
PROJECT = HERE.parent.parent.parent

LEARNED_TOKENS = 1000
SPECIAL_TOKENS = (
    "<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|object_ref_start|>", "<|object_ref_end|>", "<|box_start|>",
    "<|box_end|>", "<|quad_start|>", "<|quad_end|>", "<|vision_start|>", "<|vision_end|>", "<|vision_pad|>",
    "<|image_pad|>", "<|video_pad|>",
)  # fmt: skip
_WORDS = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)

# More text layers than deepstack layers: with 3 and 3, llama.cpp aborts when only the last token is an output.
_TEXT = {
    "vocab_size": 1024,
    "hidden_size": 128,
    "intermediate_size": 256,
    "num_hidden_layers": 4,
    "num_attention_heads": 2,
    "num_key_value_heads": 1,
    "head_dim": 64,
    "max_position_embeddings": 262_144,
    "rms_norm_eps": 1e-6,
    "rope_theta": 5_000_000.0,
    "rope_scaling": {"rope_type": "default", "mrope_section": [12, 10, 10], "mrope_interleaved": True},
}
_VISION = {
    "depth": 4,
    "hidden_size": 64,
    "intermediate_size": 128,
    "num_heads": 2,
    "out_hidden_size": 128,
    "num_position_embeddings": 48 * 48,
    "deepstack_visual_indexes": [0, 1, 2],
}

# Names of the checkpoint -> names of the GGUF files; the first that fits.
_GGUF_NAMES = [
    (r"model\.language_model\.embed_tokens\.(.+)", r"token_embd.\1"),
    (r"model\.language_model\.norm\.(.+)", r"output_norm.\1"),
    (r"model\.language_model\.layers\.(\d+)\.input_layernorm\.(.+)", r"blk.\1.attn_norm.\2"),
    (r"model\.language_model\.layers\.(\d+)\.post_attention_layernorm\.(.+)", r"blk.\1.ffn_norm.\2"),
    (r"model\.language_model\.layers\.(\d+)\.self_attn\.o_proj\.(.+)", r"blk.\1.attn_output.\2"),
    (r"model\.language_model\.layers\.(\d+)\.self_attn\.([qkv])_proj\.(.+)", r"blk.\1.attn_\2.\3"),
    (r"model\.language_model\.layers\.(\d+)\.self_attn\.([qk])_norm\.(.+)", r"blk.\1.attn_\2_norm.\3"),
    (r"model\.language_model\.layers\.(\d+)\.mlp\.(gate|up|down)_proj\.(.+)", r"blk.\1.ffn_\2.\3"),
    (r"model\.visual\.patch_embed\.proj\.(.+)", r"v.patch_embd.\1"),
    (r"model\.visual\.pos_embed\.(.+)", r"v.position_embd.\1"),
    (r"model\.visual\.blocks\.(\d+)\.norm([12])\.(.+)", r"v.blk.\1.ln\2.\3"),
    (r"model\.visual\.blocks\.(\d+)\.attn\.qkv\.(.+)", r"v.blk.\1.attn_qkv.\2"),
    (r"model\.visual\.blocks\.(\d+)\.attn\.proj\.(.+)", r"v.blk.\1.attn_out.\2"),
    (r"model\.visual\.blocks\.(\d+)\.mlp\.linear_fc1\.(.+)", r"v.blk.\1.ffn_up.\2"),
    (r"model\.visual\.blocks\.(\d+)\.mlp\.linear_fc2\.(.+)", r"v.blk.\1.ffn_down.\2"),
    (r"model\.visual\.deepstack_merger_list\.(\d+)\.norm\.(.+)", r"v.deepstack.\1.norm.\2"),
    (r"model\.visual\.deepstack_merger_list\.(\d+)\.linear_fc([12])\.(.+)", r"v.deepstack.\1.fc\2.\3"),
    (r"model\.visual\.merger\.norm\.(.+)", r"v.post_ln.\1"),
    (r"model\.visual\.merger\.linear_fc1\.(.+)", r"mm.0.\1"),
    (r"model\.visual\.merger\.linear_fc2\.(.+)", r"mm.2.\1"),
]


def checkpoint_from_gguf(weights: Path, projector: Path, folder: Path) -> None:
    """Write the checkpoint that the converter made these F32 files of; every one of their tensors is used."""
    metadata = GGUFReader(weights).fields
    tensors = {tensor.name: tensor.data for path in (weights, projector) for tensor in GGUFReader(path).tensors}

    def values_of(name: str, _shape: tuple[int, ...]) -> np.ndarray:
        name = _gguf_name(name)
        if name == "v.patch_embd.weight":  # one matrix for each frame of a pair
            return np.stack([tensors.pop(name), tensors.pop(f"{name}.1")], axis=2)
        return tensors.pop(name)

    tokens, merges = (metadata[f"tokenizer.ggml.{name}"].contents() for name in ("tokens", "merges"))
    vocabulary = {token: number for number, token in enumerate(tokens[:LEARNED_TOKENS])}
    bpe = models.BPE(vocab=vocabulary, merges=[tuple(merge.split(" ")) for merge in merges])
    _save(folder, values_of, Tokenizer(bpe))
    if tensors:
        raise ValueError(f"The checkpoint has no place for {sorted(tensors)}.")


def new_checkpoint(folder: Path, *, seed: int) -> None:
    """Write a checkpoint of random weights, so large that no mistake in the computation is lost in rounding."""
    random = np.random.default_rng(seed)
    tokenizer = Tokenizer(models.BPE())
    _split_as_qwen(tokenizer)
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    trainer = trainers.BpeTrainer(vocab_size=LEARNED_TOKENS, initial_alphabet=alphabet, show_progress=False)
    tokenizer.train_from_iterator(_texts(), trainer)
    _save(folder, lambda name, shape: _random_values(name, shape, random), tokenizer)


def _random_values(name: str, shape: tuple[int, ...], random: np.random.Generator) -> np.ndarray:
    if name.endswith(".bias"):
        return random.normal(0, 0.1, shape)
    if len(shape) == 1:  # of a norm
        return random.normal(1, 0.2, shape)
    if name.endswith(("embed_tokens.weight", "pos_embed.weight")):
        return random.normal(0, 0.5, shape)
    gain = 1.5 if "patch_embed" in name else 1
    return random.normal(0, gain / np.sqrt(np.prod(shape[1:])), shape)


def _texts() -> Iterator[str]:
    """What the tokenizer learns from: English that never changes, and the words that a reranker answers with."""
    yield (PROJECT / "LICENSE").read_text(encoding="utf-8")
    yield "yes\nno\n" * 1000


def _save(folder: Path, values_of: Callable[[str, tuple[int, ...]], np.ndarray], tokenizer: Tokenizer) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    processor = _processor(tokenizer)
    processor.save_pretrained(folder)
    model = Qwen3VLForConditionalGeneration(_config(processor.tokenizer))
    with torch.no_grad():
        for name, parameter in model.named_parameters():  # what is tied to another is not among them
            parameter.copy_(torch.tensor(values_of(name, tuple(parameter.shape))))
    model.save_pretrained(folder)


def _config(tokenizer: Qwen2TokenizerFast) -> Qwen3VLConfig:
    number = tokenizer.convert_tokens_to_ids
    ends = {"bos_token_id": number("<|endoftext|>"), "eos_token_id": number("<|im_end|>")}
    return Qwen3VLConfig(
        text_config=_TEXT | ends | {"tie_word_embeddings": True},
        vision_config=_VISION,
        image_token_id=number("<|image_pad|>"),
        video_token_id=number("<|video_pad|>"),
        vision_start_token_id=number("<|vision_start|>"),
        vision_end_token_id=number("<|vision_end|>"),
        tie_word_embeddings=True,
        dtype="float32",
    )


def _processor(tokenizer: Tokenizer) -> Qwen3VLProcessor:
    _split_as_qwen(tokenizer)
    tokenizer.add_special_tokens([AddedToken(token, special=True, normalized=False) for token in SPECIAL_TOKENS])
    if not {"yes", "no"} <= tokenizer.get_vocab().keys() or tokenizer.get_vocab_size() != LEARNED_TOKENS + 14:
        raise ValueError("The tokenizer lacks a token.")
    fast = Qwen2TokenizerFast(
        tokenizer_object=tokenizer,
        eos_token="<|im_end|>",
        pad_token="<|endoftext|>",
        unk_token=None,
        add_bos_token=False,
        add_eos_token=False,
        additional_special_tokens=list(SPECIAL_TOKENS[1:]),
    )
    half = [0.5, 0.5, 0.5]
    pictures = {"patch_size": 16, "temporal_patch_size": 2, "merge_size": 2, "image_mean": half, "image_std": half}
    template = GGUFReader(HERE / "embed-f32.gguf").fields["tokenizer.chat_template"].contents()
    return Qwen3VLProcessor(
        Qwen2VLImageProcessorFast(**pictures), fast, Qwen3VLVideoProcessor(**pictures), chat_template=template
    )


def _split_as_qwen(tokenizer: Tokenizer) -> None:
    split = pre_tokenizers.Split(Regex(_WORDS), behavior="isolated", invert=False)
    as_bytes = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    tokenizer.normalizer = normalizers.NFC()
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([split, as_bytes])
    tokenizer.decoder = decoders.ByteLevel()


def _gguf_name(name: str) -> str:
    for pattern, replacement in _GGUF_NAMES:
        if re.fullmatch(pattern, name):
            return re.sub(pattern, replacement, name)
    raise ValueError(f"No name for {name} in a GGUF file.")
