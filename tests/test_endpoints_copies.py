"""Copies behind a hit, what is said of an answer, and what is kept of what was opened."""

import pytest

from tests.window import FakeEngine, browser, build, make_hit


@pytest.fixture(scope="module")
def shared_engine():
    return FakeEngine()


@pytest.fixture(scope="module")
def app(shared_engine):
    return build(shared_engine)


@pytest.fixture
def engine(shared_engine):
    shared_engine.__init__()
    return shared_engine


@pytest.fixture
def client(app, engine):
    return browser(app)


@pytest.fixture
def document(tmp_path, monkeypatch):
    """One that is there, and opening it starts no program."""
    monkeypatch.setattr("web.acting.open_document", lambda *_: "opened")
    monkeypatch.setattr("web.acting.reveal_document", lambda _: None)
    (tmp_path / "x.txt").write_text("text")
    return tmp_path / "x.txt"


def hits(client):
    return client.get("/api/search?q=roof").json()["hits"]


def act(client, action, hit_id):
    return client.post("/api/open", json={"ids": [hit_id], "action": action})


def test_copies_stand_behind_their_hit_and_have_ids_of_their_own(client, engine):
    engine.hits = [make_hit("/a/x.txt", others=(make_hit("/b/x.txt"), make_hit("/c/x (1).txt")))]
    [row] = hits(client)
    assert [other["name"] for other in row["others"]] == ["x.txt", "x (1).txt"]
    assert len({row["id"], *(other["id"] for other in row["others"])}) == 3


def test_copy_behind_a_hit_can_be_opened(client, engine, document):
    engine.hits = [make_hit("/a/x.txt", others=(make_hit(document),))]
    assert act(client, "open", hits(client)[0]["others"][0]["id"]).json() == {"done": "opened"}
    assert engine.opened == [document]


@pytest.mark.parametrize(("action", "count"), [("open", 1), ("reveal", 1), ("copy_path", 0)])
def test_document_that_was_opened_or_shown_is_noted(client, engine, document, action, count):
    engine.hits = [make_hit(document)]
    act(client, action, hits(client)[0]["id"])
    assert engine.opened == [document] * count


def test_document_that_is_gone_is_not_noted_as_opened(client, engine):
    engine.hits = [make_hit("/nowhere/x.txt")]
    act(client, "open", hits(client)[0]["id"])
    assert engine.opened == []


def test_answer_to_a_picture_says_what_kind_of_answer_it_is(client):
    picture = {"content": b"a picture", "headers": {"Content-Type": "image/png"}}
    assert client.post("/api/search", **picture).json()["notice"] == "Only copies are found."
    assert client.get("/api/search?q=roof").json()["notice"] == ""
