"""Searching names: as typed, by words, by path, with a letter wrong, and in which order."""

import pytest

from index_store import Root
from index_store.name_words import name_words
from tests.index_contents import addition, open_writer, paths_named


@pytest.fixture
def directory(tmp_path):
    return tmp_path / "index"


@pytest.fixture
def writer(directory):
    with open_writer(directory) as writer:
        yield writer


@pytest.mark.parametrize(
    ("name", "words_of_it"),
    [
        ("tripReport_2024.docx", "tripreport 2024 docx trip report"),
        ("PDFReport2.pdf", "pdfreport2 pdf pdf report 2"),
        ("Ünïcode-Näme", "unicode name"),
        ("IMG0042", "img0042 img 0042"),
    ],
)
def test_name_words_when_a_name_has_joints_then_it_is_split_there(name, words_of_it):
    assert name_words(name) == words_of_it


@pytest.mark.parametrize(
    "query", ["trip report", "report TRIP", "trip rep 2024", "report2024", "tripRep", "2024.docx", "20"]
)
def test_search_names_when_a_name_is_in_camel_case_then_its_words_find_it(writer, query):
    writer.commit([addition("/x/tripReport2024.docx"), addition("/x/other.md")])
    assert paths_named(writer.snapshot, query) == ["/x/tripReport2024.docx"]


def test_search_names_when_several_match_then_exact_is_before_prefix_substring_words_and_folder(writer):
    names = [
        "/r/plan b/x.txt",
        "/r/b-plan.txt",
        "/r/my plan b.txt",
        "/r/plan b2.txt",
        "/r/plan b",
        "/r/plan b2 long.txt",
        "/r/no",
    ]
    writer.commit([addition(name) for name in names], roots=[Root(path="/r")])
    assert paths_named(writer.snapshot, "Plan B") == [
        "/r/plan b",
        "/r/plan b2.txt",
        "/r/plan b2 long.txt",
        "/r/my plan b.txt",
        "/r/b-plan.txt",
        "/r/plan b/x.txt",
    ]


def test_search_names_when_a_word_is_in_the_folder_of_all_roots_then_it_finds_nothing(writer):
    writer.commit([addition("/home/anna/docs/taxes/2024/a.txt")], roots=[Root(path="/home/anna/docs")])
    assert [len(paths_named(writer.snapshot, query)) for query in ("anna", "docs", "taxes", "axe", "a taxes")] == [
        0,
        0,
        1,
        1,
        1,
    ]


def test_search_names_when_documents_are_removed_then_they_are_not_found(writer):
    writer.commit([addition("/a/report.txt"), addition("/b/report.txt")])
    writer.commit(removals=["/a/report.txt"])
    assert paths_named(writer.snapshot, "report") == ["/b/report.txt"]


@pytest.mark.parametrize(
    "query", ["Work/taxes 2023", "work/tax", "Home/Work/", "work\\taxes 2023.pdf", "/r/Home/Work/taxes", "wor/2023"]
)
def test_search_names_when_part_of_a_path_is_typed_then_folder_and_name_both_count(writer, query):
    names = ["/r/Home/Work/taxes 2023.pdf", "/r/taxes 2023/work.pdf"]
    writer.commit([addition(name) for name in names], roots=[Root(path="/r")])
    assert paths_named(writer.snapshot, query)[0] == names[0]


def test_search_names_when_a_whole_path_is_typed_then_it_comes_before_others_of_that_name(writer):
    writer.commit([addition("/r/a/notes.txt"), addition("/r/b/notes.txt")], roots=[Root(path="/r")])
    (_, first), *others = writer.snapshot.search_names("/r/b/notes.txt", limit=9)
    assert paths_named(writer.snapshot, "/r/b/notes.txt") == ["/r/b/notes.txt"]
    assert (first > 5, others) == (True, [])


@pytest.mark.parametrize(
    "query", ["会", "議", "録", "会議", "議録", "議事", "会議録", "２０２４", "会議 2024", "メモ", "モ"]
)
def test_search_names_when_a_name_is_japanese_then_any_part_of_it_finds_it(writer, query):
    writer.commit([addition("/x/東京会議録議事メモ2024.pdf"), addition("/x/other.txt")])
    assert paths_named(writer.snapshot, query) == ["/x/東京会議録議事メモ2024.pdf"]


@pytest.mark.parametrize("query", ["qbr", "QBR", "quartely", "quaterly", "busniess reveiw", "quarterly busines rev"])
def test_search_names_when_it_is_mistyped_or_only_initials_then_it_is_found(writer, query):
    writer.commit([addition("/x/Quarterly Business Review 2024.pptx"), addition("/x/Query optimiser notes.txt")])
    assert paths_named(writer.snapshot, query) == ["/x/Quarterly Business Review 2024.pptx"]


@pytest.mark.parametrize("query", ["tripp", "reprot", "tirp report"])
def test_search_names_when_camel_case_is_mistyped_then_its_words_are_compared(writer, query):
    writer.commit([addition("/x/tripReport2024.docx")])
    assert paths_named(writer.snapshot, query) == ["/x/tripReport2024.docx"]


@pytest.mark.parametrize("query", ["tex", "report 2042", "repxxt", "quarterly review"])
def test_search_names_when_a_word_is_short_or_a_number_or_another_then_typos_are_no_excuse(writer, query):
    writer.commit([addition("/x/tax report 2024.docx")])
    assert paths_named(writer.snapshot, query) == []


def test_search_names_when_only_a_folder_is_as_typed_then_it_comes_before_names_that_are_like_it(writer):
    names = ["/x/report.txt", "/x/old/my reprot/a.txt", "/x/reports and more.txt"]
    writer.commit([addition(name) for name in names])
    assert paths_named(writer.snapshot, "reprot") == [names[1], names[0], names[2]]
    assert [int(score) for _, score in writer.snapshot.search_names("reprot", limit=9)] == [1, 0, 0]


def test_search_names_when_a_name_is_as_typed_then_no_typing_error_is_thought_of(writer):
    writer.commit([addition("/x/form.txt"), addition("/x/from.txt")])
    assert paths_named(writer.snapshot, "form") == ["/x/form.txt"]


def test_search_names_when_a_phrase_or_an_excluded_word_is_typed_then_names_are_held_to_it(writer):
    writer.commit([addition("/x/roof repair.txt"), addition("/x/repair roof.txt"), addition("/x/roof repair cake.txt")])
    assert paths_named(writer.snapshot, '"roof repair" -cake') == ["/x/roof repair.txt"]
    assert paths_named(writer.snapshot, "roof -repair") == []


def test_search_names_when_a_whole_name_is_typed_then_others_only_contain_it(writer):
    names = ["/r/plan b.txt", "/r/old plan b.txt", "/r/plan about b.txt"]
    writer.commit([addition(name) for name in names])
    assert paths_named(writer.snapshot, "plan b.txt") == names[:2]
    assert set(paths_named(writer.snapshot, "plan b")) == set(names)
