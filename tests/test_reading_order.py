from pathlib import Path

import pytest

from corpus import KINDS, Document
from reading_order import cost_of, in_order, wanted_first

NOW_S = 1_800_000_000.0
DAY_S = 86_400.0


def document(name, *, size_bytes=1_000, days=1.0):
    return Document(Path("/r", name), size_bytes, int((NOW_S - days * DAY_S) * 1e9), inode=1)


def names(documents, **options):
    return [each.path.name for each in in_order(documents, now_s=NOW_S, **options)]


def test_in_order_when_documents_are_alike_then_the_newest_comes_first():
    ages = {"old.txt": 300, "new.txt": 1, "middle.txt": 20}
    assert names(document(name, days=days) for name, days in ages.items()) == ["new.txt", "middle.txt", "old.txt"]


def test_in_order_when_they_are_of_an_age_then_the_smallest_comes_first():
    sizes = {"big.txt": 10**6, "small.txt": 100, "middle.txt": 10**4}
    assert names(document(name, size_bytes=size) for name, size in sizes.items()) == [
        "small.txt",
        "middle.txt",
        "big.txt",
    ]


def test_wanted_first_when_documents_are_wanted_then_the_last_wanted_comes_first_and_each_once():
    documents = [document(name) for name in ("a.txt", "b.txt", "c.txt", "d.txt")]
    wanted = ["/r/c.txt", "/elsewhere", "/r/b.txt", "/r/c.txt"]
    assert [each.path.name for each in wanted_first(documents, lambda: wanted)] == ["c.txt", "b.txt", "a.txt", "d.txt"]


def test_wanted_first_when_something_is_wanted_meanwhile_then_it_is_next():
    wanted = []
    found = []
    for each in wanted_first([document(name) for name in ("a.txt", "b.txt", "c.txt")], lambda: wanted):
        found.append(each.path.name)
        wanted[:] = ["/r/c.txt"]
    assert found == ["a.txt", "c.txt", "b.txt"]


def test_in_order_when_a_kind_is_slow_then_the_quick_one_does_not_wait_for_it():
    slow = [document(f"{number}.txt", size_bytes=20_000, days=0) for number in range(50)]
    quick = [document(f"{number}.jpg", days=900) for number in range(100)]
    first = names([*slow, *quick])[:60]
    assert 50 < sum(name.endswith(".jpg") for name in first) < 60


def test_in_order_when_one_kind_is_used_up_then_the_rest_follows_whole():
    documents = [document("a.jpg"), *(document(f"{number}.txt", days=number) for number in range(1, 9))]
    assert sorted(names(documents)) == sorted(each.path.name for each in documents)


@pytest.mark.parametrize("kind", KINDS)
def test_cost_of_when_a_kind_is_known_then_grows_with_its_size_up_to_what_is_embedded(kind):
    assert 0 < cost_of(kind, 0) <= cost_of(kind, 10**6) <= cost_of(kind, 10**9) == cost_of(kind, 10**10)
