"""What the Keeper does in its turns, step by step."""

import time
from dataclasses import replace

import pytest

from errors import IndexMissing, ModelFailed
from index_store import Root, create_or_open_index, delete_index, read_index
from service.rounds import LOOK_S
from tests.pages import index_folder, make_settings
from tests.rounds import MANY, Driven, job, old_texts

# --- what a step does, and when the next may be ---


def test_step_when_there_is_nothing_to_do_then_looks_again_after_a_while_and_needs_no_model(driven):
    assert driven.rounds.step() == LOOK_S
    driven.rounds.lost(str(driven.folder))
    assert driven.rounds.step() == 0
    assert (driven.rounds.step(), driven.model.opened) == (LOOK_S, 0)


def test_step_when_something_will_rest_soon_then_is_asked_for_by_then(driven):
    driven.rounds.dirty(str(driven.write("bread.txt", "Flour.")))
    assert 0 < driven.rounds.step() < LOOK_S


def test_step_when_another_has_the_turn_then_does_nothing(driven):
    driven.touch(driven.write("bread.txt", "Flour."))
    with driven.turns.of_another():
        assert driven.rounds.step() == LOOK_S
    assert (driven.model.opened, driven.texts()) == (0, {"roof.txt"})
    driven.until_idle()
    assert driven.texts() == {"roof.txt", "bread.txt"}


def test_step_when_it_may_not_begin_then_does_nothing_and_forgets_nothing(driven):
    driven.touch(driven.write("bread.txt", "Flour."))
    driven.may_begin = False
    assert (driven.rounds.step(), driven.model.opened, driven.agenda.pending) == (LOOK_S, 0, 1)


def test_step_when_there_is_no_index_then_watches_nothing_and_drops_what_was_to_be_done(driven, watch):
    driven.touch(driven.write("bread.txt", "Flour."))
    delete_index(driven.index_dir)
    assert (driven.rounds.step(), driven.agenda.pending, watch.folders) == (LOOK_S, 0, [])
    with pytest.raises(IndexMissing):
        read_index(driven.index_dir)


def test_step_when_an_index_comes_back_then_all_of_it_is_gone_through(driven, watch):
    delete_index(driven.index_dir)
    driven.rounds.step()
    index_folder(driven.index_dir, driven.folder)
    driven.write("bread.txt", "Flour.")
    driven.until_idle()
    assert (watch.folders, driven.texts()) == ([driven.folder], {"roof.txt", "bread.txt"})


# --- what cannot be done ---


def fail(error):
    def raised(*_):
        raise error

    return raised


def test_step_when_refused_then_waits_says_why_and_does_it_later(driven):
    driven.touch(driven.write("bread.txt", "Flour."))
    driven.model.on_open = fail(ModelFailed("It is broken.", hint="Get another one."))
    assert 0 < driven.rounds.step() <= 30
    assert 0 < driven.rounds.step() <= 30
    assert (driven.model.opened, driven.rounds.setbacks.why) == (1, "It is broken. Get another one.")
    driven.model.on_open = lambda: None
    forgive(driven)
    assert (driven.texts(), driven.rounds.setbacks.why) == ({"roof.txt", "bread.txt"}, "")


def forgive(driven):
    """The time that a setback takes is over; then all that can be done is done."""
    driven.rounds.setbacks._until_s = 0.0
    while not driven.rounds.step():
        pass


def test_step_when_one_of_several_fails_as_nobody_foresaw_then_it_is_given_up_and_the_others_are_read(driven):
    names = ["bad.txt", "bread.txt", "cake.txt"]
    driven.touch(*(driven.write(name, f"Flour for {name}") for name in names))
    driven.model.on_embed = lambda text: 1 / 0 if "bad.txt" in text else None
    for _ in range(3):
        assert driven.texts() == {"roof.txt"}
        assert driven.agenda.pending == 3  # nothing is given up while they are tried together
        forgive(driven)
        assert driven.rounds.setbacks.why == "Something went wrong; it is tried again. The log says more."
    for _ in range(4):
        forgive(driven)
    assert driven.texts() == {"roof.txt", "bread.txt", "cake.txt"}
    assert (driven.agenda.pending, driven.rounds.setbacks.why) == (0, "")


def test_step_when_refused_while_each_is_tried_alone_then_nothing_is_given_up(driven):
    driven.touch(driven.write("bread.txt", "Flour."))
    driven.model.on_open = fail(ZeroDivisionError())
    for _ in range(3):
        forgive(driven)
    driven.model.on_open = fail(ModelFailed("It is broken."))
    forgive(driven)
    assert driven.agenda.pending == 1


def test_facts_when_a_stage_is_over_then_are_gone(driven):
    driven.touch(driven.write("bread.txt", "Flour."))
    told = []
    driven.model.on_embed = lambda _: told.append(driven.rounds.facts)
    driven.until_idle()
    assert told[-1]["stage"] == "text"
    assert driven.rounds.facts == {}


def test_writing_when_it_failed_then_is_over(driven):
    driven.touch(driven.write("bread.txt", "Flour."))
    is_writing = []

    def embed(_):
        is_writing.append(driven.rounds.is_writing)
        raise ZeroDivisionError

    driven.model.on_embed = embed
    driven.rounds.step()
    assert (is_writing, driven.rounds.is_writing) == ([True], False)
    with create_or_open_index(driven.index_dir, fingerprint=driven.model.fingerprint):
        pass


# --- what a place is compared with, and how often ---


def test_sweep_when_it_finds_something_then_the_next_one_comes_soon(driven):
    def after_sweep():
        driven.rounds.lost(str(driven.folder))
        driven.until_idle()
        driven.agenda.sweeps.swept(str(driven.folder), time.monotonic(), found=False)
        driven.agenda.sweeps._roots[str(driven.folder)].due_s = 0.0  # as if the interval were over
        driven.until_idle()
        return driven.agenda.sweeps.next_sweep_s(time.monotonic())

    assert 1800 < after_sweep() <= 2400
    driven.agenda.sweeps._roots[str(driven.folder)].due_s = 0.0
    (driven.folder / "roof.txt").unlink()
    driven.write("bread.txt", "Flour.")
    driven.until_idle()
    assert driven.agenda.sweeps.next_sweep_s(time.monotonic()) <= 600


def test_sweep_when_of_one_root_then_another_is_left_alone(driven, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    (other / "tax.txt").write_text("Tax.")
    index_folder(driven.index_dir, other)
    driven.until_idle()
    (other / "bill.txt").write_text("A bill.")
    driven.rounds.lost(str(driven.folder))
    driven.until_idle()
    assert driven.texts() == {"roof.txt", "tax.txt"}
    driven.rounds.lost(str(other))
    driven.until_idle()
    assert driven.texts() == {"roof.txt", "tax.txt", "bill.txt"}


def test_root_when_not_all_of_it_is_watched_then_is_gone_through_more_often(driven, watch, tmp_path):
    watch.polled = (driven.folder,)
    index_folder(driven.index_dir, tmp_path / "documents", recursive=False)  # so that it is watched anew
    driven.until_idle()
    assert driven.agenda.sweeps.next_sweep_s(time.monotonic()) <= 60


def test_removal_when_nothing_is_to_be_read_then_is_done_and_counts_as_found(driven):
    (driven.folder / "roof.txt").unlink()
    driven.write("bread.txt", "Flour.")
    driven.touch(driven.folder / "bread.txt")
    driven.until_idle()
    driven.touch(driven.folder / "roof.txt")
    driven.until_idle()
    assert set(driven.records()) == {"bread.txt"}


# --- how documents look ---


def test_picture_when_it_was_read_then_it_alone_is_drawn_after_that(driven, pools):
    driven.write("sea.picture", "blue")
    index_folder(driven.index_dir, driven.folder)  # by somebody who draws nothing
    driven.touch(driven.write("fire.picture", "red"), driven.write("bread.txt", "Flour."))
    assert [driven.rounds.step(), pools[0].drawn] == [0, []]
    driven.until_idle()
    assert pools[0].drawn == ["fire.picture"]
    assert driven.model.opened == 2  # to read, and to look
    driven.until_idle()
    assert driven.model.opened == 2


def test_text_when_it_was_read_then_nothing_opens_the_model_to_look_at_it(driven):
    driven.touch(driven.write("bread.txt", "Flour."))
    driven.until_idle()
    assert driven.model.opened == 1


def test_sound_when_it_was_read_then_is_drawn_though_no_model_sees_it(driven, pools):
    driven.touch(driven.write("song.music", "A song."))
    driven.until_idle()
    assert pools[0].drawn == ["song.music"]


def test_looks_when_their_document_is_gone_then_need_no_model(driven):
    driven.touch(driven.write("fire.picture", "red"))
    driven.rounds.step()
    (driven.folder / "fire.picture").unlink()
    driven.touch(driven.folder / "fire.picture")
    driven.until_idle()
    assert (driven.model.opened, set(driven.records())) == (2, {"roof.txt"})


def test_root_when_new_then_all_of_it_is_looked_at_and_no_other_root(driven, pools, tmp_path):
    driven.write("fire.picture", "red")
    index_folder(driven.index_dir, driven.folder)  # by somebody who draws nothing
    other = tmp_path / "other"
    other.mkdir()
    (other / "sea.picture").write_text("blue")
    index_folder(driven.index_dir, other)
    driven.until_idle()
    assert pools[0].drawn == ["sea.picture"]


# --- what others do meanwhile ---


def test_index_when_cleared_while_the_model_is_opened_then_is_left_alone(driven):
    driven.touch(driven.write("bread.txt", "Flour."))
    driven.model.on_open = lambda: delete_index(driven.index_dir)
    driven.until_idle()
    assert not list(driven.index_dir.glob("manifest*"))


def test_index_when_others_write_it_while_the_model_is_opened_then_nothing_is_done_by_the_plan_of_before(driven):
    driven.touch(driven.write("bread.txt", "Flour."))
    counts = []

    def write():
        driven.model.on_open = lambda: None
        index_folder(driven.index_dir, driven.folder)
        counts.append(read_index(driven.index_dir).generation)

    driven.model.on_open = write
    assert driven.rounds.step() == 0
    assert [read_index(driven.index_dir).generation] == counts
    driven.until_idle()
    assert driven.texts() == {"roof.txt", "bread.txt"}


def test_index_when_others_write_it_just_before_it_is_opened_then_nothing_is_done_by_the_plan_of_before(
    driven, monkeypatch
):
    driven.touch(driven.write("bread.txt", "Flour."))
    follow, generations = driven.rounds._watched.follow, []

    def write(roots):
        monkeypatch.undo()
        if driven.model.opened:
            index_folder(driven.index_dir, driven.folder)
            generations.append(read_index(driven.index_dir).generation)
        return follow(roots)

    driven.model.on_open = lambda: monkeypatch.setattr(driven.rounds._watched, "follow", write)
    assert driven.rounds.step() == 0
    assert [read_index(driven.index_dir).generation] == generations


def test_work_when_stopped_then_stays_and_what_was_read_is_kept(driven):
    driven.touch(*old_texts(driven))

    def stop(_):
        driven.is_stopped = True

    driven.model.on_embed = stop
    driven.rounds.step()
    assert driven.agenda.pending == MANY
    assert len(driven.texts()) < MANY
    driven.is_stopped, driven.model.on_embed = False, lambda _: None
    driven.until_idle()
    assert (len(driven.texts()), driven.agenda.pending) == (MANY + 1, 0)


def test_work_when_stopped_while_a_worker_is_waited_for_then_ends_at_once_without_a_setback(driven, pools):
    driven.touch(*old_texts(driven))

    def stop():
        driven.is_stopped = True

    pools[0].on_read = stop
    assert driven.rounds.step() == 0
    assert (pools[0].given, driven.agenda.pending, driven.rounds.setbacks.why) == (0, MANY, "")


# --- the rest ---


def test_file_when_it_only_came_then_waits_until_it_stands_still(driven):
    came, closed = (str(driven.write(name, "Flour.")) for name in ("came.txt", "closed.txt"))
    driven.rounds.dirty(came, came=True)
    driven.rounds.dirty(closed)
    assert driven.agenda.dirt.take(time.monotonic() + 0.4).paths == (closed,)


def test_workers_when_nothing_was_to_be_read_for_a_while_then_are_let_go(driven, pools, monkeypatch):
    driven.touch(driven.write("bread.txt", "Flour."))
    driven.until_idle()
    pools[1].is_open = True
    driven.rounds.step()
    assert [pool.is_open for pool in pools] == [True, True]
    monkeypatch.setattr("service.rounds._WARM_S", 0.0)
    driven.rounds.step()
    assert [pool.is_open for pool in pools] == [False, False]


def test_rounds_when_closed_then_workers_and_watch_are(driven, pools, watch):
    other, closed = Driven(driven.folder, make_settings()), []
    other.until_idle()
    watch.close = lambda: closed.append("")
    for pool in pools[2:]:
        pool.is_open = True
    other.rounds.close()
    assert (closed, [pool.is_open for pool in pools[2:]]) == ([""], [False, False])


def test_yardstick_when_a_sweep_is_over_then_is_of_the_index_as_it_is_and_not_after_each_text(driven):
    def measured():
        snapshot = read_index(driven.index_dir)
        return snapshot.kinship.chunk_count, snapshot.chunk_count

    driven.touch(driven.write("bread.txt", "Flour."))
    driven.until_idle()
    assert measured() == (1, 2)
    driven.write("late.txt", "A bill.")
    driven.rounds.lost(str(driven.folder))
    driven.until_idle()
    assert measured() == (3, 3)


@pytest.fixture
def driven_inside(tmp_path, watch, pools):
    """The index lies in the folder that it is of."""
    folder = tmp_path / "documents"
    folder.mkdir()
    (folder / "roof.txt").write_text("The roof leaks.")
    settings = replace(make_settings(), index_dir=folder / "index")
    driven = Driven(folder, settings)
    with create_or_open_index(settings.index_dir, fingerprint=driven.model.fingerprint) as writer:
        writer.commit(roots=[Root(path=str(folder))])
    yield driven
    driven.rounds.close()


def test_index_when_it_lies_in_a_root_then_is_never_read(driven_inside, tmp_path):
    driven_inside.until_idle()
    (driven_inside.index_dir / "notes.txt").write_text("Flour.")
    driven_inside.touch(driven_inside.index_dir / "notes.txt")
    driven_inside.until_idle()
    assert set(driven_inside.records()) == {"roof.txt"}
    with job(driven_inside, tmp_path):
        driven_inside.touch(driven_inside.index_dir / "notes.txt")
        driven_inside.rounds.give_way()
    assert set(driven_inside.records()) == {"roof.txt"}
    driven_inside.rounds.lost(str(driven_inside.folder))
    driven_inside.until_idle()
    assert set(driven_inside.records()) == {"roof.txt"}
