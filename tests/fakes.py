"""Stand-ins that can be worked out by hand, held to the same contracts as the real ones."""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from corpus import Contents, Document, Page
from embeddings import Embeddings, Fingerprint, Vector
from errors import DocumentError, ModelFailed

# One dimension per topic: a text's embedding counts the words of each.
TOPICS = (
    {"roof", "tiles", "gutter", "storm"},
    {"cake", "bread", "flour", "oven"},
    {"invoice", "tax", "money", "bill"},
)


class FakeEmbedder:
    """`Embedder` with one dimension per topic and one for everything else."""

    dim = len(TOPICS) + 1
    sees_pictures = False
    chunk_tokens = 50
    notice = ""

    def __init__(self, *, model: str = "fake") -> None:
        self.fingerprint = Fingerprint(model=model, weights_sha256=model * 4, dim=self.dim)
        self.embedded: list[str] = []

    def count_tokens(self, text: str) -> int:
        return len(re.findall(r"\w+|[^\w\s]", text))

    def embed_documents(self, texts: Sequence[str]) -> Embeddings:
        for text in texts:
            if self.count_tokens(text) > self.chunk_tokens:
                raise ModelFailed(f"A text of {self.count_tokens(text)} tokens does not fit.")
            if "unembeddable" in text:
                raise ModelFailed("The fake model refuses this text.")
        self.embedded.extend(texts)
        return np.stack([self._embedding(text) for text in texts])

    def embed_query(self, text: str) -> Vector:
        return self._embedding(text)

    def close(self) -> None:
        pass

    def _embedding(self, text: str) -> Vector:
        words = re.findall(r"\w+", text.lower())
        counts = [sum(word in topic for word in words) for topic in TOPICS]
        vector = np.array([*counts, 0.1], dtype=np.float32)
        return vector / np.linalg.norm(vector)


class FakeReader:
    """Reads UTF-8 text in this process; a file whose text starts with "broken" fails, a form feed ends a page.

    A `.loud` file is read in capitals, another text from the same bytes; a `.picture` is one.
    """

    def __init__(self) -> None:
        self.paths: list[Path] = []

    def read(self, documents: Iterable[Document]) -> Iterable[tuple[Document, Contents | DocumentError]]:
        for document in documents:
            self.paths.append(document.path)
            text = document.path.read_text(encoding="utf-8")
            if text.startswith("broken"):
                yield document, DocumentError(document.path, "damaged")
                continue
            shown = text.upper() if document.path.suffix == ".loud" else text
            pages = tuple(Page(number, part) for number, part in enumerate(shown.split("\f"), start=1) if part)
            kind = "picture" if document.path.suffix == ".picture" else "text"
            yield document, Contents(kind=kind, pages=pages, content_hash=str(hash(text)))
