"""Arrays as .npy files, with a header that is known before it is read.

NumPy reads these files, but they are not read with NumPy's own parser: what the header must
be follows from the manifest, so anything else is damage, and no hostile header is parsed.

Source: the format's description in numpy.lib.format, version 1.0.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from index_store.durable import FileEntry, write_file
from index_store.mapping import read_or_map

HEADER_BYTES = 128  # a multiple of 64, as the format asks


def npy_parts(array: NDArray[Any]) -> list[bytes | memoryview]:
    """What to write as a .npy file, header first."""
    parts: list[bytes | memoryview] = [_header(array.dtype, array.shape)]
    if array.size:
        parts.append(np.ascontiguousarray(array).data)
    return parts


def write_npy(path: Path, blocks: Iterable[NDArray[Any]], dtype: DTypeLike, shape: tuple[int, ...]) -> FileEntry:
    """Write an array that comes in blocks of rows and need never be in memory as a whole; as `write_file`."""
    return write_file(path, _parts(blocks, np.dtype(dtype), shape))


def _parts(
    blocks: Iterable[NDArray[Any]], dtype: np.dtype[Any], shape: tuple[int, ...]
) -> Iterator[bytes | memoryview]:
    yield _header(dtype, shape)
    for block in blocks:
        if block.size:
            yield np.ascontiguousarray(block, dtype).data


def read_npy(folder: Path, entry: FileEntry, dtype: DTypeLike, shape: tuple[int, ...]) -> NDArray[Any]:
    """The array in a file, read-only; a large one is mapped.

    Raises:
        ValueError: The file is not such an array, whole.
    """
    header = _header(np.dtype(dtype), shape)
    data = read_or_map(folder, entry)
    if data[: len(header)] != header:
        raise ValueError(f"{entry.name} has an unreadable header")
    array = np.frombuffer(data, dtype, offset=len(header)).reshape(shape)
    array.flags.writeable = False  # what was unsealed could be written to
    return array


def _header(dtype: np.dtype[Any], shape: tuple[int, ...]) -> bytes:
    text = repr({"descr": dtype.newbyteorder("<").str, "fortran_order": False, "shape": shape})
    text = text.ljust(HEADER_BYTES - 11) + "\n"
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text.encode("ascii")
