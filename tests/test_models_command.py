"""What `launcher models` shows and does, as a person would type it."""

import json
import os
import sys

import pytest

import models_command
from arguments import build_parser
from errors import ModelMissing, SettingsError
from index_store import create_or_open_index
from models.catalog import MODELS, find_model
from startup import chosen_settings
from tests.fakes import FakeEmbedder
from tests.local_server import serve
from tests.tiny_gguf import tiny_gguf, write_gguf

NAME = "qwen3-embedding-4b"  # of text, and only the hub knows its hash
FILE = find_model(NAME).gguf


@pytest.fixture
def models_dir(tmp_path, monkeypatch):
    monkeypatch.setenv("LAUNCHER_MODELS", str(tmp_path / "models"))
    return tmp_path / "models"


@pytest.fixture
def hub(tmp_path, monkeypatch):
    with serve() as local:
        monkeypatch.setenv("HF_ENDPOINT", local.url)
        local.offer_repository(FILE.repository, {FILE.name: tiny_gguf(tmp_path, "qwen3")})
        yield local


@pytest.fixture
def shown(models_dir, capsys):
    """Runs `launcher models …` and returns what it shows."""

    def run(*words):
        args = build_parser().parse_args(["models", *map(str, words)])
        assert models_command.run(args, chosen_settings(args, os.environ)) == 0
        return capsys.readouterr().out

    return run


def test_list_when_nothing_is_here_then_shows_all_models_and_marks_the_one_in_use(shown):
    lines = shown().splitlines()
    assert [line.split()[0] for line in lines[1:-1]] == [model.name for model in MODELS]
    assert [line.split()[0] for line in lines[1:-1] if " * " in line] == ["starter"]
    assert "1.9 GB to get" in next(line for line in lines if line.startswith("qwen3-vl-2b "))


def test_list_when_for_programs_then_is_json(shown):
    listed = {each["name"]: each for each in json.loads(shown("list", "--json"))}
    assert listed["starter"]["is_in_use"]
    assert not listed["starter"]["is_here"]
    assert listed["qwen3-vl-2b"]["sees_pictures"]
    assert not listed["gve-3b"]["is_offered"]


def test_get_when_the_hub_has_it_then_it_is_listed_as_here(hub, shown, models_dir):
    assert f"{NAME} is ready: {models_dir / FILE.name}" in shown("get", NAME)
    assert next(line for line in shown().splitlines() if line.startswith(NAME)).endswith("here")


def test_get_when_for_programs_then_tells_how_far_each_file_is_and_when_it_is_ready(hub, shown, models_dir):
    *fetched, ready = map(json.loads, shown("get", NAME, "--json").splitlines())
    size = (models_dir / FILE.name).stat().st_size
    assert fetched[-1] == {"event": "fetched", "name": FILE.name, "done_bytes": size, "total_bytes": size}
    assert ready == {"event": "ready", "name": NAME}


def test_get_when_offline_then_names_what_to_bring(hub, shown):
    for words in (["get", NAME, "--offline"], ["--offline", "get", NAME]):
        with pytest.raises(ModelMissing) as raised:
            shown(*words)
        assert f"launcher models add {FILE.name}" in raised.value.hint
    assert hub.asked == []


def test_add_when_a_part_is_brought_then_says_what_is_still_needed(shown, tmp_path):
    model = find_model("gve-3b")
    text = shown("add", write_gguf(tmp_path / model.gguf.name, "qwen2vl"))
    assert text == f"gve-3b still needs {model.projector.name}\n"
    assert "gve-3b is ready" in shown("add", write_gguf(tmp_path / model.projector.name, "clip"))


def test_show_when_it_is_not_here_then_tells_all_and_how_to_get_it(shown):
    text = shown("show", "qwen3-vl-2b")
    model = find_model("qwen3-vl-2b")
    for told in (model.title, "2048, or fewer, down to 64", model.gguf.sha256, model.projector.sha256, "2.6 GB"):
        assert told in text
    assert "Represent the user's input.<|im_end|>\\n" in text
    assert "launcher models get qwen3-vl-2b" in text
    assert "not confirmed" not in text


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)
def test_show_when_something_is_in_doubt_then_says_what(shown, model):
    text = shown("show", model.name)
    assert [doubt for doubt in model.doubts if doubt not in text] == []


def test_show_when_it_is_a_file_of_ones_own_then_tells_what_it_says_of_itself(shown, tmp_path):
    path = write_gguf(tmp_path / "own.gguf", "qwen3vl", name="Own Embedder")
    write_gguf(tmp_path / "mmproj-own.gguf", "clip")
    text = shown("show", path)
    for told in ("Own Embedder; qwen3vl", "mmproj-own.gguf", "qwen3-vl-1", "text and pictures"):
        assert told in text


def test_show_when_it_is_a_reranker_then_shows_the_pair(shown, tmp_path):
    path = write_gguf(tmp_path / "own-reranker.gguf", "qwen3vl")
    assert "<Instruct>: " in shown("show", path)


def test_use_when_chosen_then_is_in_use_until_another_is_named(shown):
    text = shown("use", "qwen3-vl-2b")
    assert "From now on qwen3-vl-2b is used" in text
    assert "launcher models get qwen3-vl-2b" in text
    assert "qwen3-vl-2b (in use)" in shown("show", "qwen3-vl-2b")
    assert "starter (in use)" in shown("--model", "starter", "show", "starter")


def test_use_when_it_is_a_file_then_its_whole_path_is_kept(shown, tmp_path, monkeypatch):
    write_gguf(tmp_path / "own.gguf", "bert")
    monkeypatch.chdir(tmp_path)
    shown("use", "own.gguf")
    assert f"In use: {tmp_path / 'own.gguf'}" in shown()


def test_use_when_the_index_is_of_another_then_says_what_to_do(shown, own_home):
    with create_or_open_index(own_home / "launcher" / "index", fingerprint=FakeEmbedder().fingerprint):
        pass
    assert f"The index was made with {FakeEmbedder().fingerprint.model}" in shown("use", "qwen3-vl-2b")


@pytest.mark.parametrize(("name", "what"), [("nonesuch", "No model is called"), ("qwen3-reranker-0.6b", "a reranker")])
def test_use_when_it_cannot_embed_then_refuses_and_keeps_the_old_one(shown, name, what):
    with pytest.raises(SettingsError, match=what):
        shown("use", name)
    assert "starter *" in shown()


def test_remove_when_it_is_here_then_is_gone(hub, shown, models_dir):
    shown("get", NAME)
    assert shown("remove", NAME, "--yes") == f"Gone: {FILE.name}.\n"
    assert not list(models_dir.glob("*.gguf*"))


def test_remove_when_the_index_was_made_with_it_then_says_what_becomes_of_it(hub, shown, own_home):
    shown("get", NAME)
    with create_or_open_index(own_home / "launcher" / "index", fingerprint=FakeEmbedder(model=NAME).fingerprint):
        pass
    assert "The index was made with it. It stays" in shown("remove", NAME, "--yes")


def test_remove_when_nothing_is_here_then_says_so(shown):
    with pytest.raises(SettingsError, match=f"Nothing of {NAME} is here"):
        shown("remove", NAME, "--yes")


def test_remove_when_it_is_in_use_then_refuses(hub, shown, models_dir):
    shown("get", NAME)
    shown("use", NAME)
    with pytest.raises(SettingsError, match="is in use"):
        shown("remove", NAME, "--yes")
    assert (models_dir / FILE.name).exists()


def test_remove_when_there_is_nobody_to_ask_then_refuses(shown, monkeypatch):
    monkeypatch.setattr(sys.stdin, "isatty", lambda: False, raising=False)
    with pytest.raises(SettingsError, match="needs a yes"):
        shown("remove", NAME)
