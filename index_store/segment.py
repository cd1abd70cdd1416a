"""One segment: the embeddings, chunks and documents of one commit, in files that never change.

    segments/000001/
        embeddings.npy        float32 (n, dim), one unit row per chunk
        documents.jsonl       one DocumentRecord per line
        chunks.jsonl          one ChunkRecord per line, a document's chunks one after the other
        chunk_offsets.npy     int64 (n + 1,), where each chunk's line begins
        chunk_documents.npy   int32 (n,), each chunk's document as its row in documents.jsonl
        removed-00000012.npy  int32, the documents removed as of generation 12

Removing writes another file; documents and chunks themselves stay where they are.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from embeddings import Embeddings
from errors import IndexCorrupt
from index_store.durable import FileEntry, check_size, read_checked, sync_folder, write_file
from index_store.manifest import CLEAR_HINT, SegmentEntry
from index_store.npy import npy_parts, read_npy
from index_store.records import Addition, ChunkRecord, DocumentRecord, from_json, to_json

EMBEDDINGS = "embeddings.npy"
DOCUMENTS = "documents.jsonl"
CHUNKS = "chunks.jsonl"
CHUNK_OFFSETS = "chunk_offsets.npy"
CHUNK_DOCUMENTS = "chunk_documents.npy"

# What a file that is not what it was can make reading it raise.
_DAMAGE = (ValueError, FileNotFoundError, IsADirectoryError, NotADirectoryError)


@dataclass(frozen=True, slots=True, eq=False)
class Segment:
    """An open segment, with what is removed as of one generation."""

    entry: SegmentEntry
    folder: Path
    documents: list[DocumentRecord]
    embeddings: Embeddings  # (n, dim), read-only
    chunk_offsets: NDArray[np.int64]  # (n + 1,)
    chunk_documents: NDArray[np.int32]  # (n,), ascending
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
        """One chunk, read from the disk: 15 µs.

        Raises:
            IndexCorrupt: Something else is in its place.
        """
        start, end = (int(offset) for offset in self.chunk_offsets[row : row + 2])
        try:
            with (self.folder / CHUNKS).open("rb", buffering=0) as file:
                file.seek(start)
                return from_json(file.read(end - start), ChunkRecord)
        except _DAMAGE as error:
            raise _damaged(self.number, f"{CHUNKS}: {error}") from error

    def chunks(self) -> Iterator[ChunkRecord]:
        """All chunks in the order of their rows, removed ones too.

        Raises:
            IndexCorrupt: A line is no chunk.
        """
        try:
            with (self.folder / CHUNKS).open("rb") as file:
                for line in file:
                    yield from_json(line, ChunkRecord)
        except _DAMAGE as error:
            raise _damaged(self.number, f"{CHUNKS}: {error}") from error


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


def write_segment(directory: Path, number: int, additions: Sequence[Addition]) -> SegmentEntry:
    """Write a new segment; it is durable but for its folder's own name, which `write_manifest` syncs.

    Raises:
        OSError: The folder may be there in part.
    """
    folder = segment_folder(directory, number)
    folder.parent.mkdir(mode=0o700, exist_ok=True)
    folder.mkdir(mode=0o700)
    chunk_lines = [to_json(chunk) + b"\n" for addition in additions for chunk in addition.chunks]
    chunk_counts = [len(addition.chunks) for addition in additions]
    files = (
        write_file(folder / EMBEDDINGS, npy_parts(np.concatenate([addition.embeddings for addition in additions]))),
        write_file(folder / DOCUMENTS, [to_json(addition.document) + b"\n" for addition in additions]),
        write_file(folder / CHUNKS, chunk_lines),
        write_file(folder / CHUNK_OFFSETS, npy_parts(_offsets(chunk_lines))),
        write_file(
            folder / CHUNK_DOCUMENTS, npy_parts(np.repeat(np.arange(len(additions), dtype="<i4"), chunk_counts))
        ),
    )
    sync_folder(folder)
    sync_folder(folder.parent)
    return SegmentEntry(number=number, document_count=len(additions), chunk_count=len(chunk_lines), files=files)


def _offsets(lines: Sequence[bytes]) -> NDArray[np.int64]:
    offsets = np.zeros(len(lines) + 1, dtype="<i8")
    np.cumsum([len(line) for line in lines], out=offsets[1:])
    return offsets


def write_removed(directory: Path, number: int, generation: int, rows: Collection[int]) -> FileEntry:
    """Write which documents of a segment are removed as of `generation`, all of them."""
    path = removed_file(directory, number, generation)
    entry = write_file(path, npy_parts(np.array(sorted(rows), dtype="<i4")))
    sync_folder(path.parent)
    return entry


def open_segment(directory: Path, entry: SegmentEntry, *, dim: int) -> Segment:
    """Open one segment and check that its files are whole: sizes, headers, every document line.

    Raises:
        IndexCorrupt: One is not.
    """
    folder = segment_folder(directory, entry.number)
    n = entry.chunk_count
    try:
        check_size(folder, entry.file(CHUNKS))
        lines = read_checked(folder, entry.file(DOCUMENTS)).splitlines()
        segment = Segment(
            entry=entry,
            folder=folder,
            documents=[from_json(line, DocumentRecord) for line in lines],
            embeddings=read_npy(folder, entry.file(EMBEDDINGS), "<f4", (n, dim)),
            chunk_offsets=read_npy(folder, entry.file(CHUNK_OFFSETS), "<i8", (n + 1,)),
            chunk_documents=read_npy(folder, entry.file(CHUNK_DOCUMENTS), "<i4", (n,)),
            live_documents=np.ones(entry.document_count, dtype=bool),
            live_chunks=np.ones(n, dtype=bool),
            live_document_count=entry.document_count,
            live_chunk_count=n,
        )
        _check_rows(segment)
        live_documents = _live_documents(folder, entry)
    except _DAMAGE as error:
        raise _damaged(entry.number, str(error)) from error
    return _with_live(segment, live_documents)


def with_removals(segment: Segment, entry: SegmentEntry) -> Segment:
    """The same segment as of another generation; only what is removed is read.

    Raises:
        IndexCorrupt: That file is damaged.
    """
    try:
        live_documents = _live_documents(segment.folder, entry)
    except _DAMAGE as error:
        raise _damaged(entry.number, str(error)) from error
    return _with_live(replace(segment, entry=entry), live_documents)


def _with_live(segment: Segment, live_documents: NDArray[np.bool_]) -> Segment:
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
    entry, owners, offsets = segment.entry, segment.chunk_documents, segment.chunk_offsets
    _check(len(segment.documents) == entry.document_count, f"{DOCUMENTS} has another number of lines")
    in_range = not len(owners) or (owners[0] >= 0 and owners[-1] < entry.document_count)
    _check(in_range and bool(np.all(owners[1:] >= owners[:-1])), f"{CHUNK_DOCUMENTS} names rows there are not")
    whole = offsets[0] == 0 and offsets[-1] == entry.file(CHUNKS).size_bytes
    _check(bool(whole and np.all(offsets[1:] > offsets[:-1])), f"{CHUNK_OFFSETS} does not fit {CHUNKS}")


def _check(condition: bool, damage: str) -> None:
    if not condition:
        raise ValueError(damage)


def _damaged(number: int, damage: str) -> IndexCorrupt:
    return IndexCorrupt(f"Segment {number} of the index is damaged: {damage}", hint=CLEAR_HINT)
