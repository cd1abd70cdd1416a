"""The document records of one segment: where each line is, and none parsed before it is asked for.

A million records take 250 MB and a second to parse, and a search shows fifty.
"""

import mmap
import re
from collections.abc import Iterator
from typing import TypeVar

import msgspec
import numpy as np
from numpy.typing import NDArray

from errors import IndexCorrupt
from index_store.manifest import REPAIR_HINT
from index_store.records import DocumentRecord, from_json

DOCUMENTS = "documents.jsonl"

_BLOCK_BYTES = 1 << 22
_PICTURE_HASH = re.compile(rb'"picture_hash":"([^"]+)"')  # nowhere else: in a text its quotes would be escaped

_Record = TypeVar("_Record", bound=msgspec.Struct)


class _PathOnly(msgspec.Struct):
    path: str


class DocumentRecords:
    """Like a list of the records.

    Each access parses a line, 2 µs: who goes over all of them more than once keeps what is needed.

    Raises:
        IndexCorrupt: From every access to a line that is no record.
    """

    def __init__(self, lines: bytes | mmap.mmap, offsets: NDArray[np.int64], *, segment: int) -> None:
        """
        Args:
            lines: The bytes of documents.jsonl.
            offsets: (documents + 1,), where each line begins, and where the last ends.
            segment: Its number, for messages.
        """
        self._lines = lines
        self._offsets = offsets
        self._segment = segment
        self._rows_by_path: dict[str, int] | None = None  # until one is asked for

    def __len__(self) -> int:
        return len(self._offsets) - 1

    def __getitem__(self, row: int) -> DocumentRecord:
        start, end = self._offsets[row : row + 2].tolist()
        return self._parsed(self._lines[start:end], DocumentRecord)

    def __iter__(self) -> Iterator[DocumentRecord]:
        return self.records(np.arange(len(self)))

    def lines(self, rows: NDArray[np.intp]) -> Iterator[bytes]:
        """The lines as they stand in the file, with their ends."""
        bounds = zip(self._offsets[rows].tolist(), self._offsets[rows + 1].tolist(), strict=True)
        return (self._lines[start:end] for start, end in bounds)

    def records(self, rows: NDArray[np.intp]) -> Iterator[DocumentRecord]:
        return self._all_parsed(rows, DocumentRecord)

    def row_of(self, path: str) -> int | None:
        """The row of the document at `path`; None when there is none. The first call costs 1 µs per document."""
        if self._rows_by_path is None:  # two threads may both do this; they do the same
            every = self._all_parsed(np.arange(len(self)), _PathOnly)
            self._rows_by_path = {record.path: row for row, record in enumerate(every)}
        return self._rows_by_path.get(path)

    def picture_hashes(self) -> Iterator[tuple[int, str]]:
        """Row and picture hash of each document that has one, without parsing the others."""
        for match in _PICTURE_HASH.finditer(self._lines):
            row = int(np.searchsorted(self._offsets, match.start(), side="right")) - 1
            yield row, match[1].decode()

    def _all_parsed(self, rows: NDArray[np.intp], record_type: type[_Record]) -> Iterator[_Record]:
        decode = msgspec.json.Decoder(record_type).decode
        for line in self.lines(rows):
            try:
                record = decode(line)
            except ValueError:
                record = self._parsed(line, record_type)
            yield record

    def _parsed(self, line: bytes, record_type: type[_Record]) -> _Record:
        try:
            return from_json(line, record_type)
        except ValueError as error:
            raise damaged_segment(self._segment, f"{DOCUMENTS}: {error}") from error


def line_offsets(lines: bytes | mmap.mmap) -> NDArray[np.int64]:
    """Where each line begins, and where the last ends; takes 0.2 s per million."""
    characters = np.frombuffer(lines, np.uint8)
    ends = [
        start + 1 + np.flatnonzero(characters[start : start + _BLOCK_BYTES] == ord("\n"))
        for start in range(0, len(characters), _BLOCK_BYTES)
    ]
    return np.concatenate([np.zeros(1, np.int64), *ends])


def damaged_segment(number: int, damage: str) -> IndexCorrupt:
    return IndexCorrupt(f"Segment {number} of the index is damaged: {damage}", hint=REPAIR_HINT)
