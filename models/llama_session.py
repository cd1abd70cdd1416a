"""One loaded GGUF in llama.cpp: texts to tokens, token sequences to embeddings.

It checks every length before it calls: llama.cpp answers a batch that is too long by
ending the process. It does not know prompts, documents or where weights come from.
"""

import ctypes
import logging
import os
import threading
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

# libgomp reads this when it is loaded. Without it, idle threads spin and a busy machine
# runs small batches ten times slower.
os.environ.setdefault("GOMP_SPINCOUNT", "1000")
import llama_cpp

from errors import ModelFailed
from models.precedence import Precedence
from models.stop_flag import StopFlag

Tokens = list[int]

log = logging.getLogger("llama.cpp")

MAX_SEQUENCES = 16  # short texts decoded together
_GGML_LEVELS = {1: logging.DEBUG, 2: logging.INFO, 3: logging.WARNING, 4: logging.ERROR}
# Errors to llama.cpp, and what happens whenever a query stops indexing for a moment.
_OF_STOPPING = (b"compute_async failed with error 1\n", b"compute status: 1\n", b"removing memory module", b"ret = 2\n")
_ALL_LAYERS = 999
_STOPPED = 2  # llama_decode's answer when the flag was raised
_POOLING_NAMES = {1: "mean", 2: "cls", 3: "last", 4: "rank"}  # enum llama_pooling_type


@dataclass(frozen=True, slots=True)
class SessionOptions:
    """How a model runs.

    Args:
        batch_tokens: Tokens evaluated at once, a multiple of 256: with other sizes llama.cpp
            aborts the process while it plans mean pooling.
        device: "cpu", "cuda", or "auto": the GPU when this build of llama.cpp has one.
        gpu_layers: Layers on the GPU; None puts all there.
    """

    threads: int
    batch_tokens: int = 256
    device: str = "auto"
    gpu_layers: int | None = None


class LlamaSession:
    """A model in memory; made by `load_session`, safe to call from several threads."""

    def __init__(self, model: Any, context: Any, *, batch_tokens: int, notice: str = "") -> None:
        self._model = model
        self._context = context
        self._vocab = llama_cpp.llama_model_get_vocab(model)
        self._batch = llama_cpp.llama_batch_init(batch_tokens, 0, 1)
        self._lock = threading.Lock()
        self._never = StopFlag()
        self.batch_tokens = batch_tokens
        self.notice = notice
        self.dim: int = llama_cpp.llama_model_n_embd(model)
        self.description = describe_model(model)
        self.pooling = _POOLING_NAMES.get(llama_cpp.llama_pooling_type(context), "none")

    def tokenize(self, text: str) -> Tokens:
        """Token ids with the model's own begin and end tokens.

        Spellings of special tokens in `text` stay plain text.
        """
        return tokens_of(self._vocab, text, add_special=True, parse_special=False)

    def embed(self, sequences: Sequence[Tokens], *, gives_way_to: Precedence | None = None) -> NDArray[np.float32]:
        """Pooled embeddings, unit length, in the order of `sequences`: (n, dim).

        Short sequences are decoded together. Which ones share a batch does not change an
        embedding beyond the rounding of quantised activations (cosine 0.999).

        Args:
            gives_way_to: For whoever has time: a batch waits while somebody else is urgent, and one under way is
                given up and started again.

        Raises:
            ModelFailed: A sequence is longer than `batch_tokens`, or llama.cpp gave up.
        """
        embeddings = np.empty((len(sequences), self.dim), dtype=np.float32)
        for group in self._groups(sequences):
            embeddings[group] = self._embedded([sequences[row] for row in group], gives_way_to)
        return unit_rows(embeddings)

    def close(self) -> None:
        """Free the model; the session must not be used afterwards."""
        llama_cpp.llama_batch_free(self._batch)
        llama_cpp.llama_free(self._context)
        llama_cpp.llama_model_free(self._model)

    def _embedded(self, sequences: Sequence[Tokens], gives_way_to: Precedence | None) -> NDArray[np.float32]:
        """(n, dim) of one batch."""
        while True:
            if gives_way_to:
                gives_way_to.give_way()
            with self._lock:
                if self._decode(sequences, gives_way_to.flag if gives_way_to else self._never):
                    return np.stack([self._pooled(place) for place in range(len(sequences))])

    def _groups(self, sequences: Sequence[Tokens]) -> Iterator[list[int]]:
        """Rows to decode together: of similar length, at most one batch of tokens."""
        group: list[int] = []
        tokens = 0
        for row in sorted(range(len(sequences)), key=lambda row: len(sequences[row])):
            length = len(sequences[row])
            if not 0 < length <= self.batch_tokens:
                raise ModelFailed(f"A text of {length} tokens does not fit the model's {self.batch_tokens}.")
            if tokens + length > self.batch_tokens or len(group) == MAX_SEQUENCES:
                yield group
                group, tokens = [], 0
            group.append(row)
            tokens += length
        if group:
            yield group

    def _decode(self, sequences: Sequence[Tokens], stop: StopFlag) -> bool:
        """Whether it came to its end before the flag was raised."""
        llama_cpp.llama_set_abort_callback(self._context, *stop.callback(llama_cpp.ggml_abort_callback))
        self._fill(sequences)
        memory = llama_cpp.llama_get_memory(self._context)
        if memory:
            llama_cpp.llama_memory_clear(memory, False)
        status = llama_cpp.llama_decode(self._context, self._batch)
        if status not in (0, _STOPPED):
            raise ModelFailed(f"llama.cpp could not evaluate a batch (code {status}).", hint="launcher doctor")
        return bool(status == 0)

    def _fill(self, sequences: Sequence[Tokens]) -> None:
        batch, place = self._batch, 0
        for sequence_id, tokens in enumerate(sequences):
            for position, token in enumerate(tokens):
                batch.token[place] = token
                batch.pos[place] = position
                batch.n_seq_id[place] = 1
                batch.seq_id[place][0] = sequence_id
                batch.logits[place] = True
                place += 1
        batch.n_tokens = place

    def _pooled(self, sequence_id: int) -> NDArray[np.float32]:
        pointer = llama_cpp.llama_get_embeddings_seq(self._context, sequence_id)
        if not pointer:
            raise ModelFailed("The model gave no pooled embedding.")
        return np.ctypeslib.as_array(pointer, shape=(self.dim,))


def load_session(weights: Path, options: SessionOptions) -> LlamaSession:
    """Load `weights`; costs their size in memory, mapped from disk.

    Raises:
        ModelFailed: Not a GGUF that llama.cpp can run as an embedder.
    """
    layers, notice = layers_on_gpu(options.device, options.gpu_layers)
    model = load_model(weights, layers)
    context = llama_cpp.llama_init_from_model(model, _context_options(options, layers))
    if not context:
        llama_cpp.llama_model_free(model)
        raise ModelFailed(
            f"llama.cpp cannot run {weights.name} as an embedder", hint="launcher models lists those it can."
        )
    # llama.cpp lowers n_batch silently; a longer batch would end the process.
    batch_tokens = min(options.batch_tokens, llama_cpp.llama_n_batch(context), llama_cpp.llama_n_ubatch(context))
    return LlamaSession(model, context, batch_tokens=batch_tokens, notice=notice)


def load_model(weights: Path, gpu_layers: int) -> Any:
    """llama.cpp's handle of the weights; whoever gets it frees it.

    Raises:
        ModelFailed: Not a GGUF of a language model, or a damaged one.
    """
    check_magic(weights)
    send_logs_to_logging()
    llama_cpp.llama_backend_init()
    model_options = llama_cpp.llama_model_default_params()
    model_options.n_gpu_layers = gpu_layers
    # Or the weights are copied into another order: a second copy in memory, a slower start, and on an x86 with
    # AVX-512 two thirds of the tokens a second (docs/adr/0005).
    model_options.use_extra_bufts = False
    model = llama_cpp.llama_model_load_from_file(os.fsencode(weights), model_options)
    if not model:
        raise ModelFailed(f"llama.cpp cannot load {weights}", hint="The file may be damaged: fetch it again.")
    return model


def tokens_of(vocab: Any, text: str, *, add_special: bool, parse_special: bool) -> Tokens:
    """Token ids of `text` in composed form.

    Args:
        add_special: With the begin and end tokens that the GGUF asks for.
        parse_special: Spellings such as `<|im_end|>` become the token they name.
    """
    encoded = unicodedata.normalize("NFC", text).encode("utf-8", errors="replace")
    room = len(encoded) + 8
    while True:
        buffer = (llama_cpp.llama_token * room)()
        count = llama_cpp.llama_tokenize(vocab, encoded, len(encoded), buffer, room, add_special, parse_special)
        if count >= 0:
            return list(buffer[:count])
        room = -count


def describe_model(model: Any) -> str:
    """llama.cpp's own words for architecture, size and quantisation, such as "bert 33M Q8_0"."""
    buffer = ctypes.create_string_buffer(128)
    llama_cpp.llama_model_desc(model, buffer, len(buffer))
    return buffer.value.decode("utf-8", errors="replace")


def has_gpu() -> bool:
    """Whether this build of llama.cpp can put layers on a GPU."""
    return bool(llama_cpp.llama_supports_gpu_offload())


def layers_on_gpu(device: str, gpu_layers: int | None) -> tuple[int, str]:
    """How many layers go to the GPU, and what to tell a person who asked for one in vain."""
    if device == "cpu":
        return 0, ""
    if not has_gpu():
        asked = device == "cuda" or gpu_layers
        return 0, "No GPU in this build of llama.cpp: running on the CPU." if asked else ""
    return _ALL_LAYERS if gpu_layers is None else gpu_layers, ""


def _context_options(options: SessionOptions, gpu_layers: int) -> Any:
    context_options = llama_cpp.llama_context_default_params()
    context_options.n_ctx = options.batch_tokens
    context_options.n_batch = options.batch_tokens
    context_options.n_ubatch = options.batch_tokens
    context_options.n_seq_max = MAX_SEQUENCES
    context_options.n_threads = options.threads
    context_options.n_threads_batch = options.threads
    context_options.embeddings = True
    context_options.kv_unified = True
    context_options.no_perf = True
    context_options.offload_kqv = gpu_layers > 0
    context_options.op_offload = gpu_layers > 0
    return context_options


def check_magic(weights: Path) -> None:
    try:
        with weights.open("rb") as file:
            magic = file.read(4)
    except OSError as error:
        raise ModelFailed(f"Cannot read {weights}: {error.strerror}") from error
    if magic != b"GGUF":
        raise ModelFailed(
            f"Not a GGUF file: {weights}", hint="launcher models lists models and where their files belong."
        )


def unit_rows(embeddings: NDArray[np.float32]) -> NDArray[np.float32]:
    """Rows of length one; damaged weights load fine and show only here, as values that are no numbers."""
    lengths = np.linalg.norm(embeddings, axis=1, keepdims=True)  # (n, 1)
    if not np.isfinite(lengths).all() or (lengths == 0).any():
        raise ModelFailed("The model's output is not finite: its weights are damaged.", hint="Fetch them again.")
    return np.asarray(embeddings / lengths, dtype=np.float32)


def _log_line(level: int, text: bytes, _: ctypes.c_void_p) -> None:
    is_usual = any(words in text for words in _OF_STOPPING)
    python_level = logging.DEBUG if is_usual else _GGML_LEVELS.get(level, logging.DEBUG)
    log.log(python_level, "%s", text.decode("utf-8", errors="replace").rstrip())


LOG_CALLBACK = llama_cpp.llama_log_callback(_log_line)  # kept for good: llama.cpp holds no reference to it


def send_logs_to_logging() -> None:
    """To the log file instead of the terminal."""
    llama_cpp.llama_log_set(LOG_CALLBACK, ctypes.c_void_p(0))
