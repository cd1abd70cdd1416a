"""Filters on the command line: as words, as options, and when they say nothing."""

import pytest

from tests.shell import SAMPLES, assert_refused


def names(answer):
    return {hit["path"].rpartition("/")[2] for hit in answer["hits"]}


def test_search_when_filters_are_words_then_they_are_named_and_are_no_text(indexed):
    answer = indexed.json("search", "water type:pdf -in:hobby", "--limit", "50")
    assert (answer["text"], answer["filters"]) == ("water", ["pdf", "not in hobby"])
    assert "home insurance.pdf" in names(answer)
    assert not any("/hobby/" in hit["path"] or hit["kind"] != "pdf" for hit in answer["hits"])


def test_search_when_filters_are_options_then_they_are_the_same_ones(indexed):
    options = ("--type", "photos", "--in", SAMPLES / "travel", "--size", ">1", "--name", "*lake*", "--after", "2020")
    answer = indexed.json("search", *options)
    assert names(answer) == {"mountain lake in autumn.png"}
    assert answer["filters"][0] == "picture"
    assert answer["filters"][2:] == ["named *lake*", "since 1 Jan 2020", "1 B or more"]


@pytest.mark.parametrize("excluded", [["-house"], ["-home insurance"], ["-limit"]])
def test_search_when_a_word_is_excluded_then_it_is_no_option(indexed, excluded):
    answer = indexed.json("search", "--limit", "50", "water", *excluded)
    assert answer["text"].replace('"', "") == f"water {excluded[0]}"
    assert answer["hits"]


def test_search_when_an_option_is_mistyped_then_it_is_no_excluded_word(indexed):
    assert "unrecognized arguments: --limt=5" in indexed("search", "water", "--limt=5").stderr


def test_search_when_a_person_asks_then_one_line_says_what_was_understood(indexed):
    result = indexed("search", "photos", "of", "a", "lake", "name:my pictures")
    assert result.stderr.startswith("Only: picture, named my pictures\n")
    assert "Only" not in indexed("search", "photos of a lake", "--plain").stderr


def test_search_when_nothing_is_likely_and_a_word_is_mistyped_then_asks_what_was_meant(indexed):
    assert 'Did you mean "thermostat"?' in indexed("search", "thermostst", "--type", "sheet").stderr
    assert "Did you mean" not in indexed("search", "thermostat").stderr


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["roof type:nonsense"], "No such kind: nonsense"),
        (["roof", "--type", "nonsense"], "No such kind: nonsense"),
        (["roof after:31.02"], "Not a date: 31.02"),
        (["roof", "--before", "soon"], "Not a date: soon"),
        (["roof", "--size", "10mb"], "Not a size: 10mb"),
        (["--in", ""], "Which folder"),
    ],
)
def test_search_when_a_filter_says_nothing_then_refused(indexed, arguments, reason):
    assert_refused(indexed("search", *arguments), 2, reason)
