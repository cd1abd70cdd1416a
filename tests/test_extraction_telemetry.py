"""Reading documents reaches no network and writes nothing into the home folder."""

import json
import os
import subprocess
import sys
from pathlib import Path

from small_documents import write_pdf

PROJECT = Path(__file__).resolve().parent.parent

WATCHED = """
import sys
seen = []
def watch(event, arguments):
    if event.startswith("socket.") or event == "subprocess.Popen":
        seen.append(event)
sys.addaudithook(watch)

import importlib, json, pkgutil
from pathlib import Path
import extraction
for module in pkgutil.iter_modules(extraction.__path__):
    importlib.import_module("extraction." + module.name)
from corpus import Document
contents = extraction.read_contents(Document(Path(sys.argv[1]), 1, 0, 0))
runtime = sys.modules.get("onnxruntime", "could still be imported")
print(json.dumps({"pages": len(contents.pages), "seen": seen, "runtime": runtime}))
"""

LIGHT = """
import sys
import extraction.workers
heavy = {"pymupdf", "PIL", "selectolax", "cv2", "numpy", "python_calamine", "striprtf", "charset_normalizer"}
print(sorted(heavy & set(sys.modules)))
"""


def run(script, *arguments, home):
    environment = {"PATH": os.environ["PATH"], "HOME": str(home), "PYTHONPATH": str(PROJECT)}
    command = [sys.executable, "-B", "-c", script, *arguments]
    return subprocess.run(command, env=environment, cwd=home, capture_output=True, text=True, check=True).stdout


def test_reading_a_pdf_opens_no_socket_and_leaves_nothing_at_home(tmp_path):
    home, path = tmp_path / "home", tmp_path / "fox.pdf"
    home.mkdir()
    write_pdf(path)
    found = json.loads(run(WATCHED, str(path), home=home))
    assert found == {"pages": 3, "seen": [], "runtime": None}
    assert list(home.rglob("*")) == []


def test_importing_the_workers_loads_no_reader(tmp_path):
    assert run(LIGHT, home=tmp_path).strip() == "[]"
