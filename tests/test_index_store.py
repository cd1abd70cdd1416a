"""What a commit promises. Stops, damage and words have test files of their own."""

import dataclasses
import os
import stat
import sys

import msgspec
import numpy as np
import pytest

from errors import IndexLocked, IndexMissing, IndexModelMismatch
from index_store import Root, check_fingerprint, create_or_open_index, delete_index, nearest, read_index
from tests.index_contents import DIM, FINGERPRINT, addition, contents, embeddings_of, open_writer, write_index

posix_only = pytest.mark.skipif(sys.platform == "win32", reason="POSIX permissions")


@pytest.fixture
def directory(tmp_path):
    return tmp_path / "data" / "index"


@pytest.fixture
def writer(directory):
    with open_writer(directory) as writer:
        yield writer


def test_commit_when_documents_are_added_then_a_reader_finds_them_as_they_were(directory, writer):
    writer.commit([addition("/a.txt", "one", "two"), addition("/b.txt", "three")])
    expected = {"/a.txt": ["one", "two"], "/b.txt": ["three"]}
    assert contents(read_index(directory)) == contents(writer.snapshot) == expected


def test_commit_when_reopened_then_everything_is_still_there(directory):
    write_index(directory, [addition("/a.txt", "one")], [addition("/b.txt", "two")])
    with open_writer(directory) as writer:
        assert contents(writer.snapshot) == {"/a.txt": ["one"], "/b.txt": ["two"]}
        assert (writer.snapshot.document_count, writer.snapshot.chunk_count) == (2, 2)


def test_commit_when_a_path_is_live_then_the_new_document_replaces_it(writer):
    writer.commit([addition("/a.txt", "old"), addition("/b.txt", "other")])
    writer.commit([addition("/a.txt", "new", "newer")])
    assert contents(writer.snapshot) == {"/b.txt": ["other"], "/a.txt": ["new", "newer"]}


def test_commit_when_paths_are_removed_then_they_are_gone_and_unknown_ones_are_no_error(directory, writer):
    writer.commit([addition("/a.txt", "one"), addition("/b.txt", "two"), addition("/c.txt", "three")])
    writer.commit(removals=["/a.txt", "/unknown.txt"])
    writer.commit(removals=["/c.txt"])
    assert contents(read_index(directory)) == {"/b.txt": ["two"]}
    assert read_index(directory).find("/a.txt") is None


def test_commit_when_a_whole_segment_is_removed_then_its_folder_goes_with_the_next_commit(directory, writer):
    writer.commit([addition("/a.txt", "one")])
    writer.commit([addition("/b.txt", "two")])
    before = read_index(directory)
    writer.commit(removals=["/a.txt"])
    assert (directory / "segments" / "000001").exists()  # the manifest before may still be needed
    writer.commit([addition("/c.txt", "three")])
    assert contents(before) == {"/a.txt": ["one"], "/b.txt": ["two"]}  # who has it open reads on
    assert sorted(os.listdir(directory / "segments")) == ["000002", "000003"]
    assert contents(read_index(directory)) == {"/b.txt": ["two"], "/c.txt": ["three"]}


def test_commit_when_a_document_has_no_chunks_then_it_is_found_all_the_same(writer):
    writer.commit([addition("/empty.bin")])
    document_id, record = writer.snapshot.find("/empty.bin")
    assert (record.path, writer.snapshot.chunks_of(document_id)) == ("/empty.bin", [])
    assert writer.snapshot.embeddings_of(document_id).shape == (0, DIM)
    assert nearest(writer.snapshot, embeddings_of(["x"])[0], limit=3) == []


def test_commit_when_nothing_changes_then_there_is_no_new_generation(writer):
    writer.commit([addition("/a.txt", "one")], roots=[Root(path="/")])
    generation = writer.snapshot.generation
    writer.commit(removals=["/unknown.txt"], roots=[Root(path="/")])
    assert writer.snapshot.generation == generation


def test_commit_when_roots_are_given_then_they_are_kept_with_their_rules(directory, writer):
    root = Root(path="/home/\udcff", recursive=False, excludes=("*.tmp",))
    writer.commit(roots=[root])
    writer.commit([addition("/a.txt", "one")])
    assert read_index(directory).roots == (root,)


def test_commit_when_text_and_path_are_no_unicode_then_they_come_back_as_they_were(directory, writer):
    path, text = os.fsdecode(b"/caf\xe9\n.txt"), 'a "quoted"\r\n\u2028 line \ud800 \0 end'
    document = msgspec.structs.replace(addition(path).document, title=text)
    chunk = msgspec.structs.replace(addition(path, "x").chunks[0], text=text)
    writer.commit([addition("/b.txt", "x")._replace(document=document, chunks=(chunk,))])
    snapshot = read_index(directory)
    document_id, record = snapshot.find(path)
    assert (record.title, snapshot.chunk(snapshot.chunks_of(document_id)[0]).text) == (text, text)


@pytest.mark.parametrize(
    "embeddings",
    [
        embeddings_of(["a", "b"]),
        embeddings_of(["a"]).astype(np.float64),
        embeddings_of(["a"]) * 1.01,
        np.full((1, DIM), np.nan, np.float32),
    ],
    ids=["shape", "type", "length", "nan"],
)
def test_commit_when_embeddings_are_wrong_then_nothing_is_written(writer, embeddings):
    with pytest.raises(ValueError, match=r"/a\.txt"):
        writer.commit([addition("/a.txt", "a")._replace(embeddings=embeddings)])
    assert writer.snapshot.refreshed() is writer.snapshot


def test_commit_when_a_path_comes_twice_then_it_is_refused(writer):
    with pytest.raises(ValueError, match="same path"):
        writer.commit([addition("/a.txt", "one"), addition("/a.txt", "two")])


def test_commit_when_the_writer_is_closed_then_it_is_refused(directory):
    writer = open_writer(directory)
    writer.close()
    with pytest.raises(ValueError, match="closed"):
        writer.commit([addition("/a.txt", "one")])


def test_commit_when_many_have_been_made_then_only_two_manifests_and_removals_are_kept(directory, writer):
    writer.commit([addition(f"/{number}.txt", "text") for number in range(9)])
    for number in range(5):
        writer.commit(removals=[f"/{number}.txt"])
    assert len(list(directory.glob("manifest-*"))) == 2
    assert len(list(directory.glob("segments/000001/removed-*.npy"))) == 2


@posix_only
def test_index_when_made_then_only_its_owner_may_look(directory):
    write_index(directory, [addition("/a.txt", "one")])
    modes = {path.is_dir(): stat.S_IMODE(path.stat().st_mode) for path in [directory, *directory.rglob("*")]}
    assert modes == {True: 0o700, False: 0o600}


def test_index_when_one_writer_is_open_then_the_second_is_told_and_readers_do_not_care(directory, writer):
    writer.commit([addition("/a.txt", "one")])
    with pytest.raises(IndexLocked):
        open_writer(directory)
    assert contents(read_index(directory)) == {"/a.txt": ["one"]}


def test_index_when_the_model_is_another_then_both_are_named_and_the_lock_is_free_again(directory):
    write_index(directory, [addition("/a.txt", "one")])
    other = dataclasses.replace(FINGERPRINT, model="other", weights_sha256="0" * 64)
    with pytest.raises(IndexModelMismatch, match="fake, not with other") as caught:
        create_or_open_index(directory, fingerprint=other)
    assert "launcher index --model fake" in caught.value.hint
    open_writer(directory).close()


def test_check_fingerprint_when_only_the_weights_differ_then_it_says_another_version(directory, writer):
    with pytest.raises(IndexModelMismatch, match="another version of fake"):
        check_fingerprint(writer.snapshot, dataclasses.replace(FINGERPRINT, weights_sha256="0"))
    check_fingerprint(writer.snapshot, FINGERPRINT)


def test_read_index_when_there_is_none_then_it_is_missing(tmp_path):
    (tmp_path / "empty").mkdir()
    for directory in (tmp_path / "nowhere", tmp_path / "empty"):
        with pytest.raises(IndexMissing):
            read_index(directory)


def test_delete_index_when_done_then_there_is_none_and_a_new_one_can_be_made(directory):
    write_index(directory, [addition("/a.txt", "one")])
    delete_index(directory)
    delete_index(directory)
    with pytest.raises(IndexMissing):
        read_index(directory)
    assert sorted(os.listdir(directory)) == ["lock", "words.lock"]
    write_index(directory, [addition("/b.txt", "two")])
    assert contents(read_index(directory)) == {"/b.txt": ["two"]}


def test_delete_index_when_it_is_being_written_then_it_stays(directory, writer):
    with pytest.raises(IndexLocked):
        delete_index(directory)
    assert read_index(directory).document_count == 0
