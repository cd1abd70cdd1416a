"""What the window needs of a search engine, and no more."""

from typing import Protocol

from search_engine import Hit, Query


class Indexed(Protocol):
    """What can be found, as of one commit."""

    @property
    def document_count(self) -> int: ...

    @property
    def chunk_count(self) -> int: ...

    def refreshed(self) -> "Indexed":
        """The same as of now.

        Raises:
            IndexStoreError: The index is gone, or damaged.
        """


class Searcher(Protocol):
    @property
    def snapshot(self) -> Indexed:
        """What the last query was answered from."""

    def search(self, query: Query) -> list[Hit]:
        """Hits for `query`, best first.

        Raises:
            LauncherError: The query cannot be answered: it is empty, there is no index yet, …
        """
