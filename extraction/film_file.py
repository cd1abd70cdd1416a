"""Films, opened by FFmpeg in a way that leads to nothing but the file itself.

FFmpeg also knows lists of other files, names that stand for many pictures, and addresses on the network; whatever a
file is called, what is in it decides. So it may be a film only, of the local disk.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import av
from av.container import InputContainer

from errors import DocumentError

_FORMATS = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,asf,flv,live_flv,mpeg,mpegts,mpegvideo,m4v,h264,hevc,ogg"
_OPTIONS = {"protocol_whitelist": "file", "format_whitelist": _FORMATS}
_OPEN_S = 10.0
_SILENCE_S = 4.0  # between two packets: in a film of gigabytes a subtitle may be far from the next


@contextmanager
def opened(path: Path) -> Iterator[InputContainer]:
    """The streams of a film, and what it says of itself; nothing is decoded yet.

    Raises:
        DocumentError: It is damaged, or of a kind that FFmpeg does not know; here and at whatever is done with it.
    """
    try:
        with av.open(
            str(path), container_options=_OPTIONS, metadata_errors="ignore", timeout=(_OPEN_S, _SILENCE_S)
        ) as film:
            yield film
    except (MemoryError, FileNotFoundError, PermissionError):
        raise
    except av.FFmpegError as error:
        raise DocumentError(path, "damaged or unsupported kind of video") from error


@contextmanager
def forgiven() -> Iterator[None]:
    """What is broken in one place of a film takes nothing from the others."""
    try:
        yield
    except MemoryError:
        raise
    except av.FFmpegError:
        pass


def start_s(film: InputContainer) -> float:
    """The time that players show as 0:00."""
    return (film.start_time or 0) / av.time_base
