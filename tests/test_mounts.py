import pytest

from mounts import Mount, from_mount, from_mountinfo, mount_of, mounted

LINUX = r"""22 27 0:21 / /proc rw,relatime - proc proc rw
27 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw
36 27 8:17 / /media/me/My\040Stick rw,nosuid shared:1 master:2 - vfat /dev/sdb1 rw
37 27 0:50 / /mnt/nas rw - nfs4 nas:/music rw
not a line of it
36 27 8:17 - ext4 /dev/sdc1"""

MACOS = """/dev/disk3s1s1 on / (apfs, sealed, local, read-only, journaled)
/dev/disk4s1 on /Volumes/My Stick (1) (msdos, local, nodev, nosuid)
//me@nas/music on /Volumes/music (smbfs, nodev, nosuid, mounted by me)
map auto_home on /System/Volumes/Data/home (autofs, automounted)"""


def test_mountinfo_when_a_name_has_a_blank_then_it_is_one_again():
    found = from_mountinfo(LINUX)
    assert [mount.point for mount in found] == ["/proc", "/", "/media/me/My Stick", "/mnt/nas"]
    assert found[2] == Mount("/media/me/My Stick", "vfat", "/dev/sdb1", "8:17")


def test_mount_when_macos_lists_them_then_says_which_are_of_this_machine():
    stick, share = from_mount(MACOS)[1:3]
    assert stick == Mount("/Volumes/My Stick (1)", "msdos", "/dev/disk4s1", is_local=True)
    assert share == Mount("/Volumes/music", "smbfs", "//me@nas/music", is_local=False)


@pytest.mark.parametrize(
    ("folder", "point"),
    [
        ("/media/me/My Stick/letters", "/media/me/My Stick"),
        ("/media/me/My Stick", "/media/me/My Stick"),
        ("/media/me/My Stick 2", "/"),
        ("/elsewhere", "/"),
    ],
)
def test_mount_of_when_one_lies_in_another_then_is_the_deepest(folder, point):
    assert mount_of(folder, from_mountinfo(LINUX)).point == point


def test_mount_of_when_one_hides_another_then_is_the_later_one():
    hidden, shown = Mount("/mnt", "ext4", "/dev/sda1"), Mount("/mnt", "ext4", "/dev/sdb1")
    assert mount_of("/mnt/a", [hidden, shown]) == shown


def test_mount_of_when_nothing_is_known_then_none():
    assert mount_of("/mnt/a", []) is None


def test_mounted_when_asked_here_then_knows_what_this_file_is_on():
    assert mount_of(__file__, mounted()) is not None


def test_mounted_when_the_system_does_not_say_then_none(monkeypatch, tmp_path):
    monkeypatch.setattr("mounts.MOUNTINFO", tmp_path / "nothing")
    assert mounted() == []


def test_mount_of_when_asked_of_a_link_then_is_what_it_leads_to(tmp_path):
    drive = tmp_path / "drive"
    drive.mkdir()
    (tmp_path / "link").symlink_to(drive)
    there = Mount(str(drive.resolve()), "ext4", "/dev/sdb1")
    assert mount_of(tmp_path / "link", [Mount("/", "ext4", "/dev/sda1"), there]) == there
