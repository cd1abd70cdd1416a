"""One loaded mmproj in llama.cpp: texts and pictures to chunks of tokens, pictures to embeddings.

The half of a seeing model that the language model's GGUF lacks. It resizes nothing and knows
no prompts; it refuses what llama.cpp would resize, or answer by ending the process.
"""

import ctypes
import os
import secrets
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from errors import ModelFailed
from models.llama_session import LOG_CALLBACK, Tokens, check_magic  # first: it sets how llama.cpp's threads wait

# isort: split
import llama_cpp
from llama_cpp import mtmd_cpp

from models.pictures import FACTOR, TOKEN_PX, Pixels
from models.prompts import FramePair, Part

# Never reached: sizes are settled before llama.cpp sees a picture, and these keep it from settling them again.
_MIN_TOKENS, _MAX_TOKENS = 1, 16384
_NO_CALLBACK = mtmd_cpp.mtmd_helper_post_decode_callback()  # a null pointer


@dataclass(frozen=True, slots=True)
class Chunk:
    """Tokens of one kind, in a row.

    Args:
        tokens: None when it is a picture.
        handle: llama.cpp's own, good as long as `Projector.chunks` is open; None for plain text.
    """

    n_tokens: int
    tokens: Tokens | None
    handle: Any = None


class Projector:
    """A vision tower in memory; made by `load_projector`. One thread at a time."""

    def __init__(self, handle: Any) -> None:
        self._handle = handle

    @contextmanager
    def chunks(self, parts: Sequence[Part], *, add_special: bool) -> Iterator[list[Chunk]]:
        """The parts as chunks, pictures not yet encoded; tokens of neighbouring texts never mix with pictures.

        Raises:
            ModelFailed: A picture of a size that llama.cpp would change.
        """
        with ExitStack() as stack:
            handles = [_input_part(item, stack) for part in parts for item in _texts_and_frames(part)]
            output = mtmd_cpp.mtmd_input_chunks_init()
            stack.callback(mtmd_cpp.mtmd_input_chunks_free, output)
            pointers = (ctypes.POINTER(mtmd_cpp.mtmd_input_part) * len(handles))(*map(ctypes.pointer, handles))
            status = mtmd_cpp.mtmd_tokenize_from_parts(self._handle, output, pointers, len(handles), add_special)
            if status != 0:
                raise ModelFailed(f"llama.cpp could not read a picture (code {status}).", hint="launcher doctor")
            count = mtmd_cpp.mtmd_input_chunks_size(output)
            chunks = [_chunk(mtmd_cpp.mtmd_input_chunks_get(output, place)) for place in range(count)]
            _check_nothing_was_resized(parts, chunks)
            yield chunks

    def decode(self, chunk: Chunk, context: Any, *, past: int, batch_tokens: int) -> int:
        """Encode the picture of `chunk` and put it into `context` behind position `past`.

        Returns:
            The next free position: a picture takes as many as its longer side has tokens.
        """
        if mtmd_cpp.mtmd_decode_use_non_causal(self._handle, chunk.handle) and chunk.n_tokens > batch_tokens:
            raise ModelFailed("This model must see a whole picture at once, which does not fit a batch.")
        if mtmd_cpp.mtmd_encode_chunk(self._handle, chunk.handle) != 0:
            raise ModelFailed("llama.cpp could not encode a picture.", hint="launcher doctor")
        embeddings = mtmd_cpp.mtmd_get_output_embd(self._handle)  # overwritten by the next picture
        position = llama_cpp.llama_pos(past)
        status = mtmd_cpp.mtmd_helper_decode_image_chunk(
            self._handle, context, chunk.handle, embeddings, past, 0, batch_tokens, position, _NO_CALLBACK, None
        )
        if status != 0:
            raise ModelFailed(f"llama.cpp could not evaluate a picture (code {status}).", hint="launcher doctor")
        return int(position.value)

    def close(self) -> None:
        """Free it, before the model that it was loaded for."""
        mtmd_cpp.mtmd_free(self._handle)


def load_projector(path: Path, model: Any, *, threads: int, use_gpu: bool) -> Projector:
    """Load the mmproj that belongs to `model`.

    Of two models of the same width llama.cpp takes either's mmproj, and the embeddings are
    then wrong without a word: pair the files by where they came from.

    Raises:
        ModelFailed: No mmproj for pictures, a damaged one, or one of a model of another width.
    """
    check_magic(path)
    mtmd_cpp.mtmd_log_set(LOG_CALLBACK, None)
    mtmd_cpp.mtmd_helper_log_set(LOG_CALLBACK, None)
    options = mtmd_cpp.mtmd_context_params_default()
    options.use_gpu = use_gpu
    options.warmup = False
    options.print_timings = False
    options.n_threads = threads
    options.image_min_tokens, options.image_max_tokens = _MIN_TOKENS, _MAX_TOKENS
    options.media_marker = f"<{secrets.token_hex(16)}>".encode()  # so that no text can spell it
    handle = mtmd_cpp.mtmd_init_from_file(os.fsencode(path), model, options)
    if not handle:
        raise ModelFailed(f"{path.name} is not the mmproj of this model, or damaged", hint="Fetch both files again.")
    if not mtmd_cpp.mtmd_support_vision(handle):
        mtmd_cpp.mtmd_free(handle)
        raise ModelFailed(f"{path.name} is not for pictures")
    return Projector(handle)


def _texts_and_frames(part: Part) -> Iterator[str | tuple[Pixels, bool]]:
    """Single pictures say whether they may merge with their neighbour into one point in time."""
    if isinstance(part, str):
        yield part
    elif isinstance(part, FramePair):
        if part.first.shape != part.second.shape:
            raise ModelFailed("Two frames that are seen as one must have one size.")
        yield part.first, True
        yield part.second, True
    else:
        yield part, False


def _input_part(item: str | tuple[Pixels, bool], stack: ExitStack) -> Any:
    if isinstance(item, str):
        encoded = item.encode("utf-8", errors="replace")
        text = mtmd_cpp.mtmd_input_text(encoded, len(encoded), False, True)
        return mtmd_cpp.mtmd_input_part(ctypes.pointer(text), None)
    pixels, is_mergeable = item
    return mtmd_cpp.mtmd_input_part(None, _bitmap(pixels, stack, is_mergeable=is_mergeable))


def _bitmap(pixels: Pixels, stack: ExitStack, *, is_mergeable: bool) -> Any:
    if pixels.dtype != np.uint8 or pixels.ndim != 3 or pixels.shape[2] != 3 or 0 in pixels.shape:
        raise ModelFailed(f"Not a picture in RGB bytes: {pixels.dtype}, shape {pixels.shape}.")
    height, width, _ = pixels.shape
    if height % FACTOR or width % FACTOR:
        raise ModelFailed(f"A picture of {width} x {height} is not resized to multiples of {FACTOR}.")
    data = np.ascontiguousarray(pixels).ctypes.data_as(ctypes.POINTER(ctypes.c_uint8))
    bitmap = mtmd_cpp.mtmd_bitmap_init(width, height, data)  # copies the pixels
    stack.callback(mtmd_cpp.mtmd_bitmap_free, bitmap)
    mtmd_cpp.mtmd_bitmap_set_mergeable(bitmap, is_mergeable)
    return bitmap


def _chunk(handle: Any) -> Chunk:
    n_tokens = mtmd_cpp.mtmd_input_chunk_get_n_tokens(handle)
    if mtmd_cpp.mtmd_input_chunk_get_type(handle) != mtmd_cpp.MTMD_INPUT_CHUNK_TYPE_TEXT:
        return Chunk(n_tokens, None, handle)
    count = ctypes.c_size_t(0)
    tokens = mtmd_cpp.mtmd_input_chunk_get_tokens_text(handle, count)
    return Chunk(n_tokens, tokens[: count.value] if tokens else [], handle)


def _check_nothing_was_resized(parts: Sequence[Part], chunks: Sequence[Chunk]) -> None:
    """A pair of frames is as many tokens as one picture of its size; anything else was resized or not merged."""
    shown = [part.first if isinstance(part, FramePair) else part for part in parts if not isinstance(part, str)]
    expected = [picture.shape[0] * picture.shape[1] // TOKEN_PX for picture in shown]
    if [chunk.n_tokens for chunk in chunks if chunk.tokens is None] != expected:
        raise ModelFailed("llama.cpp sees a picture in another size than it was given.", hint="launcher doctor")
