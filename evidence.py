"""Why a document is shown: the sentence of a passage that says most nearly what was asked."""

import re

import numpy as np

from embeddings import Vector
from models.embedder import Embedder

MAX_SENTENCES = 24  # of a chunk; a table or a list may have more lines
_SHORTEST_CHARS = 8  # less is a number, an initial, or "e.g."
# A sentence ends with its sign before a blank, or with a paragraph; lines alone end nothing: PDFs break them anywhere.
_END = re.compile(r"(?:[.!?\u2026][\"')\u201d\u2019\u00bb]*(?=\s)|[\u3002\uff01\uff1f]|(?=\n\s*\n))\s*")

Range = tuple[int, int]  # start and end, in characters


def sentences_in(text: str) -> list[Range]:
    """Where the sentences of `text` stand, in order; what is too short to be one goes with the sentence after it."""
    sentences: list[Range] = []
    start = 0
    for end in [*(match.end() for match in _END.finditer(text)), len(text)]:
        sentence = text[start:end]
        if len(sentence.strip()) >= _SHORTEST_CHARS:
            sentences.append((end - len(sentence.lstrip()), start + len(sentence.rstrip())))
            start = end
    return sentences


def closest_sentence(text: str, asked: Vector, embedder: Embedder) -> Range | None:
    """The sentence of `text` whose embedding is nearest to `asked`; None when there are not two to choose from.

    Costs as much as indexing the text.
    """
    sentences = sentences_in(text)[:MAX_SENTENCES]
    if len(sentences) < 2:
        return None
    embeddings = embedder.embed_documents([text[start:end] for start, end in sentences])
    return sentences[int(np.argmax(embeddings @ asked))]
