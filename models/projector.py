"""One loaded mmproj in llama.cpp: texts and pictures to tokens, pictures to embeddings.

The half of a seeing model that the language model's GGUF lacks. It resizes nothing and knows
no prompts; it refuses what llama.cpp would resize, or answer by ending the process.
"""

import ctypes
import os
import secrets
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from errors import ModelFailed
from models.llama_session import LOG_CALLBACK, check_magic  # first: it sets how llama.cpp's threads wait

# isort: split
import llama_cpp
from llama_cpp import mtmd_cpp

from models.pictures import FACTOR, Pixels, checked_shape
from models.precedence import Precedence
from models.prompts import FramePair, Part

# Never reached: sizes are settled before llama.cpp sees a picture, and these keep it from settling them again.
_MIN_TOKENS, _MAX_TOKENS = 1, 16384
_NODES_AT_ONCE = 8  # between two looks at whether a query waits: at most a tenth of a second


@dataclass(frozen=True, slots=True)
class ProjectorOptions:
    """How a vision tower runs.

    Args:
        factor: Pixels along each side of one visual token.
        has_plain_positions: Its tokens are numbered as text is, not by row and column.
    """

    threads: int
    use_gpu: bool = False
    factor: int = FACTOR
    has_plain_positions: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """A picture, or a pair of frames, in a prompt that was read.

    Args:
        part: What it was in the prompt.
        positions: How many of a sequence it takes: as many as its longer side has tokens.
        handle: llama.cpp's own, good as long as `Projector.units` is open.
    """

    part: Pixels | FramePair
    n_tokens: int
    positions: int
    handle: Any

    def shows_the_same_as(self, other: object) -> bool:
        return isinstance(other, Picture) and all(map(np.array_equal, self._frames(), other._frames()))

    def _frames(self) -> tuple[Pixels, ...]:
        return (self.part.first, self.part.second) if isinstance(self.part, FramePair) else (self.part, self.part)


Unit = int | Picture  # a token of text, or a picture


class Projector:
    """A vision tower in memory; made by `load_projector`, safe to call from several threads."""

    def __init__(self, handle: Any, turns: "_Turns", options: ProjectorOptions, *, width: int) -> None:
        self._handle = handle
        self._turns = turns
        self._options = options
        self._width = width  # of the embeddings, those for the deeper layers included

    @contextmanager
    def units(self, parts: Sequence[Part], *, add_special: bool) -> Iterator[list[Unit]]:
        """The parts as tokens and pictures, which are not yet encoded.

        Raises:
            ModelFailed: A picture of a size that llama.cpp would change.
        """
        with ExitStack() as stack:
            handles = [
                _input_part(item, stack, self._options.factor) for part in parts for item in _texts_and_frames(part)
            ]
            output = mtmd_cpp.mtmd_input_chunks_init()
            stack.callback(mtmd_cpp.mtmd_input_chunks_free, output)
            pointers = (ctypes.POINTER(mtmd_cpp.mtmd_input_part) * len(handles))(*map(ctypes.pointer, handles))
            status = mtmd_cpp.mtmd_tokenize_from_parts(self._handle, output, pointers, len(handles), add_special)
            if status != 0:
                raise ModelFailed(f"llama.cpp could not read a picture (code {status}).", hint="launcher doctor")
            count = mtmd_cpp.mtmd_input_chunks_size(output)
            chunks = [mtmd_cpp.mtmd_input_chunks_get(output, place) for place in range(count)]
            yield list(_units(parts, chunks, self._options))

    def encode(self, picture: Picture, *, is_urgent: bool) -> NDArray[np.float32]:
        """(n_tokens, width) what the vision tower makes of it: what `Decoder.read_picture` takes.

        One that is not urgent stands still while a query is answered, and starts again after a
        query that shows a picture itself.
        """
        while True:
            with self._turns.turn(is_urgent=is_urgent):
                status = mtmd_cpp.mtmd_encode_chunk(self._handle, picture.handle)
                if not self._turns.was_given_up:
                    if status != 0:
                        raise ModelFailed("llama.cpp could not encode a picture.", hint="launcher doctor")
                    embeddings = mtmd_cpp.mtmd_get_output_embd(self._handle)  # overwritten by the next picture
                    return np.ctypeslib.as_array(embeddings, shape=(picture.n_tokens, self._width)).copy()

    def positions(self, picture: Picture, *, past: int) -> NDArray[np.int32]:
        """(4, n_tokens) time, row, column and nothing of each token, `past` positions after the beginning.

        (1, n_tokens) for a model that numbers all tokens alike.
        """
        along = np.arange(past, past + picture.n_tokens, dtype=np.int32)
        if not mtmd_cpp.mtmd_decode_use_mrope(self._handle):
            return along[np.newaxis]
        if self._options.has_plain_positions:
            return np.stack([along, along, along, np.zeros_like(along)])
        tokens = mtmd_cpp.mtmd_input_chunk_get_tokens_image(picture.handle)
        places = (mtmd_cpp.mtmd_decoder_pos * picture.n_tokens)()
        mtmd_cpp.mtmd_helper_image_get_decoder_pos(tokens, past, places)
        return np.array([[place.t, place.y, place.x, place.z] for place in places], dtype=np.int32).T

    def close(self) -> None:
        """Free it, before the model that it was loaded for."""
        mtmd_cpp.mtmd_free(self._handle)


class _Turns:
    """Who uses the vision tower, which can look at one picture at a time."""

    def __init__(self, precedence: Precedence) -> None:
        self._precedence = precedence
        self._lock = threading.Lock()
        self._queries = 0  # that show a picture and wait for the tower
        self._gives_way = False
        self._nodes = 0
        self.was_given_up = False
        self.callback = llama_cpp.llama_cpp.ggml_backend_sched_eval_callback(self._at_node)

    @contextmanager
    def turn(self, *, is_urgent: bool) -> Iterator[None]:
        if is_urgent:
            self._queries += 1
            self._precedence.wake()
        else:
            self._precedence.give_way()
        with self._lock:
            self._queries -= is_urgent
            self._gives_way = not is_urgent
            self.was_given_up = False
            yield

    def _at_node(self, _tensor: Any, is_question: bool, _data: Any) -> bool:
        """llama.cpp asks of each node whether to stop after it, and where we did, whether to go on."""
        if is_question:
            self._nodes += 1
            return self._nodes % _NODES_AT_ONCE == 0
        if self._gives_way:
            self._precedence.give_way(unless=lambda: self._queries > 0)
            self.was_given_up = self._queries > 0
        return not self.was_given_up


def load_projector(path: Path, model: Any, options: ProjectorOptions, precedence: Precedence) -> Projector:
    """Load the mmproj that belongs to `model`.

    Of two models of the same width llama.cpp takes either's mmproj, and the embeddings are
    then wrong without a word: pair the files by where they came from.

    Raises:
        ModelFailed: No mmproj for pictures, a damaged one, or one of a model of another width.
    """
    check_magic(path)
    mtmd_cpp.mtmd_log_set(LOG_CALLBACK, None)
    mtmd_cpp.mtmd_helper_log_set(LOG_CALLBACK, None)
    turns = _Turns(precedence)
    handle = mtmd_cpp.mtmd_init_from_file(os.fsencode(path), model, _parameters(options, turns))
    if not handle:
        raise ModelFailed(f"{path.name} is not the mmproj of this model, or damaged", hint="Fetch both files again.")
    if not mtmd_cpp.mtmd_support_vision(handle):
        mtmd_cpp.mtmd_free(handle)
        raise ModelFailed(f"{path.name} is not for pictures")
    return Projector(handle, turns, options, width=llama_cpp.llama_model_n_embd_inp(model))


def _parameters(options: ProjectorOptions, turns: _Turns) -> Any:
    parameters = mtmd_cpp.mtmd_context_params_default()
    parameters.use_gpu = options.use_gpu
    parameters.warmup = False
    parameters.print_timings = False
    parameters.n_threads = options.threads
    parameters.image_min_tokens, parameters.image_max_tokens = _MIN_TOKENS, _MAX_TOKENS
    parameters.media_marker = f"<{secrets.token_hex(16)}>".encode()  # so that no text can spell it
    parameters.cb_eval = turns.callback
    return parameters


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


def _input_part(item: str | tuple[Pixels, bool], stack: ExitStack, factor: int) -> Any:
    if isinstance(item, str):
        encoded = item.encode("utf-8", errors="replace")
        text = mtmd_cpp.mtmd_input_text(encoded, len(encoded), False, True)
        return mtmd_cpp.mtmd_input_part(ctypes.pointer(text), None)
    pixels, is_mergeable = item
    height, width = checked_shape(pixels)
    if height % factor or width % factor:
        raise ModelFailed(f"A picture of {width} x {height} is not resized to multiples of {factor}.")
    return mtmd_cpp.mtmd_input_part(None, _bitmap(pixels, stack, is_mergeable=is_mergeable))


def _bitmap(pixels: Pixels, stack: ExitStack, *, is_mergeable: bool) -> Any:
    height, width, _ = pixels.shape
    data = np.ascontiguousarray(pixels).ctypes.data_as(ctypes.POINTER(ctypes.c_uint8))
    bitmap = mtmd_cpp.mtmd_bitmap_init(width, height, data)  # copies the pixels
    stack.callback(mtmd_cpp.mtmd_bitmap_free, bitmap)
    mtmd_cpp.mtmd_bitmap_set_mergeable(bitmap, is_mergeable)
    return bitmap


def _units(parts: Sequence[Part], chunks: Sequence[Any], options: ProjectorOptions) -> Iterator[Unit]:
    shown = iter([part for part in parts if not isinstance(part, str)])
    for chunk in chunks:
        if mtmd_cpp.mtmd_input_chunk_get_type(chunk) == mtmd_cpp.MTMD_INPUT_CHUNK_TYPE_TEXT:
            count = ctypes.c_size_t(0)
            tokens = mtmd_cpp.mtmd_input_chunk_get_tokens_text(chunk, count)
            yield from tokens[: count.value] if tokens else ()
        else:
            yield _picture(next(shown), chunk, options)
    if next(shown, None) is not None:
        raise ModelFailed("llama.cpp merged two pictures.", hint="launcher doctor")


def _picture(part: Pixels | FramePair, chunk: Any, options: ProjectorOptions) -> Picture:
    """A pair of frames is as many tokens as one picture of its size; anything else was resized or not merged."""
    height, width, _ = (part.first if isinstance(part, FramePair) else part).shape
    n_tokens = mtmd_cpp.mtmd_input_chunk_get_n_tokens(chunk)
    if n_tokens != height * width // options.factor**2:
        raise ModelFailed("llama.cpp sees a picture in another size than it was given.", hint="launcher doctor")
    positions = n_tokens if options.has_plain_positions else mtmd_cpp.mtmd_input_chunk_get_n_pos(chunk)
    return Picture(part, n_tokens, positions, chunk)
