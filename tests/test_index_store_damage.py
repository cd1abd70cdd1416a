"""Whatever happened to its files, the index opens as it was, falls back one commit, or says what is damaged."""

import random
import zlib

import numpy as np
import pytest

from errors import IndexCorrupt, IndexStoreError
from index_store import ChunkId, check_index, read_index
from index_store.snapshot import open_snapshot
from tests.index_contents import addition, contents, open_writer, write_index

LINES_AND_OFFSETS = ["documents.jsonl", "document_offsets.npy", "chunks.jsonl", "chunk_offsets.npy"]
SEGMENT_FILES = ["embeddings.npy", *LINES_AND_OFFSETS, "chunk_documents.npy"]


@pytest.fixture
def directory(tmp_path):
    """An index of three commits, the last of which replaces a document."""
    first = [addition("/a.txt", "one", "two"), addition("/b.txt", "three")]
    write_index(tmp_path, first, [addition("/a.txt", "new")])
    return tmp_path


def newest_manifest(directory):
    return max(directory.glob("manifest-*.json"))


def test_manifest_when_the_newest_is_cut_anywhere_then_the_one_before_counts_and_a_notice_says_so(directory):
    manifest = newest_manifest(directory)
    whole = manifest.read_bytes()
    for length in range(len(whole)):
        manifest.write_bytes(whole[:length])
        snapshot = read_index(directory)
        assert (snapshot.generation, manifest.name in snapshot.notice) == (2, True)
    assert contents(snapshot) == {"/a.txt": ["one", "two"], "/b.txt": ["three"]}


def test_manifest_when_the_only_one_is_cut_anywhere_then_the_index_is_corrupt(tmp_path):
    open_writer(tmp_path).close()
    manifest = newest_manifest(tmp_path)
    whole = manifest.read_bytes()
    for length in range(len(whole)):
        manifest.write_bytes(whole[:length])
        for open_index in (read_index, open_writer):
            with pytest.raises(IndexCorrupt) as caught:
                open_index(tmp_path)
            assert caught.value.hint == "launcher clear, then launcher index"


def test_manifest_when_any_byte_of_it_changes_then_the_one_before_counts(directory):
    manifest = newest_manifest(directory)
    whole = manifest.read_bytes()
    for place in range(0, len(whole), 3):
        manifest.write_bytes(whole[:place] + bytes([whole[place] ^ 0x21]) + whole[place + 1 :])
        assert read_index(directory).generation == 2


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b"nonsense", b'{"x":' + b"[" * 100_000, b'{"format_version":1}'])
def test_manifest_when_it_holds_something_else_with_a_right_checksum_then_the_one_before_counts(directory, body):
    newest_manifest(directory).write_bytes(b"%s\n%08x\n" % (body, zlib.crc32(body)))
    assert read_index(directory).generation == 2


def test_manifest_when_a_newer_launcher_wrote_it_then_it_is_left_alone(directory):
    body = b'{"format_version":99,"something":"new"}'
    newest_manifest(directory).write_bytes(b"%s\n%08x\n" % (body, zlib.crc32(body)))
    with pytest.raises(IndexStoreError, match="newer launcher") as caught:
        open_writer(directory)
    assert not isinstance(caught.value, IndexCorrupt)


def test_manifest_when_the_newest_is_damaged_then_the_next_commit_takes_a_number_never_used(directory):
    newest_manifest(directory).write_bytes(b"")
    with open_writer(directory) as writer:
        assert writer.snapshot.notice
        writer.commit([addition("/c.txt", "four")])
        assert (writer.snapshot.generation, writer.snapshot.notice) == (4, "")
    assert sorted(path.name for path in directory.glob("manifest-*")) == [
        "manifest-00000002.json",
        "manifest-00000004.json",
    ]
    assert sorted(contents(read_index(directory))) == ["/a.txt", "/b.txt", "/c.txt"]


def test_manifest_when_all_are_gone_but_segments_are_not_then_nothing_is_overwritten(directory):
    for manifest in directory.glob("manifest-*"):
        manifest.unlink()
    with pytest.raises(IndexCorrupt, match="gone"):
        open_writer(directory)
    assert (directory / "segments" / "000001" / "embeddings.npy").exists()


def cut(path):
    path.write_bytes(path.read_bytes()[:-1])


def grow(path):
    path.write_bytes(path.read_bytes() + b"\n")


def remove(path):
    path.unlink()


def replace_by_folder(path):
    path.unlink()
    path.mkdir()


@pytest.mark.parametrize("damage", [cut, grow, remove, replace_by_folder])
@pytest.mark.parametrize("name", [*SEGMENT_FILES, "removed-00000003.npy"])
def test_segment_when_a_file_has_another_size_then_it_is_left_out_with_a_notice_and_not_written_to(
    directory, name, damage
):
    damage(directory / "segments" / "000001" / name)
    snapshot = read_index(directory)
    assert contents(snapshot) == {"/a.txt": ["new"]}
    assert "Segment 1 of the index is damaged" in snapshot.notice
    assert "launcher check --repair" in snapshot.notice
    with pytest.raises(IndexCorrupt, match=r"Segment 1 .*damaged") as caught:
        open_writer(directory)
    assert caught.value.hint == "launcher check --repair"


@pytest.mark.parametrize("name", [*SEGMENT_FILES, "removed-00000003.npy"])
def test_segment_when_a_file_is_garbage_then_it_is_corrupt_and_never_another_error(directory, name):
    path = directory / "segments" / "000001" / name
    for seed in range(5):
        path.write_bytes(random.Random(seed).randbytes(path.stat().st_size))
        with pytest.raises(IndexCorrupt, match="Segment 1 "):
            contents(open_snapshot(directory))  # chunk lines are looked at when they are asked for


NUMBERS = ["document_offsets.npy", "chunk_offsets.npy", "chunk_documents.npy", "removed-00000003.npy"]


@pytest.mark.parametrize("name", NUMBERS)
def test_segment_when_numbers_behind_a_right_header_are_garbage_then_it_is_corrupt(directory, name):
    path = directory / "segments" / "000001" / name
    path.write_bytes(path.read_bytes()[:128] + b"\xee" * (path.stat().st_size - 128))
    with pytest.raises(IndexCorrupt, match=f"Segment 1 .*{name}"):
        open_snapshot(directory)


@pytest.mark.parametrize("name", ["chunk_offsets.npy", "document_offsets.npy"])
def test_segment_when_offsets_are_of_other_lines_then_it_is_corrupt(directory, name):
    path = directory / "segments" / "000001" / name
    offsets = np.load(path)
    path.write_bytes(path.read_bytes()[:128] + (offsets + 1).tobytes())
    with pytest.raises(IndexCorrupt, match=f"Segment 1 .*{name}"):
        open_snapshot(directory)


def test_segment_when_it_is_left_out_then_its_words_are_kept_for_when_it_is_back(directory, monkeypatch):
    monkeypatch.setattr("index_store.words._DEAD_ROWS_KEPT", -99)  # so that dead rows are swept at once
    path = directory / "segments" / "000001" / "chunks.jsonl"
    chunks = path.read_bytes()
    remove(path)
    read_index(directory).refreshed()
    path.write_bytes(chunks)
    assert [bm25 for _, bm25 in open_snapshot(directory).search_passages("three", limit=9)]


def test_segment_when_one_is_damaged_then_a_snapshot_taken_before_can_still_be_used(directory):
    snapshot = read_index(directory)
    remove(directory / "segments" / "000002" / "documents.jsonl")
    assert snapshot.refreshed() is snapshot
    assert snapshot.chunk(ChunkId(2, 0)).text == "new"


def test_writer_when_the_index_is_damaged_then_the_lock_is_free_again(directory):
    manifest = newest_manifest(directory)
    whole = manifest.read_bytes()
    path = directory / "segments" / "000002" / "chunks.jsonl"
    chunks = path.read_bytes()
    path.unlink()
    with pytest.raises(IndexCorrupt):
        open_writer(directory)
    path.write_bytes(chunks)
    open_writer(directory).close()
    assert (newest_manifest(directory).read_bytes(), check_index(directory).problems) == (whole, [])
