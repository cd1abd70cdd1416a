"""What is indexed before the rest, because a person opened it or came upon it."""

from pathlib import Path

from opened import History
from service.wanted import Wanted


def test_wanted_when_several_things_were_then_the_last_comes_first_and_each_once():
    wanted = Wanted()
    wanted.note([Path("/a"), Path("/b")])
    wanted.note([Path("/c"), Path("/a")])
    assert wanted.now() == ("/c", "/a", "/b")


def test_wanted_when_there_was_much_then_only_the_last_is_known():
    wanted = Wanted()
    for number in range(1000):
        wanted.note([Path(f"/{number}")])
    assert (wanted.now()[0], len(wanted.now())) == ("/999", 100)


def test_wanted_when_opened_in_runs_before_then_follows_what_is_wanted_in_this_one(tmp_path):
    history, wanted = History(tmp_path / "opened.jsonl"), Wanted()
    for number, path in enumerate(["/old", "/new", "/old", "/newest"]):
        history.note(Path(path), float(number))
    wanted.note([Path("/now"), Path("/new")])
    wanted.recall(history)
    assert wanted.now() == ("/now", "/new", "/newest", "/old")
    wanted.recall(History(None))
    assert wanted.now() == ("/now", "/new", "/newest", "/old")
