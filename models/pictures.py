"""Decoded pictures -> the sizes that Qwen3-VL is shown, pixel for pixel as the official preprocessing does it.

llama.cpp would resize too, but with black bars where the official code stretches (cosine 0.70 to
0.97 on odd shapes), so everything is resized here and llama.cpp is given what it need not touch.
It opens no file: decoding one, upright and on white, belongs to `extraction.page_views`.

Source: qwen-vl-utils 0.0.14 (`vision_process.py`) as QwenLM/Qwen3-VL-Embedding calls it.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from errors import ModelFailed
from models.profiles import EmbedderProfile, RerankerProfile

Pixels = NDArray[np.uint8]  # (height, width, 3) RGB

FACTOR = 32  # pixels along each side of one visual token: 16 px patches, merged two by two
TOKEN_PX = FACTOR * FACTOR
MAX_ASPECT_RATIO = 200

# qwen-vl-utils hands the merged size on as the patch size, so frames are first resized to
# multiples of 64. A quirk, but the one that the model was measured with.
_FRAME_FACTOR = 2 * FACTOR
_MAX_FRAMES = 64
_MIN_FRAME_PX = 128 * TOKEN_PX
_MAX_FRAME_PX = 768 * TOKEN_PX
_MAX_VIDEO_PX = 10 * _MAX_FRAME_PX


@dataclass(frozen=True, slots=True)
class PixelLimits:
    """How many pixels a picture may have once resized; its cost is linear in them.

    Args:
        factor: Both sides become multiples of it.
    """

    min_px: int = 4 * TOKEN_PX
    max_px: int = 1800 * TOKEN_PX
    factor: int = FACTOR


def limits_of(profile: EmbedderProfile | RerankerProfile) -> PixelLimits:
    token_px = profile.factor**2
    return PixelLimits(
        min(profile.min_tokens, profile.max_tokens) * token_px, profile.max_tokens * token_px, profile.factor
    )


_FIRST_FRAME_LIMITS = PixelLimits(4 * _FRAME_FACTOR**2, 16384 * _FRAME_FACTOR**2, _FRAME_FACTOR)


def fit_picture(pixels: Pixels, limits: PixelLimits | None = None) -> Pixels:
    """The picture at the size the model is shown: stretched to multiples of `FACTOR`.

    Args:
        pixels: (height, width, 3), any size from 1 x 1.
        limits: The official ones when None.

    Raises:
        ModelFailed: Empty, not RGB, more than 200 times longer than wide, or for a model that sees nothing.
    """
    height, width = checked_shape(pixels)
    limits = limits or PixelLimits()
    if not limits.factor:
        raise ModelFailed("This model sees no pictures.", hint="launcher models lists those that do.")
    return _resize(pixels, fitted_size(width, height, limits))


def fit_frames(frames: Sequence[Pixels]) -> list[Pixels]:
    """Frames of one video at the size the model is shown; an even number of them, at most 64.

    More are thinned out evenly; the last of an odd number is shown twice. The more frames,
    the smaller each; small ones are enlarged to 128 tokens.

    Raises:
        ModelFailed: None, of different shapes, empty, or of extreme shape.
    """
    shapes = {checked_shape(frame) for frame in frames}
    if len(shapes) != 1:
        raise ModelFailed(f"The frames of one video must have one size; these have {len(shapes)}.")
    height, width = shapes.pop()
    first_size = fitted_size(width, height, _FIRST_FRAME_LIMITS)
    kept = [frames[place] for place in frames_to_show(len(frames))]
    size = fitted_size(*first_size, _frame_limits(len(kept)))
    return [_resize(_resize(frame, first_size), size) for frame in kept]


def frames_to_show(count: int) -> list[int]:
    """Which of `count` frames the model is shown: at most 64, an even number."""
    places: list[int] = np.linspace(0, count - 1, min(count, _MAX_FRAMES), dtype=int).tolist()
    return places + places[-1:] * (len(places) % 2)


def fitted_size(width: int, height: int, limits: PixelLimits) -> tuple[int, int]:
    """(width, height) in multiples of the factor, near the original's shape and within the limits.

    Example:
        >>> fitted_size(333, 217, PixelLimits())
        (320, 224)

    Raises:
        ModelFailed: More than 200 times longer than wide.
    """
    if max(width, height) > MAX_ASPECT_RATIO * min(width, height):
        raise ModelFailed(f"A picture of {width} x {height} is too long and narrow to be seen.")
    factor = limits.factor
    sides = [max(factor, round(side / factor) * factor) for side in (width, height)]
    if math.prod(sides) > limits.max_px:
        shrink = math.sqrt(width * height / limits.max_px)
        sides = [math.floor(side / shrink / factor) * factor for side in (width, height)]
        sides = _at_least_one_token(sides, limits)
    elif math.prod(sides) < limits.min_px:
        grow = math.sqrt(limits.min_px / (width * height))
        sides = [math.ceil(side * grow / factor) * factor for side in (width, height)]
    return sides[0], sides[1]


def _at_least_one_token(sides: list[int], limits: PixelLimits) -> list[int]:
    """A strip under a small budget would round to no height at all, where the official code crashes."""
    if min(sides) > 0:
        return sides
    factor = limits.factor
    longest = max(factor, limits.max_px // factor // factor * factor)
    return [min(max(factor, side), longest) for side in sides]


def _frame_limits(count: int) -> PixelLimits:
    share = _MAX_VIDEO_PX / count * 2  # two frames make one visual token
    max_px = max(min(_MAX_FRAME_PX, share), int(_MIN_FRAME_PX * 1.05))
    return PixelLimits(_MIN_FRAME_PX, int(max_px))


def checked_shape(pixels: Pixels) -> tuple[int, int]:
    """(height, width), or ModelFailed when it is no picture."""
    if pixels.dtype != np.uint8 or pixels.ndim != 3 or pixels.shape[2] != 3 or 0 in pixels.shape:
        raise ModelFailed(f"Not a picture in RGB bytes: {pixels.dtype}, shape {pixels.shape}.")
    return pixels.shape[0], pixels.shape[1]


def _resize(pixels: Pixels, size: tuple[int, int]) -> Pixels:
    return np.asarray(Image.fromarray(pixels).resize(size, Image.Resampling.BICUBIC))
