"""More like a hit, and queries that nobody waits for any more."""

import asyncio
import threading

import pytest

from filters import Filters
from tests.window import FakeEngine, browser, build, make_hit
from web.endpoints import create_api


@pytest.fixture(scope="module")
def shared_engine():
    return FakeEngine()


@pytest.fixture(scope="module")
def app(shared_engine):
    return build(shared_engine)


@pytest.fixture
def engine(shared_engine):
    shared_engine.__init__([make_hit("/documents/a.txt"), make_hit("/documents/b.txt")])
    return shared_engine


@pytest.fixture
def client(app, engine):
    return browser(app)


class SlowEngine(FakeEngine):
    """Answers only when it may."""

    def __init__(self):
        super().__init__()
        self.may_answer = threading.Event()
        self.running = self.most_running = 0

    def search(self, query):
        self.running += 1
        self.most_running = max(self.running, self.most_running)
        self.may_answer.wait(timeout=10)
        self.running -= 1
        return super().search(query)


def like(client, hit_id, **parameters):
    return client.get("/api/search", params={"like": hit_id, **parameters})


def first_id(client):
    return client.get("/api/search?q=roof").json()["hits"][0]["id"]


def test_like_asks_the_engine_for_more_of_that_document(client, engine):
    assert like(client, first_id(client)).status_code == 200
    query = engine.queries[-1]
    assert (list(map(str, query.like)), query.text, query.pictures) == (["/documents/a.txt"], "", ())


def test_like_goes_with_words_and_kinds(client, engine):
    like(client, first_id(client), q="tiles type:pdf", limit=7)
    query = engine.queries[-1]
    assert (list(map(str, query.like)), query.text, query.limit) == (["/documents/a.txt"], "tiles", 7)
    assert query.filters == Filters(kinds=("pdf",))


def test_like_does_not_find_the_document_itself(client):
    assert [row["name"] for row in like(client, first_id(client)).json()["hits"]] == ["b.txt"]


@pytest.mark.parametrize("hit_id", ["unknown", "/documents/a.txt", "../a.txt"])
def test_like_of_an_unknown_id_is_not_found_and_asks_nothing(client, engine, hit_id):
    response = like(client, hit_id, q="roof")
    assert (response.status_code, response.json()["hint"]) == (404, "Search again.")
    assert not engine.queries


def test_empty_like_is_none(client, engine):
    like(client, "", q="roof")
    assert engine.queries[-1].like == ()


async def asked(api, text, gone):
    """The status of one query; `gone` says when its window was closed."""

    async def receive():
        await gone.wait()
        return {"type": "http.disconnect"}

    async def send(message):
        statuses.append(message.get("status"))

    statuses = []
    scope = {
        "type": "http",
        "method": "GET",
        "path": "/api/search",
        "query_string": f"q={text}".encode(),
        "headers": [],
    }
    await api(scope, receive, send)
    return statuses[0]


async def asked_at_once(engine, texts, *, gone):
    """Ask all while the engine answers the first, and let it go on when those of `gone` have left."""
    api, open_window, closed_window = create_api(engine), asyncio.Event(), asyncio.Event()
    windows = [closed_window if text in gone else open_window for text in texts]
    queries = [asyncio.create_task(asked(api, *one)) for one in zip(texts, windows, strict=True)]
    while not engine.running:
        await asyncio.sleep(0.01)
    closed_window.set()
    engine.may_answer.set()
    return await asyncio.gather(*queries)


def test_queries_are_answered_one_at_a_time():
    engine = SlowEngine()
    assert asyncio.run(asked_at_once(engine, "abc", gone="")) == [200, 200, 200]
    assert engine.most_running == 1


def test_query_that_nobody_waits_for_is_not_computed():
    engine = SlowEngine()
    assert asyncio.run(asked_at_once(engine, "abcde", gone="bcd")) == [200, 204, 204, 204, 200]
    assert [query.text for query in engine.queries] == ["a", "e"]


def test_several_examples_go_together_with_what_it_shall_not_be_like(client, engine):
    first, second = (row["id"] for row in client.get("/api/search?q=roof").json()["hits"])
    client.get("/api/search", params={"like": [first], "unlike": [second], "q": "tiles"})
    query = engine.queries[-1]
    assert [list(map(str, paths)) for paths in (query.like, query.unlike)] == [
        ["/documents/a.txt"],
        ["/documents/b.txt"],
    ]
    client.get("/api/search", params={"like": [first, second]})
    assert list(map(str, engine.queries[-1].like)) == ["/documents/a.txt", "/documents/b.txt"]


def test_unlike_of_an_unknown_id_is_not_found(client, engine):
    assert client.get("/api/search", params={"q": "roof", "unlike": "unknown"}).status_code == 404
    assert not engine.queries


def shown(client, pictures, *, lengths=None, **parameters):
    parameters["pictures"] = lengths or ",".join(str(len(picture)) for picture in pictures)
    headers = {"Content-Type": "application/octet-stream"}
    return client.post("/api/search", params=parameters, content=b"".join(pictures), headers=headers)


def test_several_pictures_go_together_with_words_and_examples(client, engine):
    hit_id = first_id(client)
    assert shown(client, [b"one", b"", b"three"], q="roof", like=hit_id).status_code == 200
    query = engine.queries[-1]
    assert (query.pictures, query.text, len(query.like)) == ((b"one", b"", b"three"), "roof", 1)


@pytest.mark.parametrize("lengths", ["3", "3,4", "-1,7", "3,,3", "a", ",".join(["1"] * 11), "9999999999"])
def test_pictures_that_are_not_as_long_as_was_said_are_refused(client, engine, lengths):
    assert shown(client, [b"one", b"two"], lengths=lengths).status_code == 400
    assert not engine.queries
