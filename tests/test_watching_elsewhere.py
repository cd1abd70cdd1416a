"""What is told under macOS and Windows: here by watchdog's own observer, which is another one there."""

from contextlib import closing
from pathlib import Path

import pytest
from listening import Heard
from watchdog.events import DirDeletedEvent, DirModifiedEvent, FileCreatedEvent, FileModifiedEvent, FileMovedEvent

from watching.elsewhere import RootTeller, watch_folders
from watching.telling import Listeners


@pytest.fixture
def root(tmp_path):
    (tmp_path / "root" / "letters").mkdir(parents=True)
    return tmp_path / "root"


def listeners_of(heard):
    return Listeners(
        heard.dirty.append, heard.new.append, heard.lost.append, lambda folder: folder.endswith("node_modules")
    )


def told(root, *events):
    heard = Heard()
    teller = RootTeller(str(root), listeners_of(heard))
    for event in events:
        teller.dispatch(event)
    return heard


def test_file_when_created_and_changed_then_new_and_dirty(root):
    path = str(root / "letters" / "one.txt")
    heard = told(root, FileCreatedEvent(path), FileModifiedEvent(path), DirModifiedEvent(str(root / "letters")))
    assert (heard.new, heard.dirty) == ([path], [path])


def test_file_when_moved_then_both_places_are_dirty(root):
    heard = told(root, FileMovedEvent(str(root / "a"), str(root / "b")))
    assert heard.dirty == [str(root / "a"), str(root / "b")]


def test_folder_when_left_out_then_nothing_deep_in_it_is_told(root):
    heard = told(root, FileCreatedEvent(str(root / "node_modules" / "a" / "b" / "file.txt")))
    assert heard.new + heard.dirty == []


def test_file_when_moved_out_of_a_folder_that_is_left_out_then_its_new_place_is_dirty(root):
    heard = told(root, FileMovedEvent(str(root / "node_modules" / "a"), str(root / "b")))
    assert heard.dirty == [str(root / "b")]


def test_root_when_it_goes_then_lost(root):
    assert told(root, DirDeletedEvent(str(root))).lost == [str(root)]


def test_root_when_a_link_then_told_by_its_own_path(tmp_path, root):
    (tmp_path / "link").symlink_to(root)
    heard = told(tmp_path / "link", FileModifiedEvent(str(root / "letters" / "one.txt")))
    assert heard.dirty == [str(tmp_path / "link" / "letters" / "one.txt")]


def test_roots_when_watched_by_the_observer_of_watchdog_then_changes_are_told(root):
    heard = Heard()
    with closing(watch_folders([str(root)], listeners_of(heard))) as watching:
        (root / "letters" / "one.txt").write_text("one")
        assert heard.until("new", root / "letters" / "one.txt")
        assert heard.until("dirty", root / "letters" / "one.txt")
        assert (watching.polled, watching.notices) == ((), ())


def test_root_when_it_cannot_be_watched_then_polled_and_a_notice_names_it(root):
    with closing(watch_folders([str(root / "nowhere")], listeners_of(Heard()))) as watching:
        assert watching.polled == (str(root / "nowhere"),)
        assert Path(watching.polled[0]).name in watching.notices[0]
