import os
from pathlib import Path

import pytest

from corpus import Document, Scan
from extraction import EXTRACTOR_VERSION
from index_store import DocumentRecord, Root
from update_plan import documents_to_remove, is_unchanged, owner, plan_update


def record(path, **changes):
    status = path.stat()
    values = {
        "path": str(path),
        "size_bytes": status.st_size,
        "mtime_ns": status.st_mtime_ns,
        "inode": status.st_ino,
        "stage": "text",
        "reader_version": EXTRACTOR_VERSION,
    }
    return DocumentRecord(**{**values, **changes})


def plan(folder, *records, **options):
    root = Root(path=str(folder))
    return plan_update([root], {known.path: known for known in records}, all_roots=[root], **options)


def write(folder, name, text="text"):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def test_plan_when_the_index_is_empty_then_reads_everything(tmp_path):
    write(tmp_path, "a.txt")
    made = plan(tmp_path)
    assert [document.path.name for document in made.to_read] == ["a.txt"]
    assert made.new == made.to_read


def test_plan_when_nothing_changed_then_reads_nothing(tmp_path):
    made = plan(tmp_path, record(write(tmp_path, "a.txt")))
    assert (made.to_read, made.to_remove, made.unchanged) == ([], [], 1)


def test_plan_when_a_document_changed_then_reads_it_but_it_is_not_new(tmp_path):
    made = plan(tmp_path, record(write(tmp_path, "a.txt"), size_bytes=1))
    assert [document.path.name for document in made.to_read] == ["a.txt"]
    assert made.new == []


def test_plan_when_a_document_is_gone_then_removes_it(tmp_path):
    kept, gone = write(tmp_path, "a.txt"), write(tmp_path, "b.txt")
    known = [record(kept), record(gone)]
    gone.unlink()
    assert plan(tmp_path, *known).to_remove == [str(gone)]


def test_plan_when_several_changed_then_the_newest_comes_first(tmp_path):
    for name, age in (("old.txt", 300), ("new.txt", 100), ("middle.txt", 200)):
        os.utime(write(tmp_path, name), (1e9 - age, 1e9 - age))
    assert [document.path.name for document in plan(tmp_path).to_read] == ["new.txt", "middle.txt", "old.txt"]


def test_plan_when_one_root_lies_in_another_then_each_document_is_read_once(tmp_path):
    write(tmp_path, "inner/a.txt")
    roots = [Root(path=str(tmp_path)), Root(path=str(tmp_path / "inner"))]
    assert len(plan_update(roots, {}, all_roots=roots).to_read) == 1


def test_plan_when_an_outer_root_does_not_see_an_inner_ones_documents_then_keeps_them(tmp_path):
    write(tmp_path, "top.txt")
    inner = record(write(tmp_path, "inner/a.txt"))
    outer = Root(path=str(tmp_path), recursive=False)
    roots = [outer, Root(path=str(tmp_path / "inner"))]
    assert plan_update([outer], {inner.path: inner}, all_roots=roots).to_remove == []


def test_plan_when_a_failed_document_did_not_change_then_reads_it_only_on_retry(tmp_path):
    failed = record(write(tmp_path, "a.txt"), failure="damaged")
    assert plan(tmp_path, failed).to_read == []
    assert len(plan(tmp_path, failed, retry=True).to_read) == 1


def test_is_unchanged_when_only_the_name_is_known_then_is_not(tmp_path):
    path = write(tmp_path, "a.txt")
    status = path.stat()
    document = Document(path, status.st_size, status.st_mtime_ns, status.st_ino)
    assert is_unchanged(document, record(path))
    assert not is_unchanged(document, record(path, stage="names"))


def test_is_unchanged_when_an_older_extraction_read_it_then_is_not(tmp_path):
    path = write(tmp_path, "a.txt")
    status = path.stat()
    document = Document(path, status.st_size, status.st_mtime_ns, status.st_ino)
    assert not is_unchanged(document, record(path, reader_version=EXTRACTOR_VERSION - 1))


def test_documents_to_remove_when_the_scan_is_partial_then_none():
    seen = Scan(Path("/r"), [Document(Path("/r/a"), 1, 1, 1)], [(Path("/r/closed"), "Permission denied")])
    assert documents_to_remove([Path("/r/a"), Path("/r/b")], seen) == []


def test_documents_to_remove_when_the_root_came_back_empty_then_none():
    assert documents_to_remove([Path("/r/a")], Scan(Path("/r"))) == []


def test_documents_to_remove_when_one_is_not_there_then_that_one():
    seen = Scan(Path("/r"), [Document(Path("/r/a"), 1, 1, 1)])
    assert documents_to_remove([Path("/r/a"), Path("/r/b")], seen) == [Path("/r/b")]


def test_owner_when_roots_nest_then_is_the_deepest():
    roots = [Root(path="/home/me"), Root(path="/home/me/work"), Root(path="/home/me/workshop")]
    assert owner("/home/me/work/a.txt", roots) == "/home/me/work"
    assert owner("/home/me/workshop/a.txt", roots) == "/home/me/workshop"
    assert owner("/home/me/a.txt", roots) == "/home/me"
    assert owner("/elsewhere/a.txt", roots) == ""


def test_plan_when_its_root_wants_archives_opened_then_each_document_says_so(tmp_path):
    write(tmp_path, "zoo.zip")
    roots = [Root(path=str(tmp_path), archives="contents")]
    assert [document.with_members for document in plan_update(roots, {}, all_roots=roots).to_read] == [True]
    assert [document.with_members for document in plan(tmp_path).to_read] == [False]


@pytest.mark.parametrize(
    ("kind", "was_opened", "reads"), [("archive", False, 1), ("archive", True, 0), ("text", False, 0)]
)
def test_plan_when_archives_are_read_otherwise_now_then_reads_them_again(tmp_path, kind, was_opened, reads):
    known = record(write(tmp_path, "zoo.zip"), kind=kind, with_members=was_opened)
    roots = [Root(path=str(tmp_path), archives="contents")]
    assert len(plan_update(roots, {known.path: known}, all_roots=roots).to_read) == reads
