"""The word index: what a search finds, and that no state of its file can keep it from that."""

import os
import random
import shutil
import sqlite3
import sys
import tempfile
import threading
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from index_store import Root, Snapshot, read_index, words
from index_store.lock import take_lock
from index_store.name_words import name_words
from tests.index_contents import addition, open_writer, write_index


@pytest.fixture
def directory(tmp_path):
    return tmp_path / "index"


@pytest.fixture
def writer(directory):
    with open_writer(directory) as writer:
        yield writer


def texts_with(snapshot, text, **options):
    found = snapshot.search_passages(text, **{"limit": 50, **options})
    scores = [bm25 for _, bm25 in found]
    assert scores == sorted(scores, reverse=True)
    return [snapshot.chunk(chunk_id).text for chunk_id, _ in found]


def paths_named(snapshot, text, **options):
    found = snapshot.search_names(text, **{"limit": 50, **options})
    scores = [score for _, score in found]
    assert scores == sorted(scores, reverse=True)
    return [snapshot.document(document_id).path for document_id, _ in found]


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("the roof leaks", "roofs leaking"),
        ("a Résumé", "resume"),
        ("a resume", "RE\u0301SUME\u0301"),
        ("in the o\ufb03ce", "office"),
        ("an exam\u00adple", "example"),
        ("state-of-the-art", "the art of"),
        ("state-of-the-art", "state-of-the-a"),
        ("Überraschung", "über"),
        ("会议记录", "会"),
        ("don't panic", "don't"),
        ("vitamin c", "c"),
        ("lone \ud800 surrogate", "lone \udcff surrogate"),
        ("nul\0in the middle", "nul in"),
    ],
)
def test_search_passages_when_a_word_is_written_otherwise_then_it_is_found(writer, text, query):
    writer.commit([addition("/a.txt", text), addition("/b.txt", "something else")])
    assert texts_with(writer.snapshot, query) == [text]


def test_search_passages_when_some_have_all_words_then_those_come_first(writer):
    writer.commit(
        [addition("/a.txt", "roof roof roof roof", "roof repair in a long passage about many things", "cake")]
    )
    assert texts_with(writer.snapshot, "roof repair") == [
        "roof repair in a long passage about many things",
        "roof roof roof roof",
    ]


def test_search_passages_when_the_last_word_is_unfinished_then_its_beginning_counts(writer):
    writer.commit([addition("/a.txt", "roof repair", "roof garden")])
    assert texts_with(writer.snapshot, "roof rep")[0] == "roof repair"
    assert texts_with(writer.snapshot, "rep roof") == ["roof repair", "roof garden"]  # only the last one's


def test_search_passages_when_a_word_is_in_most_passages_then_it_alone_finds_none_of_them(writer, monkeypatch):
    monkeypatch.setattr("index_store.word_search._COMMON_FLOOR", 1)
    writer.commit([addition("/a.txt", *(f"the passage{row}" for row in range(30)), "roof")])
    assert texts_with(writer.snapshot, "the roof") == ["roof"]


def test_search_passages_when_documents_were_removed_or_replaced_then_only_live_ones_are_found(writer):
    writer.commit([addition("/a.txt", "old roof"), addition("/b.txt", "gone roof"), addition("/c.txt", "roof")])
    before = writer.snapshot
    writer.commit([addition("/a.txt", "new roof")], removals=["/b.txt"])
    assert sorted(texts_with(writer.snapshot, "roof")) == ["new roof", "roof"]
    assert sorted(texts_with(before, "roof")) == ["gone roof", "old roof", "roof"]


def test_search_when_only_some_documents_count_then_the_limit_is_of_those(writer):
    writer.commit([addition(f"/roof{row}.txt", "roof") for row in range(9)])
    wanted = {writer.snapshot.find("/roof7.txt")[0], writer.snapshot.find("/roof8.txt")[0]}
    found = writer.snapshot.search_passages("roof", limit=2, documents=wanted)
    assert {writer.snapshot.document_of(chunk_id) for chunk_id, _ in found} == wanted
    assert {document for document, _ in writer.snapshot.search_names("roof", limit=2, documents=wanted)} == wanted


@pytest.mark.parametrize(
    ("name", "words_of_it"),
    [
        ("tripReport_2024.docx", "tripreport 2024 docx trip report"),
        ("PDFReport2.pdf", "pdfreport2 pdf pdf report 2"),
        ("Ünïcode-Näme", "unicode name"),
        ("IMG0042", "img0042 img 0042"),
    ],
)
def test_name_words_when_a_name_has_joints_then_it_is_split_there(name, words_of_it):
    assert name_words(name) == words_of_it


@pytest.mark.parametrize(
    "query", ["trip report", "report TRIP", "trip rep 2024", "report2024", "tripRep", "2024.docx", "p", "20"]
)
def test_search_names_when_a_name_is_in_camel_case_then_its_words_find_it(writer, query):
    writer.commit([addition("/x/tripReport2024.docx"), addition("/x/other.md")])
    assert paths_named(writer.snapshot, query) == ["/x/tripReport2024.docx"]


def test_search_names_when_several_match_then_exact_is_before_prefix_substring_words_and_folder(writer):
    names = [
        "/r/plan b/x.txt",
        "/r/b-plan.txt",
        "/r/my plan b.txt",
        "/r/plan b2.txt",
        "/r/plan b",
        "/r/plan b2 long.txt",
        "/r/no",
    ]
    writer.commit([addition(name) for name in names], roots=[Root(path="/r")])
    assert paths_named(writer.snapshot, "Plan B") == [
        "/r/plan b",
        "/r/plan b2.txt",
        "/r/plan b2 long.txt",
        "/r/my plan b.txt",
        "/r/b-plan.txt",
        "/r/plan b/x.txt",
    ]


def test_search_names_when_a_word_is_in_the_folder_of_all_roots_then_it_finds_nothing(writer):
    writer.commit([addition("/home/anna/docs/taxes/2024/a.txt")], roots=[Root(path="/home/anna/docs")])
    assert [len(paths_named(writer.snapshot, query)) for query in ("anna", "docs", "taxes", "axe", "a taxes")] == [
        0,
        0,
        1,
        1,
        1,
    ]


def test_search_names_when_documents_are_removed_then_they_are_not_found(writer):
    writer.commit([addition("/a/report.txt"), addition("/b/report.txt")])
    writer.commit(removals=["/a/report.txt"])
    assert paths_named(writer.snapshot, "report") == ["/b/report.txt"]


def test_search_when_the_query_is_hostile_then_it_is_only_text(writer):
    writer.commit([addition("/corpus/roof.txt", "roof repair")])
    luck = random.Random(1)
    pieces = [
        "AND",
        "OR",
        "NOT",
        "NEAR(",
        "text:",
        "roof",
        '""',
        "--",
        *"\"*():^-+.,;'\\{}[]%_?/ \t\n\0é漢字\ud800\u0301a1",
    ]
    for _ in range(400):
        text = "".join(luck.choices(pieces, k=luck.randint(0, 12)))
        writer.snapshot.search_passages(text, limit=5)
        writer.snapshot.search_names(text, limit=5)
    for text in ("", " ", '"', "()", "\0", "\udcff"):
        assert writer.snapshot.search_passages(text, limit=5) == []
    assert texts_with(writer.snapshot, "text:roof") == []


def test_search_when_a_whole_page_is_the_query_then_it_is_found(writer):
    page = " ".join(f"word{number}" for number in range(2000))
    writer.commit([addition("/a.txt", page)])
    assert texts_with(writer.snapshot, page) == [page]
    assert paths_named(writer.snapshot, page) == []


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
