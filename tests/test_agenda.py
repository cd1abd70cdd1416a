"""What is still to be done, and how long what failed is let be."""

import pytest

from errors import IndexLocked, IndexUnwritable, ModelFailed
from service.agenda import Agenda, Work
from service.setbacks import Setbacks


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
