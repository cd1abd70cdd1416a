import os
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest

from corpus import Document
from embeddings import Fingerprint
from extraction import EXTRACTOR_VERSION
from index_store import Addition, DocumentRecord, Root, create_or_open_index
from update_plan import is_unchanged, owner, plan_update


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


@pytest.fixture
def snapshot_of(tmp_path_factory):
    """An index of these records and roots."""

    def made(records, roots):
        nothing = np.empty((0, 4), dtype=np.float32)
        fingerprint = Fingerprint(model="none", weights_sha256="0", dim=4)
        with create_or_open_index(tmp_path_factory.mktemp("index"), fingerprint=fingerprint) as writer:
            writer.commit([Addition(record, (), nothing) for record in records], roots=roots)
            return writer.snapshot

    return made


@pytest.fixture
def open_folder():
    """One that any user may enter."""
    with TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.fixture
def plan(snapshot_of):
    def planned(folder, *records, retry=False, **rules):
        roots = [Root(path=str(folder), **rules)]
        return plan_update(roots, snapshot_of(records, roots), all_roots=roots, retry=retry)

    return planned


def write(folder, name, text="text"):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def test_plan_when_the_index_is_empty_then_reads_everything(tmp_path, plan):
    write(tmp_path, "a.txt")
    made = plan(tmp_path)
    assert [document.path.name for document in made.to_read] == ["a.txt"]
    assert made.new == made.to_read


def test_plan_when_nothing_changed_then_reads_nothing(tmp_path, plan):
    made = plan(tmp_path, record(write(tmp_path, "a.txt")))
    assert (made.to_read, made.to_remove, made.unchanged) == ([], [], 1)


def test_plan_when_a_document_changed_then_reads_it_but_it_is_not_new(tmp_path, plan):
    made = plan(tmp_path, record(write(tmp_path, "a.txt"), size_bytes=1))
    assert [document.path.name for document in made.to_read] == ["a.txt"]
    assert made.new == []


def test_plan_when_a_document_is_gone_then_removes_it(tmp_path, plan):
    kept, gone = write(tmp_path, "a.txt"), write(tmp_path, "b.txt")
    known = [record(kept), record(gone)]
    gone.unlink()
    assert plan(tmp_path, *known).to_remove == [str(gone)]


def test_plan_when_several_changed_then_the_newest_comes_first(tmp_path, plan):
    for name, age in (("old.txt", 300), ("new.txt", 100), ("middle.txt", 200)):
        os.utime(write(tmp_path, name), (1e9 - age, 1e9 - age))
    assert [document.path.name for document in plan(tmp_path).to_read] == ["new.txt", "middle.txt", "old.txt"]


def test_plan_when_one_root_lies_in_another_then_each_document_is_read_once(tmp_path):
    write(tmp_path, "inner/a.txt")
    roots = [Root(path=str(tmp_path)), Root(path=str(tmp_path / "inner"))]
    assert len(plan_update(roots, None, all_roots=roots).to_read) == 1
    assert len(plan_update(roots[:1], None, all_roots=roots).to_read) == 1


def test_plan_when_an_outer_root_does_not_see_an_inner_ones_documents_then_keeps_them(tmp_path, snapshot_of):
    write(tmp_path, "top.txt")
    inner = record(write(tmp_path, "inner/a.txt"))
    outer = Root(path=str(tmp_path), recursive=False)
    roots = [outer, Root(path=str(tmp_path / "inner"))]
    assert plan_update([outer], snapshot_of([inner], roots), all_roots=roots).to_remove == []


def test_plan_when_a_failed_document_did_not_change_then_reads_it_only_on_retry(tmp_path, plan):
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


def test_plan_when_a_folder_cannot_be_listed_then_removes_nothing(open_folder, snapshot_of, nobody):
    kept, gone, closed = (write(open_folder, name) for name in ("a.txt", "gone.txt", "closed/a.txt"))
    roots = [Root(path=str(open_folder))]
    snapshot = snapshot_of([record(kept), record(gone), record(closed)], roots)
    gone.unlink()
    closed.parent.chmod(0)
    with nobody():
        made = plan_update(roots, snapshot, all_roots=roots)
    assert (made.to_remove, made.problems) == ([], [(closed.parent, "Permission denied")])


def test_plan_when_the_root_came_back_empty_then_removes_nothing(tmp_path, plan):
    known = record(write(tmp_path, "a.txt"))
    (tmp_path / "a.txt").unlink()
    assert plan(tmp_path, known).to_remove == []


def test_owner_when_roots_nest_then_is_the_deepest():
    roots = [Root(path="/home/me"), Root(path="/home/me/work"), Root(path="/home/me/workshop")]
    assert owner("/home/me/work/a.txt", roots) == "/home/me/work"
    assert owner("/home/me/workshop/a.txt", roots) == "/home/me/workshop"
    assert owner("/home/me/a.txt", roots) == "/home/me"
    assert owner("/elsewhere/a.txt", roots) == ""


def test_plan_when_its_root_wants_archives_opened_then_each_document_says_so(tmp_path, plan):
    write(tmp_path, "zoo.zip")
    assert [document.with_members for document in plan(tmp_path, archives="contents").to_read] == [True]
    assert [document.with_members for document in plan(tmp_path).to_read] == [False]


@pytest.mark.parametrize(
    ("kind", "was_opened", "reads"), [("archive", False, 1), ("archive", True, 0), ("text", False, 0)]
)
def test_plan_when_archives_are_read_otherwise_now_then_reads_them_again(tmp_path, plan, kind, was_opened, reads):
    known = record(write(tmp_path, "zoo.zip"), kind=kind, with_members=was_opened)
    assert len(plan(tmp_path, known, archives="contents").to_read) == reads


def test_plan_when_a_rule_of_an_inner_root_is_against_a_file_then_the_outer_one_does_not_bring_it_back(
    tmp_path, snapshot_of
):
    known = record(write(tmp_path, "inner/a.log"))
    write(tmp_path, "inner/b.txt")
    roots = [Root(path=str(tmp_path)), Root(path=str(tmp_path / "inner"), excludes=("*.log",))]
    made = plan_update(roots, snapshot_of([known], roots), all_roots=roots)
    assert ([document.path.name for document in made.to_read], made.to_remove) == (["b.txt"], [known.path])


def test_plan_when_a_rule_is_new_then_what_it_is_against_leaves(tmp_path, snapshot_of):
    known = [record(write(tmp_path, name)) for name in ("a.txt", "b.log")]
    snapshot = snapshot_of(known, [Root(path=str(tmp_path))])
    for excludes, gone in [((), []), (("*.log",), [known[1].path]), ((), [])]:
        roots = [Root(path=str(tmp_path), excludes=excludes)]
        assert plan_update(roots, snapshot, all_roots=roots).to_remove == gone


def test_plan_when_only_the_beginning_of_a_document_was_read_then_reads_it(tmp_path, plan):
    assert len(plan(tmp_path, record(write(tmp_path, "a.txt"), is_begun=True)).to_read) == 1
