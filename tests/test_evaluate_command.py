import shutil

import pytest

from corpus import KINDS
from tests.parity import gguf
from tests.shell import assert_refused

TEXTS = {
    "roof.txt": "The storm broke some tiles; water comes in under the ridge.",
    "bread.txt": "Knead flour and water, let it rise, bake it for an hour.",
    "train.txt": "The night train to Vienna leaves at ten from the main station.",
}
QUERIES = '{"id": "1", "text": "storm damage above the attic"}\n{"id": "2", "text": "how do I make a loaf"}\n'


@pytest.fixture
def collection(tmp_path):
    """The folder of a test collection, as it often comes: queries and judgements beside the documents."""
    folder = tmp_path / "collection"
    (folder / "docs").mkdir(parents=True)
    for name, text in TEXTS.items():
        (folder / "docs" / name).write_text(text)
    (folder / "queries.jsonl").write_text(QUERIES)
    (folder / "qrels.tsv").write_text("1\tdocs/roof.txt\t1\n2\tdocs/bread.txt\t1\n3\tdocs/lost.txt\t1\n")
    return folder


def evaluated(shell, collection, *options, folder="docs"):
    return shell.json("eval", collection / folder, collection / "queries.jsonl", collection / "qrels.tsv", *options)


def test_eval_when_meaning_finds_all_then_its_figures_are_one(shell, collection):
    result = evaluated(shell, collection)
    assert (result["documents"], result["queries"], result["model"]) == (3, 2, "starter")
    assert result["figures"]["meaning only"]["nDCG@10"]["mean"] == 1
    assert result["figures"]["fused"]["MRR"] == {"mean": 1, "low": 1, "high": 1}
    assert result["figures"]["words only"]["recall@10"]["mean"] < 1  # no word of the second is in any text


def test_eval_when_a_person_reads_it_then_is_a_table(shell, collection):
    lines = shell(
        "eval", collection / "docs", collection / "queries.jsonl", collection / "qrels.tsv"
    ).stdout.splitlines()
    assert lines[0] == "3 documents, 2 queries, model starter"
    assert lines[1].split() == ["nDCG@10", "recall@10", "MRR"]
    assert lines[4].startswith("fused         1.0000 (1.000-1.000)")
    assert lines[5].startswith("asked again   1.0000 (1.000-1.000)")


def test_eval_when_queries_lie_in_the_folder_then_they_are_not_found(shell, collection):
    result = evaluated(shell, collection, folder=".")
    assert result["documents"] == 3
    assert result["figures"]["fused"]["MRR"]["mean"] == 1


def test_eval_when_run_again_then_reads_nothing_again_and_the_own_index_stays_out_of_it(shell, collection):
    evaluated(shell, collection)
    (index,) = (shell.home / "evaluations").iterdir()
    before = {path.name for path in index.iterdir()}
    evaluated(shell, collection)
    assert {path.name for path in index.iterdir()} == before
    assert not shell.index_dir.exists()


def test_eval_when_a_judged_document_is_missing_then_counts_it(shell, collection):
    (collection / "docs" / "bread.txt").unlink()
    result = evaluated(shell, collection)
    assert result["judged_documents_missing"] == 1
    assert result["figures"]["fused"]["MRR"]["mean"] == 0.5


def test_eval_when_asked_for_the_run_then_writes_it_as_trec_has_it(shell, collection, tmp_path):
    evaluated(shell, collection, "--run", tmp_path / "run", "--limit", 1)
    lines = (tmp_path / "run").read_text().splitlines()
    assert lines[0] == "1 Q0 roof.txt 1 3 launcher"
    assert len(lines) == 3


def test_eval_when_an_index_of_other_folders_is_named_then_refuses(shell, collection, folder):
    shell("index", folder)
    command = ["eval", collection / "docs", collection / "queries.jsonl", collection / "qrels.tsv"]
    assert_refused(shell(*command, "--index-dir", shell.index_dir), 2, "of other folders")


def test_eval_when_files_are_swapped_then_says_what_is_wrong(shell, collection):
    result = shell("eval", collection / "docs", collection / "qrels.tsv", collection / "queries.jsonl")
    assert_refused(result, 2, "queries.jsonl: line 1 is no judgement")


def test_eval_when_queries_and_judgements_have_other_ids_then_says_so(shell, collection):
    (collection / "qrels.tsv").write_text("Q1\tdocs/roof.txt\t1\n")
    result = shell("eval", collection / "docs", collection / "queries.jsonl", collection / "qrels.tsv")
    assert_refused(result, 2, "No query has a document that is judged relevant")


def test_eval_when_a_query_has_quotes_then_they_demand_nothing(shell, collection):
    (collection / "queries.jsonl").write_text('{"id": "1", "text": "the \\"storm damage\\" above -tiles"}\n')
    assert evaluated(shell, collection)["figures"]["fused"]["MRR"]["mean"] == 1


@pytest.mark.parametrize("arguments", [[], ["docs"], ["docs", "queries.jsonl", "qrels.tsv", "--mine"]])
def test_eval_when_it_is_not_clear_what_to_judge_then_says_so(shell, collection, arguments):
    result = shell("eval", *arguments, cwd=collection)
    assert_refused(result, 2, "or --mine and none of these")


def test_eval_of_mine_when_asked_then_its_figures_are_per_kind_too(indexed):
    result = indexed.json("eval", "--mine", "--count", 12)
    assert (result["queries"], result["documents_missing"]) == (12, 0)
    assert result["figures"]["words only"]["success@10"]["mean"] > 0.9
    assert set(result["by_kind"]) <= set(KINDS)
    assert set(result["by_kind"]["pdf"]["fused"]) == {"success@1", "success@10", "MRR"}


def test_eval_of_mine_when_questions_were_kept_then_the_same_are_asked(indexed, tmp_path):
    kept = tmp_path / "questions.jsonl"
    first = indexed.json("eval", "--mine", "--count", 6, "--seed", 5, "--save", kept)
    assert indexed.json("eval", "--mine", "--queries", kept) == first


def test_eval_of_mine_when_a_person_reads_it_then_shows_no_document_unless_asked_to(indexed):
    shown = indexed("eval", "--mine", "--count", 3).stdout
    assert shown.startswith("3 questions made from your documents, model starter\n")
    assert "samples" not in shown
    assert "samples" in indexed("eval", "--mine", "--count", 3, "--verbose").stdout


def test_eval_when_a_reranker_is_named_then_there_is_a_row_of_it(shell, collection, tmp_path):
    reranker = shutil.copy(gguf("rerank-plain-f32"), tmp_path / "tiny-reranker.gguf")
    result = evaluated(shell, collection, "--reranker", reranker, "--rerank-budget", 60)
    assert list(result["figures"]) == ["words only", "meaning only", "fused", "asked again", "reranked"]
    assert result["figures"]["reranked"]["recall@10"]["mean"] == 1
