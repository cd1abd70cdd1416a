"""Drives that are plugged in and taken out, in two ways: where this process may mount, and where it may not.

The first are images of a file system, really mounted, which takes root with CAP_SYS_ADMIN and loop devices: root in a
container has neither. The others are folders that change places, and lines in a table of what is mounted that the
program reads in place of the system's.
"""

import subprocess
import sys

import pytest

from mounts import MOUNTINFO


class MountedDrive:
    """A small drive, and the folder where it appears."""

    def __init__(self, image, folder):
        self.image = image
        self.folder = folder
        self.is_in = False
        image.write_bytes(b"")
        subprocess.run(["mkfs.ext4", "-q", "-O", "^has_journal", image, "1M"], check=True, capture_output=True)

    def plug_in(self):
        subprocess.run(["mount", "-o", "loop", self.image, self.folder], check=True, capture_output=True)
        self.is_in = True

    def take_out(self):
        if self.is_in:
            subprocess.run(["umount", self.folder], check=True)
        self.is_in = False


class NotedDrive:
    """One that nothing but the table of what is mounted knows; a server's, since these are told apart by their names.

    Args:
        content: Where it is while it is not plugged in.
        table: What is read as `/proc/self/mountinfo`.
    """

    def __init__(self, content, folder, table):
        self.content = content
        self.folder = folder
        self.table = table
        self.is_in = False
        (content / "lost+found").mkdir(parents=True)  # as a new file system has it: it is not empty

    def plug_in(self):
        self.folder.rmdir()
        self.content.rename(self.folder)
        self.table.write_text(self.table.read_text() + self.line)
        self.is_in = True

    def take_out(self):
        if self.is_in:
            self.table.write_text(self.table.read_text().replace(self.line, ""))
            self.folder.rename(self.content)
            self.folder.mkdir()
        self.is_in = False

    @property
    def line(self):
        return f"99 1 0:99 / {self.folder} rw - nfs4 nas:/{self.content.stem} rw\n"


@pytest.fixture(params=["mounted", "noted"])
def make_drive(request, tmp_path, monkeypatch):
    """Makes drives, by their names, that are not plugged in; all for the same folder."""
    folder, table, drives = tmp_path / "media", tmp_path / "table.img", []
    folder.mkdir()
    if request.param == "noted":
        if sys.platform != "linux":
            pytest.skip("only Linux has a table of what is mounted that can be exchanged")
        table.write_bytes(MOUNTINFO.read_bytes())
        monkeypatch.setattr("mounts.MOUNTINFO", table)

    def make(name):
        image = tmp_path / f"{name}.img"
        drives.append(NotedDrive(image, folder, table) if request.param == "noted" else mounted_drive(image, folder))
        return drives[-1]

    yield make
    for drive in drives:
        drive.take_out()


@pytest.fixture
def drive(make_drive):
    """One that is plugged in."""
    drive = make_drive("drive")
    drive.plug_in()
    return drive


@pytest.fixture
def other_drive(make_drive):
    """One for the same folder, that is not."""
    return make_drive("other")


def mounted_drive(image, folder):
    try:
        drive = MountedDrive(image, folder)
        drive.plug_in()
        drive.take_out()
    except OSError as error:
        pytest.skip(f"nothing can be mounted here, so only drives that are noted are tried: {error}")
    except subprocess.CalledProcessError as error:
        why = error.stderr.decode(errors="replace").partition("\n")[0]
        pytest.skip(f"nothing can be mounted here, so only drives that are noted are tried: {why}")
    return drive
