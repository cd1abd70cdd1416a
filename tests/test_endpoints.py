"""The window's endpoints: what they ask of the engine, what they answer, and what they never accept."""

import logging
import sys
from io import BytesIO

import pymupdf
import pytest
from PIL import Image

from errors import IndexMissing, IndexModelMismatch, LauncherError, ModelMissing
from filters import Filters
from tests.window import FakeEngine, FakeSnapshot, browser, build, make_hit

HOSTILE_NAMES = [
    "${alert(1)}<img src=x onerror=alert(1)>.png",
    "{{constructor.constructor('alert(1)')()}}.txt",
    "a`b\\u{41}\\x.txt",
    "\"quoted\" 'name' & more?#%41.txt",
    "--help.txt",
    "two\nlines\t.txt",
    "gpj.\u202eexe",
    "日本語 😀 e\u0301.txt",
]

LINE = "A line as long as the page is wide ends here"  # and goes on


@pytest.fixture(scope="module")
def shared_engine():
    return FakeEngine()


@pytest.fixture(scope="module")
def app(shared_engine):
    return build(shared_engine)


@pytest.fixture
def engine(shared_engine):
    shared_engine.__init__([make_hit("/documents/a.txt", passage="A leaking roof.", marks=((10, 14),))])
    return shared_engine


@pytest.fixture
def client(app, engine):
    return browser(app)


@pytest.fixture
def opened(tmp_path, monkeypatch):
    """The paths given to xdg-open, which is ours."""
    log = tmp_path / "bin" / "opened"
    script = log.with_name("xdg-open")
    log.parent.mkdir()
    script.write_text(f'#!/bin/sh\nprintf "%s\\0" "$@" >> "{log}"\n')
    script.chmod(0o755)
    monkeypatch.setenv("PATH", str(log.parent))
    monkeypatch.setattr("sys.platform", "linux")
    return lambda: log.read_text().split("\0")[:-1] if log.exists() else []


def hits(client, address="/api/search?q=roof"):
    return client.get(address).json()["hits"]


def act(client, action, hit_id):
    return client.post("/api/open", json={"ids": [hit_id], "action": action})


def test_search_answers_with_rows(client):
    [row] = hits(client)
    assert row.pop("id")
    assert row == {
        "name": "a.txt", "folder": "/documents", "kind": "text", "chance": 0.5, "is_likely": True, "page_number": 1,
        "page_count": 1, "second": None, "passage": "A leaking roof.", "marks": [[10, 14]], "size_bytes": 10,
        "modified": "2026-03-01T12:00:00+00:00", "is_missing": False, "why": ["words"], "thumb": None, "others": [],
        "is_unplugged": False, "is_begun": False,
    }  # fmt: skip


def test_search_asks_the_engine_what_was_asked(client, engine):
    client.get("/api/search", params={"q": "roof & tiles type:pdf,photos", "limit": 7})
    [query] = engine.queries
    assert (query.text, query.limit, query.pictures) == ("roof & tiles", 7, ())
    assert query.filters == Filters(kinds=("pdf", "picture"))


def test_search_by_picture_asks_the_engine_with_picture_and_words(client, engine):
    picture = {"content": b"\x89PNG", "headers": {"Content-Type": "image/png"}}
    assert client.post("/api/search", params={"q": "harbour type:picture"}, **picture).status_code == 200
    [query] = engine.queries
    assert (query.text, query.pictures, query.filters.kinds) == ("harbour", (b"\x89PNG",), ("picture",))


@pytest.mark.parametrize("parameters", ["limit=0", "limit=9999", "limit=x", "q=" + "a" * 2001])
def test_malformed_search_is_a_bad_request(client, engine, parameters):
    response = client.get(f"/api/search?{parameters}")
    assert response.status_code == 400
    assert response.json()["error"]
    assert not engine.queries


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_hostile_name_passes_through_unchanged(client, engine, name):
    engine.hits = [make_hit(f"/documents/{name}")]
    assert hits(client)[0]["name"] == name


def test_name_that_is_no_text_is_shown_and_can_be_acted_on(client, engine):
    engine.hits = [make_hit("/documents/b\udcffd.txt")]
    [row] = hits(client)
    assert row["name"] == "b\ufffdd.txt"
    assert act(client, "open", row["id"]).status_code == 410


def test_row_has_a_thumbnail_only_where_a_page_can_be_shown(client, engine):
    kinds = ("pdf", "picture", "book", "text", "email")
    engine.hits = [make_hit(f"/documents/{kind}", kind=kind) for kind in kinds]
    engine.hits.append(make_hit("/documents/gone", kind="pdf", is_missing=True))
    assert [bool(row["thumb"]) for row in hits(client)] == [True, True, True, False, False, False]


def test_row_of_a_video_has_the_second(client, engine):
    engine.hits = [make_hit("/documents/a.mp4", kind="video", page_number=3, page_count=0, second=65.2)]
    assert hits(client)[0]["second"] == 65.2


def test_same_hit_keeps_its_id_and_a_changed_file_gets_another(client, engine):
    [first], [second] = hits(client), hits(client, "/api/search?q=other")
    engine.hits = [make_hit("/documents/a.txt", size_bytes=11)]
    [changed] = hits(client)
    assert first["id"] == second["id"] != changed["id"]


def test_ids_do_not_name_the_file(client):
    [row] = hits(client)
    assert "documents" not in row["id"]
    assert len(row["id"]) >= 16


def test_failure_on_purpose_is_shown_with_its_hint(client, engine):
    engine.failure = IndexMissing("There is no index.", hint="launcher index FOLDER")
    response = client.get("/api/search?q=a")
    assert response.status_code == 400
    assert response.json() == {"error": "There is no index.", "hint": "launcher index FOLDER", "page": "folders"}


def test_failure_that_names_a_strange_file_is_still_json(client, engine):
    engine.failure = LauncherError("b\udcffd is damaged")
    assert client.get("/api/search?q=a").json()["error"] == "b\ufffdd is damaged"


def test_bug_is_logged_and_not_shown(client, engine, caplog):
    engine.failure = ZeroDivisionError("the secret of the house")
    with caplog.at_level(logging.ERROR):
        response = client.get("/api/search?q=a")
    assert response.status_code == 500
    assert "secret" not in response.text
    assert "Traceback" not in response.text
    assert "the secret of the house" in caplog.text


@pytest.mark.parametrize("address", ["/api/preview?id=unknown", "/thumb/unknown", "/thumb/unknown?size=preview"])
def test_unknown_id_is_not_found(client, address):
    assert client.get(address).status_code == 404


@pytest.mark.parametrize("hit_id", ["unknown", "/etc/passwd", "../../etc/passwd", ""])
def test_opening_an_unknown_id_is_not_found_and_opens_nothing(client, opened, hit_id):
    assert act(client, "open", hit_id).status_code == 404
    assert opened() == []


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b'{"ids": ["a"]}', b'{"ids": ["a"], "action": "delete"}', b'{"ids": [], "action": "open"}'],
)
def test_malformed_open_is_a_bad_request(client, body):
    response = client.post("/api/open", content=body, headers={"Content-Type": "application/json"})
    assert response.status_code == 400


def test_open_opens_the_file_of_that_id(client, engine, opened, tmp_path):
    path = tmp_path / "$(touch pwned) & 'a'.txt"
    path.write_text("text")
    engine.hits = [make_hit("/documents/other.txt"), make_hit(path)]
    response = act(client, "open", hits(client)[1]["id"])
    assert (response.status_code, response.json()) == (200, {"done": "opened"})
    assert opened() == [str(path)]


def test_reveal_opens_the_folder(client, engine, opened, tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("text")
    engine.hits = [make_hit(path)]
    assert act(client, "reveal", hits(client)[0]["id"]).json() == {"done": "revealed"}
    assert opened() == [str(tmp_path)]


def test_copy_path_gives_the_whole_path(client, engine, opened, tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("text")
    engine.hits = [make_hit(path)]
    assert act(client, "copy_path", hits(client)[0]["id"]).json() == {"done": "copied", "text": str(path)}
    assert opened() == []


def test_open_of_a_vanished_file_says_so(client, opened):
    response = act(client, "open", hits(client)[0]["id"])
    assert response.status_code == 410
    assert "a.txt" in response.json()["error"]
    assert opened() == []


def test_preview_has_the_whole_chunk_and_the_page_picture(client, engine):
    context = "It rained.\n\n  A leaking roof."
    hit = make_hit("/documents/a.pdf", kind="pdf", passage="A leaking roof.", marks=((10, 14),), context=context)
    engine.hits = [hit]
    hit_id = hits(client)[0]["id"]
    assert client.get(f"/api/preview?id={hit_id}").json() == {
        "id": hit_id, "context": "It rained.\n\n  A leaking roof.", "context_marks": [[24, 28]],
        "sentence": [0, 10], "picture": f"/thumb/{hit_id}?size=preview",
        "heading": "", "first_line": 0, "media": None,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("context", "shown"),
    [
        (f"{LINE}\nRight here.", f"{LINE} Right here."),
        (f"{LINE}\n\nand on.", f"{LINE} \u200band on."),
        (f"{LINE}.\n\nNext paragraph.", f"{LINE}.\n\nNext paragraph."),
        (f"{LINE}:\n\nin a list", f"{LINE}:\n\nin a list"),
        (f"{LINE}\n\nNext Heading", f"{LINE}\n\nNext Heading"),
        ("Heading\nBelow it.\n1 Lane\nTown", "Heading\nBelow it.\n1 Lane\nTown"),
    ],
)
def test_preview_of_a_pdf_flows_and_keeps_its_length_for_the_marks(client, engine, context, shown):
    assert len(context) == len(shown)
    for kind, expected in (("pdf", shown), ("text", context)):
        engine.hits = [make_hit("/documents/a", kind=kind, context=context)]
        assert client.get(f"/api/preview?id={hits(client)[0]['id']}").json()["context"] == expected


def test_preview_of_a_hit_found_again_has_the_marks_of_the_last_query(client, engine):
    [row] = hits(client)
    engine.hits = [make_hit("/documents/a.txt", passage="A leaking roof.", marks=((2, 9),))]
    assert hits(client, "/api/search?q=leaking")[0]["id"] == row["id"]
    assert client.get(f"/api/preview?id={row['id']}").json()["context_marks"] == [[2, 9]]


def test_row_of_a_document_that_is_read_in_part_says_so(client, engine):
    engine.snapshot = FakeSnapshot(begun=("/documents/a.txt",))
    engine.hits = [make_hit("/documents/a.txt"), make_hit("/documents/b.txt")]
    assert [row["is_begun"] for row in hits(client)] == [True, False]


def test_status_tells_how_much_can_be_found_now(client, engine):
    engine.snapshot = FakeSnapshot(1, 2, later=FakeSnapshot(12_345, 67_890))
    status = {"platform": sys.platform, "is_ready": True, "documents": 12_345, "chunks": 67_890, "notice": ""}
    assert client.get("/api/status").json() == status


def test_status_of_an_index_that_is_gone_says_what_helps(client, engine):
    engine.snapshot = FakeSnapshot(later=IndexMissing("There is no index.", hint="launcher index FOLDER"))
    response = client.get("/api/status")
    assert response.status_code == 400
    assert response.json() == {"error": "There is no index.", "hint": "launcher index FOLDER", "page": "folders"}


@pytest.mark.parametrize(
    ("failure", "page"), [(IndexModelMismatch, "index"), (ModelMissing, "models"), (LauncherError, None)]
)
def test_failure_names_the_page_that_helps(client, engine, failure, page):
    engine.failure = failure("It cannot be searched.")
    assert client.get("/api/search?q=roof").json().get("page") == page


def test_thumb_is_a_picture_of_the_page_and_of_the_first_where_none_matched(tmp_path):
    path = tmp_path / "two pages.pdf"
    with pymupdf.open() as document:
        document.new_page(width=300, height=600)
        document.new_page(width=600, height=300)
        document.save(path)
    engine = FakeEngine([make_hit(path, kind="pdf", page_number=number) for number in (2, 0)])
    with browser(build(engine)) as client:  # with: its workers end here
        pictures = [client.get(row["thumb"]) for row in hits(client)]
    assert [picture.headers["content-type"] for picture in pictures] == ["image/webp"] * 2
    assert [Image.open(BytesIO(picture.content)).size for picture in pictures] == [(192, 96), (96, 192)]


def test_answers_about_documents_are_not_stored(client):
    assert client.get("/api/search?q=a").headers["cache-control"] == "no-store"


def test_page_files_are_only_those_of_the_page(client):
    assert client.get("/page/list.js").headers["content-type"].startswith("text/javascript")
    assert client.get("/page/launcher.html").status_code == 404
    assert client.get("/page/endpoints.py").status_code == 404
