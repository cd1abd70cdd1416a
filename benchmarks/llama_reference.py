"""llama.cpp without anything of ours around it: what the benchmarks of the models that see compare with."""

import ctypes
from collections.abc import Sequence
from pathlib import Path

import _project  # noqa: F401
import numpy as np

from models.llama_session import send_logs_to_logging  # first: it sets how llama.cpp's threads wait

# isort: split
import llama_cpp
from llama_cpp import mtmd_cpp

BATCH_TOKENS = 512


class PlainContext:
    """One sequence at a time, in batches of at most BATCH_TOKENS.

    Args:
        is_embedding: The output is a state, for which llama.cpp computes those of all tokens; otherwise
            the logits of the last token.
    """

    def __init__(self, model, threads: int, *, is_embedding: bool, context_tokens: int = BATCH_TOKENS) -> None:
        options = llama_cpp.llama_context_default_params()
        options.n_ctx = context_tokens
        options.n_batch = options.n_ubatch = BATCH_TOKENS
        options.n_threads = options.n_threads_batch = threads
        options.n_outputs_max = BATCH_TOKENS if is_embedding else 1
        options.embeddings = is_embedding
        options.pooling_type = llama_cpp.LLAMA_POOLING_TYPE_NONE
        options.no_perf = True
        options.offload_kqv = options.op_offload = False
        self._context = llama_cpp.llama_init_from_model(model, options)
        self._dim = llama_cpp.llama_model_n_embd_out(model)
        self._batch = llama_cpp.llama_batch_init(BATCH_TOKENS, 0, 1)
        self._is_embedding = is_embedding

    def clear(self) -> None:
        llama_cpp.llama_memory_clear(llama_cpp.llama_get_memory(self._context), False)

    def fill(self, tokens: Sequence[int], *, position: int = 0) -> None:
        """Prepare the batch that `decode` evaluates."""
        batch = self._batch
        for place, token in enumerate(tokens):
            batch.token[place], batch.pos[place] = token, position + place
            batch.n_seq_id[place], batch.seq_id[place][0] = 1, 0
            batch.logits[place] = self._is_embedding or place == len(tokens) - 1
        batch.n_tokens = len(tokens)

    def decode(self) -> None:
        _check(llama_cpp.llama_decode(self._context, self._batch))

    def look(self, tower, picture, *, position: int) -> None:
        """llama.cpp's own helper: the vision tower, and what it made of the picture through the model."""
        end = llama_cpp.llama_pos()
        _check(
            mtmd_cpp.mtmd_helper_eval_chunk_single(
                tower, self._context, picture.handle, position, 0, BATCH_TOKENS, False, ctypes.byref(end)
            )
        )

    def embedding(self, tokens: Sequence[int]) -> np.ndarray:
        """(dim,) state of the last token, unit length."""
        self.clear()
        self.fill(tokens)
        self.decode()
        state = np.ctypeslib.as_array(llama_cpp.llama_get_embeddings_ith(self._context, -1), shape=(self._dim,))
        return state / np.linalg.norm(state)

    def close(self) -> None:
        llama_cpp.llama_batch_free(self._batch)
        llama_cpp.llama_free(self._context)


def load_llama(weights: Path, threads: int) -> llama_cpp.Llama:
    """What most programs call: four-bit matrices are copied into another order while it loads."""
    send_logs_to_logging()
    return llama_cpp.Llama(
        str(weights),
        embedding=True,
        pooling_type=llama_cpp.LLAMA_POOLING_TYPE_LAST,  # or it would hand out the states of all tokens
        n_ctx=BATCH_TOKENS,
        n_batch=BATCH_TOKENS,
        n_threads=threads,
        n_threads_batch=threads,
        verbose=False,
    )


def _check(status: int) -> None:
    if status:
        raise SystemExit(f"FAILED: llama.cpp answers {status}")
