"""Pictures: what is written in them, and a hash that copies share."""

import contextlib
from pathlib import Path

import numpy as np
from PIL import Image

from extraction.picture_facts import facts_of
from extraction.picture_file import opened, small
from extraction.picture_hashing import picture_hash_of
from extraction.raw_picture import BROKEN_EXIF
from extraction.reading import Reading
from picture_hash import SIDE_PX

_MOST_COUNTED = 1_000  # pages of a TIFF


def read(path: Path) -> Reading:
    """One page with what is written in the picture about it, or none.

    Raises:
        DocumentError: No picture that we know, or too many pixels.
    """
    with opened(path) as image:
        count = _page_count(image) if image.format == "TIFF" else 1
        facts = facts_of(image)
        lines = (*facts.lines, f"{count} pages") if count > 1 else facts.lines
        picture_hash = _hash(image)
    texts = ("\n".join(lines),) if lines else ()
    return Reading(texts, facts.title, created=facts.created, place=facts.place, picture_hash=picture_hash)


def _hash(image: Image.Image) -> str:
    image.draft("L", (2 * SIDE_PX, 2 * SIDE_PX))
    image = small(image, SIDE_PX)
    if image.mode == "RGBA":
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    return picture_hash_of(np.asarray(image.convert("L")))


def _page_count(image: Image.Image) -> int:
    """How many pages a TIFF has, at most `_MOST_COUNTED`. Costs a look at each; ends at the first broken one."""
    count = 1
    with contextlib.suppress(EOFError, *BROKEN_EXIF):
        while count < _MOST_COUNTED:
            image.seek(count)
            count += 1
    image.seek(0)
    return count
