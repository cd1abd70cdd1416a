"""Checking finds every damaged byte, and repairing drops what is damaged and nothing else."""

import os
import random

import pytest

from corpus import Thumbnail
from errors import IndexCorrupt, IndexLocked, IndexMissing
from index_store import check_index, delete_index, durable, read_index, repair_index, thumbnails
from index_store.npy import HEADER_BYTES
from index_store.records import to_json
from index_store.segment import SegmentContents, write_contents
from tests.index_contents import DIM, addition, contents, open_writer, write_index

DOCUMENTS = 120
LINES_AND_OFFSETS = ["documents.jsonl", "document_offsets.npy", "chunks.jsonl", "chunk_offsets.npy"]
FILES = ["embeddings.npy", "codes.npy", "code_scales.npy", *LINES_AND_OFFSETS, "chunk_documents.npy"]
DERIVED = ["codes.npy", "code_scales.npy", "document_offsets.npy", "chunk_offsets.npy"]


def texts(number):
    return [f"document{number} passage{row} {'long ' * 200}" for row in range(1 + number % 5)]


@pytest.fixture
def directory(tmp_path):
    """A segment of several blocks of which a document is removed, and a small one."""
    write_index(tmp_path, [addition(f"/{number}.txt", *texts(number)) for number in range(DOCUMENTS)])
    with open_writer(tmp_path) as writer:
        writer.commit([addition("/other.txt", "another")], removals=["/7.txt"])
    return tmp_path


def expected(lost=()):
    kept = {f"/{number}.txt": texts(number) for number in range(DOCUMENTS) if number != 7} | {"/other.txt": ["another"]}
    return {path: chunks for path, chunks in kept.items() if path not in lost}


def flip(path, place=None):
    data = bytearray(path.read_bytes())
    data[len(data) // 2 if place is None else place] ^= 0x20
    path.write_bytes(data)


def test_check_when_all_is_well_then_nothing_is_found_and_all_bytes_were_read(directory):
    told = []
    findings = check_index(directory, lambda done, total: told.append((done, total)))
    assert (findings.problems, findings.lost) == ([], [])
    assert told[-1][0] == told[-1][1] > 100_000


@pytest.mark.parametrize("name", [*FILES, "removed-00000003.npy"])
def test_check_when_any_byte_changes_then_the_file_is_named(directory, name):
    path = directory / "segments" / "000001" / name
    whole = path.read_bytes()
    for place in random.Random(name).sample(range(len(whole)), 8):
        flip(path, place)
        (problem,) = check_index(directory).problems
        assert problem.startswith(f"segments/000001/{name}: has changed")
        path.write_bytes(whole)


@pytest.mark.parametrize("damage", ["cut", "grown", "gone", "folder"])
@pytest.mark.parametrize("name", [*FILES, "removed-00000003.npy"])
def test_repair_when_a_file_is_not_whole_then_the_rest_is_kept_as_it_was(directory, name, damage):
    path = directory / "segments" / "000001" / name
    whole = path.read_bytes()
    path.unlink()
    if damage == "folder":
        path.mkdir()
    elif damage != "gone":
        path.write_bytes(whole[:-1] if damage == "cut" else whole + b"\n")
    findings = repair_index(directory)
    assert findings.problems
    assert check_index(directory).problems == []
    snapshot = read_index(directory)
    assert contents(snapshot).items() <= expected().items()
    assert snapshot.document_count + len(findings.lost) in (DOCUMENTS, DOCUMENTS + 1)  # or with the removed one


@pytest.mark.parametrize("name", DERIVED)
def test_repair_when_what_is_damaged_follows_from_the_rest_then_no_document_is_lost(directory, name):
    flip(directory / "segments" / "000001" / name)
    assert repair_index(directory).lost == []
    assert contents(read_index(directory)) == expected()
    assert (directory / "segments" / "000003" / name).exists()


def test_repair_when_a_byte_of_a_text_is_damaged_then_only_documents_around_it_are_lost(directory):
    path = directory / "segments" / "000001" / "chunks.jsonl"
    flip(path, path.read_bytes().index(b"document60 passage0"))
    lost = repair_index(directory).lost
    assert "/60.txt" in lost
    assert len(lost) < 20
    assert contents(read_index(directory)) == expected(lost)


@pytest.mark.parametrize("name", ["embeddings.npy", "chunk_documents.npy", "documents.jsonl"])
def test_repair_when_a_file_has_many_blocks_then_only_documents_of_the_damaged_one_are_lost(
    tmp_path, monkeypatch, name
):
    monkeypatch.setattr(durable, "_LEAF_BYTES", 256)
    write_index(tmp_path, [addition(f"/{number}.txt", f"first{number}", f"other{number}") for number in range(300)])
    flip(tmp_path / "segments" / "000001" / name)
    findings = repair_index(tmp_path)
    kept = contents(read_index(tmp_path))
    assert 0 < len(findings.lost) == 300 - len(kept) < 100
    assert kept.items() <= {f"/{number}.txt": [f"first{number}", f"other{number}"] for number in range(300)}.items()
    assert (name == "documents.jsonl") == ("" in findings.lost)  # whose names are in there


def test_repair_when_damaged_blocks_are_neighbours_then_no_chunk_is_given_to_another_document(tmp_path, monkeypatch):
    monkeypatch.setattr(durable, "_LEAF_BYTES", 256)
    texts_of = {f"/{number}.txt": [f"text{number} {row}" for row in range(number % 9)] for number in range(300)}
    write_index(tmp_path, [addition(path, *each) for path, each in texts_of.items()])
    for place in range(256, 1400, 256):
        path = tmp_path / "segments" / "000001" / "chunk_documents.npy"
        path.write_bytes(path.read_bytes()[:place] + b"\xee" * 9 + path.read_bytes()[place + 9 :])
    lost = repair_index(tmp_path).lost
    assert 0 < len(lost) < 150
    assert contents(read_index(tmp_path)) == {path: each for path, each in texts_of.items() if path not in lost}


def test_repair_when_what_was_removed_is_not_known_then_nothing_removed_comes_back(directory):
    flip(directory / "segments" / "000001" / "removed-00000003.npy")
    repair_index(directory)
    snapshot = read_index(directory)
    assert (contents(snapshot), len(snapshot.segments)) == ({"/other.txt": ["another"]}, 1)


def test_repair_when_merged_segments_are_damaged_then_the_words_of_what_is_kept_are_found(tmp_path):
    with open_writer(tmp_path) as writer:
        for number in range(12):
            writer.commit([addition(f"/{number}.txt", f"word{number}x")])
        assert writer.snapshot.segments[0].entry.is_merged
        number = writer.snapshot.segments[0].number
    flip(tmp_path / "segments" / f"{number:06d}" / "chunk_origins.npy", HEADER_BYTES)
    assert repair_index(tmp_path).lost == []
    assert [len(read_index(tmp_path).search_passages(f"word{number}x", limit=9)) for number in range(12)] == [1] * 12


def test_repair_when_done_then_damaged_files_are_kept_until_the_index_is_cleared(directory):
    flip(path := directory / "segments" / "000001" / "chunks.jsonl")
    damaged = path.read_bytes()
    repair_index(directory)
    (kept,) = directory.glob("damaged/*/chunks.jsonl")
    assert kept.read_bytes() == damaged
    delete_index(directory)
    assert sorted(os.listdir(directory)) == ["lock", "words.lock"]


def test_repair_when_all_is_well_then_nothing_is_written(directory):
    before = sorted(directory.rglob("*.npy"))
    assert repair_index(directory).problems == []
    assert (sorted(directory.rglob("*.npy")), read_index(directory).generation) == (before, 3)


def test_repair_when_the_newest_manifest_is_damaged_then_there_is_no_notice_any_more(directory):
    flip(directory / "manifest-00000003.json")
    assert check_index(directory).problems == ["manifest-00000003.json: is not valid"]
    repair_index(directory)
    snapshot = read_index(directory)
    assert (snapshot.notice, snapshot.find("/other.txt"), check_index(directory).problems) == ("", None, [])


@pytest.mark.parametrize("name", ["words.db", "thumbnails.db"])
def test_repair_when_a_database_is_damaged_then_it_is_named_and_made_again(directory, name):
    with thumbnails.writing(directory) as writer:
        writer.put("key", [Thumbnail(1, b"picture" * 900)], drawn_by=1)
    path = directory / name
    path.write_bytes(path.read_bytes()[:4096] + b"\xff" * (path.stat().st_size - 4096))
    (problem,) = repair_index(directory).problems
    assert problem.startswith(f"{name}: ")
    assert check_index(directory).problems == []
    assert len(read_index(directory).search_passages("another", limit=9)) == 1


def commit_nonsense(directory):
    """Commit one document that is as it should be, and one with a chunk that is none and too long an embedding."""
    good, bad = addition("/good.txt", "good"), addition("/bad.txt", "bad")
    nonsense = SegmentContents(
        dim=DIM,
        chunk_counts=[1, 1],
        document_lines=[to_json(each.document) + b"\n" for each in (good, bad)],
        chunk_lines=[to_json(good.chunks[0]) + b"\n", b"nonsense\n"],
        embeddings=[good.embeddings, bad.embeddings * 3],
        origins={},
    )
    with open_writer(directory) as writer, writer._next_generation(adds_segment=True):
        entry = write_contents(directory, writer._segment, nonsense)
        writer._publish([*(segment.entry for segment in writer.snapshot.segments), entry])


def test_check_when_files_are_as_written_and_hold_nonsense_then_it_is_found_and_repaired(directory):
    with pytest.raises(IndexCorrupt):  # by the word index
        commit_nonsense(directory)
    findings = repair_index(directory)
    assert [problem.partition(": ")[2] for problem in findings.problems] == [
        "has 1 lines that are no records",
        "has 1 rows that are not of unit length",
    ]
    assert findings.lost == ["/bad.txt"]
    assert contents(read_index(directory)) == expected() | {"/good.txt": ["good"]}


def test_repair_when_several_segments_and_the_words_are_damaged_then_all_are_repaired(directory):
    flip(directory / "segments" / "000001" / "chunks.jsonl")
    flip(directory / "segments" / "000002" / "chunks.jsonl")
    (directory / "words.db").unlink()
    lost = repair_index(directory).lost
    assert "/other.txt" in lost
    assert check_index(directory).problems == []
    assert contents(read_index(directory)) == expected(lost)
    assert len(read_index(directory).search_passages("document1 passage0", limit=999)) > 1


def test_repair_when_the_index_is_being_written_then_it_is_refused(directory):
    with open_writer(directory), pytest.raises(IndexLocked):
        repair_index(directory)


def test_repair_when_no_manifest_is_valid_then_says_so_and_leaves_all_as_it_is(directory):
    for manifest in directory.glob("manifest-*"):
        flip(manifest)
    for look in (check_index, repair_index):
        with pytest.raises(IndexCorrupt) as caught:
            look(directory)
        assert caught.value.hint == "launcher clear, then launcher index"
    assert (directory / "segments" / "000001" / "chunks.jsonl").exists()


def test_check_when_there_is_no_index_then_it_is_missing(tmp_path):
    for look in (check_index, repair_index):
        with pytest.raises(IndexMissing):
            look(tmp_path)
