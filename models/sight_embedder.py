"""Texts, pictures and mixtures of both -> unit embeddings, by a causal model such as Qwen3-VL-Embedding."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from embeddings import Embeddings, Fingerprint, Vector
from errors import SettingsError
from models.pictures import limits_of
from models.precedence import Precedence
from models.profiles import EmbedderProfile, Wrapping
from models.prompts import Input, Prompt, embedding_prompt
from models.sight_model import SightModel, SightOptions, load_sight_model
from models.sight_session import SightSession, open_session
from models.weights import Weights

# Raised when the same input would get another embedding although the profile is the same.
PREPROCESSING = "sight-1"
DETAIL_TOKENS = {"low": 64, "medium": 256, "high": 1280}  # per picture, at most
CHUNK_TOKENS = 320
_CONTEXT_TOKENS = 2048  # room for a picture of 1,280, its chunk and what stands around them
_QUERY_CONTEXT_TOKENS = 1024
_LEAST_DIM = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What a person may choose about the embeddings themselves.

    Args:
        dim: Keep this many dimensions of each, for models trained so that the first ones say most
            (Matryoshka); None keeps all.
        detail: A key of DETAIL_TOKENS; None: "high" on a GPU, "medium" on a CPU.
        query_instruction: What a query is introduced with; the profile's own when empty.
        document_instruction: The same of documents; another one is another fingerprint.
        end_token: As in `SightOptions`.
    """

    dim: int | None = None
    detail: str | None = None
    query_instruction: str = ""
    document_instruction: str = ""
    end_token: str = "auto"


class SightEmbedder:
    """An `Embedder` that also sees; made by `load_sight_embedder`.

    Documents and queries have a context each over the same weights, so that a query never waits
    for a document: that one stands still meanwhile (docs/adr/0005).
    """

    chunk_tokens = CHUNK_TOKENS

    def __init__(
        self, model: SightModel, profile: EmbedderProfile, *, dim: int, fingerprint: Fingerprint, precedence: Precedence
    ) -> None:
        self._model = model
        self._profile = profile
        self._precedence = precedence
        self._documents = _Lazy(self._open_for_documents)
        self._queries = _Lazy(self._open_for_queries)
        self.dim = dim
        self.fingerprint = fingerprint
        self.sees_pictures = model.projector is not None
        self.picture_limits = limits_of(profile) if self.sees_pictures else None
        self.notice = model.notice

    def count_tokens(self, text: str) -> int:
        with self._model.units([text]) as units:
            return len(units)

    def embed_documents(self, inputs: Sequence[str | Input]) -> Embeddings:
        prompts = [self._prompt(content, self._profile.document) for content in inputs]
        return self._shortened(self._documents.get().embed(prompts))

    def embed_query(self, query: str | Input) -> Vector:
        content = Input(query) if isinstance(query, str) else query
        with self._precedence.urgent():
            session = self._queries.get()
            prompts = self._query_prompts(session, content)
            parts = np.stack([session.embed_next(prompt) for prompt in prompts])
        mean = self._shortened(parts).mean(axis=0)
        return np.asarray(mean / np.linalg.norm(mean), dtype=np.float32)

    def prepare_queries(self) -> None:
        self._queries.get()

    def close(self) -> None:
        self._documents.close()
        self._queries.close()
        self._model.close()

    def _prompt(self, content: str | Input, wrapping: Wrapping) -> Prompt:
        content = Input(content) if isinstance(content, str) else content
        return embedding_prompt(content, wrapping, limits=self.picture_limits)

    def _query_prompts(self, session: SightSession, query: Input) -> list[Prompt]:
        """One prompt, or one for each part of a text that is too long: the query is then their mean direction."""
        prompt = self._prompt(query, self._profile.query)
        text = query.text or ""
        if session.count_tokens(prompt) <= session.context_tokens or len(text) < CHUNK_TOKENS:
            return [prompt]
        half = text.rfind(" ", 0, len(text) // 2) + 1 or len(text) // 2
        halves = (replace(query, text=part) for part in (text[:half], text[half:]))
        return [part for content in halves for part in self._query_prompts(session, content)]

    def _shortened(self, embeddings: Embeddings) -> Embeddings:
        if self.dim == self._model.dim:
            return embeddings
        kept = embeddings[:, : self.dim]
        return np.asarray(kept / np.linalg.norm(kept, axis=1, keepdims=True), dtype=np.float32)

    def _open_for_documents(self) -> SightSession:
        return _sharing(open_session(self._model, gives_way_to=self._precedence), self._profile.document)

    def _open_for_queries(self) -> SightSession:
        tokens = _CONTEXT_TOKENS if self._profile.max_tokens > DETAIL_TOKENS["medium"] else _QUERY_CONTEXT_TOKENS
        return _sharing(open_session(self._model, context_tokens=tokens), self._profile.query)


def load_sight_embedder(
    weights: Weights,
    profile: EmbedderProfile,
    options: SightOptions,
    wishes: Wishes | None = None,
    precedence: Precedence | None = None,
) -> SightEmbedder:
    """The embedder of these weights, ready to use; a context is opened by the first who needs it.

    Args:
        precedence: Shared with whoever else queries go through, such as the reranker.

    Raises:
        ModelFailed: llama.cpp cannot use them.
        SettingsError: More dimensions than the model has.
    """
    wishes, precedence = wishes or Wishes(), precedence or Precedence()
    options = replace(
        options,
        context_tokens=_CONTEXT_TOKENS,
        end_token=wishes.end_token,
        factor=profile.factor or options.factor,
        has_plain_positions=profile.has_plain_positions,
    )
    model = load_sight_model(weights.path, weights.projector, options, precedence)
    try:
        chosen = _chosen_profile(profile, wishes, is_on_gpu=model.gpu_layers > 0)
        dim = _chosen_dim(model.dim, wishes.dim)
    except BaseException:
        model.close()
        raise
    fingerprint = Fingerprint(
        model=weights.name,
        weights_sha256=weights.sha256,
        projector_sha256=weights.projector_sha256,
        quantisation=model.description,
        pooling="last",
        template=_template(chosen),
        dim=dim,
        preprocessing=_preprocessing(chosen, wishes, sees_pictures=weights.projector is not None),
    )
    return SightEmbedder(model, chosen, dim=dim, fingerprint=fingerprint, precedence=precedence)


class _Lazy:
    """A session that is opened by the first who needs it."""

    def __init__(self, open_it: Callable[[], SightSession]) -> None:
        self._open = open_it
        self._lock = threading.Lock()
        self._session: SightSession | None = None

    def get(self) -> SightSession:
        with self._lock:
            if self._session is None:
                self._session = self._open()
            return self._session

    def close(self) -> None:
        if self._session:
            self._session.close()


def _sharing(session: SightSession, wrapping: Wrapping) -> SightSession:
    opening = wrapping.opened()
    if opening:
        session.share([opening])
    return session


def _chosen_profile(profile: EmbedderProfile, wishes: Wishes, *, is_on_gpu: bool) -> EmbedderProfile:
    tokens = DETAIL_TOKENS[wishes.detail or ("high" if is_on_gpu else "medium")]
    return replace(
        profile,
        query=replace(profile.query, instruction=wishes.query_instruction.strip() or profile.query.instruction),
        document=replace(
            profile.document, instruction=wishes.document_instruction.strip() or profile.document.instruction
        ),
        max_tokens=min(tokens, profile.max_tokens),
    )


def _chosen_dim(full: int, wanted: int | None) -> int:
    if wanted is None:
        return full
    if not _LEAST_DIM <= wanted <= full:
        raise SettingsError(f"This model has {full} dimensions: {wanted} cannot be kept.", hint=f"--dim {full // 2}")
    return wanted


def _template(profile: EmbedderProfile) -> str:
    """The profile and its instruction for documents; that for queries leaves what is stored as it is."""
    return f"{profile.name} {profile.document.instruction}".rstrip()


def _preprocessing(profile: EmbedderProfile, wishes: Wishes, *, sees_pictures: bool) -> str:
    tokens = str(profile.max_tokens) if sees_pictures else "-"
    end_token = wishes.end_token if wishes.end_token != "auto" else ""
    return f"{PREPROCESSING} {tokens} {end_token}".rstrip()


def wishes_of(fingerprint: Fingerprint) -> Wishes:
    """What somebody chose when the embeddings with this fingerprint were made."""
    version, _, chosen = fingerprint.preprocessing.partition(" ")
    if version != PREPROCESSING:
        return Wishes()
    tokens, _, end_token = chosen.partition(" ")
    details = {str(most): detail for detail, most in DETAIL_TOKENS.items()}
    return Wishes(
        dim=fingerprint.dim,
        detail=details.get(tokens),
        document_instruction=fingerprint.template.partition(" ")[2],
        end_token=end_token or "auto",
    )
