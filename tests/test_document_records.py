import os

import numpy as np
import pytest

from errors import IndexCorrupt
from index_store import DocumentRecord, mapping, read_index
from index_store.document_records import DocumentRecords, line_offsets
from index_store.records import to_json
from tests.index_contents import addition, contents, write_index

PATHS = ["/a.txt", '/line\n"break".txt', os.fsdecode(b"/no utf-8 \xff.txt")]


def records_of(lines):
    return DocumentRecords(lines, line_offsets(lines), segment=7)


@pytest.fixture
def records():
    return [DocumentRecord(path=path, size_bytes=1, mtime_ns=2, inode=3, title="t") for path in PATHS]


@pytest.fixture
def lines(records):
    return b"".join(to_json(record) + b"\n" for record in records)


def test_document_records_when_read_then_they_are_a_list_of_what_was_written(lines, records):
    found = records_of(lines)
    assert (len(found), list(found), found[1]) == (3, records, records[1])


def test_document_records_when_some_rows_are_asked_for_then_only_these_are_parsed(lines, records):
    found = records_of(lines.replace(b'{"path":"/a', b'?"path":"/a'))
    assert list(found.records(np.array([2, 1]))) == [records[2], records[1]]


def test_document_records_when_a_line_is_none_then_the_segment_is_corrupt_when_it_is_asked_for(lines):
    found = records_of(lines.replace(b'{"path":"/a', b'?"path":"/a'))
    for ask in (lambda: found[0], lambda: list(found), lambda: found.row_of("/b.txt")):
        with pytest.raises(IndexCorrupt, match=r"Segment 7 .*documents\.jsonl"):
            ask()


def test_row_of_when_a_path_is_asked_for_then_its_row_is_given(lines):
    found = records_of(lines)
    assert [found.row_of(path) for path in [*PATHS, "/other.txt"]] == [0, 1, 2, None]


def test_line_offsets_when_lines_cross_blocks_then_each_is_found(lines, monkeypatch):
    expected = line_offsets(lines).tolist()
    monkeypatch.setattr("index_store.document_records._BLOCK_BYTES", 7)
    assert line_offsets(lines).tolist() == expected
    assert expected[-1] == len(lines)


def test_index_when_records_are_mapped_then_a_snapshot_outlives_their_file(tmp_path, monkeypatch):
    monkeypatch.setattr(mapping, "_MAPPED_BYTES", 0)
    write_index(tmp_path, [addition("/a.txt", "one")])
    snapshot = read_index(tmp_path)
    assert contents(snapshot) == {"/a.txt": ["one"]}
    if os.name == "posix":
        (tmp_path / "segments" / "000001" / "documents.jsonl").unlink()
        assert snapshot.find("/a.txt")[1].path == "/a.txt"


def test_picture_hashes_when_some_documents_have_one_then_their_rows_are_told():
    records = [
        DocumentRecord(path="/a.txt", size_bytes=1, mtime_ns=1, inode=1, title='"picture_hash":"no"'),
        DocumentRecord(path="/b.png", size_bytes=1, mtime_ns=1, inode=1, picture_hash="ff00"),
    ]
    found = records_of(b"".join(to_json(record) + b"\n" for record in records))
    assert list(found.picture_hashes()) == [(1, "ff00")]


def test_rows_under_when_a_folder_is_asked_for_then_all_below_it_come_by_their_paths():
    paths = ["/r/b/c.txt", "/r/a.txt", "/r/b.txt", "/r/b/d/e.txt", "/other/r/b/f.txt", "/r/b-side/g.txt"]
    records = [DocumentRecord(path=path, size_bytes=1, mtime_ns=1, inode=1) for path in paths]
    found = records_of(b"".join(to_json(record) + b"\n" for record in records))
    assert found.rows_under("/r/b").tolist() == [0, 3]
    assert found.rows_under("/r").tolist() == [1, 5, 2, 0, 3]
    assert found.rows_under("/nowhere").tolist() == []


def test_rows_with_when_documents_have_the_same_bytes_then_all_of_them():
    hashes = ["aa", "bb", "aa", ""]
    records = [
        DocumentRecord(path=f"/{row}", size_bytes=1, mtime_ns=1, inode=1, content_hash=value)
        for row, value in enumerate(hashes)
    ]
    found = records_of(b"".join(to_json(record) + b"\n" for record in records))
    assert [found.rows_with(value) for value in ("aa", "bb", "cc")] == [[0, 2], [1], []]


def test_column_when_asked_again_then_is_worked_out_once_for_a_key(lines):
    found, asked = records_of(lines), []

    def size_of(record):
        asked.append(record.path)
        return record.size_bytes

    for key in ("a", "a", "b"):
        assert found.column(key, size_of).tolist() == [1, 1, 1]
    assert len(asked) == 2 * len(found)
