"""Looking for what was forgotten in the raw bytes of the index's files, as somebody would who has the disk.

Of files that are encrypted it is what they say that is searched: somebody may have the key too.

Of each forgotten document a few pieces are kept in memory: its path, its name, stretches and long words of its text,
embeddings, thumbnails. What a document that stays has as well is no remain.
"""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from index_store import thumbnails, words
from index_store.name_words import folded, searchable
from index_store.raw_contents import blocks_of
from index_store.segment import Segment
from index_store.snapshot import Snapshot

_ANCHOR_BYTES = 8  # of a piece, its last ones: these are looked for at every byte
_SLOT_BITS = 21  # what fits into a processor's own memory
_SPREAD = np.uint64(0x9E3779B97F4A7C15)  # 2**64 divided by the golden ratio

_DOCUMENTS = 2_000  # whose contents are looked for, evenly over all; paths and names of all are
_CHUNKS = 3  # of each, and of these:
_STRETCHES, _WORDS = 2, 4
_EMBEDDING_BYTES = 32
_STRETCH = re.compile(r'[^\x00-\x1f\x7f"\\]{16,60}')  # as JSON has it too
_WORD = re.compile(r"[a-z]{11,}")
_SHARED = 3  # letters that the word index may write once for two neighbours
_PICTURE_BYTES = 32


class Piece(NamedTuple):
    """Something by which a forgotten document would be known."""

    what: str  # for people
    data: bytes


class Searched(NamedTuple):
    """What came of a search through all files."""

    size_bytes: int
    left: tuple[tuple[Path, str], ...]  # in which file is something of what kind


class RawSearch:
    """Finds any of many pieces in one go: 0.2 GB/s, whether they are ten or a hundred thousand."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._by_anchor: dict[int, dict[int, set[bytes]]] = defaultdict(lambda: defaultdict(set))
        self._longest = _ANCHOR_BYTES
        for piece in pieces:
            if is_telling(piece):
                anchor = int.from_bytes(piece[-_ANCHOR_BYTES:], "little")
                self._by_anchor[anchor][len(piece)].add(piece)
                self._longest = max(self._longest, len(piece))
        self._anchors = np.array(sorted(self._by_anchor), np.uint64)
        self._slots = np.zeros(1 << _SLOT_BITS, bool)
        self._slots[_slot(self._anchors)] = True

    def found_in_blocks(self, blocks: Iterable[bytes]) -> set[bytes]:
        """What is in blocks that follow each other, also across them."""
        found: set[bytes] = set()
        end = b""
        for block in blocks:
            found |= self.found_in(end + block)
            end = (end + block)[-self._longest + 1 :]
        return found

    def found_in(self, data: bytes) -> set[bytes]:
        found = set()
        for shift in range(min(_ANCHOR_BYTES, len(data) - _ANCHOR_BYTES + 1)):
            numbers = np.frombuffer(data, "<u8", (len(data) - shift) // _ANCHOR_BYTES, shift)  # (n,)
            for place in self._near(numbers):
                end = shift + _ANCHOR_BYTES * (place + 1)
                for length, pieces in self._by_anchor[int(numbers[place])].items():
                    if end >= length and data[end - length : end] in pieces:
                        found.add(data[end - length : end])
        return found

    def _near(self, numbers: NDArray[np.uint64]) -> Sequence[int]:
        """Where there is an anchor."""
        maybe = np.flatnonzero(self._slots.take(_slot(numbers)))
        if not len(maybe) or not len(self._anchors):
            return []
        nearest = self._anchors.searchsorted(numbers[maybe]).clip(max=len(self._anchors) - 1)
        near: list[int] = maybe[self._anchors[nearest] == numbers[maybe]].tolist()
        return near


def _slot(numbers: NDArray[np.uint64]) -> NDArray[np.int64]:
    return ((numbers * _SPREAD) >> np.uint64(64 - _SLOT_BITS)).view(np.int64)


def is_telling(piece: bytes) -> bool:
    """Whether it is long enough, and no row of blanks or zeros, so that it can be looked for."""
    return len(piece) >= _ANCHOR_BYTES and len(set(piece[-_ANCHOR_BYTES:])) > _ANCHOR_BYTES // 2


def pieces_under(snapshot: Snapshot, folder: str) -> list[Piece]:
    """Of all documents in a folder, those that were removed from it or changed too, as far as the index has them yet.

    Args:
        snapshot: Before they are forgotten.
        folder: With a separator at its end.
    """
    rows = [(segment, row) for segment in snapshot.segments for row in _rows_under(segment, folder)]
    pieces = [piece for segment, row in rows for piece in _name_pieces(segment.documents[row].path)]
    some = rows[:: max(1, -(-len(rows) // _DOCUMENTS))]
    pieces += [piece for segment, row in some for piece in _content_pieces(segment, row)]
    keys = {thumbnails.key_of(segment.documents[row]) for segment, row in some}
    kept = {thumbnails.key_of(record) for _, record in snapshot.documents() if not is_under(record.path, folder)}
    pieces += [Piece("a thumbnail", data) for data in _picture_pieces(snapshot.directory, keys - kept)]
    return [piece for piece in set(pieces) if is_telling(piece.data)]


def is_under(path: str, folder: str) -> bool:
    """Whether a document lies in a folder, which has a separator at its end, or is what was called one."""
    return path.startswith(folder) or path == folder[:-1]


def _rows_under(segment: Segment, folder: str) -> list[int]:
    return [row for row, record in enumerate(segment.documents) if is_under(record.path, folder)]


def _name_pieces(path: str) -> Iterator[Piece]:
    try:
        yield Piece("a name", msgspec.json.encode(path)[1:-1])
        yield Piece("a name", folded(Path(path).name).encode())  # as the word index has it
    except UnicodeEncodeError:  # no UTF-8, and in no two files alike
        return


def _content_pieces(segment: Segment, document: int) -> Iterator[Piece]:
    rows = segment.chunk_rows(document)
    for row in rows[:: max(1, -(-len(rows) // _CHUNKS))]:
        chunk = segment.chunk(row)
        for stretch in _STRETCH.findall(chunk.text)[:_STRETCHES]:
            yield Piece("a text", stretch.encode(errors="replace"))
        for word in sorted(set(_WORD.findall(searchable(chunk.text))), key=len)[-_WORDS:]:
            yield Piece("a word", word[_SHARED:].encode())
        yield Piece("an embedding", segment.embeddings[row].tobytes()[:_EMBEDDING_BYTES])
        if segment.codes:
            yield Piece("an embedding", segment.codes.rows[row].tobytes()[:_EMBEDDING_BYTES])


def _picture_pieces(directory: Path, keys: Collection[str]) -> Iterator[bytes]:
    for key in keys:
        for picture in thumbnails.pictures_under(directory, key):
            middle = len(picture) // 2
            yield from (picture[:_PICTURE_BYTES], picture[middle : middle + _PICTURE_BYTES])


def search_files(snapshot: Snapshot, folder: str, pieces: Iterable[Piece], *, others: Iterable[Path] = ()) -> Searched:
    """Read every file of an index and find what is left of the documents of a folder.

    What stands in a segment of which nothing is removed, and in which no document is one of these, belongs to the
    others; so do the words of a word index that has no other's.

    Args:
        snapshot: The index as it is now.
        folder: As in `pieces_under`.
        pieces: What that gave before they were forgotten.
        others: Files elsewhere that are to be searched too, where they are there.

    Raises:
        OSError: A file cannot be read.
    """
    what = {piece.data: piece.what for piece in pieces}
    search = RawSearch(what)
    files = [path for path in (*sorted(snapshot.directory.rglob("*")), *others) if path.is_file()]
    found = {path: search.found_in_blocks(blocks_of(snapshot.directory, path)) for path in files}
    pure = [each for each in snapshot.segments if each.entry.removed is None and not _rows_under(each, folder)]
    live = {segment.folder / file.name for segment in pure for file in segment.entry.files}
    theirs = set().union(*(found[path] for path in live))
    if not words.has_dead_rows(snapshot.directory, snapshot.segments):
        theirs |= search.found_in(words.all_words(snapshot.directory))
    left = {(path, what[data]) for path, there in found.items() for data in there - theirs if path not in live}
    return Searched(sum(path.stat().st_size for path in files), tuple(sorted(left)))
