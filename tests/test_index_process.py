"""Indexing in another run of the launcher: really, with the starter model."""

import os

import msgspec
import pytest

from arguments import build_parser
from index_command import _root
from index_store import Root, read_index
from tests.pages import make_settings, until
from web.index_process import IndexProcess, options_of_root

MANY = 130  # two batches


@pytest.fixture
def process(starter_weights):
    process = IndexProcess(make_settings, os.environ)
    yield process
    process.stop()


@pytest.fixture
def make_folder(tmp_path):
    def maker(name, count, text="The roof leaks. " * 40):
        folder = tmp_path / name
        folder.mkdir()
        for number in range(count):
            (folder / f"{number}.txt").write_text(f"{number} {text}")
        return Root(path=str(folder), ocr="off")

    return maker


def ended(process):
    """What it says once nothing goes on."""
    until(lambda: process.progress().state != "running")
    return process.progress()


def rules_of(snapshot):
    """The roots, wherever they lie."""
    return [msgspec.structs.replace(root, volume="", drives=()) for root in snapshot.roots]


def documents():
    return read_index(make_settings().index_dir).document_count


def test_folders_are_indexed_one_after_the_other_with_their_rules(process, make_folder):
    roots = [make_folder("a", 2), make_folder("b", 3)]
    process.start(roots)
    assert process.progress().state == "running"
    assert ended(process).problem == ""
    snapshot = read_index(make_settings().index_dir)
    assert (snapshot.document_count, rules_of(snapshot)) == (5, roots)


def test_pause_ends_the_run_and_resume_does_the_rest(process, make_folder):
    root = make_folder("a", MANY)
    process.start([root])
    until(lambda: process.progress().documents_total)
    process.pause()
    assert process.progress().state == "paused"
    waiting = [record for _, record in read_index(make_settings().index_dir).documents() if record.stage == "names"]
    assert len(waiting) > 0
    process.resume()
    assert ended(process).state == "idle"
    assert {record.stage for _, record in read_index(make_settings().index_dir).documents()} == {"text"}


def test_stop_ends_it_and_forgets_what_was_to_come(process, make_folder):
    process.start([make_folder("a", MANY), make_folder("b", 3)])
    until(lambda: process.progress().documents_total)
    process.stop()
    assert process.progress().state == "idle"
    assert [root.path.rsplit("/")[-1] for root in read_index(make_settings().index_dir).roots] == ["a"]
    process.resume()
    assert process.progress().state == "idle"


def test_what_goes_wrong_is_said_with_what_helps_and_ends_it(process, make_folder, tmp_path):
    process.start([Root(path=str(tmp_path / "gone")), make_folder("b", 1)])
    state = ended(process)
    assert (state.state, state.problem) == ("idle", f"No such folder: {tmp_path / 'gone'}")
    assert state.hint
    assert not make_settings().index_dir.exists()
    other = make_folder("c", 1)
    process.start([other])
    assert ended(process).problem == ""
    assert rules_of(read_index(make_settings().index_dir)) == [other]


def test_options_of_a_root_say_all_its_rules():
    root = Root(
        path="/-a b",
        recursive=False,
        include_hidden=True,
        excludes=("--x", "!*.iso"),
        default_excludes=False,
        pages="both",
        ocr="on",
        ocr_language="latin",
        archives="contents",
    )
    args = build_parser().parse_args(["index", *options_of_root(root)])
    assert _root(args.folders[0], args) == root
