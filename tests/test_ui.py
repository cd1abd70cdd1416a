"""The window as a whole: what it imports, what it serves, and what it keeps to itself."""

import asyncio
import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

import ui
from errors import LauncherError
from tests.window import TICKET, FakeEngine, browser, build, stranger

# A window in a process of its own that also tells which hosts it looks up or connects to, and what it starts.
SERVE = """
import gc, sys
def hook(event, arguments):
    if event in ("socket.getaddrinfo", "socket.connect", "subprocess.Popen"):
        print("AUDIT", event, arguments[-1 if event == "socket.connect" else 0], flush=True)
sys.addaudithook(hook)
import ui
from tests.window import FakeEngine
with ui.open_server() as server:
    print("WINDOW", server.new_address(), flush=True)
    server.run(FakeEngine(), ready=lambda: print("READY", server.address, gc.get_freeze_count(), flush=True))
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
    assert 'data-text=\\"welcomeHow\\"' in page
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
        ui.open_server(taken.getsockname()[1]).__enter__()
    assert "taken" in caught.value.message
    assert caught.value.hint


def test_connection_when_taken_then_no_part_of_an_answer_waits_for_another():
    async def is_sent_at_once():
        held = asyncio.Queue()
        server = await asyncio.start_server(lambda _, writer: held.put_nowait(writer), sock=ui._listen(0))
        async with server:
            _, asking = await asyncio.open_connection(*server.sockets[0].getsockname())
            answering = await held.get()
            asking.close()
            connection = answering.get_extra_info("socket")
            answering.close()
            return connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)

    assert asyncio.run(is_sent_at_once())


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


def test_served_window_when_ready_then_looks_for_no_garbage_among_what_was_imported(served):
    _, _, lines = served
    assert int(lines[-1].split()[2]) > 100_000  # things of Gradio's


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux counts how often a thread wakes up")
def test_served_window_when_nobody_asks_then_sleeps(served):
    process, address, _ = served
    with httpx.Client(follow_redirects=True) as client:
        client.get(address).raise_for_status()
        client.get(httpx.URL(address).join("/gradio_api/startup-events")).raise_for_status()
    before = wake_ups(process.pid)
    time.sleep(1)
    assert wake_ups(process.pid) - before < 100  # Gradio's queue alone: 900


def wake_ups(pid):
    statuses = [path.read_text() for path in Path("/proc", str(pid), "task").glob("*/status")]
    return sum(int(re.search(r"^voluntary_ctxt_switches:\s+(\d+)", status, re.MULTILINE)[1]) for status in statuses)


def test_new_address_when_the_first_was_used_then_lets_one_more_window_in():
    app = build(FakeEngine())
    assert stranger(app).get(f"/?t={TICKET}").status_code == 303
    ticket = app.new_ticket()
    assert [stranger(app).get(f"/?t={key}").status_code for key in (ticket, ticket, TICKET)] == [303, 401, 401]
