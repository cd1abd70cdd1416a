"""Videos: a few keyframes that stand for the whole.

Every number in a file may be a lie, so each is bounded; a decoder that hangs all the same costs its worker.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from itertools import islice, pairwise
from pathlib import Path
from typing import Any, NamedTuple

import av
import cv2
import numpy as np
from av.container import InputContainer
from av.packet import Packet
from av.stream import Discard
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from numpy.typing import NDArray

from errors import DocumentError
from extraction.film_file import forgiven, opened, start_s
from extraction.views import Pixels, View, ViewOptions

LIMIT_PX = 64 << 20  # of a frame; 8K has half of that
_CANDIDATES = 48
_FEW = 8  # keyframes are shown if they differ at all; more than that only of what looks quite different
_MOST_PACKETS = 200_000  # that are looked through for keyframes where a film cannot be jumped in: two hours
_MOST_TO_KEYFRAME = 1_000  # packets from where a jump arrives
_FIELDS = 2  # packets that a keyframe may take
_CLOSE_S = 2.0  # keyframes no further apart are as good as all frames
_MOST_READ_PX = 3_000 * 1280 * 720  # decoded one after the other, where keyframes are too rare
_WIDEST_PIXEL = 4  # times as wide as high, of films whose pixels are no squares

# Judged on the fitted views, in brightnesses of 0 to 255.
_DARK = 32  # hardly any pixel is brighter: a fade or a lens cap
_ALIKE = 6.0  # mean difference of two layouts; compressing the same scene again makes 1 to 2
_LAYOUT_PX = 16
_OTHER_SCENE = 0.25  # of the colours are others; a camera that moves changes 0.01 to 0.2 of them, a cut 0.3 and more
_BLURRED = 0.25  # of the usual sharpness


class _Film(NamedTuple):
    """What is seen of a film, ready to be decoded. Times without a unit are in its `time_base`."""

    container: InputContainer
    stream: VideoStream
    time_base: Fraction  # seconds
    start: int
    duration_s: float  # as the file has it, or 0


class _Look(NamedTuple):
    """What frames are compared by."""

    layout: NDArray[np.float32]  # (_LAYOUT_PX * _LAYOUT_PX * 3,)
    colours: NDArray[np.float32]  # (512,): the share of each
    is_dark: bool
    sharpness: float


def candidates(path: Path, options: ViewOptions) -> Iterator[View]:
    """Frames from all over the video at full size: keyframes, to which a film can be jumped.

    They come in an order in which any first part of them is spread over the whole. Where keyframes are few and far
    between, frames after each of them follow. There are none of a film that is sound only.

    Raises:
        DocumentError: Damaged, or of a kind that FFmpeg does not know.
    """
    found = 0
    with opened(path) as container:
        if not container.streams.video:
            return
        for view in _jumped(_film(container, path)):
            found += 1
            yield view
    if found < options.max_frames:
        for view in _between(path, found):
            found += 1
            yield view
    if not found:
        raise DocumentError(path, "damaged or unsupported kind of video")


def _film(container: InputContainer, path: Path) -> _Film:
    stream = container.streams.best("video") or container.streams.video[0]
    if not isinstance(stream, VideoStream) or stream.codec_context is None or not stream.time_base:
        raise DocumentError(path, "damaged or unsupported kind of video")
    if stream.width * stream.height > LIMIT_PX:
        raise DocumentError(path, "too large: too many pixels")
    for other in container.streams:
        other.discard = Discard.default if other is stream else Discard.all
    stream.codec_context.thread_count = 1
    stream.codec_context.options = {"max_pixels": str(LIMIT_PX)}
    duration_s = (stream.duration or 0) * stream.time_base or Fraction(container.duration or 0, av.time_base)
    start = round(start_s(container) / stream.time_base)
    return _Film(container, stream, stream.time_base, start, max(0.0, float(duration_s)))


def _jumped(film: _Film) -> Iterator[View]:
    """The keyframes before the middles of equal stretches, each once."""
    seen: set[int] = set()
    for number in _spread(_CANDIDATES if film.duration_s else 0):
        second = (number + 0.5) * film.duration_s / _CANDIDATES
        packets = _keyframe_at(film, film.start + int(second / film.time_base))
        if packets and packets[0].pts is not None and packets[0].pts not in seen:
            seen.add(packets[0].pts)
            if frame := _alone(film, packets):
                yield _view(film, frame)


def _spread(count: int) -> list[int]:
    """0 to `count` - 1, every third one first."""
    return [number for first in range(3) for number in range(first, count, 3)]


def _keyframe_at(film: _Film, time: int) -> "list[Packet[VideoStream]]":
    """The last keyframe before then, or the first one after the place where the jump arrives, and what follows it."""
    found: list[Packet[VideoStream]] = []
    with forgiven():
        film.container.seek(time, stream=film.stream)
        for packet in islice(film.container.demux(film.stream), _MOST_TO_KEYFRAME):
            if found or (packet.is_keyframe and packet.size):
                found.append(packet)
            if len(found) == _FIELDS:
                break
    return found


def _alone(film: _Film, packets: "Sequence[Packet[VideoStream]]") -> VideoFrame | None:
    """A keyframe decoded by itself, or where it is one of two interlaced fields, with the other one."""
    for count in range(1, len(packets) + 1):
        film.stream.codec_context.flush_buffers()
        if frame := next(_frames(film, (*packets[:count], None)), None):
            return frame
    return None


def _frames(film: _Film, packets: "Iterable[Packet[VideoStream] | None]") -> Iterator[VideoFrame]:
    """All that can be decoded; a None stands for the end, when a decoder gives what it has held back."""
    decoder = film.stream.codec_context
    for packet in packets:
        frames: list[VideoFrame] = []
        with forgiven():
            frames = decoder.decode(packet)
        yield from frames


def _view(film: _Film, frame: VideoFrame) -> View:
    """A frame as players show it: upright, its pixels square."""
    shape = film.stream.sample_aspect_ratio or 1
    width = round(frame.width * min(max(shape, 1 / _WIDEST_PIXEL), _WIDEST_PIXEL))
    pixels: Any = frame.to_ndarray(format="rgb24", width=width, threads=1)
    turned = np.ascontiguousarray(np.rot90(pixels, frame.rotation // 90))
    second = float(((frame.pts or 0) - film.start) * film.time_base)
    return View(1, turned, max(0.0, second))


def _between(path: Path, found: int) -> Iterator[View]:
    """Frames beside the keyframes that were found, if these are not all there are, or too far apart."""
    with opened(path) as container:
        film = _film(container, path)
        keyframes, end = _keyframes(film)
    if not found or (end - film.start) * film.time_base > found * _CLOSE_S:
        with opened(path) as container:
            yield from _read_on(_film(container, path), keyframes, end)


def _keyframes(film: _Film) -> tuple[list[int], int]:
    """All keyframes, and the last time of all; none of a film without times. Decodes nothing."""
    keyframes: list[int] = []
    end = film.start
    with forgiven():
        for packet in islice(film.container.demux(film.stream), _MOST_PACKETS):
            if packet.pts is not None:
                keyframes += [packet.pts] * packet.is_keyframe
                end = max(end, packet.pts)
    return keyframes, end


def _read_on(film: _Film, keyframes: Sequence[int], end: int) -> Iterator[View]:
    """Frames after keyframes, as far as there is time for each; from the beginning on where none is known."""
    count = min(len(keyframes), _CANDIDATES)
    starts = [keyframes[number * len(keyframes) // count] for number in range(count)] or [film.start]
    most = max(1, _MOST_READ_PX // max(1, film.stream.width * film.stream.height * len(starts)))
    step, every = max(1, (end - film.start) // _CANDIDATES), max(1, most * len(starts) // _CANDIDATES)
    for start, following in pairwise((*starts, math.inf)):
        if start != starts[0]:  # where the film is open
            with forgiven():
                film.container.seek(int(start), stream=film.stream)
        due = start
        frames = _frames(film, film.container.demux(film.stream))
        for number, frame in enumerate(islice(frames, most), start=1):
            if frame.pts is None or frame.pts >= following:
                break
            if frame.pts >= due or number % every == 0:
                yield _view(film, frame)
                due = frame.pts + step


def most_telling(views: Sequence[View], limit: int) -> list[View]:
    """At most `limit` of the views of one video that stand for all, in the order of time and numbered from 1.

    Dark, blurred and repeated ones are left out. The most ordinary one comes first, then always the one whose colours
    are least like those before; more than a few are kept only of other scenes.
    """
    if not views or limit < 1:
        return []
    views = sorted(views, key=lambda view: view.second or 0.0)
    looks = [_look(view.pixels) for view in views]
    lit = [place for place, look in enumerate(looks) if not look.is_dark]
    kept = [lit[number] for number in _farthest([looks[place] for place in lit], limit)]
    kept = sorted(kept) or [len(views) // 2]  # all dark: better than nothing
    return [views[place]._replace(page_number=number) for number, place in enumerate(kept, start=1)]


def _farthest(looks: Sequence[_Look], limit: int) -> list[int]:
    different = _different(looks)
    if not different:
        return []
    colours = np.stack([look.colours for look in looks])  # (n, 512)
    apart = np.stack([np.abs(colours - one).sum(axis=1) / 2 for one in colours])  # (n, n)
    kept = [min(different, key=lambda number: float(apart[number].sum()))]
    while len(kept) < min(limit, len(different)):
        nearest = apart[kept].min(axis=0)  # (n,)
        number = max(set(different) - set(kept), key=lambda number: (float(nearest[number]), -number))
        if len(kept) >= _FEW and nearest[number] < _OTHER_SCENE:
            break
        kept.append(number)
    return kept


def _different(looks: Sequence[_Look]) -> list[int]:
    """Sharp ones, of those that look alike the sharpest."""
    sharpness = np.array([look.sharpness for look in looks])
    kept: list[int] = []
    for number in np.argsort(-sharpness, kind="stable"):
        is_blurred = sharpness[number] < _BLURRED * np.median(sharpness)
        if not is_blurred and not any(_are_alike(looks[number], looks[other]) for other in kept):
            kept.append(int(number))
    return kept


def _are_alike(one: _Look, other: _Look) -> bool:
    return float(np.sqrt(np.mean((one.layout - other.layout) ** 2))) < _ALIKE


def _look(pixels: Pixels) -> _Look:
    grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    layout = cv2.resize(pixels, (_LAYOUT_PX, _LAYOUT_PX), interpolation=cv2.INTER_AREA).astype(np.float32)
    counts = cv2.calcHist([pixels], [0, 1, 2], None, [8, 8, 8], [0, 256] * 3)
    steps = cv2.absdiff(grey[:, 1:], grey[:, :-1])
    is_dark = bool(np.percentile(grey, 99) < _DARK)
    return _Look(layout.ravel(), counts.ravel() / counts.sum(), is_dark, float(steps.mean()))
