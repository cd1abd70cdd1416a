"""Archives read through: behind the page of names, which every archive has, the pages of each document in it.

One level deep: of an archive in an archive there is the name. Pictures, sound and video stay names too.
"""

import os
import re
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from corpus import Heading
from errors import DocumentError
from extraction import archives
from extraction.archives import Member
from extraction.formats import KIND_OF_FORMAT, Format
from extraction.headings import heading
from extraction.kinds import HEAD_BYTES, kind_by_name, kind_of
from extraction.lost_pages import at_page
from extraction.reading import Reading, capped, explained
from secret_files import rule_of_head, rule_of_name

MAX_DOCUMENTS = 500
MAX_BYTES = 256 << 20  # of them all, unpacked
READING_TIME_S = 5.0  # a worker has 20 s, and the last one begun may take long
_LEVEL = -1  # above every heading of the document itself
_UNREAD_KINDS = frozenset({"archive", "picture", "audio", "video"})
_SUFFIX = re.compile(rb"\.[A-Za-z0-9]{1,10}\Z")

ReadFormat = Callable[[Path, Format, int], Reading]


def read(path: Path, read_format: ReadFormat) -> Reading:
    """The names in an archive as its first page, with the reason behind each that cannot be read, then what is in it.

    Args:
        path: The archive.
        read_format: Reads a document of that format and size.

    Raises:
        DocumentError: It is a ZIP without its directory.
    """
    with TemporaryDirectory(prefix="archive-") as folder:
        collector = _Collector(Path(folder), read_format)
        try:
            with archives.members(path) as members:
                names, truncated = archives.first(map(collector.taken, members))
        except DocumentError:
            return archives.read(path)
    listed = archives.page_of(names)
    lines = listed[0].split("\n") if listed else []
    texts = [*listed]
    headings: list[tuple[Heading, ...]] = [()] * len(listed)
    for place, reading in collector.readings:
        texts.extend(reading.texts)
        headings.extend(reading.headings or [()] * len(reading.texts))
        if reading.texts:
            first = len(texts) - len(reading.texts)
            headings[first] = (heading(-1, _LEVEL, lines[place]), *headings[first])
        truncated = truncated or reading.truncated
    kept, is_cut = capped(texts)
    is_cut = is_cut or truncated or collector.is_cut
    return Reading(kept, truncated=is_cut, headings=tuple(headings[: len(kept)]))


class _Collector:
    """Reads one member after the other within the limits of them all."""

    def __init__(self, folder: Path, read_format: ReadFormat) -> None:
        self.readings: list[tuple[int, Reading]] = []  # by the place of the member
        self.is_cut = False
        self._folder = folder
        self._read_format = read_format
        self._place = -1
        self._room_bytes = MAX_BYTES
        self._end = time.monotonic() + READING_TIME_S

    def taken(self, member: Member) -> Member:
        """`member`; one that cannot be read with the reason behind its name."""
        self._place += 1
        suffix = _SUFFIX.search(member.name)
        path = self._folder / f"member{suffix[0].decode() if suffix else ''}"
        if kind_by_name(path) in _UNREAD_KINDS or self._is_at_an_end():
            return member
        try:
            with explained(path):
                self._read(path, member)
        except DocumentError as error:
            return member._replace(name=member.name + f" ({error.reason})".encode())
        return member

    def _read(self, path: Path, member: Member) -> None:
        data = member.read()
        self._room_bytes -= len(data)
        if secret := rule_of_name(os.fsdecode(member.name).rpartition("/")[2]) or rule_of_head(data[:HEAD_BYTES]):
            raise DocumentError(path, secret)
        path.write_bytes(data)
        form = kind_of(path, data[:HEAD_BYTES])
        if KIND_OF_FORMAT[form] not in _UNREAD_KINDS:
            with at_page(-1 - self._place):
                self.readings.append((self._place, self._read_format(path, form, len(data))))

    def _is_at_an_end(self) -> bool:
        is_full = len(self.readings) >= MAX_DOCUMENTS or self._room_bytes <= 0
        self.is_cut = self.is_cut or is_full or time.monotonic() > self._end
        return self.is_cut
