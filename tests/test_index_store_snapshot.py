import threading

import pytest

from errors import IndexMissing
from index_store import ChunkId, DocumentId, create_or_open_index, delete_index, mapping, read_index
from index_store.segment import open_segment
from index_store.snapshot import open_snapshot
from tests.index_contents import FINGERPRINT, addition, contents, embeddings_of, open_writer, texts_with, write_index


@pytest.fixture
def directory(tmp_path):
    return tmp_path / "index"


@pytest.fixture
def writer(directory):
    with open_writer(directory) as writer:
        yield writer


def test_refreshed_when_nothing_was_committed_then_it_is_the_same_snapshot(directory, writer):
    writer.commit([addition("/a.txt", "one")])
    snapshot = read_index(directory)
    assert snapshot.refreshed() is snapshot


def test_refreshed_when_something_was_committed_then_the_old_snapshot_stays_as_it_was(directory, writer):
    writer.commit([addition("/a.txt", "one"), addition("/b.txt", "two")])
    before = read_index(directory)
    writer.commit([addition("/c.txt", "three")], removals=["/a.txt"])
    after = before.refreshed()
    assert contents(before) == {"/a.txt": ["one"], "/b.txt": ["two"]}
    assert contents(after) == {"/b.txt": ["two"], "/c.txt": ["three"]}
    assert (after.generation, after.document_count, after.chunk_count) == (before.generation + 1, 2, 2)


def test_refreshed_when_segments_did_not_change_then_they_are_not_read_again(directory, writer):
    writer.commit([addition("/a.txt", "one"), addition("/b.txt", "two")])
    before = read_index(directory)
    writer.commit([addition("/c.txt", "three")], removals=["/a.txt"])
    after = before.refreshed()
    assert after.segments[0].embeddings is before.segments[0].embeddings
    assert after.segments[0].live_chunks.tolist() == [False, True]
    assert before.segments[0].live_chunks.tolist() == [True, True]


def test_refreshed_when_the_index_was_cleared_then_it_is_missing(directory):
    write_index(directory, [addition("/a.txt", "one")])
    snapshot = read_index(directory)
    delete_index(directory)
    with pytest.raises(IndexMissing):
        snapshot.refreshed()


def test_refreshed_when_the_index_was_made_anew_then_nothing_of_the_old_one_is_left(directory):
    write_index(directory, [addition("/a.txt", "one")])
    snapshot = read_index(directory)
    assert snapshot.find("/a.txt")
    delete_index(directory)
    write_index(directory, [addition("/b.txt", "two")])
    assert contents(snapshot.refreshed()) == {"/b.txt": ["two"]}
    assert [bool(snapshot.refreshed().find(path)) for path in ("/a.txt", "/b.txt")] == [False, True]


def test_find_when_commits_follow_then_it_keeps_up_with_them(writer):
    writer.commit([addition("/a.txt", "one"), addition("/b.txt", "two")])
    assert writer.snapshot.find("/a.txt")[0] == DocumentId(1, 0)
    writer.commit([addition("/a.txt", "new")], removals=["/b.txt"])
    assert writer.snapshot.find("/a.txt")[0] == DocumentId(2, 0)
    assert writer.snapshot.find("/b.txt") is None
    writer.commit([addition("/b.txt", "back")], removals=["/a.txt"])
    assert [bool(writer.snapshot.find(path)) for path in ("/a.txt", "/b.txt")] == [False, True]


def test_chunks_when_asked_for_by_document_then_ids_lead_back_to_it(writer):
    writer.commit([addition("/a.txt", "one", "two"), addition("/none.txt"), addition("/b.txt", "three")])
    snapshot = writer.snapshot
    document_id, _ = snapshot.find("/b.txt")
    assert snapshot.chunks_of(document_id) == [ChunkId(1, 2)]
    assert snapshot.document_of(ChunkId(1, 2)) == document_id
    assert snapshot.document(snapshot.document_of(ChunkId(1, 1))).path == "/a.txt"


def test_embeddings_when_a_segment_is_large_then_it_is_mapped_and_gives_the_same(directory, writer, monkeypatch):
    monkeypatch.setattr(mapping, "_MAPPED_BYTES", 0)
    writer.commit([addition("/a.txt", "one", "two")])
    snapshot = read_index(directory)
    assert mapping.map_behind(snapshot.segments[0].embeddings) is not None
    assert contents(snapshot) == {"/a.txt": ["one", "two"]}
    assert snapshot.embeddings_of(DocumentId(1, 0)).tolist() == embeddings_of(["one", "two"]).tolist()


def test_read_index_when_files_are_pruned_under_it_then_it_looks_again(directory, writer, monkeypatch):
    writer.commit([addition(f"/{row}.txt", "text") for row in range(5)])
    writer.commit(removals=["/0.txt"])
    removals = iter(["/1.txt", "/2.txt"])

    def open_segment_slowly(*args, **kwargs):
        monkeypatch.undo()
        for path in removals:
            writer.commit(removals=[path])
        return open_segment(*args, **kwargs)

    monkeypatch.setattr("index_store.snapshot.open_segment", open_segment_slowly)
    assert sorted(contents(read_index(directory))) == ["/3.txt", "/4.txt"]


def test_read_index_when_a_writer_is_committing_then_only_whole_commits_are_seen(directory, writer):
    def commit():
        for number in range(40):
            names = [f"/{number}-{row}.txt" for row in range(3)]
            writer.commit(
                [addition(name, "text") for name in names], removals=[f"/{number - 2}-{row}.txt" for row in range(3)]
            )

    thread = threading.Thread(target=commit)
    thread.start()
    snapshot, seen = read_index(directory), set()
    while thread.is_alive():
        for current in (snapshot := snapshot.refreshed(), read_index(directory)):
            assert current.document_count == len(contents(current)) == 3 * min(current.generation - 1, 2)
            seen.add(current.generation)
    thread.join()
    assert len(seen) > 2


def test_catch_up_words_when_something_was_committed_since_then_its_words_are_not_built_away(tmp_path, monkeypatch):
    write_index(tmp_path, [addition("/old.txt", "roof")])
    before = open_snapshot(tmp_path)
    write_index(tmp_path, [addition("/new.txt", "roof garden")])
    after = read_index(tmp_path)
    monkeypatch.setattr("index_store.words._DEAD_ROWS_KEPT", -99)  # so that they are built again at once
    assert not before.catch_up_words()
    assert texts_with(after, "garden") == ["roof garden"]


def test_paths_under_when_documents_were_removed_then_only_those_that_live(tmp_path):
    write_index(
        tmp_path, [addition("/r/a.txt", "one"), addition("/r/b/c.txt", "two")], [addition("/r/b/d.txt", "three")]
    )
    with open_writer(tmp_path) as writer:
        writer.commit(removals=["/r/b/c.txt"])
        assert writer.snapshot.paths_under("/r/b") == ["/r/b/d.txt"]
        assert sorted(writer.snapshot.paths_under("/r")) == ["/r/a.txt", "/r/b/d.txt"]


def test_index_when_it_is_opened_for_writing_then_what_is_open_already_is_used_again(tmp_path):
    write_index(tmp_path, [addition("/r/a.txt", "one")])
    before = read_index(tmp_path)
    with create_or_open_index(tmp_path, fingerprint=FINGERPRINT, before=before) as writer:
        assert writer.snapshot.segments[0].documents is before.segments[0].documents
