"""The roots of the index, watched anew when they or their drives are other ones; nothing here is really watched."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from index_store import Root
from service.watched_roots import WatchedRoots

PLACES = "service.watched_roots"


class System:
    """What is watched, mounted and told."""

    def __init__(self):
        self.opened, self.closed, self.lost_roots = [], [], []
        self.devices, self.kinds, self.notices = {}, {}, ()
        self.asked = 0  # for devices
        self.on_mounts = lambda: None

    def open_watch(self, folders, **options):
        number = len(self.opened)
        self.opened.append((folders, options))
        system = self

        class Watch:
            polled = (folders[0],) if folders else ()
            notices = property(lambda _: system.notices)

            def close(self):
                system.closed.append(number)

        return Watch()

    def watch_mounts(self, on_mounts):
        self.on_mounts = on_mounts
        return SimpleNamespace(close=lambda: self.closed.append("mounts"))

    def device_of(self, folder):
        self.asked += 1
        return self.devices.get(folder)

    def dirty(self, path, *, came=False):
        pass

    def lost(self, root):
        self.lost_roots.append(root)


@pytest.fixture
def system(monkeypatch):
    system = System()
    monkeypatch.setattr(f"{PLACES}.open_watch", system.open_watch)
    monkeypatch.setattr(f"{PLACES}.watch_mounts", system.watch_mounts)
    monkeypatch.setattr(f"{PLACES}._device_of", system.device_of)
    monkeypatch.setattr(f"{PLACES}.kind_of", lambda folder: system.kinds.get(str(folder), "local"))
    return system


@pytest.fixture
def watched(system):
    watched = WatchedRoots(Path("/a/index"), system)
    assert watched.follow([Root(path="/a")])
    return watched


def folders(system):
    return [[str(folder) for folder in opened] for opened, _ in system.opened]


def test_roots_when_they_are_as_before_then_stay_watched_and_no_drive_is_looked_at(system, watched):
    asked = system.asked
    assert not watched.follow([Root(path="/a")])
    assert (folders(system), system.closed, system.lost_roots, system.asked) == ([["/a"]], [], [], asked)


@pytest.mark.parametrize("roots", [[Root(path="/a"), Root(path="/b")], [Root(path="/a", excludes=("*.log",))], []])
def test_roots_when_they_are_other_ones_then_are_watched_anew_and_those_of_before_looked_through(
    system, watched, roots
):
    assert watched.follow(roots)
    assert folders(system) == [["/a"], [root.path for root in roots]]
    assert (system.closed, system.lost_roots) == ([0], ["/a"])


def test_roots_when_a_drive_came_elsewhere_then_stay_watched(system, watched):
    system.on_mounts()
    assert not watched.follow([Root(path="/a")])
    asked = system.asked
    assert not watched.follow([Root(path="/a")])
    assert (folders(system), system.asked) == ([["/a"]], asked)


def test_roots_when_one_lies_on_another_drive_now_then_are_watched_anew_once(system, watched):
    system.devices["/a"] = 7
    assert not watched.follow([Root(path="/a")])  # nobody has told
    system.on_mounts()
    assert watched.follow([Root(path="/a")])
    assert not watched.follow([Root(path="/a")])
    assert (folders(system), system.lost_roots) == ([["/a"], ["/a"]], ["/a"])


def test_notices_when_there_are_other_ones_then_are_told_once(system, watched):
    system.notices = ("Too many folders.",)
    assert [watched.follow([Root(path="/a")]) for _ in range(2)] == [True, False]
    assert watched.notices == ("Too many folders.",)


def test_notices_when_there_are_some_from_the_start_then_are_known(system):
    system.notices = ("Too many folders.",)
    watched = WatchedRoots(Path("/a/index"), system)
    watched.follow([Root(path="/a")])
    assert watched.notices == ("Too many folders.",)


def test_roots_when_of_another_machine_or_of_a_drive_that_goes_then_are_polled(system, watched):
    system.kinds = {"/net": "network", "/usb": "removable"}
    assert watched.polled == ("/a",)
    watched.follow([Root(path="/a"), Root(path="/net"), Root(path="/usb")])
    assert [str(folder) for folder in system.opened[-1][1]["polled"]] == ["/net", "/usb"]


def test_polled_when_nothing_is_watched_yet_then_none(system):
    assert WatchedRoots(Path("/a/index"), system).polled == ()


@pytest.mark.parametrize(
    ("folder", "is_left_out"),
    [
        ("/a", False),
        ("/a/letters", False),
        ("/a/node_modules", True),
        ("/a/letters/.hidden", True),
        ("/a/index", True),
        ("/a/.hidden", False),  # a root of its own
        ("/a/.hidden/letters", False),
        ("/elsewhere/node_modules", False),
    ],
)
def test_folder_when_a_rule_of_its_root_is_against_it_then_is_not_watched(system, watched, folder, is_left_out):
    watched.follow([Root(path="/a"), Root(path="/a/.hidden")])
    assert system.opened[-1][1]["is_left_out"](folder) is is_left_out


def test_watch_when_closed_then_all_is(system, watched):
    watched.close()
    assert sorted(map(str, system.closed)) == ["0", "mounts"]


def test_root_when_its_folder_is_not_there_then_is_followed_until_it_comes(tmp_path, monkeypatch):
    system, root = System(), Root(path=str(tmp_path / "later"))
    monkeypatch.setattr(f"{PLACES}.open_watch", system.open_watch)
    monkeypatch.setattr(f"{PLACES}.watch_mounts", system.watch_mounts)
    watched = WatchedRoots(tmp_path / "index", system)
    assert watched.follow([root])
    (tmp_path / "later").mkdir()
    system.on_mounts()
    assert [watched.follow([root]), watched.follow([root])] == [True, False]
