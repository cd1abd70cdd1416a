"""The window as a whole: what it imports, what it serves, and what it keeps to itself."""

import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

import ui
from errors import LauncherError
from tests.window import FakeEngine, browser, build

# A window in a process of its own that also tells which hosts it looks up or connects to, and what it starts.
SERVE = """
import sys
def hook(event, arguments):
    if event in ("socket.getaddrinfo", "socket.connect", "subprocess.Popen"):
        print("AUDIT", event, arguments[-1 if event == "socket.connect" else 0], flush=True)
sys.addaudithook(hook)
import ui
from tests.window import FakeEngine
def say(word):
    return lambda url: print(word, url, flush=True)
ui.serve(FakeEngine(), open_window=say("WINDOW"), ready=say("READY"))
"""
PAGE_DIR = Path(ui.__file__).parent / "web" / "page"
IMPORT = re.compile(r'^import \{([^}]+)\} from "\./([\w.]+)";$', re.MULTILINE)
EXPORT = re.compile(r"^export (?:async )?(?:function|const|class) (\w+)", re.MULTILINE)
ARROWS = {"ArrowDown": "↓", "ArrowUp": "↑", "PageDown": "Page ↓", "PageUp": "Page ↑"}
KEY_NAMES = {"Control": "Ctrl", "Escape": "Esc"} | ARROWS  # as the manual has them


@pytest.fixture(scope="module")
def page():
    return browser(build(FakeEngine())).get("/").text


def test_importing_ui_imports_neither_gradio_nor_a_server():
    code = "import sys, ui; print([m for m in ('gradio', 'fastapi', 'uvicorn', 'pebble', 'PIL') if m in sys.modules])"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"


def test_page_holds_our_template_and_starts_our_script(page):
    assert "What do you remember of it?" in page
    assert "/page/launcher.js" in page
    assert "/page/launcher.css" in page


def test_page_asks_nothing_of_any_other_host(page):
    fetched = re.findall(r'<(?:script|link|img|iframe|source)\b[^>]*?(?:src|href)="(https?:)?//', page)
    assert fetched == []
    assert "fonts.googleapis" not in page
    assert "cdn" not in page.lower()


@pytest.mark.parametrize("path", sorted(PAGE_DIR.iterdir()), ids=lambda path: path.name)
def test_our_files_name_no_other_host(path):
    text = path.read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")  # a name, never fetched
    assert not re.search(r"(?:https?:)?//[a-z0-9-]+\.[a-z]", text)


def test_template_holds_nothing_that_gradio_would_run():
    template = (PAGE_DIR / "launcher.html").read_text(encoding="utf-8")
    assert not re.search(r"\$\{|\{\{|`|\\|@children|<script", template)


@pytest.mark.parametrize("path", sorted(PAGE_DIR.glob("*.js")), ids=lambda path: path.name)
def test_our_scripts_never_turn_text_into_html(path):
    forbidden = r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|createContextualFragment|\beval\b|new Function"
    assert not re.search(forbidden, path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", sorted(PAGE_DIR.glob("*.js")), ids=lambda path: path.name)
def test_our_scripts_import_only_what_is_there(path):
    for names, module in IMPORT.findall(path.read_text(encoding="utf-8")):
        exported = EXPORT.findall((PAGE_DIR / module).read_text(encoding="utf-8"))
        assert set(re.findall(r"\w+", names)) <= set(exported)


def test_our_script_finds_every_part_of_the_page_that_it_asks_for():
    template = (PAGE_DIR / "launcher.html").read_text(encoding="utf-8")
    parts = re.findall(r'\bpart\("\.([\w-]+)"\)', (PAGE_DIR / "launcher.js").read_text(encoding="utf-8"))
    assert "query" in parts
    assert [part for part in parts if not re.search(rf'class="[^"]*\b{part}[ "]', template)] == []


def test_every_key_of_the_page_stands_in_the_manual():
    script = (PAGE_DIR / "launcher.js").read_text(encoding="utf-8")
    manual = (PAGE_DIR.parents[1] / "LAUNCHER_README.md").read_text(encoding="utf-8")
    bound = re.search(r"function bindings.*?return \{(.*?)\n  \};", script, re.DOTALL)[1]
    keys = [re.findall(r"\w+", key) for key in re.findall(r'^    "?([\w+]+)"?: ', bound, re.MULTILINE)]
    assert ["Control", "Enter"] in keys
    [table] = re.findall(r"^\| key \| does \|\n(.*?)\n\n", manual, re.DOTALL | re.MULTILINE)
    assert [key for key in keys if " ".join(KEY_NAMES.get(part, part) for part in key) not in table] == []


def test_page_keeps_no_history_and_sends_no_statistics(page):
    assert '"run_history":false' in page.replace(" ", "")
    assert '"analytics_enabled":false' in page.replace(" ", "")


def test_taken_port_is_an_error_with_a_hint():
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(LauncherError) as caught:
        ui.serve(FakeEngine(), port=taken.getsockname()[1], open_window=None, ready=lambda _: None)
    assert "taken" in caught.value.message
    assert caught.value.hint


@pytest.fixture
def served(tmp_path):
    """A running window: its process, its address, and all that it prints."""
    environ = os.environ | {"HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path / "cache"), "TMPDIR": str(tmp_path)}
    root = Path(ui.__file__).parent
    process = subprocess.Popen([sys.executable, "-c", SERVE], cwd=root, env=environ, text=True, stdout=subprocess.PIPE)
    lines = [process.stdout.readline()]
    while lines[-1] and not lines[-1].startswith("READY"):
        lines.append(process.stdout.readline())
    try:
        yield process, lines[-1].split()[1], lines
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def test_served_window_answers_asks_nobody_and_stops_on_ctrl_c(served, tmp_path):
    process, address, lines = served
    [window] = [line.split()[1] for line in lines if line.startswith("WINDOW")]
    assert re.search(r"127\.0\.0\.1:(\d+)/\?t=", window)[0] == re.search(r"127\.0\.0\.1:(\d+)/\?t=", address)[0]
    assert [httpx.get(url).status_code for url in (window, window, address, address)] == [303, 401, 303, 303]
    with httpx.Client(follow_redirects=True) as client:
        assert client.get(address).status_code == 200
        assert client.get(httpx.URL(address).join("/config")).status_code == 404
        with pytest.raises(httpx.ConnectError):
            client.get(address.replace("127.0.0.1", "127.0.0.2"))
    process.send_signal(signal.SIGINT)
    rest, _ = process.communicate(timeout=20)
    assert process.returncode in (130, -signal.SIGINT)  # KeyboardInterrupt, which nobody caught
    assert [line for line in [*lines, *rest.splitlines()] if line.startswith("AUDIT")] == []
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
