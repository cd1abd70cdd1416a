"""Videos: a few keyframes that stand for the whole, by OpenCV's FFmpeg.

Every number in a file may be a lie, so each is bounded; a decoder that hangs all the same costs its worker.
"""

import math
from collections.abc import Iterator, Sequence, Set
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from errors import DocumentError
from extraction.rendering import LIMIT_PX
from extraction.views import Pixels, View, ViewOptions

_CANDIDATES = 3  # for every keyframe that is kept
_MOST_READ = 3_000  # frames that are decoded one after the other, where keyframes are too rare to jump to
_MOST_COUNTED = 200_000  # frames that are counted where the file does not say how many it has: two hours
_RUN_UP = 16  # OpenCV begins to decode so many frames before the one it is asked for, at the last keyframe there

# Judged on the fitted views, in brightnesses of 0 to 255.
_DARK = 32  # hardly any pixel is brighter: a fade or a lens cap
_ALIKE = 6.0  # mean difference of two looks; compressing the same scene again makes 1 to 2
_BLURRED = 0.25  # of the usual sharpness
_LOOK_PX = 16


class _Look(NamedTuple):
    """What two frames are compared by."""

    colours: NDArray[np.float32]  # (_LOOK_PX, _LOOK_PX, 3)
    is_dark: bool
    sharpness: float


def candidates(path: Path, options: ViewOptions) -> Iterator[View]:
    """Frames from all over the video at full size, about three times as many as are wanted.

    They come in an order in which any first part of them is spread over the whole, where the file can be jumped in.

    Raises:
        DocumentError: Damaged, or of a kind that this FFmpeg does not decode (AV1 among them).
    """
    packets = _opened(path, cv2.CAP_PROP_FORMAT, -1)
    frame_count = _frame_count(packets)
    count = options.max_frames * _CANDIDATES
    numbers = _near_keyframes(packets, _spread(count, frame_count), enough=options.max_frames)
    packets.release()
    views = _jumped(path, numbers)
    first = next(views, None)
    if first is None:  # keyframes are too rare, or the file's index is wrong
        views = _read_through(path, {0, *_spread(count, min(frame_count, _MOST_READ))})
        first = next(views, None)
    if first is None:
        raise DocumentError(path, "damaged or unsupported kind of video")
    yield first
    yield from views


def most_telling(views: Sequence[View], limit: int) -> list[View]:
    """At most `limit` of the views of one video that stand for all, in the order of time and numbered from 1.

    The sharpest of each stretch comes first, then what else looks different. Dark and repeated ones are left out.
    """
    if not views or limit < 1:
        return []
    views = sorted(views, key=lambda view: view.second or 0.0)
    looks = [_look(view.pixels) for view in views]
    kept: list[int] = []
    for place in _by_worth(looks, limit):
        if len(kept) < limit and not any(_are_alike(looks[place], looks[other]) for other in kept):
            kept.append(place)
    kept = sorted(kept) or [len(views) // 2]  # all dark: better than nothing
    return [views[place]._replace(page_number=number) for number, place in enumerate(kept, start=1)]


def _by_worth(looks: list[_Look], limit: int) -> list[int]:
    stretches = np.array_split(np.arange(len(looks)), min(limit, len(looks)))
    lit = [[int(place) for place in stretch if not looks[place].is_dark] for stretch in stretches]
    best = [max(places, key=lambda place: looks[place].sharpness) for places in lit if places]
    usual = float(np.median([looks[place].sharpness for place in best])) if best else 0.0
    others = (place for places in lit for place in places if place not in best)
    return best + [place for place in others if looks[place].sharpness >= _BLURRED * usual]


def _look(pixels: Pixels) -> _Look:
    grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    colours = cv2.resize(pixels, (_LOOK_PX, _LOOK_PX), interpolation=cv2.INTER_AREA).astype(np.float32)
    steps = cv2.absdiff(grey[:, 1:], grey[:, :-1])
    return _Look(colours, bool(np.percentile(grey, 99) < _DARK), float(steps.mean()))


def _are_alike(one: _Look, other: _Look) -> bool:
    return float(np.sqrt(np.mean((one.colours - other.colours) ** 2))) < _ALIKE


def _opened(path: Path, *parameters: int) -> cv2.VideoCapture:
    # Only FFmpeg: other backends take a name with a "%" for the pattern of many pictures.
    capture = cv2.VideoCapture(str(path), cv2.CAP_FFMPEG, [cv2.CAP_PROP_N_THREADS, 1, *parameters])
    if not capture.isOpened():
        raise DocumentError(path, "damaged or unsupported kind of video")
    area_px = capture.get(cv2.CAP_PROP_FRAME_WIDTH) * capture.get(cv2.CAP_PROP_FRAME_HEIGHT)
    if not area_px <= LIMIT_PX:
        raise DocumentError(path, "too large: too many pixels")
    return capture


def _frame_count(packets: cv2.VideoCapture) -> int:
    """How many frames there are, at least 1; counted where the file does not tell, as a browser's recordings."""
    told = packets.get(cv2.CAP_PROP_FRAME_COUNT)
    if 1 <= told <= 1e9:
        return int(told)
    return next((number for number in range(_MOST_COUNTED) if not packets.grab()), _MOST_COUNTED) or 1


def _spread(count: int, frame_count: int) -> list[int]:
    """At most `count` frames, in the middles of equal stretches."""
    count = min(count, frame_count)
    return [(2 * number + 1) * frame_count // (2 * count) for number in range(count)]


def _near_keyframes(packets: cv2.VideoCapture, places: Sequence[int], *, enough: int) -> list[int]:
    """Frames near `places` that are cheap to decode: OpenCV comes to them straight from a keyframe.

    Decodes nothing itself. Empty when there are not `enough` keyframes.
    """
    found: dict[int, None] = {}  # in order
    keyframes = set()
    for place in places:
        packets.set(cv2.CAP_PROP_POS_FRAMES, place)
        if packets.grab() and packets.get(cv2.CAP_PROP_LRF_HAS_KEY_FRAME):
            keyframe = int(packets.get(cv2.CAP_PROP_POS_FRAMES))
            keyframes.add(keyframe)
            found[min(place, keyframe + _RUN_UP)] = None
    return list(found) if len(keyframes) >= enough else []


def _jumped(path: Path, numbers: Sequence[int]) -> Iterator[View]:
    """These frames; the middle ones of each stretch first."""
    capture = _opened(path)
    for start in (_CANDIDATES // 2, *(other for other in range(_CANDIDATES) if other != _CANDIDATES // 2)):
        for number in numbers[start::_CANDIDATES]:
            capture.set(cv2.CAP_PROP_POS_FRAMES, number)
            yield from _frame(capture)


def _read_through(path: Path, wanted: Set[int]) -> Iterator[View]:
    """These frames, from the beginning on."""
    capture = _opened(path)
    for number in range(max(wanted) + 1):
        if not capture.grab():
            return
        if number in wanted:
            yield from _frame(capture, is_grabbed=True)


def _frame(capture: cv2.VideoCapture, *, is_grabbed: bool = False) -> Iterator[View]:
    is_there, frame = capture.retrieve() if is_grabbed else capture.read()
    if is_there:
        second = capture.get(cv2.CAP_PROP_POS_MSEC) / 1000
        yield View(1, np.ascontiguousarray(frame[:, :, ::-1]), second if 0 <= second < math.inf else 0.0)
