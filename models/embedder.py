"""Text -> unit embeddings, the same for every model."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from embeddings import Embeddings, Fingerprint, Vector
from errors import ModelFailed
from models.llama_session import LlamaSession, SessionOptions, Tokens, load_session
from models.weights import Weights

# Raised when the same text would get another embedding: how it is tokenised, pooled or normalised.
PREPROCESSING = "text-1"
EMBEDDER_POOLINGS = ("mean", "cls", "last")


class Embedder(Protocol):
    """What indexing and search need of a model. tests/test_embedder.py is its contract."""

    dim: int
    fingerprint: Fingerprint
    sees_pictures: bool
    chunk_tokens: int  # longest text that `embed_documents` takes
    notice: str  # what a person should know about how it runs, or ""

    def count_tokens(self, text: str) -> int:
        """Tokens that `text` adds to a chunk; the model's own begin and end tokens are not counted."""
        ...

    def embed_documents(self, texts: Sequence[str]) -> Embeddings:
        """(n, dim) unit embeddings; raises ModelFailed for a text over `chunk_tokens`, cuts nothing."""
        ...

    def embed_query(self, text: str) -> Vector:
        """(dim,) unit embedding of what a person typed, of any length."""
        ...

    def close(self) -> None: ...


class LlamaEmbedder:
    """An `Embedder` over llama.cpp; made by `load_embedder`."""

    sees_pictures = False

    def __init__(self, session: LlamaSession, fingerprint: Fingerprint) -> None:
        self._session = session
        self._special_tokens = len(session.tokenize(""))
        self.fingerprint = fingerprint
        self.dim = session.dim
        self.chunk_tokens = session.batch_tokens - self._special_tokens
        self.notice = session.notice

    def count_tokens(self, text: str) -> int:
        return len(self._session.tokenize(text)) - self._special_tokens

    def embed_documents(self, texts: Sequence[str]) -> Embeddings:
        return self._session.embed([self._session.tokenize(text) for text in texts])

    def embed_query(self, text: str) -> Vector:
        """A query longer than a chunk becomes the mean direction of its parts."""
        parts = self._session.embed(self._parts(self._session.tokenize(text)))
        mean = parts.mean(axis=0)
        return np.asarray(mean / np.linalg.norm(mean), dtype=np.float32)

    def _parts(self, tokens: Tokens) -> list[Tokens]:
        if len(tokens) <= self._session.batch_tokens:
            return [tokens]
        first, *middle, last = tokens
        starts = range(0, len(middle), self.chunk_tokens)
        return [[first, *middle[start : start + self.chunk_tokens], last] for start in starts]

    def close(self) -> None:
        self._session.close()


def load_embedder(weights: Weights, options: SessionOptions) -> LlamaEmbedder:
    """The embedder of these weights, ready to use.

    Raises:
        ModelFailed: llama.cpp cannot use them, or they are no embedder.
    """
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
    return LlamaEmbedder(session, fingerprint)
