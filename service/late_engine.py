"""A search engine that can be asked before its model and its index are there: whoever asks waits for them.

A failure is told to whoever asks, and it is tried again at the next question: an index may have been made since.
"""

import logging
import threading
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from errors import IndexStoreError, LauncherError
from models.precedence import Precedence
from settings import Settings
from startup import Say, fingerprint_of_index, open_embedder, open_engine

if TYPE_CHECKING:
    from embeddings import Fingerprint
    from hits import Hit
    from index_store import Snapshot
    from models.embedder import Embedder
    from models.resting import RestingEmbedder
    from regions import Region
    from reranking import LiveReranking
    from search_engine import Query, SearchEngine

_LINGER_S = 1.0  # after a question: people type several letters
_Part = TypeVar("_Part")

log = logging.getLogger(__name__)


class LateEngine:
    """A `Searcher` over one index, and the one model in memory for search and indexing.

    Args:
        settings: Which index and which model.
        say: Told what a person should know while the model is opened.
    """

    def __init__(self, settings: Settings, *, say: Say) -> None:
        self._settings = settings
        self._say = say
        self._changed = threading.Condition()  # held while anything is opened
        self._users = 0  # of the embedder, which is not closed meanwhile
        self._precedence = Precedence()
        self._embedder: RestingEmbedder | None = None
        self._opened_for: Fingerprint | None = None  # of the index that the embedder was opened for
        self._engine: SearchEngine | None = None

    @property
    def is_ready(self) -> bool:
        """Whether a question is answered at once, or after the time that the model takes to come back from a rest."""
        return self._engine is not None

    def prepare(self) -> None:
        """Open model and index now, so that nobody has to wait for them; that it failed is said when somebody asks.

        To be called whenever a question is likely: the model may have been let go since the last one.
        """
        try:
            with self._using(self._newest_engine) as engine:
                log.info("%d documents can be found", engine.snapshot.document_count)
                if self._embedder:
                    self._embedder.prepare_queries()
        except LauncherError as error:
            log.warning("not ready: %s", error.message)
        except Exception:  # the barrier of a thread: the next question tries again, and is told
            log.exception("opening model and index failed")

    @contextmanager
    def embedder(self, *, say: Say) -> Iterator["Embedder"]:
        """The model that the index was made with, or is to be made with. It rests like that of questions.

        Raises:
            IndexStoreError: The index is damaged.
            ModelError: The model cannot be had, or not run.
        """
        with self._using(lambda: self._embedder_of(fingerprint_of_index(self._settings.index_dir), say)) as embedder:
            yield embedder

    def give_way(self) -> None:
        """Return when nobody asks anything, and nobody will at once: for indexing, between two pieces of its work."""
        self._precedence.give_way(linger_s=_LINGER_S)

    def follow(self, settings: Settings) -> Collection[str]:
        """Go by these from the next question on, as far as that can be done. Returns the names of what is followed."""
        with self._changed:
            if settings.has_history != self._settings.has_history:
                self._engine = None  # made anew in milliseconds, with the model that is there
            if self._embedder:
                self._embedder.rest_after(settings.model_idle_s)
            self._settings = replace(
                self._settings, has_history=settings.has_history, model_idle_s=settings.model_idle_s
            )
        return ("has_history", "model_idle_s")

    # --- what the window asks, as `web.searcher.Searcher` has it ---

    @property
    def snapshot(self) -> "Snapshot":
        """What the last query was answered from, or could be: it does not wait for the model.

        Raises:
            IndexStoreError: There is none, or it is damaged.
        """
        from index_store import read_index  # noqa: PLC0415 - with all that it imports, for the thread that opens it

        engine = self._engine
        return engine.snapshot if engine else read_index(self._settings.index_dir)

    @property
    def reranking(self) -> "LiveReranking | None":
        return self._engine.reranking if self._engine else None

    def search(self, query: "Query") -> "list[Hit]":
        """Raises as `SearchEngine.search` and `startup.open_engine`."""
        with self._using(self._newest_engine) as engine, self._precedence.urgent():
            return engine.search(query)

    def recent(self, limit: int) -> "list[Hit]":
        """What an empty window shows: a question is likely, so the model is loaded meanwhile where it rests."""
        with self._using(self._newest_engine) as engine, self._precedence.urgent():
            if self._embedder and not self._embedder.is_loaded:
                threading.Thread(target=self.prepare, name="prepare", daemon=True).start()
            return engine.recent(limit)

    def note_opened(self, path: Path) -> None:
        with self._using(self._newest_engine) as engine:
            engine.note_opened(path)

    def notice(self, query: "Query") -> str:
        with self._using(self._newest_engine) as engine:
            return engine.notice(query)

    def closest_sentence(self, hit: "Hit") -> tuple[int, int] | None:
        with self._using(self._newest_engine) as engine:
            return engine.closest_sentence(hit)

    def closest_region(self, hit: "Hit", picture: bytes, *, should_stop: Callable[[], bool]) -> "Region | None":
        with self._using(self._newest_engine) as engine:
            return engine.closest_region(hit, picture, should_stop=should_stop)

    # --- what is opened when it is needed ---

    @contextmanager
    def _using(self, opened: Callable[[], _Part]) -> Iterator[_Part]:
        """What `opened` gives, which nobody closes meanwhile."""
        with self._changed:
            part = opened()
            self._users += 1
        try:
            yield part
        finally:
            with self._changed:
                self._users -= 1
                self._changed.notify_all()

    def _newest_engine(self) -> "SearchEngine":
        if self._engine and not _is_of_its_index(self._engine, self._embedder):
            self._engine = None  # the index was cleared, or made again with another model
        if self._engine is None:
            self._engine = open_engine(
                self._settings,
                say=self._say,
                embedder_of=lambda indexed: self._embedder_of(indexed, self._say),
                precedence=self._precedence,
            )
        return self._engine

    def _embedder_of(self, indexed: "Fingerprint | None", say: Say) -> "Embedder":
        from models.resting import RestingEmbedder  # noqa: PLC0415 - with llama.cpp

        if self._embedder and indexed in (self._opened_for, self._embedder.fingerprint):
            return self._embedder
        if self._embedder:  # before the other is opened: there may not be room for two
            self._changed.wait_for(lambda: not self._users)
            self._embedder.close()
            self._embedder = self._engine = None
        load = partial(open_embedder, self._settings, say=say, indexed=indexed, precedence=self._precedence)
        self._embedder = RestingEmbedder(
            load(), load, idle_s=self._settings.model_idle_s, on_rest=self._let_reranker_go
        )
        self._opened_for = indexed
        self._embedder.prepare_queries()
        return self._embedder

    def _let_reranker_go(self) -> None:
        if reranking := self.reranking:
            reranking.close()


def _is_of_its_index(engine: "SearchEngine", embedder: "Embedder | None") -> bool:
    try:
        indexed = engine.snapshot.refreshed().fingerprint
    except IndexStoreError:
        return False
    return embedder is not None and indexed == embedder.fingerprint
