"""The benchmarks' model of random weights, made small here: it loads, and it is what it says it is."""

import gguf
import numpy as np
import pytest

from benchmarks.true_shape import Shape, ensure_model
from models.prompts import Input, embedding_prompt
from models.sight_model import SightOptions, load_sight_model
from models.sight_session import open_session

TINY = Shape(
    layers=4,
    width=256,
    feed_forward=512,
    heads=4,
    kv_heads=2,
    head_width=64,
    vocabulary=1280,
    rope_sections=(12, 10, 10),
    vision_layers=4,
    vision_width=64,
    vision_feed_forward=128,
    vision_heads=2,
    deepstack_layers=(0, 1, 2),
)


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    return ensure_model(tmp_path_factory.mktemp("tiny"), TINY)


@pytest.fixture(scope="module")
def model(files):
    model = load_sight_model(files.weights, files.projector, SightOptions(threads=1, context_tokens=512))
    yield model
    model.close()


@pytest.fixture(scope="module")
def session(model):
    session = open_session(model)
    yield session
    session.close()


def tensors_of(path):
    return {tensor.name: tensor for tensor in gguf.GGUFReader(path).tensors}


def test_random_model_when_loaded_then_different_inputs_have_different_embeddings(session):
    picture = np.random.default_rng(0).integers(0, 256, (96, 64, 3), dtype=np.uint8)
    inputs = [
        Input(text="a red boat"),
        Input(text="tax form 2023"),
        Input(pictures=[picture]),
        Input(pictures=[~picture]),
    ]
    embeddings = session.embed([embedding_prompt(content) for content in inputs])
    cosines = embeddings @ embeddings.T
    assert embeddings.shape == (4, TINY.width)
    assert cosines[~np.eye(4, dtype=bool)].max() < 0.95


def test_random_model_when_used_as_a_reranker_then_yes_and_no_are_about_as_likely(model, session):
    answers = [model.token_of("yes"), model.token_of("no")]
    logits = session.logits([embedding_prompt(Input(text="a red boat"))], answers)
    assert logits.shape == (1, 2)
    assert abs(logits[0, 0] - logits[0, 1]) < 10


def test_text_model_when_made_then_half_of_the_layers_have_more_bits(files):
    tensors = tensors_of(files.weights)
    for part in ("attn_v", "ffn_down"):
        kinds = [tensors[f"blk.{layer}.{part}.weight"].tensor_type.name for layer in range(TINY.layers)]
        assert kinds == ["Q4_K", "Q4_K", "Q6_K", "Q6_K"]
    assert tensors["token_embd.weight"].tensor_type.name == "Q6_K"
    assert tensors["blk.3.ffn_up.weight"].tensor_type.name == "Q4_K"


@pytest.mark.parametrize("name", ["blk.0.ffn_up.weight", "token_embd.weight"])
def test_quantised_weights_when_read_back_then_are_spread_as_a_trained_layer_is(files, name):
    tensor = tensors_of(files.weights)[name]
    weights = gguf.quants.dequantize(tensor.data, tensor.tensor_type)
    assert weights.mean() == pytest.approx(0, abs=0.001)
    assert weights.std() == pytest.approx(TINY.width**-0.5, rel=0.1)


def test_ensure_model_when_the_files_exist_then_leaves_them(files):
    folder = files.weights.parent
    before = {path: path.stat().st_mtime_ns for path in folder.iterdir()}
    assert ensure_model(folder, TINY) == files
    assert {path: path.stat().st_mtime_ns for path in folder.iterdir()} == before


def test_ensure_model_when_the_seed_is_the_same_then_the_bytes_are(files, tmp_path):
    same, other = ensure_model(tmp_path, TINY), ensure_model(tmp_path, TINY, seed=2)
    assert same.weights.read_bytes() == files.weights.read_bytes()
    assert same.projector.read_bytes() == files.projector.read_bytes()
    assert other.weights.read_bytes() != same.weights.read_bytes()
