"""Watching real folders: every change is told, as little as possible besides."""

import os
import shutil
import sys
import threading
from contextlib import closing
from pathlib import Path

import pytest
from listening import Heard, in_time, watches_of_this_process

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the times at which others tell are their own")


@pytest.fixture
def root(tmp_path):
    folder = tmp_path / "root"
    (folder / "letters" / "old").mkdir(parents=True)
    (folder / "node_modules" / "left").mkdir(parents=True)
    (folder / "letters" / "one.txt").write_text("one")
    return folder


@pytest.fixture
def heard(root):
    told = Heard()
    with closing(told.watch(root)):
        yield told


def test_file_when_created_then_new_at_once_and_dirty_once_it_is_closed(root, heard):
    with (root / "letters" / "old" / "two.txt").open("w") as file:
        assert heard.until("new", Path(file.name))
        heard.settled(root)
        assert file.name not in heard.dirty
    assert heard.until("dirty", Path(file.name))


def test_file_when_changed_then_dirty_and_not_new(root, heard):
    (root / "letters" / "one.txt").write_text("more")
    assert heard.until("dirty", root / "letters" / "one.txt")
    assert heard.new == []


def test_file_when_only_read_then_nothing_is_told(root, heard):
    (root / "letters" / "one.txt").read_text()
    list(root.rglob("*"))
    heard.settled(root)
    assert len(set(heard.dirty + heard.new)) == 1


def test_file_when_deleted_then_dirty(root, heard):
    (root / "letters" / "one.txt").unlink()
    assert heard.until("dirty", root / "letters" / "one.txt")


def test_file_when_moved_then_both_places_are_dirty(root, heard):
    (root / "letters" / "one.txt").rename(root / "letters" / "old" / "first.txt")
    assert heard.until("dirty", root / "letters" / "one.txt")
    assert heard.until("dirty", root / "letters" / "old" / "first.txt")


def test_file_when_replaced_by_renaming_then_dirty_and_not_new(root, heard):
    (root / "letters" / "one.tmp").write_text("better")
    (root / "letters" / "one.tmp").replace(root / "letters" / "one.txt")
    assert heard.until("dirty", root / "letters" / "one.txt")
    assert str(root / "letters" / "one.txt") not in heard.new


def test_folders_when_made_with_files_at_once_then_every_file_is_told(root, heard):
    files = [root / f"{number}" / "in" / "it" / "file.txt" for number in range(50)]
    for file in files:
        file.parent.mkdir(parents=True)
        file.write_text("")
    assert all(heard.until("new", file) for file in files)


def test_folder_when_made_then_watched(root, heard):
    (root / "later" / "deep").mkdir(parents=True)
    heard.settled(root)
    (root / "later" / "deep" / "file.txt").write_text("")
    assert heard.until("dirty", root / "later" / "deep" / "file.txt")


def test_folder_when_moved_in_then_dirty_as_a_whole_and_watched(tmp_path, root, heard):
    (tmp_path / "outside" / "deep").mkdir(parents=True)
    (tmp_path / "outside").rename(root / "inside")
    assert heard.until("dirty", root / "inside")
    (root / "inside" / "deep" / "file.txt").write_text("")
    assert heard.until("dirty", root / "inside" / "deep" / "file.txt")


def test_folder_when_moved_in_over_an_empty_one_then_watched(tmp_path, root, heard):
    (tmp_path / "outside" / "deep").mkdir(parents=True)
    (tmp_path / "outside").replace(root / "letters" / "old")
    heard.settled(root)
    (root / "letters" / "old" / "deep" / "file.txt").write_text("")
    assert heard.until("dirty", root / "letters" / "old" / "deep" / "file.txt")


def test_folder_when_moved_out_then_dirty_and_not_watched_any_more(tmp_path, root, heard):
    (root / "letters").rename(tmp_path / "outside")
    assert heard.until("dirty", root / "letters")
    (tmp_path / "outside" / "old" / "two.txt").write_text("")
    heard.settled(root)
    assert not any("two.txt" in path for path in heard.new + heard.dirty)


def test_folder_when_moved_out_then_its_watches_are_given_back(tmp_path, root):
    heard = Heard()
    with closing(heard.watch(root)):
        before = watches_of_this_process()
        (root / "letters").rename(tmp_path / "outside")
        assert in_time(lambda: watches_of_this_process() == before - 2)


def test_folder_when_moved_within_then_both_places_are_dirty_and_what_is_in_it_has_its_new_path(root, heard):
    (root / "letters").rename(root / "node_modules.old")
    assert heard.until("dirty", root / "letters")
    assert heard.until("dirty", root / "node_modules.old")
    (root / "node_modules.old" / "old" / "two.txt").write_text("")
    assert heard.until("dirty", root / "node_modules.old" / "old" / "two.txt")


def test_folder_when_replaced_by_another_then_that_one_is_watched(tmp_path, root, heard):
    (tmp_path / "outside" / "new").mkdir(parents=True)
    (root / "letters").rename(root / "away")
    (tmp_path / "outside").rename(root / "letters")
    heard.settled(root)
    (root / "letters" / "new" / "file.txt").write_text("")
    (root / "away" / "old" / "file.txt").write_text("")
    assert heard.until("dirty", root / "letters" / "new" / "file.txt")
    assert heard.until("dirty", root / "away" / "old" / "file.txt")


def test_folder_when_deleted_and_made_again_at_once_then_watched(root, heard):
    for _ in range(20):
        shutil.rmtree(root / "letters")
        (root / "letters" / "old").mkdir(parents=True)
    heard.settled(root)
    (root / "letters" / "old" / "file.txt").write_text("")
    assert heard.until("dirty", root / "letters" / "old" / "file.txt")


def test_folder_when_deleted_then_dirty(root, heard):
    shutil.rmtree(root / "letters")
    assert heard.until("dirty", root / "letters")


def test_folder_when_left_out_then_neither_watched_nor_told(root, heard):
    before = watches_of_this_process()
    (root / "node_modules" / "left" / "file.txt").write_text("")
    (root / "letters" / "node_modules" / "deep").mkdir(parents=True)
    heard.settled(root)
    assert not any("node_modules" in path for path in heard.new + heard.dirty)
    assert watches_of_this_process() == before


def test_folder_when_a_link_to_one_then_not_entered(tmp_path, root, heard):
    (tmp_path / "outside").mkdir()
    (root / "link").symlink_to(tmp_path / "outside")
    heard.settled(root)
    (tmp_path / "outside" / "file.txt").write_text("")
    heard.settled(root / "letters")
    assert not any("file.txt" in path for path in heard.new + heard.dirty)


def test_name_when_no_text_then_told_as_python_knows_it(root, heard):
    path = Path(os.fsdecode(os.fsencode(root) + b"/caf\xe9 \xff.txt"))
    path.write_text("")
    assert heard.until("dirty", path)


def test_root_when_a_link_then_watched_by_its_own_path(tmp_path, root):
    (tmp_path / "link").symlink_to(root)
    heard = Heard()
    with closing(heard.watch(tmp_path / "link")):
        (root / "letters" / "two.txt").write_text("")
        assert heard.until("dirty", tmp_path / "link" / "letters" / "two.txt")


def test_root_when_in_another_one_then_each_change_is_told_once(root):
    heard = Heard()
    with closing(heard.watch(root, root / "letters")):
        (root / "letters" / "one.txt").write_text("again")
        heard.settled(root)
        (root / "letters").rename(root / "away")
        assert heard.until("lost", root / "letters")
    assert heard.dirty.count(str(root / "letters" / "one.txt")) == 1


def test_root_when_in_a_folder_that_another_one_leaves_out_then_watched(root):
    heard = Heard()
    inner = root / "node_modules" / "left"
    with closing(heard.watch(root, inner)):
        (inner / "file.txt").write_text("")
        assert heard.until("dirty", inner / "file.txt")


def test_root_when_it_goes_then_lost_and_again_when_it_is_back_and_watched(root, heard):
    shutil.rmtree(root)
    assert heard.until("lost", root)
    (root / "again").mkdir(parents=True)
    assert in_time(lambda: len(heard.lost) >= 2)
    (root / "again" / "file.txt").write_text("")
    assert heard.until("dirty", root / "again" / "file.txt")


def test_root_when_not_there_yet_then_lost_when_it_comes(tmp_path):
    heard = Heard()
    with closing(heard.watch(tmp_path / "later")) as watch:
        assert watch.roots == (tmp_path / "later",)
        (tmp_path / "later").mkdir()
        assert heard.until("lost", tmp_path / "later")


def test_root_when_polled_then_not_watched(root, tmp_path):
    other = tmp_path / "share"
    other.mkdir()
    heard = Heard()
    with closing(heard.watch(root, other, polled=[other])) as watch:
        (other / "file.txt").write_text("")
        heard.settled(root)
        assert watch.polled == (other,)
    assert not any("share" in path for path in heard.new + heard.dirty)


def test_queue_when_it_overflows_then_the_root_is_lost_and_its_folders_are_watched_as_they_are_now(tmp_path, root):
    heard, held, go_on = Heard(), threading.Event(), threading.Event()
    (root / "letters" / "gone").mkdir()

    def is_left_out(folder):
        if folder.endswith("hold"):
            held.set()
            go_on.wait()
        return False

    with closing(heard.watch(root, is_left_out=is_left_out)):
        (root / "hold").mkdir()
        held.wait()
        make_overflow(root / "letters")
        (root / "letters" / "old").rename(root / "older")
        (root / "letters" / "gone").rename(tmp_path / "gone")
        (root / "letters" / "unheard").mkdir()
        go_on.set()
        assert heard.until("lost", root)
        for folder in (tmp_path / "gone", root / "older", root / "letters" / "unheard"):
            (folder / "file.txt").write_text("")
        assert heard.until("dirty", root / "older" / "file.txt")
        assert heard.until("dirty", root / "letters" / "unheard" / "file.txt")
    assert not any(Path(path).parent.name == "gone" for path in heard.dirty)


def test_watch_when_closed_then_nothing_stays_open_and_nothing_is_told(root):
    before, heard = open_descriptors(), Heard()
    heard.watch(root).close()
    (root / "letters" / "one.txt").write_text("unheard")
    assert open_descriptors() == before
    assert heard.dirty == []
    assert not [thread for thread in threading.enumerate() if "Emitter" in type(thread).__name__]


def test_watch_when_stopped_while_it_is_opened_then_it_lists_no_more_folders(root):
    heard, asked = Heard(), []
    with closing(heard.watch(root, should_stop=lambda: asked.append("") or len(asked) > 2)):
        heard.settled(root)
        (root / "letters" / "old" / "two.txt").write_text("")
        heard.settled(root)
    assert not any("two.txt" in path for path in heard.dirty)


def make_overflow(folder):
    """More events than the kernel keeps: two by turns, since it keeps one of several that are equal."""
    files = [(folder / name).open("w") for name in ("a", "b")]
    limit = int(Path("/proc/sys/fs/inotify/max_queued_events").read_text())
    for number in range(limit + 10):
        os.close(os.open(files[number % 2].name, os.O_WRONLY))
    for file in files:
        file.close()


def open_descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))
