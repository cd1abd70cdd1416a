"""Searching passages: which words find what, phrases, what is excluded, and that nothing typed is syntax."""

import random

import msgspec
import pytest

from index_store import nearest, parse_terms, read_index
from process_lock import take_lock
from tests.index_contents import addition, embeddings_of, open_writer, paths_named, texts_with, write_index


@pytest.fixture
def directory(tmp_path):
    return tmp_path / "index"


@pytest.fixture
def writer(directory):
    with open_writer(directory) as writer:
        yield writer


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("the roof leaks", "roofs leaking"),
        ("a Résumé", "resume"),
        ("a resume", "RE\u0301SUME\u0301"),
        ("in the o\ufb03ce", "office"),
        ("an exam\u00adple", "example"),
        ("state-of-the-art", "the art of"),
        ("state-of-the-art", "state-of-the-a"),
        ("Überraschung", "über"),
        ("会议记录", "会"),
        ("don't panic", "don't"),
        ("vitamin c", "c"),
        ("lone \ud800 surrogate", "lone \udcff surrogate"),
        ("nul\0in the middle", "nul in"),
    ],
)
def test_search_passages_when_a_word_is_written_otherwise_then_it_is_found(writer, text, query):
    writer.commit([addition("/a.txt", text), addition("/b.txt", "something else")])
    assert texts_with(writer.snapshot, query) == [text]


def test_search_passages_when_some_have_all_words_then_those_come_first(writer):
    writer.commit(
        [addition("/a.txt", "roof roof roof roof", "roof repair in a long passage about many things", "cake")]
    )
    assert texts_with(writer.snapshot, "roof repair") == [
        "roof repair in a long passage about many things",
        "roof roof roof roof",
    ]


def test_search_passages_when_the_last_word_is_unfinished_then_its_beginning_counts(writer):
    writer.commit([addition("/a.txt", "roof repair", "roof garden")])
    assert texts_with(writer.snapshot, "roof rep")[0] == "roof repair"
    assert texts_with(writer.snapshot, "rep roof") == ["roof repair", "roof garden"]  # only the last one's


@pytest.mark.parametrize(
    ("typed", "found"), [("r", []), ("ro", []), ("roo", ["roof"]), ("ro*", ["roof"]), ("会", ["会议"])]
)
def test_search_passages_when_very_few_letters_are_typed_then_they_are_no_beginning(writer, typed, found):
    writer.commit([addition("/a.txt", "roof", "会议")])
    assert texts_with(writer.snapshot, typed) == found


def test_search_passages_when_a_word_is_in_most_passages_then_it_alone_finds_none_of_them(writer, monkeypatch):
    monkeypatch.setattr("index_store.word_search._COMMON_FLOOR", 1)
    writer.commit([addition("/a.txt", *(f"the passage{row}" for row in range(30)), "roof")])
    assert texts_with(writer.snapshot, "the roof") == ["roof"]


def test_search_passages_when_documents_were_removed_or_replaced_then_only_live_ones_are_found(writer):
    writer.commit([addition("/a.txt", "old roof"), addition("/b.txt", "gone roof"), addition("/c.txt", "roof")])
    before = writer.snapshot
    writer.commit([addition("/a.txt", "new roof")], removals=["/b.txt"])
    assert sorted(texts_with(writer.snapshot, "roof")) == ["new roof", "roof"]
    assert sorted(texts_with(before, "roof")) == ["gone roof", "old roof", "roof"]


def test_search_when_only_some_documents_count_then_the_limit_is_of_those(writer):
    writer.commit([addition(f"/roof{row}.txt", "roof") for row in range(9)])
    wanted = {writer.snapshot.find("/roof7.txt")[0], writer.snapshot.find("/roof8.txt")[0]}
    found = writer.snapshot.search_passages("roof", limit=2, documents=wanted)
    assert {writer.snapshot.document_of(chunk_id) for chunk_id, _ in found} == wanted
    assert {document for document, _ in writer.snapshot.search_names("roof", limit=2, documents=wanted)} == wanted


def test_search_when_the_query_is_hostile_then_it_is_only_text(writer):
    writer.commit([addition("/corpus/roof.txt", "roof repair")])
    luck = random.Random(1)
    pieces = [
        "AND",
        "OR",
        "NOT",
        "NEAR(",
        "text:",
        "roof",
        '""',
        "--",
        *"\"*():^-+.,;'\\{}[]%_?/ \t\n\0é漢字\ud800\u0301a1",
    ]
    for _ in range(400):
        text = "".join(luck.choices(pieces, k=luck.randint(0, 12)))
        writer.snapshot.search_passages(text, limit=5)
        writer.snapshot.search_names(text, limit=5)
    for text in ("", " ", '"', "()", "\0", "\udcff"):
        assert writer.snapshot.search_passages(text, limit=5) == []
    assert texts_with(writer.snapshot, "text:roof") == []


def test_search_when_a_whole_page_is_the_query_then_it_is_found(writer):
    page = " ".join(f"word{number}" for number in range(2000))
    writer.commit([addition("/a.txt", page)])
    assert texts_with(writer.snapshot, page) == [page]
    assert paths_named(writer.snapshot, page) == []


@pytest.mark.parametrize(
    "query",
    ["议", "会议", "议记", "记录", "录", "会议记录", "下周会议记录", "iPhone记录", "ประชุม", "ชุ", "회의", "회의록"],
)
def test_search_passages_when_a_text_has_no_blanks_then_any_part_of_it_is_found(writer, query):
    text = "下周会议记录给iPhone\n记录员 การประชุมวันนี้ 회의록을"
    writer.commit([addition("/a.txt", text), addition("/b.txt", "其他 ปี 의사")])
    assert texts_with(writer.snapshot, query) == [text]


def test_search_passages_when_a_question_has_no_blanks_then_its_parts_are_found(writer):
    writer.commit([addition("/a.txt", "会議の記録を送る"), addition("/b.txt", "天気")])
    assert texts_with(writer.snapshot, "会議記録はどこ") == ["会議の記録を送る"]


def test_search_passages_when_a_line_of_chinese_ends_inside_a_word_then_it_is_one_word(writer):
    writer.commit([addition("/a.txt", "保险\n证券")])
    assert texts_with(writer.snapshot, "险证") == ["保险\n证券"]


def test_search_passages_when_a_word_of_hindi_has_vowels_then_they_belong_to_it(writer):
    writer.commit([addition("/a.txt", "किताब"), addition("/b.txt", "कीतूब")])
    assert texts_with(writer.snapshot, "किताब") == ["किताब"]


@pytest.mark.parametrize("beginning", ["informa", "universi", "runn", "repairin", "happ"])
def test_search_passages_when_a_word_is_typed_letter_by_letter_then_its_stem_does_not_matter(writer, beginning):
    texts = ["information", "university", "running", "repairing", "happy"]
    writer.commit([addition("/a.txt", *(f"the {text}" for text in texts))])
    (expected,) = [f"the {text}" for text in texts if text.startswith(beginning)]
    assert texts_with(writer.snapshot, f"the {beginning}")[0] == expected
    assert texts_with(writer.snapshot, f"{beginning}*") == [expected]


def test_search_passages_when_the_last_word_is_whole_then_it_comes_before_what_begins_with_it(writer):
    writer.commit([addition("/a.txt", "carpet carpet carpet", "a car among many other things")])
    assert texts_with(writer.snapshot, "car") == ["a car among many other things", "carpet carpet carpet"]
    assert texts_with(writer.snapshot, "zebra car") == ["a car among many other things"]


def paths_meeting(snapshot, text):
    found = snapshot.documents_meeting(parse_terms(text))
    return None if found is None else {snapshot.document(document_id).path for document_id in found}


@pytest.mark.parametrize(
    ("query", "paths"),
    [
        ('"roof repair"', {"/a.txt", "/b.txt", "/roof-repair.txt"}),
        ('"ROOF Répair"', {"/a.txt", "/b.txt", "/roof-repair.txt"}),
        ('"repair roof"', set()),
        ('"roof repairs"', set()),
        ('"roofs"', {"/c.txt"}),
        ('"roof repair" "cake"', {"/a.txt"}),
        ("-cake", {"/b.txt", "/c.txt", "/roof-repair.txt"}),
        ("-roof", {"/c.txt"}),
        ("-roof*", set()),
        ('-"roof repair"', {"/c.txt"}),
        ('"roof repair" -tiles -cake', {"/b.txt", "/roof-repair.txt"}),
        ('"会议"', {"/b.txt"}),
        ('"议"', {"/b.txt"}),
        ('"会议记录" "议记"', {"/b.txt"}),
        ('"会记"', set()),
        ("-录 -cake", {"/c.txt", "/roof-repair.txt"}),
        ("roof repair", None),
    ],
)
def test_documents_meeting_when_a_query_demands_something_then_they_have_it_and_nothing_excluded(writer, query, paths):
    writer.commit([addition("/a.txt", "the roof repair", "cake"), addition("/b.txt", "会议记录员", "A roof: repair")])
    writer.commit([addition("/c.txt", "roofs repaired"), addition("/roof-repair.txt"), addition("/gone.txt", "roof")])
    writer.commit(removals=["/gone.txt"])
    assert paths_meeting(writer.snapshot, query) == paths


def test_documents_meeting_when_a_phrase_is_in_headings_or_title_then_it_counts(writer):
    texts = addition("/a.txt", "costs"), addition("/b.txt", "costs")
    heading, title = texts[0].chunks[0], texts[1].document
    writer.commit(
        [
            texts[0]._replace(chunks=(msgspec.structs.replace(heading, context="Roof repair"),)),
            texts[1]._replace(document=msgspec.structs.replace(title, title="On roof repair")),
        ]
    )
    assert paths_meeting(writer.snapshot, '"roof repair"') == {"/a.txt", "/b.txt"}
    assert paths_meeting(writer.snapshot, '"repair costs"') == set()  # a heading is not read on into the text


def test_documents_meeting_when_the_words_are_not_there_then_phrases_are_met_by_none_and_the_rest_by_all(directory):
    write_index(directory, [addition("/a.txt", "roof repair")])
    (directory / "words.db").unlink()
    with take_lock(directory / "words.lock"):
        snapshot = read_index(directory)
        assert paths_meeting(snapshot, '"roof repair"') == set()
        assert paths_meeting(snapshot, "-cake") == {"/a.txt"}


def test_documents_meeting_when_the_words_lagged_behind_then_it_is_asked_again(directory):
    write_index(directory, [addition("/a.txt", "roof repair")])
    with take_lock(directory / "words.lock"):
        write_index(directory, [addition("/b.txt", "roof repair")])
        snapshot = read_index(directory)
        assert paths_meeting(snapshot, '"roof repair"') == {"/a.txt"}
    assert snapshot.refreshed() is snapshot
    assert paths_meeting(snapshot, '"roof repair"') == {"/a.txt", "/b.txt"}


def test_search_passages_when_a_phrase_or_an_excluded_word_is_typed_then_only_such_documents_count(writer):
    writer.commit([addition("/a.txt", "roof repair", "repair the tiles"), addition("/b.txt", "repair of the roof")])
    writer.commit([addition("/c.txt", "roof repair", "cake")])
    assert texts_with(writer.snapshot, '"roof repair" -cake') == ["roof repair"]
    assert texts_with(writer.snapshot, '"roof repair" -cake', documents=[writer.snapshot.find("/b.txt")[0]]) == []
    assert texts_with(writer.snapshot, "-cake") == []


@pytest.mark.parametrize(
    ("query", "better"),
    [
        ("roof insuranze", "roof insurance"),
        ("teh Insuarnce, (please)", "teh insurance, (please)"),
        ("insure", None),
        ("roof insurance", None),
        ("xyzzyx", None),
        ('"insuranze" -insuranze', None),
        ("invocie", None),
        ("", None),
    ],
)
def test_corrected_when_no_document_has_a_word_then_it_is_the_nearest_that_one_has(writer, query, better):
    writer.commit([addition("/invocie.txt", "roof insurance", "invoice please", "insurance please")])
    assert writer.snapshot.corrected(query) == better


def test_nearest_when_a_query_demands_something_then_only_documents_that_meet_it_are_found(writer):
    writer.commit([addition("/a.txt", "roof", "cake"), addition("/b.txt", "roof")])
    writer.commit([addition("/c.txt", "tiles")])
    documents = writer.snapshot.documents_meeting(parse_terms("-cake"))
    found = nearest(writer.snapshot, embeddings_of(["roof"])[0], limit=9, documents=documents)
    assert [writer.snapshot.chunk(chunk_id).text for chunk_id, _ in found] == ["roof", "tiles"]
