"""The list of the window getting better while it is looked at."""

import json
import threading

import numpy as np
import pytest

from errors import ModelFailed
from reranking import LiveReranking
from tests.window import FakeEngine, browser, build, make_hit

WORTH = {"pipe.txt": 0.1, "roof.txt": 0.9, "cake.txt": 0.5}


class FakeScorer:
    """Knows what each passage is worth; waits before the second one until it may go on, or is stopped."""

    def __init__(self):
        self.read = []
        self.may_go_on = threading.Event()

    def relevance(self, _query, documents, *, budget_s, should_stop):
        assert budget_s > 0
        self.read.append(documents[0].text)
        if len(self.read) == 2:
            self.may_go_on.wait(10)
        return np.array([np.nan if should_stop() else WORTH[documents[0].text]], np.float32)

    def stop(self):
        self.may_go_on.set()

    def close(self):
        pass


@pytest.fixture(scope="module")
def shared_engine():
    return FakeEngine()


@pytest.fixture(scope="module")
def app(shared_engine):
    return build(shared_engine)


@pytest.fixture
def scorer():
    return FakeScorer()


@pytest.fixture
def engine(shared_engine, scorer):
    shared_engine.__init__([make_hit(f"/documents/{name}", passage=name) for name in WORTH])
    shared_engine.reranking = LiveReranking(lambda: scorer, budget_s=60)
    return shared_engine


@pytest.fixture
def client(app, engine):
    return browser(app)


def asked(client, text="roof"):
    answer = client.get("/api/search", params={"q": text}).json()
    return answer["rerank"], {row["id"]: row["name"] for row in answer["hits"]}


def improvements(client, answer):
    return [json.loads(line) for line in client.get("/api/rerank", params={"answer": answer}).text.splitlines()]


def test_rerank_when_asked_then_the_list_gets_better_line_by_line(client, scorer):
    scorer.may_go_on.set()
    answer, names = asked(client)
    lines = improvements(client, answer)
    assert [[names[hit_id] for hit_id in line["order"]] for line in lines] == [
        ["pipe.txt", "roof.txt", "cake.txt"],
        ["roof.txt", "pipe.txt", "cake.txt"],
        ["roof.txt", "cake.txt", "pipe.txt"],
    ]
    read = {names[hit_id]: round(read["relevance"], 3) for hit_id, read in lines[-1]["read"].items()}
    assert read == WORTH


def test_rerank_when_the_next_question_is_asked_meanwhile_then_it_ends(client, scorer):
    answer, _ = asked(client)
    found = []
    reading = threading.Thread(target=lambda: found.extend(improvements(client, answer)))
    reading.start()
    while len(scorer.read) < 2:
        reading.join(0.01)
    asked(client, "roof repair")
    reading.join(10)
    assert len(found) == 1
    assert scorer.read == ["pipe.txt", "roof.txt"]


def test_rerank_when_the_answer_is_not_the_newest_then_says_so(client):
    answer, _ = asked(client)
    asked(client, "something else")
    response = client.get("/api/rerank", params={"answer": answer})
    assert (response.status_code, response.json()["hint"]) == (404, "Search again.")


def test_rerank_when_it_cannot_be_loaded_then_says_why(client, engine):
    def load():
        raise ModelFailed("It is broken.", hint="launcher models")

    engine.reranking = LiveReranking(load, budget_s=60)
    answer, _ = asked(client)
    assert improvements(client, answer) == [{"error": "It is broken.", "hint": "launcher models"}]


@pytest.mark.parametrize("text", ["type:pdf", '-"cake"'])
def test_search_when_there_is_no_text_to_read_documents_for_then_it_cannot_get_better(client, text):
    assert asked(client, text)[0] == ""


def test_search_when_there_is_one_hit_then_it_cannot_get_better(client, engine):
    engine.hits = engine.hits[:1]
    assert asked(client)[0] == ""


def test_search_when_nothing_here_reranks_then_it_cannot_get_better(client, engine):
    engine.reranking = None
    assert asked(client)[0] == ""
