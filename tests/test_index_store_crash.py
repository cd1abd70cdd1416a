"""A stop at any moment loses nothing that was committed: killed, out of disk, or without power."""

import errno
import os
import random
import shutil
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from errors import IndexUnwritable
from index_store import IndexWriter, Snapshot, check_index, read_index
from index_store.durable import write_file
from tests.index_contents import addition, contents, open_writer, write_index
from tests.index_writer_child import expected_after

KILLS = 10


def start(module: str, *arguments: object) -> subprocess.Popen:
    command = [sys.executable, "-m", module, *map(str, arguments)]
    project = Path(__file__).parent.parent
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=project)


def committed_by_killed_child(directory: Path, first: int, *, luck: random.Random) -> int:
    """Have a child commit from batch `first` on, kill it sometime; the last batch that it said was committed."""
    with start("tests.index_writer_child", directory, first) as child:
        said = [child.stdout.readline() for _ in range(luck.randint(1, 16))]
        time.sleep(luck.random() * 0.04)
        child.kill()
        said += child.stdout.readlines()
    return int(said[-1])


def paths_with(snapshot: Snapshot, word: str) -> set[str]:
    found = snapshot.search_passages(word, limit=999)
    return {snapshot.document(snapshot.document_of(chunk_id)).path for chunk_id, _ in found}


def paths_with_chunks(found: dict[str, list[str]], word: str) -> set[str]:
    return {path for path, texts in found.items() if any(word in text.split() for text in texts)}


def test_commit_when_killed_at_any_moment_then_all_that_was_committed_is_there_and_readers_see_nothing_else(tmp_path):
    luck, last = random.Random(), -1
    with start("tests.index_reader_child", tmp_path) as reader:
        for _ in range(KILLS):
            acknowledged = committed_by_killed_child(tmp_path, last + 1, luck=luck)
            snapshot = read_index(tmp_path)
            found = contents(snapshot)
            last = int(found["/corpus/current.txt"][1])
            assert last in (acknowledged, acknowledged + 1)  # one more may have been on the disk but not said
            assert found == expected_after(last)
            while not snapshot.catch_up_words():
                time.sleep(0.01)  # the reader is at it
            assert paths_with(snapshot, f"batch{last}") == paths_with_chunks(found, f"batch{last}")
            assert check_index(tmp_path).problems == []
        assert last >= KILLS
        looks, _ = reader.communicate("")
    assert (reader.returncode, int(looks) > 1) == (0, True)


class Fault:
    """Lets the n-th of some system calls fail, and all after it when `lasting`."""

    def __init__(self, patch: pytest.MonkeyPatch, number: int, *, lasting: bool) -> None:
        self.number = number
        self.lasting = lasting
        self.calls = 0
        for name, error in (("write", errno.ENOSPC), ("fsync", errno.EIO), ("replace", errno.EROFS)):
            patch.setattr(os, name, self.failing(getattr(os, name), error))

    def failing(self, call, error):
        def failing_call(*args, **kwargs):
            self.calls += 1
            if self.calls == self.number or (self.lasting and self.calls > self.number):
                raise OSError(error, os.strerror(error))
            return call(*args, **kwargs)

        return failing_call


def fault_at(number: int, writer: IndexWriter, *, lasting: bool) -> bool:
    """Replace one document by another while the `number`-th call fails; whether there was such a call."""
    with pytest.MonkeyPatch.context() as patch:
        fault = Fault(patch, number, lasting=lasting)
        try:
            writer.commit([addition("/new.txt", "new")], removals=["/old.txt"])
        except IndexUnwritable:
            return True
    assert fault.calls < number
    return False


@pytest.mark.skipif(sys.platform == "darwin", reason="os.fsync is not what syncs there")
@pytest.mark.parametrize("number", [1, 2])
def test_write_file_when_a_call_fails_then_nothing_of_the_file_is_left(tmp_path, monkeypatch, number):
    Fault(monkeypatch, number, lasting=False)
    with pytest.raises(OSError, match=os.strerror(errno.ENOSPC if number == 1 else errno.EIO)):
        write_file(tmp_path / "file", [b"bytes"])
    assert os.listdir(tmp_path) == []


@pytest.mark.skipif(sys.platform == "darwin", reason="os.fsync is not what syncs there")
@pytest.mark.parametrize("lasting", [False, True], ids=["once", "from then on"])
def test_commit_when_any_call_fails_then_the_index_is_as_before_and_the_writer_goes_on(tmp_path, lasting):
    with open_writer(tmp_path) as writer:
        writer.commit([addition("/old.txt", "old"), addition("/other.txt", "other")])
        number = 1
        while fault_at(number, writer, lasting=lasting):
            assert contents(read_index(tmp_path)) == contents(writer.snapshot)
            assert sorted(contents(writer.snapshot)) == ["/old.txt", "/other.txt"]
            assert lasting or os.listdir(tmp_path / "segments") == ["000001"]
            number += 1
    assert number > 15
    assert (sorted(contents(read_index(tmp_path))), check_index(tmp_path).problems) == (["/new.txt", "/other.txt"], [])


def test_commit_when_the_disk_is_almost_full_then_nothing_is_added_but_removed(tmp_path, monkeypatch):
    with open_writer(tmp_path) as writer:
        writer.commit([addition("/old.txt", "old"), addition("/other.txt", "other")])
        monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(total=1 << 40, free=(1 << 26) - 1))
        with pytest.raises(IndexUnwritable, match="No space left"):
            writer.commit([addition("/new.txt", "new")])
        writer.commit(removals=["/old.txt"])
    assert contents(read_index(tmp_path)) == {"/other.txt": ["other"]}


def test_commit_when_it_failed_then_the_hint_tells_what_to_do(tmp_path, monkeypatch):
    with open_writer(tmp_path) as writer:
        Fault(monkeypatch, 1, lasting=True)
        with pytest.raises(IndexUnwritable, match="No space left") as caught:
            writer.commit([addition("/new.txt", "new")])
    assert "Free some space" in caught.value.hint


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere os.fsync is not all there is to it")
def test_commit_when_it_gets_its_name_then_every_file_and_folder_of_it_is_on_the_disk(tmp_path, monkeypatch):
    steps = []
    fsync, replace = os.fsync, os.replace
    monkeypatch.setattr(os, "fsync", lambda descriptor: (steps.append(os.fstat(descriptor).st_ino), fsync(descriptor)))
    monkeypatch.setattr(os, "replace", lambda old, new: (steps.append("named"), replace(old, new)))
    with open_writer(tmp_path) as writer:
        writer.commit([addition("/a.txt", "one"), addition("/b.txt", "two")])
        steps.clear()
        writer.commit([addition("/c.txt", "three")], removals=["/a.txt"])
    segments = tmp_path / "segments"
    written = [segments / "000002", *(segments / "000002").iterdir(), *segments.glob("000001/removed-*"), segments]
    manifest = tmp_path / f"manifest-{writer.snapshot.generation:08d}.json"
    before = steps[: steps.index("named")]
    assert {path.stat().st_ino for path in [*written, segments / "000001", tmp_path, manifest]} <= set(before)
    assert steps[-1] == tmp_path.stat().st_ino


def test_open_when_a_killed_run_left_things_behind_then_they_are_gone(tmp_path):
    write_index(tmp_path, [addition("/a.txt", "one")])
    (tmp_path / "segments" / "000007").mkdir()
    (tmp_path / "segments" / "000007" / "embeddings.npy").write_bytes(b"half")
    (tmp_path / "segments" / "000001" / "removed-00000099.npy").write_bytes(b"half")
    (tmp_path / "manifest-00000099.json.tmp").write_bytes(b"half")
    with open_writer(tmp_path) as writer:
        assert os.listdir(tmp_path / "segments") == ["000001"]
        assert not list(tmp_path.rglob("*99*"))
        writer.commit([addition("/b.txt", "two")])
        assert writer.snapshot.segments[-1].number == 8  # a number is never used twice


def test_open_when_the_first_commit_was_cut_short_then_a_new_index_is_made(tmp_path):
    (tmp_path / "manifest-00000001.json.tmp").write_bytes(b"half")
    write_index(tmp_path, [addition("/a.txt", "one")])
    assert contents(read_index(tmp_path)) == {"/a.txt": ["one"]}
