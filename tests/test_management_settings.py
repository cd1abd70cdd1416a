"""The page of settings: what is kept for good, what is refused, and what holds only from the next start."""

import dataclasses
import os
import sys
from pathlib import Path

import pytest

from desktop import autostart
from desktop.shortcut import HotkeyTaken
from opened import History
from politeness import PaceSettings
from settings import KEYBOARD_SHORTCUT, PROJECT_DIR, default_settings
from tests.pages import NotedIndexer, make_settings
from tests.window import FakeEngine, browser, build
from web.management import Management


@pytest.fixture
def open_page():
    """Opens the page for a run with other settings, which follows at once what `followed` names."""

    def opener(*followed, **other):
        settings = dataclasses.replace(make_settings(), **other)
        management = Management(settings, os.environ, indexer=NotedIndexer(), apply=lambda _: followed)
        return browser(build(FakeEngine(), management))

    return opener


@pytest.fixture
def client(open_page):
    return open_page()


def keep(client, **wishes):
    return client.post("/api/settings", json=wishes)


def test_settings_are_those_of_this_run(open_page):
    told = open_page(window="app", has_history=False).get("/api/settings").json()
    assert (told["window"], told["history"], told["keyboard_shortcut"]) == ("app", False, KEYBOARD_SHORTCUT)
    assert (told["takes_instruction"], told["pending"]) == (False, [])


def test_what_is_chosen_is_kept_and_says_that_it_holds_from_the_next_start(client):
    told = keep(client, history=False, window="browser", keyboard_shortcut=" <ctrl>+<alt>+f ").json()
    assert (told["history"], told["window"], told["keyboard_shortcut"]) == (False, "browser", "<ctrl>+<alt>+f")
    assert sorted(told["pending"]) == ["has_history", "keyboard_shortcut", "window"]
    kept = default_settings(os.environ)
    assert (kept.has_history, kept.window, kept.keyboard_shortcut) == (False, "browser", "<ctrl>+<alt>+f")


def test_what_the_run_follows_does_not_wait(open_page):
    client = open_page("has_history")
    assert keep(client, history=False, window="app").json()["pending"] == ["window"]


def test_what_is_as_it_was_at_the_start_again_does_not_wait(client):
    keep(client, window="app")
    assert keep(client, window="auto").json()["pending"] == []


def test_empty_shortcut_is_the_usual_one(client):
    keep(client, keyboard_shortcut="<ctrl>+<alt>+f")
    assert keep(client, keyboard_shortcut="").json()["keyboard_shortcut"] == KEYBOARD_SHORTCUT


@pytest.mark.parametrize(
    "wishes",
    [
        {"keyboard_shortcut": "ctrl and f"},
        {"window": "cinema"},
        {"history": "no"},
        {"query_instruction": "Find what I mean."},  # the starter takes none
        {"keyboard_shortcut": "<nothing>+f", "history": False},
        {"on_battery": "sometimes"},
        {"hours": "at night", "history": False},
        {"threads": -1},
        {"worker_mb": 100},
        {"model_idle_s": -1},
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_kept(client, wishes):
    assert keep(client, **wishes).status_code == 400
    assert default_settings(os.environ) == make_settings()
    assert not make_settings().config_file.exists()


def test_instruction_is_kept_for_a_model_that_takes_one(open_page):
    client = open_page(model="qwen3-vl-2b", is_model_chosen=True)
    assert "Retrieve" in client.get("/api/settings").json()["default_instruction"]
    assert keep(client, query_instruction=" Find\nwhat I mean. ").json()["query_instruction"] == "Find what I mean."
    assert default_settings(os.environ).query_instruction == "Find what I mean."
    assert keep(client, query_instruction="a" * 1001).status_code == 400


def test_instruction_goes_with_the_model_that_took_it(open_page, starter_weights):
    client = open_page(model="qwen3-vl-2b", is_model_chosen=True)
    keep(client, query_instruction="Find what I mean.")
    assert client.post("/api/models/use", json={"name": "starter"}).status_code == 200
    kept = default_settings(os.environ)
    assert (kept.model, kept.query_instruction) == ("starter", "")
    assert client.get("/api/settings").json()["query_instruction"] == ""


def test_how_the_index_is_kept_current_is_kept(open_page):
    client = open_page("on_battery", "hours", "model_idle_s")
    told = client.get("/api/settings").json()
    assert (told["on_battery"], told["hours"], told["worker_mb"], told["model_idle_s"]) == ("slow", "", 2048, 600)
    wishes = {"on_battery": "pause", "hours": " 22:00-07:00 ", "threads": 1, "worker_mb": 1024, "model_idle_s": 0}
    told = keep(client, **wishes).json()
    assert {name: told[name] for name in wishes} == {**wishes, "hours": "22:00-07:00"}
    assert sorted(told["pending"]) == ["threads", "worker_mb"]
    kept = default_settings(os.environ)
    assert (kept.pace, kept.threads) == (PaceSettings("pause", "22:00-07:00"), 1)
    assert (kept.worker_mb, kept.model_idle_s) == (1024, 0)


def test_icon_is_off_until_it_is_chosen(open_page):
    client = open_page("has_tray")
    assert client.get("/api/settings").json()["tray"] is False
    told = keep(client, tray=True).json()
    assert (told["tray"], told["pending"]) == (True, [])
    assert default_settings(os.environ).has_tray


def test_start_at_login_is_as_the_desktop_has_it(client, monkeypatch):
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.delenv("DBUS_SESSION_BUS_ADDRESS", raising=False)  # a systemd that knows of sessions would be asked
    assert client.get("/api/settings").json()["start_at_login"] is False
    told = keep(client, start_at_login=True).json()
    assert (told["start_at_login"], told["pending"]) == (True, [])
    [entry] = Path(os.environ["XDG_CONFIG_HOME"], "autostart").iterdir()
    assert f'"{PROJECT_DIR / "launcher.py"}" "launch" "--hidden"' in entry.read_text()
    autostart.switch(False, [])  # as in the desktop's own settings
    assert client.get("/api/settings").json()["start_at_login"] is False


def test_what_the_run_cannot_follow_is_said_and_nothing_is_kept():
    def apply(_):
        raise HotkeyTaken("Another program has it.", hint="Choose another one.")

    management = Management(make_settings(), os.environ, indexer=NotedIndexer(), apply=apply)
    client = browser(build(FakeEngine(), management))
    refused = keep(client, keyboard_shortcut="<f9>", tray=True)
    assert (refused.status_code, refused.json()["error"]) == (400, "Another program has it.")
    assert not make_settings().config_file.exists()
    assert client.get("/api/settings").json()["keyboard_shortcut"] == KEYBOARD_SHORTCUT


def test_window_does_what_its_page_says():
    orders = []
    management = Management(make_settings(), os.environ, indexer=NotedIndexer(), order_window=orders.append)
    client = browser(build(FakeEngine(), management))
    assert client.post("/api/window", json={"order": "close"}).status_code == 400
    for order in ("hide", "show"):
        assert client.post("/api/window", json={"order": order}).json() == {"done": order}
    assert orders == ["hide", "show"]


def test_what_was_opened_is_forgotten(client, tmp_path):
    history = History(make_settings().opened_file)
    history.note(tmp_path / "a.txt", 1.0)
    assert client.post("/api/settings/forget-opened", json={}).json() == {"done": "forgotten"}
    assert history.opened() == {}
