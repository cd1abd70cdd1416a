"""Seconds that choosing the keyframes of a long video takes, and its share of the playing time.

    python benchmarks/keyframes.py [--minutes 10] [--sparse]

A minute of scenes with sound is encoded for each codec and played over and over into the file. The time is that of
`read_views`, decoding and fitting included, in this process; by the clock, and of the processor, which a busy machine
disturbs less. With `--sparse` there is one keyframe a minute, so that films have to be read on from each.
"""

import argparse
import os
import tempfile
import time
from collections.abc import Iterator
from fractions import Fraction
from functools import partial
from itertools import chain
from pathlib import Path

import _project  # noqa: F401
import av
import numpy as np
from numpy.typing import NDArray

from corpus import Document
from extraction.views import ViewOptions, read_views
from models.pictures import PixelLimits, fit_picture

SIZE = (1280, 720)
RATE, SOUND_HZ = 25, 48_000
SCENES = 12  # in a minute
LOOK_PX = 256 * 32 * 32  # 256 tokens, as `--detail medium`
CODECS = {
    "H.264": ("film.mp4", "libx264", {"preset": "veryfast", "crf": "23"}),
    "VP9": ("film.webm", "libvpx-vp9", {"deadline": "realtime", "cpu-used": "8", "b": "2M"}),
    "AV1": ("film.mkv", "libsvtav1", {"preset": "12", "crf": "35"}),
}


def scenes(rng: np.random.Generator) -> Iterator[NDArray[np.uint8]]:
    """A minute of waves with grain, which move; each scene has its own."""
    y, x = np.mgrid[0 : SIZE[1], 0 : SIZE[0]].astype(np.float32)
    for _ in range(SCENES):
        lengths, shifts = rng.uniform(20, 200, (3, 2)), rng.uniform(-60, 60, 3)
        waves = [
            127 + shift + 80 * np.sin(x / a) * np.cos(y / b) for (a, b), shift in zip(lengths, shifts, strict=True)
        ]
        still = (np.stack(waves, axis=-1) + rng.normal(0, 6, (*x.shape, 3))).clip(0, 255).astype(np.uint8)
        for number in range(60 * RATE // SCENES):
            yield np.roll(still, 3 * number, axis=1)


def write_film(path: Path, codec: str, options: dict[str, str], minutes: int) -> None:
    with av.open(str(path), "w") as film:
        picture = film.add_stream(codec, rate=RATE, options=options)
        picture.width, picture.height, picture.pix_fmt = *SIZE, "yuv420p"
        sound = film.add_stream("libopus", rate=SOUND_HZ, layout="mono")
        film.start_encoding()
        frames = (av.VideoFrame.from_ndarray(frame, format="rgb24") for frame in scenes(np.random.default_rng(1)))
        packets = [packet for frame in chain(frames, [None]) for packet in picture.encode(frame) if packet.size]
        noise = np.random.default_rng(2).normal(0, 0.1, (1, 59 * SOUND_HZ)).astype(np.float32)
        heard = av.AudioFrame.from_ndarray(noise, format="flt", layout="mono")
        heard.sample_rate, heard.pts = SOUND_HZ, 0
        packets += [packet for frame in (heard, None) for packet in sound.encode(frame) if packet.size]
        packets = sorted(packets, key=lambda packet: packet.dts * packet.time_base)
        for minute in range(minutes):
            for packet in packets:
                film.mux(_later(packet, 60 * minute))


def _later(packet: "av.Packet", seconds: int) -> "av.Packet":
    copy = av.Packet(bytes(packet))
    shift = int(Fraction(seconds) / packet.time_base)
    copy.stream, copy.time_base, copy.duration = packet.stream, packet.time_base, packet.duration
    copy.pts, copy.dts, copy.is_keyframe = packet.pts + shift, packet.dts + shift, packet.is_keyframe
    return copy


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=int, default=10)
    parser.add_argument("--sparse", action="store_true")
    arguments = parser.parse_args()
    look = ViewOptions(partial(fit_picture, limits=PixelLimits(max_px=LOOK_PX)), LOOK_PX)
    playing_s = 60 * arguments.minutes
    print(
        f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; {arguments.minutes} minutes of {SIZE[0]} x {SIZE[1]}"
    )
    print("| codec | MB | keyframes | s | share of playing time | s of the processor |")
    print("|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        for name, (file, codec, options) in CODECS.items():
            path = Path(folder, file)
            sparse = {"g": str(60 * RATE), "sc_threshold": "0"} if arguments.sparse else {}
            write_film(path, codec, options | sparse, arguments.minutes)
            size_bytes = path.stat().st_size
            wall, processor = time.perf_counter(), time.process_time()
            views = read_views(Document(path, size_bytes, 0, 0), look)
            wall, processor = time.perf_counter() - wall, time.process_time() - processor
            share = f"{wall / playing_s:.2%}"
            print(
                f"| {name} | {size_bytes >> 20} | {len(views)} | {wall:.1f} | {share} | {processor:.1f} |", flush=True
            )


if __name__ == "__main__":
    main()
