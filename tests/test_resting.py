"""A model that is let go while nobody uses it: what is known of it meanwhile, and who has it loaded again."""

import threading

import numpy as np
import pytest

from errors import ModelFailed, ModelMissing
from models.resting import RestingEmbedder
from tests.fakes import FakeEmbedder
from tests.resident import until


class Loaded(FakeEmbedder):
    """Knows whether it was closed, and waits where it is told to."""

    def __init__(self, **options):
        super().__init__(**options)
        self.is_closed = False
        self.may_embed = threading.Event()
        self.may_embed.set()

    def embed_documents(self, inputs):
        assert self.may_embed.wait(20)
        assert not self.is_closed
        return super().embed_documents(inputs)

    def close(self):
        self.is_closed = True


@pytest.fixture
def loaded():
    """All that were in memory, in their order."""
    return [Loaded()]


@pytest.fixture
def resting(loaded):
    def load():
        loaded.append(Loaded())
        return loaded[-1]

    rested = threading.Event()
    resting = RestingEmbedder(loaded[0], load, idle_s=0.05, on_rest=rested.set)
    resting.rested = rested
    yield resting
    resting.close()


def test_model_when_nobody_uses_it_then_is_let_go_and_its_facts_stay(resting, loaded):
    resting.prepare_queries()
    assert resting.rested.wait(20)
    assert not resting.is_loaded
    assert loaded[0].is_closed
    assert (resting.dim, resting.fingerprint) == (loaded[0].dim, loaded[0].fingerprint)
    assert len(loaded) == 1


def test_model_when_it_is_asked_after_a_rest_then_answers_as_before(resting, loaded):
    before = resting.embed_query("storm")
    assert resting.rested.wait(20)
    np.testing.assert_array_equal(resting.embed_query("storm"), before)
    assert resting.count_tokens("two words") == FakeEmbedder().count_tokens("two words")
    assert len(loaded) == 2


def test_model_when_somebody_uses_it_for_long_then_is_not_let_go_meanwhile(resting, loaded):
    loaded[0].may_embed.clear()
    thread = threading.Thread(target=resting.embed_documents, args=(["storm"],))
    thread.start()
    until(lambda: resting._users)
    assert resting.embed_query("roof").shape == (resting.dim,)  # which starts the time
    assert not resting.rested.wait(0.2)
    loaded[0].may_embed.set()
    thread.join()
    assert resting.rested.wait(20)


def test_model_when_it_may_stay_for_ever_then_does(resting, loaded):
    resting.rest_after(0)
    resting.prepare_queries()
    assert not resting.rested.wait(0.1)
    assert not loaded[0].is_closed


def test_model_when_a_shorter_time_is_chosen_then_does_not_wait_for_the_longer_one(resting):
    resting.rest_after(3600)
    resting.prepare_queries()
    resting.rest_after(0.01)
    assert resting.rested.wait(20)


def test_model_when_it_cannot_be_loaded_again_then_says_so_and_tries_the_next_time(resting, monkeypatch):
    resting.prepare_queries()
    assert resting.rested.wait(20)
    with monkeypatch.context() as patched:
        patched.setattr(resting, "_load", lambda: (_ for _ in ()).throw(ModelMissing("gone")))
        with pytest.raises(ModelMissing):
            resting.embed_query("storm")
    assert len(resting.embed_query("storm")) == resting.dim


def test_model_when_its_file_was_exchanged_meanwhile_then_is_refused(resting, monkeypatch):
    resting.prepare_queries()
    assert resting.rested.wait(20)
    other = Loaded(model="other")
    monkeypatch.setattr(resting, "_load", lambda: other)
    with pytest.raises(ModelFailed, match="another"):
        resting.embed_query("storm")
    assert other.is_closed


def timers():
    return [thread for thread in threading.enumerate() if isinstance(thread, threading.Timer) and thread.is_alive()]


def test_model_when_used_again_and_again_then_one_thread_looks_after_it_that_holds_up_no_end(resting):
    resting.rest_after(3600)
    before = len(timers())
    for _ in range(20):
        resting.embed_query("storm")
    assert len(timers()) <= before
    assert resting._timer.daemon


def look_now(resting):
    """As if the time were over after which somebody looks."""
    resting._timer.cancel()
    resting._timer = threading.current_thread()
    resting._rest()


def test_model_when_its_time_is_over_then_is_let_go_only_if_nobody_used_it_meanwhile(resting):
    resting.rest_after(3600)
    resting._used_s -= 7200
    resting.embed_query("storm")
    look_now(resting)
    assert resting.is_loaded
    resting._used_s -= 7200
    look_now(resting)
    assert not resting.is_loaded


def test_model_when_another_time_was_chosen_then_who_looked_after_it_before_does_nothing(resting):
    resting.rest_after(3600)
    resting._used_s -= 7200
    resting._rest()
    assert resting.is_loaded
