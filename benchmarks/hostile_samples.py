"""Honest small documents in which one number was changed; benchmarks/hostile_corpus.py has the launcher read them."""

import struct
import tempfile
from collections.abc import Callable
from pathlib import Path

from format_samples import write_samples
from hostile_files import PICTURES, SIDE_PX
from hostile_texts import LAUGHS, package
from small_formats import FB2, kindle_bytes

_HUGE = struct.pack(">II", SIDE_PX, SIDE_PX)


def _put(mark: bytes, offset: int, value: bytes) -> Callable[[bytes], bytes]:
    """Behind each `mark`, at that distance from its beginning."""

    def put(data: bytes) -> bytes:
        place = data.find(mark)
        while place >= 0:
            start = place + offset
            data = data[:start] + value + data[start + len(value) :]
            place = data.find(mark, start)
        return data

    return put


def _rings(data: bytes) -> bytes:
    """A compound file in which each sector follows itself."""
    [sector] = struct.unpack_from("<I", data, 76)
    start = 512 * (sector + 1)
    table = struct.pack("<128I", *(0xFFFFFFFD if number == sector else number for number in range(128)))
    return data[:start] + table + data[start + 512 :]


def _jxl(side_px: int) -> bytes:
    """The first bytes of a codestream: a mark, then bits from the lowest on."""
    bits = 0 | 3 << 1 | (side_px - 1) << 3 | 0 << 33 | 3 << 36 | (side_px - 1) << 38
    return b"\xff\x0a" + bits.to_bytes(10, "little") + bytes(100)


CHANGES: dict[str, Callable[[bytes], bytes]] = {
    "heic": _put(b"ispe", 8, _HUGE),
    "avif": _put(b"ispe", 8, _HUGE),
    "mp4": _put(b"mp4v", 28, b"\xff\xff\xff\xff"),
    "mov": _put(b"jpeg", 28, b"\xff\xff\xff\xff"),
    "qoi": _put(b"qoif", 4, _HUGE),
    "flac": _put(b"fLaC", 5, b"\xff\xff\xff"),
    "mp3": _put(b"ID3", 6, b"\x7f\x7f\x7f\x7f"),
    **dict.fromkeys(("doc", "ppt", "msg", "xls"), _rings),
    "mobi": _put(b"BOOKMOBI", 16, b"\xff\xff"),
    "emlx": lambda data: b"9" * 400 + data,
}
WRITTEN: dict[str, bytes] = {
    "100000 x 100000.dng": PICTURES["100000 x 100000.tif"],
    "100000 x 100000.nef": PICTURES["100000 x 100000.tif"],
    "1000000 x 1000000.jxl": _jxl(1_000_000),
    "password.mobi": kindle_bytes(encryption=2),
    "laughs.fb2": FB2.replace("<FictionBook", LAUGHS.replace("DOCTYPE x", "DOCTYPE FictionBook") + "<FictionBook", 1)
    .replace("</p>", "&a9;</p>")
    .encode("cp1251"),
}
PACKED = {
    "comic of 100000 x 100000.cbz": package({"1.png": PICTURES["100000 x 100000.png"]}),
    "comic of 9999 pages.cbz": package({f"{number}.png": b"x" for number in range(9_999)}),
}


def write_changed(folder: Path) -> None:
    folder.mkdir(parents=True)
    with tempfile.TemporaryDirectory() as scratch:
        for path in write_samples(Path(scratch)):
            if change := CHANGES.get(path.suffix[1:]):
                (folder / f"changed{path.suffix}").write_bytes(change(path.read_bytes()))
    for name, content in WRITTEN.items():
        (folder / name).write_bytes(content)
    for name, write in PACKED.items():
        write(folder / name)
