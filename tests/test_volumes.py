import os
import sys
import threading
from pathlib import Path

import pytest

from index_store import Root
from volumes import (
    HOME,
    NOT_PLUGGED_IN,
    is_away,
    is_plugged_in,
    is_removable,
    kind_of,
    noted_volume,
    volume_of,
    watch_mounts,
    why_not_there,
    with_volume,
)


def root_of(folder):
    return with_volume(Root(path=str(folder)), None)


def test_volume_when_two_folders_are_on_one_file_system_then_is_the_same(tmp_path):
    (tmp_path / "a").mkdir()
    assert volume_of(tmp_path) == volume_of(tmp_path / "a") != ""


def test_volume_when_it_is_the_one_of_the_home_folder_then_is_noted_as_that(tmp_path):
    assert noted_volume(Path.home()) == HOME


def test_volume_when_a_drive_is_plugged_in_then_is_another_one(drive, tmp_path):
    assert volume_of(drive.folder) not in ("", volume_of(tmp_path))
    assert noted_volume(drive.folder) == volume_of(drive.folder)


def test_root_when_its_drive_is_plugged_in_then_is_there(drive):
    root = root_of(drive.folder)
    assert is_plugged_in(root)
    assert not is_away(root)


def test_root_when_its_drive_is_taken_out_then_is_not_there(drive):
    root = root_of(drive.folder)
    drive.take_out()
    assert why_not_there(root) == NOT_PLUGGED_IN
    assert is_away(root)


def test_root_when_it_is_a_folder_of_a_drive_that_is_taken_out_then_is_not_there(drive):
    (drive.folder / "letters").mkdir()
    root = root_of(drive.folder / "letters")
    drive.take_out()
    assert why_not_there(root) == NOT_PLUGGED_IN


def test_root_when_another_drive_is_in_its_place_then_says_so(other_drive, drive):
    root = root_of(drive.folder)
    drive.take_out()
    other_drive.plug_in()
    assert why_not_there(root) == "another drive is in its place"


def test_root_when_its_drive_is_plugged_in_again_then_is_there(drive):
    root = root_of(drive.folder)
    drive.take_out()
    drive.plug_in()
    assert is_plugged_in(root)


def test_root_when_only_its_folder_is_gone_then_its_drive_is_not_blamed(tmp_path):
    root = root_of(tmp_path / "a")
    assert why_not_there(root) == os.strerror(2)
    assert not is_away(root)


def test_root_when_its_volume_is_not_known_then_an_empty_folder_proves_nothing(tmp_path):
    assert not is_plugged_in(Root(path=str(tmp_path)))
    (tmp_path / "a.txt").write_text("text")
    assert is_plugged_in(Root(path=str(tmp_path)))


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has a table of what is mounted that can be exchanged")
def test_root_when_nobody_knows_what_is_mounted_then_is_not_taken_for_away(tmp_path, monkeypatch):
    monkeypatch.setattr("mounts.MOUNTINFO", tmp_path / "nothing")
    assert not is_away(Root(path=str(tmp_path), volume="uuid 1234"))


def test_root_when_its_volume_is_known_then_an_empty_folder_proves_that_all_is_gone(tmp_path):
    assert is_plugged_in(root_of(tmp_path))


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has a table of what is mounted that can be exchanged")
def test_drives_when_the_system_mounts_something_for_itself_below_a_root_then_is_none(tmp_path, monkeypatch):
    table = tmp_path / "table"
    (tmp_path / "fusectl").mkdir()
    table.write_text("".join(f"50 1 0:50 / {tmp_path}/{name} rw - {name} nas:/a rw\n" for name in ("fusectl", "nfs")))
    monkeypatch.setattr("mounts.MOUNTINFO", table)
    assert root_of(tmp_path).drives == (("nfs", "nfs nas:/a"),)


def test_with_volume_when_a_root_is_named_again_then_keeps_the_one_it_was_indexed_on(tmp_path):
    known = Root(path=str(tmp_path), volume="uuid 1234")
    named = Root(path=str(tmp_path), recursive=False)
    assert with_volume(named, known) == Root(path=str(tmp_path), recursive=False, volume="uuid 1234")


def test_with_volume_when_an_older_launcher_noted_none_then_not_that_of_an_empty_folder(tmp_path):
    known = Root(path=str(tmp_path))
    assert with_volume(known, known).volume == ""
    (tmp_path / "a.txt").write_text("text")
    assert with_volume(known, known).volume == noted_volume(tmp_path)


def test_kind_when_a_folder_is_on_this_machine_then_is_local(tmp_path):
    assert kind_of(tmp_path) == "local"


@pytest.mark.parametrize(
    ("place", "flag", "expected"),
    [
        ("pci0000/usb2/2-1/block/sdb/sdb1", "0", True),
        ("pci0000/ata1/block/sr0", "1", True),
        ("pci0000/ata1/block/sda/sda1", "0", False),
        ("virtual/block/dm-0", None, False),
    ],
)
def test_removable_when_the_system_describes_a_disk_then_is_what_can_be_taken_out(tmp_path, place, flag, expected):
    device = tmp_path / place
    device.mkdir(parents=True)
    if flag:
        (device if device.parent.name == "block" else device.parent).joinpath("removable").write_text(f"{flag}\n")
    assert is_removable(device) is expected


@pytest.mark.parametrize("make_drive", ["mounted"], indirect=True)  # the system tells of no other
def test_watch_when_a_drive_comes_and_goes_then_tells_both(drive):
    told = threading.Semaphore(0)
    watch = watch_mounts(told.release)
    try:
        drive.take_out()
        assert told.acquire(timeout=5)
        drive.plug_in()
        assert told.acquire(timeout=5)
    finally:
        watch.close()


def test_watch_when_closed_then_its_thread_is_gone():
    before = threading.active_count()
    watch_mounts(lambda: None).close()
    assert threading.active_count() == before
