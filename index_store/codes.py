"""Coarse codes of embeddings: what a search looks at first, to choose whose embeddings it looks at closely.

    codes.npy         int8 (n, width), each row scaled so that its largest number is 127
    code_scales.npy   float32 (n,), what makes `codes @ query * scale` the cosine of a code

They are derived from the embeddings and never the truth: without them, or when they are damaged, the embeddings
themselves are looked at. `width` is 256 where the first 256 dimensions say enough, as they do in the embeddings of
models trained to it (Matryoshka), else all dimensions.

Source: docs/adr/0007-coarse-codes.md
"""

import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from embeddings import Embeddings
from index_store.durable import FileEntry, write_file
from index_store.halves import to_float32
from index_store.manifest import SegmentEntry
from index_store.npy import npy_parts, read_npy, write_npy

logger = logging.getLogger(__name__)

CODES = "codes.npy"
CODE_SCALES = "code_scales.npy"
CODE_FILES = (CODES, CODE_SCALES)
CODED_CHUNKS = 256  # a smaller segment is looked at as it is

_LARGEST = np.float32(127)
_BLOCK_ROWS = 4_096
_PREFIX = 256
# The first dimensions are tried on some of the segment's own rows: of the 5 nearest to each, how many are among the 15
# that they put first. For embeddings made as such models make them it is at least 0.97; for others, the same ones with
# their dimensions in another order among them, at most 0.88 (docs/adr/0007). Rows beside it do not count: chunks of the
# same document, which any few dimensions find.
_TRIED_QUERIES, _TRIED_ROWS, _BESIDE = 128, 4_096, 32
_TRIED_NEAREST, _TRIED_FIRST = 5, 15
_ENOUGH_FOUND = 0.93


class Codes(NamedTuple):
    """The codes of one segment."""

    rows: NDArray[np.int8]  # (n, width)
    scales: NDArray[np.float32]  # (n,)


def write_codes(folder: Path, embeddings: NDArray[Any]) -> tuple[FileEntry, ...]:
    """Write the codes of a segment's embeddings; durable but for their names. Takes 3 s per million of 2,048 numbers.

    Args:
        folder: The segment's.
        embeddings: (n, dim), unit rows as the segment keeps them.

    Returns:
        The two files; none for a segment too small to need them.

    Raises:
        OSError: One of them may be there.
    """
    n = len(embeddings)
    if n < CODED_CHUNKS:
        return ()
    width = code_width(embeddings)
    scales: list[NDArray[np.float32]] = []
    codes = write_npy(folder / CODES, _rows_coded(embeddings[:, :width], scales.append), "i1", (n, width))
    return codes, write_file(folder / CODE_SCALES, npy_parts(np.concatenate(scales).astype("<f4")))


def _rows_coded(rows: NDArray[Any], add_scales: Callable[[NDArray[np.float32]], None]) -> Iterator[NDArray[np.int8]]:
    for start in range(0, len(rows), _BLOCK_ROWS):
        codes = coded(to_float32(rows[start : start + _BLOCK_ROWS]))
        add_scales(codes.scales)
        yield codes.rows


def coded(rows: Embeddings) -> Codes:
    """The codes of rows, which need not be of unit length; a row of nothing but zeros gets the code of that."""
    peaks = np.abs(rows).max(axis=1, keepdims=True)  # (n, 1)
    numbers = np.rint(rows * np.divide(_LARGEST, peaks, out=np.zeros_like(peaks), where=peaks > 0))
    lengths = np.linalg.norm(numbers, axis=1).clip(min=_LARGEST)  # (n,)
    return Codes(numbers.astype(np.int8), (1 / lengths).astype(np.float32))


def code_width(embeddings: NDArray[Any]) -> int:
    """How many of the dimensions codes are made of: the first 256 where these tell near from far, else all."""
    n, dim = len(embeddings), int(embeddings.shape[1])
    if dim <= 2 * _PREFIX or n < _TRIED_ROWS:
        return dim
    places = np.linspace(0, n - 1, _TRIED_ROWS).astype(np.int64)
    rows = to_float32(embeddings[places])
    prefixes = rows[:, :_PREFIX]
    prefixes = prefixes / np.linalg.norm(prefixes, axis=1, keepdims=True).clip(min=np.finfo(np.float32).tiny)
    queries = np.linspace(0, _TRIED_ROWS - 1, _TRIED_QUERIES).astype(np.int64)
    beside = np.abs(places - places[queries, None]) <= _BESIDE  # (queries, rows)
    farness, coarse = (np.where(beside, np.float32(2), -each[queries] @ each.T) for each in (rows, prefixes))
    nearest = farness.argpartition(_TRIED_NEAREST, axis=1)[:, :_TRIED_NEAREST]
    bounds = np.partition(coarse, _TRIED_FIRST - 1, axis=1)[:, _TRIED_FIRST - 1 : _TRIED_FIRST]
    found = np.take_along_axis(coarse, nearest, axis=1) <= bounds
    return _PREFIX if found.mean() >= _ENOUGH_FOUND else dim


def open_codes(folder: Path, entry: SegmentEntry, *, dim: int) -> Codes | None:
    """The codes of a segment; None when it has none, or they are damaged, which is logged."""
    if all(file.name != CODES for file in entry.files):
        return None
    n = entry.chunk_count
    try:
        file = entry.file(CODES)
        width = min(_PREFIX, dim) if file.size_bytes < n * dim else dim
        codes = Codes(
            rows=read_npy(folder, file, "i1", (n, width)),
            scales=read_npy(folder, entry.file(CODE_SCALES), "<f4", (n,)),
        )
        _check_scales(codes)
    except (ValueError, OSError) as error:
        logger.warning("segment %d is searched without its codes: %s", entry.number, error)
        return None
    return codes


def _check_scales(codes: Codes) -> None:
    """Raise ValueError unless all scales are what `coded` can give."""
    width, scales = codes.rows.shape[1], codes.scales
    lowest, highest = 1 / (float(_LARGEST) * width**0.5), 1 / float(_LARGEST)
    # NaN fails both comparisons
    if not (scales.min() >= lowest * 0.999 and scales.max() <= highest * 1.001):
        raise ValueError(f"{CODE_SCALES} has numbers that no code has")
