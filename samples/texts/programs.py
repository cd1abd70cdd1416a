"""What is in `samples/files/code/`."""

from writers.plain import text

ALBUM = '''
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
'''

DEBOUNCE = """
// Calls `action` once, after the user has paused for `delay` milliseconds.
// Each keystroke cancels the pending timer, so a search box asks the server for
// the finished word and not for every letter of it.
export function debounce(action, delay = 250) {
  let timer = null;

  function debounced(...args) {
    clearTimeout(timer);
    timer = setTimeout(() => action.apply(this, args), delay);
  }

  debounced.cancel = () => clearTimeout(timer);
  return debounced;
}

const searchBox = document.querySelector("#search");
searchBox.addEventListener("input", debounce((event) => loadSuggestions(event.target.value)));
"""

RING = """
/* Ring buffer for sensor samples. Capacity is constant: once it is full, each push
 * drops the sample that has been waiting longest. No allocation, one producer, one consumer. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CAPACITY 64 /* a power of two, so that the index wraps with a mask */

struct ring {
    uint16_t samples[CAPACITY];
    size_t head; /* next to write */
    size_t tail; /* next to read */
};

void ring_push(struct ring *ring, uint16_t sample)
{
    ring->samples[ring->head++ & (CAPACITY - 1)] = sample;
    if (ring->head - ring->tail > CAPACITY)
        ring->tail = ring->head - CAPACITY;
}

bool ring_pop(struct ring *ring, uint16_t *sample)
{
    if (ring->tail == ring->head)
        return false;
    *sample = ring->samples[ring->tail++ & (CAPACITY - 1)];
    return true;
}
"""

BACKUP = """
#!/bin/sh
# Mirrors /home to the external drive with rsync, started by cron at 02:30.
# Unchanged files become hard links to yesterday's snapshot, so a snapshot costs
# only what is new. Keeps thirty of them.
set -eu

drive=/mnt/external
today=$drive/$(date +%F)

mountpoint -q "$drive" || { echo "external drive is not plugged in" >&2; exit 1; }
rsync --archive --delete --link-dest="$drive/latest" /home/ "$today/"
ln -sfn "$today" "$drive/latest"

ls -d "$drive"/20* | sort | head -n -30 | xargs -r rm -rf --
"""

FILES = {
    "code/album.py": text(ALBUM),
    "code/debounce.js": text(DEBOUNCE),
    "code/ring.c": text(RING),
    "code/snapshot": text(BACKUP),
}
