"""The converted starter model against the official implementation.

tests/data/starter_reference.json: tokens and embeddings by the official classes (F32, CPU)
on the official weights; tests/data/README.md says how they were made.
"""

import json
from pathlib import Path

import gguf
import numpy as np
import pytest
from safetensors.numpy import save_file

from models.conversion import convert_starter

CASES = json.loads((Path(__file__).parent / "data" / "starter_reference.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["text"][:20])
def test_tokenize_when_converted_then_tokens_are_the_official_ones(starter_session, case):
    assert starter_session.tokenize(case["text"]) == case["tokens"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["text"][:20])
def test_embed_when_converted_then_embedding_is_the_official_one(starter_session, case):
    embedding = starter_session.embed([case["tokens"]])[0]
    assert float(embedding @ np.array(case["embedding"])) >= 0.999


def test_tokenize_when_text_spells_a_special_token_then_it_stays_text(starter_session):
    begin, *inside, end = starter_session.tokenize("[SEP]")
    assert end not in inside
    assert begin not in inside


@pytest.fixture(scope="module")
def converted(tmp_path_factory):
    """A GGUF of a few made-up weights, read back."""
    folder = tmp_path_factory.mktemp("conversion")
    (folder / "vocab.txt").write_text("[PAD]\n[unused0]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nroof\n##s\n")
    weights = {
        "embeddings.word_embeddings.weight": np.ones((8, 384), dtype=np.float32),
        "embeddings.position_embeddings.weight": np.ones((512, 384), dtype=np.float32),
        "embeddings.position_ids": np.arange(512, dtype=np.int64)[None],
        "encoder.layer.0.attention.self.query.bias": np.ones(384, dtype=np.float32),
        "pooler.dense.weight": np.ones((384, 384), dtype=np.float32),
    }
    save_file(weights, folder / "model.safetensors")
    convert_starter(folder / "model.safetensors", folder / "vocab.txt", folder / "made.gguf")
    return gguf.GGUFReader(folder / "made.gguf")


def test_convert_when_done_then_words_are_marked_where_they_start(converted):
    tokens = converted.get_field("tokenizer.ggml.tokens").contents()
    assert tokens == ["[PAD]", "[unused0]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "\u2581roof", "s"]


def test_convert_when_done_then_special_tokens_are_told_from_words(converted):
    types = converted.get_field("tokenizer.ggml.token_type").contents()
    unused, control, normal = gguf.TokenType.UNUSED, gguf.TokenType.CONTROL, gguf.TokenType.NORMAL
    assert types == [control, unused, control, control, control, control, normal, normal]
    assert converted.get_field("tokenizer.ggml.eos_token_id").contents() == 4


def test_convert_when_done_then_only_what_is_multiplied_is_quantised(converted):
    kinds = {tensor.name: tensor.tensor_type.name for tensor in converted.tensors}
    assert kinds == {"token_embd.weight": "Q8_0", "position_embd.weight": "F32", "blk.0.attn_q.bias": "F32"}


def test_convert_when_done_then_pooling_is_the_mean(converted):
    assert converted.get_field("bert.pooling_type").contents() == gguf.PoolingType.MEAN
    assert converted.get_field("bert.attention.causal").contents() is False
