"""The smallest honest document of each format, as tests and benchmarks make them."""

import importlib
from collections.abc import Callable
from functools import partial
from pathlib import Path

import _project  # noqa: F401
import av
import numpy as np
import small_documents
import small_formats
import small_pictures
from PIL import Image

SIZE_PX = (160, 96)
FRAMES = 24
# Container -> how it is packed, and which of FFmpeg's encoders every build of PyAV has.
FILMS = {
    "mp4": "mpeg4",
    "mov": "mjpeg",
    "mkv": "libvpx-vp9",
    "webm": "libvpx",
    "avi": "mpeg4",
    "mpg": "mpeg2video",
    "flv": "flv",
    "wmv": "wmv2",
    "ogv": "libtheora",
    "m2ts": "mpeg2video",
}
PICTURES = {"jpg": "", "png": "", "webp": "", "gif": "", "bmp": "", "ico": "", "jp2": "", "tga": "", "qoi": ""}
PICTURES |= {"tif": "", "avif": "", "ppm": "", "heic": "pillow_heif", "jxl": "pillow_jxl"}


def write_samples(folder: Path) -> list[Path]:
    """One of each into `folder`, all named "smallest"; those that this machine can write."""
    writers: dict[str, Callable[[Path], None]] = {**small_documents.WRITERS, **small_formats.WRITERS}
    writers |= small_pictures.OWN_WRITERS
    writers |= {suffix: partial(write_film, codec=codec) for suffix, codec in FILMS.items()}
    writers |= {suffix: partial(_write_picture, plugin=plugin) for suffix, plugin in PICTURES.items()}
    paths = [folder / f"smallest.{suffix}" for suffix in sorted(writers)]
    for path in paths:
        writers[path.suffix[1:]](path)
    return [path for path in paths if path.exists()]


def write_film(path: Path, *, codec: str) -> None:
    """A square that moves; nothing where this build of FFmpeg cannot write that."""
    try:
        with av.open(str(path), "w") as container:
            stream = container.add_stream(codec, rate=10)
            stream.width, stream.height = SIZE_PX
            stream.pix_fmt = "yuvj420p" if codec == "mjpeg" else "yuv420p"
            for number in range(FRAMES):
                pixels = np.full((SIZE_PX[1], SIZE_PX[0], 3), (10 * number, 90, 200), np.uint8)
                pixels[20:40, 4 * number : 4 * number + 20] = 255
                container.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, "rgb24")))
            container.mux(stream.encode(None))
    except (av.FFmpegError, ValueError):
        path.unlink(missing_ok=True)


def _write_picture(path: Path, *, plugin: str) -> None:
    """A gradient; nothing where the plugin that writes it is not installed."""
    picture = Image.merge("RGB", [Image.linear_gradient("L"), Image.radial_gradient("L"), Image.new("L", (256, 256))])
    try:
        if plugin:
            module = importlib.import_module(plugin)
            getattr(module, "register_heif_opener", lambda: None)()
        picture.resize(SIZE_PX).save(path)
    except (ImportError, ValueError, OSError):
        path.unlink(missing_ok=True)
