"""Forgetting for good, looked at in the raw bytes of all files."""

import json
import random
import shutil
from contextlib import closing
from pathlib import Path

import msgspec
import numpy as np
import pytest

from corpus import ScanRules, Thumbnail, scan
from errors import IndexCorrupt, IndexStoreError
from forgetting import forget_folder, forget_for_good
from index_store import IndexWriter, Root, pieces_under, read_index, search_files, thumbnails, words
from index_store.remains import RawSearch
from index_store.sqlite import sqlite3
from opened import History
from service.journal import journal_file
from tests.index_contents import addition, contents, open_writer, texts_with

SECRET = "The combination of the safe is written under the zanzibarquuxial drawer, behind the wardrobe."
KEPT = "Bake bread with flour and water for an hour, and let it cool down on the window sill."
PICTURE = random.Random(7).randbytes(5_000)
PRIVATE = Path("/docs/private")
LETTER = "/docs/private/first-bank-letter.txt"
BREAD = "/docs/bread.txt"


@pytest.fixture
def directory(tmp_path):
    return tmp_path / "index"


@pytest.fixture
def writer(directory):
    """An index of a secret document, which was changed once, and of another one."""
    with open_writer(directory) as writer:
        writer.commit([addition(LETTER, f"Before that: {SECRET}")], roots=[Root(path="/docs")])
        secret = addition(LETTER, SECRET)
        hashed = msgspec.structs.replace(secret.document, content_hash="f00dcafe" * 4)
        writer.commit([secret._replace(document=hashed), addition(BREAD, KEPT)])
        with thumbnails.writing(directory) as kept:
            kept.put("f00dcafe" * 4, [Thumbnail(1, PICTURE)], drawn_by=1)
        yield writer


def traces(directory):
    """What of the secret document stands in the bytes of any file."""
    pieces = {
        "text": SECRET.encode(),
        "text before": b"Before that: The combination",
        "word": b"zibarquuxial",
        "path": LETTER.encode(),
        "name": b"first-bank-letter",
        "embedding": addition("", SECRET).embeddings.astype(np.float16).tobytes(),
        "thumbnail": PICTURE[1000:1032],
        "hash": b"f00dcafe" * 4,
    }
    data = b"\0".join(path.read_bytes() for path in directory.rglob("*") if path.is_file())
    return {what for what, piece in pieces.items() if piece in data}


def test_traces_when_nothing_is_forgotten_then_all_are_there(directory, writer):
    assert len(traces(directory)) == 8


def test_forget_when_done_then_no_file_has_a_trace_of_it_and_the_rest_stays(directory, writer):
    forgotten = forget_folder(writer, PRIVATE)
    assert (forgotten.documents, forgotten.was_known) == (1, True)
    assert forgotten.searched_bytes == sum(path.stat().st_size for path in directory.rglob("*") if path.is_file())
    assert traces(directory) == set()
    assert contents(read_index(directory)) == {BREAD: [KEPT]}
    assert texts_with(read_index(directory), "flour") == [KEPT]


def test_forget_when_segments_were_merged_then_no_file_has_a_trace_of_it(directory, writer):
    for number in range(20):
        writer.commit([addition(f"/docs/{number}.txt", f"Number {number}")])
    writer.compact()
    forget_folder(writer, PRIVATE)
    assert traces(directory) == set()
    assert len(contents(read_index(directory))) == 21


def test_forget_when_a_repair_set_files_aside_then_these_go_too(directory, writer):
    shutil.copytree(directory / "segments", directory / "damaged")
    forget_folder(writer, PRIVATE)
    assert traces(directory) == set()


def test_forget_when_a_search_goes_on_then_it_still_has_its_index_and_the_files_have_nothing(directory, writer):
    before = read_index(directory)
    forget_folder(writer, PRIVATE)
    assert SECRET in contents(before)[LETTER]
    assert traces(directory) == set()


@pytest.mark.parametrize("killed_at", ["commit", "replace", "sweep_thumbnails"])
def test_forget_when_killed_in_between_then_doing_it_again_finishes(directory, writer, monkeypatch, killed_at):
    step = getattr(IndexWriter, killed_at)
    calls = iter([False, True] if killed_at == "sweep_thumbnails" else [True])

    def killed(self, *arguments, **options):
        step(self, *arguments, **options)
        if next(calls, False):
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(IndexWriter, killed_at, killed)
        with pytest.raises(KeyboardInterrupt):
            forget_folder(writer, PRIVATE)
    assert forget_folder(writer, PRIVATE).documents == 0
    assert traces(directory) == set()


def test_forget_when_nothing_of_it_is_there_then_does_nothing(writer):
    forget_folder(writer, PRIVATE)
    generation = writer.snapshot.generation
    assert not forget_folder(writer, Path("/elsewhere")).was_known
    assert writer.snapshot.generation == generation


def test_forget_when_another_document_has_the_same_text_then_that_one_keeps_it(directory, writer):
    writer.commit([addition("/docs/copy.txt", SECRET)])
    forget_folder(writer, PRIVATE)
    assert traces(directory) == {"text", "word", "embedding"}
    assert contents(read_index(directory))["/docs/copy.txt"] == [SECRET]


def test_forget_when_something_is_left_then_says_what_and_where(directory, writer, tmp_path):
    forgotten_by_us = tmp_path / "copy.log"
    forgotten_by_us.write_text(f"{SECRET} {LETTER}")
    with pytest.raises(IndexStoreError, match=r"still on the disk: a name in copy\.log, a text in copy\.log"):
        forget_folder(writer, PRIVATE, others=[forgotten_by_us])


def test_forget_when_a_segment_is_damaged_then_refuses_to_write_it_anew(directory, writer):
    embeddings = writer.snapshot.segments[-1].folder / "embeddings.npy"
    damaged = bytearray(embeddings.read_bytes())
    damaged[-1] ^= 1
    embeddings.write_bytes(damaged)
    with pytest.raises(IndexCorrupt, match="is damaged"):
        forget_folder(writer, PRIVATE)


@pytest.mark.parametrize(
    ("file", "what"),
    [
        ("codes.npy", "an embedding"),
        ("embeddings.npy", "an embedding"),
        ("chunks.jsonl", "a text"),
        ("documents.jsonl", "a name"),
        ("thumbnails.db", "a thumbnail"),
        ("words.db-wal", "a name"),
        ("words.db-wal", "a word"),
    ],
)
def test_search_when_any_file_of_the_index_is_left_behind_then_finds_it(directory, writer, tmp_path, file, what):
    texts = {f"{PRIVATE}/{number}-of-a-long-list.txt": f"Entry {number} of a long list" for number in range(300)}
    writer.commit([addition(path, text) for path, text in texts.items()])  # enough for codes
    pieces = pieces_under(writer.snapshot, f"{PRIVATE}/")
    left = next(directory.rglob(file))
    copy = shutil.copy(left, tmp_path / "left-behind")
    forget_folder(writer, PRIVATE)
    assert (copy, what) in search_files(writer.snapshot, f"{PRIVATE}/", pieces, others=[copy]).left


def test_search_when_documents_are_only_marked_as_removed_then_finds_what_no_other_has(directory, writer):
    writer.commit([addition("/docs/copy.txt", SECRET)])
    pieces = pieces_under(writer.snapshot, f"{PRIVATE}/")
    writer.commit(removals=[LETTER])
    left = search_files(writer.snapshot, f"{PRIVATE}/", pieces).left
    found = {(path.name, what) for path, what in left}
    assert found >= {("documents.jsonl", "a name"), ("words.db-wal", "a name")}
    assert ("embeddings.npy", "an embedding") not in found


def test_forget_when_most_of_the_index_goes_then_freed_pages_hold_nothing_of_it(directory, writer):
    names = [f"{PRIVATE}/quuxiliary{number:05}name.txt" for number in range(400)]
    writer.commit([addition(name, f"quuxiliary{hash(name)}") for name in names])
    writer.close()
    with open_writer(directory) as again:
        forget_folder(again, PRIVATE)
    assert b"uxiliary" not in (directory / "words.db").read_bytes()
    with closing(sqlite3.connect(directory / "words.db")) as connection:
        assert connection.execute("PRAGMA freelist_count").fetchone() == (0,)


def test_forget_when_a_killed_run_deleted_thumbnails_then_the_log_of_it_goes(directory, writer):
    with closing(sqlite3.connect(directory / "thumbnails.db", isolation_level=None)) as killed:
        killed.execute("PRAGMA secure_delete = ON")
        killed.execute("DELETE FROM thumbnails")
        assert "thumbnail" in traces(directory)
        forget_folder(writer, PRIVATE)
        assert traces(directory) == set()


def test_forget_when_the_word_index_was_lost_then_removed_documents_go_all_the_same(directory, writer):
    writer.commit(removals=[LETTER])
    words.delete(directory)
    assert forget_folder(writer, PRIVATE).was_known
    assert traces(directory) == set()


def test_raw_search_when_a_piece_lies_anywhere_then_is_found_with_many_others(tmp_path):
    random_bytes = random.Random(1)
    data = random_bytes.randbytes(9_000_000)
    pieces = {data[place : place + 40] for place in random_bytes.sample(range(8_999_960), 500)}
    pieces |= {data[:8], data[-8:], data[(1 << 19) - 20 : (1 << 19) + 20]}  # at the ends, and across two blocks
    search = RawSearch([*pieces, *(random_bytes.randbytes(40) for _ in range(500))])
    blocks = (data[start : start + (1 << 19)] for start in range(0, len(data), 1 << 19))
    assert search.found_in_blocks(blocks) == pieces


def test_forget_for_good_when_done_then_what_was_opened_and_the_logs_forget_it_too(directory, writer, tmp_path):
    writer.close()
    opened, log = tmp_path / "opened.jsonl", tmp_path / "logs" / "launcher.log"
    History(opened).note(Path(LETTER), 1.0)
    log.parent.mkdir()
    log.write_text(f"one line\npage 1 of {LETTER} cannot be shown\nanother line\n")
    journal = journal_file(directory)
    journal.write_text(json.dumps([LETTER]))
    assert forget_for_good(PRIVATE, index_dir=directory, opened_file=opened, log_dir=log.parent).documents == 1
    assert History(opened).opened() == {}
    assert log.read_text() == "one line\nanother line\n"
    assert not journal.exists()


def test_forget_when_the_folder_is_a_root_then_it_leaves_with_its_documents(writer):
    assert forget_folder(writer, Path("/docs")).documents == 2
    assert (writer.snapshot.document_count, writer.snapshot.roots) == (0, ())


def test_forget_when_the_folder_is_inside_a_root_then_is_excluded_from_it(writer, tmp_path):
    folder = tmp_path / "documents"
    (folder / "a b [1]").mkdir(parents=True)
    (folder / "a b [1]" / "secret.txt").touch()
    (folder / "a b 1").touch()
    writer.commit([addition(f"{folder}/a b [1]/secret.txt")], roots=[Root(path=str(folder))])
    forget_folder(writer, folder / "a b [1]")
    excludes = writer.snapshot.roots[0].excludes
    assert [document.path.name for document in scan(folder, ScanRules(excludes=excludes)).documents] == ["a b 1"]


def test_forget_when_a_folder_only_begins_alike_then_it_stays(writer):
    writer.commit([addition("/docs/privateer.txt", "Sails.")])
    assert forget_folder(writer, PRIVATE).documents == 1
    assert set(contents(writer.snapshot)) == {BREAD, "/docs/privateer.txt"}
