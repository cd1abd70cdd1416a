"""What the catalog says of each model fits together."""

import re

import pytest

from errors import ModelMissing, SettingsError
from models.catalog import MODELS, STARTER, find_model
from models.profiles import EmbedderProfile, RerankerProfile
from models.weights import find_weights
from tests.tiny_gguf import write_gguf

EACH = pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)
FAMILIES = {
    "qwen3-vl-2b", "qwen3-vl-2b-q8", "qwen3-vl-2b-f16", "qwen3-vl-8b", "qwen3-vl-8b-q8", "qwen3-vl-8b-f16",
    "qwen3-vl-reranker-2b", "qwen3-vl-reranker-8b", "qwen3-embedding-0.6b", "qwen3-embedding-4b",
    "qwen3-embedding-8b", "qwen3-reranker-0.6b", "gme-qwen2-vl-2b", "rzenembed", "ops-mm-2b", "gve-3b",
}  # fmt: skip


def test_catalog_when_listed_then_has_each_family_once():
    names = [model.name for model in MODELS]
    assert len(set(names)) == len(names)
    assert set(names) >= FAMILIES


def test_catalog_when_a_file_belongs_to_several_then_they_are_of_one_mind():
    files = {file for model in MODELS for file in model.files}
    assert len({file.name for file in files}) == len(files)


@EACH
def test_model_when_it_has_a_role_then_its_profile_is_of_that_kind(model):
    assert isinstance(model.profile, EmbedderProfile if model.role == "embedder" else RerankerProfile)
    assert bool(model.dim) == (model.role == "embedder")
    assert model.least_dim <= model.dim


@EACH
def test_model_when_it_sees_then_profile_and_projector_agree(model):
    assert model.sees_pictures == bool(model.profile.factor)
    assert model.sees_pictures == any("mmproj" in file.name for file in model.files)


@EACH
def test_model_when_a_reranker_goes_with_it_then_sees_as_much(model):
    if model.reranker:
        reranker = find_model(model.reranker)
        assert reranker.role == "reranker"
        assert reranker.sees_pictures == model.sees_pictures


@EACH
def test_model_when_its_hash_is_known_then_so_are_commit_and_size(model):
    for file in model.files:
        assert bool(file.sha256) == (file.revision != "main")
        assert re.fullmatch(r"([0-9a-f]{64})?", file.sha256)
        assert file.size_bytes % 1000 or not file.sha256


@EACH
def test_model_when_nobody_offers_it_then_that_is_among_the_doubts(model):
    assert model.is_offered or any("GGUF" in doubt for doubt in model.doubts)


@EACH
def test_model_when_it_runs_then_needs_more_than_its_files(model):
    assert model.memory_bytes > sum(file.size_bytes for file in model.files)


def test_find_model_when_the_name_is_unknown_then_says_where_names_are():
    with pytest.raises(SettingsError, match="No model is called"):
        find_model("nonesuch")


def test_find_weights_when_only_the_projector_is_missing_then_says_how_to_get_it(tmp_path):
    write_gguf(tmp_path / find_model("qwen3-vl-2b-q8").gguf.name, "qwen3vl")
    with pytest.raises(ModelMissing) as raised:
        find_weights("qwen3-vl-2b-q8", tmp_path)
    assert raised.value.hint == "launcher models get qwen3-vl-2b-q8"


def test_find_weights_when_the_model_shall_see_nothing_then_needs_no_projector(tmp_path):
    path = write_gguf(tmp_path / find_model("qwen3-vl-2b-q8").gguf.name, "qwen3vl")
    weights = find_weights("qwen3-vl-2b-q8", tmp_path, projector="none")
    assert (weights.path, weights.projector) == (path, None)


def test_starter_when_looked_at_then_is_confirmed():
    assert STARTER.is_confirmed
