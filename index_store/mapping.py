"""Files of a segment in memory: small ones are read, large ones mapped, and the system is told how they are read.

What is sealed is unsealed into memory of this process alone: nothing of it is in a file, and nothing is mapped.

Source of the figures: notes/store.md 1.4.
"""

import mmap
from collections.abc import Iterable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index_store.durable import FileEntry, check_read, check_size, open_to_read, read_checked

# A smaller file is read instead of mapped: each map holds a file descriptor open, and 1,024
# is all that many systems give a process.
_MAPPED_BYTES = 1 << 20
# Rows that lie nearer are asked for together: what is read between them costs less than another call.
_NEAR_BYTES = 64 << 10


def read_or_map(folder: Path, entry: FileEntry) -> bytes | mmap.mmap:
    """The bytes of a file, which nobody shall change.

    Raises:
        ValueError: It is longer or shorter than it was written; or it is sealed, and not as it was written.
    """
    if entry.size_bytes < _MAPPED_BYTES:
        return read_checked(folder, entry)
    check_size(folder, entry)
    with open_to_read(folder, entry) as file:
        if not entry.is_sealed:
            return mmap.mmap(file.fileno(), entry.size_bytes, access=mmap.ACCESS_READ)
        memory = _own_memory(entry.size_bytes)
        file.readinto(memory)
        check_read(file)
    return memory


def _own_memory(size_bytes: int) -> mmap.mmap:
    """Memory that goes back to the system as soon as nobody holds it."""
    if not hasattr(mmap, "MAP_PRIVATE"):  # Windows
        return mmap.mmap(-1, size_bytes)
    return mmap.mmap(-1, size_bytes, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)


def expect_random_reads(array: NDArray[Any]) -> None:
    """Tell the system not to read ahead in the file behind `array`.

    A thousand rows here and there of a large file that is not in memory take 0.08 s then, and 3 s without. From
    end to end it is the other way round: 150 MB take 1.8 s instead of 0.4.
    """
    mapped = map_behind(array)
    if mapped is not None and hasattr(mmap, "MADV_RANDOM"):  # Windows has no such call
        mapped.madvise(mmap.MADV_RANDOM)


def prefetch_rows(array: NDArray[Any], rows: Iterable[int]) -> None:
    """Have the system read these rows of `array`, which ascend, all at once, and not each when its turn comes."""
    mapped = map_behind(array)
    if mapped is None or not hasattr(mmap, "MADV_WILLNEED"):
        return
    row_bytes = array.strides[0]
    header_bytes = len(mapped) - array.nbytes
    for first, last in _stretches(rows, apart=max(1, _NEAR_BYTES // row_bytes)):
        start = header_bytes + first * row_bytes
        page = start - start % mmap.PAGESIZE
        mapped.madvise(mmap.MADV_WILLNEED, page, header_bytes + (last + 1) * row_bytes - page)


def _stretches(rows: Iterable[int], *, apart: int) -> Iterator[tuple[int, int]]:
    """First and last of the rows that follow each other at most so far apart."""
    ascending = list(rows)
    cuts = [place for place, (one, other) in enumerate(pairwise(ascending), start=1) if other - one > apart]
    for start, end in pairwise([0, *cuts, len(ascending)]):
        if start < end:
            yield ascending[start], ascending[end - 1]


def map_behind(array: NDArray[Any]) -> mmap.mmap | None:
    """The map that an array lies in; None for one in memory."""
    behind: Any = array
    while isinstance(behind, np.ndarray):
        behind = behind.base
    behind = behind.obj if isinstance(behind, memoryview) else behind
    return behind if isinstance(behind, mmap.mmap) else None
