"""Files brought by hand into the models' folder, and files taken out of it."""

import shutil
from dataclasses import replace

import pytest

from errors import ModelFailed, SettingsError
from models.catalog import STARTER, find_model
from models.folder import add_brought_files, remove_model
from models.weights import find_weights, hash_of, missing_files, weights_of
from tests.tiny_gguf import write_gguf

TEXT = find_model("qwen3-embedding-4b")  # no hash of it is known
SEEING = find_model("gve-3b")
KNOWN = find_model("qwen3-vl-2b")


@pytest.fixture
def brought(tmp_path):
    """Makes a file of a model of the catalog as somebody might bring it."""

    def bring(file, architecture):
        (tmp_path / "brought").mkdir(exist_ok=True)
        return write_gguf(tmp_path / "brought" / file.name, architecture, values=1000)

    return bring


@pytest.fixture
def models_dir(tmp_path):
    return tmp_path / "models"


def left(models_dir):
    return sorted(path.name for path in models_dir.iterdir()) if models_dir.exists() else []


def test_add_when_the_only_file_is_brought_then_the_model_is_ready(brought, models_dir):
    path = brought(TEXT.gguf, "qwen3")
    assert add_brought_files([path], models_dir).ready == (TEXT,)
    assert left(models_dir) == [TEXT.gguf.name, f"{TEXT.gguf.name}.json"]
    assert weights_of(TEXT, models_dir).sha256 == hash_of(path)


def test_add_when_both_files_are_brought_then_the_weights_have_a_projector(brought, models_dir):
    add_brought_files([brought(SEEING.gguf, "qwen2vl"), brought(SEEING.projector, "clip")], models_dir)
    weights = find_weights("gve-3b", models_dir)
    assert weights.projector == models_dir / SEEING.projector.name
    assert weights.projector_sha256 == hash_of(weights.projector)


def test_add_when_the_projector_is_missing_then_names_it(brought, models_dir):
    added = add_brought_files([brought(SEEING.gguf, "qwen2vl")], models_dir)
    assert added.waiting == ((SEEING, (SEEING.projector.name,)),)
    assert add_brought_files([brought(SEEING.projector, "clip")], models_dir).ready == (SEEING,)


def test_add_when_it_changes_afterwards_then_is_refused_when_used(brought, models_dir):
    add_brought_files([brought(TEXT.gguf, "qwen3")], models_dir)
    write_gguf(models_dir / TEXT.gguf.name, "qwen3", values=2000)
    with pytest.raises(ModelFailed, match="has changed"):
        weights_of(TEXT, models_dir)


def test_add_when_the_file_has_another_size_than_the_official_one_then_refuses(brought, models_dir):
    with pytest.raises(ModelFailed, match="bytes instead of 1,107,410,528"):
        add_brought_files([brought(KNOWN.gguf, "qwen3vl")], models_dir)
    assert left(models_dir) == []


def test_add_when_only_the_hash_is_wrong_then_refuses_and_keeps_nothing(brought, models_dir, monkeypatch):
    path = brought(TEXT.gguf, "qwen3")
    official = replace(TEXT.gguf, sha256="0" * 64, size_bytes=path.stat().st_size)
    monkeypatch.setattr("models.folder.MODELS", (replace(TEXT, gguf=official),))
    with pytest.raises(ModelFailed, match="wrong hash"):
        add_brought_files([path], models_dir)
    assert left(models_dir) == []


def test_add_when_the_end_is_missing_then_refuses(brought, models_dir):
    path = brought(TEXT.gguf, "qwen3")
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(ModelFailed, match="is damaged"):
        add_brought_files([path], models_dir)


def test_add_when_the_projector_has_the_models_name_then_refuses(brought, models_dir):
    with pytest.raises(ModelFailed, match="is a clip, not a qwen3"):
        add_brought_files([brought(TEXT.gguf, "clip")], models_dir)


def test_add_when_the_catalog_does_not_know_the_file_then_says_how_to_use_it(tmp_path, models_dir):
    path = write_gguf(tmp_path / "own.gguf", "qwen3vl")
    with pytest.raises(SettingsError, match="no file called own") as raised:
        add_brought_files([path], models_dir)
    assert f"--model {path}" in raised.value.hint


def test_add_when_one_of_several_is_unknown_then_none_is_taken(brought, models_dir, tmp_path):
    with pytest.raises(SettingsError, match="No such file"):
        add_brought_files([brought(TEXT.gguf, "qwen3"), tmp_path / "nonesuch.gguf"], models_dir)
    assert left(models_dir) == []


def test_add_when_the_disk_is_too_small_then_says_how_much_is_needed(brought, models_dir, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(1, 1, 1))
    with pytest.raises(ModelFailed, match="must be free"):
        add_brought_files([brought(TEXT.gguf, "qwen3")], models_dir)


def test_remove_when_it_is_here_then_its_files_and_records_go(brought, models_dir):
    add_brought_files([brought(SEEING.gguf, "qwen2vl"), brought(SEEING.projector, "clip")], models_dir)
    (models_dir / f".{SEEING.gguf.name}.0000.part").write_bytes(b"begun")
    assert len(remove_model(SEEING, models_dir)) == 3
    assert left(models_dir) == []


def test_remove_when_another_model_needs_the_projector_then_it_stays(models_dir):
    q8 = find_model("qwen3-vl-2b-q8")
    models_dir.mkdir()
    for file in (KNOWN.gguf, q8.gguf, KNOWN.projector):
        write_gguf(models_dir / file.name, "qwen3vl")
    assert remove_model(KNOWN, models_dir) == [models_dir / KNOWN.gguf.name]
    assert missing_files(q8, models_dir) == []
    assert len(remove_model(q8, models_dir)) == 2


def test_remove_when_nothing_is_here_then_says_so(models_dir):
    assert remove_model(STARTER, models_dir) == []
