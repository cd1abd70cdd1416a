"""Reranking on the command line, with the tiny reranker of the parity set: it answers, but knows nothing."""

import shutil

import pytest

from models.catalog import MODELS
from models.weights import reranker_here
from tests.parity import gguf
from tests.shell import assert_refused

TEXT = "water damage from a broken pipe"


@pytest.fixture
def reranker(tmp_path):
    """A copy, since what is found out about a file is kept beside it."""
    return shutil.copy(gguf("rerank-plain-f32"), tmp_path / "tiny-reranker.gguf")


def test_search_when_a_reranker_is_named_then_hits_say_what_it_thinks(indexed, reranker):
    hits = indexed.json("search", TEXT, "--reranker", reranker, "--rerank-budget", 60)["hits"]
    read = [hit for hit in hits if hit["relevance"] is not None]
    assert read
    assert all(0 <= hit["relevance"] <= 1 for hit in read)
    assert {hit["path"] for hit in read} <= {hit["path"] for hit in indexed.json("search", TEXT, "--limit", 20)["hits"]}


def test_search_when_reranked_for_a_person_then_the_list_says_so(indexed, reranker):
    result = indexed("search", TEXT, "--reranker", reranker, "--rerank-budget", 60)
    assert " · reranked " in result.stdout
    assert result.stderr == ""


@pytest.mark.parametrize("options", [["--no-rerank"], ["--rerank-budget", "0"]])
def test_search_when_it_shall_not_rerank_then_the_first_list_stands(indexed, reranker, options):
    hits = indexed.json("search", TEXT, "--reranker", reranker, *options)["hits"]
    assert {hit["relevance"] for hit in hits} == {None}
    assert [hit["path"] for hit in hits] == [hit["path"] for hit in indexed.json("search", TEXT)["hits"]]


def test_search_when_there_is_no_reranker_then_says_so_only_if_one_was_asked_for(indexed):
    assert indexed("search", TEXT).stderr == ""
    assert_refused(indexed("search", TEXT, "--rerank"), 4, "There is no reranker here")


def test_search_when_what_is_named_cannot_rerank_then_says_so(indexed):
    assert_refused(indexed("search", TEXT, "--reranker", "starter"), 2, "is an embedder: it cannot rerank")


@pytest.mark.parametrize("budget", ["-1", "soon", "1e3", "nan"])
def test_search_when_the_budget_is_no_time_then_says_so(indexed, budget):
    assert "not a number of seconds" in indexed("search", TEXT, f"--rerank-budget={budget}").stderr


def test_reranker_when_several_are_here_then_it_is_the_one_of_the_model(tmp_path):
    rerankers = [model for model in MODELS if model.role == "reranker"]
    assert reranker_here("starter", tmp_path) is None
    for file in (file for model in rerankers for file in model.files):
        (tmp_path / file.name).touch()
    assert reranker_here("qwen3-vl-8b", tmp_path) == "qwen3-vl-reranker-8b"
    assert reranker_here("starter", tmp_path) in {model.name for model in rerankers}
