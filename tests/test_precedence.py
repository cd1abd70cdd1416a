import threading

import pytest

from models.precedence import Precedence


def running(function):
    thread = threading.Thread(target=function, daemon=True)
    thread.start()
    return thread


def test_give_way_when_nobody_is_urgent_then_returns_at_once():
    precedence = Precedence()
    precedence.give_way()
    assert not precedence.flag.is_raised


def test_give_way_when_somebody_is_urgent_then_waits_for_the_last_of_them():
    precedence = Precedence()
    with precedence.urgent():
        with precedence.urgent():
            waiting = running(precedence.give_way)
        waiting.join(timeout=0.1)
        assert waiting.is_alive()
        assert precedence.flag.is_raised
    waiting.join(timeout=5)
    assert not waiting.is_alive()


def test_give_way_when_woken_for_something_else_then_returns():
    precedence, is_needed = Precedence(), False
    with precedence.urgent():
        waiting = running(lambda: precedence.give_way(unless=lambda: is_needed))
        precedence.wake()
        waiting.join(timeout=0.1)
        assert waiting.is_alive()
        is_needed = True
        precedence.wake()
        waiting.join(timeout=5)
        assert not waiting.is_alive()


def test_urgent_when_it_fails_then_is_over():
    precedence = Precedence()
    with pytest.raises(ZeroDivisionError), precedence.urgent():
        divmod(1, 0)
    precedence.give_way()
    assert not precedence.flag.is_raised
