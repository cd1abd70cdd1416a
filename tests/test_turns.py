"""Whose turn it is to write the index: the Keeper's only while nobody else wants it."""

import threading
from contextlib import ExitStack, contextmanager

import pytest

from service.turns import Turns
from tests.pages import until

A_MOMENT_S = 0.05  # in which what must not happen would have happened


@contextmanager
def another(turns):
    """Somebody else who wants the turn, in a thread of its own, until this ends; set once they have it."""
    has_it, may_end = threading.Event(), threading.Event()

    def take():
        with turns.of_another():
            has_it.set()
            may_end.wait(20)

    thread = threading.Thread(target=take)
    thread.start()
    try:
        yield has_it
    finally:
        may_end.set()
        thread.join()


def is_the_keepers(turns):
    with turns.of_the_keeper() as is_ours:
        return is_ours


def test_keeper_when_nobody_else_wants_the_turn_then_has_it_again_and_again_but_not_twice_at_once():
    turns = Turns()
    with turns.of_the_keeper() as is_ours:
        assert (is_ours, is_the_keepers(turns)) == (True, False)
    assert (is_the_keepers(turns), turns.is_wanted) == (True, False)


def test_keeper_when_its_turn_fails_then_gives_it_back():
    turns = Turns()
    with pytest.raises(ZeroDivisionError), turns.of_the_keeper():
        raise ZeroDivisionError
    assert is_the_keepers(turns)


def test_keeper_when_another_has_the_turn_then_is_told_so_at_once_and_takes_it_from_nobody():
    turns = Turns()
    with ExitStack() as after, another(turns) as has_it:
        assert has_it.wait(20)
        assert (turns.is_wanted, is_the_keepers(turns)) == (True, False)
        has_it_too = after.enter_context(another(turns))
        until(lambda: turns._others == 2)
        assert not is_the_keepers(turns)
        assert not has_it_too.wait(A_MOMENT_S)
    assert is_the_keepers(turns)


def test_another_when_the_keeper_has_the_turn_then_waits_until_it_is_done():
    turns = Turns()
    with ExitStack() as after:
        with turns.of_the_keeper():
            has_it = after.enter_context(another(turns))
            until(lambda: turns.is_wanted)
            assert not has_it.wait(A_MOMENT_S)
        assert has_it.wait(20)


def test_others_when_several_wait_for_the_turn_then_each_has_it_once():
    turns, had = Turns(), []

    def take(number):
        with turns.of_another():
            had.append(number)

    threads = [threading.Thread(target=take, args=(number,)) for number in range(3)]
    with another(turns) as has_it:
        assert has_it.wait(20)
        for thread in threads:
            thread.start()
        until(lambda: turns._others == 4)
        assert had == []
    for thread in threads:
        thread.join(20)
    assert sorted(had) == [0, 1, 2]
    assert is_the_keepers(turns)


def test_turns_when_somebody_wants_one_and_gives_it_back_then_tell_outside_of_their_lock():
    told = []

    def note():
        thread = threading.Thread(target=lambda: told.append((turns.is_wanted, is_the_keepers(turns))))
        thread.start()
        thread.join()

    turns = Turns(note)
    with turns.of_another():
        assert told == [(True, False)]
    assert told == [(True, False), (False, True)]
