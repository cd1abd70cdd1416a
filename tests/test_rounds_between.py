"""What the Keeper does in between, while something else goes on, step by step."""

import os
import time

import pytest

from index_store import Root
from tests.rounds import MANY, job, old_texts


@pytest.fixture
def busy(driven):
    """Gives a function: call something once the first of many texts is with the model, and do all that is due."""

    def work(*meanwhile):
        embedded, calls = [], iter(meanwhile)

        def embed(text):
            embedded.append(text)
            if "storm" in text:
                next(calls, lambda: None)()

        driven.touch(*old_texts(driven))
        driven.model.on_embed = embed
        assert driven.rounds.step() == 0
        return embedded

    return work


def place_of(word, texts):
    return next(number for number, text in enumerate(texts) if word in text)


def test_text_when_it_comes_while_others_are_read_then_is_read_before_them_and_so_is_the_next(driven, busy, pools):
    embedded = busy(
        lambda: driven.touch(driven.write("bread.txt", "Flour.")),
        lambda: driven.touch(driven.write("tax.txt", "An invoice.")),
    )
    assert [place_of("Flour", embedded), place_of("invoice", embedded)] == [1, 3]
    assert [path.name for path in pools[1].paths] == ["bread.txt", "tax.txt"]
    assert {"bread.txt", "tax.txt"} < driven.texts()


def test_text_when_it_comes_while_a_worker_is_waited_for_then_is_read_meanwhile(driven, pools):
    def come():
        pools[0].on_read = lambda: None
        driven.touch(driven.write("bread.txt", "Flour."))

    given = []
    pools[0].on_read, pools[1].on_read = come, lambda: given.append(pools[0].given)
    driven.touch(*old_texts(driven))
    driven.rounds.step()
    assert given == [0]


def test_picture_when_it_comes_while_others_are_read_then_is_drawn_after_them(driven, busy, pools):
    busy(lambda: driven.touch(driven.write("fire.picture", "red")))
    driven.until_idle()
    assert pools[0].drawn == ["fire.picture"]


def test_texts_when_many_come_at_once_in_between_then_the_newest_are_read_first_and_a_moved_one_is_not_lost(
    driven, busy, pools
):
    def come():
        (driven.folder / "roof.txt").rename(driven.folder / "moved.txt")
        new = [driven.write(f"new {number}.txt", f"Flour {number}.") for number in range(100)]
        driven.touch(driven.folder / "roof.txt", driven.folder / "moved.txt", *new)

    os.utime(driven.folder / "roof.txt", (1, 1))
    driven.touch(driven.folder / "roof.txt")
    driven.until_idle()
    embedded = busy(come)
    driven.until_idle()
    assert pools[1].counts == [64, 37]
    assert not [text for text in embedded if "roof" in text]
    assert len(driven.texts()) == MANY + 101
    assert "roof.txt" not in driven.records()


def test_text_when_it_cannot_be_read_in_between_then_the_others_are_and_it_is_tried_again_after_them(driven, busy):
    tried = []

    def come():
        driven.touch(driven.write("bad.txt", "Flour."))
        embed = driven.model.on_embed
        driven.model.on_embed = lambda text: tried.append(text) or {}[text] if "Flour" in text else embed(text)

    busy(come)
    assert (len(tried), len(driven.texts()), driven.rounds.setbacks.why) == (1, MANY + 1, "")
    driven.rounds.step()
    assert (len(tried), driven.agenda.pending) == (2, 1)


def test_text_when_it_comes_and_the_work_is_stopped_then_is_left_for_later(driven, busy):
    def come():
        driven.touch(driven.write("bread.txt", "Flour."))
        driven.is_stopped = True

    busy(come)
    assert "bread.txt" not in driven.records()
    driven.is_stopped = False
    driven.until_idle()
    assert {"bread.txt", "roof.txt", "old 1.txt"} < driven.texts()


@pytest.mark.parametrize("while_waiting", [False, True])
def test_texts_when_they_came_in_between_and_all_is_stopped_then_come_before_the_rest_of_a_sweep(
    driven, pools, while_waiting
):
    def come(_=None):
        driven.touch(*(driven.write(f"new {number}.txt", f"Flour {number}.") for number in range(3)))
        driven.model.on_embed, pools[0].on_read = embedded.append, lambda: None

    def stop():
        driven.is_stopped = True

    embedded = []
    old_texts(driven)
    driven.rounds.lost(str(driven.folder))
    driven.model.on_embed, pools[0].on_read = (embedded.append, come) if while_waiting else (come, lambda: None)
    pools[1].on_read = stop
    assert driven.rounds.step() == 0
    assert driven.agenda.pending == 3
    driven.is_stopped = False
    embedded.clear()
    assert len(driven.agenda.next(time.monotonic()).paths) == 3  # no folder is gone through before
    driven.rounds.step()
    assert embedded
    assert not [text for text in embedded if "storm" in text]


def test_question_when_it_comes_while_something_is_read_in_between_then_goes_first(driven, busy):
    let_pass = []

    def come():
        driven.touch(driven.write("bread.txt", "Flour."))
        embed, before = driven.model.on_embed, len(driven.questions)
        driven.model.on_embed = lambda text: let_pass.append(len(driven.questions) - before) or embed(text)

    busy(come)
    assert let_pass[0] > 1  # one before it is read, and then between its document and the model


def test_work_when_the_machine_is_to_rest_then_what_comes_is_urgent(driven):
    urgent = []

    def rest(is_urgent):
        urgent.append(is_urgent())
        if len(urgent) == 1:
            driven.touch(driven.write("bread.txt", "Flour."))
            urgent.append(is_urgent())

    driven.on_rest = rest
    driven.touch(*old_texts(driven))
    driven.rounds.step()
    assert urgent[:3] == [False, True, False]  # by the next rest it has been read
    assert "bread.txt" in driven.texts()


def test_rest_when_something_came_before_it_then_that_is_read_first(driven, busy):
    read = []

    def come():
        driven.touch(driven.write("bread.txt", "Flour."))
        driven.on_rest = lambda _: read.append("bread.txt" in driven.texts())

    busy(come)
    assert read[0]


def test_job_when_it_adds_a_root_then_that_is_watched_but_not_looked_for_all_the_time(driven, watch, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    with job(driven, tmp_path) as writer:
        driven.rounds.give_way()
        writer.commit(roots=[*writer.snapshot.roots, Root(path=str(other))])
        driven.rounds.give_way()
        assert watch.folders == [driven.folder]
        driven.rounds._followed_s -= 2
        driven.rounds.give_way()
        assert watch.folders == [driven.folder, other]


def test_job_when_over_then_nothing_is_read_for_it_any_more(driven, tmp_path):
    with job(driven, tmp_path):
        assert driven.rounds.is_writing
    driven.touch(driven.write("bread.txt", "Flour."))
    driven.rounds.give_way()
    assert (driven.rounds.is_writing, driven.texts()) == (False, {"roof.txt"})


def test_text_when_it_comes_while_a_job_goes_on_then_its_writer_writes_it(driven, tmp_path):
    with job(driven, tmp_path) as writer:
        driven.touch(driven.write("bread.txt", "Flour."))
        driven.rounds.give_way()
        assert driven.texts() == {"roof.txt", "bread.txt"}
        assert writer.snapshot.find(str(driven.folder / "bread.txt"))
    assert driven.model.opened == 0
