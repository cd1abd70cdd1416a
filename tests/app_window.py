"""What a test of the app window needs: a browser that may run as root, a page that says what happens to it."""

import queue
import shutil
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from tests.xdisplay import PATIENCE_S, need, wait_until, xdotool

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
PAGE = b"""<!doctype html><title>Page</title><body><input autofocus><script>
const told = what => fetch("/told/" + what, {method: "POST"});
addEventListener("focus", () => told("focus"));
addEventListener("blur", () => told("blur"));
const acts = {x: () => leave(), h: () => pywebview.api.hide()};
addEventListener("keydown", event => (acts[event.key] || (() => told("key-" + event.key)))());
const elsewhere = () => fetch("http://elsewhere.test:" + location.port, {mode: "no-cors"});
const leave = () => elsewhere().then(() => told("let-out"), () => told("kept-in"));
told("loaded");
</script>
"""


class Page:
    """The page of a test's own server; each opening of it has another address."""

    def __init__(self, origin):
        self._origin = origin
        self._told = queue.SimpleQueue()
        self.openings = []

    def address(self):
        self.openings.append(f"{self._origin}/?t=ticket-{len(self.openings)}")
        return self.openings[-1]

    def note(self, what):
        self._told.put(what)

    def wait_for(self, what):
        """Until the page says so; what it says before is passed over."""
        while self._told.get(timeout=PATIENCE_S) != what:
            pass

    def wait_for_keyboard(self):
        """Chromium drops what is typed before its first frame."""
        wait_until(lambda: xdotool("key", "b") == "" and not self._told.empty() and self._told.get() == "key-b")


@contextmanager
def served_page():
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            page.note(urlsplit(self.path).query)
            self._answer(PAGE)

        def do_POST(self):
            page.note(self.path.removeprefix("/told/"))
            self._answer(b"")

        def _answer(self, body):
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        page = Page(f"http://127.0.0.1:{server.server_port}")
        threading.Thread(target=server.serve_forever, args=(0.01,)).start()
        try:
            yield page
        finally:
            server.shutdown()


def install_browser(folder):
    """Chromium; it runs as root only without its sandbox, which the product never asks for.

    --test-type spares the window a bar that warns of that.
    """
    installed = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if installed is None:
        need(BROWSERS[0])
    folder.mkdir()
    script = folder / "chromium"
    elsewhere = "--host-resolver-rules='MAP elsewhere.test 127.0.0.1'"  # a machine that it could reach
    noting = f'echo "$XDG_ACTIVATION_TOKEN" >> "{folder}/tokens"'
    script.write_text(
        f'#!/bin/sh\n{noting}\nexec {installed} --no-sandbox --test-type --ozone-platform=x11 {elsewhere} "$@"\n'
    )
    script.chmod(0o755)
