"""What is shown before a question, what was asked before, and what was perhaps meant."""

import pytest

from errors import IndexMissing
from tests.window import FakeEngine, FakeSnapshot, browser, build, make_hit
from web.questions import KEPT


@pytest.fixture
def engine():
    return FakeEngine([make_hit("/documents/a.txt", why=("opened",)), make_hit("/documents/b.txt", chance=0.01)])


@pytest.fixture
def client(engine):
    return browser(build(engine))


def note(client, question):
    assert client.post("/api/questions", json={"question": question}).status_code == 200


def asked_before(client):
    return client.get("/api/questions").json()["questions"]


def test_recent_documents_are_rows_that_can_be_acted_on(client):
    rows = client.get("/api/recent").json()["hits"]
    assert [(row["name"], row["why"]) for row in rows] == [("a.txt", ["opened"]), ("b.txt", ["words"])]
    copied = client.post("/api/open", json={"ids": [rows[0]["id"]], "action": "copy_path"})
    assert copied.json()["text"] == "/documents/a.txt"


def test_questions_come_back_newest_first_and_each_once(client):
    for question in ("roof", "bread", " ", "roof "):
        note(client, question)
    assert asked_before(client) == ["roof", "bread"]


def test_questions_are_kept_for_this_run_only_and_not_without_end(client):
    for number in range(KEPT + 5):
        note(client, f"question {number}")
    assert len(asked_before(client)) == KEPT
    assert asked_before(client)[-1] == "question 5"
    assert asked_before(browser(build(FakeEngine()))) == []


@pytest.mark.parametrize("body", ["{}", '{"question": 1}', f'{{"question": "{"a" * 2001}"}}'])
def test_malformed_question_is_a_bad_request(client, body):
    response = client.post("/api/questions", content=body, headers={"Content-Type": "application/json"})
    assert response.status_code == 400
    assert asked_before(client) == []


def meant(client):
    return client.get("/api/search?q=rooff").json()["meant"]


def test_what_was_meant_is_asked_only_when_nothing_is_likely(client, engine):
    engine.snapshot.meant = "roof"
    assert meant(client) == ""
    engine.hits = engine.hits[1:]
    assert meant(client) == "roof"
    engine.snapshot.meant = None
    assert meant(client) == ""


def test_status_says_what_is_wrong_with_the_index(client, engine):
    engine.snapshot = FakeSnapshot(1, 2, notice="A segment was left out.")
    assert client.get("/api/status").json()["notice"] == "A segment was left out."


def test_recent_documents_of_an_index_that_is_gone_say_what_helps(client, engine, monkeypatch):
    def gone(_limit):
        raise IndexMissing("There is no index.", hint="launcher index FOLDER")

    monkeypatch.setattr(engine, "recent", gone)
    told = {"error": "There is no index.", "hint": "launcher index FOLDER", "page": "folders"}
    assert client.get("/api/recent").json() == told
