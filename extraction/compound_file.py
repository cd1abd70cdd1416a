"""An OLE compound file from a stranger: stream by stream, within limits. Old Office files and Outlook's are such.

olefile finds the streams. Their properties are read here: olefile's own reader counts to four billion when told to.
"""

import codecs
import contextlib
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import olefile

from errors import DocumentError
from extraction.plain_text import decode

MAX_FILE_BYTES = 512 << 20
MAX_STREAM_BYTES = 64 << 20

_BROKEN = (OSError, ValueError, LookupError, TypeError, RecursionError, struct.error)  # olefile's own is an OSError
_SECTOR_SIZES = (b"\x09\0\x06\0", b"\x0c\0\x06\0")  # 512 or 4,096 bytes, and 64, as powers of two
_CODEPAGE, _TITLE, _CREATED = 1, 2, 12  # of the summary
_TEXT_8_BIT, _TEXT_16_BIT, _TIME = 0x1E, 0x1F, 0x40
_CODECS = {
    1200: "utf-16-le",
    10000: "mac_roman",
    20127: "ascii",
    20866: "koi8_r",
    21866: "koi8_u",
    50220: "iso2022_jp",
    51932: "euc_jp",
    51949: "euc_kr",
    52936: "hz",
    54936: "gb18030",
    65000: "utf-7",
    65001: "utf-8",
} | {28590 + number: f"iso8859_{number}" for number in (*range(1, 12), 13, 14, 15, 16)}


class CompoundFile:
    """The streams of one compound file. Made by `opened_compound`."""

    def __init__(self, path: Path, ole: olefile.OleFileIO) -> None:
        self.path = path
        self.names = frozenset("/".join(parts).lower() for parts in ole.listdir())  # upper and lower case are one
        self._ole = ole

    def read(self, name: str) -> bytes:
        """All bytes of a stream; none when it is missing.

        Raises:
            DocumentError: It is beyond the limit.
        """
        if name.lower() not in self.names:
            return b""
        size_bytes: int = self._ole.get_size(name)
        if size_bytes > MAX_STREAM_BYTES:
            raise DocumentError(self.path, f"too large: {size_bytes >> 20} MB of text")
        with self._ole.openstream(name) as stream:
            data: bytes = stream.read()
        return data

    def summary(self) -> tuple[str, str]:
        """Title and creation date; "" where they are missing or damaged."""
        try:
            return _summary(self.read("\x05SummaryInformation"))
        except (OSError, ValueError, struct.error):
            return "", ""


@contextmanager
def opened_compound(path: Path) -> Iterator[CompoundFile]:
    """Open a compound file.

    Raises:
        DocumentError: It is damaged or too large.
    """
    if path.stat().st_size > MAX_FILE_BYTES:
        raise DocumentError(path, f"too large: more than {MAX_FILE_BYTES >> 20} MB")
    with path.open("rb") as file:
        sector_sizes = file.read(34)[30:]
    if sector_sizes not in _SECTOR_SIZES:  # olefile would read as much at once as it says
        raise DocumentError(path, "damaged: not a whole OLE container")
    try:
        ole = olefile.OleFileIO(path)
    except _BROKEN as error:
        raise DocumentError(path, "damaged: not a whole OLE container") from error
    with ole:
        yield CompoundFile(path, ole)


def codec_of(codepage: int) -> str:
    """Python's name for one of Windows' numbers, or "" when it has none."""
    name = _CODECS.get(codepage, f"cp{codepage}")
    with contextlib.suppress(LookupError):
        return codecs.lookup(name).name
    return ""


def moment_of(filetime: int) -> str:
    """Tenths of a microsecond since 1601 as ISO 8601, or "" for none."""
    try:
        moment = datetime(1601, 1, 1, tzinfo=UTC) + timedelta(microseconds=filetime // 10)
    except OverflowError:
        return ""
    return moment.isoformat(timespec="seconds") if moment.year > 1601 else ""


def _summary(data: bytes) -> tuple[str, str]:
    """The same from a property set."""
    (start,) = struct.unpack_from("<L", data, 44)
    (count,) = struct.unpack_from("<L", data, start + 4)
    table = data[start + 8 : start + 8 + 8 * min(count, 100)]
    places = {identity: start + offset for identity, offset in struct.iter_unpack("<2L", table)}
    codepage, title, created = 0, "", ""
    if place := places.get(_CODEPAGE):
        (codepage,) = struct.unpack_from("<H", data, place + 4)
    if place := places.get(_TITLE):
        title = _text_value(data, place, codepage)
    if place := places.get(_CREATED):
        form, filetime = struct.unpack_from("<LQ", data, place)
        created = moment_of(filetime) if form == _TIME else ""
    return title, created


def _text_value(data: bytes, place: int, codepage: int) -> str:
    form, length = struct.unpack_from("<2L", data, place)
    if form == _TEXT_16_BIT:
        text = data[place + 8 : place + 8 + 2 * length].decode("utf-16-le", errors="replace")
    elif form == _TEXT_8_BIT:
        value = data[place + 8 : place + 8 + length]
        codec = codec_of(codepage)
        text = value.decode(codec, errors="replace") if codec else decode(value.partition(b"\0")[0])
    else:
        return ""
    return text.partition("\0")[0]
