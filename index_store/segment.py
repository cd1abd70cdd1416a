"""One segment: the embeddings, chunks and documents of one commit, in files that never change.

    segments/000001/
        embeddings.npy        float16 (n, dim), one unit row per chunk; float32 in format version 1
        codes.npy             int8, with code_scales.npy beside: see `codes`; not in small segments
        documents.jsonl       one DocumentRecord per line
        document_offsets.npy  int64 (documents + 1,), where each document's line begins; not in format version 1
        chunks.jsonl          one ChunkRecord per line, a document's chunks one after the other
        chunk_offsets.npy     int64 (n + 1,), where each chunk's line begins
        chunk_documents.npy   int32 (n,), each chunk's document as its row in documents.jsonl
        removed-00000012.npy  int32, the documents removed as of generation 12
        chunk_origins.npy     int64 (n,), only where segments were merged: each chunk's `origin`
        document_origins.npy  int64 (documents,), the same of documents

Removing writes another file; documents and chunks themselves stay where they are. Merging (`compaction`) moves
them; their origin, the segment and row that they were committed in, stays what the word index knows them by.
"""

import mmap
from array import array
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index_store.codes import Codes, open_codes, write_codes
from index_store.document_records import DOCUMENTS, DocumentRecords, damaged_segment, line_offsets
from index_store.durable import FileEntry, sync_folder, write_file
from index_store.manifest import SegmentEntry
from index_store.mapping import expect_random_reads, read_or_map
from index_store.npy import HEADER_BYTES, npy_parts, read_npy, write_npy
from index_store.records import Addition, ChunkRecord, from_json, to_json

EMBEDDINGS = "embeddings.npy"
DOCUMENT_OFFSETS = "document_offsets.npy"
CHUNKS = "chunks.jsonl"
CHUNK_OFFSETS = "chunk_offsets.npy"
CHUNK_DOCUMENTS = "chunk_documents.npy"
CHUNK_ORIGINS = "chunk_origins.npy"
DOCUMENT_ORIGINS = "document_origins.npy"

_ROWS_WRITTEN = 2_048  # at once, and
_LINES_WRITTEN = 4_096

# What a file that is not what it was can make reading it raise.
_DAMAGE = (ValueError, FileNotFoundError, IsADirectoryError, NotADirectoryError)


@dataclass(frozen=True, slots=True, eq=False)
class Segment:
    """An open segment, with what is removed as of one generation.

    Every file is in memory or mapped, so it can be read for as long as somebody holds it, even when its folder is gone.
    """

    entry: SegmentEntry
    folder: Path
    documents: DocumentRecords
    embeddings: NDArray[Any]  # (n, dim), read-only; float16, or float32 where format version 1 wrote it
    codes: Codes | None
    chunk_lines: bytes | mmap.mmap
    chunk_offsets: NDArray[np.int64]  # (n + 1,)
    chunk_documents: NDArray[np.int32]  # (n,), ascending
    chunk_origins: NDArray[np.int64]  # (n,), ascending
    document_origins: NDArray[np.int64]  # (len(documents),), ascending
    origin_numbers: frozenset[int]  # of the commits that its documents come from
    live_documents: NDArray[np.bool_]  # (len(documents),)
    live_chunks: NDArray[np.bool_]  # (n,)
    live_document_count: int
    live_chunk_count: int

    @property
    def number(self) -> int:
        return self.entry.number

    def chunk_rows(self, document: int) -> range:
        """Rows of one document's chunks."""
        first, end = np.searchsorted(self.chunk_documents, (document, document + 1))
        return range(int(first), int(end))

    def chunk(self, row: int) -> ChunkRecord:
        """One chunk, which may be read from the disk.

        Raises:
            IndexCorrupt: Something else is in its place.
        """
        start, end = self.chunk_offsets[row : row + 2].tolist()
        try:
            return from_json(self.chunk_lines[start:end], ChunkRecord)
        except ValueError as error:
            raise damaged_segment(self.number, f"{CHUNKS}: {error}") from error


def origin(segment: int, row: int) -> int:
    """What a document or chunk is known by, wherever it is merged into: the segment and row it was committed in."""
    return segment << 32 | row


def origin_number(origin: int) -> int:
    return origin >> 32


def row_of(origins: NDArray[np.int64], origin: int) -> int:
    """The row that has this origin; -1 when none does."""
    row = int(origins.searchsorted(origin))
    return row if row < len(origins) and origins[row] == origin else -1


def segment_folder(directory: Path, number: int) -> Path:
    return directory / "segments" / f"{number:06d}"


def segment_folders(directory: Path) -> dict[int, Path]:
    """The folder of each segment that is there, in a manifest or not."""
    try:
        folders = list((directory / "segments").iterdir())
    except FileNotFoundError:
        return {}
    return {int(folder.name): folder for folder in folders if folder.name.isdecimal()}


def removed_file(directory: Path, number: int, generation: int) -> Path:
    return segment_folder(directory, number) / f"removed-{generation:08d}.npy"


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentContents:
    """What a segment's files are made of, in the order of their rows; nothing of it need be in memory as a whole."""

    dim: int
    chunk_counts: Sequence[int]  # of each document
    document_lines: Iterable[bytes]  # with their ends, as `chunk_lines` too
    chunk_lines: Iterable[bytes]
    embeddings: Iterable[NDArray[Any]]  # blocks of rows, float16 or float32
    origins: Mapping[str, NDArray[np.int64]]  # by the name of their file; empty unless segments are merged


def write_segment(directory: Path, number: int, additions: Sequence[Addition]) -> SegmentEntry:
    """Write a new segment of what is committed now; as `write_contents`."""
    contents = SegmentContents(
        dim=additions[0].embeddings.shape[1],
        chunk_counts=[len(addition.chunks) for addition in additions],
        document_lines=(to_json(addition.document) + b"\n" for addition in additions),
        chunk_lines=(to_json(chunk) + b"\n" for addition in additions for chunk in addition.chunks),
        embeddings=(addition.embeddings for addition in additions),
        origins={},
    )
    return write_contents(directory, number, contents)


def write_contents(directory: Path, number: int, contents: SegmentContents) -> SegmentEntry:
    """Write a segment; it is durable but for its folder's own name, which `write_manifest` syncs.

    Raises:
        OSError: The folder may be there in part.
    """
    folder = segment_folder(directory, number)
    folder.parent.mkdir(mode=0o700, exist_ok=True)
    folder.mkdir(mode=0o700)
    owners = np.repeat(np.arange(len(contents.chunk_counts), dtype="<i4"), contents.chunk_counts)  # (n,)
    shape = (len(owners), contents.dim)
    embeddings = write_npy(folder / EMBEDDINGS, _joined(contents.embeddings), "<f2", shape)
    files = (
        embeddings,
        *write_codes(folder, read_npy(folder, embeddings, "<f2", shape)),
        *_write_lines(folder, (DOCUMENTS, DOCUMENT_OFFSETS), contents.document_lines),
        *_write_lines(folder, (CHUNKS, CHUNK_OFFSETS), contents.chunk_lines),
        write_file(folder / CHUNK_DOCUMENTS, npy_parts(owners)),
        *(write_file(folder / name, npy_parts(origins)) for name, origins in contents.origins.items()),
    )
    sync_folder(folder)
    sync_folder(folder.parent)
    return SegmentEntry(
        number=number,
        document_count=len(contents.chunk_counts),
        chunk_count=len(owners),
        files=files,
        is_merged=bool(contents.origins),
    )


def _joined(blocks: Iterable[NDArray[Any]]) -> Iterator[NDArray[Any]]:
    """The same rows in fewer blocks, each written at once."""
    held: list[NDArray[Any]] = []
    for block in blocks:
        held.append(block)
        if sum(map(len, held)) >= _ROWS_WRITTEN:
            yield np.concatenate(held)
            held.clear()
    if held:
        yield np.concatenate(held)


def _write_lines(folder: Path, names: tuple[str, str], lines: Iterable[bytes]) -> tuple[FileEntry, FileEntry]:
    """Write lines, and where each begins."""
    ends = array("q", [0])
    written = write_file(folder / names[0], _batches(lines, ends))
    return written, write_file(folder / names[1], npy_parts(np.array(ends, dtype="<i8")))


def _batches(lines: Iterable[bytes], ends: "array[int]") -> Iterator[bytes]:
    held: list[bytes] = []
    for line in lines:
        held.append(line)
        ends.append(ends[-1] + len(line))
        if len(held) >= _LINES_WRITTEN:
            yield b"".join(held)
            held.clear()
    yield b"".join(held)


def write_removed(directory: Path, number: int, generation: int, rows: Collection[int]) -> FileEntry:
    """Write which documents of a segment are removed as of `generation`, all of them."""
    path = removed_file(directory, number, generation)
    entry = write_file(path, npy_parts(np.array(sorted(rows), dtype="<i4")))
    sync_folder(path.parent)
    return entry


def open_segment(directory: Path, entry: SegmentEntry, *, dim: int) -> Segment:
    """Open one segment and check that its files are whole: sizes, headers, offsets.

    Damaged codes are left out, and the segment is searched without them.

    Raises:
        IndexCorrupt: Another file is not whole.
    """
    folder = segment_folder(directory, entry.number)
    n = entry.chunk_count
    try:
        chunk_origins = _origins(folder, entry, CHUNK_ORIGINS, n)
        document_origins = _origins(folder, entry, DOCUMENT_ORIGINS, entry.document_count)
        segment = Segment(
            entry=entry,
            folder=folder,
            documents=_documents(folder, entry),
            embeddings=_embeddings(folder, entry, dim),
            codes=open_codes(folder, entry, dim=dim),
            chunk_lines=read_or_map(folder, entry.file(CHUNKS)),
            chunk_offsets=read_npy(folder, entry.file(CHUNK_OFFSETS), "<i8", (n + 1,)),
            chunk_documents=read_npy(folder, entry.file(CHUNK_DOCUMENTS), "<i4", (n,)),
            chunk_origins=chunk_origins,
            document_origins=document_origins,
            origin_numbers=frozenset(np.unique(document_origins >> 32).tolist()),
            live_documents=np.ones(entry.document_count, dtype=bool),
            live_chunks=np.ones(n, dtype=bool),
            live_document_count=entry.document_count,
            live_chunk_count=n,
        )
        _check_rows(segment)
        if segment.codes:  # else they are read from end to end
            expect_random_reads(segment.embeddings)
        live_documents = _live_documents(folder, entry)
    except _DAMAGE as error:
        raise damaged_segment(entry.number, str(error)) from error
    return with_live(segment, live_documents)


def _documents(folder: Path, entry: SegmentEntry) -> DocumentRecords:
    lines, count = read_or_map(folder, entry.file(DOCUMENTS)), entry.document_count
    if any(file.name == DOCUMENT_OFFSETS for file in entry.files):
        offsets = read_npy(folder, entry.file(DOCUMENT_OFFSETS), "<i8", (count + 1,))
    else:
        offsets = line_offsets(lines)
    _check(len(offsets) == count + 1, f"{DOCUMENTS} has another number of lines")
    _check_offsets(offsets, entry.file(DOCUMENTS), DOCUMENT_OFFSETS)
    return DocumentRecords(lines, offsets, segment=entry.number)


def _embeddings(folder: Path, entry: SegmentEntry, dim: int) -> NDArray[Any]:
    file, n = entry.file(EMBEDDINGS), entry.chunk_count
    is_half = file.size_bytes == HEADER_BYTES + 2 * n * dim
    return read_npy(folder, file, "<f2" if is_half else "<f4", (n, dim))


def _origins(folder: Path, entry: SegmentEntry, name: str, count: int) -> NDArray[np.int64]:
    if not entry.is_merged:
        return np.arange(count, dtype=np.int64) + origin(entry.number, 0)
    origins: NDArray[np.int64] = read_npy(folder, entry.file(name), "<i8", (count,))
    _check(bool(np.all(origins[1:] > origins[:-1])), f"{name} names rows twice")
    return origins


def with_removals(segment: Segment, entry: SegmentEntry) -> Segment:
    """The same segment as of another generation; only what is removed is read.

    Raises:
        IndexCorrupt: That file is damaged.
    """
    try:
        live_documents = _live_documents(segment.folder, entry)
    except _DAMAGE as error:
        raise damaged_segment(entry.number, str(error)) from error
    return with_live(replace(segment, entry=entry), live_documents)


def with_live(segment: Segment, live_documents: NDArray[np.bool_]) -> Segment:
    live_chunks = live_documents[segment.chunk_documents]
    return replace(
        segment,
        live_documents=live_documents,
        live_chunks=live_chunks,
        live_document_count=int(np.count_nonzero(live_documents)),
        live_chunk_count=int(np.count_nonzero(live_chunks)),
    )


def _live_documents(folder: Path, entry: SegmentEntry) -> NDArray[np.bool_]:
    live = np.ones(entry.document_count, dtype=bool)
    if entry.removed is None:
        return live
    rows = read_npy(folder, entry.removed, "<i4", (entry.removed_count,))
    _check(rows.min() >= 0 and rows.max() < len(live), f"{entry.removed.name} names rows there are not")
    live[rows] = False
    return live


def _check_rows(segment: Segment) -> None:
    entry, owners = segment.entry, segment.chunk_documents
    in_range = not len(owners) or (owners[0] >= 0 and owners[-1] < entry.document_count)
    _check(in_range and bool(np.all(owners[1:] >= owners[:-1])), f"{CHUNK_DOCUMENTS} names rows there are not")
    _check_offsets(segment.chunk_offsets, entry.file(CHUNKS), CHUNK_OFFSETS)


def _check_offsets(offsets: NDArray[np.int64], lines: FileEntry, name: str) -> None:
    whole = offsets[0] == 0 and offsets[-1] == lines.size_bytes
    _check(bool(whole and np.all(offsets[1:] > offsets[:-1])), f"{name} does not fit {lines.name}")


def _check(condition: bool, damage: str) -> None:
    if not condition:
        raise ValueError(damage)
