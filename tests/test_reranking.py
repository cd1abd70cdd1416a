from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from errors import ModelFailed
from hits import Hit
from ranking import LIKELY
from reranking import LiveReranking, improved


class FakeScorer:
    """Finds relevant what a passage says of itself: "0.9 …"; "long" does not fit, "slow" outlasts any time."""

    def __init__(self):
        self.read = []
        self.stops = 0
        self.is_closed = False

    def stop(self):
        self.stops += 1

    def close(self):
        self.is_closed = True

    def relevance(self, query, documents, *, budget_s=None, should_stop):
        assert query.text == "roof"
        assert budget_s > 0
        assert not should_stop()
        (text,) = (document.text for document in documents)
        self.read.append(text)
        if text == "long":
            raise ModelFailed("It does not fit.")
        return np.array([np.nan if text == "slow" else float(text)], np.float32)


def hit(context, chance=0.5, kind="text"):
    return Hit(
        path=Path(f"/{context}"),
        kind=kind,
        chance=chance,
        cosine=0.5,
        page_number=1,
        page_count=1,
        passage=context,
        marks=(),
        context=context,
        size_bytes=1,
        modified=datetime.fromtimestamp(0, tz=UTC),
        is_missing=False,
        why=("meaning",),
    )


def orders(hits, scorer=None, **options):
    given = {"budget_s": 60, **options}
    return [[each.context for each in found] for found in improved(hits, "roof", scorer or FakeScorer(), **given)]


def test_improved_when_more_is_known_then_the_list_gets_better_each_time():
    assert orders([hit("0.1"), hit("0.2"), hit("0.9")]) == [
        ["0.1", "0.2", "0.9"],
        ["0.2", "0.1", "0.9"],
        ["0.9", "0.2", "0.1"],
    ]


def test_improved_when_read_then_each_hit_says_how_relevant_it_is():
    *_, last = improved([hit("0.25"), hit("0.75", kind="picture")], "roof", FakeScorer(), budget_s=60)
    assert [each.relevance for each in last] == [0.25, None]


@pytest.mark.parametrize("left", [hit("", chance=0.4), hit("0.9", kind="video"), hit("0.9", kind="picture")])
def test_improved_when_a_hit_is_not_to_be_read_then_it_keeps_its_place(left):
    assert orders([hit("0.1"), left, hit("0.8")])[-1] == ["0.8", left.context, "0.1"]


def test_improved_when_a_name_was_typed_in_full_then_it_stays_first():
    assert orders([hit("0.1", chance=0.995), hit("0.2"), hit("0.9")])[-1] == ["0.1", "0.9", "0.2"]


def test_improved_when_a_hit_is_not_likely_then_it_stays_below_the_likely_ones():
    assert orders([hit("0.1"), hit("0.2"), hit("0.9", chance=LIKELY / 2)])[-1] == ["0.2", "0.1", "0.9"]


def test_improved_when_none_is_likely_then_they_are_read_all_the_same():
    assert orders([hit("0.1", chance=0.1), hit("0.9", chance=0.09)])[-1] == ["0.9", "0.1"]


def test_improved_when_the_relevance_is_nearly_the_same_then_the_chance_decides():
    assert orders([hit("0.55", chance=0.9), hit("0.60", chance=0.2)])[-1] == ["0.55", "0.60"]


def test_improved_when_it_is_as_sure_as_can_be_then_it_still_counts():
    assert orders([hit("0.0", chance=0.9), hit("1.0", chance=0.2)])[-1] == ["1.0", "0.0"]


def test_improved_when_a_passage_does_not_fit_then_it_alone_is_left():
    assert orders([hit("0.1"), hit("long"), hit("0.9")])[-1] == ["0.9", "long", "0.1"]


def test_improved_when_the_time_is_up_within_a_passage_then_what_is_known_stays():
    assert orders([hit("0.1"), hit("0.9"), hit("slow"), hit("0.95")]) == [
        ["0.1", "0.9", "slow", "0.95"],
        ["0.9", "0.1", "slow", "0.95"],
    ]


def test_improved_when_there_is_no_time_then_nothing_is_read():
    scorer = FakeScorer()
    assert orders([hit("0.1"), hit("0.9")], scorer, budget_s=0) == []
    assert scorer.read == []


def test_improved_when_stopped_then_reads_no_further():
    scorer = FakeScorer()
    assert len(orders([hit("0.1"), hit("0.9"), hit("0.8")], scorer, should_stop=lambda: len(scorer.read) == 2)) == 2
    assert scorer.read == ["0.1", "0.9"]


def test_improved_when_the_list_is_long_then_only_its_top_is_read():
    scorer = FakeScorer()
    orders([hit(f"0.{number:02}") for number in range(30)], scorer)
    assert len(scorer.read) == 20


@pytest.fixture
def scorer():
    return FakeScorer()


@pytest.fixture
def live(scorer):
    return LiveReranking(lambda: scorer, budget_s=60)


def test_live_when_nobody_else_begins_then_all_lists_come(live):
    assert len(list(live.improved(live.begin(), [hit("0.1"), hit("0.9")], "roof"))) == 2


def test_live_when_another_begins_then_the_lists_end(live, scorer):
    lists = live.improved(live.begin(), [hit("0.1"), hit("0.9"), hit("0.8")], "roof")
    next(lists)
    live.begin()
    assert list(lists) == []
    assert scorer.stops == 1
    assert scorer.read == ["0.1"]


def test_live_when_the_next_began_before_the_first_list_then_nothing_is_read(live, scorer):
    turn = live.begin()
    live.begin()
    assert list(live.improved(turn, [hit("0.1"), hit("0.9")], "roof")) == []
    assert scorer.read == []


def test_live_when_a_turn_ends_that_is_over_already_then_the_next_goes_on(live):
    old, new = live.begin(), live.begin()
    lists = live.improved(new, [hit("0.1"), hit("0.9")], "roof")
    next(lists)
    live.end(old)
    assert len(list(lists)) == 1


def test_live_when_its_own_turn_ends_then_the_lists_do(live):
    turn = live.begin()
    lists = live.improved(turn, [hit("0.1"), hit("0.9")], "roof")
    next(lists)
    live.end(turn)
    assert list(lists) == []


def test_live_when_never_used_then_nothing_is_loaded():
    def load():
        raise AssertionError

    live = LiveReranking(load, budget_s=1)
    live.end(live.begin())
    live.close()


def test_live_when_closed_then_the_reranker_is(live, scorer):
    list(live.improved(live.begin(), [hit("0.1"), hit("0.9")], "roof"))
    live.close()
    assert scorer.is_closed
