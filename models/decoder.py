"""One llama.cpp context of a causal model: tokens and pictures into numbered sequences, outputs out of it.

It checks every length before it calls: llama.cpp answers what does not fit by ending the
process. It does not know prompts, nor which sequence is for what.
"""

import ctypes
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from errors import ModelFailed
from models.llama_session import Tokens  # first: it sets how llama.cpp's threads wait

# isort: split
import llama_cpp

from models.stop_flag import StopFlag

_STOPPED = 2  # llama_decode's answer when the callback said so


class Stopped(Exception):
    """An evaluation was given up half-way because its caller wanted it no more."""


class Row(NamedTuple):
    """One token, where it stands in its sequence, and which sequence that is."""

    token: int
    position: int
    sequence: int


class Decoder:
    """Made by `open_decoder`; one thread at a time.

    Args:
        max_outputs: Tokens that can be answered in states at once.
        stop: Raised, it ends what is evaluated within 50 ms.
    """

    def __init__(self, context: Any, stop: StopFlag, *, max_outputs: int) -> None:
        self._context = context
        self._memory = llama_cpp.llama_get_memory(context)
        # llama.cpp lowers n_batch silently; a longer batch would end the process.
        self.batch_tokens: int = min(llama_cpp.llama_n_batch(context), llama_cpp.llama_n_ubatch(context))
        self.context_tokens: int = llama_cpp.llama_n_ctx(context)
        self._batch = llama_cpp.llama_batch_init(self.batch_tokens, 0, 1)
        self._max_outputs = min(max_outputs, self.batch_tokens)
        self._stop = stop  # kept: llama.cpp looks at its memory
        llama_cpp.llama_set_abort_callback(context, *stop.callback(llama_cpp.ggml_abort_callback))

    def read(self, rows: Sequence[Row]) -> None:
        """Evaluate tokens of which nobody wants an output: a fifth cheaper than with.

        Raises:
            ModelFailed: llama.cpp gave up; `clear` before the next call.
            Stopped: The flag was raised. Whole batches before that one stay in their sequences.
        """
        llama_cpp.llama_set_embeddings(self._context, False)
        for start in range(0, len(rows), self.batch_tokens):
            self._decode(rows[start : start + self.batch_tokens], outputs=0)

    def answer(self, rows: Sequence[Row], lasts: Sequence[Row], *, in_states: bool) -> int:
        """Evaluate `rows`, and then one token of each sequence whose output can be read until the next call.

        In one go where that is cheaper: wanting one token's state makes llama.cpp compute that of all.

        Args:
            in_states: For `state` and `first_class`; otherwise for `logits`.

        Returns:
            The place of the first of `lasts` among the outputs.

        Raises: as `read`.
        """
        is_one = len(rows) + len(lasts) <= (self._max_outputs if in_states else self.batch_tokens)
        if not is_one:
            self.read(rows)
        llama_cpp.llama_set_embeddings(self._context, in_states)
        before = rows if is_one else ()
        self._decode([*before, *lasts], outputs=len(lasts) + len(before) * in_states)
        return len(before)

    def read_picture(self, embeddings: NDArray[np.float32], positions: NDArray[np.int32], *, sequence: int) -> None:
        """Evaluate the tokens of a picture.

        Args:
            embeddings: (n, width) what the vision tower made of it.
            positions: (4, n) time, row, column and nothing; or (1, n) for a model that numbers them like text.
        """
        llama_cpp.llama_set_embeddings(self._context, False)
        for start in range(0, len(embeddings), self.batch_tokens):
            end = start + self.batch_tokens
            self._decode_embeddings(embeddings[start:end], positions[:, start:end], sequence)

    def copy_beginning(self, positions: int, *, sequence: int) -> None:
        """Let `sequence` begin with the first `positions` of sequence 0; nothing is moved."""
        if positions:
            llama_cpp.llama_memory_seq_cp(self._memory, 0, sequence, 0, positions)

    def cut(self, sequence: int, *, at: int) -> None:
        """Forget everything of a sequence from this position on."""
        llama_cpp.llama_memory_seq_rm(self._memory, sequence, at, -1)

    def clear(self) -> None:
        llama_cpp.llama_memory_clear(self._memory, False)

    def state(self, place: int, dim: int) -> NDArray[np.float32]:
        """(dim,) state of the `place`-th token that was answered."""
        return _copied(llama_cpp.llama_get_embeddings_ith(self._context, place), dim)

    def first_class(self, sequence: int) -> NDArray[np.float32]:
        """(1,) first output of the classifier's head for a sequence."""
        return _copied(llama_cpp.llama_get_embeddings_seq(self._context, sequence), 1)

    def logits(self, place: int, tokens: Tokens) -> NDArray[np.float32]:
        """(len(tokens),) how much the model would like to say each, before any softmax."""
        return _copied(llama_cpp.llama_get_logits_ith(self._context, place), max(tokens) + 1)[tokens]

    def close(self) -> None:
        llama_cpp.llama_batch_free(self._batch)
        llama_cpp.llama_free(self._context)

    def _decode(self, rows: Sequence[Row], *, outputs: int) -> None:
        """The last `outputs` of the rows are."""
        batch, first_output = self._batch, len(rows) - outputs
        for place, (token, position, sequence) in enumerate(rows):
            batch.token[place] = token
            batch.pos[place] = position
            batch.n_seq_id[place] = 1
            batch.seq_id[place][0] = sequence
            batch.logits[place] = place >= first_output
        batch.n_tokens = len(rows)
        self._check(llama_cpp.llama_decode(self._context, batch))

    def _decode_embeddings(self, embeddings: NDArray[np.float32], positions: NDArray[np.int32], sequence: int) -> None:
        count = len(embeddings)
        embeddings, positions = np.ascontiguousarray(embeddings), np.ascontiguousarray(positions)
        sequence_id = (llama_cpp.llama_seq_id * 1)(sequence)
        sequence_ids = (ctypes.POINTER(llama_cpp.llama_seq_id) * count)(*[sequence_id] * count)
        batch = llama_cpp.llama_batch(
            n_tokens=count,
            embd=embeddings.ctypes.data_as(ctypes.POINTER(ctypes.c_float)),
            pos=positions.ctypes.data_as(ctypes.POINTER(llama_cpp.llama_pos)),
            n_seq_id=(ctypes.c_int32 * count)(*[1] * count),
            seq_id=sequence_ids,
            logits=(ctypes.c_int8 * count)(),
        )
        self._check(llama_cpp.llama_decode(self._context, batch))

    def _check(self, status: int) -> None:
        if status == _STOPPED:
            raise Stopped
        if status != 0:
            raise ModelFailed(f"llama.cpp could not evaluate a batch (code {status}).", hint="launcher doctor")


def _copied(pointer: Any, count: int) -> NDArray[np.float32]:
    """llama.cpp's own memory is overwritten by the next call."""
    if not pointer:
        raise ModelFailed("The model gives no output of the kind asked for.", hint="launcher models lists models.")
    values: NDArray[np.float32] = np.ctypeslib.as_array(pointer, shape=(count,)).copy()
    if not np.isfinite(values).all():
        raise ModelFailed("The model's output is not finite: its weights are damaged.", hint="Fetch them again.")
    return values
