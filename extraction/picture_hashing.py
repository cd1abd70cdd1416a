"""The perceptual hash of a picture: OpenCV's cosine transform for the whole, its SIFT for the salient places.

SIFT finds places again in a picture that was cropped, resized, turned or has a caption now; 64 bits of each are enough
to tell them apart (`benchmarks/copies_found.py` has what that is worth). A picture without any has the whole alone.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from picture_hash import FEATURE, SIDE_PX, STEPS_PER_OCTAVE, STEPS_PER_TURN, PictureHash, as_text

Grey = NDArray[np.uint8]  # (height, width)

_FEATURES = 24
_LEAST_CONTRAST = 0.02  # of a feature: half of what SIFT asks for, or drawings have none
_LAYOUT_PX = 32
_LEAST_RANGE = 8  # of 255: a picture with less shows nothing
_LEAST_PX = 16  # of a side
_FRAME_TOLERANCE = 16  # of 255: what JPEG makes of one colour
_FRAMES = 2  # a black one around a white one


def picture_hash_of(grey: Grey) -> str:
    """The hash of a picture whose longer side has `SIDE_PX`, as text; "" where there is nothing to see in it.

    It would be a copy of every other one like it.
    """
    grey = _without_frame(grey)
    if int(grey.max()) - int(grey.min()) < _LEAST_RANGE:
        return ""
    return as_text(PictureHash(_layout(grey), _features(_filling(grey))))


def _without_frame(grey: Grey) -> Grey:
    """What is inside a border of one colour, which a copy may have or not."""
    for _ in range(_FRAMES):
        left, right, top, bottom = (_even_lines(lines) for lines in (grey.T, grey.T[::-1], grey, grey[::-1]))
        inside = grey[top : grey.shape[0] - bottom, left : grey.shape[1] - right]
        if min(inside.shape) < _LEAST_PX:
            break
        grey = inside
    return grey


def _even_lines(lines: Grey) -> int:
    """How many of the first lines have all the colour of the first one."""
    colour = np.median(lines[0])
    is_even = (np.abs(lines - colour) <= _FRAME_TOLERANCE).mean(axis=1) >= 0.995
    return int(np.argmin(is_even)) if not is_even.all() else 0


def _filling(grey: Grey) -> Grey:
    height, width = grey.shape
    scale = SIDE_PX / max(height, width)
    size = (max(_LEAST_PX, round(width * scale)), max(_LEAST_PX, round(height * scale)))
    return np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_LINEAR), np.uint8)


def _layout(grey: Grey) -> int:
    """The signs of the lowest frequencies: 64 bits, of which brightness, contrast and size change few."""
    small = cv2.resize(grey, (_LAYOUT_PX, _LAYOUT_PX), interpolation=cv2.INTER_AREA).astype(np.float32)
    signs = cv2.dct(small)[:8, :8] > 0
    signs[0, 0] = False
    return int.from_bytes(np.packbits(signs).tobytes(), "big")


def _features(grey: Grey) -> NDArray[np.void]:
    found, descriptors = cv2.SIFT.create(contrastThreshold=_LEAST_CONTRAST).detectAndCompute(grey, None)
    if descriptors is None:
        return np.empty(0, FEATURE)
    best = sorted(range(len(found)), key=lambda number: -found[number].response * found[number].size)[:_FEATURES]
    features = np.empty(len(best), FEATURE)
    features["bits"] = _bits(np.asarray(descriptors, np.float32)[best])
    points = [found[number] for number in best]
    features["x"] = [min(255, round(point.pt[0])) for point in points]
    features["y"] = [min(255, round(point.pt[1])) for point in points]
    features["size"] = [min(255, round(STEPS_PER_OCTAVE * np.log2(point.size))) for point in points]
    features["angle"] = [round(point.angle / 360 * STEPS_PER_TURN) % STEPS_PER_TURN for point in points]
    return features


def _bits(descriptors: NDArray[np.float32]) -> NDArray[np.uint64]:
    """128 numbers to 64 bits: of 8 directions each second, with its neighbours, and whether it is above the median."""
    directions = descriptors.reshape(-1, 16, 8)
    smooth = directions + (np.roll(directions, 1, axis=2) + np.roll(directions, -1, axis=2)) / 2
    chosen = smooth[:, :, ::2].reshape(-1, 64)
    return np.packbits(chosen > np.median(chosen, axis=1, keepdims=True), axis=1).view("<u8").ravel()
