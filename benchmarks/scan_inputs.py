"""Embeddings to search, and queries: made up, or of real texts by the starter model."""

import json
import os
from pathlib import Path

import numpy as np

from embeddings import Embeddings
from models.catalog import STARTER
from models.download import ensure_weights
from models.embedder import load_embedder
from models.llama_session import SessionOptions
from settings import available_cores, default_settings

# Of mean, modality, topic, sub-topic, document and chunk: how fast their numbers shrink from the first dimension to
# the last, and what part of the whole they are. The finer, the flatter. Source: notes/store.md 1.1.
FALLS = (1.3, 1.2, 1.3, 1.1, 0.9, 0.6)
SHARES = (0.20, 0.06, 0.19, 0.18, 0.15, 0.22)


class MadeUp:
    """Embeddings like those of a model; the same for the same seed."""

    def __init__(self, dim: int) -> None:
        self.source = np.random.default_rng(7)
        variances = [(np.arange(dim) + 16.0) ** -fall for fall in FALLS]
        self.scales = [
            np.sqrt(share * each / each.sum()).astype(np.float32) for share, each in zip(SHARES, variances, strict=True)
        ]
        self.mean = self.drawn(0, 1)
        self.modality = self.drawn(1, 2)
        self.topics = self.drawn(2, 100)
        self.sub_topics = self.drawn(3, 2_000) + self.topics[self.source.integers(0, 100, 2_000)]
        sizes = 1 / (np.arange(2_000) + 1) ** 0.7
        self.sizes = sizes / sizes.sum()

    def drawn(self, level: int, count: int) -> Embeddings:
        return self.source.standard_normal((count, len(self.scales[level])), dtype=np.float32) * self.scales[level]

    def chunks(self, documents: int, chunks_each: int) -> Embeddings:
        about = self.sub_topics[self.source.choice(2_000, documents, p=self.sizes)]
        about = about + self.mean + self.modality[self.source.integers(0, 2, documents)]
        about += self.drawn(4, documents) * np.exp(0.3 * self.source.standard_normal((documents, 1), dtype=np.float32))
        return unit(np.repeat(about, chunks_each, axis=0) + self.drawn(5, documents * chunks_each))

    def queries(self, chunks: Embeddings) -> Embeddings:
        return unit(chunks + self.chunks(len(chunks), 1))


def unit(rows: Embeddings) -> Embeddings:
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def texts_of(folder: Path, queries_file: Path) -> tuple[Embeddings, Embeddings]:
    """Embeddings by the starter model of overlapping passages of real texts, and of real queries."""
    weights = ensure_weights(STARTER, default_settings(os.environ).models_dir, offline=False, report=print)
    embedder = load_embedder(weights, SessionOptions(threads=available_cores()))
    passages = [
        " ".join(words[start : start + 60])
        for words in (path.read_text(errors="replace").split() for path in sorted(folder.rglob("*")) if path.is_file())
        for start in range(0, max(len(words) - 20, 1), 40)
        if words
    ]
    queries = [json.loads(line)["text"] for line in queries_file.read_text().splitlines()]
    rows = [embedder.embed_documents(passages[start : start + 256]) for start in range(0, len(passages), 256)]
    return np.concatenate(rows), np.stack([embedder.embed_query(query) for query in queries[:100]])
