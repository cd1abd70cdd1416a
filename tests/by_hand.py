"""What keeping an index current needs, by hand: a model, workers in this process, and folders that tell nothing."""

from contextlib import contextmanager
from types import SimpleNamespace

from tests.fakes import FakeEmbedder, FakeReader


class Model(FakeEmbedder):
    """The one model; before it is opened, and before it embeds a text, something may happen."""

    def __init__(self):
        super().__init__(model="starter")
        self.opened = 0
        self.on_open = self.on_embed = lambda *_: None

    @contextmanager
    def embedder(self, **_):
        self.opened += 1
        self.on_open()
        yield self

    def embed_documents(self, inputs):
        self.on_embed(" ".join(map(str, inputs)))
        return super().embed_documents(inputs)


class Pool(FakeReader):
    """Workers in this process; of pictures it notes that they were to be drawn."""

    def __init__(self, while_waiting=lambda: None):
        super().__init__()
        self.while_waiting = while_waiting
        self.on_read = lambda: None
        self.drawn = []
        self.counts = []  # of what was to be read
        self.given = 0  # documents, back
        self.is_open = False

    def start(self):
        self.is_open = True

    def read(self, documents):
        documents = list(documents)
        self.counts.append(len(documents))
        for read in super().read(documents):
            self.on_read()
            self.while_waiting()
            self.given += 1
            yield read

    def thumbnails(self, documents):
        for document in documents:
            self.drawn.append(document.path.name)
            yield document, ()

    def close(self):
        self.is_open = False


def watch_by_hand(monkeypatch):
    """What is watched from now on; nothing is told but by the test."""
    watch = SimpleNamespace(polled=(), notices=(), close=lambda: None, folders=None)

    def open_watch(folders, **_):
        watch.folders = folders
        return watch

    monkeypatch.setattr("service.watched_roots.open_watch", open_watch)
    return watch


def pools_by_hand(monkeypatch):
    """The workers from now on: of each Keeper those for what takes its time, and those for what comes in between."""
    pools = []

    def reading_pool(options, **waiting):
        pools.append(Pool(**waiting))
        return pools[-1]

    monkeypatch.setattr("service.rounds.reading_pool", reading_pool)
    monkeypatch.setattr("index_run.is_installed", lambda: False)
    return pools
