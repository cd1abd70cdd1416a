"""Where on a picture is what was asked for: pieces of it, embedded like pictures and held against the query.

It works with any model that sees, and with nothing that the index keeps. It costs as much as indexing the picture once
or twice, so it is for the one hit that somebody looks at.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from embeddings import Vector
from models.embedder import Embedder
from models.pictures import PixelLimits, Pixels, fit_picture
from models.prompts import Input

PIECE_TOKENS = 48  # enough to tell what is there, and a fifth of what a page is looked at with
_ALONG, _ACROSS = 3, 2  # pieces along the longer side, and across
_SHARE = 0.5  # of the side that a piece covers: neighbours overlap, so that nothing is always cut
_LEAST_PX = 64  # of a side: pieces of less show nothing
# A piece shows less than the whole, and is often nearer to a query by chance: only one that stands out is a place.
STANDS_OUT = 0.02


class Region(NamedTuple):
    """A part of a picture, as shares of its width and height."""

    left: float
    top: float
    right: float
    bottom: float


def closest_region(
    pixels: Pixels, asked: Vector, embedder: Embedder, *, should_stop: Callable[[], bool] = lambda: False
) -> Region | None:
    """The piece of a picture that is nearest to `asked`.

    Args:
        pixels: (height, width, 3).
        asked: (dim,), unit length.
        embedder: One that sees.
        should_stop: Asked before each piece: somebody looks at something else by now.

    Returns:
        None when no piece stands out from the others, the picture is too small for pieces, or it was stopped.
    """
    height, width = pixels.shape[:2]
    regions = pieces_of(width, height)
    limits = embedder.picture_limits or PixelLimits()
    limits = replace(limits, max_px=PIECE_TOKENS * limits.factor**2)
    cosines: list[float] = []
    for region in regions:
        if should_stop():
            return None
        [embedding] = embedder.embed_documents([Input(pictures=[fit_picture(_cut(pixels, region), limits)])])
        cosines.append(float(embedding @ asked))
    if not cosines or max(cosines) - float(np.median(cosines)) < STANDS_OUT:
        return None
    return regions[int(np.argmax(cosines))]


def pieces_of(width: int, height: int) -> list[Region]:
    """Overlapping pieces in rows, more of them along the longer side; none of a picture that is too small."""
    if min(width, height) * _SHARE < _LEAST_PX:
        return []
    columns, rows = (_ALONG, _ACROSS) if width > height else (_ACROSS, _ALONG)
    return [
        Region(left, top, left + _SHARE, top + _SHARE)
        for top in np.linspace(0, 1 - _SHARE, rows).tolist()
        for left in np.linspace(0, 1 - _SHARE, columns).tolist()
    ]


def _cut(pixels: Pixels, region: Region) -> Pixels:
    height, width = pixels.shape[:2]
    rows = slice(round(region.top * height), round(region.bottom * height))
    columns = slice(round(region.left * width), round(region.right * width))
    return np.ascontiguousarray(pixels[rows, columns])
