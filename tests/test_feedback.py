import numpy as np
import pytest

from feedback import as_spread_as, asked_again

EAST, NORTH = np.float32([1, 0]), np.float32([0, 1])


def test_query_when_what_was_found_is_certain_then_it_goes_more_than_half_way_there():
    assert asked_again(EAST, np.stack([NORTH]), [1.0]) == pytest.approx(np.array([4, 5]) / 41**0.5)


def test_query_when_nothing_found_is_likely_then_it_stays():
    assert asked_again(EAST, np.stack([NORTH, NORTH]), [0.01, 0.0]) == pytest.approx(EAST, abs=0.016)


def test_query_when_one_of_two_is_likelier_then_it_counts_more():
    moved = asked_again(EAST, np.stack([NORTH, -NORTH]), [0.5, 0.2])
    assert moved[1] > 0
    assert np.linalg.norm(moved) == pytest.approx(1)


def test_spread_when_stretched_then_ends_and_order_are_kept():
    assert as_spread_as([0.9, 0.1, 0.5], [3, 1, 2]).tolist() == [3, 1, 2]
    assert as_spread_as([0.4, 0.5, 0.8], [1, -1, 3]).tolist() == pytest.approx([-1, 0, 3])


def test_spread_when_all_are_the_same_then_nothing_changes():
    assert as_spread_as([0.5, 0.5], [1.0, 2.0]).tolist() == [1, 2]
