"""The weights of a model that sees, in memory once: prompts to tokens and pictures; contexts share it."""

import ctypes
import mmap
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from errors import ModelFailed
from models.llama_session import describe_model, layers_on_gpu, load_model, tokens_of

# isort: split
import llama_cpp

from models.pictures import FACTOR
from models.precedence import Precedence
from models.projector import Projector, ProjectorOptions, Unit, load_projector
from models.prompts import Part

END_TOKENS = ("auto", "always", "never")
END_OF_TEXT = "<|endoftext|>"
_RANK_IN_METADATA = str(llama_cpp.LLAMA_POOLING_TYPE_RANK)
_CLASSIFIER_TENSOR = b"cls.output.weight"
_HEADER_BYTES = 64 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
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
        factor: Pixels along each side of one visual token.
        has_plain_positions: A picture's tokens are numbered as text is, not by row and column.
    """

    threads: int
    context_tokens: int = 4096
    batch_tokens: int = 512
    end_token: str = "auto"
    exact_cache: bool = False
    device: str = "auto"
    gpu_layers: int | None = None
    factor: int = FACTOR
    has_plain_positions: bool = False


class SightModel:
    """Made by `load_sight_model`, safe to call from several threads."""

    def __init__(self, handle: Any, projector: Projector | None, options: SightOptions) -> None:
        self.handle = handle
        self.projector = projector
        self.options = options
        self.gpu_layers, self.notice = layers_on_gpu(options.device, options.gpu_layers)
        self.vocab = llama_cpp.llama_model_get_vocab(handle)
        self.dim: int = llama_cpp.llama_model_n_embd_out(handle)
        self.description = describe_model(handle)
        self.architecture = self.metadata("general.architecture")

    @contextmanager
    def units(self, parts: Sequence[Part]) -> Iterator[list[Unit]]:
        """The prompt as tokens and pictures, with the end token if there is to be one.

        Raises:
            ModelFailed: A picture for a model that sees none, or of a size that llama.cpp would change.
        """
        add_special = self.options.end_token == "auto"
        if self.options.end_token == "always":
            parts = _with_end(parts)
        if len(parts) == 1 and isinstance(parts[0], str):
            yield list(tokens_of(self.vocab, parts[0], add_special=add_special, parse_special=True))
        elif self.projector:
            with self.projector.units(parts, add_special=add_special) as units:
                yield units
        else:
            raise ModelFailed("This model sees no pictures.", hint="launcher models lists those that do.")

    def token_of(self, word: str) -> int:
        """The one token that `word` is.

        Raises:
            ModelFailed: It is several: this vocabulary is not the one expected.
        """
        tokens = tokens_of(self.vocab, word, add_special=False, parse_special=False)
        if len(tokens) != 1:
            raise ModelFailed(f"The model has no single token for {word!r}.", hint="launcher models lists rerankers.")
        return tokens[0]

    def metadata(self, key: str) -> str:
        """What the GGUF says under `key`, or ""."""
        buffer = ctypes.create_string_buffer(128)
        found = llama_cpp.llama_model_meta_val_str(self.handle, key.encode(), buffer, len(buffer))
        return buffer.value.decode("utf-8", errors="replace") if found >= 0 else ""

    def has_classifier(self, weights: Path) -> bool:
        """Whether the GGUF asks for pooling by rank and has the tensor: asking alone would give a meaningless number.

        llama.cpp does not say which tensors a model has; their names stand in the file's first megabytes.
        """
        if self.metadata(f"{self.architecture}.pooling_type") != _RANK_IN_METADATA:
            return False
        with weights.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
            return content.find(_CLASSIFIER_TENSOR, 0, _HEADER_BYTES) >= 0

    def close(self) -> None:
        """Free the weights, after all contexts over them."""
        if self.projector:
            self.projector.close()
        llama_cpp.llama_model_free(self.handle)


def load_sight_model(
    weights: Path, projector: Path | None, options: SightOptions, precedence: Precedence | None = None
) -> SightModel:
    """Load a model, and the mmproj that lets it see.

    Args:
        projector: None for a model of text alone.
        precedence: Whom looking at a picture gives way to.

    Raises:
        ModelFailed: llama.cpp cannot use one of the files; nothing stays in memory.
    """
    if options.end_token not in END_TOKENS:
        raise ModelFailed(f"The end token can be {', '.join(END_TOKENS)}, not {options.end_token!r}.")
    layers, _ = layers_on_gpu(options.device, options.gpu_layers)
    tower_options = ProjectorOptions(
        threads=options.threads,
        use_gpu=layers > 0,
        factor=options.factor,
        has_plain_positions=options.has_plain_positions,
    )
    with ExitStack() as on_failure:
        handle = load_model(weights, layers)
        on_failure.callback(llama_cpp.llama_model_free, handle)
        tower = load_projector(projector, handle, tower_options, precedence or Precedence()) if projector else None
        on_failure.pop_all()
    return SightModel(handle, tower, options)


def _with_end(parts: Sequence[Part]) -> list[Part]:
    *before, last = parts
    return [*before, last + END_OF_TEXT] if isinstance(last, str) else [*parts, END_OF_TEXT]
