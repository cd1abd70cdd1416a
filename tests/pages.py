"""The pages beside the search, over an index of plain texts and with an indexer that only takes notes."""

import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from index_store import Root, create_or_open_index
from indexer import Indexing
from progress import Report
from settings import Settings, default_settings
from tests.fakes import FakeEmbedder, FakeReader
from update_plan import plan_update
from web.indexing import IndexingState


@dataclass
class NotedIndexer:
    """An `Indexer` that does nothing; `asked` is what it was asked for, in order."""

    state: IndexingState = field(default_factory=IndexingState)
    asked: list[tuple] = field(default_factory=list)

    def start(self, roots: Sequence[Root] = (), *, retry: bool = False) -> None:
        self.asked.append(("start", tuple(roots), retry))

    def pause(self) -> None:
        self.asked.append(("pause",))

    def resume(self) -> None:
        self.asked.append(("resume",))

    def stop(self) -> None:
        self.asked.append(("stop",))
        self.state = IndexingState()

    def progress(self) -> IndexingState:
        return self.state


def until(condition: Callable[[], object], *, patience_s: float = 60) -> None:
    """Wait for what another process does."""
    ends = time.monotonic() + patience_s
    while not condition():
        assert time.monotonic() < ends, "it did not happen"
        time.sleep(0.02)


def make_settings() -> Settings:
    """Of the test's own home."""
    return default_settings(os.environ)


def index_folder(index_dir: Path, folder: Path, **rules: object) -> Report:
    """Index a folder of texts, as one of those that the index has."""
    embedder = FakeEmbedder(model="starter")
    root = Root(path=str(folder), **rules)
    with create_or_open_index(index_dir, fingerprint=embedder.fingerprint) as writer:
        roots = [*(each for each in writer.snapshot.roots if each.path != root.path), root]
        plan = plan_update([root], writer.snapshot, all_roots=roots)
        return Indexing(writer, embedder).run(plan, FakeReader(), roots=roots)
