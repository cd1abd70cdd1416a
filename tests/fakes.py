"""Stand-ins that can be worked out by hand, held to the same contracts as the real ones."""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from corpus import Contents, Document, Page
from embeddings import Embeddings, Fingerprint, Vector
from errors import DocumentError, DocumentMissing, ModelFailed
from extraction.ocr import OcrOptions
from extraction.views import View, ViewOptions
from models.pictures import PixelLimits
from models.prompts import Input

# One dimension per topic: a text's embedding counts the words of each.
TOPICS = (
    {"roof", "tiles", "gutter", "storm"},
    {"cake", "bread", "flour", "oven"},
    {"invoice", "tax", "money", "bill"},
)
COLOURS = {"red": (255, 0, 0), "green": (0, 255, 0), "blue": (0, 0, 255)}


class FakeEmbedder:
    """`Embedder` with one dimension per topic and one for everything else.

    One that sees takes a picture's red for the first topic, green for the second, blue for the third.
    """

    dim = len(TOPICS) + 1
    chunk_tokens = 50
    notice = ""

    def __init__(self, *, model: str = "fake", sees_pictures: bool = False) -> None:
        self.fingerprint = Fingerprint(model=model, weights_sha256=model * 4, dim=self.dim)
        self.sees_pictures = sees_pictures
        self.picture_limits = PixelLimits(max_px=64 * 1024) if sees_pictures else None
        self.embedded: list[str] = []
        self.seen = 0  # pictures

    def count_tokens(self, text: str) -> int:
        return len(re.findall(r"\w+|[^\w\s]", text))

    def embed_documents(self, inputs: Sequence[str | Input]) -> Embeddings:
        for content in map(_as_input, inputs):
            text = content.text or ""
            if self.count_tokens(text) > self.chunk_tokens:
                raise ModelFailed(f"A text of {self.count_tokens(text)} tokens does not fit.")
            if "unembeddable" in text:
                raise ModelFailed("The fake model refuses this text.")
            self.seen += len(content.pictures)
        self.embedded.extend(content for content in inputs if isinstance(content, str))
        return np.stack([self._embedding(_as_input(content)) for content in inputs])

    def embed_query(self, query: str | Input) -> Vector:
        return self._embedding(_as_input(query))

    def prepare_queries(self) -> None:
        pass

    def close(self) -> None:
        pass

    def _embedding(self, content: Input) -> Vector:
        if content.pictures and not self.sees_pictures:
            raise ModelFailed("The fake model sees no pictures.")
        words = re.findall(r"\w+", (content.text or "").lower())
        counts = np.array([sum(word in topic for word in words) for topic in TOPICS], dtype=np.float32)
        colours = sum((picture.mean(axis=(0, 1)) / 255 for picture in content.pictures), np.zeros(3))
        vector = np.array([*(counts + colours), 0.1], dtype=np.float32)
        return vector / np.linalg.norm(vector)


def _as_input(content: str | Input) -> Input:
    return Input(content) if isinstance(content, str) else content


class FakeReader:
    """Reads UTF-8 text in this process; a file whose text starts with "broken" fails, a form feed ends a page.

    A `.loud` file is read in capitals, another text from the same bytes. A `.picture` is one, a `.music` is sound,
    and a `.pdf` a PDF with pages: words that name a colour are what there is to see, and what follows a ">" can
    be read in it.
    """

    def __init__(self) -> None:
        self.paths: list[Path] = []
        self.viewed: list[Path] = []
        self.recognised: list[tuple[str, int]] = []  # names and page numbers
        self.missed: set[str] = set()  # names of files that are away whenever they are read

    def views(
        self, documents: Iterable[Document], options: ViewOptions
    ) -> Iterable[tuple[Document, tuple[View, ...] | DocumentError]]:
        for document in documents:
            self.viewed.append(document.path)
            if document.path.name in self.missed:
                yield document, DocumentMissing(document.path, "no longer there")
                continue
            pages = document.path.read_text(encoding="utf-8").split("\f")
            if "unseeable" in pages[0]:
                yield document, DocumentError(document.path, "damaged")
                continue
            is_always = document.path.suffix == ".picture"
            shown = [] if options.pages == "text" and not is_always else pages
            colours = [
                (number, COLOURS[word]) for number, page in enumerate(shown, 1) for word in COLOURS if word in page
            ]
            yield (
                document,
                tuple(View(number, options.fit(np.full((64, 64, 3), colour, np.uint8))) for number, colour in colours),
            )

    def words(self, document: Document, options: OcrOptions) -> tuple[Page, ...] | DocumentError:
        self.recognised.append((document.path.name, options.page_number))
        if document.path.name in self.missed:
            return DocumentMissing(document.path, "no longer there")
        text = document.path.read_text(encoding="utf-8").split("\f")[options.page_number - 1]
        if "illegible" in text:
            return DocumentError(document.path, "took longer than 90 s")
        written = text.partition(">")[2].strip()
        if options.language == "latin":
            written = written.encode("ascii", "ignore").decode()
        return (Page(options.page_number, written),) if written else ()

    def read(self, documents: Iterable[Document]) -> Iterable[tuple[Document, Contents | DocumentError]]:
        for document in documents:
            self.paths.append(document.path)
            if document.path.name in self.missed:
                yield document, DocumentMissing(document.path, "no longer there")
                continue
            text = document.path.read_text(encoding="utf-8")
            if text.startswith("broken"):
                yield document, DocumentError(document.path, "damaged")
                continue
            shown = text.upper() if document.path.suffix == ".loud" else text
            kind = {".picture": "picture", ".music": "audio", ".pdf": "pdf"}.get(document.path.suffix, "text")
            parts = (part.partition(">")[0] for part in shown.split("\f"))
            pages = tuple(Page(number, part) for number, part in enumerate(parts, start=1) if part or kind == "pdf")
            yield document, Contents(kind=kind, pages=pages, content_hash=str(hash(text)))
