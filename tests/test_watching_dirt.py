"""Paths that wait until they rest. The time is an argument, so nothing here waits."""

import os
import threading
from itertools import pairwise

import pytest

from watching import Dirt
from watching.dirt import CHURN_PER_HOUR, LONGEST_REST_S, LONGEST_WAIT_S, REST_S

RESTED = REST_S + 0.01


class Disk(dict):
    """Path -> size and time."""

    def write(self, path, size=1):
        self[path] = (size, size)


@pytest.fixture
def disk():
    return Disk()


@pytest.fixture
def dirt(disk):
    return Dirt(end_is_told=True, size_and_time=disk.get)


def path_of(*names):
    return os.sep.join(("", *names))


A, B = path_of("a"), path_of("b")


def test_path_when_it_rests_then_taken_once(dirt):
    dirt.add(A, 10.0)
    assert dirt.take(10.0 + REST_S / 2).paths == ()
    assert dirt.take(10.0 + RESTED).paths == (A,)
    assert dirt.take(20.0).paths == ()


def test_path_when_something_happens_again_then_it_rests_anew(dirt):
    dirt.add(A, 10.0)
    dirt.add(A, 10.2)
    assert dirt.take(10.4).paths == ()
    assert dirt.take(10.2 + RESTED).paths == (A,)


def test_next_when_asked_then_the_time_until_the_first_path_rests(dirt):
    assert dirt.next_s(0.0) is None
    dirt.add(A, 10.0)
    dirt.add(B, 10.2)
    assert dirt.next_s(10.0) == pytest.approx(REST_S)
    dirt.add(A, 10.4)
    assert dirt.next_s(10.4) == pytest.approx(REST_S - 0.2)
    assert dirt.next_s(99.0) == 0.0
    dirt.take(99.0)
    assert dirt.next_s(99.0) is None


def test_file_when_it_came_and_was_closed_then_taken_without_more_waiting(dirt, disk):
    disk.write(A)
    dirt.add(A, 10.0, came=True)
    dirt.add(A, 10.1)
    assert dirt.take(10.1 + RESTED).paths == (A,)


def test_file_when_it_came_and_is_still_written_then_it_waits(dirt, disk):
    dirt.add(A, 10.0, came=True)
    for second in range(11, 40):
        disk.write(A, size=second)
        assert dirt.take(float(second)).paths == ()
    dirt.add(A, 40.0)
    assert dirt.take(40.0 + RESTED).paths == (A,)


def test_file_when_it_came_and_stands_still_then_taken_without_its_closing(dirt, disk):
    disk.write(A)
    dirt.add(A, 10.0, came=True)
    assert dirt.take(10.0 + RESTED).paths == ()
    wait_s = dirt.next_s(10.0 + RESTED)
    assert wait_s is not None
    assert wait_s > 0
    assert dirt.take(10.0 + RESTED + wait_s).paths == (A,)


def test_file_when_it_grows_for_long_then_it_is_checked_more_rarely(dirt, disk):
    dirt.add(A, 0.0, came=True)
    for second in range(1, 3600):
        disk.write(A, size=second)
        dirt.take(float(second))
    assert 10 < dirt.next_s(3600.0) <= LONGEST_REST_S


def test_file_when_closed_while_it_is_looked_whether_it_stands_still_then_taken_once(dirt, disk):
    disk.write(A)
    dirt.add(A, 10.0, came=True)
    assert dirt.take(10.0 + RESTED).paths == ()
    dirt.add(A, 10.5)
    assert dirt.take(10.5 + RESTED).paths == (A,)
    assert dirt.next_s(10.5 + RESTED) is None
    assert dirt.take(99.0).paths == ()


def test_file_when_no_system_tells_its_end_then_is_looked_at_again_after_half_a_second(disk):
    dirt = Dirt(end_is_told=False, size_and_time=disk.get)
    disk.write(A)
    dirt.add(A, 10.0)
    assert dirt.take(10.0 + RESTED).paths == ()
    assert dirt.next_s(10.0 + RESTED) == pytest.approx(0.5)


def test_file_when_no_system_tells_its_end_then_every_change_waits_until_it_stands_still(disk):
    dirt = Dirt(end_is_told=False, size_and_time=disk.get)
    disk.write(A, size=1)
    dirt.add(A, 10.0)
    assert dirt.take(11.0).paths == ()
    disk.write(A, size=2)
    assert dirt.take(12.0).paths == ()
    assert dirt.take(13.0).paths == (A,)


def test_file_when_it_was_there_and_is_gone_then_taken_at_once(disk):
    dirt = Dirt(end_is_told=False, size_and_time=disk.get)
    dirt.add(A, 10.0)
    assert dirt.take(10.0 + RESTED).paths == (A,)


def test_file_when_it_came_and_went_then_taken_for_somebody_may_have_seen_it(dirt):
    dirt.add(A, 10.0, came=True)
    dirt.add(A, 10.1)
    dirt.add(A, 10.2)
    assert dirt.take(10.2 + RESTED).paths == (A,)
    assert dirt.waiting == 0


def test_file_when_it_came_and_went_unheard_then_taken_at_once(dirt):
    dirt.add(A, 10.0, came=True)
    assert dirt.take(10.0 + RESTED).paths == (A,)


def test_folder_when_dirty_then_it_covers_what_is_in_it_and_nothing_else(dirt):
    folder = path_of("x", "a")
    beside = [path_of("x", "a-b"), path_of("x", "a.txt"), path_of("x", "ab", "c")]
    for path in [path_of("x", "a", "b", "c"), path_of("x", "a", "z"), folder, *beside]:
        dirt.add(path, 10.0)
    assert sorted(dirt.take(11.0).paths) == sorted([folder, *beside])


def test_folder_when_the_top_of_the_disk_then_it_covers_all(dirt):
    dirt.add(os.sep, 10.0)
    dirt.add(A, 10.0)
    assert dirt.take(11.0).paths == (os.sep,)


def test_sweep_when_added_then_taken_at_once_and_it_covers_its_root(dirt):
    dirt.add(path_of("a", "b"), 10.0)
    dirt.add(path_of("b", "c"), 10.0)
    dirt.add_sweep(A)
    assert dirt.next_s(10.0) == 0.0
    assert dirt.take(11.0) == ((path_of("b", "c"),), (A,))


def test_path_when_it_never_rests_then_looked_at_ever_more_rarely(dirt):
    looks = [second for second in range(6 * 3600) if log_writes(dirt, second)]
    pauses = [later - earlier for earlier, later in pairwise(looks)]
    assert pauses[-1] == pytest.approx(LONGEST_WAIT_S, abs=2)
    assert len(looks) < 60


def test_path_when_it_changed_again_and_again_and_is_left_alone_then_looked_at_soon(dirt):
    for second in range(3600):
        log_writes(dirt, second)
    assert dirt.next_s(3600.0) <= LONGEST_REST_S


def test_path_when_it_is_saved_by_hand_again_and_again_then_always_as_quick(dirt):
    for minute in range(60):
        dirt.add(A, minute * 61.0)
        assert dirt.take(minute * 61.0 + RESTED).paths == (A,)
    assert dirt.churning == ()


def test_path_when_it_is_saved_a_few_times_in_a_minute_then_each_time_as_quick_and_slower_after_that(dirt):
    for number in range(4):
        dirt.add(A, number * 5.0)
        assert dirt.take(number * 5.0 + RESTED).paths == (A,)
    dirt.add(A, 20.0)
    assert dirt.next_s(20.0) == pytest.approx(2 * REST_S)


def test_path_when_it_does_not_rest_at_first_then_is_looked_at_after_ten_seconds(dirt):
    times = (tenth / 10 for tenth in range(1, 600))
    assert next(now_s for now_s in times if dirt.add(A, now_s) or dirt.take(now_s).paths) < 10


def test_path_when_it_changes_often_but_not_for_an_hour_then_its_folder_is_not_named(dirt):
    for start_s in (0.0, 5_000.0):
        for change in range(CHURN_PER_HOUR - 1):
            dirt.add(A, start_s + change)
    assert dirt.churning == ()


def test_path_when_it_changes_all_the_time_then_its_folder_is_named_and_later_not(dirt):
    path = path_of("logs", "today.log")
    for change in range(CHURN_PER_HOUR):
        dirt.add(path, float(change))
    assert dirt.churning == ()
    dirt.add(path, 301.0)
    assert dirt.churning == (path_of("logs"),)
    dirt.take(9_000.0)
    assert dirt.churning == ()


def test_paths_when_not_touched_for_an_hour_then_forgotten(dirt):
    for number in range(1_000):
        dirt.add(f"{A}{number}", float(number))
        dirt.take(number + RESTED)
    dirt.take(20_000.0)
    assert dirt._paths == {}


def test_wait_when_a_path_comes_first_then_woken_once_for_many(dirt):
    dirt.add(A, 10.0)
    assert dirt.wait(0)
    for number in range(100):
        dirt.add(f"{A}{number}", 10.1)
    assert not dirt.wait(0)


def test_wait_when_a_path_is_due_before_the_first_then_woken(dirt):
    dirt.add(A, 100.0)
    assert dirt.wait(0)
    dirt.add(B, 10.0)
    assert dirt.wait(0)


def test_wait_when_another_thread_adds_then_it_ends(dirt):
    adding = threading.Timer(0.01, dirt.add_sweep, [A])
    adding.start()
    assert dirt.wait(20)
    adding.join()


def test_paths_when_twenty_thousand_at_once_then_each_is_moved_in_the_heap_once(dirt):
    for number in range(20_000):
        dirt.add(path_of("x", f"{number}"), number / 1e5)
        dirt.add(path_of("x", f"{number}"), number / 1e5)
    assert len(dirt._heap) == 20_000
    assert len(dirt.take(10.0).paths) == 20_000


def log_writes(dirt, second):
    dirt.add(A, float(second))
    return bool(dirt.take(second + 0.5).paths)
