"""The perceptual hash of a picture as text: what its copies share, whatever was done to them.

It knows neither pictures nor the index: `extraction` makes it, the index keeps it, `picture_copies` compares it.
"""

from base64 import b64decode, b64encode
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

SIDE_PX = 256  # the longer one of the picture that a hash is made of; places of features are of that size
STEPS_PER_OCTAVE = 16  # of a feature's size
STEPS_PER_TURN = 256  # of its angle
FEATURE = np.dtype([("bits", "<u8"), ("x", "u1"), ("y", "u1"), ("size", "u1"), ("angle", "u1")])

_LAYOUT_DIGITS = 16


class PictureHash(NamedTuple):
    """What a picture shows as a whole, and its most salient places."""

    layout: int  # 64 bits: for each of 8 x 8 frequencies, row by row from the lowest, whether it is above zero
    features: NDArray[np.void]  # (n,) FEATURE, the most salient first


def as_text(picture_hash: PictureHash) -> str:
    """Without quotes and backslashes, so that it stands in JSON as it is."""
    return f"{picture_hash.layout:016x}.{b64encode(picture_hash.features.tobytes()).decode()}"


def from_text(text: str) -> PictureHash:
    """What `as_text` made; that of an earlier version has no features and another layout.

    Raises:
        ValueError: It is something else.
    """
    layout, _, features = text.partition(".")
    return PictureHash(int(layout, 16), np.frombuffer(b64decode(features), FEATURE))


def is_comparable(text: str) -> bool:
    """Whether this version made it."""
    return text[_LAYOUT_DIGITS : _LAYOUT_DIGITS + 1] == "."


def orientations(layout: int) -> NDArray[np.uint64]:
    """(8,), the layouts of the picture mirrored and turned by quarters, itself first.

    Mirroring turns the sign of every other frequency, and turning by a quarter makes rows of columns.
    """
    upright = np.unpackbits(np.frombuffer(layout.to_bytes(8, "big"), np.uint8)).reshape(8, 8).astype(bool)
    odd = np.arange(8) % 2 == 1
    signs = [
        turned ^ (mirrored & odd) ^ (flipped & odd[:, None])
        for turned in (upright, upright.T)
        for mirrored in (False, True)
        for flipped in (False, True)
    ]
    bits = np.stack(signs).reshape(8, 64)
    bits[:, 0] = False  # the mean of all, of which the sign is always the same
    return np.packbits(bits, axis=1).view(">u8").ravel().astype(np.uint64)


def mirrored(features: NDArray[np.void]) -> NDArray[np.void]:
    """The bits of the features of the mirrored picture; their places are those of the picture itself.

    A feature is 4 x 4 squares of 4 directions each; mirroring swaps columns, and the two directions along a row.
    """
    bits = np.unpackbits(features["bits"].copy().view(np.uint8).reshape(-1, 8), axis=1).reshape(-1, 4, 4, 4)
    swapped = features.copy()
    swapped["bits"] = np.packbits(bits[:, ::-1][..., [0, 3, 2, 1]].reshape(-1, 64), axis=1).view("<u8").ravel()
    return swapped
