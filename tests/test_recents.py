"""What a person may want before they say anything."""

from pathlib import Path

import msgspec
import pytest

from index_store import read_index
from opened import Opened
from recents import MOST_OPENED, Recents
from tests.index_contents import addition, open_writer


def changed_at(second, path):
    made = addition(path)
    return made._replace(document=msgspec.structs.replace(made.document, mtime_ns=second * 10**9))


@pytest.fixture
def index_dir(tmp_path):
    with open_writer(tmp_path / "index") as writer:
        writer.commit([changed_at(second, f"/documents/{second}.txt") for second in (1, 3, 2)])
    return tmp_path / "index"


def names(recents, snapshot, opened=None, limit=10):
    ranked = recents.ranked(snapshot, opened or {}, limit=limit)
    return [(Path(snapshot.document(each.document).path).name, *each.lists) for each in ranked]


def test_recents_when_nothing_was_opened_then_are_the_last_changed(index_dir):
    shown = names(Recents(), read_index(index_dir))
    assert shown == [("3.txt", "changed"), ("2.txt", "changed"), ("1.txt", "changed")]


def test_recents_when_something_was_opened_then_begin_with_the_last_of_that(index_dir):
    opened = {"/documents/1.txt": Opened((1.0, 9.0)), "/documents/2.txt": Opened((5.0,)), "/gone.txt": Opened((10.0,))}
    shown = names(Recents(), read_index(index_dir), opened)
    assert shown == [("1.txt", "opened"), ("2.txt", "opened"), ("3.txt", "changed")]


def test_recents_when_limited_then_are_no_more(index_dir):
    assert len(names(Recents(), read_index(index_dir), limit=2)) == 2


def test_recents_when_much_was_opened_then_leave_room_for_what_is_new(tmp_path):
    with open_writer(tmp_path / "index") as writer:
        writer.commit([changed_at(second, f"/documents/{second}.txt") for second in range(MOST_OPENED + 3)])
    opened = {f"/documents/{second}.txt": Opened((float(second),)) for second in range(MOST_OPENED + 3)}
    shown = names(Recents(), read_index(tmp_path / "index"), opened, limit=99)
    assert [why for _, why in shown] == ["opened"] * MOST_OPENED + ["changed"] * 3


def test_recents_when_the_index_grows_then_show_what_is_new(index_dir):
    recents, snapshot = Recents(), read_index(index_dir)
    names(recents, snapshot)
    with open_writer(index_dir) as writer:
        writer.commit([changed_at(9, "/documents/9.txt")])
    assert names(recents, snapshot.refreshed())[0] == ("9.txt", "changed")
