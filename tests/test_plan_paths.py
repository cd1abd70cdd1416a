"""A look at a few paths says of them what a walk over everything would say."""

import os
import random
import shutil

import numpy as np
import pytest

from embeddings import Fingerprint
from extraction import EXTRACTOR_VERSION
from index_store import Addition, DocumentRecord, Root, create_or_open_index
from update_plan import plan_paths, plan_update

NAMES = ("a.txt", "b.txt", "c.log", ".hidden", "id_rsa", "deep", "node_modules", "work", "inner")


class Index:
    """What was planned is in it, as if it had been read."""

    def __init__(self, writer, roots):
        self.writer = writer
        self.writer.commit(roots=roots)
        self.commit(self.sweep())

    @property
    def snapshot(self):
        return self.writer.snapshot

    def sweep(self):
        return plan_update(self.snapshot.roots, self.snapshot, all_roots=self.snapshot.roots)

    def commit(self, plan):
        nothing = np.empty((0, 4), dtype=np.float32)
        self.writer.commit([Addition(record_of(document), (), nothing) for document in plan.to_read])
        self.writer.commit(removals=plan.to_remove)


def record_of(document):
    return DocumentRecord(
        path=str(document.path),
        size_bytes=document.size_bytes,
        mtime_ns=document.mtime_ns,
        inode=document.inode,
        stage="text",
        reader_version=EXTRACTOR_VERSION,
    )


@pytest.fixture
def index_of(tmp_path):
    writer = create_or_open_index(tmp_path / "index", fingerprint=Fingerprint(model="none", weights_sha256="0", dim=4))
    with writer:
        yield lambda *roots: Index(writer, roots)


@pytest.fixture
def tree(tmp_path):
    folder = tmp_path / "tree"
    for name in ("kept.txt", "a.txt", "deep/b.txt", "deep/er/c.txt"):
        write(folder / name)
    return folder


def write(path, text="text"):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def looked_at(index, *paths):
    plan = plan_paths(map(str, paths), index.snapshot)
    return [str(document.path) for document in plan.to_read], plan.to_remove


def test_plan_paths_when_a_file_came_changed_or_went_then_says_so(tree, index_of):
    index = index_of(Root(path=str(tree)))
    write(tree / "new.txt")
    write(tree / "a.txt", "more text")
    (tree / "deep/b.txt").unlink()
    assert looked_at(index, tree / "new.txt") == ([str(tree / "new.txt")], [])
    assert looked_at(index, tree / "a.txt") == ([str(tree / "a.txt")], [])
    assert looked_at(index, tree / "deep/b.txt") == ([], [str(tree / "deep/b.txt")])
    assert looked_at(index, tree / "kept.txt") == ([], [])


def test_plan_paths_when_a_folder_went_then_all_in_it_is_gone(tree, index_of):
    index = index_of(Root(path=str(tree)))
    shutil.rmtree(tree / "deep")
    assert looked_at(index, tree / "deep") == ([], [str(tree / "deep/b.txt"), str(tree / "deep/er/c.txt")])
    assert looked_at(index, tree / "deep/er") == ([], [str(tree / "deep/er/c.txt")])


@pytest.mark.parametrize("is_empty", [True, False])
def test_plan_paths_when_the_root_is_not_there_then_nothing_is_gone(tree, index_of, is_empty):
    index = index_of(Root(path=str(tree)))
    shutil.rmtree(tree)
    if is_empty:
        tree.mkdir()
    assert looked_at(index, tree / "a.txt", tree / "deep", tree) == ([], [])


def test_plan_paths_when_no_root_is_above_then_it_is_nobodys(tree, index_of, tmp_path):
    index = index_of(Root(path=str(tree)))
    write(tmp_path / "other.txt")
    assert looked_at(index, tmp_path / "other.txt") == ([], [])


def test_plan_paths_when_paths_lie_in_each_other_then_each_file_is_read_once(tree, index_of):
    index = index_of(Root(path=str(tree)))
    write(tree / "deep/new.txt")
    assert looked_at(index, tree / "deep", tree / "deep/new.txt", tree) == ([str(tree / "deep/new.txt")], [])


def test_plan_paths_when_a_rule_is_new_then_what_it_is_against_leaves(tree, index_of):
    index = index_of(Root(path=str(tree)))
    index.writer.commit(roots=[Root(path=str(tree), excludes=("er/",))])
    assert looked_at(index, tree / "deep/er/c.txt") == ([], [str(tree / "deep/er/c.txt")])


def change(tree, rng):
    """One random change; the path that a watcher would tell."""
    path = tree.joinpath(*rng.choices(NAMES, k=rng.randint(1, 3)))
    above = [each for each in path.parents if each.is_relative_to(tree)]
    if any(each.is_symlink() or each.is_file() for each in above):
        return path
    told = next((each for each in reversed(above) if not each.exists()), path)  # what comes first
    if os.path.lexists(path):
        if rng.random() < 0.4:
            shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
        elif path.is_file() and not path.is_symlink():
            write(path, "x" * rng.randint(1, 9))
    elif rng.random() < 0.2:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.symlink_to(tree)
    else:
        write(path, "x" * rng.randint(1, 9))
    return told


@pytest.mark.parametrize("seed", range(12))
def test_plan_paths_when_a_tree_changes_at_random_then_says_what_a_sweep_says(tree, index_of, seed):
    rng = random.Random(seed)
    inner = tree / "work" / "inner"
    write(inner / "kept.txt")
    index = index_of(Root(path=str(tree), excludes=("*.log", "!work/c.log")), Root(path=str(inner)))
    for _ in range(10):
        paths = {change(tree, rng) for _ in range(rng.randint(1, 6))}
        swept = index.sweep()
        plan = plan_paths(map(str, paths), index.snapshot)
        assert {document.path for document in plan.to_read} == {document.path for document in swept.to_read}
        assert plan.to_remove == swept.to_remove
        index.commit(plan)
