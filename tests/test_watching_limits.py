"""Fewer watches than folders, and none at all."""

import os
import sys
from contextlib import closing, contextmanager

import pytest
from listening import Heard, watches_of_this_process

resource = pytest.importorskip("resource")
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="others need one watch for each root")


@pytest.fixture
def root(tmp_path):
    """Nine folders, of which 8 changed last."""
    folder = tmp_path / "root"
    for number in range(1, 9):
        (folder / str(number)).mkdir(parents=True)
        os.utime(folder / str(number), (number, number))
    os.utime(folder, (100, 100))
    return folder


def is_heard(heard, path):
    path.write_text("")
    return heard.until("dirty", path)


def test_watches_when_too_few_then_the_folders_that_changed_last_have_them(root):
    heard = Heard()
    with closing(heard.watch(root, most_folders=4)):
        (root / "5" / "file.txt").write_text("")
        assert all(is_heard(heard, root / name / "file.txt") for name in ("6", "7", "8"))
        assert is_heard(heard, root / "file.txt")
    assert str(root / "5" / "file.txt") not in heard.dirty


def test_watches_when_too_few_then_the_root_is_polled_and_a_notice_has_the_command(root):
    with closing(Heard().watch(root, most_folders=4)) as watch:
        assert watch.polled == (root,)
        assert "Only 4 folders" in watch.notices[0]
        assert "sudo sysctl fs.inotify.max_user_watches=" in watch.notices[0]
        assert "/etc/sysctl.d/" in watch.notices[0]


def test_watches_when_enough_then_nothing_is_polled(root):
    with closing(Heard().watch(root, most_folders=9)) as watch:
        assert (watch.polled, watch.notices) == ((), ())


def test_folder_when_it_comes_and_there_is_no_watch_left_then_it_takes_one(root):
    heard = Heard()
    with closing(heard.watch(root, most_folders=4)):
        (root / "new").mkdir()
        heard.settled(root)
        assert is_heard(heard, root / "new" / "file.txt")
        assert is_heard(heard, root / "8" / "file.txt")
        assert watches_of_this_process() == 4


def test_watches_when_too_few_and_folders_come_and_go_then_never_more_than_allowed(root):
    heard = Heard()
    with closing(heard.watch(root, most_folders=4)):
        (root / "6").rmdir()
        for name in ("new", "newer", "newest"):
            (root / name).mkdir()
        heard.settled(root)
        assert is_heard(heard, root / "newest" / "file.txt")
        assert watches_of_this_process() == 4


def test_folder_when_it_comes_after_the_last_watch_then_the_root_is_lost_and_polled(root):
    heard = Heard()
    with closing(heard.watch(root, most_folders=9)) as watch:
        (root / "new").mkdir()
        assert heard.until("lost", root)
        assert watch.polled == (root,)
        assert is_heard(heard, root / "new" / "file.txt")


def test_watches_when_the_system_has_no_instance_left_then_all_roots_are_polled(root):
    with no_descriptor_left(), closing(Heard().watch(root)) as watch:
        assert watch.polled == (root,)
        assert "fs.inotify.max_user_instances=" in watch.notices[0]


def test_watches_when_folders_go_then_they_are_free_for_others(root):
    heard = Heard()
    with closing(heard.watch(root, most_folders=9)) as watch:
        for number in range(1, 9):
            (root / str(number)).rmdir()
            (root / f"new {number}").mkdir()
            heard.settled(root)
            assert is_heard(heard, root / f"new {number}" / "file.txt")
        assert (watch.polled, heard.lost) == ((), [])


@contextmanager
def no_descriptor_left():
    """As with too many instances the system says that there are too many open files."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
