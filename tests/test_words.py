"""The word index: what a search finds, and that no state of its file can keep it from that."""

import os
import random
import shutil
import sys
import tempfile
import threading
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from index_store import Snapshot, read_index, words
from index_store.sqlite import sqlite3
from process_lock import take_lock
from tests.index_contents import addition, open_writer, paths_named, texts_with, write_index


@pytest.fixture
def directory(tmp_path):
    return tmp_path / "index"


@pytest.fixture
def writer(directory):
    with open_writer(directory) as writer:
        yield writer


def damaged(directory, how):
    path = directory / "words.db"
    whole = path.read_bytes()
    for name in ("words.db-wal", "words.db-shm"):
        (directory / name).unlink(missing_ok=True)
    path.unlink()
    if how == "foreign":
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("CREATE TABLE passages (text)")
    elif how != "missing":
        path.write_bytes({"empty": b"", "text": b"x" * 9999, "cut": whole[: len(whole) // 2], "torn": torn(whole)}[how])


def torn(whole):
    page_bytes = 4096
    return whole[:page_bytes] + b"\xee" * (len(whole) - page_bytes)


@pytest.mark.parametrize("how", ["missing", "empty", "text", "cut", "torn", "foreign"])
def test_words_when_the_file_is_unusable_then_it_is_built_again_whoever_comes_first(directory, how):
    write_index(directory, [addition("/roof.txt", "roof repair")])
    snapshot = read_index(directory)
    damaged(directory, how)
    assert texts_with(snapshot, "roof") == ["roof repair"]  # found out by a search
    damaged(directory, how)
    assert paths_named(read_index(directory), "roof") == ["/roof.txt"]  # by opening
    damaged(directory, how)
    write_index(directory, [addition("/b.txt", "roof garden")])  # by a commit
    assert sorted(texts_with(read_index(directory), "roof")) == ["roof garden", "roof repair"]


def test_words_when_any_page_of_the_file_is_garbage_then_nothing_is_ever_raised(directory):
    write_index(
        directory, [addition(f"/roof{row}.txt", *(f"roof {row} {chunk}" for chunk in range(20))) for row in range(9)]
    )
    whole = (directory / "words.db").read_bytes()
    for start in range(0, len(whole), 4096):
        (directory / "words.db").write_bytes(
            whole[:start] + random.Random(start).randbytes(4096) + whole[start + 4096 :]
        )
        snapshot = read_index(directory)
        assert len(snapshot.search_passages("roof", limit=200)) <= 180
        assert len(snapshot.search_names("roof", limit=200)) <= 9


@pytest.mark.parametrize(
    "again", [lambda snapshot: read_index(snapshot.directory), Snapshot.refreshed], ids=["read", "refreshed"]
)
def test_words_when_a_writer_could_not_bring_them_up_to_date_then_readers_do(directory, again):
    write_index(directory, [addition("/roof.txt", "roof repair")])
    with take_lock(directory / "words.lock"):
        write_index(directory, [addition("/cake.txt", "roof cake")], [addition("/b.txt", "roof garden")])
        snapshot = read_index(directory)
        assert texts_with(snapshot, "roof") == ["roof repair"]
    again(snapshot)
    assert sorted(texts_with(snapshot, "roof")) == ["roof cake", "roof garden", "roof repair"]


def test_words_when_another_process_is_at_them_then_reading_does_not_wait(directory):
    write_index(directory, [addition("/roof.txt", "roof repair")])
    damaged(directory, "missing")
    with take_lock(directory / "words.lock"):
        snapshot = read_index(directory)
        assert texts_with(snapshot, "roof") == []
    assert snapshot.refreshed() is snapshot
    assert texts_with(snapshot, "roof") == ["roof repair"]


def test_words_when_most_rows_are_dead_then_the_tables_are_filled_anew(directory, writer, monkeypatch):
    monkeypatch.setattr(words, "_DEAD_ROWS_KEPT", 5)
    for number in range(20):
        writer.commit(
            [addition("/a.txt", f"roof version{number}"), addition(f"/{number}.txt", "roof")],
            removals=[f"/{number - 1}.txt"],
        )
    with words.reading(directory) as connection:
        rows = connection.execute("SELECT count(*) FROM passages_docsize").fetchone()[0]
        names = connection.execute("SELECT count(*) FROM file_names").fetchone()[0]
    assert rows + names <= 2 * 4 + 5
    assert sorted(texts_with(writer.snapshot, "roof")) == ["roof", "roof version19"]


def test_words_when_a_damaged_manifest_brings_documents_back_then_they_are_found_again(directory):
    write_index(directory, [addition("/a.txt", "roof"), addition("/b.txt", "cake")])
    with open_writer(directory) as writer:
        writer.commit(removals=["/a.txt"])
    damaged(directory, "missing")
    assert texts_with(read_index(directory), "roof") == []  # built without it
    max(directory.glob("manifest-*")).write_bytes(b"")
    assert texts_with(read_index(directory), "roof") == ["roof"]


def test_words_when_several_threads_search_while_a_writer_writes_then_all_is_well(directory, writer):
    writer.commit([addition("/roof.txt", "roof")])
    snapshot, found = read_index(directory), []

    def search():
        found.extend([*texts_with(snapshot, "roof"), *paths_named(snapshot, "roof")] for _ in range(20))

    threads = [threading.Thread(target=search) for _ in range(4)]
    for thread in threads:
        thread.start()
    for number in range(10):
        writer.commit([addition(f"/roof{number}.txt", "roof")])
    for thread in threads:
        thread.join()
    assert found == [["roof", "/roof.txt"]] * 80
    assert len(texts_with(snapshot.refreshed(), "roof")) == 11


@contextmanager
def read_only(directory):
    """The folder as somebody sees it who may not write there, which root would not notice."""
    for path in (*directory.rglob("*"), directory):
        path.chmod(0o555 if path.is_dir() else 0o444)
    is_root = os.geteuid() == 0
    if is_root:
        os.seteuid(65534)
    try:
        yield
    finally:
        if is_root:
            os.seteuid(0)
        for path in (directory, *directory.rglob("*")):
            path.chmod(0o700)


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX permissions")
def test_words_when_the_folder_is_read_only_then_they_are_searched_all_the_same():
    parent = Path(tempfile.mkdtemp())  # pytest's own may be entered by its owner only
    try:
        parent.chmod(0o755)
        write_index(parent / "index", [addition("/roof.txt", "roof repair")])
        assert not (parent / "index" / "words.db-wal").exists()
        with read_only(parent / "index"):
            snapshot = read_index(parent / "index")
            assert texts_with(snapshot, "roof") == ["roof repair"]
            assert paths_named(snapshot, "roof") == ["/roof.txt"]
    finally:
        shutil.rmtree(parent)
