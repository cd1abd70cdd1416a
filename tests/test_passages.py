import pytest

from passages import covered_share, marks_in, passage_around


def test_passage_when_the_words_stand_late_then_starts_near_them():
    passage, marks = passage_around("filler " * 200 + "the broken gutter of the roof " + "more " * 200, "roof gutters")
    assert [passage[start:end] for start, end in marks] == ["gutter", "roof"]
    assert len(passage) <= 320


def test_passage_when_no_word_matches_then_is_the_beginning_without_marks():
    assert passage_around("One two three.", "nothing") == ("One two three.", ())


def test_passage_when_cut_then_breaks_no_word():
    words = [f"word{number}" for number in range(300)]
    passage, _ = passage_around(" ".join(words), "word150")
    assert set(passage.split()) <= set(words)


def test_passage_when_lines_break_then_is_one_line():
    assert passage_around("one\n\n  two", "two") == ("one two", ((4, 7),))


def test_marks_when_a_word_has_another_ending_then_it_is_marked():
    assert marks_in("He repaired the roofs.", "roof repairs") == ((3, 11), (16, 21))


def test_marks_when_a_word_says_nothing_then_it_is_not_marked():
    assert marks_in("How to do the accounts.", "how do I file the accounts") == ((14, 22),)


def test_marks_when_every_word_says_nothing_then_all_count():
    assert marks_in("To be or not.", "to be") == ((0, 2), (3, 5))


def test_covered_share_when_half_of_the_words_are_there_then_half():
    assert covered_share("The roof leaks.", "roof insurance") == 0.5


def test_covered_share_when_words_are_joined_then_they_count():
    assert covered_share("Der Wasserrohrbruch", "Rohrbruch") == 1
    assert covered_share("保険証券を送る", "保険") == 1


def marked(text, query):
    return [text[start:end] for start, end in marks_in(text, query)]


@pytest.mark.parametrize(
    ("text", "query", "words"),
    [
        ("下周会议记录给iPhone", "会议 iphone", ["会议", "iPhone"]),
        ("下周会议记录", "会议记录表", ["会议记录"]),
        ("会議の記録、会", "会", ["会", "会"]),
        ("การประชุมวันนี้", "ประชุม", ["ประชุม"]),
        ("A Résumé", "resume", ["Résumé"]),
        ("repaired, not reported", "repa*", ["repaired"]),
        ("the roof repair", '"roof repair" -the', ["roof", "repair"]),
        ("a cake on the roof", "roof -cake", ["roof"]),
    ],
)
def test_marks_when_words_are_written_otherwise_then_they_are_marked(text, query, words):
    assert marked(text, query) == words


@pytest.mark.parametrize(
    ("text", "query", "share"),
    [
        ("会議の記録", "会議", 1),
        ("会議の録", "会議記録", 1 / 3),
        ("The roof", '"roof" -cake', 1),
        ("repairs", "repa* x1", 0.5),
    ],
)
def test_covered_share_when_a_query_has_signs_or_no_blanks_then_what_is_wanted_counts(text, query, share):
    assert covered_share(text, query) == share
