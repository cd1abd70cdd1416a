"""What speaks for a document becomes one chance."""

import numpy as np
import pytest

from index_store import Root, create_or_open_index, read_index
from indexer import Indexing
from ranking import LIKELY, Ranking, Reason
from tests.fakes import FakeEmbedder, FakeReader
from update_plan import plan_update
from yardstick import Yardstick, yardstick_of

TEXTS = {
    "storm.txt": "The storm took the roof, tiles and the gutter.",
    "roof.txt": "A roof, and a bill for the tax.",
    "cake.txt": "Flour, bread and an oven.",
    "letter.txt": "Nothing in particular.",
}


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory):
    folder = tmp_path_factory.mktemp("corpus")
    for name, text in TEXTS.items():
        (folder / name).write_text(text)
    roots, embedder = [Root(path=str(folder))], FakeEmbedder()
    index_dir = folder.parent / "ranked-index"
    with create_or_open_index(index_dir, fingerprint=embedder.fingerprint) as writer:
        Indexing(writer, embedder).run(plan_update(roots, None, all_roots=roots), FakeReader(), roots=roots)
    return read_index(index_dir)


@pytest.fixture
def ranking(snapshot):
    return Ranking(snapshot, yardstick_of(snapshot, with_pictures=False), None)


def names(snapshot, ranked):
    return [snapshot.document(each.document).path.rpartition("/")[2] for each in ranked]


def by_name(snapshot, ranked):
    return dict(zip(names(snapshot, ranked), ranked, strict=True))


def add_words(ranking, text):
    ranking.add_words(ranking.look_up(text, {"words"}).passages, text)


def add_names(ranking, text):
    ranking.add_names(ranking.look_up(text, {"names"}).names)


def embedded(text):
    return FakeEmbedder().embed_query(text)


def test_best_when_meaning_is_all_there_is_then_order_is_that_of_cosines(snapshot, ranking):
    ranking.add_meaning(embedded("storm gutter"))
    ranked = ranking.best(4)
    assert names(snapshot, ranked)[:2] == ["storm.txt", "roof.txt"]
    assert [each.cosine for each in ranked] == sorted((each.cosine for each in ranked), reverse=True)


def test_best_when_words_find_what_meaning_does_not_then_its_cosine_counts_all_the_same(snapshot, monkeypatch):
    monkeypatch.setattr("ranking.CANDIDATES", 1)
    ranking = Ranking(snapshot, yardstick_of(snapshot, with_pictures=False), None)
    ranking.add_meaning(embedded("storm gutter"))
    add_words(ranking, "particular")
    assert by_name(snapshot, ranking.best(4))["letter.txt"].cosine == pytest.approx(0.05, abs=0.001)


def test_chance_when_a_passage_has_every_word_then_is_higher_than_with_some(snapshot):
    chances = []
    for text in ("nothing particular", "nothing particular unheard of elsewhere"):
        ranking = Ranking(snapshot, yardstick_of(snapshot, with_pictures=False), None)
        ranking.add_meaning(embedded(text))
        add_words(ranking, text)
        chances.append(by_name(snapshot, ranking.best(4))["letter.txt"].chance)
    assert chances[0] > max(LIKELY, chances[1])


def test_chance_when_nothing_in_the_index_is_about_it_then_none_is_likely(snapshot, ranking):
    query = np.array([0.05, 0, 0, 0], np.float32) + embedded("unheard") * np.float32([1, 1, 1, -1])
    ranking.add_meaning(query / np.linalg.norm(query))
    assert max(each.chance for each in ranking.best(4)) < LIKELY


def test_chance_when_the_name_is_typed_then_it_comes_first_whatever_the_texts_say(snapshot, ranking):
    ranking.add_meaning(embedded("storm roof tiles gutter"))
    add_words(ranking, "cake.txt")
    add_names(ranking, "cake.txt")
    first = ranking.best(1)[0]
    assert (names(snapshot, [first]), first.lists) == (["cake.txt"], {"meaning", "name"})
    assert first.chance > 0.98


def test_chance_when_two_reasons_speak_for_it_then_is_higher_than_each(snapshot, ranking):
    ranking.add_meaning(embedded("storm gutter"))
    add_names(ranking, "storm")
    best = ranking.best(1)[0]
    assert len(best.reasons) == 2
    assert best.chance > max(reason.chance for reason in best.reasons)


def test_boost_when_two_are_nearly_as_good_then_decides_and_is_told(snapshot, ranking):
    add_names(ranking, "txt")
    before = ranking.best(4)
    second = before[1].document
    ranking.add_boost(second, [Reason("recent", 0.3, "changed today")])
    after = ranking.best(4)[0]
    assert (after.document, after.reasons[-1].by) == (second, "recent")


def test_boost_when_another_is_much_better_then_does_not_decide(snapshot, ranking):
    ranking.add_meaning(embedded("storm gutter"))
    add_names(ranking, "storm.txt")
    cake = by_name(snapshot, ranking.best(4))["cake.txt"].document
    ranking.add_boost(cake, [Reason("recent", 0.3, "changed today")])
    assert names(snapshot, ranking.best(1)) == ["storm.txt"]


def test_best_when_only_some_documents_are_let_through_then_others_do_not_come(snapshot, ranking):
    ranking.add_meaning(embedded("storm"))
    cake = by_name(snapshot, ranking.best(4))["cake.txt"].document
    narrow = Ranking(snapshot, yardstick_of(snapshot, with_pictures=False), {cake})
    narrow.add_meaning(embedded("storm"))
    add_words(narrow, "storm")
    add_names(narrow, "storm")
    narrow.add_pictures({each.document: 0.9 for each in ranking.best(4)})
    assert names(snapshot, narrow.best(4)) == ["cake.txt"]


def test_ask_again_when_words_found_the_best_then_what_is_near_to_it_rises(snapshot):
    places = []
    for again in (False, True):
        ranking = Ranking(snapshot, yardstick_of(snapshot, with_pictures=False), None)
        ranking.add_meaning(embedded("bread tax"))
        add_words(ranking, "gutter")  # of storm.txt, whose subject is that of roof.txt
        if again:
            ranking.ask_again()
        places.append(names(snapshot, ranking.best(4)).index("roof.txt"))
    assert places[1] < places[0]


def test_ask_again_when_done_then_nothing_stands_out_more_than_the_best_did(snapshot, ranking):
    ranking.add_meaning(embedded("storm tax"))
    before = max(each.standing for each in ranking.best(4))
    ranking.ask_again()
    assert max(each.standing for each in ranking.best(4)) == pytest.approx(before)


def test_ask_again_when_only_a_name_was_found_then_nothing_happens(snapshot, ranking):
    add_names(ranking, "storm.txt")
    before = ranking.best(4)
    ranking.ask_again()
    assert ranking.best(4) == before


def test_ask_again_when_the_best_was_found_by_its_name_alone_then_the_others_are_asked_with(snapshot, monkeypatch):
    monkeypatch.setattr("ranking.CANDIDATES", 1)
    ranking = Ranking(snapshot, yardstick_of(snapshot, with_pictures=False), None)
    ranking.add_meaning(embedded("flour"))
    add_names(ranking, "storm.txt")
    ranking.ask_again()
    assert names(snapshot, ranking.best(4)) == ["storm.txt", "cake.txt"]


def test_ask_again_when_there_are_pictures_then_nothing_happens(snapshot):
    embeddings = np.stack([embedded("roof"), embedded("cake")])
    ranking = Ranking(snapshot, Yardstick(embeddings, np.array([False, True]), (0.6, 0.6)), None)
    ranking.add_meaning(embedded("bread tax"))
    before = ranking.best(4)
    ranking.ask_again()
    assert ranking.best(4) == before
