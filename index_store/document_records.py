"""The document records of one segment: where each line is, and none parsed before it is asked for.

A million records take 250 MB and a second to parse, and a search shows fifty.
"""

import mmap
import os
import re
from bisect import bisect_left
from collections.abc import Callable, Hashable, Iterable, Iterator
from typing import Any, NamedTuple, TypeVar

import msgspec
import numpy as np
from numpy.typing import NDArray

from errors import IndexCorrupt
from index_store.manifest import REPAIR_HINT
from index_store.records import DocumentRecord, from_json

DOCUMENTS = "documents.jsonl"

_BLOCK_BYTES = 1 << 22
# Nowhere else: in a text their quotes would be escaped.
_PICTURE_HASH = re.compile(rb'"picture_hash":"([^"]+)"')
_CONTENT_HASH = re.compile(rb'"content_hash":"([^"]+)"')

_Record = TypeVar("_Record", bound=msgspec.Struct)


class _PathOnly(msgspec.Struct):
    path: str


class _ByPath(NamedTuple):
    """Where a path is to be found: 16 bytes a document, where a dictionary of the paths takes 250."""

    hashes: NDArray[np.int64]  # (documents,), of the paths, ascending
    rows: NDArray[np.int32]  # (documents,), of each of these
    order: NDArray[np.int32]  # (documents,), all rows, by their paths
    folders: frozenset[int]  # hashes of all folders above any of them


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
        self._by_path: _ByPath | None = None  # until one is asked for
        self._by_content: tuple[NDArray[np.int64], NDArray[np.int32]] | None = None  # as `_ByPath` has it
        self._column: tuple[Hashable, NDArray[np.int64]] | None = None  # the last that was asked for

    def __len__(self) -> int:
        return len(self._offsets) - 1

    def __getitem__(self, row: int) -> DocumentRecord:
        start, end = self._offsets[row : row + 2].tolist()
        return self._parsed(self._lines[start:end], DocumentRecord)

    def __iter__(self) -> Iterator[DocumentRecord]:
        return self.records(np.arange(len(self)))

    def lines(self, rows: NDArray[np.integer[Any]]) -> Iterator[bytes]:
        """The lines as they stand in the file, with their ends."""
        bounds = zip(self._offsets[rows].tolist(), self._offsets[rows + 1].tolist(), strict=True)
        return (self._lines[start:end] for start, end in bounds)

    def records(self, rows: NDArray[np.integer[Any]]) -> Iterator[DocumentRecord]:
        return self._all_parsed(rows, DocumentRecord)

    def row_of(self, path: str) -> int | None:
        """The row of the document at `path`; None when there is none. The first call costs 2 µs per document."""
        hashes, rows, *_ = self._sorted()
        wanted = hash(path)
        place = int(hashes.searchsorted(wanted))
        while place < len(hashes) and hashes[place] == wanted:
            if self._path(rows[place]) == path:
                return int(rows[place])
            place += 1
        return None

    def rows_under(self, folder: str) -> NDArray[np.int32]:
        """Rows of all documents in a folder and in those below it, by their paths; the first call costs as `row_of`."""
        _, _, order, folders = self._sorted()
        first = os.path.join(folder, "")
        if hash(first) not in folders:
            return order[:0]
        last = first[:-1] + chr(ord(first[-1]) + 1)  # what comes after all that begins with `first`
        start, end = (bisect_left(order, path, key=self._path) for path in (first, last))
        return order[start:end]

    def column(self, key: Hashable, value_of: Callable[[DocumentRecord], int]) -> NDArray[np.int64]:
        """`value_of` each record, (documents,): worked out once, in the order of paths, and kept until another key."""
        kept = self._column
        if kept is None or kept[0] != key:  # two threads may both do this; they do the same
            order, values = self._sorted().order, np.empty(len(self), np.int64)
            values[order] = np.fromiter(map(value_of, self.records(order)), np.int64, len(self))
            self._column = kept = key, values
        return kept[1]

    def _sorted(self) -> _ByPath:
        if self._by_path is None:
            paths = [record.path for record in self._all_parsed(np.arange(len(self)), _PathOnly)]
            hashes = np.fromiter(map(hash, paths), np.int64, len(paths))
            by_hash = np.argsort(hashes).astype(np.int32)
            order = np.array(sorted(range(len(paths)), key=paths.__getitem__), np.int32)
            self._by_path = _ByPath(hashes[by_hash], by_hash, order, _folders_above(paths))
        return self._by_path

    def _path(self, row: int) -> str:
        start, end = self._offsets[row : row + 2].tolist()
        return self._parsed(self._lines[start:end], _PathOnly).path

    def rows_with(self, content_hash: str) -> list[int]:
        """Rows of the documents with the same bytes. The first call costs 1 µs per document."""
        if self._by_content is None:
            found = list(self._hashes(_CONTENT_HASH))
            hashes = np.fromiter((hash(value) for _, value in found), np.int64, len(found))
            order = np.argsort(hashes, kind="stable")
            self._by_content = hashes[order], np.array([row for row, _ in found], np.int32)[order]
        hashes, rows = self._by_content
        start, end = (hashes.searchsorted(hash(content_hash), side) for side in ("left", "right"))
        return [row for row in rows[start:end].tolist() if self[row].content_hash == content_hash]

    def picture_hashes(self) -> Iterator[tuple[int, str]]:
        """Row and picture hash of each document that has one, without parsing the others."""
        return self._hashes(_PICTURE_HASH)

    def _hashes(self, pattern: re.Pattern[bytes]) -> Iterator[tuple[int, str]]:
        for match in pattern.finditer(self._lines):
            row = int(np.searchsorted(self._offsets, match.start(), side="right")) - 1
            yield row, match[1].decode()

    def _all_parsed(self, rows: NDArray[np.integer[Any]], record_type: type[_Record]) -> Iterator[_Record]:
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


def _folders_above(paths: Iterable[str]) -> frozenset[int]:
    found: set[str] = set()
    for path in paths:
        end = path.rfind(os.sep) + 1
        while end and (folder := path[:end]) not in found:
            found.add(folder)
            end = path.rfind(os.sep, 0, end - 1) + 1
    return frozenset(map(hash, found))


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
