"""An embedder that is let go while nobody uses it, and loaded again by the first who does."""

import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from embeddings import Embeddings, Vector
from errors import ModelFailed
from models.embedder import Embedder
from models.prompts import Input

log = logging.getLogger(__name__)


class RestingEmbedder:
    """An `Embedder` over another one, with what is known of that while it is not in memory.

    Args:
        embedder: The model as it is in memory now.
        load: Gives the same again, after a rest.
        idle_s: It is let go when it was not used for so long; 0: never.
        on_rest: Called when it was let go, in a thread of its own.
    """

    def __init__(
        self,
        embedder: Embedder,
        load: Callable[[], Embedder],
        *,
        idle_s: float,
        on_rest: Callable[[], None] = lambda: None,
    ) -> None:
        self._idle_s = idle_s
        self._load = load
        self._on_rest = on_rest
        self._lock = threading.Lock()  # held while it is loaded, and while it is let go
        self._users = 0
        self._used_s = time.monotonic()
        self._timer: threading.Timer | None = None
        self._embedder: Embedder | None = embedder
        self.dim = embedder.dim
        self.fingerprint = embedder.fingerprint
        self.sees_pictures = embedder.sees_pictures
        self.picture_limits = embedder.picture_limits
        self.chunk_tokens = embedder.chunk_tokens
        self.notice = embedder.notice

    @property
    def is_loaded(self) -> bool:
        return self._embedder is not None

    def count_tokens(self, text: str) -> int:
        with self._awake() as embedder:
            return embedder.count_tokens(text)

    def embed_documents(self, inputs: Sequence[str | Input]) -> Embeddings:
        with self._awake() as embedder:
            return embedder.embed_documents(inputs)

    def embed_query(self, query: str | Input) -> Vector:
        with self._awake() as embedder:
            return embedder.embed_query(query)

    def prepare_queries(self) -> None:
        with self._awake() as embedder:
            embedder.prepare_queries()

    def rest_after(self, idle_s: float) -> None:
        """Another `idle_s` from now on."""
        with self._lock:
            self._idle_s = idle_s
            if self._timer:
                self._timer.cancel()
                self._timer = None
            self._look_after(idle_s)

    def close(self) -> None:
        """For good. Nobody may use it meanwhile."""
        self.rest_after(0)
        with self._lock:
            self._let_go()

    @contextmanager
    def _awake(self) -> Iterator[Embedder]:
        with self._lock:
            embedder = self._embedder = self._embedder or self._loaded_again()
            self._users += 1
        try:
            yield embedder
        finally:
            with self._lock:
                self._users -= 1
                self._used_s = time.monotonic()
                self._look_after(self._idle_s)

    def _loaded_again(self) -> Embedder:
        embedder = self._load()
        if embedder.fingerprint != self.fingerprint:
            embedder.close()
            raise ModelFailed("The model's file is another one than it was.", hint="Start the launcher again.")
        return embedder

    def _look_after(self, seconds: float) -> None:
        """Look then whether it was used meanwhile, unless somebody will look anyway."""
        if self._timer is None and seconds > 0:
            self._timer = threading.Timer(seconds, self._rest)
            self._timer.daemon = True
            self._timer.start()

    def _rest(self) -> None:
        with self._lock:
            if threading.current_thread() is not self._timer:
                return  # another time was chosen meanwhile
            self._timer = None
            left_s = self._used_s + self._idle_s - time.monotonic()
            if self._idle_s <= 0 or not self._embedder:
                return
            if self._users or left_s > 0:
                self._look_after(max(left_s, 1.0))
                return
            self._let_go()
        log.info("the model was let go")
        self._on_rest()

    def _let_go(self) -> None:
        embedder, self._embedder = self._embedder, None
        if embedder:
            embedder.close()
