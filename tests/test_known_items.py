import stat

import pytest

from errors import SettingsError
from index_store import Root, create_or_open_index, read_index
from indexer import Indexing
from known_items import WAYS, KnownItem, answers, known_items, read_items, write_items
from tests.fakes import FakeEmbedder, FakeReader
from update_plan import plan_update

TEXTS = {
    "storm.txt": "The winter storm broke seven old tiles above the attic window. Rain came through the ceiling.",
    "bread.txt": "Knead strong flour with water above a warm oven. Rain or winter, seven loaves are sold here.",
    "copy of bread.txt": "Knead strong flour with water above a warm oven. Rain or winter, seven loaves are sold here.",
    "note.txt": "Yes.",
    "seen.picture": "red",
}


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory):
    folder = tmp_path_factory.mktemp("corpus")
    for name, text in TEXTS.items():
        (folder / name).write_text(text)
    roots, embedder = [Root(path=str(folder))], FakeEmbedder()
    with create_or_open_index(folder.parent / "asked-index", fingerprint=embedder.fingerprint) as writer:
        Indexing(writer, embedder).run(plan_update(roots, None, all_roots=roots), FakeReader(), roots=roots)
    return read_index(folder.parent / "asked-index")


def asked(snapshot, seed=0, count=10):
    return known_items(snapshot, count=count, seed=seed)


def test_questions_when_made_then_are_words_of_their_document_and_not_of_its_name(snapshot):
    for seed in range(20):
        for item in asked(snapshot, seed):
            name = item.path.rpartition("/")[2]
            words = item.query.lower().split()
            assert set(words) <= set(TEXTS[name].lower().replace(".", "").replace(",", "").split())
            assert not [word for word in words if word in name]


def test_questions_when_made_then_say_less_than_the_document(snapshot):
    sentences = [sentence.strip() for text in TEXTS.values() for sentence in text.split(".") if sentence]
    items = [item for seed in range(20) for item in asked(snapshot, seed)]
    assert {item.way for item in items} == set(WAYS)
    assert [item.query for item in items if item.query in sentences] == []


def test_questions_when_of_rare_words_then_another_document_has_them_too(snapshot):
    rare = [item for seed in range(20) for item in asked(snapshot, seed) if item.way == "rare words"]
    texts = [text.lower() for text in TEXTS.values()]
    assert all(sum(word in text for text in texts) > 1 for item in rare for word in item.query.split())


def test_questions_when_a_document_has_too_little_text_then_none_is_about_it(snapshot):
    names = {item.path.rpartition("/")[2] for seed in range(20) for item in asked(snapshot, seed)}
    assert names == {"storm.txt", "bread.txt", "copy of bread.txt"}


def test_questions_when_the_seed_is_the_same_then_they_are_too(snapshot):
    assert asked(snapshot, 3) == asked(snapshot, 3)
    assert asked(snapshot, 3) != asked(snapshot, 4)


def test_questions_when_fewer_are_wanted_then_are_fewer(snapshot):
    assert len(asked(snapshot, count=1)) == 1


def test_answers_when_a_document_has_a_copy_then_either_will_do(snapshot):
    item = next(item for seed in range(9) for item in asked(snapshot, seed) if item.path.endswith("/bread.txt"))
    (judged,) = answers(snapshot, [item]).values()
    assert {path.rpartition("/")[2] for path in judged} == {"bread.txt", "copy of bread.txt"}


def test_questions_when_kept_then_come_back_and_nobody_else_may_read_them(tmp_path):
    items = [KnownItem("roof tiles", "/home/a/\udcff.txt", "text", "gaps")]
    write_items(tmp_path / "kept", items)
    assert read_items(tmp_path / "kept") == items
    assert stat.S_IMODE((tmp_path / "kept").stat().st_mode) & 0o077 == 0


@pytest.mark.parametrize("line", ['{"query": "roof"}', "not JSON", '["roof"]'])
def test_questions_when_the_file_is_another_then_says_which_line(tmp_path, line):
    write_items(tmp_path / "kept", [KnownItem("roof", "/a.txt", "text", "gaps")])
    with (tmp_path / "kept").open("a") as file:
        file.write(line)
    with pytest.raises(SettingsError, match="line 2 is no question"):
        read_items(tmp_path / "kept")
