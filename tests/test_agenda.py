"""What is still to be done, and how long what failed is let be."""

import time

import pytest

from errors import IndexLocked, IndexUnwritable, ModelFailed
from service.agenda import Agenda, Work
from service.setbacks import Setbacks
from watching.dirt import REST_S
from watching.sweep_times import LOOK_S, POLLED_S, WATCHED_S


@pytest.fixture
def agenda():
    """One whose roots were swept and looked at."""
    agenda = Agenda()
    agenda.set_roots(["/a", "/b"])
    for _ in range(2):
        agenda.done(agenda.next(0.0), now_s=0.0, found=False)
    assert agenda.next(0.0) is None
    return agenda


def test_work_when_not_done_then_stays(agenda):
    agenda.dirt.add("/a/x", 0.0)
    assert agenda.next(1.0) == Work(paths=("/a/x",)) == agenda.next(2.0)
    agenda.done(Work(paths=("/a/x",)), now_s=2.0, found=True)
    assert agenda.next(3.0) is None


def test_work_when_several_things_are_to_be_done_then_the_newest_comes_first(agenda):
    agenda.note_looks(["/a/old"])
    agenda.dirt.add_sweep("/b")
    agenda.dirt.add("/a/x", 0.0)
    found = []
    while work := agenda.next(1.0):
        found.append(work)
        agenda.done(work, now_s=1.0, found=False)
    assert found == [Work(paths=("/a/x",)), Work(sweeps=("/b",)), Work(looks=("/a/old",))]


def test_both_names_of_a_renamed_file_when_they_rest_at_almost_the_same_time_then_come_together(agenda):
    agenda.dirt.add("/a/old", 0.0)
    agenda.dirt.add("/a/new", 0.05)
    assert set(agenda.next(0.31).paths) == {"/a/old", "/a/new"}


def test_what_came_in_between_when_compared_then_is_compared_once_more(agenda):
    agenda.dirt.add("/a/x", 0.0)
    assert agenda.fresh(1.0) == ("/a/x",)
    agenda.freshly_done(["/a/x"])
    assert not agenda.has_fresh(1.0)
    assert agenda.next(1.0) == Work(paths=("/a/x",))


def test_work_when_it_fails_as_a_whole_then_is_given_one_by_one(agenda):
    agenda.dirt.add("/a/x", 0.0)
    agenda.dirt.add("/a/y", 0.0)
    work = agenda.next(1.0, is_one_by_one=True)
    assert len(work.paths) == 1
    agenda.give_up(work)
    assert set(agenda.next(1.0).paths) == {"/a/x", "/a/y"} - set(work.paths)


def test_documents_when_too_many_to_be_named_then_their_roots_are_looked_at(agenda):
    agenda.note_looks([f"/a/{number}" for number in range(3000)])
    assert agenda.next(1.0) == Work(all_looks=("/a", "/b"))


def test_setbacks_when_they_repeat_then_wait_longer_and_longer_but_not_for_ever():
    setbacks = Setbacks()
    waits = []
    for _ in range(12):
        setbacks.failed(0.0)
        waits.append(setbacks.left_s(0.0))
    assert waits[:4] == [2.0, 4.0, 8.0, 16.0]
    assert waits[-1] == 600.0
    assert setbacks.is_one_by_one


@pytest.mark.parametrize(
    ("error", "waits_s"),
    [(IndexLocked("Held."), 5.0), (ModelFailed("Broken."), 30.0), (IndexUnwritable("Full."), 30.0)],
)
def test_setback_when_refused_then_says_why_and_waits(error, waits_s):
    setbacks = Setbacks()
    setbacks.refused(error, 100.0)
    assert (setbacks.left_s(100.0), setbacks.why) == (waits_s, error.message.removesuffix(".") + ".")
    assert setbacks.is_full == isinstance(error, IndexUnwritable)
    assert not setbacks.is_one_by_one


def test_pending_when_asked_then_counts_what_waits_what_rests_and_what_came_in_between(agenda):
    agenda.dirt.add("/a/waits", 100.0)
    agenda.dirt.add("/a/rests", 0.0)
    assert agenda.pending == 2
    agenda.next(1.0)
    assert agenda.pending == 2
    agenda.dirt.add("/a/late", 0.0)
    agenda.fresh(1.0)
    assert agenda.pending == 3


def test_next_when_nothing_is_to_be_done_then_says_when_there_may_be(agenda):
    assert agenda.next_s(0.0) == LOOK_S
    agenda.dirt.add("/a/x", 0.0)
    assert agenda.next_s(0.0) == pytest.approx(REST_S)
    agenda.dirt.take(1.0)
    agenda.dirt.add("/a/x", 1e6, came=True)
    assert agenda.next_s(0.0) == LOOK_S


def test_roots_when_they_change_then_only_a_new_one_is_looked_at_as_a_whole_and_one_that_is_gone_never(agenda):
    agenda.set_roots(["/a", "/c", "/d"])
    assert agenda.next(0.0) == Work(sweeps=("/c", "/d"))
    agenda.done(Work(sweeps=("/c", "/d")), now_s=0.0, found=False)
    agenda.set_roots(["/a", "/d"])  # before the new ones were looked at
    assert agenda.next(0.0) == Work(all_looks=("/d",))


def test_roots_when_a_part_of_one_is_not_watched_then_it_is_swept_more_often(agenda):
    agenda.set_roots(["/a", "/b"], polled=["/b/share"])
    agenda.done(Work(sweeps=("/b",)), now_s=0.0, found=False)
    assert agenda.next(POLLED_S[0]) == Work(sweeps=("/b",))


def test_sweep_when_it_found_something_then_the_next_one_is_not_later_than_this_one_was(agenda):
    for now_s in (0.0, 600.0):
        agenda.done(Work(sweeps=("/a", "/b")), now_s=now_s, found=now_s > 0)
    assert agenda.swept_s is not None
    assert agenda.next(600.0 + WATCHED_S[0]) == Work(sweeps=("/a", "/b"))


def test_sweep_when_the_machine_slept_then_comes_at_once(agenda, monkeypatch):
    awake_s = time.monotonic()
    monkeypatch.setattr("service.agenda.awake_s", lambda: awake_s - 3600)
    assert agenda.next(0.0) == Work(sweeps=("/a", "/b"))


def test_sweep_when_its_root_is_lost_then_comes_at_once(agenda):
    agenda.dirt.add_sweep("/b")
    agenda.dirt.add("/a/x", 0.0)
    agenda.fresh(1.0)  # in between it is noted as well, and not done
    assert agenda.has_fresh(1.0)
    agenda.over()
    agenda.done(agenda.next(1.0), now_s=1.0, found=False)
    assert agenda.next(1.0) == Work(sweeps=("/b",))


def test_what_came_in_between_when_not_compared_then_is_what_is_done_next_together_with_what_was_owed(agenda):
    agenda.dirt.add("/a/owed", 0.0)
    agenda.next(1.0)
    for number, path in enumerate(["/a/x", "/a/y"]):
        agenda.dirt.add(path, 0.0)
        assert len(agenda.fresh(1.0)) == number + 1
    assert agenda.has_fresh(1.0)
    agenda.freshly_done(["/a/x"])
    agenda.over()
    assert not agenda.has_fresh(1.0)
    assert set(agenda.next(1.0).paths) == {"/a/owed", "/a/x", "/a/y"}


def test_work_when_done_then_what_came_in_between_follows(agenda):
    agenda.dirt.add("/a/owed", 0.0)
    work = agenda.next(1.0)
    agenda.dirt.add("/a/x", 0.0)
    agenda.fresh(1.0)
    agenda.done(work, now_s=1.0, found=True)
    assert agenda.next(1.0) == Work(paths=("/a/x",))


@pytest.mark.parametrize(("count", "are_named"), [(2000, True), (2001, False)])
def test_documents_when_so_many_then_they_are_named_and_when_one_more_then_their_roots(agenda, count, are_named):
    documents = tuple(f"/a/{number}" for number in range(count))
    agenda.note_looks(documents[:1])
    agenda.note_looks(documents[1:])
    assert agenda.next(0.0) == (Work(looks=documents) if are_named else Work(all_looks=("/a", "/b")))
    agenda.done(agenda.next(0.0), now_s=0.0, found=False)
    assert agenda.next(0.0) is None


def test_agenda_when_dropped_then_nothing_is_left_of_it(agenda):
    agenda.dirt.add("/a/x", 0.0)
    agenda.next(1.0)
    agenda.dirt.add("/a/y", 0.0)
    agenda.fresh(1.0)
    agenda.dirt.add("/a/z", 0.0)
    agenda.note_looks(["/a/x"])
    agenda.drop(1.0)
    assert (agenda.pending, agenda.next(1.0)) == (0, None)


def test_setbacks_when_the_time_is_over_then_none_is_left():
    setbacks = Setbacks()
    assert setbacks.left_s(0.0) == 0.0
    setbacks.failed(0.0)
    assert setbacks.left_s(100.0) == 0.0


def test_setbacks_when_another_holds_the_index_again_and_again_then_wait_no_longer_for_it():
    setbacks = Setbacks()
    for _ in range(3):
        setbacks.refused(IndexLocked("Held."), 0.0)
        assert setbacks.left_s(0.0) == 5.0
    setbacks.refused(ModelFailed("Broken."), 0.0)
    setbacks.refused(ModelFailed("Broken."), 0.0)
    assert setbacks.left_s(0.0) == 60.0


def test_setbacks_when_refused_for_another_reason_then_the_disk_is_full_no_longer():
    setbacks = Setbacks()
    setbacks.refused(IndexUnwritable("Full."), 0.0)
    setbacks.refused(ModelFailed("Broken."), 0.0)
    assert not setbacks.is_full


def test_setbacks_when_nobody_foresaw_them_then_each_is_tried_alone_from_the_third_on():
    setbacks = Setbacks()
    setbacks.refused(ModelFailed("Broken."), 0.0)
    for is_one_by_one in (False, False, True):
        setbacks.failed(0.0)
        assert setbacks.is_one_by_one is is_one_by_one
    assert "The log says more" in setbacks.why


def test_sweep_when_it_takes_long_then_is_as_of_its_beginning(agenda, monkeypatch):
    clock = [1000.0]
    monkeypatch.setattr("service.agenda.time.time", lambda: clock[0])
    agenda.sweeps.lost("/a")
    work = agenda.next(0.0)
    clock[0] += 500.0
    agenda.done(work, now_s=500.0, found=True)
    assert agenda.swept_s == 1000.0
