"""The sentence that says most nearly what was asked."""

import pytest

from evidence import MAX_SENTENCES, closest_sentence, sentences_in
from tests.fakes import FakeEmbedder

TEXT = "Dear aunt. The bread is fine, thank you. The storm took\nthe tiles off the roof! Greetings."


def told(text):
    return [text[start:end] for start, end in sentences_in(text)]


def test_sentences_when_lines_break_inside_then_are_whole():
    assert told("The storm took\nthe tiles. We called the roofer.") == [
        "The storm took\nthe tiles.",
        "We called the roofer.",
    ]


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("", []),
        ("short", []),
        ("One paragraph here\n\nand another one", ["One paragraph here", "and another one"]),
        ("天气很好我们走。明天可能会下雨。", ["天气很好我们走。", "明天可能会下雨。"]),
        ('He said "never again." Then he left the house.', ['He said "never again."', "Then he left the house."]),
        ("No. 5 costs much more than that.", ["No. 5 costs much more than that."]),
    ],
)
def test_sentences_when_text_is_of_many_kinds_then_end_where_they_end(text, sentences):
    assert told(text) == sentences


def test_closest_sentence_when_one_says_it_in_other_words_then_is_that():
    start, end = closest_sentence(TEXT, FakeEmbedder().embed_query("gutter"), FakeEmbedder())
    assert TEXT[start:end] == "The storm took\nthe tiles off the roof!"


def test_closest_sentence_when_there_is_but_one_then_none_is_marked():
    assert closest_sentence("The storm took the tiles.", FakeEmbedder().embed_query("gutter"), FakeEmbedder()) is None


def test_closest_sentence_when_text_is_endless_then_only_its_beginning_is_embedded():
    embedder = FakeEmbedder()
    closest_sentence("The storm took the tiles. " * 500, embedder.embed_query("gutter"), embedder)
    assert len(embedder.embedded) == MAX_SENTENCES
