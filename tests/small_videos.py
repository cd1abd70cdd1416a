"""Writes short videos of plain scenes."""

import struct
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

RED, GREEN, BLUE, BLACK = (220, 30, 30), (30, 200, 40), (30, 40, 220), (0, 0, 0)
SIZE = (160, 96)  # width, height
FRAMES_PER_SECOND = 10


def scene(colour: tuple[int, int, int]) -> NDArray[np.uint8]:
    """A coloured frame with a bright square in its upper left corner; (height, width, 3) RGB."""
    frame = np.full((SIZE[1], SIZE[0], 3), colour, np.uint8)
    if colour != BLACK:
        frame[:32, :32] = 255
    return frame


def write_video(path: Path, frames: list[NDArray[np.uint8]], *, codec: str = "mp4v") -> None:
    height, width, _ = frames[0].shape
    code = cv2.VideoWriter.fourcc(*codec)
    writer = cv2.VideoWriter(str(path), cv2.CAP_FFMPEG, code, FRAMES_PER_SECOND, (width, height))
    assert writer.isOpened()
    for frame in frames:
        writer.write(np.ascontiguousarray(frame[:, :, ::-1]))
    writer.release()


def turn_video(path: Path) -> None:
    """Make an MP4 say, as a telephone held upright does, that it is shown turned by a quarter."""
    data = bytearray(path.read_bytes())
    matrix = data.index(b"tkhd") + 4 + 40
    one = 1 << 16
    data[matrix : matrix + 36] = struct.pack(">9i", 0, one, 0, -one, 0, 0, 0, 0, 1 << 30)
    path.write_bytes(data)
