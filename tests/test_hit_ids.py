"""Ids of hits: random, stable while the file is, and bounded."""

from tests.window import make_hit
from web.hit_ids import HitIds


def test_hit_is_found_by_its_id():
    ids, hit = HitIds(), make_hit("/documents/a.txt")
    assert ids.find(ids.remember(hit)) == hit


def test_same_page_keeps_its_id_and_shows_the_newest_passage():
    ids = HitIds()
    first = ids.remember(make_hit("/documents/a.txt", passage="one"))
    second = ids.remember(make_hit("/documents/a.txt", passage="two"))
    assert first == second
    assert ids.find(first).passage == "two"


def test_other_page_and_other_file_have_other_ids():
    ids = HitIds()
    hits = [make_hit("/documents/a.txt"), make_hit("/documents/a.txt", page_number=2), make_hit("/documents/b.txt")]
    assert len({ids.remember(hit) for hit in hits}) == 3


def test_full_memory_forgets_what_was_not_shown_for_longest():
    ids = HitIds(capacity=2)
    first, second = (ids.remember(make_hit(f"/documents/{name}")) for name in "ab")
    ids.remember(make_hit("/documents/a"))
    third = ids.remember(make_hit("/documents/c"))
    assert [ids.find(hit_id) is not None for hit_id in (first, second, third)] == [True, False, True]


def test_full_memory_keeps_what_was_asked_for():
    ids = HitIds(capacity=2)
    first, second = (ids.remember(make_hit(f"/documents/{name}")) for name in "ab")
    ids.find(first)
    ids.remember(make_hit("/documents/c"))
    assert [ids.find(hit_id) is not None for hit_id in (first, second)] == [True, False]


def test_forgotten_hit_gets_a_new_id():
    ids, hit = HitIds(capacity=1), make_hit("/documents/a")
    first = ids.remember(hit)
    ids.remember(make_hit("/documents/b"))
    assert ids.remember(hit) != first
