"""How files that the catalog does not know want to be asked."""

import pytest

from errors import ModelFailed, SettingsError
from models import profiles
from models.recognition import profile_for, reranker_profile_for
from models.weights import Weights, find_weights
from tests.tiny_gguf import write_gguf


@pytest.mark.parametrize(
    ("architecture", "name", "file_name", "profile"),
    [
        ("qwen3vl", "", "Qwen3-VL-Embedding-2B-Q4_K_M.gguf", profiles.QWEN3_VL),
        ("qwen3", "", "Qwen3-Embedding-0.6B-Q8_0.gguf", profiles.QWEN3_TEXT),
        ("qwen2vl", "Gme Qwen2 VL 2B Instruct", "own.gguf", profiles.GME),
        ("qwen2vl", "", "RzenEmbed-Q8_0.gguf", profiles.RZEN),
        ("qwen2vl", "Ops_MM embedding", "own.gguf", profiles.OPS_MM),
        ("qwen2vl", "", "GVE-3B-Q8_0.gguf", profiles.GVE),
        ("bert", "", "own.gguf", profiles.STARTER),
        ("nomic-bert", "", "own.gguf", profiles.STARTER),
    ],
)
def test_profile_when_the_file_says_what_it_is_then_is_known(tmp_path, architecture, name, file_name, profile):
    path = write_gguf(tmp_path / file_name, architecture, name=name)
    assert profile_for(find_weights(str(path), tmp_path)) == profile


@pytest.mark.parametrize(
    ("architecture", "file_name", "pooling", "profile"),
    [
        ("qwen3vl", "Qwen3-VL-Reranker-2B.Q8_0.gguf", None, profiles.QWEN3_VL_RERANKER),
        ("qwen3vl", "own.gguf", 4, profiles.QWEN3_VL_RERANKER),
        ("qwen3", "qwen3-reranker-0.6b-q8_0.gguf", None, profiles.QWEN3_TEXT_RERANKER),
    ],
)
def test_profile_when_it_is_a_reranker_then_only_as_one(tmp_path, architecture, file_name, pooling, profile):
    weights = find_weights(str(write_gguf(tmp_path / file_name, architecture, pooling=pooling)), tmp_path)
    assert reranker_profile_for(weights) == profile
    with pytest.raises(SettingsError, match="is a reranker"):
        profile_for(weights)


def test_reranker_profile_when_it_is_an_embedder_then_refuses(tmp_path):
    weights = find_weights(str(write_gguf(tmp_path / "own.gguf", "qwen3vl")), tmp_path)
    with pytest.raises(SettingsError, match="is an embedder"):
        reranker_profile_for(weights)


@pytest.mark.parametrize("architecture", ["qwen2vl", "qwen3vlmoe"])
def test_profile_when_nobody_knows_how_it_sees_then_says_so(tmp_path, architecture):
    weights = find_weights(str(write_gguf(tmp_path / "own.gguf", architecture)), tmp_path)
    with pytest.raises(ModelFailed, match=f"{architecture} that is not known"):
        profile_for(weights)


def test_profile_when_an_unknown_one_is_given_a_projector_then_says_so(tmp_path):
    weights = Weights("own.gguf", write_gguf(tmp_path / "own.gguf", "gemma3"), "hash", tmp_path / "mmproj.gguf", "hash")
    with pytest.raises(ModelFailed, match="gemma3 that is not known"):
        profile_for(weights)


def test_profile_when_the_catalog_knows_the_model_then_is_the_catalogs(tmp_path):
    assert profile_for(Weights("gve-3b", tmp_path / "nowhere.gguf", "hash")) == profiles.GVE
