"""What the window needs of a search engine, and no more."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Protocol

from index_store import ChunkId, ChunkRecord, DocumentId, DocumentRecord
from regions import Region
from reranking import LiveReranking
from search_engine import Hit, Query


class Indexed(Protocol):
    """What can be found, as of one commit."""

    @property
    def document_count(self) -> int: ...

    @property
    def chunk_count(self) -> int: ...

    @property
    def notice(self) -> str:
        """What a person should know of the index, else ""."""

    def corrected(self, text: str) -> str | None:
        """`text` with other words in place of those that no document has, if there are some very much like them."""

    def refreshed(self) -> "Indexed":
        """The same as of now.

        Raises:
            IndexStoreError: The index is gone, or damaged.
        """

    def find(self, path: str) -> tuple[DocumentId, DocumentRecord] | None:
        """The document at `path`."""

    def chunks_of(self, document_id: DocumentId) -> list[ChunkId]: ...

    def chunk(self, chunk_id: ChunkId) -> ChunkRecord: ...

    def pictures_of(self, paths: Iterable[str]) -> dict[str, int]:
        """How many thumbnails are kept of these documents; without those that have none."""

    def thumbnail(self, path: str, *, page_number: int, second: float | None) -> bytes | None:
        """The kept WebP picture that is nearest to a page, or to a second of a video; None without any."""


class Searcher(Protocol):
    @property
    def is_ready(self) -> bool:
        """Whether the model is in memory, so that a query is answered at once by its meaning too."""

    def load(self) -> None:
        """Return when it is. Raises as `search`."""

    @property
    def snapshot(self) -> Indexed:
        """What the last query was answered from."""

    @property
    def reranking(self) -> LiveReranking | None:
        """What improves a list that is shown; None where nothing can."""

    def search(self, query: Query) -> list[Hit]:
        """Hits for `query`, best first. It waits for the model, unless the lists are `search_engine.WITHOUT_MODEL`.

        Raises:
            LauncherError: The query cannot be answered: it is empty, there is no index yet, …
        """

    def recent(self, limit: int) -> list[Hit]:
        """What was opened last, then what was changed last.

        Raises:
            LauncherError: The index is gone, or damaged.
        """

    def note_opened(self, path: Path) -> None:
        """The person opened this document, or had its folder shown."""

    def notice(self, query: Query) -> str:
        """What a person should know of the answer to `query`, else ""."""

    def closest_sentence(self, hit: Hit) -> tuple[int, int] | None:
        """Where in the context of a hit stands what says most nearly what was asked, if that can be said quickly."""

    def closest_region(self, hit: Hit, picture: bytes, *, should_stop: Callable[[], bool]) -> Region | None:
        """Where on the picture of a hit is what was asked; None when no part stands out, or looks did not find it."""
