"""One loaded GGUF with its mmproj: prompts of text, pictures and frames to what the last token says.

The state of the last token is the only output. With every token an output, llama.cpp would run
the output matrix, 152,000 rows, on all of them: all but the last are decoded for the cache alone.

Every length is checked before the call: llama.cpp ends the process over a batch that is too long.
It does not know templates or where weights come from.
"""

import ctypes
import mmap
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from embeddings import Vector
from errors import ModelFailed
from models.llama_session import Tokens, describe_model, layers_on_gpu, load_model, tokens_of, unit_rows

# isort: split
import llama_cpp

from models.projector import Chunk, Projector, load_projector
from models.prompts import Part

END_OF_TEXT = "<|endoftext|>"
END_TOKENS = ("auto", "always", "never")

_RANK_IN_METADATA = str(llama_cpp.LLAMA_POOLING_TYPE_RANK)
_CLASSIFIER_TENSOR = b"cls.output.weight"
_HEADER_BYTES = 64 << 20


@dataclass(frozen=True, slots=True)
class SightOptions:
    """How a seeing model runs.

    Args:
        context_tokens: Longest prompt, pictures included.
        batch_tokens: Tokens evaluated at once.
        end_token: Whether `<|endoftext|>` follows the prompt: "auto" is what the GGUF says,
            "always" and "never" are for a GGUF that says it wrongly (cosine 0.19).
        exact_cache: Keep the cache in F32 instead of F16: twice its memory, for comparisons.
        device: "cpu", "cuda", or "auto": the GPU when this build of llama.cpp has one.
        gpu_layers: Layers on the GPU; None puts all there.
    """

    threads: int
    context_tokens: int = 4096
    batch_tokens: int = 512
    end_token: str = "auto"
    exact_cache: bool = False
    device: str = "auto"
    gpu_layers: int | None = None


@dataclass(frozen=True, slots=True)
class _Loaded:
    """llama.cpp's handles; whoever holds them frees them."""

    model: Any
    context: Any
    projector: Projector | None


class SightSession:
    """A model in memory; made by `load_sight_session`, safe to call from several threads."""

    def __init__(self, loaded: _Loaded, *, end_token: str, has_classifier: bool, notice: str) -> None:
        model, context = loaded.model, loaded.context
        self._model = model
        self._context = context
        self._projector = loaded.projector
        self._vocab = llama_cpp.llama_model_get_vocab(model)
        self._end_token = end_token
        # llama.cpp lowers n_batch silently; a longer batch would end the process.
        self._batch_tokens = min(llama_cpp.llama_n_batch(context), llama_cpp.llama_n_ubatch(context))
        self._batch = llama_cpp.llama_batch_init(self._batch_tokens, 0, 1)
        self._lock = threading.Lock()
        self.context_tokens: int = llama_cpp.llama_n_ctx(context)
        self.sees_pictures = loaded.projector is not None
        self.has_classifier = has_classifier
        self.notice = notice
        self.dim: int = llama_cpp.llama_model_n_embd_out(model)
        self.description = describe_model(model)

    def count_tokens(self, parts: Sequence[Part]) -> int:
        """Tokens of the whole prompt; pictures are counted, not encoded."""
        with self._lock, self._chunks(parts) as chunks:
            return sum(chunk.n_tokens for chunk in chunks)

    def embed(self, parts: Sequence[Part]) -> Vector:
        """(dim,) state of the last token, unit length.

        Raises:
            ModelFailed: Longer than the context, a picture for a model that sees none, or
                llama.cpp gave up. The session stays usable.
        """

        if self.has_classifier:  # what would be read is not a state, and not of this length
            raise ModelFailed("A model loaded for ranking gives no embeddings.")

        def last_state() -> NDArray[np.float32] | None:
            return _copied(llama_cpp.llama_get_embeddings_ith(self._context, -1), self.dim)

        return np.asarray(unit_rows(self._evaluated(parts, last_state, embeddings=True)[np.newaxis])[0])

    def rank(self, parts: Sequence[Part]) -> float:
        """The first output of the classifier's head, [0, 1]; for a session that `has_classifier`. Raises as `embed`."""
        if not self.has_classifier:
            raise ModelFailed("This model has no classifier's head.")

        def first_class() -> NDArray[np.float32] | None:
            return _copied(llama_cpp.llama_get_embeddings_seq(self._context, 0), 1)

        return float(_finite(self._evaluated(parts, first_class, embeddings=True))[0])

    def logits(self, parts: Sequence[Part]) -> NDArray[np.float32]:
        """(vocabulary,) what the model would say next, before any softmax. Raises as `embed`."""
        size = llama_cpp.llama_vocab_n_tokens(self._vocab)

        def last_logits() -> NDArray[np.float32] | None:
            return _copied(llama_cpp.llama_get_logits_ith(self._context, -1), size)

        return _finite(self._evaluated(parts, last_logits, embeddings=False))

    def token_of(self, word: str) -> int:
        """The one token that `word` is.

        Raises:
            ModelFailed: It is several: this vocabulary is not the one expected.
        """
        tokens = tokens_of(self._vocab, word, add_special=False, parse_special=False)
        if len(tokens) != 1:
            raise ModelFailed(f"The model has no single token for {word!r}.", hint="launcher models lists rerankers.")
        return tokens[0]

    def close(self) -> None:
        """Free the model; the session must not be used afterwards."""
        if self._projector:
            self._projector.close()
        llama_cpp.llama_batch_free(self._batch)
        llama_cpp.llama_free(self._context)
        llama_cpp.llama_model_free(self._model)

    def _evaluated(
        self, parts: Sequence[Part], read: Callable[[], NDArray[np.float32] | None], *, embeddings: bool
    ) -> NDArray[np.float32]:
        with self._lock, self._chunks(parts) as chunks:
            self._check_length(chunks)
            llama_cpp.llama_memory_clear(llama_cpp.llama_get_memory(self._context), False)
            self._decode(chunks, embeddings=embeddings)
            output = read()
        if output is None:
            raise ModelFailed("The model gives no output of the kind asked for.", hint="launcher models lists models.")
        return output

    @contextmanager
    def _chunks(self, parts: Sequence[Part]) -> Iterator[list[Chunk]]:
        add_special = self._end_token == "auto"
        if self._end_token == "always":
            parts = _with_end(parts)
        if len(parts) == 1 and isinstance(parts[0], str):
            tokens = tokens_of(self._vocab, parts[0], add_special=add_special, parse_special=True)
            yield [Chunk(len(tokens), tokens)]
        elif self._projector:
            with self._projector.chunks(parts, add_special=add_special) as chunks:
                yield chunks
        else:
            raise ModelFailed("This model sees no pictures.", hint="launcher models lists those that do.")

    def _check_length(self, chunks: Sequence[Chunk]) -> None:
        total = sum(chunk.n_tokens for chunk in chunks)
        if total > self.context_tokens:
            raise ModelFailed(f"An input of {total} tokens does not fit the model's {self.context_tokens}.")
        if not chunks or not chunks[-1].tokens:
            raise ModelFailed("An input must end in text: its last token is the output.")

    def _decode(self, chunks: Sequence[Chunk], *, embeddings: bool) -> None:
        *before, last = chunks
        llama_cpp.llama_set_embeddings(self._context, False)
        position = 0
        for chunk in before:
            position = self._decode_chunk(chunk, position)
        tokens = last.tokens or []
        position = self._decode_text(tokens[:-1], position)
        llama_cpp.llama_set_embeddings(self._context, embeddings)
        self._decode_batch(tokens[-1:], position, is_output=True)

    def _decode_chunk(self, chunk: Chunk, position: int) -> int:
        if chunk.tokens is not None:
            return self._decode_text(chunk.tokens, position)
        assert self._projector  # only it makes chunks of pictures
        return self._projector.decode(chunk, self._context, past=position, batch_tokens=self._batch_tokens)

    def _decode_text(self, tokens: Tokens, position: int) -> int:
        for start in range(0, len(tokens), self._batch_tokens):
            self._decode_batch(tokens[start : start + self._batch_tokens], position + start, is_output=False)
        return position + len(tokens)

    def _decode_batch(self, tokens: Tokens, position: int, *, is_output: bool) -> None:
        batch = self._batch
        for place, token in enumerate(tokens):
            batch.token[place] = token
            batch.pos[place] = position + place
            batch.n_seq_id[place] = 1
            batch.seq_id[place][0] = 0
            batch.logits[place] = is_output
        batch.n_tokens = len(tokens)
        status = llama_cpp.llama_decode(self._context, batch)
        if status != 0:
            raise ModelFailed(f"llama.cpp could not evaluate a batch (code {status}).", hint="launcher doctor")


def load_sight_session(
    weights: Path, projector: Path | None, options: SightOptions, *, for_ranking: bool = False
) -> SightSession:
    """Load a model, and the mmproj that lets it see.

    Args:
        projector: None for a model of text alone.
        for_ranking: Use the classifier's head where the GGUF has one: `rank` then works, and `embed` does not.

    Raises:
        ModelFailed: llama.cpp cannot use one of the files; nothing stays in memory.
    """
    if options.end_token not in END_TOKENS:
        raise ModelFailed(f"The end token can be {', '.join(END_TOKENS)}, not {options.end_token!r}.")
    layers, notice = layers_on_gpu(options.device, options.gpu_layers)
    with ExitStack() as on_failure:
        model = load_model(weights, layers)
        on_failure.callback(llama_cpp.llama_model_free, model)
        tower = None
        if projector:
            tower = load_projector(projector, model, threads=options.threads, use_gpu=layers > 0)
            on_failure.callback(tower.close)
        has_classifier = for_ranking and _has_classifier(model, weights)
        context = llama_cpp.llama_init_from_model(model, _context_options(options, layers, has_classifier))
        if not context:
            raise ModelFailed(f"llama.cpp cannot run {weights.name}", hint="launcher models lists those it can.")
        on_failure.pop_all()
    return SightSession(
        _Loaded(model, context, tower), end_token=options.end_token, has_classifier=has_classifier, notice=notice
    )


def _context_options(options: SightOptions, gpu_layers: int, has_classifier: bool) -> Any:
    context_options = llama_cpp.llama_context_default_params()
    context_options.n_ctx = options.context_tokens
    context_options.n_batch = context_options.n_ubatch = min(options.batch_tokens, options.context_tokens)
    context_options.n_seq_max = 1
    context_options.n_outputs_max = 1  # or a 2B model computes in 321 MB instead of 80
    context_options.n_threads = context_options.n_threads_batch = options.threads
    context_options.embeddings = True
    context_options.pooling_type = (
        llama_cpp.LLAMA_POOLING_TYPE_RANK if has_classifier else llama_cpp.LLAMA_POOLING_TYPE_NONE
    )
    context_options.no_perf = True
    context_options.offload_kqv = context_options.op_offload = gpu_layers > 0
    if options.exact_cache:
        context_options.type_k = context_options.type_v = llama_cpp.GGML_TYPE_F32
        context_options.flash_attn_type = llama_cpp.LLAMA_FLASH_ATTN_TYPE_DISABLED
    return context_options


def _has_classifier(model: Any, weights: Path) -> bool:
    """Whether the GGUF asks for pooling by rank and has the tensor: asking alone would give a meaningless number.

    llama.cpp does not say which tensors a model has; their names stand in the file's first megabytes.
    """
    if _metadata(model, f"{_metadata(model, 'general.architecture')}.pooling_type") != _RANK_IN_METADATA:
        return False
    with weights.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        return content.find(_CLASSIFIER_TENSOR, 0, _HEADER_BYTES) >= 0


def _metadata(model: Any, key: str) -> str:
    buffer = ctypes.create_string_buffer(128)
    found = llama_cpp.llama_model_meta_val_str(model, key.encode(), buffer, len(buffer))
    return buffer.value.decode("utf-8", errors="replace") if found >= 0 else ""


def _with_end(parts: Sequence[Part]) -> list[Part]:
    *before, last = parts
    return [*before, last + END_OF_TEXT] if isinstance(last, str) else [*parts, END_OF_TEXT]


def _copied(pointer: Any, count: int) -> NDArray[np.float32] | None:
    """llama.cpp's own memory is overwritten by the next call."""
    return np.ctypeslib.as_array(pointer, shape=(count,)).copy() if pointer else None


def _finite(values: NDArray[np.float32]) -> NDArray[np.float32]:
    if not np.isfinite(values).all():
        raise ModelFailed("The model's output is not finite: its weights are damaged.", hint="Fetch them again.")
    return values
