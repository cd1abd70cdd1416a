"""The door for other programs: they bring the token in each request, and get the endpoints and nothing else."""

import json

import pytest

from errors import IndexMissing
from tests.window import ORIGIN, PORT, TICKET, TOKEN, FakeEngine, browser, build, make_hit, stranger
from web.guard import JSON_LIMIT_BYTES, PICTURE_LIMIT_BYTES

SEARCH = "/api/programs/search"


@pytest.fixture(scope="module")
def engine():
    return FakeEngine()


@pytest.fixture(scope="module")
def app(engine):
    return build(engine)


@pytest.fixture
def program(app, engine):
    """What has read the token, and is no browser: it sends no cookie, no Origin and no Sec-Fetch-Site."""
    engine.__init__([make_hit("/documents/a.txt", passage="A \x1b[2Jleaking roof.")])
    client = stranger(app)
    client.headers["Authorization"] = f"Bearer {TOKEN}"
    return client


def test_program_when_it_brings_the_token_then_may_use_every_endpoint(program):
    assert program.get("/api/status").status_code == 200
    assert program.get("/api/search?q=roof").json()["hits"][0]["name"] == "a.txt"
    assert program.post("/api/open", json={}).status_code == 400  # which is not the guard's answer


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_program_when_it_spells_the_scheme_otherwise_then_is_let_in(program, scheme):
    assert program.get("/api/status", headers={"Authorization": f"{scheme} {TOKEN}"}).status_code == 200


@pytest.mark.parametrize(
    "value", ["", "Bearer", "Bearer ", f"Bearer {TOKEN}x", f"Bearer {TOKEN[:-1]}", f"Bearer {TICKET}", "Bearer None",
              f"Basic {TOKEN}", TOKEN, f"Bearer  {TOKEN}", f"Bearer {TOKEN},{TOKEN}", "Bearer \u00fc".encode()]
)  # fmt: skip
def test_program_when_it_brings_something_else_then_is_not_let_in(program, value):
    assert program.get("/api/status", headers={"Authorization": value}).status_code == 401


def test_program_when_it_brings_two_tokens_then_is_not_let_in(program):
    headers = [("Authorization", f"Bearer {TOKEN}"), ("Authorization", "Bearer x")]
    assert program.get("/api/status", headers=headers).status_code == 401


@pytest.mark.parametrize("path", ["/", "/theme.css", "/page/launcher.js", "/thumb/a", "/api/../page/list.js"])
def test_program_when_it_asks_for_the_page_then_is_not_let_in(program, path):
    assert program.get(path).status_code in (401, 404)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Host": "evil.example"}, 421),
        ({"Host": f"evil.example:{PORT}"}, 421),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://localhost:9999"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
    ],
)
@pytest.mark.parametrize("path", ["/api/status", SEARCH])
def test_token_when_another_site_sends_it_then_is_worth_nothing(program, engine, path, headers, status):
    assert program.get(path, headers=headers).status_code == status
    assert program.post(path, json={}, headers=headers).status_code == status
    assert not engine.queries


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""])
def test_program_when_it_posts_a_form_then_is_refused(program, kind):
    assert program.post(SEARCH, content=b"{}", headers={"Content-Type": kind}).status_code == 415


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS"])
def test_program_when_it_asks_otherwise_then_is_refused(program, method):
    assert program.request(method, SEARCH).status_code == 405


def test_page_when_it_asks_what_is_for_programs_then_its_cookie_is_not_enough(app, engine):
    asked = len(engine.queries)
    assert browser(app).post(SEARCH, json={"text": "roof"}).status_code == 401
    cookie_as_token = {"Authorization": "Bearer ", "Origin": ORIGIN}
    assert browser(app).post(SEARCH, json={"text": "roof"}, headers=cookie_as_token).status_code == 401
    assert len(engine.queries) == asked


def test_program_when_it_searches_then_gets_paths_and_only_what_a_person_sees(program, engine):
    asked = {"text": "roof type:pdf", "folders": ["Work"], "limit": 3}
    found = program.post(SEARCH, json=asked).json()
    assert [(each["path"], each["passage"]) for each in found["documents"]] == [
        ("/documents/a.txt", "A [2Jleaking roof.")
    ]
    assert found["filters"] == ["pdf", "in Work"]
    [query] = engine.queries
    assert (query.text, query.limit, query.filters.folders) == ("roof", 3, ("Work",))


def test_program_when_it_asks_for_more_like_a_document_then_gets_others(program, engine):
    engine.hits.append(make_hit("/documents/b.txt"))
    found = program.post("/api/programs/more_like_this", json={"path": "/documents/a.txt", "limit": 1}).json()
    assert [each["path"] for each in found["documents"]] == ["/documents/b.txt"]


def test_name_when_it_is_no_text_then_the_answer_is_still_json(program, engine):
    engine.hits = [make_hit("/documents/b\udcffd.txt")]
    assert program.post(SEARCH, json={"text": "b"}).json()["documents"][0]["path"] == "/documents/b\ufffdd.txt"


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        (SEARCH, b"", 400),
        (SEARCH, b"[]", 400),
        (SEARCH, b'{"limit": 0}', 400),
        (SEARCH, b'{"text": "a", "paths": ["/etc"]}', 400),
        (SEARCH, b'{"text": "a", "picture": "!"}', 400),
        (SEARCH, json.dumps({"text": "a" * 2001}).encode(), 400),
        ("/api/programs/read_page", b'{"path": "a.txt"}', 400),
        ("/api/programs/delete", b"{}", 404),
        ("/api/programs/", b"{}", 404),
    ],
)
def test_question_when_it_makes_no_sense_then_is_refused_with_the_reason(program, engine, path, body, status):
    response = program.post(path, content=body, headers={"Content-Type": "application/json"})
    assert response.status_code == status
    assert response.text
    assert not engine.queries


def test_failure_on_purpose_when_a_program_asked_then_it_gets_the_reason(program, engine):
    engine.failure = IndexMissing("There is no index.", hint="launcher index FOLDER")
    response = program.post(SEARCH, json={"text": "roof"})
    assert response.status_code == 400
    assert response.json() == {"error": "There is no index.", "hint": "launcher index FOLDER", "page": "folders"}


def test_question_when_it_holds_a_picture_then_may_be_long_but_not_endless(program, engine):
    picture = "A" * (JSON_LIMIT_BYTES * 2)
    assert program.post(SEARCH, json={"picture": picture}).status_code == 200
    assert len(engine.queries[-1].pictures[0]) == len(picture) * 3 // 4
    too_long = b" " * (PICTURE_LIMIT_BYTES * 4 // 3 + JSON_LIMIT_BYTES + 1)
    headers = {"Content-Type": "application/json"}
    assert program.post(SEARCH, content=too_long, headers=headers).status_code == 413
    assert program.post("/api/open", content=too_long, headers=headers).status_code == 413
