"""A search engine that can be asked while its model is not there: before it is opened, and after it was let go.

What words and names can answer is answered at once; who asks for the meaning waits for the model. A failure is told to
whoever asks, and it is tried again at the next question: an index may have been made since.
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
from service.wanted import SHOWN, Wanted
from settings import Settings
from startup import Say, engine_over, fingerprint_of_index, open_embedder, open_engine

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

    Attributes:
        wanted: What was found and opened by way of it.
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
        self._modelless: SearchEngine | None = None  # until there is the other
        self._preparing: threading.Thread | None = None
        self.wanted = Wanted()

    @property
    def is_ready(self) -> bool:
        """Whether the model is in memory, so that a question is answered at once by its meaning too."""
        return self._embedder is not None and self._embedder.is_loaded

    def load(self) -> None:
        """Return when it is. Raises as `search`."""
        with self._using(self._newest_engine):
            if self._embedder:
                self._embedder.prepare_queries()

    def prepare(self) -> None:
        """Open model and index now, so that nobody has to wait for them; that it failed is said when somebody asks.

        To be called whenever a question is likely: the model may have been let go since the last one.
        """
        try:
            self.load()
            log.info("%d documents can be found", self.snapshot.document_count)
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
                self._engine = self._modelless = None  # made anew in milliseconds, with the model that is there
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
        engine = self._engine or self._modelless or self._at_hand()
        return engine.snapshot

    @property
    def reranking(self) -> "LiveReranking | None":
        return self._engine.reranking if self._engine else None

    def search(self, query: "Query") -> "list[Hit]":
        """Waits for the model, unless the query is `search_engine.WITHOUT_MODEL`.

        Raises as `SearchEngine.search` and `startup.open_engine`.
        """
        if "meaning" in query.lists:
            with self._using(self._newest_engine) as engine, self._precedence.urgent():
                hits = engine.search(query)
        else:
            with self._precedence.urgent():
                hits = self._at_hand().search(query)
        self.wanted.note(hit.path for hit in hits[:SHOWN])
        return hits

    def recent(self, limit: int) -> "list[Hit]":
        """What an empty window shows: a question is likely, so the model is loaded meanwhile where it rests."""
        with self._precedence.urgent():
            hits = self._at_hand().recent(limit)
        if not self.is_ready and not (self._preparing and self._preparing.is_alive()):
            self._preparing = threading.Thread(target=self.prepare, name="prepare", daemon=True)
            self._preparing.start()
        return hits

    def note_opened(self, path: Path) -> None:
        self._at_hand().note_opened(path)
        self.wanted.note([path])

    def notice(self, query: "Query") -> str:
        return self._at_hand().notice(query)

    def closest_sentence(self, hit: "Hit") -> tuple[int, int] | None:
        """Never waits for the model: what was found without it has none anyway."""
        if hit.asked is None or not self.is_ready:
            return None
        with self._using(self._newest_engine) as engine:
            return engine.closest_sentence(hit)

    def closest_region(self, hit: "Hit", picture: bytes, *, should_stop: Callable[[], bool]) -> "Region | None":
        if hit.asked is None:
            return None
        with self._using(self._newest_engine) as engine:
            return engine.closest_region(hit, picture, should_stop=should_stop)

    # --- what is opened when it is needed ---

    def _at_hand(self) -> "SearchEngine":
        """An engine over the index as of now, with or without its model: for what takes none.

        Raises:
            IndexStoreError: There is no index, or it is damaged.
        """
        engine = self._engine or self._modelless
        if engine is None or _fingerprint_now(engine) is None:
            engine = self._modelless = self._opened_without_model()
        return engine

    def _opened_without_model(self) -> "SearchEngine":
        # With all that they import, for the thread that needs it.
        from index_store import read_index  # noqa: PLC0415
        from opened import History  # noqa: PLC0415
        from service.awaited_model import AwaitedModel  # noqa: PLC0415

        snapshot, settings = read_index(self._settings.index_dir), self._settings
        history = History(settings.opened_file) if settings.has_history else None
        return engine_over(snapshot, AwaitedModel(snapshot.fingerprint), history=history)

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
            self._modelless = None
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
    return embedder is not None and _fingerprint_now(engine) == embedder.fingerprint


def _fingerprint_now(engine: "SearchEngine") -> "Fingerprint | None":
    """What its index is made with by now; None where that is gone, or damaged."""
    try:
        return engine.snapshot.refreshed().fingerprint
    except IndexStoreError:
        return None
