"""A search engine that is asked before its model and its index are there."""

import dataclasses
import os
import shutil
import threading

import pytest

from errors import IndexMissing, ModelMissing
from index_store import Root, create_or_open_index
from indexer import Indexing
from search_engine import WITHOUT_MODEL, Query
from service import late_engine
from service.late_engine import LateEngine
from settings import default_settings
from tests.fakes import FakeEmbedder, FakeReader
from tests.resident import until
from update_plan import plan_update


class Models:
    """Stands for `startup.open_embedder`; what it opened is kept."""

    def __init__(self):
        self.may_open = threading.Event()
        self.may_open.set()
        self.is_opening = threading.Event()
        self.failure = None
        self.opened = []

    def open(self, settings, *, say, indexed=None, precedence=None):  # noqa: ARG002 - as the real one has it
        say("opening")
        self.is_opening.set()
        assert self.may_open.wait(20)
        if self.failure:
            raise self.failure
        embedder = ClosableEmbedder(model=indexed.model if indexed else settings.model)
        self.opened.append(embedder)
        return embedder


class ClosableEmbedder(FakeEmbedder):
    is_closed = False

    def close(self):
        self.is_closed = True


@pytest.fixture
def models(monkeypatch):
    models = Models()
    monkeypatch.setattr(late_engine, "open_embedder", models.open)
    return models


@pytest.fixture
def engine(models, tmp_path):
    settings = dataclasses.replace(default_settings(os.environ), index_dir=tmp_path / "index", model="fake")
    return LateEngine(settings, say=print)


@pytest.fixture
def make_index(tmp_path):
    folder = tmp_path / "documents"
    folder.mkdir()
    (folder / "roof.txt").write_text("storm tiles")

    def make(embedder):
        roots = [Root(path=str(folder))]
        with create_or_open_index(tmp_path / "index", fingerprint=embedder.fingerprint) as writer:
            Indexing(writer, embedder).run(plan_update(roots, None, all_roots=roots), FakeReader(), roots=roots)

    return make


def found(engine):
    return [hit.path.name for hit in engine.search(Query(text="gutter"))]


def in_background(work):
    """Starts `work`; returns what waits for it."""
    results = []
    thread = threading.Thread(target=lambda: results.append(work()))
    thread.start()

    def result():
        thread.join(20)
        return results[0]

    return result


def test_query_when_the_model_is_not_there_yet_then_waits_for_it(engine, models, make_index):
    make_index(FakeEmbedder())
    models.may_open.clear()
    preparing, answer = in_background(engine.prepare), in_background(lambda: found(engine))
    assert not engine.is_ready
    assert engine.snapshot.document_count == 1  # which needs no model
    models.may_open.set()
    assert answer() == ["roof.txt"]
    preparing()
    assert engine.is_ready
    assert len(models.opened) == 1


def test_query_when_there_is_no_index_then_fails_until_there_is_one(engine, models, make_index):
    engine.prepare()
    for _ in range(2):
        with pytest.raises(IndexMissing):
            engine.search(Query(text="gutter"))
    with pytest.raises(IndexMissing):
        assert engine.snapshot
    make_index(FakeEmbedder())
    assert found(engine) == ["roof.txt"]


def test_query_when_the_model_could_not_be_had_then_is_tried_again(engine, models, make_index):
    make_index(FakeEmbedder())
    models.failure = ModelMissing("not here")
    engine.prepare()
    with pytest.raises(ModelMissing):
        engine.search(Query(text="gutter"))
    models.failure = None
    assert found(engine) == ["roof.txt"]


def test_model_when_used_for_an_index_then_is_the_one_that_answers_queries(engine, models, make_index):
    with engine.embedder(say=print) as embedder:
        make_index(embedder)
        assert found(engine) == ["roof.txt"]
    assert len(models.opened) == 1


def test_history_when_switched_off_then_nothing_is_kept_from_then_on(engine, models, make_index, tmp_path):
    make_index(FakeEmbedder())
    opened_file = default_settings(os.environ).opened_file
    assert found(engine) == ["roof.txt"]
    engine.follow(dataclasses.replace(engine._settings, has_history=False))
    engine.note_opened(tmp_path / "documents" / "roof.txt")
    assert not opened_file.exists()
    engine.follow(dataclasses.replace(engine._settings, has_history=True))
    engine.note_opened(tmp_path / "documents" / "roof.txt")
    assert "roof.txt" in opened_file.read_text()
    assert len(models.opened) == 1


def test_query_when_the_index_was_cleared_then_says_so(engine, make_index, tmp_path):
    make_index(FakeEmbedder())
    assert found(engine) == ["roof.txt"]
    shutil.rmtree(tmp_path / "index")
    with pytest.raises(IndexMissing):
        engine.search(Query(text="gutter"))


def test_query_when_the_index_was_made_anew_with_another_model_then_uses_that(engine, models, make_index, tmp_path):
    make_index(FakeEmbedder())
    assert found(engine) == ["roof.txt"]
    shutil.rmtree(tmp_path / "index")
    make_index(FakeEmbedder(model="other"))
    assert found(engine) == ["roof.txt"]
    assert [(opened.fingerprint.model, opened.is_closed) for opened in models.opened] == [
        ("fake", True),
        ("other", False),
    ]


def test_model_when_somebody_uses_it_then_is_not_closed_for_another(engine, models, make_index, tmp_path):
    make_index(FakeEmbedder())
    with engine.embedder(say=print):
        shutil.rmtree(tmp_path / "index")
        make_index(FakeEmbedder(model="other"))
        answer = in_background(lambda: found(engine))
        until(lambda: engine._changed._waiters or models.opened[0].is_closed)
        assert not models.opened[0].is_closed
    assert answer() == ["roof.txt"]
    assert models.opened[0].is_closed


def test_model_when_nobody_used_it_for_long_then_is_let_go_until_the_next_question(engine, models, make_index):
    make_index(FakeEmbedder())
    engine.follow(dataclasses.replace(engine._settings, model_idle_s=0.05))
    assert found(engine) == ["roof.txt"]
    until(lambda: models.opened[0].is_closed)
    assert engine.snapshot.document_count == 1
    assert len(models.opened) == 1
    assert found(engine) == ["roof.txt"]
    assert len(models.opened) == 2


def test_model_when_the_window_shows_after_a_rest_then_is_loaded_before_anybody_asks(engine, models, make_index):
    make_index(FakeEmbedder())
    engine.follow(dataclasses.replace(engine._settings, model_idle_s=0.05))
    engine.prepare()
    until(lambda: models.opened[0].is_closed)
    engine.follow(dataclasses.replace(engine._settings, model_idle_s=0))
    models.may_open.clear()
    assert engine.recent(5)  # which does not wait for it
    models.may_open.set()
    until(lambda: engine._embedder.is_loaded)
    assert len(models.opened) == 2


def found_without_model(engine, text="storm"):
    return [hit.path.name for hit in engine.search(Query(text=text, lists=WITHOUT_MODEL))]


def test_words_when_the_model_is_not_there_yet_then_answer_at_once(engine, models, make_index):
    make_index(FakeEmbedder())
    models.may_open.clear()
    preparing = in_background(engine.prepare)
    assert models.is_opening.wait(20)
    assert found_without_model(engine) == found_without_model(engine, "roof") == ["roof.txt"]
    assert found_without_model(engine, "cake") == []
    [hit] = engine.recent(5)
    engine.note_opened(hit.path)
    assert (engine.closest_sentence(hit), engine.notice(Query(text="storm")), models.opened) == (None, "", [])
    models.may_open.set()
    preparing()


def test_words_when_the_model_rests_then_answer_without_waking_it(engine, models, make_index):
    make_index(FakeEmbedder())
    engine.follow(dataclasses.replace(engine._settings, model_idle_s=0.05))
    assert found(engine) == ["roof.txt"]
    until(lambda: not engine.is_ready)
    assert found_without_model(engine) == ["roof.txt"]
    assert len(models.opened) == 1
    engine.load()
    assert len(models.opened) == 2


def test_words_when_the_index_was_made_anew_then_are_of_that(engine, models, make_index, tmp_path):
    make_index(FakeEmbedder())
    assert found_without_model(engine) == ["roof.txt"]
    shutil.rmtree(tmp_path / "index")
    with pytest.raises(IndexMissing):
        found_without_model(engine)
    (tmp_path / "documents" / "storm.txt").write_text("storm")
    make_index(FakeEmbedder(model="other"))
    assert set(found_without_model(engine)) == {"roof.txt", "storm.txt"}


def test_wanted_when_something_is_found_and_opened_then_the_last_comes_first(engine, models, make_index, tmp_path):
    make_index(FakeEmbedder())
    assert found_without_model(engine) == found(engine) == ["roof.txt"]
    engine.note_opened(tmp_path / "other.txt")
    assert engine.wanted.now() == (str(tmp_path / "other.txt"), str(tmp_path / "documents" / "roof.txt"))


def test_indexing_when_something_is_asked_then_waits_for_the_answer(engine, models, make_index, monkeypatch):
    make_index(FakeEmbedder())
    engine.give_way()
    is_indexing = threading.Event()
    thread = threading.Thread(target=lambda: (engine.give_way(), is_indexing.set()))

    def asked_meanwhile(embedder, query):
        thread.start()
        until(lambda: engine._precedence._changed._waiters)
        assert not is_indexing.is_set()
        return FakeEmbedder().embed_query(query)

    monkeypatch.setattr(ClosableEmbedder, "embed_query", asked_meanwhile)
    monkeypatch.setattr(late_engine, "_LINGER_S", 0.0)
    assert found(engine) == ["roof.txt"]
    assert is_indexing.wait(20)
    thread.join()
