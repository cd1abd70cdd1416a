import os
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from errors import SettingsError
from filters import Filters
from index_store import Root, create_or_open_index, read_index
from indexer import Indexing
from search_engine import Query, SearchEngine
from tests.fakes import COLOURS, FakeEmbedder, FakeReader
from update_plan import plan_update
from viewing import Viewing

TEXTS = {
    "house/storm.txt": "The storm broke the gutter and some tiles.",
    "house/Roof Plan.txt": "Drawings by the architect.",
    "kitchen/cake.txt": "Flour and an oven.\fOn page two: the bread of my aunt Ulrike.",
    "money/invoice-2023.txt": "The bill for the roof, with tax.",
}


def pixels_of(picture):
    """A picture in one colour, from the colour's name."""
    return np.full((64, 64, 3), COLOURS[picture.decode()], np.uint8)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("corpus")
    for name, text in TEXTS.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    os.utime(folder / "kitchen/cake.txt", (1_000_000_000, 1_000_000_000))  # 2001-09-09
    return folder


@pytest.fixture(scope="module")
def engine(folder):
    index_dir = folder.parent / "index"
    embedder = FakeEmbedder()
    roots = [Root(path=str(folder))]
    with create_or_open_index(index_dir, fingerprint=embedder.fingerprint) as writer:
        Indexing(writer, embedder).run(plan_update(roots, None, all_roots=roots), FakeReader(), roots=roots)
    return SearchEngine(read_index(index_dir), embedder, hash_picture=bytes.decode, read_picture=pixels_of)


def found(engine, text, **filters):
    return [hit.path.name for hit in engine.search(Query(text=text, filters=Filters(**filters)))]


def test_search_when_no_word_is_shared_then_meaning_finds_it(engine):
    hit = engine.search(Query(text="baking with flour"))[0]
    assert hit.path.name == "cake.txt"
    assert "meaning" in hit.why


def test_search_when_a_rare_word_is_typed_then_words_find_it_with_its_page(engine):
    hit = engine.search(Query(text="Ulrike"))[0]
    assert (hit.path.name, hit.page_number, hit.page_count) == ("cake.txt", 2, 2)
    assert "words" in hit.why
    assert [hit.passage[start:end] for start, end in hit.marks] == ["Ulrike"]


def test_search_when_only_an_empty_word_is_shared_then_words_are_no_reason(engine):
    hits = {hit.path.name: hit.why for hit in engine.search(Query(text="the gutter"))}
    assert hits["storm.txt"] == ("meaning", "words")
    assert hits["invoice-2023.txt"] == ("meaning",)


@pytest.mark.parametrize("text", ["Roof Plan.txt", "roof plan", "Roof Pl"])
def test_search_when_a_name_is_typed_then_that_document_comes_first(engine, text):
    hit = engine.search(Query(text=text))[0]
    assert hit.path.name == "Roof Plan.txt"
    assert "name" in hit.why


def test_search_when_chunks_of_one_document_match_then_it_is_one_hit(engine):
    names = found(engine, "flour bread oven")
    assert names.count("cake.txt") == 1


def test_search_when_limited_then_gives_no_more(engine):
    assert len(engine.search(Query(text="roof", limit=2))) == 2


@pytest.mark.parametrize("text", ["", "   ", "\n"])
def test_search_when_the_query_is_empty_then_says_so(engine, text):
    with pytest.raises(SettingsError, match="Nothing to search for"):
        engine.search(Query(text=text))


@pytest.mark.parametrize("text", ['"', "AND OR NOT", "a*b(c", "x" * 10_000, "%_'; DROP TABLE", "日本", "\x00", "🙂"])
def test_search_when_the_query_is_odd_then_still_answers(engine, text):
    assert isinstance(engine.search(Query(text=text)), list)


def test_search_when_a_folder_is_given_then_only_its_documents(engine, folder):
    assert set(found(engine, "roof", folders=(str(folder / "house"),))) == {"storm.txt", "Roof Plan.txt"}


def test_search_when_a_folder_only_begins_alike_then_none(engine, folder):
    assert found(engine, "roof", folders=(str(folder / "hous"),)) == []


@pytest.mark.parametrize(("kind", "count"), [("text", 4), ("txt", 4), ("pdf", 0)])
def test_search_when_a_kind_is_given_then_only_that(engine, kind, count):
    assert len(found(engine, "roof", kinds=(kind,))) == count


def test_search_when_a_kind_cannot_be_then_says_which_can(engine):
    with pytest.raises(SettingsError, match="No such kind"):
        found(engine, "roof", kinds=("no kind",))


def test_search_when_dates_are_given_then_only_what_changed_between(engine):
    assert found(engine, "roof", before=date(2002, 1, 1)) == ["cake.txt"]
    assert "cake.txt" not in found(engine, "roof", after=date(2002, 1, 1))
    assert found(engine, "roof", after=date(2001, 9, 9), before=date(2001, 9, 10)) == ["cake.txt"]
    assert found(engine, "roof", before=date(2001, 9, 9)) == []


def test_search_when_there_are_only_filters_then_what_they_let_through_the_last_changed_first(engine):
    names = found(engine, "", kinds=("text",))
    assert set(names) == {path.rpartition("/")[2] for path in TEXTS}
    assert names[-1] == "cake.txt"
    assert found(engine, " ", excluded=(Filters(before=date(2002, 1, 1)),)) == names[:-1]


def test_search_when_a_file_is_gone_then_it_is_shown_as_missing(engine, folder):
    (folder / "house/storm.txt").rename(folder / "house/away")
    hits = {hit.path.name: hit.is_missing for hit in engine.search(Query(text="storm gutter"))}
    (folder / "house/away").rename(folder / "house/storm.txt")
    assert hits["storm.txt"]
    assert not hits["cake.txt"]


def test_search_when_the_index_grows_then_follows_it(tmp_path):
    embedder, roots = FakeEmbedder(), [Root(path=str(tmp_path / "a"))]
    (tmp_path / "a").mkdir()
    (tmp_path / "a/one.txt").write_text("The roof leaks.")
    with create_or_open_index(tmp_path / "index", fingerprint=embedder.fingerprint) as writer:
        Indexing(writer, embedder).run(plan_update(roots, None, all_roots=roots), FakeReader(), roots=roots)
        engine = SearchEngine(read_index(tmp_path / "index"), embedder, hash_picture=str, read_picture=pixels_of)
        (tmp_path / "a/two.txt").write_text("Roof tiles.")
        Indexing(writer, embedder).run(plan_update(roots, writer.snapshot, all_roots=roots), FakeReader(), roots=roots)
        assert len(engine.search(Query(text="roof"))) == 2


def test_search_when_the_picture_is_none_then_the_error_passes(folder, engine):
    def refuse(_):
        raise SettingsError("not a picture")

    broken = SearchEngine(engine.snapshot, FakeEmbedder(), hash_picture=refuse, read_picture=refuse)
    with pytest.raises(SettingsError, match="not a picture"):
        broken.search(Query(pictures=(b"no",)))


@pytest.fixture(scope="module")
def seeing_engine(tmp_path_factory):
    """Over three pictures, a PDF with a red page, and a text, by a model that sees."""
    folder = tmp_path_factory.mktemp("seen")
    texts = {
        "r.picture": "red",
        "g.picture": "green",
        "b.picture": "blue",
        "page.pdf": "flour\fred",
        "t.txt": "storm tiles",
    }
    for name, text in texts.items():
        (folder / name).write_text(text)
    embedder, reader, roots = FakeEmbedder(sees_pictures=True), FakeReader(), [Root(path=str(folder))]
    index_dir = folder.parent / "seen-index"
    with create_or_open_index(index_dir, fingerprint=embedder.fingerprint) as writer:
        report = Indexing(writer, embedder).run(plan_update(roots, None, all_roots=roots), reader, roots=roots)
        Viewing(writer, embedder).run(roots, reader, report)
    return SearchEngine(read_index(index_dir), embedder, hash_picture=bytes.decode, read_picture=pixels_of)


def test_search_when_the_model_sees_then_words_find_what_is_shown(seeing_engine):
    hits = {hit.path.name: hit for hit in seeing_engine.search(Query(text="gutter"))}
    assert "picture" in hits["r.picture"].why
    assert hits["page.pdf"].page_number == 2
    assert hits["r.picture"].chance > hits["g.picture"].chance


def test_search_when_a_picture_is_shown_to_a_model_that_sees_then_finds_what_looks_like_it(seeing_engine):
    names = [hit.path.name for hit in seeing_engine.search(Query(pictures=(b"blue",)))]
    assert names[0] == "b.picture"


def test_search_when_text_goes_with_the_picture_then_both_count(seeing_engine):
    [*alone] = seeing_engine.search(Query(pictures=(b"red",)))
    [*both] = seeing_engine.search(Query(pictures=(b"red",), text="money"))
    cosine = {name: {hit.path.name: hit.cosine for hit in hits} for name, hits in (("alone", alone), ("both", both))}
    assert cosine["both"]["b.picture"] > cosine["alone"]["b.picture"] + 0.3


def test_like_when_a_picture_of_the_index_then_finds_it_and_what_looks_like_it(seeing_engine):
    folder = seeing_engine.snapshot.roots[0].path
    hits = seeing_engine.search(Query(like=(Path(folder, "r.picture"),)))
    assert {hit.path.name for hit in hits[:3]} == {"r.picture", "page.pdf", "t.txt"}


def test_like_when_a_text_of_the_index_then_its_meaning_is_the_query(engine, folder):
    hits = engine.search(Query(like=(folder / "house/storm.txt",)))
    assert [hit.path.name for hit in hits[:2]] == ["storm.txt", "invoice-2023.txt"]  # the other one with a roof


def test_like_when_text_goes_with_it_then_both_count(engine, folder):
    hits = engine.search(Query(like=(folder / "house/storm.txt",), text="flour oven bread"))
    assert {hit.path.name for hit in hits[:2]} == {"storm.txt", "cake.txt"}


def test_like_when_the_document_is_not_indexed_then_says_so(engine):
    with pytest.raises(SettingsError, match="Not in the index"):
        engine.search(Query(like=(Path("/nowhere/else.txt"),)))
