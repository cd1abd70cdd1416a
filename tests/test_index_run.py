"""The stages of a run: what a person wants goes first in each."""

import os

import pytest

from index_run import RunOptions, Stages, Watcher
from index_store import Root, create_or_open_index
from progress import Report
from tests.fakes import FakeEmbedder, FakeReader
from tests.pages import make_settings
from update_plan import plan_update


class Pool(FakeReader):
    """Reads and looks in this process."""

    def start(self):
        pass

    def thumbnails(self, documents):
        return ((document, ()) for document in documents)


@pytest.fixture
def stages(tmp_path):
    """Stages over three pictures, of which the last is wanted, and what they are given: the pool, and the roots."""
    for name, colour in (("a", "red"), ("b", "green"), ("c", "blue")):
        (tmp_path / f"{name}.picture").write_text(colour)
    os.utime(tmp_path / "c.picture", (1, 1))  # else it would be first anyway
    embedder, roots = FakeEmbedder(sees_pictures=True), [Root(path=str(tmp_path))]
    wanted = str(tmp_path / "c.picture")
    watcher = Watcher(lambda _: None, lambda: False, print, wanted=lambda: (wanted,))
    options = RunOptions(retry=False, time_limit=20, memory_limit=512, workers=1, threads=1)
    with create_or_open_index(make_settings().index_dir, fingerprint=embedder.fingerprint) as writer:
        yield Stages(writer, embedder, options, watcher), plan_update(roots, None, all_roots=roots), roots


def test_stages_when_something_is_wanted_then_it_is_first_in_each(stages):
    stages, plan, roots = stages
    pool = Pool()
    stages.read(plan, pool, roots=roots)
    stages.look(roots, pool, Report())
    assert [path.name for path in (pool.paths[0], pool.viewed[0])] == ["c.picture"] * 2
    assert len(pool.paths) == len(pool.viewed) == 3
