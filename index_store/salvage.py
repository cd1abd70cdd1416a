"""What is damaged in a segment, and what of it can be kept: documents of which no byte is damaged, nor of their chunks.

What follows from the rest is no loss: codes from embeddings, offsets from lines.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import numpy as np
from numpy.typing import DTypeLike, NDArray

from errors import IndexCorrupt
from index_store.document_records import DOCUMENTS, DocumentRecords, line_offsets
from index_store.durable import FileEntry, damaged_stretches, open_to_read
from index_store.manifest import SegmentEntry
from index_store.npy import HEADER_BYTES
from index_store.records import ChunkRecord, DocumentRecord, from_json
from index_store.segment import (
    CHUNK_DOCUMENTS,
    CHUNK_OFFSETS,
    CHUNK_ORIGINS,
    CHUNKS,
    DOCUMENT_OFFSETS,
    DOCUMENT_ORIGINS,
    EMBEDDINGS,
    Segment,
    open_segment,
    origin,
    segment_folder,
    with_live,
    with_removals,
)

_UNIT_TOLERANCE = 2e-3  # of rows that were rounded to float16
_BLOCK_ROWS = 2_048

_Mask = NDArray[np.bool_]


class Damage(NamedTuple):
    """What is wrong with one file, and with which of its bytes."""

    problem: str
    stretches: Sequence[range]


class Salvage(NamedTuple):
    """What can be kept of a damaged segment."""

    segment: Segment  # in which lives what can be kept
    lost: Sequence[str]  # documents that cannot; "" for one whose name is damaged too


def damage_of(
    directory: Path, entry: SegmentEntry, *, dim: int, on_read: Callable[[int], None] = lambda _: None
) -> dict[str, Damage]:
    """The damaged files of a segment, by name. Every byte is read, and every line and embedding looked at."""
    folder = segment_folder(directory, entry.number)
    found = ((file.name, _damage_of_file(folder, file, on_read)) for file in entry.all_files)
    damaged = {name: damage for name, damage in found if damage}
    return damaged or dict(_senseless(directory, entry, dim))


def _damage_of_file(folder: Path, file: FileEntry, on_read: Callable[[int], None]) -> Damage | None:
    try:
        stretches = damaged_stretches(folder, file, on_read)
    except OSError as error:
        return Damage(error.strerror or str(error), [range(max(file.size_bytes, 1))])
    if not stretches:
        return None
    size_bytes = sum(map(len, stretches))
    where = f", within {size_bytes:,} bytes of {file.size_bytes:,}" if size_bytes < file.size_bytes else ""
    return Damage(f"has changed since it was written{where}", stretches)


def _senseless(directory: Path, entry: SegmentEntry, dim: int) -> Iterator[tuple[str, Damage]]:
    """Files that are as they were written, and wrong all the same: a bug, or a computer whose memory fails."""
    try:
        segment = open_segment(directory, entry, dim=dim)
    except IndexCorrupt as error:
        yield DOCUMENTS, Damage(error.message, [range(entry.file(DOCUMENTS).size_bytes)])
        return
    files = _Files(segment.folder, entry, {})
    lines = (
        (DOCUMENTS, DOCUMENT_OFFSETS, entry.document_count, DocumentRecord),
        (CHUNKS, CHUNK_OFFSETS, entry.chunk_count, ChunkRecord),
    )
    for name, offsets_name, count, record_type in lines:
        offsets = files.offsets(name, offsets_name, count)
        if wrong := list(_wrong_lines(segment.folder, entry.file(name), offsets, record_type)):
            yield name, Damage(f"has {len(wrong):,} lines that are no records", wrong)
    row_bytes = segment.embeddings.itemsize * dim
    starts = [HEADER_BYTES + row * row_bytes for row in _rows_of_wrong_length(segment.embeddings)]
    if starts:
        wrong = [range(start, start + row_bytes) for start in starts]
        yield EMBEDDINGS, Damage(f"has {len(wrong):,} rows that are not of unit length", wrong)


def _wrong_lines(
    folder: Path, entry: FileEntry, offsets: NDArray[np.int64], record_type: type[msgspec.Struct]
) -> Iterator[range]:
    start = 0
    with open_to_read(folder, entry) as file:
        for end in offsets[1:].tolist():
            try:
                from_json(file.read(end - start), record_type)
            except ValueError:
                yield range(start, end)
            start = end


def _rows_of_wrong_length(embeddings: NDArray[Any]) -> Iterator[int]:
    for start in range(0, len(embeddings), _BLOCK_ROWS):
        lengths = np.linalg.norm(embeddings[start : start + _BLOCK_ROWS].astype(np.float32), axis=1)
        is_right = np.abs(lengths - 1) <= _UNIT_TOLERANCE  # NaN is not near 1 either
        yield from (start + np.flatnonzero(~is_right)).tolist()


def salvaged(directory: Path, entry: SegmentEntry, damaged: Mapping[str, Damage], *, dim: int) -> Salvage:
    """Open a damaged segment, and let of it live only what can be kept."""
    stretches = {name: damage.stretches for name, damage in damaged.items()}
    files = _Files(segment_folder(directory, entry.number), entry, stretches)
    owners, lost = files.owners()
    chunk_offsets = files.offsets(CHUNKS, CHUNK_OFFSETS, entry.chunk_count)
    document_offsets = files.offsets(DOCUMENTS, DOCUMENT_OFFSETS, entry.document_count)
    embeddings = files.embeddings(dim)
    nameless = files.lines_in(DOCUMENTS, document_offsets)
    lost |= nameless
    lost[owners[files.lines_in(CHUNKS, chunk_offsets)]] = True
    for rows in files.rows_in(EMBEDDINGS, embeddings.itemsize * dim, entry.chunk_count):
        lost[owners[rows]] = True
    chunk_origins, document_origins = files.origins()
    opened = Segment(
        entry=entry,
        folder=files.folder,
        documents=DocumentRecords(files.content(DOCUMENTS), document_offsets, segment=entry.number),
        embeddings=embeddings,
        codes=None,
        chunk_lines=files.content(CHUNKS),
        chunk_offsets=chunk_offsets,
        chunk_documents=owners,
        chunk_origins=chunk_origins,
        document_origins=document_origins,
        origin_numbers=frozenset(np.unique(document_origins >> 32).tolist()),
        live_documents=np.ones(entry.document_count, dtype=bool),
        live_chunks=np.ones(entry.chunk_count, dtype=bool),
        live_document_count=entry.document_count,
        live_chunk_count=entry.chunk_count,
    )
    if entry.removed and entry.removed.name in stretches:  # better none of them than one that was removed
        lost[:] = True
    else:
        opened = with_removals(opened, entry)
    going = np.flatnonzero(opened.live_documents & lost).tolist()
    names = ["" if nameless[row] else opened.documents[row].path for row in going]
    return Salvage(with_live(opened, opened.live_documents & ~lost), names)


class _Files(NamedTuple):
    """The files of a damaged segment; every answer is of the right shape, whatever they are."""

    folder: Path
    entry: SegmentEntry
    damaged: Mapping[str, Sequence[range]]  # which bytes of which

    def content(self, name: str) -> bytes:
        try:
            with open_to_read(self.folder, self.entry.file(name)) as file:
                return file.read()
        except OSError:
            return b""

    def numbers(self, name: str, dtype: DTypeLike, count: int) -> NDArray[Any]:
        """(count,), with zeros where there are none."""
        numbers = np.zeros(count, dtype)
        content = self.content(name)[HEADER_BYTES : HEADER_BYTES + numbers.nbytes]
        found = np.frombuffer(content, dtype, len(content) // numbers.itemsize)
        numbers[: len(found)] = found
        return numbers

    def offsets(self, lines: str, name: str, count: int) -> NDArray[np.int64]:
        """(count + 1,), where each line begins; all zero when that cannot be known."""
        if name not in self.damaged and any(file.name == name for file in self.entry.files):
            return self.numbers(name, "<i8", count + 1)
        offsets = line_offsets(self.content(lines)) if lines not in self.damaged else np.zeros(0, np.int64)
        return offsets if len(offsets) == count + 1 else np.zeros(count + 1, np.int64)

    def owners(self) -> tuple[NDArray[np.int32], _Mask]:
        """Each chunk's document, and of which documents it is not known whether they are."""
        count, chunk_count = self.entry.document_count, self.entry.chunk_count
        owners, unsure = self.numbers(CHUNK_DOCUMENTS, "<i4", chunk_count), np.zeros(count, dtype=bool)
        for rows in self.rows_in(CHUNK_DOCUMENTS, owners.itemsize, chunk_count):
            first = owners[rows.start - 1] if rows.start else 0
            last = owners[rows.stop] if rows.stop < chunk_count else count - 1
            unsure[first : last + 1] = True
            owners[rows] = first
        return owners, unsure

    def embeddings(self, dim: int) -> NDArray[Any]:
        """(n, dim), or fewer rows when the file is shorter."""
        file, n = self.entry.file(EMBEDDINGS), self.entry.chunk_count
        row_bytes = (file.size_bytes - HEADER_BYTES) // max(n, 1)
        dtype = np.dtype("<f2" if row_bytes == 2 * dim else "<f4")
        content = self.content(EMBEDDINGS) if file.is_sealed else self._mapped(EMBEDDINGS)
        rows = min(n, max(len(content) - HEADER_BYTES, 0) // max(row_bytes, 1))
        if not rows:
            return np.empty((0, dim), dtype)
        return np.frombuffer(content, dtype, rows * dim, HEADER_BYTES).reshape(rows, dim)

    def _mapped(self, name: str) -> NDArray[np.uint8]:
        try:
            return np.memmap(self.folder / name, np.uint8, "r")
        except (OSError, ValueError):  # there is none, or nothing in it
            return np.empty(0, np.uint8)

    def origins(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Of chunks and of documents; as if they had been committed here when those that they have are damaged."""
        names, counts = (CHUNK_ORIGINS, DOCUMENT_ORIGINS), (self.entry.chunk_count, self.entry.document_count)
        if self.entry.is_merged and not self.damaged.keys() & set(names):
            return self.numbers(names[0], "<i8", counts[0]), self.numbers(names[1], "<i8", counts[1])
        first = origin(self.entry.number, 0)
        return np.arange(first, first + counts[0]), np.arange(first, first + counts[1])

    def rows_in(self, name: str, row_bytes: int, count: int) -> Iterator[slice]:
        """Rows of a .npy file of which a byte is damaged."""
        for stretch in self.damaged.get(name, ()):
            first = max(stretch.start - HEADER_BYTES, 0) // row_bytes
            end = min(-(-max(stretch.stop - HEADER_BYTES, 0) // row_bytes), count)
            if first < end:
                yield slice(first, end)

    def lines_in(self, name: str, offsets: NDArray[np.int64]) -> _Mask:
        """Lines of which a byte is damaged, or that are not known."""
        mask: _Mask = offsets[1:] <= offsets[:-1]
        for stretch in self.damaged.get(name, ()):
            mask |= (offsets[:-1] < stretch.stop) & (offsets[1:] > stretch.start)
        return mask
