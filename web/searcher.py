"""What the window needs of a search engine, and no more."""

from typing import Protocol

from search_engine import Hit, Query


class Searcher(Protocol):
    def search(self, query: Query) -> list[Hit]:
        """Hits for `query`, best first.

        Raises:
            LauncherError: The query cannot be answered: it is empty, there is no index yet, …
        """
