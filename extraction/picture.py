"""Pictures: what is written in them, and a hash that copies share."""

import contextlib
from pathlib import Path

import numpy as np
from PIL import Image

from extraction.picture_facts import facts_of
from extraction.picture_file import opened, small
from extraction.raw_picture import BROKEN_EXIF
from extraction.reading import Reading

_HASHED_PX = 128  # the long side of what is hashed; a JPEG decodes to near that at a fraction of the cost
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
        picture_hash = _difference_hash(image)
    texts = ("\n".join(lines),) if lines else ()
    return Reading(texts, facts.title, created=facts.created, place=facts.place, picture_hash=picture_hash)


def _difference_hash(image: Image.Image) -> str:
    """Whether each of 8 x 8 squares is darker than its right neighbour: 64 bits as 16 hexadecimal digits.

    A copy in another size or format differs in a few bits at most. A picture without structure
    gives "": it would be a near-copy of every other one.

    Source: N. Krawetz, "Kind of Like That", 2013.
    """
    image.draft("L", (2 * _HASHED_PX, 2 * _HASHED_PX))
    image = small(image, _HASHED_PX)
    if image.mode == "RGBA":
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    pixels = np.asarray(image.convert("L").resize((9, 8), Image.Resampling.BOX))  # (8, 9)
    rises = pixels[:, 1:] > pixels[:, :-1]  # (8, 8)
    return np.packbits(rises).tobytes().hex() if rises.any() else ""


def _page_count(image: Image.Image) -> int:
    """How many pages a TIFF has, at most `_MOST_COUNTED`. Costs a look at each; ends at the first broken one."""
    count = 1
    with contextlib.suppress(EOFError, *BROKEN_EXIF):
        while count < _MOST_COUNTED:
            image.seek(count)
            count += 1
    image.seek(0)
    return count
