"""What is chosen and ordered on the pages of a real `launcher launch`, which does the work that it is handed."""

import httpx
import pytest

from control import ask
from tests.browser import shell_without_desktop, write_files
from tests.resident import Home, until

QUESTION = {"q": "leaking roof"}


@pytest.fixture
def home(tmp_path, starter_weights):
    home = Home(shell_without_desktop(tmp_path / "home"))
    home.launch()
    yield home
    home.end()


@pytest.fixture
def page(home):
    """Asks and tells as the page does."""
    state = home.window()
    headers = {"Authorization": f"Bearer {state.token}"}
    with httpx.Client(base_url=f"http://127.0.0.1:{state.port}", headers=headers, timeout=60) as client:
        yield client


def tell(page, address, **value):
    answer = page.post(address, json=value)
    assert answer.status_code == 200, answer.text
    return answer.json()


def open_first(page):
    hit = page.get("/api/search", params=QUESTION).json()["hits"][0]
    return tell(page, "/api/open", ids=[hit["id"]], action="open")


def is_idle(page):
    return page.get("/api/index").json()["state"] == "idle"


def note(number):
    return f"Number {number} is about the roof, and the gutter, and storms."


def test_history_when_switched_off_then_what_is_opened_is_not_kept_from_then_on(home, page, tmp_path):
    tell(page, "/api/roots", path=str(write_files(tmp_path / "documents")), ocr="off")
    until(lambda: is_idle(page))
    opened = home.shell.home / "opened.jsonl"
    open_first(page)
    kept = opened.read_bytes()
    assert kept
    assert tell(page, "/api/settings", history=False)["pending"] == []
    open_first(page)
    assert opened.read_bytes() == kept


def test_index_when_paused_on_the_page_then_the_resident_process_leaves_off_until_it_is_resumed(home, page, tmp_path):
    folder = write_files(tmp_path / "notes", {f"note {number}.txt": note(number) for number in range(3000)})
    tell(page, "/api/roots", path=str(folder), ocr="off")
    until(lambda: page.get("/api/index").json()["documents"])
    assert tell(page, "/api/index/pause")["state"] == "paused"
    done = page.get("/api/status").json()["documents"]
    assert tell(page, "/api/index/resume")["state"] == "running"
    until(lambda: page.get("/api/status").json()["chunks"] and page.get("/api/index").json()["documents"])
    assert page.get("/api/search", params=QUESTION).json()["hits"]  # meanwhile
    assert tell(page, "/api/index/pause")["state"] == "paused"
    assert page.get("/api/status").json()["documents"] >= done
    assert ask(home.runtime_dir, "status")["is_ready"]


def test_folder_when_forgotten_while_it_is_indexed_then_is_gone(home, page, tmp_path):
    folder = write_files(tmp_path / "notes", {f"note {number}.txt": note(number) for number in range(3000)})
    tell(page, "/api/roots", path=str(folder), ocr="off")
    until(lambda: page.get("/api/index").json()["documents"])
    [root] = page.get("/api/overview").json()["roots"]
    tell(page, "/api/roots/forget", id=root["id"])
    assert page.get("/api/search", params=QUESTION).json()["hits"] == []
    assert page.get("/api/status").json()["documents"] == 0
