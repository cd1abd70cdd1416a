"""Arrays as .npy files, with a header that is known before it is read.

NumPy reads these files, but they are not read with NumPy's own parser: what the header must
be follows from the manifest, so anything else is damage, and no hostile header is parsed.

Source: the format's description in numpy.lib.format, version 1.0.
"""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index_store.durable import FileEntry, check_size, read_checked

# A smaller file is read instead of mapped: each map holds a file descriptor open, and 1,024
# is all that many systems give a process.
_MAPPED_BYTES = 1 << 20
_HEADER_BYTES = 128  # a multiple of 64, as the format asks


def npy_parts(array: NDArray[Any]) -> list[bytes | memoryview]:
    """What to write as a .npy file, header first."""
    parts: list[bytes | memoryview] = [_header(array.dtype, array.shape)]
    if array.size:
        parts.append(np.ascontiguousarray(array).data)
    return parts


def read_npy(folder: Path, entry: FileEntry, dtype: Any, shape: tuple[int, ...]) -> NDArray[Any]:
    """The array in a file, read-only; a large one is mapped.

    The map is not advised that access is random: the scan reads it from end to end, which
    takes 0.4 s for 150 MB that are not in memory, and 1.8 s without the system's read-ahead.

    Raises:
        ValueError: The file is not such an array, whole.
    """
    header = _header(np.dtype(dtype), shape)
    if entry.size_bytes < _MAPPED_BYTES:
        data = read_checked(folder, entry)
        _check_header(entry.name, data[: len(header)], header)
        return np.frombuffer(data, dtype, offset=len(header)).reshape(shape)
    check_size(folder, entry)
    with (folder / entry.name).open("rb") as file:
        _check_header(entry.name, file.read(len(header)), header)
        return np.asarray(np.memmap(file, dtype, mode="r", offset=len(header), shape=shape))


def _check_header(name: str, found: bytes, expected: bytes) -> None:
    if found != expected:
        raise ValueError(f"{name} has an unreadable header")


def _header(dtype: np.dtype[Any], shape: tuple[int, ...]) -> bytes:
    text = repr({"descr": dtype.newbyteorder("<").str, "fortran_order": False, "shape": shape})
    text = text.ljust(_HEADER_BYTES - 11) + "\n"
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text.encode("ascii")
