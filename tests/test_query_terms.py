"""What a person typed, taken apart: nothing that can be typed or pasted is an error."""

import random

import pytest

from index_store import QueryTerms, parse_terms


def parts(text):
    terms = parse_terms(text)
    return terms.words, terms.phrases, terms.beginnings, terms.excluded


@pytest.mark.parametrize(
    ("text", "words", "phrases", "beginnings", "excluded"),
    [
        ("roof repair", ("roof", "repair"), (), (), ()),
        ('"roof repair" bill', ("bill",), ("roof repair",), (), ()),
        ("“roof repair” „Dach“ «toit»", (), ("roof repair", "Dach", "toit"), (), ()),
        ("合同「保険 証券」", ("合同",), ("保険 証券",), (), ()),
        ('bill "roof re', ("bill",), ("roof re",), (), ()),
        ('roof -cake -"a  phrase"', ("roof",), (), (), ("cake", "a phrase")),
        ("repa* 会*", (), (), ("repa", "会"), ()),
        ("roof -cak* -会", ("roof",), (), (), ("cak*", "会")),
        ('"roof*" -"cak*"', (), ("roof",), (), ("cak",)),
        ("roof roof", ("roof",), (), (), ()),
    ],
)
def test_parse_terms_when_a_text_has_signs_then_they_are_taken_as_such(text, words, phrases, beginnings, excluded):
    assert parts(text) == (words, phrases, beginnings, excluded)


@pytest.mark.parametrize(
    "word", ["state-of-the-art", "-5", "--flag", "-f", '24"', "2*3", "*.pdf", "a*", "don't", "C++", "**bold**", "1/2"]
)
def test_parse_terms_when_a_sign_is_of_the_word_then_it_is_a_word(word):
    assert parts(f"{word} roof") == ((word, "roof"), (), (), ())


@pytest.mark.parametrize("text", ["", " ", "-", "- *", '"', '""', '-""', '"*" -"-"', "「」", "-*", "--", "…"])
def test_parse_terms_when_there_is_no_letter_then_nothing_is_wanted(text):
    assert parts(text) == ((), (), (), ())


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("How do I\n fix it - today?", "How do I\n fix it - today?"),
        ('-cake "roof repair" bill* now', "roof repair bill now"),
        ("-cake", ""),
    ],
)
def test_plain_when_there_are_signs_then_it_is_what_is_meant(text, plain):
    assert parse_terms(text).plain == plain


def test_may_go_on_when_the_last_is_a_plain_word_then_it_may_be_unfinished():
    assert [parse_terms(text).may_go_on for text in ("roof rep", 'roof "rep', "roof rep*", "roof -rep", "")] == [
        True,
        False,
        False,
        False,
        False,
    ]


def test_parse_terms_when_a_page_is_pasted_then_all_of_it_is_words():
    page = 'He said "not now" -Peter * ' * 10
    assert parts(page) == (("He", "said", '"not', 'now"', "-Peter"), (), (), ())
    assert parse_terms(page).plain == page.strip()


def test_parse_terms_when_anything_is_typed_then_nothing_is_an_error():
    luck = random.Random(1)
    for _ in range(2000):
        text = "".join(luck.choices("ab1 -*\"“”„«»「」『()[]'\n\0é会\ud800 ", k=luck.randint(0, 20)))
        assert isinstance(parse_terms(text), QueryTerms)
