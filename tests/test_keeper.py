"""The index kept current: a real index and real files, watched by the system, read by real workers; a model by hand."""

import os
import threading
import time
from contextlib import contextmanager

import pytest

from errors import IndexLocked, ModelFailed, SettingsError
from index_store import Root, create_or_open_index, delete_index, read_index
from politeness import Facts, Pacer, PaceSettings
from service.journal import open_journal
from service.keeper import Keeper
from tests.fakes import FakeEmbedder
from tests.pages import index_folder, make_settings, until

PATIENCE_S = 60


class Model(FakeEmbedder):
    """The one model; slow or broken where a test wants it."""

    def __init__(self):
        super().__init__(model="starter")
        self.problem = None
        self.opened = 0
        self.held = threading.Event()  # while it is set, texts about storms wait
        self.is_waiting = threading.Event()

    @contextmanager
    def embedder(self, **_):
        self.opened += 1
        if self.problem:
            raise self.problem
        yield self

    def embed_documents(self, inputs):
        while self.held.is_set() and any("storm" in str(each) for each in inputs):
            self.is_waiting.set()
            time.sleep(0.01)
        return super().embed_documents(inputs)


class Kept:
    """A folder whose index is kept current."""

    def __init__(self, folder):
        self.folder = folder
        self.index_dir = make_settings().index_dir
        self.model = Model()
        self.facts = Facts()
        self.pacer = Pacer(PaceSettings(), look=lambda: self.facts)
        self.wanted = []
        self.keeper = self.new_keeper()
        self.thread = None

    def new_keeper(self):
        def wanted():
            return [str(self.folder / name) for name in self.wanted]

        return Keeper(make_settings(), self.model, pacer=self.pacer, wanted=wanted)

    def start(self):
        self.thread = threading.Thread(target=self.keeper.run)
        self.thread.start()
        return self

    def end(self):
        self.model.held.clear()
        self.keeper.end()
        if self.thread:
            self.thread.join()

    def write(self, name, text):
        (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
        (self.folder / name).write_text(text)

    def records(self):
        found = read_index(self.index_dir).documents()
        return {record.path.removeprefix(f"{self.folder}/"): record for _, record in found}

    def texts(self):
        """What has been read, by name."""
        return {name for name, record in self.records().items() if record.stage == "text"}

    def wait_for(self, *names):
        """Until exactly these are read, and nothing else is in the index."""
        until(lambda: self.texts() == set(names) == set(self.records()), patience_s=PATIENCE_S)

    def wait_until_idle(self):
        """Until all is done that there is to do."""

        def is_idle():
            now = self.keeper.state()
            return self.model.opened and now.last_sweep and now.state == "watching" and not now.pending

        until(is_idle, patience_s=PATIENCE_S)

    @property
    def state(self):
        return self.keeper.state().state


@pytest.fixture
def kept(tmp_path):
    folder = tmp_path / "documents"
    folder.mkdir()
    kept = Kept(folder)
    kept.write("roof.txt", "The roof leaks.")
    index_folder(kept.index_dir, folder)
    yield kept
    kept.end()


def test_file_when_saved_then_is_read_and_changed_then_again(kept):
    kept.start().wait_until_idle()
    kept.write("bread.txt", "Flour in the oven.")
    kept.wait_for("roof.txt", "bread.txt")
    kept.write("bread.txt", "An invoice about tax.")
    until(lambda: any("invoice" in text for text in kept.model.embedded))


def test_start_when_files_came_and_went_before_then_they_are_seen(kept):
    kept.write("bread.txt", "Flour in the oven.")
    (kept.folder / "roof.txt").unlink()
    kept.start().wait_for("bread.txt")


def test_file_when_renamed_then_costs_no_embedding(kept):
    kept.start().wait_until_idle()
    kept.write("bread.txt", "Flour in the oven.")
    kept.wait_for("roof.txt", "bread.txt")
    embedded = len(kept.model.embedded)
    (kept.folder / "bread.txt").rename(kept.folder / "cake.txt")
    kept.wait_for("roof.txt", "cake.txt")
    assert len(kept.model.embedded) == embedded


def test_file_when_deleted_then_goes(kept):
    kept.write("bread.txt", "Flour in the oven.")
    kept.start().wait_for("roof.txt", "bread.txt")
    (kept.folder / "bread.txt").unlink()
    kept.wait_for("roof.txt")


def test_folder_when_moved_in_and_out_then_comes_and_goes_with_all_in_it(kept, tmp_path):
    kept.start().wait_until_idle()
    (tmp_path / "elsewhere" / "deep").mkdir(parents=True)
    (tmp_path / "elsewhere" / "deep" / "bread.txt").write_text("Flour in the oven.")
    (tmp_path / "elsewhere").rename(kept.folder / "moved")
    kept.wait_for("roof.txt", "moved/deep/bread.txt")
    (kept.folder / "moved").rename(tmp_path / "elsewhere")
    kept.wait_for("roof.txt")


def test_what_the_rules_leave_out_when_it_changes_then_stays_out(kept):
    kept.start().wait_until_idle()
    for name in (".hidden/a.txt", "node_modules/b.txt", "half.part"):
        kept.write(name, "A roof.")
    kept.write("bread.txt", "Flour in the oven.")
    kept.wait_for("roof.txt", "bread.txt")


def test_text_when_saved_while_something_long_goes_on_then_is_read_at_once(kept):
    for number in range(40):
        kept.write(f"old {number}.txt", f"A storm, number {number}.")
    kept.model.held.set()
    kept.start()
    assert kept.model.is_waiting.wait(PATIENCE_S)  # the model has the first of them in its hands
    kept.write("bread.txt", "Flour in the oven.")
    until(lambda: kept.keeper.state().pending)
    kept.model.held.clear()
    until(lambda: "bread.txt" in kept.texts(), patience_s=PATIENCE_S)
    kept.wait_for("roof.txt", "bread.txt", *(f"old {number}.txt" for number in range(40)))


def test_sweep_when_it_finds_nothing_then_needs_no_model(kept):
    kept.start()
    until(lambda: kept.model.opened)  # for what a start finds undone
    kept.wait_until_idle()
    before = kept.keeper.state().last_sweep
    kept.keeper.look_at(str(kept.folder))
    until(lambda: kept.keeper.state().last_sweep > before)
    assert kept.model.opened == 1


def test_pause_when_it_lasts_then_nothing_is_written_until_resumed(kept):
    kept.start().wait_until_idle()
    kept.keeper.pause()
    kept.write("bread.txt", "Flour in the oven.")
    until(lambda: kept.keeper.state().pending)
    time.sleep(1.0)
    assert (kept.state, set(kept.records())) == ("paused", {"roof.txt"})
    kept.keeper.resume()
    kept.wait_for("roof.txt", "bread.txt")


def test_pause_when_for_a_time_then_ends_by_itself_and_says_when(kept):
    kept.start().wait_until_idle()
    kept.keeper.pause(1.5)
    assert kept.keeper.state().why.startswith("until ")
    kept.write("bread.txt", "Flour in the oven.")
    kept.wait_for("roof.txt", "bread.txt")
    assert kept.state != "paused"


def test_pause_when_something_long_goes_on_then_ends_it_and_the_rest_follows(kept):
    names = [f"old {number}.txt" for number in range(200)]
    for name in names:
        kept.write(name, f"A storm, {name}.")
    kept.model.held.set()
    kept.start()
    assert kept.model.is_waiting.wait(PATIENCE_S)
    kept.keeper.pause()
    kept.model.held.clear()
    with writer_of(kept):
        assert len(kept.texts()) < len(names)
    kept.keeper.resume()
    kept.wait_for("roof.txt", *names)


@pytest.mark.parametrize("for_s", [None, 3600])
def test_pause_when_started_again_then_still_holds_and_is_said_once(kept, for_s):
    kept.keeper.pause(for_s)
    kept.keeper = kept.new_keeper()
    assert kept.keeper.take_up_pause().startswith("until ")
    assert (kept.state, kept.keeper.state().is_paused) == ("paused", True)
    kept.write("bread.txt", "Flour in the oven.")
    kept.start()
    until(lambda: kept.keeper._rounds)
    kept.keeper.resume()
    kept.wait_for("roof.txt", "bread.txt")
    assert kept.new_keeper().take_up_pause() == ""


def test_document_when_wanted_while_something_long_goes_on_then_is_read_whole_before_the_rest(kept):
    for number in range(400):
        kept.write(f"old {number}.txt", f"A storm, number {number}.")
    kept.write("long.txt", " ".join(f"Flour {number}." for number in range(300)))
    kept.model.held.set()
    kept.start()
    assert kept.model.is_waiting.wait(PATIENCE_S)
    kept.wanted = ["long.txt", "not here.txt"]
    kept.model.held.clear()
    until(lambda: any("Flour 299." in text for text in kept.model.embedded), patience_s=PATIENCE_S)
    kept.wait_for("roof.txt", "long.txt", *(f"old {number}.txt" for number in range(400)))
    place = next(place for place, text in enumerate(kept.model.embedded) if "Flour 299." in text)
    assert sum("storm" in text for text in kept.model.embedded[place:]) > 200
    assert not kept.records()["long.txt"].is_begun


def test_documents_when_wanted_before_a_start_then_are_read_first(kept):
    names = [f"{number}.txt" for number in range(100)]
    for name in names:
        kept.write(name, f"Flour {name}.")
        os.utime(kept.folder / name, (time.time(), time.time()))
    os.utime(kept.folder / "70.txt", (1, 1))
    kept.wanted = ["70.txt"]
    kept.start().wait_for("roof.txt", *names)
    assert "Flour 70.txt." in kept.model.embedded[:5]


@contextmanager
def writer_of(kept):
    """The index opened by somebody else, as soon as it can be."""

    def opened():
        try:
            return create_or_open_index(kept.index_dir, fingerprint=kept.model.fingerprint)
        except IndexLocked:
            return None

    writers = []
    until(lambda: writers.append(opened()) or writers[-1], patience_s=PATIENCE_S)
    with writers[-1] as writer:
        yield writer


def test_aside_when_it_lasts_then_others_may_write(kept):
    kept.start().wait_until_idle()
    with kept.keeper.aside():
        kept.write("bread.txt", "Flour in the oven.")
        until(lambda: kept.keeper.state().pending)
        with create_or_open_index(kept.index_dir, fingerprint=kept.model.fingerprint):
            time.sleep(1.0)
        assert (kept.state, set(kept.records())) == ("aside", {"roof.txt"})
    kept.wait_for("roof.txt", "bread.txt")


def test_others_when_they_write_without_asking_then_are_waited_for(kept):
    kept.start().wait_until_idle()
    with writer_of(kept):
        kept.write("bread.txt", "Flour in the oven.")
        until(lambda: "Another launcher is writing" in kept.keeper.state().why, patience_s=PATIENCE_S)
    kept.wait_for("roof.txt", "bread.txt")
    kept.wait_until_idle()
    assert kept.keeper.state().why == ""


def test_index_when_there_is_none_then_nothing_is_done_until_there_is_one(kept, tmp_path):
    delete_index(kept.index_dir)
    kept.start()
    until(lambda: kept.state == "watching")
    assert kept.model.opened == 0
    index_folder(kept.index_dir, kept.folder)
    kept.write("bread.txt", "Flour in the oven.")
    kept.wait_for("roof.txt", "bread.txt")


def test_index_when_cleared_then_is_left_alone(kept):
    kept.start().wait_until_idle()
    with kept.keeper.aside():
        delete_index(kept.index_dir)
    kept.write("bread.txt", "Flour in the oven.")
    until(lambda: not kept.keeper.state().pending)
    assert not list(kept.index_dir.glob("manifest*"))


def test_folder_when_added_by_others_then_is_watched(kept, tmp_path):
    kept.start().wait_until_idle()
    other = tmp_path / "other"
    other.mkdir()
    (other / "tax.txt").write_text("Tax.")
    with kept.keeper.aside():
        index_folder(kept.index_dir, other)
    (other / "bill.txt").write_text("A bill.")
    until(lambda: str(other / "bill.txt") in kept.texts(), patience_s=PATIENCE_S)


def test_look_when_at_a_folder_that_is_none_of_the_index_then_refused(kept):
    kept.start().wait_until_idle()
    with pytest.raises(SettingsError, match="Not a folder of the index"):
        kept.keeper.look_at("/nowhere")


def test_model_when_it_cannot_be_opened_then_says_why_and_is_not_tried_in_a_loop(kept):
    kept.model.problem = ModelFailed("It is broken.", hint="Get another one.")
    kept.write("bread.txt", "Flour in the oven.")
    kept.start()
    until(lambda: kept.keeper.state().why == "It is broken. Get another one.")
    opened = kept.model.opened
    time.sleep(1.0)
    assert kept.model.opened == opened == 1


def test_machine_when_others_need_it_then_waits_and_says_why(kept):
    kept.facts = Facts(battery_percent=5.0)
    kept.write("bread.txt", "Flour in the oven.")
    kept.start()
    until(lambda: kept.state == "paused")
    assert (kept.keeper.state().why, kept.model.opened) == ("the battery is low", 0)


def test_end_when_something_long_goes_on_then_comes_soon_and_nothing_is_lost(kept):
    for number in range(200):
        kept.write(f"old {number}.txt", f"A storm, number {number}.")
    kept.start()
    until(lambda: kept.state == "working")
    kept.end()
    assert not kept.thread.is_alive()
    assert len(kept.records()) in (1, 201)
    kept.thread = None
    with create_or_open_index(kept.index_dir, fingerprint=kept.model.fingerprint):
        pass


def test_job_when_it_goes_on_then_what_changes_is_read_in_between(kept, tmp_path):
    kept.start().wait_until_idle()
    with (
        kept.keeper.job(),
        create_or_open_index(kept.index_dir, fingerprint=kept.model.fingerprint) as writer,
        open_journal(kept.index_dir, tmp_path) as journal,
        kept.keeper.serving(writer, kept.model, journal, should_stop=lambda: False) as give_way,
    ):
        kept.write("bread.txt", "Flour in the oven.")
        until(lambda: give_way() or "bread.txt" in kept.texts(), patience_s=PATIENCE_S)
        assert kept.state == "working"
    kept.wait_until_idle()


def test_roots_of_an_index_when_one_is_new_then_a_job_has_it_watched(kept, tmp_path):
    kept.start().wait_until_idle()
    other = tmp_path / "other"
    other.mkdir()
    with (
        kept.keeper.job(),
        create_or_open_index(kept.index_dir, fingerprint=kept.model.fingerprint) as writer,
        open_journal(kept.index_dir, tmp_path) as journal,
        kept.keeper.serving(writer, kept.model, journal, should_stop=lambda: False) as give_way,
    ):
        writer.commit(roots=[*writer.snapshot.roots, Root(path=str(other))])
        time.sleep(1.1)
        give_way()
        (other / "tax.txt").write_text("Tax.")
        until(lambda: give_way() or str(other / "tax.txt") in kept.texts(), patience_s=PATIENCE_S)
