import stat
from pathlib import Path

import pytest

import opened
from index_store import DocumentRecord
from opened import History, Opened, boosts, clear_opened, forget_opened, recency

DAY_S = 86_400
NOW_S = 1_700_000_000.0


@pytest.fixture
def file(tmp_path):
    return tmp_path / "data" / "opened.jsonl"


def record(path="/a/x.txt", *, changed_s=0.0):
    return DocumentRecord(path=path, size_bytes=1, mtime_ns=int(changed_s * 1e9), inode=1)


def test_opening_when_noted_then_is_known_with_its_count_and_last_time(file):
    history = History(file)
    for time_s in (NOW_S - 50, NOW_S):
        history.note(Path("/a/x.txt"), time_s)
    found = history.opened()["/a/x.txt"]
    assert (found.count, found.last_s) == (2, NOW_S)


def test_opening_when_another_history_noted_it_then_is_known(file):
    reader = History(file)
    assert reader.opened() == {}
    History(file).note(Path("/a/x.txt"), NOW_S)
    assert list(reader.opened()) == ["/a/x.txt"]


def test_history_when_it_is_switched_off_then_keeps_and_knows_nothing(tmp_path):
    history = History(None)
    history.note(Path("/a/x.txt"), NOW_S)
    assert history.opened() == {}
    assert list(tmp_path.iterdir()) == []


def test_history_when_written_then_only_its_owner_may_read_it(file):
    history = History(file)
    history.note(Path("/a/x.txt"), NOW_S)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    forget_opened(file, Path("/b"))
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    "damage", [b'\n[1700000000, "/a/y', b"\n\xff\xfe", b"\n{}", b"\n[1]", b'\n["x", "/a"]', b"\n\n7"]
)
def test_history_when_a_line_is_torn_then_only_that_is_lost(file, damage):
    history = History(file)
    history.note(Path("/a/x.txt"), NOW_S)
    file.write_bytes(file.read_bytes() + damage)
    history.note(Path("/a/z.txt"), NOW_S)
    assert sorted(history.opened()) == ["/a/x.txt", "/a/z.txt"]


def test_history_when_a_name_is_no_text_then_it_is_known_as_the_index_knows_it(file):
    history = History(file)
    history.note(Path("/a/caf\udce9 \n.txt"), NOW_S)
    assert list(history.opened()) == ["/a/caf\udce9 \n.txt"]


def test_history_when_it_is_large_then_only_the_last_openings_stay(file, monkeypatch):
    monkeypatch.setattr(opened, "KEPT", 10)
    monkeypatch.setattr(opened, "_LARGE_BYTES", 2_000)
    history = History(file)
    for number in range(200):
        history.note(Path(f"/a/{number}.txt"), NOW_S + number)
    assert file.stat().st_size < 2_200
    assert list(history.opened())[-1] == "/a/199.txt"
    assert len(history.opened()) == 10


def test_history_when_it_cannot_be_written_then_opening_goes_on(tmp_path):
    (tmp_path / "data").write_text("a file in its way")
    history = History(tmp_path / "data" / "opened.jsonl")
    history.note(Path("/a/x.txt"), NOW_S)
    assert history.opened() == {}


def test_forgetting_when_a_folder_is_named_then_what_was_opened_elsewhere_stays(file):
    history = History(file)
    for path in ("/a/x.txt", "/a/b/y.txt", "/ab/z.txt"):
        history.note(Path(path), NOW_S)
    forget_opened(file, Path("/a"))
    assert list(history.opened()) == ["/ab/z.txt"]


def test_clearing_when_done_then_nothing_is_left(file):
    History(file).note(Path("/a/x.txt"), NOW_S)
    clear_opened(file)
    clear_opened(file)
    assert list(file.parent.iterdir()) == []


def test_frecency_when_opened_often_and_lately_then_it_is_more():
    once, often = Opened((NOW_S,)), Opened((NOW_S,) * 5)
    assert 0 < once.frecency(NOW_S + 100 * DAY_S) < once.frecency(NOW_S) < often.frecency(NOW_S) < 1


def test_recency_when_time_passes_then_falls_to_half_and_is_none_for_the_future():
    assert recency(NOW_S, NOW_S) == 1
    assert recency(NOW_S - 60 * DAY_S, NOW_S) == pytest.approx(0.5)
    assert recency(NOW_S + 7 * DAY_S, NOW_S) == 0


def test_boosts_when_opened_and_changed_lately_then_both_are_told():
    reasons = boosts(record(changed_s=NOW_S), Opened((NOW_S - DAY_S, NOW_S)), NOW_S)
    assert [reason.by for reason in reasons] == ["opened before", "recent"]
    assert reasons[0].says.startswith("you opened it 2 times, last on 2023-11-")
    assert sum(reason.chance for reason in reasons) < 0.5


def test_boosts_when_old_and_never_opened_then_there_are_none():
    assert boosts(record(changed_s=NOW_S - 5_000 * DAY_S), None, NOW_S) == ()
