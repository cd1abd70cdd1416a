"""Move camera images into one directory per month, going by the EXIF capture date."""

import shutil
import sys
from datetime import datetime
from pathlib import Path

from PIL import ExifTags, Image


def capture_date(image_path: Path) -> datetime | None:
    """When the shutter was pressed, or None where the camera did not say."""
    with Image.open(image_path) as image:
        exif = image.getexif().get_ifd(ExifTags.IFD.Exif)
    stamp = exif.get(ExifTags.Base.DateTimeOriginal)
    return datetime.strptime(stamp, "%Y:%m:%d %H:%M:%S") if stamp else None


def file_by_month(source: Path, album: Path) -> int:
    moved = 0
    for image_path in sorted(source.glob("*.jpg")):
        date = capture_date(image_path)
        month = date.strftime("%Y-%m") if date else "undated"
        target = album / month / image_path.name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(image_path, target)
        moved += 1
    return moved


if __name__ == "__main__":
    print(file_by_month(Path(sys.argv[1]), Path(sys.argv[2])))
