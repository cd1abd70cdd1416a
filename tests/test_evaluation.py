import math

import pytest

from evaluation import KNOWN_ITEM_MEASURES, answerable, figures_of, mean_of, values_of


def test_values_when_worked_out_by_hand_then_are_those():
    judgements = {"1": {"a": 2, "b": 1, "c": 0}}
    values = values_of({"1": ["c", "a", "x", "b"]}, judgements)
    ideal = 2 + 1 / math.log2(3)
    assert values["nDCG@10"]["1"] == pytest.approx((2 / math.log2(3) + 1 / math.log2(5)) / ideal)
    assert values["recall@10"]["1"] == 1
    assert values["MRR"]["1"] == 0.5


def test_values_when_there_are_ten_places_then_the_eleventh_counts_only_for_the_mrr():
    values = values_of({"1": [*"abcdefghij", "wanted"]}, {"1": {"wanted": 1}})
    assert (values["nDCG@10"]["1"], values["recall@10"]["1"]) == (0, 0)
    assert values["MRR"]["1"] == pytest.approx(1 / 11)


def test_figures_when_a_query_has_no_ranking_then_it_counts_nothing():
    figures = figures_of({"1": ["a"], "2": []}, {"1": {"a": 1}, "2": {"a": 1}, "3": {"a": 1}, "4": {"a": 1}})
    assert figures["MRR"].mean == 0.25


def test_figures_when_a_relevant_document_is_missing_then_recall_misses_it():
    assert figures_of({"1": ["a"]}, {"1": {"a": 1, "missing": 1}})["recall@10"].mean == 0.5


def test_answerable_when_nothing_is_relevant_then_the_query_is_left_out():
    assert answerable({"1": {"a": 0, "b": -1}, "2": {"a": 0, "b": 1}}) == {"2": {"a": 0, "b": 1}}


def test_interval_when_values_differ_then_is_about_two_standard_errors_and_always_the_same():
    values = [0.0, 1.0] * 50
    figure = mean_of(values)
    assert figure.mean == 0.5
    assert figure.high - figure.mean == pytest.approx(1.96 * 0.5 / math.sqrt(100), rel=0.1)
    assert mean_of(values) == figure


def test_interval_when_there_is_nothing_then_is_nothing():
    assert mean_of([]).high == 0


def test_figures_when_one_document_is_asked_for_then_say_how_often_it_is_first_and_among_ten():
    judgements = {"1": {"a": 1}, "2": {"b": 1}, "3": {"c": 1}, "4": {"d": 1}}
    rankings = {"1": ["a"], "2": ["x", "b"], "3": [*"efghijklmn", "c"], "4": []}
    figures = figures_of(rankings, judgements, KNOWN_ITEM_MEASURES)
    assert (figures["success@1"].mean, figures["success@10"].mean) == (0.25, 0.5)
