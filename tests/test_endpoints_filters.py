"""Filters in the question: the chips that the window shows, and how it takes one away."""

import pytest

from filters import Filters
from tests.window import FakeEngine, browser, build, make_hit


@pytest.fixture(scope="module")
def shared_engine():
    return FakeEngine()


@pytest.fixture(scope="module")
def app(shared_engine):
    return build(shared_engine)


@pytest.fixture
def engine(shared_engine):
    shared_engine.__init__([make_hit("/documents/a.txt")])
    return shared_engine


@pytest.fixture
def client(app, engine):
    return browser(app)


def ask(client, q, **parameters):
    return client.get("/api/search", params={"q": q, **parameters}).json()


def words_of(answer):
    return [chip["words"] for chip in answer["chips"]]


def test_chips_say_what_was_understood(client):
    assert ask(client, "roof type:pdf,docx")["chips"] == [
        {
            "words": "type:pdf,docx",
            "label": "pdf or docx",
            "kinds": ["pdf", "docx"],
            "is_written": True,
            "problem": "",
        }
    ]


def test_question_without_filters_has_no_chips(client):
    assert ask(client, "roof")["chips"] == []


def test_engine_is_asked_for_the_rest_of_the_words(client, engine):
    assert words_of(ask(client, "photos from 2023 in Rome name:img")) == ["photos", "from 2023", "name:img"]
    [query] = engine.queries
    assert (query.text, query.filters.kinds, query.filters.names) == ("in Rome", ("picture",), ("img",))


def test_refused_chip_is_text_and_the_others_stay(client, engine):
    assert words_of(ask(client, "photos from 2023", refused=["from 2023", "nothing"])) == ["photos"]
    [query] = engine.queries
    assert (query.text, query.filters) == ("from 2023", Filters(kinds=("picture",)))


def test_refused_chip_beside_a_picture_is_text_too(client, engine):
    address = "/api/search?q=photos+from+2023&refused=photos"
    answer = client.post(address, content=b"\x89PNG", headers={"Content-Type": "image/png"}).json()
    assert words_of(answer) == ["from 2023"]
    assert (engine.queries[0].text, engine.queries[0].pictures) == ("photos", (b"\x89PNG",))


def test_filter_that_says_nothing_is_a_chip_with_a_problem(client, engine):
    answer = ask(client, "roof after:31.02")
    assert "Not a date: 31.02" in answer["chips"][0]["problem"]
    assert answer["hits"]
    assert (engine.queries[0].text, engine.queries[0].filters) == ("roof", Filters())


def test_filter_half_typed_asks_nothing_yet(client, engine):
    answer = ask(client, "type:p")
    assert (words_of(answer), answer["hits"]) == (["type:p"], [])
    assert not engine.queries


def test_filter_alone_is_a_question(client, engine):
    assert ask(client, "type:pdf")["hits"]
    assert (engine.queries[0].text, engine.queries[0].filters) == ("", Filters(kinds=("pdf",)))


@pytest.mark.parametrize("q", ["\ufffd type:\ufffd", "\0", "name:\u202egpj.exe", '"', "%", "in:" + "/" * 1000])
def test_anything_that_is_pasted_is_answered(client, q):
    assert ask(client, q)["hits"] is not None
