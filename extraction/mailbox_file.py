"""Mailboxes (.mbox): a page for every message, in the order of the file.

The standard library's `mailbox` goes over the whole file, which may have gigabytes, before it gives the first one.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from extraction import plain_text
from extraction.mail import MAX_MESSAGE_BYTES, page_of
from extraction.mime import parsed
from extraction.reading import Reading, capped

_BLOCK_BYTES = 4 << 20
# "From ada@example.org Wed May  1 12:30:00 2024": before every message, after a blank line.
_BETWEEN = re.compile(rb"From [^\n]{0,200}\d\d:\d\d[^\n]{0,100}\r?\n(?=>?[\w-]{1,80}:)")
_BETWEEN_BYTES = 512  # with what it must stand before


def read(path: Path) -> Reading:
    """The first messages, up to the limits that all documents have; without any, what is there is read as text."""
    with path.open("rb") as file:
        texts, truncated = capped(page_of(parsed(message)) for message in _messages(file))
    return Reading(texts, truncated=truncated) if texts else plain_text.read(path)


def _messages(file: BinaryIO) -> Iterator[bytes]:
    """The bytes of one message after the other; of one that is too large, its beginning."""
    pending, searched_bytes = b"\n\n", 0
    is_wanted = False  # what `pending` begins with: nothing before the first mark, nor the rest of what is too large
    while block := file.read(_BLOCK_BYTES):
        pending += block
        start = 0
        for mark in _marks(pending, searched_bytes):
            if is_wanted:
                yield pending[start : mark.start()]
            start, is_wanted = mark.end(), True
        pending = pending[start:]
        if is_wanted and len(pending) > MAX_MESSAGE_BYTES:
            yield pending
            is_wanted = False
        if not is_wanted:
            pending = pending[-_BETWEEN_BYTES:]
        searched_bytes = max(0, len(pending) - _BETWEEN_BYTES)
    if is_wanted:
        yield pending


def _marks(data: bytes, position: int) -> Iterator[re.Match[bytes]]:
    while (position := data.find(b"\nFrom ", position)) >= 0:
        position += 1
        is_after_blank = data.endswith((b"\n", b"\n\r"), max(0, position - 3), position - 1)
        if is_after_blank and (mark := _BETWEEN.match(data, position)):
            yield mark
