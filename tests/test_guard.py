"""The guard, as HTTP: who is let in, and what whoever is not gets."""

import pytest
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from tests.window import ORIGIN, PORT, TICKET, TOKEN, FakeEngine, browser, build, make_hit, stranger
from web.guard import JSON_LIMIT_BYTES, Guard

CLOSED_TO_ALL = [
    "/config",
    "/gradio_api/info",
    "/gradio_api/openapi.json",
    "/gradio_api/file=/etc/passwd",
    "/gradio_api/file=http://127.0.0.1/",
    "/gradio_api/proxy=http://127.0.0.1/",
    "/gradio_api/queue/data",
    "/gradio_api/queue/status",
    "/gradio_api/deep_link",
    "/gradio_api/app_id",
    "/gradio_api/user",
    "/gradio_api/runs",
    "/gradio_api/stream/a/b/c/playlist.m3u8",
    "/gradio_api/custom_component/a/b/c/d",
    "/monitoring",
    "/login",
    "/robots.txt",
    "/docs",
    "/openapi.json",
    "/static/../config",
    "/static/%2e%2e/config",
    "/assets/..%2fconfig",
    "/assets//etc/passwd",
    "/page/..%5c..%5cui.py",
]
POSTED_BY_GRADIO = [
    "/gradio_api/run/predict",
    "/gradio_api/queue/join",
    "/gradio_api/component_server",
    "/gradio_api/upload",
    "/gradio_api/cancel",
    "/gradio_api/reset",
    "/login",
    "/",
]


@pytest.fixture(scope="module")
def engine():
    return FakeEngine([make_hit("/documents/a.txt")])


@pytest.fixture(scope="module")
def app(engine):
    return build(engine)


@pytest.fixture
def client(app):
    return browser(app)


@pytest.mark.parametrize(
    "host",
    ["evil.example", f"evil.example:{PORT}", "127.0.0.1", f"127.0.0.1:{PORT + 1}", f"127.0.0.2:{PORT}", f"[::1]:{PORT}",
     f"127.0.0.1:{PORT}.evil.example", f"LOCALHOST:{PORT}", ""],
)  # fmt: skip
def test_host_that_is_not_ours_is_misdirected(client, host):
    assert client.get("/", headers={"Host": host}).status_code == 421
    assert client.get("/api/search?q=a", headers={"Host": host}).status_code == 421


def test_two_hosts_are_misdirected(client):
    assert client.get("/", headers=[("Host", f"127.0.0.1:{PORT}"), ("Host", "evil.example")]).status_code == 421


def test_localhost_is_served_with_its_own_origin_only(app):
    client = browser(app)
    client.headers.update({"Host": f"localhost:{PORT}", "Cookie": f"launcher_{PORT}={TOKEN}"})
    assert client.get("/api/status", headers={"Origin": f"http://localhost:{PORT}"}).status_code == 200
    assert client.get("/api/status", headers={"Origin": ORIGIN}).status_code == 403


@pytest.mark.parametrize(
    "origin",
    ["https://evil.example", "http://evil.example", "null", "http://localhost:9999", f"https://127.0.0.1:{PORT}", ""],
)
def test_foreign_origin_is_refused(client, engine, origin):
    asked = len(engine.queries)
    assert client.get("/api/search?q=a", headers={"Origin": origin}).status_code == 403
    assert client.get("/", headers={"Origin": origin}).status_code == 403
    assert len(engine.queries) == asked


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_request_from_another_site_is_refused(client, site):
    assert client.get("/thumb/a", headers={"Sec-Fetch-Site": site}).status_code == 403


@pytest.mark.parametrize("site", ["same-origin", "none"])
def test_request_of_our_page_or_of_the_user_passes(client, site):
    assert client.get("/api/status", headers={"Sec-Fetch-Site": site}).status_code == 200


@pytest.mark.parametrize(
    "path", ["/", "/api/search?q=a", "/api/status", "/thumb/a", "/media/a", "/page/launcher.js", "/config"]
)
def test_without_the_cookie_everything_is_unauthorised(app, path):
    assert stranger(app).get(path).status_code == 401


@pytest.mark.parametrize("cookie", ["", "x", TOKEN[:-1], TOKEN + "x", "\u00fc"])
def test_wrong_cookie_is_unauthorised(app, cookie):
    headers = {"Cookie": f"launcher_{PORT}={cookie}".encode()}
    assert stranger(app).get("/api/status", headers=headers).status_code == 401


def test_cookie_of_another_port_is_unauthorised(app):
    headers = {"Cookie": f"launcher_{PORT + 1}={TOKEN}"}
    assert stranger(app).get("/api/status", headers=headers).status_code == 401


def test_right_link_gives_the_cookie_and_leaves_the_token_out_of_the_address(app):
    response = stranger(app).get(f"/?t={TOKEN}")
    assert (response.status_code, response.headers["location"]) == (303, "/")
    cookie = response.headers["set-cookie"]
    assert cookie.startswith(f"launcher_{PORT}={TOKEN};")
    assert "HttpOnly" in cookie
    assert "samesite=strict" in cookie.lower()


@pytest.mark.parametrize("query", ["t=", "t=wrong", f"t={TOKEN}&t={TOKEN}", f"t=%20{TOKEN}"])
def test_wrong_link_gives_no_cookie(app, query):
    response = stranger(app).get(f"/?{query}")
    assert response.status_code in (401, 303)
    assert "set-cookie" not in response.headers


def test_whoever_is_not_let_in_is_told_how_to_get_in(app):
    for path in ("/", "/?t=wrong"):
        response = stranger(app).get(path)
        assert response.headers["content-type"].startswith("text/html")
        assert "open the address that the launcher printed in the terminal" in response.text
        assert TOKEN not in response.text
        assert TICKET not in response.text


def test_link_from_another_site_gives_no_cookie(app):
    response = stranger(app).get(f"/?t={TOKEN}", headers={"Sec-Fetch-Site": "cross-site"})
    assert (response.status_code, "set-cookie" in response.headers) == (403, False)


@pytest.mark.parametrize("path", CLOSED_TO_ALL)
def test_route_that_the_page_does_not_need_is_not_there(client, path):
    assert client.get(path).status_code == 404


@pytest.mark.parametrize("path", POSTED_BY_GRADIO)
def test_post_to_gradio_is_refused(client, path):
    assert client.post(path, json={"data": [], "fn_index": 0}).status_code in (404, 405)


@pytest.mark.parametrize("path", ["/", "/theme.css", "/page/launcher.css", "/favicon.ico", "/manifest.json"])
def test_route_that_the_page_needs_is_there(client, path):
    assert client.get(path).status_code == 200


def test_post_without_an_origin_is_refused(client):
    del client.headers["Origin"]
    assert client.post("/api/open", json={"ids": ["a"], "action": "open"}).status_code == 403


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "", "image/png"]
)
def test_post_of_a_form_is_refused(client, kind):
    assert client.post("/api/open", content=b"{}", headers={"Content-Type": kind}).status_code == 415


def test_picture_may_be_posted_to_search_with(client, engine):
    for kind in ("image/png", "application/octet-stream"):
        assert client.post("/api/search", content=b"picture", headers={"Content-Type": kind}).status_code == 200
        assert engine.queries[-1].pictures == (b"picture",)


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
def test_other_methods_are_refused(client, method):
    assert client.request(method, "/api/open").status_code == 405


def test_long_body_is_refused(client):
    headers = {"Content-Type": "application/json"}
    assert client.post("/api/open", content=b" " * (JSON_LIMIT_BYTES + 1), headers=headers).status_code == 413


def test_long_body_in_pieces_of_unknown_length_is_refused(client):
    pieces = (b" " * 1024 for _ in range(JSON_LIMIT_BYTES // 1024 + 1))
    assert client.post("/api/open", content=pieces, headers={"Content-Type": "application/json"}).status_code == 413


@pytest.mark.parametrize("path", ["/", "/api/status", "/page/launcher.js", "/nothing"])
def test_every_answer_carries_the_security_headers(client, path):
    headers = client.get(path).headers
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert headers["cross-origin-opener-policy"] == "same-origin"


@pytest.mark.parametrize("path", ["/", "/theme.css", "/manifest.json", "/api/status"])
def test_no_answer_allows_another_origin(client, path):
    assert not [name for name in client.get(path).headers if name.startswith("access-control-")]


def test_policy_names_no_other_host(client):
    policy = client.get("/").headers["content-security-policy"]
    assert not [part for part in policy.split() if "." in part or "*" in part or "http" in part]


async def yes_man(scope, receive, send):
    """An application that answers everything."""
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.accept"})
        return
    headers = [(b"Access-Control-Allow-Origin", b"*"), (b"X-Frame-Options", b"ALLOWALL")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"yes"})


def guard():
    """A guard whose ticket nobody has used."""
    return Guard(yes_man, port=PORT, token=TOKEN, ticket=TICKET)


@pytest.fixture
def guarded_yes_man():
    return browser(guard())


def test_ticket_gives_the_cookie_of_this_run():
    client = stranger(guard())
    response = client.get(f"/?t={TICKET}")
    assert (response.status_code, response.headers["location"]) == (303, "/")
    assert response.headers["set-cookie"].startswith(f"launcher_{PORT}={TOKEN};")
    assert TICKET not in response.headers["set-cookie"]
    assert client.get("/").text == "yes"


def test_ticket_works_once_and_the_token_for_the_whole_run():
    guarded = guard()
    keys = (TOKEN, TICKET, TICKET, TOKEN, "None", "")
    assert [stranger(guarded).get(f"/?t={key}").status_code for key in keys] == [303, 303, 401, 303, 401, 401]


def test_used_ticket_gives_no_cookie_and_says_how_to_get_in():
    guarded = guard()
    stranger(guarded).get(f"/?t={TICKET}")
    response = stranger(guarded).get(f"/?t={TICKET}")
    assert "set-cookie" not in response.headers
    assert "open the address that the launcher printed in the terminal" in response.text


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [("/", {"Host": "evil.example"}, 421), ("/", {"Sec-Fetch-Site": "cross-site"}, 403), ("/api/status", {}, 401)],
)
def test_ticket_is_not_used_up_by_what_is_refused(path, headers, status):
    guarded = guard()
    assert stranger(guarded).get(f"{path}?t={TICKET}", headers=headers).status_code == status
    assert stranger(guarded).get(f"/?t={TICKET}").status_code == 303


def test_ticket_is_no_cookie():
    headers = {"Cookie": f"launcher_{PORT}={TICKET}"}
    assert stranger(guard()).get("/", headers=headers).status_code == 401


@pytest.mark.parametrize(("user", "status"), [(None, 303), (0, 303), (1000, 303), (1001, 401)])
def test_ticket_in_the_hands_of_another_user_is_worth_nothing(monkeypatch, user, status):
    monkeypatch.setattr("os.getuid", lambda: 1000, raising=False)
    monkeypatch.setattr("web.guard.user_of_peer", lambda client, *, port: {(40_000, PORT): user}[client, port])
    guarded = guard()
    thief = TestClient(guarded, base_url=ORIGIN, follow_redirects=False, client=("127.0.0.1", 40_000))
    assert thief.get(f"/?t={TICKET}").status_code == status


@pytest.mark.parametrize("path", ["/", "/api/search", "/gradio_api/queue/join"])
def test_websocket_never_reaches_the_application(guarded_yes_man, path):
    with pytest.raises(WebSocketDisconnect), guarded_yes_man.websocket_connect(path):
        pass


@pytest.mark.parametrize("path", [*POSTED_BY_GRADIO, "/thumb/a", "/page/a", "/gradio_api/startup-events"])
def test_post_never_reaches_the_application_outside_its_api(guarded_yes_man, path):
    assert guarded_yes_man.post(path, json={}).status_code in (404, 405)


@pytest.mark.parametrize("path", CLOSED_TO_ALL)
def test_closed_route_never_reaches_the_application(guarded_yes_man, path):
    assert guarded_yes_man.get(path).status_code == 404


def test_headers_of_the_application_give_way_to_ours(guarded_yes_man):
    headers = guarded_yes_man.get("/").headers
    assert headers.get_list("x-frame-options") == ["DENY"]
    assert "access-control-allow-origin" not in headers
