"""What a person asks for and what the resident process does anyway, as the page shows them together."""

from contextlib import nullcontext

import pytest

from index_store import Root
from service.upkeep import UpkeepState
from tests.pages import NotedIndexer
from web.indexing import IndexingState
from web.kept_index import KeptIndex


class NotedUpkeep:
    def __init__(self, asked):
        self.asked = asked
        self.told = UpkeepState(state="watching")

    def pause(self, for_s=None):
        self.asked.append(("pause", for_s))

    def resume(self):
        self.asked.append(("go on",))

    def look_at(self, root=None):
        self.asked.append(("look", root))

    def aside(self):
        return nullcontext()

    def state(self):
        return self.told


@pytest.fixture
def indexer():
    return NotedIndexer()


@pytest.fixture
def upkeep(indexer):
    return NotedUpkeep(indexer.asked)


@pytest.fixture
def kept(indexer, upkeep):
    return KeptIndex(indexer, upkeep)


def test_look_for_changes_when_asked_for_then_needs_no_other_process(kept, indexer):
    kept.start()
    assert indexer.asked == [("look", None)]


def test_new_folder_and_what_failed_when_asked_for_then_another_process_does_it(kept, indexer):
    kept.start([Root(path="/a")])
    kept.start(retry=True)
    assert indexer.asked == [("start", (Root(path="/a"),), False), ("start", (), True)]


def test_pause_and_resume_when_asked_for_then_are_for_both(kept, indexer):
    kept.pause()
    kept.resume()
    assert indexer.asked == [("pause", None), ("pause",), ("go on",), ("resume",)]


@pytest.mark.parametrize(
    ("states", "shown"),
    [
        (("idle", {"state": "watching"}), "idle"),
        (("idle", {"state": "working"}), "running"),
        (("idle", {"state": "aside"}), "idle"),
        (("idle", {"state": "paused", "is_paused": True}), "paused"),
        (("idle", {"state": "paused", "why": "on battery"}), "idle"),
        (("running", {"state": "working"}), "running"),
        (("paused", {"state": "watching"}), "paused"),
    ],
)
def test_state_when_both_say_something_then_is_what_a_person_can_change(kept, indexer, upkeep, states, shown):
    asked, told = states
    indexer.state = IndexingState(state=asked)
    upkeep.told = UpkeepState(**told)
    assert kept.progress().state == shown
    assert kept.progress().why == told.get("why", "")


def test_progress_when_the_resident_process_works_by_itself_then_is_told(kept, upkeep):
    upkeep.told = UpkeepState(state="working", stage="text", documents=3, documents_total=9, current="/a/b.txt")
    state = kept.progress()
    assert (state.stage, state.documents, state.documents_total, state.current) == ("text", 3, 9, "b.txt")
    assert state.is_kept
