"""Reading documents reaches no network and writes nothing into the home folder."""

import importlib.util
import json
import os
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest
from small_documents import write_pdf
from small_scans import picture_of

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

READS_WORDS = """
import sys
seen = []
def watch(event, arguments):
    if event in ("socket.connect", "socket.sendto", "socket.sendmsg", "socket.getaddrinfo", "subprocess.Popen"):
        seen.append(event)
sys.addaudithook(watch)

import json, os
from pathlib import Path
from corpus import Document
from extraction.ocr import OcrOptions, read_words
pages = read_words(Document(Path(sys.argv[1]), 1, 0, 0), OcrOptions())
sockets = [name for name in os.listdir("/proc/self/fd") if "socket:" in os.path.realpath(f"/proc/self/fd/{name}")]
print(json.dumps({"text": pages[0].text, "seen": seen, "sockets": sockets}))
"""

LIGHT = """
import sys
import extraction.workers
heavy = {"pymupdf", "PIL", "selectolax", "cv2", "av", "numpy", "python_calamine", "striprtf", "charset_normalizer"}
heavy |= {"rapidocr", "onnxruntime"}
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


@pytest.mark.skipif(sys.platform != "linux", reason="what a process has open is told by /proc")
def test_reading_words_in_a_picture_reaches_nobody_and_leaves_nothing_at_home(tmp_path):
    home, path = tmp_path / "home", tmp_path / "slip.png"
    home.mkdir()
    picture_of(["Total 12"]).save(path)
    before = {file: file.stat().st_mtime_ns for file in installed("rapidocr")}
    found = json.loads(run(READS_WORDS, str(path), home=home))
    assert found == {"text": "Total 12", "seen": [], "sockets": []}
    assert list(home.rglob("*")) == []
    assert {file: file.stat().st_mtime_ns for file in installed("rapidocr")} == before


def installed(package):
    """All that is in the folder of a package, in which this one would keep models that it fetches."""
    return sorted(Path(importlib.util.find_spec(package).origin).parent.rglob("*"))


def test_onnxruntime_when_its_pin_is_raised_then_somebody_looks_whether_it_phones_home():
    assert version("onnxruntime").startswith("1.28.")  # from 1.29 on it does: docs/adr/0001


def test_importing_the_workers_loads_no_reader(tmp_path):
    assert run(LIGHT, home=tmp_path).strip() == "[]"
