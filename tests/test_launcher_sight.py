"""The real command with a tiny model that sees: random weights, so what is near to what means nothing."""

import shutil

import pytest

from index_store import read_index
from tests.parity import PARITY_DIR
from tests.shell import SAMPLES, Shell, assert_refused

SEA = "travel/photos/2023-08 beach at sunset.jpg"


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tiny")
    for name in ("embed-f32.gguf", "mmproj-embed-f32.gguf", "rerank-plain-f32.gguf"):
        shutil.copy(PARITY_DIR / name, folder)
    return folder / "embed-f32.gguf"


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    folder = tmp_path_factory.mktemp("corpus")
    for name in ("travel/photos", "household", "work"):
        shutil.copytree(SAMPLES / name, folder / name)
    return folder


@pytest.fixture(scope="module")
def seen(tmp_path_factory, model, corpus):
    """The samples, looked at once for all tests that only read."""
    shell = Shell(tmp_path_factory.mktemp("home"))
    result = shell("index", corpus, "--model", model, "--detail", "low")
    assert result.returncode == 0, result.stderr
    shell.report = result.stdout
    return shell


def test_index_when_the_model_sees_then_pictures_pages_and_slides_are_looked_at(seen):
    assert "Looked at" in seen.report
    by_kind = seen.json("status")["by_kind"]
    assert by_kind["picture"]["look"] == sum(by_kind["picture"].values()) - by_kind["picture"].get("text", 0)
    assert by_kind["picture"]["look"] >= 4


def test_index_when_run_again_without_naming_the_model_then_goes_on_with_it(seen):
    result = seen("index")
    assert "Indexed 0" in result.stdout
    assert "Looked at" not in result.stdout


def test_search_when_the_model_is_not_named_then_is_the_one_of_the_index(seen):
    hits = seen.hits("the sea", "--limit", "50")
    assert any("picture" in hit["why"] for hit in hits)


def test_like_when_the_picture_is_indexed_then_comes_first_without_a_look(seen, corpus):
    [first, *_] = seen.hits("--like", corpus / SEA)
    assert first["path"].endswith(SEA)
    assert first["cosine"] >= 0.999


def test_like_when_the_picture_is_elsewhere_then_is_looked_at_and_its_copy_comes_first(seen, corpus, tmp_path):
    shutil.copy(corpus / SEA, tmp_path / "copy.jpg")
    [first, *_] = seen.hits("--like", tmp_path / "copy.jpg", "--type", "picture")
    assert first["path"].endswith(SEA)
    assert 0.7 < first["cosine"] < 0.999  # it is introduced as a query, not as a document


def test_like_when_text_goes_with_the_picture_then_both_are_asked_for(seen, corpus, tmp_path):
    shutil.copy(corpus / SEA, tmp_path / "copy.jpg")
    alone, both = (
        seen.hits(*text, "--like", tmp_path / "copy.jpg", "--type", "picture") for text in ((), ("in", "winter"))
    )
    assert {hit["path"]: hit["cosine"] for hit in alone} != {hit["path"]: hit["cosine"] for hit in both}


def test_like_when_a_document_of_the_index_then_takes_its_meaning(seen, corpus):
    [first, *_] = seen.hits("--like", corpus / "household/boiler.txt")
    assert first["path"].endswith("boiler.txt")


@pytest.mark.parametrize(
    "options", [["--detail", "high"], ["--dim", "64"], ["--document-instruction", "Other."], ["--end-token", "always"]]
)
def test_search_when_embeddings_would_be_others_then_is_refused(seen, options):
    assert_refused(seen("search", "sea", *options), 3, "made with another version")


def test_search_when_the_query_is_introduced_otherwise_then_is_answered_otherwise(seen):
    usual, other = (seen.hits("sea", *options) for options in ([], ["--query-instruction", "Find the opposite."]))
    assert [hit["cosine"] for hit in usual] != [hit["cosine"] for hit in other]


def test_search_when_another_model_is_named_then_is_refused(seen, starter_weights):
    assert_refused(seen("search", "sea", "--model", "starter"), 3, "not with starter")


def test_index_when_the_model_is_a_reranker_then_is_refused(seen, model, corpus, tmp_path):
    shell = Shell(tmp_path / "home")
    result = shell("index", corpus, "--model", model.with_name("rerank-plain-f32.gguf"))
    assert_refused(result, 2, "is a reranker")


def test_index_when_the_projector_is_left_out_then_reads_text_only(model, corpus, tmp_path):
    shell = Shell(tmp_path / "home")
    result = shell("index", corpus / "travel", "--model", model, "--projector", "none")
    assert "Looked at" not in result.stdout
    assert "look" not in shell.json("status")["by_kind"]["picture"]


def test_index_when_there_is_no_gpu_then_says_so_in_one_line_and_goes_on(model, corpus, tmp_path):
    result = Shell(tmp_path / "home")("index", corpus / "household", "--model", model, "--device", "cuda")
    assert result.returncode == 0
    assert "No GPU in this build of llama.cpp" in result.stderr


def test_index_when_dimensions_and_pages_are_chosen_then_the_index_has_them(model, corpus, tmp_path):
    shell = Shell(tmp_path / "home")
    assert shell("index", corpus, "--model", model, "--dim", "64", "--pages", "both").returncode == 0
    assert shell.json("status")["by_kind"]["pdf"]["look"] >= 1
    assert read_index(shell.index_dir).fingerprint.dim == 64


def test_doctor_when_the_index_was_made_with_it_then_checks_that_model(seen):
    result = seen("doctor")
    assert result.returncode == 0, result.stdout
    assert "sees pictures" in result.stdout


def test_models_show_when_it_sees_then_says_how_long_a_picture_takes(model, tmp_path):
    shell = Shell(tmp_path / "home")
    first, again = shell("models", "show", model), shell("models", "show", model)
    assert "a picture takes low" in first.stdout
    assert "Measuring" in first.stderr
    assert again.stdout == first.stdout
    assert "Measuring" not in again.stderr
