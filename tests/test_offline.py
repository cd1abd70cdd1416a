"""Index and search with every connection beyond the machine itself refused, in all processes of the program."""

import json
import os
import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent

# Python runs this in every process it starts: the command, its workers, and what starts the workers.
SITECUSTOMIZE = """
import os, sys

def refuse(event, arguments):
    if event == "socket.connect" and isinstance(arguments[1], tuple):
        host = arguments[1][0]
    elif event in ("socket.getaddrinfo", "socket.gethostbyname", "socket.sendto"):
        host = arguments[1][0] if event == "socket.sendto" else arguments[0]
    else:
        return
    if host not in ("127.0.0.1", "::1", "localhost", None):
        with open(os.environ["REFUSED"], "a") as log:
            print(event, host, file=log)
        raise OSError(f"refused: {event} {host}")

sys.addaudithook(refuse)
open(os.environ["REFUSED"] + ".started", "a").write(f"{os.getpid()}\\n")
"""


def run(*arguments, environ):
    command = [sys.executable, str(PROJECT / "launcher.py"), *map(str, arguments)]
    return subprocess.run(command, env=environ, capture_output=True, text=True, timeout=120, check=False)


def test_launcher_when_no_connection_is_allowed_then_indexes_and_searches_and_tries_none(tmp_path, starter_weights):
    (tmp_path / "sitecustomize.py").write_text(SITECUSTOMIZE)
    refused = tmp_path / "refused"
    environ = {**os.environ, "LAUNCHER_HOME": str(tmp_path / "home"), "REFUSED": str(refused)}
    environ["PYTHONPATH"] = str(tmp_path)
    indexed = run("index", PROJECT / "samples" / "files", environ=environ)
    found = run("search", "baking bread with wild yeast", "--json", environ=environ)
    like = run("search", "--like", PROJECT / "samples/files/travel/photos/mountain lake in autumn.png", environ=environ)
    assert "failed 0" in indexed.stdout, indexed.stderr
    assert json.loads(found.stdout)["hits"][0]["path"].endswith("sourdough.html")
    assert "mountain lake" in like.stdout
    assert not refused.exists(), refused.read_text()
    # Were the workers watched too? Three commands, and at least one process more for each that reads.
    assert len((tmp_path / "refused.started").read_text().split()) >= 5


def test_guard_when_something_connects_then_it_is_refused_and_noted(tmp_path):
    (tmp_path / "sitecustomize.py").write_text(SITECUSTOMIZE)
    environ = {**os.environ, "PYTHONPATH": str(tmp_path), "REFUSED": str(tmp_path / "refused")}
    code = "import socket; socket.create_connection(('192.0.2.1', 80), timeout=1)"
    result = subprocess.run([sys.executable, "-c", code], env=environ, capture_output=True, text=True, check=False)
    assert "refused" in result.stderr
    assert "192.0.2.1" in (tmp_path / "refused").read_text()
