"""Files of a segment in memory: small ones are read, large ones mapped, and the system is told how they are read.

Source of the figures: notes/store.md 1.4.
"""

import mmap
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index_store.durable import FileEntry, check_size, read_checked

# A smaller file is read instead of mapped: each map holds a file descriptor open, and 1,024
# is all that many systems give a process.
_MAPPED_BYTES = 1 << 20


def read_or_map(folder: Path, entry: FileEntry) -> bytes | mmap.mmap:
    """The bytes of a file, read-only.

    Raises:
        ValueError: It is longer or shorter than it was written.
    """
    if entry.size_bytes < _MAPPED_BYTES:
        return read_checked(folder, entry)
    check_size(folder, entry)
    with (folder / entry.name).open("rb") as file:
        return mmap.mmap(file.fileno(), entry.size_bytes, access=mmap.ACCESS_READ)


def expect_random_reads(array: NDArray[Any]) -> None:
    """Tell the system not to read ahead in the file behind `array`.

    A thousand rows here and there of a large file that is not in memory take 0.08 s then, and 3 s without. From
    end to end it is the other way round: 150 MB take 1.8 s instead of 0.4.
    """
    mapped = map_behind(array)
    if mapped is not None and hasattr(mmap, "MADV_RANDOM"):  # Windows has no such call
        mapped.madvise(mmap.MADV_RANDOM)


def prefetch_rows(array: NDArray[Any], rows: Iterable[int]) -> None:
    """Have the system read these rows of `array` all at once, and not each when its turn comes."""
    mapped = map_behind(array)
    if mapped is None or not hasattr(mmap, "MADV_WILLNEED"):
        return
    row_bytes = array.strides[0]
    header_bytes = len(mapped) - array.nbytes
    for row in rows:
        start = header_bytes + row * row_bytes
        page = start - start % mmap.PAGESIZE
        mapped.madvise(mmap.MADV_WILLNEED, page, start + row_bytes - page)


def map_behind(array: NDArray[Any]) -> mmap.mmap | None:
    """The map that an array lies in; None for one in memory."""
    behind: Any = array
    while isinstance(behind, np.ndarray):
        behind = behind.base
    behind = behind.obj if isinstance(behind, memoryview) else behind
    return behind if isinstance(behind, mmap.mmap) else None
