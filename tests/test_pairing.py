"""Which mmproj goes with a file that the catalog does not know."""

import pytest

from errors import SettingsError
from models.pairing import projector_beside
from tests.tiny_gguf import write_gguf

MODEL = "Qwen3-VL-Embedding-2B-Q4_K_M.gguf"


@pytest.fixture
def folder(tmp_path):
    """Makes the model and the projectors named, and returns what is chosen for the model."""

    def choose(*projectors, model=MODEL, architecture="qwen3vl", choice=None):
        for name in projectors:
            write_gguf(tmp_path / name, "clip")
        found = projector_beside(write_gguf(tmp_path / model, architecture), choice)
        return found and found.name

    return choose


def test_projector_when_there_is_one_then_is_taken_whatever_its_name(folder):
    assert folder("mmproj-model-f16.gguf") == "mmproj-model-f16.gguf"


def test_projector_when_there_is_none_then_is_none(folder):
    assert folder() is None


@pytest.mark.parametrize("architecture", ["bert", "qwen3"])
def test_projector_when_the_model_is_one_of_text_then_is_none(folder, architecture):
    assert folder("mmproj-model-f16.gguf", architecture=architecture) is None


@pytest.mark.parametrize(
    "right",
    [
        "mmproj-Qwen3-VL-Embedding-2B-F16.gguf",
        "Qwen3-VL-Embedding-2B.mmproj-Q8_0.gguf",
        "qwen3-vl-embedding-2b-MMPROJ-bf16.gguf",
    ],
)
def test_projector_when_there_are_several_then_the_name_decides(folder, right):
    others = ("mmproj-Qwen3-VL-Reranker-2B-F16.gguf", "mmproj-Qwen3-VL-Embedding-8B-F16.gguf", "mmproj-F16.gguf")
    assert folder(right, *others) == right


def test_projector_when_two_fit_as_well_then_asks_which(folder):
    with pytest.raises(SettingsError, match="Several projectors") as raised:
        folder("mmproj-Qwen3-VL-Embedding-2B-F16.gguf", "mmproj-Qwen3-VL-Embedding-2B-Q8_0.gguf")
    assert "mmproj-Qwen3-VL-Embedding-2B-Q8_0.gguf" in raised.value.message
    assert "--projector" in raised.value.hint


def test_projector_when_one_is_chosen_then_is_taken(folder, tmp_path):
    other = write_gguf(tmp_path / "other.gguf", "clip")
    assert folder("mmproj-F16.gguf", choice=str(other)) == "other.gguf"


def test_projector_when_none_is_chosen_then_is_none(folder):
    assert folder("mmproj-F16.gguf", choice="none") is None


def test_projector_when_a_model_is_chosen_for_one_then_refuses(folder, tmp_path):
    other = write_gguf(tmp_path / "other.gguf", "qwen3vl")
    with pytest.raises(SettingsError, match="is no projector"):
        folder(choice=str(other))
    with pytest.raises(SettingsError, match="No such projector"):
        folder(choice=str(tmp_path / "nonesuch.gguf"))


def test_projector_when_one_is_named_as_the_model_then_says_so(tmp_path):
    with pytest.raises(SettingsError, match="is a projector, not a model"):
        projector_beside(write_gguf(tmp_path / "mmproj.gguf", "clip"))
