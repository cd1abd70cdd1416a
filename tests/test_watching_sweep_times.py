"""When roots are swept. The time is an argument."""

import os

import pytest

from watching import SweepTimes, awake_s
from watching.sweep_times import LOOK_S, POLLED_S, WATCHED_S

ROOT, OTHER = f"{os.sep}root", f"{os.sep}other"


def intervals(times, *, found=(), count=12):
    """Seconds between the sweeps of `ROOT`; the ones of these numbers find something."""
    now_s, seconds = 0.0, []
    for number in range(count):
        times.swept(ROOT, now_s, found=number in found)
        due_s = next(now_s + wait for wait in range(0, 100_000, 30) if times.due(now_s + wait))
        seconds.append(due_s - now_s)
        now_s = due_s
    return seconds


def test_root_when_new_then_due_at_once():
    times = SweepTimes([ROOT])
    assert times.due(0.0) == (ROOT,)
    assert times.next_s(0.0) == 0.0


def test_root_when_nothing_is_found_then_its_intervals_grow_to_a_day():
    seconds = intervals(SweepTimes([ROOT]))
    assert seconds[0] == WATCHED_S[0]
    assert seconds == sorted(seconds)
    assert seconds[-1] == WATCHED_S[1]


def test_root_when_something_is_found_then_its_intervals_start_small_again():
    seconds = intervals(SweepTimes([ROOT]), found=[6])
    assert seconds[5] > seconds[6] == WATCHED_S[0]


def test_root_when_polled_then_swept_more_often():
    seconds = intervals(SweepTimes([ROOT], polled=[ROOT]))
    assert (seconds[0], seconds[-1]) == POLLED_S


def test_root_when_a_folder_in_it_is_polled_then_swept_more_often_and_its_neighbour_not():
    beside = f"{ROOT} 2"
    times = SweepTimes([ROOT, OTHER, beside], polled=[os.path.join(beside, "folder")])
    for root in (ROOT, OTHER, beside):
        times.swept(root, 0.0, found=False)
    assert times.due(POLLED_S[0]) == (beside,)


def test_root_when_lost_then_due_at_once_and_its_intervals_start_small_again():
    times = SweepTimes([ROOT, OTHER])
    for now_s in (0.0, 600.0, 1800.0):
        times.swept(ROOT, now_s, found=False)
        times.swept(OTHER, now_s, found=False)
    times.lost(ROOT)
    assert times.due(1801.0) == (ROOT,)
    times.swept(ROOT, 1801.0, found=False)
    assert times.due(1801.0 + WATCHED_S[0]) == (ROOT,)


def test_next_when_nothing_is_due_then_soon_enough_to_notice_sleep():
    times = SweepTimes([ROOT])
    times.swept(ROOT, 0.0, found=False)
    assert times.next_s(0.0) == LOOK_S
    assert times.next_s(WATCHED_S[0] - 5) == pytest.approx(5)


@pytest.mark.parametrize(("wall_s", "slept"), [(10_060.0, False), (10_061.5, False), (13_660.0, True), (9_000.0, True)])
def test_clock_when_it_went_on_without_us_then_all_roots_are_due(wall_s, slept):
    times = SweepTimes([ROOT])
    times.swept(ROOT, 0.0, found=False)
    assert not times.look_at_clock(0.0, 10_000.0)
    assert times.look_at_clock(60.0, wall_s) is slept
    assert times.due(60.0) == ((ROOT,) if slept else ())
    assert not times.look_at_clock(61.0, wall_s + 1)


def test_roots_when_changed_then_a_new_one_is_due_and_an_old_one_keeps_its_time():
    times = SweepTimes([ROOT])
    times.swept(ROOT, 0.0, found=False)
    times.set_roots([ROOT, OTHER])
    assert times.due(1.0) == (OTHER,)


def test_roots_when_one_is_watched_otherwise_now_then_is_due_and_swept_as_often_as_that_asks_for():
    times = SweepTimes([ROOT])
    times.swept(ROOT, 0.0, found=False)
    times.set_roots([ROOT], polled=[ROOT])
    assert times.due(1.0) == (ROOT,)
    times.swept(ROOT, 1.0, found=False)
    assert times.due(1.0 + POLLED_S[0]) == (ROOT,)


def test_next_sweep_when_asked_then_is_never_in_the_past():
    times = SweepTimes([ROOT, OTHER])
    assert times.next_sweep_s(100.0) == 0.0
    for root in (ROOT, OTHER):
        times.swept(root, 0.0, found=False)
    assert times.next_sweep_s(100.0) == WATCHED_S[0] - 100.0
    assert SweepTimes().next_sweep_s(0.0) is None


def test_roots_when_gone_then_their_sweeps_are_nobodys():
    times = SweepTimes([ROOT])
    times.set_roots([])
    times.swept(ROOT, 0.0, found=True)
    times.lost(ROOT)
    assert times.due(1e9) == ()


def test_clock_when_awake_then_it_goes_on():
    assert awake_s() <= awake_s()
