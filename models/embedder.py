"""Texts and pictures -> unit embeddings, the same for every model."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from embeddings import Embeddings, Fingerprint, Vector
from errors import ModelFailed, SettingsError
from models.llama_session import LlamaSession, SessionOptions, Tokens, load_session
from models.pictures import PixelLimits
from models.precedence import Precedence
from models.profiles import STARTER
from models.prompts import Input
from models.recognition import profile_for
from models.sight_embedder import Wishes, load_sight_embedder
from models.sight_model import SightOptions
from models.weights import Weights

# Raised when the same text would get another embedding: how it is tokenised, pooled or normalised.
PREPROCESSING = "text-1"
EMBEDDER_POOLINGS = ("mean", "cls", "last")


class Embedder(Protocol):
    """What indexing and search need of a model. tests/test_embedder.py is its contract."""

    dim: int
    fingerprint: Fingerprint
    sees_pictures: bool
    picture_limits: PixelLimits | None  # what `fit_picture` makes of one costs no more to look at; None: sees nothing
    chunk_tokens: int  # longest text that `embed_documents` takes
    notice: str  # what a person should know about how it runs, or ""

    def count_tokens(self, text: str) -> int:
        """Tokens that `text` adds to a chunk; the model's own begin and end tokens are not counted."""
        ...

    def embed_documents(self, inputs: Sequence[str | Input]) -> Embeddings:
        """(n, dim) unit embeddings, in the order of `inputs`.

        Raises:
            ModelFailed: A text over `chunk_tokens`, which is never cut, or a picture for a model that
                sees none.
        """
        ...

    def embed_query(self, query: str | Input) -> Vector:
        """(dim,) unit embedding of what a person typed or showed, of any length. Raises as `embed_documents`."""
        ...

    def prepare_queries(self) -> None:
        """Do now what the first query would have to wait for."""
        ...

    def close(self) -> None: ...


class LlamaEmbedder:
    """An `Embedder` over llama.cpp; made by `load_embedder`."""

    sees_pictures = False
    picture_limits: PixelLimits | None = None

    def __init__(self, session: LlamaSession, fingerprint: Fingerprint, precedence: Precedence | None = None) -> None:
        self._session = session
        self._precedence = precedence or Precedence()
        self._special_tokens = len(session.tokenize(""))
        self.fingerprint = fingerprint
        self.dim = session.dim
        self.chunk_tokens = session.batch_tokens - self._special_tokens
        self.notice = session.notice

    def count_tokens(self, text: str) -> int:
        return len(self._session.tokenize(text)) - self._special_tokens

    def embed_documents(self, inputs: Sequence[str | Input]) -> Embeddings:
        sequences = [self._session.tokenize(_text_of(content)) for content in inputs]
        return self._session.embed(sequences, gives_way_to=self._precedence)

    def embed_query(self, query: str | Input) -> Vector:
        """A query longer than a chunk becomes the mean direction of its parts."""
        with self._precedence.urgent():
            parts = self._session.embed(self._parts(self._session.tokenize(_text_of(query))))
        mean = parts.mean(axis=0)
        return np.asarray(mean / np.linalg.norm(mean), dtype=np.float32)

    def prepare_queries(self) -> None:
        """Nothing: each takes milliseconds."""

    def _parts(self, tokens: Tokens) -> list[Tokens]:
        if len(tokens) <= self._session.batch_tokens:
            return [tokens]
        first, *middle, last = tokens
        starts = range(0, len(middle), self.chunk_tokens)
        return [[first, *middle[start : start + self.chunk_tokens], last] for start in starts]

    def close(self) -> None:
        self._session.close()


def load_embedder(
    weights: Weights, options: SessionOptions, wishes: Wishes | None = None, precedence: Precedence | None = None
) -> Embedder:
    """The embedder of these weights, ready to use, for text alone or for all that it sees.

    Args:
        precedence: Shared with whoever else queries go through, such as a reranker.

    Raises:
        ModelFailed: llama.cpp cannot use them, or they are no embedder.
        SettingsError: They are a reranker's, or cannot do as wished.
    """
    profile = profile_for(weights)
    if profile is STARTER:
        return _text_embedder(weights, options, wishes or Wishes(), precedence)
    seeing = SightOptions(threads=options.threads, device=options.device, gpu_layers=options.gpu_layers)
    return load_sight_embedder(weights, profile, seeing, wishes, precedence)


def _text_embedder(
    weights: Weights, options: SessionOptions, wishes: Wishes, precedence: Precedence | None
) -> LlamaEmbedder:
    if wishes != Wishes():
        raise SettingsError(
            f"{weights.name} takes no --dim, no --detail and no instructions.", hint="launcher models shows what does."
        )
    session = load_session(weights.path, options)
    if session.pooling not in EMBEDDER_POOLINGS:
        session.close()
        kind = "a reranker" if session.pooling == "rank" else "a model without pooling"
        hint = "launcher models lists models that can."
        raise ModelFailed(f"{weights.path.name} is {kind}: it cannot embed text by itself", hint=hint)
    fingerprint = Fingerprint(
        model=weights.name,
        weights_sha256=weights.sha256,
        quantisation=session.description,
        pooling=session.pooling,
        dim=session.dim,
        preprocessing=PREPROCESSING,
    )
    return LlamaEmbedder(session, fingerprint, precedence)


def _text_of(content: str | Input) -> str:
    if isinstance(content, str):
        return content
    if content.pictures or content.videos:
        raise ModelFailed("This model sees no pictures.", hint="launcher models lists those that do.")
    return content.text or ""
