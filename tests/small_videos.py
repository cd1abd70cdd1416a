"""Writes short videos of plain scenes, with what they say of themselves and what is said in them."""

import struct
from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.stream import Disposition
from numpy.typing import NDArray

RED, GREEN, BLUE, BLACK = (220, 30, 30), (30, 200, 40), (30, 40, 220), (0, 0, 0)
SIZE = (160, 96)  # width, height
FRAMES_PER_SECOND = 10
_OPTIONS = {
    "libx264": {"preset": "ultrafast", "g": "10"},
    "libvpx-vp9": {"deadline": "realtime", "cpu-used": "8", "g": "10"},
    "libsvtav1": {"preset": "12", "g": "10", "svtav1-params": "lp=1"},
    "libx265": {"preset": "ultrafast", "x265-params": "keyint=10:log-level=none:pools=none"},
    "mjpeg": {"q": "2"},
}
Cues = Sequence[tuple[float, str]]  # seconds and what is said then
_ASS_HEADER = b"""[Script Info]
ScriptType: v4.00+

[V4+ Styles]
Format: Name, Fontname, Fontsize
Style: Default,Arial,16

[Events]
Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text
"""


def scene(colour: tuple[int, int, int]) -> NDArray[np.uint8]:
    """A coloured frame with a bright square in its upper left corner; (height, width, 3) RGB."""
    frame = np.full((SIZE[1], SIZE[0], 3), colour, np.uint8)
    if colour != BLACK:
        frame[:32, :32] = 255
    return frame


def write_video(
    path: Path,
    frames: Sequence[NDArray[np.uint8]],
    *,
    codec: str = "mpeg4",
    options: Mapping[str, str] | None = None,
    tags: Mapping[str, str] | None = None,
    spoken: Sequence[tuple[str, str, Cues]] = (),
    rate: int = FRAMES_PER_SECOND,
    container_options: Mapping[str, str] | None = None,
    pixel_shape: Fraction = Fraction(1),
) -> None:
    """A film of `frames`, `rate` of them in a second.

    Args:
        codec: As FFmpeg calls its encoder.
        options: Of the encoder, in place of those that make a keyframe every second.
        container_options: Of the muxer.
        pixel_shape: Width of a pixel, in its heights.
        tags: What the film says of itself.
        spoken: Language, codec and lines of each track of subtitles; "forced " before a language that is.
    """
    with av.open(str(path), "w", container_options=dict(container_options or {})) as film:
        film.metadata.update(tags or {})
        picture = film.add_stream(codec, rate=rate, options=dict(options or _OPTIONS.get(codec, {"g": "10"})))
        picture.width, picture.height = SIZE if not len(frames) else frames[0].shape[1::-1]
        picture.pix_fmt = "yuvj420p" if codec == "mjpeg" else "yuv420p"
        picture.codec_context.sample_aspect_ratio = pixel_shape
        tracks = [(_track(film, language, kind), kind, said) for language, kind, said in spoken]
        film.start_encoding()
        for number, frame in enumerate(frames):
            shown = av.VideoFrame.from_ndarray(np.ascontiguousarray(frame), format="rgb24")
            shown.pts, shown.time_base = number, Fraction(1, rate)
            film.mux(picture.encode(shown))
        film.mux(picture.encode(None))
        for track, kind, said in tracks:
            for number, (second, text) in enumerate(said):
                film.mux(_cue(track, kind, number, second, text))


def _track(film, language, kind):
    track = film.add_stream(kind)
    track.metadata["language"] = language.removeprefix("forced ")
    if language.startswith("forced "):
        track.disposition = Disposition.forced
    track.codec_context.time_base = Fraction(1, 1000)
    track.time_base = Fraction(1, 1000)
    track.codec_context.subtitle_header = _ASS_HEADER
    return track


def _cue(track, kind, number, second, text):
    data = text.encode()
    if kind == "mov_text":
        data = struct.pack(">H", len(data)) + data
    elif kind == "ass":
        data = b"%d,0,Default,,0,0,0,," % number + data
    packet = av.Packet(data)
    packet.stream = track
    packet.time_base = Fraction(1, 1000)
    packet.pts = packet.dts = round(second * 1000)
    packet.duration = 2000
    packet.is_keyframe = True
    return packet


def turn_video(path: Path) -> None:
    """Make an MP4 say, as a telephone held upright does, that it is shown turned by a quarter."""
    data = bytearray(path.read_bytes())
    matrix = data.index(b"tkhd") + 4 + 40
    one = 1 << 16
    data[matrix : matrix + 36] = struct.pack(">9i", 0, one, 0, -one, 0, 0, 0, 0, 1 << 30)
    path.write_bytes(data)
