"""The beginning of a GGUF: which model it is, and whether the file is whole.

The `gguf` package reads every token of the vocabulary into memory first: 7 s for 152,000 of them
and their merges, against 0.1 ms here for the names and 0.4 s for the whole file.

Source: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
"""

import math
import os
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from errors import ModelFailed

PROJECTOR_ARCHITECTURE = "clip"
_MAGIC = b"GGUF"
_VERSIONS = (2, 3)
_STRING, _ARRAY = 8, 9
_NUMBERS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
_POOLINGS = {0: "none", 1: "mean", 2: "cls", 3: "last", 4: "rank"}  # enum llama_pooling_type
# No more than these in any real file: a damaged length must not fill the memory.
_MOST_KEYS = 1 << 12
_MOST_TENSORS = 1 << 16
_LONGEST_NAME_BYTES = 1 << 16
_LONGEST_STRING_BYTES = 1 << 24
_LONGEST_ARRAY_BYTES = 1 << 32
_ALIGNMENT = 32


class _Broken(Exception):
    """The file does not go on as a GGUF does."""


@dataclass(frozen=True, slots=True)
class Header:
    """What a GGUF says of itself; "" where it says nothing.

    Args:
        architecture: As "qwen3vl"; that of a projector is "clip".
        pooling: "mean", "cls", "last" or "rank".
    """

    architecture: str
    name: str = ""
    pooling: str = ""

    @property
    def is_projector(self) -> bool:
        return self.architecture == PROJECTOR_ARCHITECTURE


def read_header(path: Path) -> Header:
    """What the file says before its vocabulary begins; a few kilobytes are read.

    Raises:
        ModelFailed: Not a GGUF, or it cannot be read.
    """
    found: dict[str, object] = {}
    with _opened(path) as file:
        _, keys = _counts(file)
        for _ in range(keys):
            key = _text(file, _LONGEST_NAME_BYTES)
            if key.startswith("tokenizer."):
                break
            found[key] = _value(file)
    architecture = found.get("general.architecture")
    if not isinstance(architecture, str):
        raise ModelFailed(f"{path.name} does not say which model it is.")
    pooling = found.get(f"{architecture}.pooling_type")
    return Header(
        architecture=architecture,
        name=str(found.get("general.name", "")),
        pooling=_POOLINGS.get(pooling, "") if isinstance(pooling, int) else "",
    )


def check_whole(path: Path) -> None:
    """Whether every tensor that the file lists lies within it; what is in them is not looked at.

    Raises:
        ModelFailed: Not a GGUF, or it ends too early.
    """
    with _opened(path) as file:
        tensors, keys = _counts(file)
        alignment = _ALIGNMENT
        for _ in range(keys):
            key = _text(file, _LONGEST_NAME_BYTES)
            value = _value(file)
            if key == "general.alignment" and isinstance(value, int) and 0 < value <= 1 << 20:
                alignment = value
        ends = [_tensor_end(file) for _ in range(tensors)]
        needed = math.ceil(file.tell() / alignment) * alignment + max(ends, default=0)
        if os.fstat(file.fileno()).st_size < needed:
            raise _Broken(f"it has {os.fstat(file.fileno()).st_size:,} bytes of at least {needed:,}")


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    """The file after its magic; whatever breaks while it is read becomes a ModelFailed that names it."""
    try:
        with path.open("rb") as file:
            if file.read(4) != _MAGIC:
                raise ModelFailed(
                    f"Not a GGUF file: {path}", hint="launcher models lists models and where to get them."
                )
            yield file
    except OSError as error:
        raise ModelFailed(f"Cannot read {path}: {error.strerror}") from error
    except _Broken as error:
        raise ModelFailed(f"{path.name} is damaged: {error}.", hint="Fetch it again.") from error


def _counts(file: BinaryIO) -> tuple[int, int]:
    """How many tensors and how many keys there are."""
    version = _number(file, "I")
    tensors, keys = _number(file, "Q"), _number(file, "Q")
    if version not in _VERSIONS or tensors > _MOST_TENSORS or keys > _MOST_KEYS:
        raise _Broken("its beginning makes no sense")
    return tensors, keys


def _value(file: BinaryIO) -> object:
    """The next value; None for an array, which is stepped over."""
    kind = _number(file, "I")
    if kind == _STRING:
        return _text(file, _LONGEST_STRING_BYTES)
    if kind == _ARRAY:
        _skip_array(file)
        return None
    return _unpacked(file, _format(kind))


def _skip_array(file: BinaryIO) -> None:
    kind, count = _number(file, "I"), _number(file, "Q")
    if kind == _STRING:
        for _ in range(count):
            _skip(file, _number(file, "Q"))
    else:
        _skip(file, count * struct.calcsize(_format(kind)))


def _skip(file: BinaryIO, count: int) -> None:
    if count > _LONGEST_ARRAY_BYTES:
        raise _Broken("a list in it is too long")
    file.seek(count, os.SEEK_CUR)


def _tensor_end(file: BinaryIO) -> int:
    """Where the next tensor of the list ends, counted from the first one's beginning."""
    from gguf.constants import GGML_QUANT_SIZES, GGMLQuantizationType  # noqa: PLC0415 - slow to import

    _text(file, _LONGEST_NAME_BYTES)
    dimensions = _number(file, "I")
    if dimensions > 4:
        raise _Broken("a tensor of it has too many dimensions")
    values = math.prod(_number(file, "Q") for _ in range(dimensions))
    kind, offset = _number(file, "I"), _number(file, "Q")
    try:
        values_per_block, block_bytes = GGML_QUANT_SIZES[GGMLQuantizationType(kind)]
    except ValueError:
        return offset  # a format newer than this program: llama.cpp has the last word
    end: int = offset + values // values_per_block * block_bytes
    return end


def _text(file: BinaryIO, longest_bytes: int) -> str:
    length = _number(file, "Q")
    if length > longest_bytes:
        raise _Broken("a text in it is too long")
    return _bytes(file, length).decode("utf-8", errors="replace")


def _number(file: BinaryIO, form: str) -> int:
    number: int = _unpacked(file, form)
    return number


def _format(kind: int) -> str:
    if kind not in _NUMBERS:
        raise _Broken("a value in it is of no known kind")
    return _NUMBERS[kind]


def _unpacked(file: BinaryIO, form: str) -> Any:
    return struct.unpack(f"<{form}", _bytes(file, struct.calcsize(f"<{form}")))[0]


def _bytes(file: BinaryIO, count: int) -> bytes:
    content = file.read(count)
    if len(content) != count:
        raise _Broken("it ends too early")
    return content
