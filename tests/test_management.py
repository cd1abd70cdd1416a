"""The page about the index: what it is told, and what it can have done to folders."""

import dataclasses
import os

import pytest

from index_store import Root, read_index
from opened import History
from tests.pages import NotedIndexer, index_folder, make_settings
from tests.test_endpoints import HOSTILE_NAMES
from tests.window import FakeEngine, browser, build, stranger
from web.indexing import IndexingState
from web.management import Management

POSTS = [
    *("index/start", "index/pause", "index/resume", "index/stop", "index/rebuild"),
    *("roots", "roots/change", "roots/forget", "failed/reveal"),
    *("models/get", "models/stop", "models/use", "models/remove", "settings", "settings/forget-opened"),
]


@pytest.fixture
def settings():
    return make_settings()


@pytest.fixture
def indexer():
    return NotedIndexer()


@pytest.fixture
def app(settings, indexer):
    return build(FakeEngine(), Management(settings, os.environ, indexer=indexer))


@pytest.fixture
def client(app):
    return browser(app)


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "documents"
    folder.mkdir()
    (folder / "roof.txt").write_text("The roof leaks.")
    (folder / "torn.txt").write_text("broken")
    return folder


@pytest.fixture
def indexed(settings, folder):
    index_folder(settings.index_dir, folder)
    return folder


def overview(client):
    return client.get("/api/overview").json()


def root_id(client):
    return overview(client)["roots"][0]["id"]


def test_overview_tells_how_far_the_documents_are_and_what_the_index_costs(client, indexed, settings):
    told = overview(client)
    assert (told["documents"], told["chunks"], told["model"], told["dim"]) == (2, 1, "starter", 4)
    assert told["coverage"] == {"text": {"text": 1, "failed": 1}}
    files = [path for path in settings.index_dir.rglob("*") if path.is_file()]
    assert told["size_bytes"] == sum(told["parts"].values()) == sum(path.stat().st_size for path in files)
    assert told["parts"]["embeddings"] > 0


def test_overview_names_what_failed_by_its_reason_and_an_id(client, indexed):
    told = overview(client)
    [reason] = told["reasons"]
    [document] = reason["documents"]
    assert (told["failed"], reason["reason"], reason["count"]) == (1, "damaged", 1)
    assert (document["name"], document["folder"]) == ("torn.txt", str(indexed))
    assert "torn" not in document["id"]


def test_overview_tells_of_a_folder_what_is_in_it_its_rules_and_whether_it_is_there(client, settings, folder):
    index_folder(settings.index_dir, folder, excludes=("*.iso",))
    [root] = overview(client)["roots"]
    assert (root["path"], root["documents"], root["is_there"]) == (str(folder), 2, True)
    assert (root["rules"]["excludes"], root["rules"]["recursive"], root["rules"]["ocr"]) == (["*.iso"], True, "auto")
    for path in folder.iterdir():
        path.unlink()
    index_folder(settings.index_dir, folder.parent)
    assert not next(root for root in overview(client)["roots"] if root["path"] == str(folder))["is_there"]


def test_overview_without_an_index_is_empty(client):
    told = overview(client)
    assert (told["model"], told["documents"], told["roots"]) == ("", 0, [])


def test_overview_is_counted_once_for_each_commit(client, indexed, settings, tmp_path):
    [first, again] = [overview(client), overview(client)]
    assert first == again
    (indexed / "new.txt").write_text("Bake bread.")
    index_folder(settings.index_dir, indexed)
    assert overview(client)["documents"] == 3


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_hostile_name_passes_through_as_text(client, settings, folder, name):
    (folder / name).write_text("broken")
    index_folder(settings.index_dir, folder)
    [reason] = overview(client)["reasons"]
    assert name in [document["name"] for document in reason["documents"]]


def test_name_that_is_no_text_is_shown_and_can_be_asked_for(client, settings, folder, tmp_path, monkeypatch):
    (folder / "b\udcffd.txt").write_text("broken")
    index_folder(settings.index_dir, folder)
    [document] = [each for each in overview(client)["reasons"][0]["documents"] if each["name"] == "b\ufffdd.txt"]
    monkeypatch.setenv("PATH", str(tmp_path))  # no file manager
    told = client.post("/api/failed/reveal", json={"id": document["id"]})
    assert told.status_code == 400
    assert "b\ufffdd.txt" in told.json()["error"] or "xdg-open" in told.json()["error"]


def test_progress_is_that_of_the_indexer(client, indexer):
    indexer.state = IndexingState(
        state="running", documents=12, documents_total=50, left_s=60.5, current="b\udcffd.txt", failed=2
    )
    told = client.get("/api/index").json()
    assert (told["state"], told["documents"], told["documents_total"], told["left_s"]) == ("running", 12, 50, 60.5)
    assert (told["current"], told["failed"]) == ("b\ufffdd.txt", 2)


@pytest.mark.parametrize("action", ["pause", "resume", "stop"])
def test_indexer_does_what_the_buttons_say(client, indexer, action):
    assert client.post(f"/api/index/{action}", json={}).status_code == 200
    assert indexer.asked == [(action,)]


def test_start_looks_for_changes_in_all_folders(client, indexer, indexed):
    client.post("/api/index/start", json={})
    client.post("/api/index/start", json={"retry": True})
    assert indexer.asked == [("start", (), False), ("start", (), True)]


def test_start_without_a_folder_says_what_is_missing(client, indexer):
    told = client.post("/api/index/start", json={})
    assert (told.status_code, told.json()["hint"]) == (400, "Add one first.")
    assert indexer.asked == []


def test_folder_that_is_added_is_indexed_with_its_rules(client, indexer, folder):
    body = {"path": f"  {folder}/ ", "excludes": ["*.iso"], "include_hidden": True}
    assert client.post("/api/roots", json=body).status_code == 200
    assert indexer.asked == [("start", (Root(path=str(folder), excludes=("*.iso",), include_hidden=True),), False)]


def test_folder_that_is_typed_without_a_beginning_is_in_the_home(client, indexer, own_home):
    (own_home / "Documents").mkdir()
    for typed in ("Documents", "~/Documents"):
        client.post("/api/roots", json={"path": typed})
    assert [roots[0].path for _, roots, _ in indexer.asked] == [str(own_home / "Documents")] * 2


@pytest.mark.parametrize("typed", ["", "  ", "/no/such/folder", "a\0b"])
def test_folder_that_is_none_is_refused_with_a_hint(client, indexer, typed):
    told = client.post("/api/roots", json={"path": typed})
    assert told.status_code == 400
    assert told.json()["hint"]
    assert indexer.asked == []


def test_folder_of_the_index_itself_is_refused(client, indexer, indexed, settings):
    for path in (settings.index_dir, settings.index_dir / "segments"):
        assert "own index" in client.post("/api/roots", json={"path": str(path)}).json()["error"]
    assert indexer.asked == []


@pytest.mark.parametrize("rules", [{"pages": "all"}, {"excludes": "*.iso"}, {"recursive": 1}, {"excludes": ["!"]}])
def test_rules_that_are_none_are_refused(client, indexer, indexed, rules):
    assert client.post("/api/roots", json={"path": str(indexed), **rules}).status_code == 400
    assert client.post("/api/roots/change", json={"id": root_id(client), "rules": rules}).status_code == 400
    assert indexer.asked == []


def test_folder_whose_options_change_is_indexed_with_them(client, indexer, indexed):
    rules = {"recursive": False, "excludes": ["*.iso"], "path": "/etc"}
    assert client.post("/api/roots/change", json={"id": root_id(client), "rules": rules}).status_code == 200
    assert indexer.asked == [("start", (Root(path=str(indexed), recursive=False, excludes=("*.iso",)),), False)]


def test_exclude_that_is_no_text_stays_as_it_is(client, indexer, settings, folder):
    index_folder(settings.index_dir, folder, excludes=("/b\udcffd",))
    rules = overview(client)["roots"][0]["rules"]
    assert rules["excludes"] == ["/b\ufffdd"]
    client.post("/api/roots/change", json={"id": root_id(client), "rules": rules})
    assert indexer.asked[0][1][0].excludes == ("/b\udcffd",)


def test_forgotten_folder_leaves_the_index_and_what_was_opened(client, indexer, indexed, settings):
    History(settings.opened_file).note(indexed / "roof.txt", 1.0)
    assert client.post("/api/roots/forget", json={"id": root_id(client)}).json() == {"documents": 2}
    snapshot = read_index(settings.index_dir)
    assert (snapshot.document_count, snapshot.roots) == (0, ())
    assert History(settings.opened_file).opened() == {}
    assert (indexed / "roof.txt").exists()
    assert indexer.asked == [("stop",)]


@pytest.mark.parametrize(("state", "then"), [("running", [("start", (), False)]), ("paused", []), ("idle", [])])
def test_forgetting_ends_indexing_first_and_lets_the_rest_of_it_go_on(client, indexer, indexed, state, then):
    other = indexed.parent / "other"
    other.mkdir()
    (other / "a.txt").write_text("Bake bread.")
    index_folder(make_settings().index_dir, other)
    indexer.state = IndexingState(state=state)
    client.post("/api/roots/forget", json={"id": root_id(client)})
    assert indexer.asked == [("stop",), *then]


@pytest.mark.parametrize("address", ["roots/change", "roots/forget", "failed/reveal"])
@pytest.mark.parametrize("unknown", ["unknown", "/etc", ""])
def test_unknown_id_is_not_found_and_nothing_is_done(client, indexer, indexed, address, unknown):
    assert client.post(f"/api/{address}", json={"id": unknown}).status_code == 404
    assert indexer.asked == []
    assert overview(client)["documents"] == 2


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"id": 1}'])
def test_malformed_body_is_a_bad_request(client, indexed, body):
    headers = {"Content-Type": "application/json"}
    assert client.post("/api/roots/forget", content=body, headers=headers).status_code == 400


@pytest.mark.parametrize("address", POSTS)
def test_nothing_is_done_for_another_site_or_in_another_form(app, client, address):
    del client.headers["Origin"]
    assert client.post(f"/api/{address}", json={}).status_code == 403
    client.headers["Origin"] = "http://evil.example"
    assert client.post(f"/api/{address}", json={}).status_code == 403
    assert browser(app).post(f"/api/{address}", content="{}").status_code == 415
    assert stranger(app).post(f"/api/{address}", json={}).status_code == 401


def test_statistics_count_what_is_indexed(client, indexed):
    os.utime(indexed / "roof.txt", (0, 1_000_000_000))
    (indexed / "large.txt").write_text("bread " * 20)
    index_folder(make_settings().index_dir, indexed)
    told = client.get("/api/statistics").json()
    assert (told["documents"], told["states"]["text"], told["states"]["failed"]) == (3, 2, 1)
    assert told["kinds"] == {"text": [3, 15 + 6 + 120]}
    assert told["sizes"] == [3, 0, 0, 0, 0, 0]
    assert told["years"]["2001"] == 1


def test_statistics_without_an_index_are_empty(client):
    assert client.get("/api/statistics").json()["documents"] == 0


def test_index_that_is_made_again_keeps_its_folders_until_it_has_them(client, indexer, indexed, settings):
    assert client.post("/api/index/rebuild", json={}).status_code == 200
    root = Root(path=str(indexed))
    assert indexer.asked == [("stop",), ("start", (root,), False)]
    assert overview(client)["model"] == ""
    client.post("/api/index/start", json={})  # the run before came to nothing
    assert indexer.asked[-1] == ("start", (root,), False)


def test_index_is_not_deleted_for_a_model_that_is_not_here(indexed, settings, indexer):
    settings = dataclasses.replace(settings, model="qwen3-vl-2b", is_model_chosen=True)
    client = browser(build(FakeEngine(), Management(settings, os.environ, indexer=indexer)))
    told = client.post("/api/index/rebuild", json={})
    assert (told.status_code, told.json()["hint"]) == (400, "launcher models get qwen3-vl-2b")
    assert overview(client)["documents"] == 2
    assert indexer.asked == []
