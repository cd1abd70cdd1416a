"""What others ask of the Keeper while it works, from threads of their own; all that it works with is made by hand."""

import threading
import time
from contextlib import ExitStack, contextmanager

import pytest

from errors import IndexUnwritable
from index_store import create_or_open_index, read_index
from politeness import Facts, Pacer, PaceSettings
from progress import Progress
from service.journal import open_journal
from service.keeper import Keeper
from service.rounds import LOOK_S
from tests.by_hand import Model, pools_by_hand, watch_by_hand
from tests.pages import index_folder, make_settings, until

STOPPED = Facts(is_critical=True)


class Kept:
    """A Keeper of one folder, working."""

    def __init__(self, folder, monkeypatch):
        self.folder, self.index_dir = folder, make_settings().index_dir
        self.watch, self.pools = watch_by_hand(monkeypatch), pools_by_hand(monkeypatch)
        self.model, self.facts, self.questions = Model(), Facts(), []
        monkeypatch.setattr("politeness.pacer._LOOK_S", 0.0)
        self.pacer = Pacer(PaceSettings(), look=lambda: self.facts)
        give_way = self.questions.append
        self.keeper = Keeper(make_settings(), self.model, pacer=self.pacer, give_way=lambda: give_way(""))
        self.thread = threading.Thread(target=self.keeper.run, daemon=True)

    def come(self, *names):
        """Files that were written: one a while ago, several just now, so that they rest together."""
        for name in names:
            (self.folder / name).write_text(f"Flour {name}.")
        written_s = time.monotonic() - (10 if len(names) == 1 else 0)
        for name in names:
            self.keeper._rounds.agenda.dirt.add(str(self.folder / name), written_s)

    @property
    def texts(self):
        found = read_index(self.index_dir).documents()
        return {record.path.rpartition("/")[2] for _, record in found if record.stage == "text"}

    @property
    def state(self):
        return self.keeper.state()

    @contextmanager
    def serving(self, logs):
        """A job that a person started."""
        with (
            self.keeper.job(),
            create_or_open_index(self.index_dir, fingerprint=self.model.fingerprint) as writer,
            open_journal(self.index_dir, logs) as journal,
            self.keeper.serving(writer, self.model, journal, should_stop=lambda: self.is_job_over) as give_way,
        ):
            yield give_way

    is_job_over = False


@pytest.fixture
def kept(tmp_path, monkeypatch):
    folder = tmp_path / "documents"
    folder.mkdir()
    (folder / "roof.txt").write_text("The roof leaks.")
    index_folder(make_settings().index_dir, folder)
    kept = Kept(folder, monkeypatch)
    assert kept.state.state == "starting"
    kept.thread.start()
    until(lambda: kept.model.opened and kept.state.state == "watching")
    yield kept
    kept.model.on_embed = lambda _: None
    kept.keeper.end()
    kept.thread.join(20)
    assert not kept.thread.is_alive()


def in_a_thread(stack, function):
    """Whether it has come to its end; it is waited for in the end."""
    is_over = threading.Event()
    thread = threading.Thread(target=lambda: (function(), is_over.set()), daemon=True)
    thread.start()
    stack.callback(thread.join, 20)
    return is_over


@pytest.fixture
def waits(kept, monkeypatch):
    """How long it has waited each time, at most."""
    dirt, waits = kept.keeper._rounds.agenda.dirt, []
    wait = dirt.wait
    monkeypatch.setattr(dirt, "wait", lambda seconds: waits.append(seconds) or wait(seconds))
    return waits


def test_end_when_it_waits_for_ever_then_comes_at_once_and_all_is_closed(kept, waits):
    closed = []
    kept.watch.close = lambda: closed.append("")
    kept.keeper.pause()
    until(lambda: waits and waits[-1] > LOOK_S)
    kept.keeper.end()
    kept.thread.join(20)
    assert (kept.thread.is_alive(), closed) == (False, [""])


def test_state_when_idle_then_says_what_was_done_and_what_comes(kept):
    kept.watch.notices = ("Not all folders are watched.",)
    kept.keeper._rounds.agenda.dirt.wake()
    until(lambda: kept.state.notices == ("Not all folders are watched.",))
    for _ in range(301):
        kept.keeper._rounds.agenda.dirt.add(str(kept.folder / "today.log"), time.monotonic() + 100)
    state = kept.state
    assert (state.churning, state.pending, state.pace) == ((str(kept.folder),), 1, "full")
    assert "" < state.last_sweep < state.next_sweep


def test_pause_when_shortened_then_ends_by_itself(kept, waits):
    kept.keeper.pause()
    kept.come("bread.txt")
    until(lambda: kept.state.pending and waits and waits[-1] > LOOK_S)
    kept.keeper.pause(0.2)
    until(lambda: "bread.txt" in kept.texts)


def test_pause_when_it_comes_while_texts_are_read_then_the_rest_waits_for_its_end(kept):
    def pause(_):
        kept.keeper.pause()

    kept.model.on_embed = pause
    kept.come(*(f"{number}.txt" for number in range(200)))
    until(lambda: kept.state.state == "paused" and not kept.keeper._rounds.is_writing)
    assert kept.state.pending == 200
    assert len(kept.texts) < 201
    kept.model.on_embed = lambda _: None
    kept.keeper.resume()
    until(lambda: len(kept.texts) == 201)


def test_look_when_at_all_folders_then_each_is_gone_through(kept):
    (kept.folder / "bread.txt").write_text("Flour.")
    kept.keeper.look_at()
    until(lambda: kept.texts == {"roof.txt", "bread.txt"})


@pytest.mark.parametrize("facts", [Facts(), STOPPED])
def test_work_when_it_goes_on_then_says_so_and_at_which_pace(kept, facts):
    states = []

    def embed(_):
        kept.facts = facts
        kept.pacer.wait(lambda: True)
        states.append(kept.state)

    kept.model.on_embed = embed
    kept.come("bread.txt")
    until(lambda: states)
    expected = ("paused", "stopped", "the machine is too hot") if facts.is_critical else ("working", "full", "")
    assert (states[0].state, states[0].pace, states[0].why) == expected
    assert states[0].stage == "text"


def test_work_when_the_machine_is_needed_by_others_then_it_ends_and_goes_on_when_that_is_over(kept, waits):
    def embed(_):
        kept.facts = STOPPED

    kept.model.on_embed = embed
    kept.come(*(f"{number}.txt" for number in range(200)))
    until(lambda: kept.facts is STOPPED and not kept.keeper._rounds.is_writing)
    until(lambda: kept.state.state == "paused")
    assert (kept.state.why, len(kept.texts) < 201) == ("the machine is too hot", True)
    opened, waited = kept.model.opened, len(waits)
    kept.keeper._rounds.agenda.dirt.wake()
    until(lambda: len(waits) > waited)  # it has looked whether it may begin
    assert kept.model.opened == opened
    kept.model.on_embed, kept.facts = (lambda _: None), Facts()
    kept.keeper._rounds.agenda.dirt.wake()
    until(lambda: len(kept.texts) == 201)


def test_disk_when_full_then_is_said_as_a_pause(kept):
    def fail(*_):
        raise IndexUnwritable("The disk is full.", hint="Make room.")

    kept.model.on_open = fail
    kept.come("bread.txt")
    until(lambda: kept.state.state == "paused")
    assert (kept.state.why, kept.state.is_paused) == ("The disk is full. Make room.", False)


def test_others_when_they_want_to_write_then_the_work_ends_and_goes_on_after_them(kept):
    with ExitStack() as stack:
        has_it, may_end = threading.Event(), threading.Event()

        def write():
            with kept.keeper.aside():
                has_it.set()
                may_end.wait(20)

        def embed(_):
            kept.model.on_embed = lambda _: None
            in_a_thread(stack, write)
            until(lambda: kept.keeper._turns.is_wanted)

        kept.model.on_embed = embed
        kept.come(*(f"{number}.txt" for number in range(200)))
        assert has_it.wait(20)
        assert len(kept.texts) < 201
        until(lambda: kept.state.state == "aside")
        may_end.set()
    until(lambda: len(kept.texts) == 201)


# --- a job that a person started ---


def test_job_when_it_goes_on_then_nobody_who_wants_to_write_waits_for_it(kept, tmp_path):
    with kept.serving(tmp_path), ExitStack() as stack:

        def write():
            with kept.keeper.aside():
                pass

        assert in_a_thread(stack, write).wait(20)


def test_job_when_it_has_not_opened_the_index_yet_then_is_work_already(kept):
    with kept.keeper.job():
        assert kept.state.state == "working"


def test_job_when_it_fails_then_it_is_over(kept, tmp_path):
    def fail():
        with kept.serving(tmp_path):
            assert kept.state.state == "working"
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    until(lambda: kept.state.state == "watching")
    kept.come("bread.txt")
    until(lambda: "bread.txt" in kept.texts)


def test_job_when_paused_then_is_held_until_it_goes_on_or_is_stopped(kept, tmp_path):
    for go_on in (kept.keeper.resume, lambda: setattr(kept, "is_job_over", True)):
        with kept.serving(tmp_path) as give_way, ExitStack() as stack:
            kept.keeper.pause()
            is_free = in_a_thread(stack, give_way)
            assert not is_free.wait(0.3)
            go_on()
            assert is_free.wait(20)


def test_job_when_the_machine_is_needed_by_others_then_goes_on_and_so_does_what_comes_in_between(kept, tmp_path):
    with kept.serving(tmp_path) as give_way:
        kept.facts = STOPPED
        kept.pacer.wait(lambda: True)
        assert (kept.state.state, kept.state.pace) == ("working", "stopped")
        kept.come("bread.txt")
        give_way()
        assert "bread.txt" in kept.texts
    kept.facts = Facts()


def test_job_when_all_ends_then_reads_nothing_in_between_any_more(kept, tmp_path):
    with kept.serving(tmp_path) as give_way:
        kept.keeper.end()
        kept.come("bread.txt")
        give_way()
        assert kept.texts == {"roof.txt"}


def test_job_when_it_tells_how_far_it_is_then_the_state_says_it(kept, tmp_path):
    with kept.serving(tmp_path):
        kept.keeper.heard(Progress(3, 7, 0, 0, 0, None, 1.0, stage="pixels"))
        assert (kept.state.stage, kept.state.documents, kept.state.documents_total) == ("pixels", 3, 7)


def test_questions_when_they_come_then_are_let_pass_first(kept, tmp_path):
    kept.questions.clear()
    kept.come("bread.txt")
    until(lambda: "bread.txt" in kept.texts)
    assert kept.questions


def test_machine_when_slow_then_the_work_rests_but_not_for_what_is_saved_meanwhile_nor_for_the_end(kept, monkeypatch):
    rests = []
    rest = kept.pacer._rest
    monkeypatch.setattr(kept.pacer, "_rest", lambda *about: rests.append("") or rest(*about))
    monkeypatch.setattr("politeness.pacer._REST_PER_WORK", 1e9)  # a minute after every document
    kept.facts = Facts(battery_percent=80.0)
    kept.come(*(f"{number}.txt" for number in range(200)))
    until(lambda: kept.pools[0].given == 1 and rests)
    kept.come("bread.txt")
    until(lambda: "bread.txt" in kept.texts)
    assert (kept.state.state, kept.state.why) == ("working", "on battery")
    assert kept.pools[0].given < 5
