import threading
import time

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


def test_give_way_when_it_lingers_then_waits_for_the_next_question_a_while():
    precedence = Precedence()
    precedence.give_way(linger_s=3600)  # nobody has asked anything
    with precedence.urgent():
        pass
    asked_s = time.monotonic()
    precedence.give_way()
    precedence.give_way(linger_s=0.05)
    assert time.monotonic() >= asked_s + 0.05


def test_give_way_when_somebody_asks_again_and_again_then_goes_on_in_the_end(monkeypatch):
    monkeypatch.setattr("models.precedence._MOST_LINGERING_S", 0.05)
    precedence = Precedence()
    with precedence.urgent():
        pass
    waiting = running(lambda: precedence.give_way(linger_s=3600))
    waiting.join(timeout=20)
    assert not waiting.is_alive()


def test_urgent_when_it_fails_then_is_over():
    precedence = Precedence()
    with pytest.raises(ZeroDivisionError), precedence.urgent():
        divmod(1, 0)
    precedence.give_way()
    assert not precedence.flag.is_raised
