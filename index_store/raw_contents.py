"""What the files of an index say, byte for byte and beyond what counts of them, whether they are encrypted or not.

Of an encrypted database that is every page, those that are free and those in its log too.
"""

from collections.abc import Iterator
from io import BufferedReader
from itertools import islice
from pathlib import Path

from index_store.database import sealed_database
from index_store.sealing import MAGIC, is_sealed, seal_of, unsealed_page

_BLOCK_BYTES = 1 << 19
_PAGE_BYTES = 4096
_LOG_HEADER_BYTES, _FRAME_HEADER_BYTES = 32, 24  # before all pages and before each: sqlite.org/fileformat2.html


def blocks_of(directory: Path, path: Path) -> Iterator[bytes]:
    """What a file says, from its beginning to its end.

    Args:
        directory: The index, by whose key it is read.
        path: Of the index, or anywhere else.

    Raises:
        OSError: It cannot be read.
        IndexSealed: The index is encrypted, and its key is not at hand.
    """
    seal = seal_of(directory)
    with path.open("rb") as file:
        if seal and is_sealed(file.peek(len(MAGIC))):
            yield from _blocks(seal.opened(file))
        elif seal and (name := sealed_database(path.name)):
            pages = _pages(file, seal.database_key(name), is_log=path.name.endswith("-wal"))
            yield from map(b"".join, _batches(pages))
        else:
            yield from _blocks(file)


def _blocks(file: BufferedReader) -> Iterator[bytes]:
    while block := file.read(_BLOCK_BYTES):
        yield block


def _batches(pages: Iterator[bytes]) -> Iterator[list[bytes]]:
    while batch := list(islice(pages, _BLOCK_BYTES // _PAGE_BYTES)):
        yield batch


def _pages(file: BufferedReader, key: bytes, *, is_log: bool) -> Iterator[bytes]:
    before_page = _FRAME_HEADER_BYTES if is_log else 0
    file.read(_LOG_HEADER_BYTES if is_log else 0)
    while len(frame := file.read(before_page + _PAGE_BYTES)) == before_page + _PAGE_BYTES:
        yield unsealed_page(key, frame[before_page:])
