"""What the window answers while the model is not in memory: words and names at once, meaning as soon as it is there."""

import asyncio
import threading

import httpx
import pytest

from errors import ModelMissing
from search_engine import LISTS, WITHOUT_MODEL
from tests.window import FakeEngine, browser, build, make_hit
from web.endpoints import create_api

PNG = b"not looked at"


class RestingEngine(FakeEngine):
    """Its model is let go; `may_load` lets it come back."""

    def __init__(self):
        super().__init__([make_hit("/documents/a.txt", chance=0.01)])
        self.is_ready = False
        self.may_load = threading.Event()
        self.problem = None

    def load(self):
        super().load()
        assert self.may_load.wait(20)
        if self.problem:
            raise self.problem
        self.is_ready = True


@pytest.fixture
def engine():
    return RestingEngine()


def asked(engine, talk):
    """What `talk`, given a client of the window, returns; all of it in one event loop, as in the window."""

    async def talking():
        transport = httpx.ASGITransport(create_api(engine))
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            return await talk(client)

    return asyncio.run(talking())


def test_search_when_the_model_rests_then_words_answer_at_once_and_say_that_meaning_follows(engine):
    engine.snapshot.meant = "roof"

    async def talk(client):
        first = (await client.get("/api/search?q=rooff")).json()
        engine.may_load.set()
        await client.get("/api/ready")
        return first, (await client.get("/api/search?q=rooff")).json()

    first, then = asked(engine, talk)
    assert (first["meaning_follows"], len(first["hits"]), first["meant"], first["rerank"]) == (True, 1, "", "")
    assert (then["meaning_follows"], then["meant"]) == (False, "roof")
    assert [query.lists for query in engine.queries] == [WITHOUT_MODEL, LISTS]


def test_search_when_typed_on_while_the_model_loads_then_it_is_loaded_once(engine):
    async def talk(client):
        for text in ("r", "ro", "roo", "roof"):
            assert (await client.get(f"/api/search?q={text}")).json()["meaning_follows"]
        waiting = [asyncio.create_task(client.get("/api/ready")) for _ in range(50)]  # more than there are threads
        engine.may_load.set()
        await asyncio.gather(*waiting)

    asked(engine, talk)
    assert engine.loads == 1


def test_search_when_it_only_filters_then_needs_no_model(engine):
    async def talk(client):
        return (await client.get("/api/search?q=type:pdf")).json()

    assert not asked(engine, talk)["meaning_follows"]
    assert engine.loads == 0


def test_search_when_only_the_model_can_answer_then_waits_for_it_and_others_do_not(engine):
    async def talk(client):
        by_picture = asyncio.create_task(client.post("/api/search", content=PNG))
        while not engine.loads:
            await asyncio.sleep(0)
        by_words = (await client.get("/api/search?q=roof")).json()
        assert not by_picture.done()
        engine.may_load.set()
        return by_words, (await by_picture).json()

    by_words, by_picture = asked(engine, talk)
    assert (by_words["meaning_follows"], by_picture["meaning_follows"]) == (True, False)
    assert [query.lists for query in engine.queries] == [WITHOUT_MODEL, LISTS]


def test_program_when_it_asks_while_the_model_loads_then_the_window_is_answered(engine):
    async def talk(client):
        program = asyncio.create_task(client.post("/api/programs/search", json={"text": "roof"}))
        while not engine.loads:
            await asyncio.sleep(0)
        by_words = (await client.get("/api/search?q=roof")).json()
        engine.may_load.set()
        return by_words, (await program).status_code

    by_words, status = asked(engine, talk)
    assert (by_words["meaning_follows"], status) == (True, 200)


def test_ready_when_the_model_cannot_be_had_then_says_why_each_time(engine):
    engine.may_load.set()
    engine.problem = ModelMissing("The model is not here.", hint="launcher models")
    client = browser(build(engine))
    for _ in range(2):
        assert client.get("/api/search?q=roof").json()["meaning_follows"]
        told = {"error": "The model is not here.", "hint": "launcher models", "page": "models"}
        assert client.get("/api/ready").json() == told


def test_ready_when_the_model_is_there_then_answers_without_a_thread(engine):
    engine.is_ready = True
    assert browser(build(engine)).get("/api/ready").json() == {}
    assert engine.loads == 0
