"""Drives that are really plugged in and taken out: images of a file system, mounted where this process may."""

import subprocess

import pytest


class Drive:
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


@pytest.fixture
def drive(tmp_path):
    """One that is plugged in."""
    drive = made_drive(tmp_path, "drive")
    yield drive
    drive.take_out()


@pytest.fixture
def other_drive(tmp_path):
    """One for the same folder, that is not."""
    drive = made_drive(tmp_path, "other")
    drive.take_out()
    yield drive
    drive.take_out()


def made_drive(tmp_path, name):
    folder = tmp_path / "media"
    folder.mkdir(exist_ok=True)
    try:
        drive = Drive(tmp_path / f"{name}.img", folder)
        drive.plug_in()
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"nothing can be mounted here: {error}")
    return drive
