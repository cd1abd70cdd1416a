"""Filters among the words of a query: what is taken, what stays text, and that nothing that is typed raises."""

from datetime import date
from pathlib import Path

import pytest

from errors import SettingsError
from filters import DOCUMENTS, Filters
from index_store import DocumentRecord
from query_language import as_typed, parse_query, read_filter

TODAY = date(2026, 11, 21)
ODD = [
    *("", " ", "\0", "\ud800", "type:", "type::", "type:,", "-type:", "in:", 'in:"', 'in:""', 'name:"', "name:*"),
    *("name:[", "size:"),
    *("size:>", "size:..", "size:1..", "size:>1e9", "size:>\u0662mb", "after:\u0662\u0660\u0662\u0664"),
    *("after:0000-00-00",),
    *("after:9999-12-31", "before:-", "after:999 days", "in:~nosuch/x", "in:\0", "in:" + "/" * 300, "type:\u0130"),
    *("TYPE:PDF",),
    *('"', '""', '"type:pdf', "\u201ctype:pdf\u201d", "a:b:c", "\u202etype:pdf", "photos from \ud83d"),
    *("\u200btype:pdf", "in:C:\\x"),
    *("(type:pdf)", "type:pdf)", "*" * 50, "?" * 50, "[" * 50, "\\", "%s{}", "'" * 9, "last last last last week's"),
    *("\n\ttype:pdf\n",),
    *("x" * 5000, "type:pdf " * 400, '"' * 500, " " * 5000, "in:" * 900, "was " * 40, "size:>" + "9" * 400 + "tb"),
    *("\u65e5\u672c type:\u5199",),
]  # fmt: skip


def parsed(typed, **options):
    return parse_query(typed, today=TODAY, **options)


@pytest.mark.parametrize(
    ("word", "fields"),
    [
        ("type:pdf", {"kinds": ("pdf",)}),
        ("TYPE:Pdf", {"kinds": ("pdf",)}),
        ("type:photos", {"kinds": ("picture",)}),
        ("type:spreadsheets,slides", {"kinds": ("sheet", "slides")}),
        ("type:pdf,pdfs,docx", {"kinds": ("pdf", "docx")}),
        ("type:document", {"kinds": ("document",)}),
        ("type:documents", {"kinds": DOCUMENTS}),
        ("type:.blend", {"kinds": ("blend",)}),
        ("type:mail", {"kinds": ("email",)}),
        ("in:/srv/Work", {"folders": ("/srv/Work",)}),
        ('in:"/srv/My Work"', {"folders": ("/srv/My Work",)}),
        ("in:\u201cMy Work\u201d", {"folders": ("My Work",)}),
        ("under:Work/2024", {"folders": ("Work/2024",)}),
        ("after:2024-03", {"after": date(2024, 3, 1)}),
        ("after:last-week", {"after": date(2026, 11, 9)}),
        ("after:2", None),
        ("before:2024", {"before": date(2024, 1, 1)}),
        ("before:yesterday", {"before": date(2026, 11, 20)}),
        ('before:"31 March 2024"', {"before": date(2024, 3, 31)}),
        ("size:>10mb", {"at_least_bytes": 10_000_000}),
        ("size:>=1.5KB", {"at_least_bytes": 1_500}),
        ("size:<1k", {"at_most_bytes": 1_000}),
        ("size:<=2kib", {"at_most_bytes": 2_048}),
        ("size:1mb..5mb", {"at_least_bytes": 1_000_000, "at_most_bytes": 5_000_000}),
        ("size:>0", {"at_least_bytes": 0}),
        ("name:report", {"names": ("report",)}),
        ('name:"annual report*"', {"names": ("annual report*",)}),
        ("-type:pdf", {"excluded": (Filters(kinds=("pdf",)),)}),
        ("-in:Archive", {"excluded": (Filters(folders=("Archive",)),)}),
        ("type:nonsense", None),
        ("type:presentaton", None),
        ("after:31.02", None),
        ("size:10mb", None),
        ("-size:big", None),
    ],
)
def test_filter_when_written_then_is_no_text(word, fields):
    """Fields None: it says nothing, which is a problem and filters nothing."""
    for before, after in (("", ""), ("roof ", ""), ("", " roof"), ("roof ", " repair")):
        found = parsed(before + word + after)
        [chip] = found.chips
        assert (chip.words, chip.start, chip.end) == (word, len(before), len(before + word))
        assert found.text == " ".join((before + after).split())
        assert found.filters == chip.filters == Filters(**(fields or {}))
        assert bool(chip.problem) is (fields is None)
        assert chip.is_written
        assert chip.label


@pytest.mark.parametrize(
    "text",
    [
        *("https://example.org/type:pdf", "12:30", "std::vector", "foo:bar", "type: pdf", "type:", "a type:"),
        *("prototype:pdf", "(type:pdf)",),
        *('"type:pdf"', 'the "in:Work type:pdf" file', '"photos from 2023"', '"notes from yesterday'),
        *("-\u00abtype:pdf\u00bb", "C:\\in:x"),
        *("roof -tiles", 'a "b c" d*', '24" pipe', "  blanks   stay  ", "name :x", "before", "after the party"),
        *("in time",),
    ],
)  # fmt: skip
def test_text_when_it_only_looks_like_a_filter_then_stays_as_it_is(text):
    assert parsed(text).text == text
    assert parsed(text).chips == ()


def test_text_when_it_was_pasted_then_nothing_of_it_is_a_filter():
    words = "name:web type:pdf after:2024 " + "x " * 30
    assert parsed(words).chips == ()
    assert len(parsed("name:web type:pdf " + "x " * 30).chips) == 2


@pytest.mark.parametrize("text", ODD)
def test_parse_query_when_anything_is_pasted_then_never_raises(text):
    for typed in (text, f"photos {text} from 2023", f"type:pdf {text}"):
        found = parsed(typed)
        assert all(typed[chip.start : chip.end] == chip.words for chip in found.chips)
        assert isinstance(
            found.filters.lets_through(DocumentRecord(path="/a", size_bytes=1, mtime_ns=1, inode=1)), bool
        )


def test_filters_when_there_are_several_then_all_count():
    found = parsed('roof type:pdf "new tiles" type:docx -in:Archive after:2024 from:anna after:nonsense')
    excluded = (Filters(folders=("Archive",)),)
    assert found.filters == Filters(kinds=("pdf", "docx"), after=date(2024, 1, 1), excluded=excluded)
    assert found.text == 'roof "new tiles" from:anna'
    assert [chip.label for chip in found.chips] == ["pdf", "docx", "not in Archive", "since 1 Jan 2024", "nonsense"]


@pytest.mark.parametrize(
    "typed", ["photos from 2023 in:/pics", "in:/pics photos from 2023", "photos in:/pics from 2023"]
)
def test_plain_words_when_a_written_filter_is_among_them_then_both_count(typed):
    found = parsed(typed)
    assert (found.text, len(found.chips)) == ("", 3)
    assert found.filters == Filters(
        kinds=("picture",), folders=("/pics",), after=date(2023, 1, 1), before=date(2024, 1, 1)
    )


def test_plain_words_when_parsed_then_the_chips_have_their_words():
    chips = parsed(" show me photos  from 2023 of the sea?").chips
    assert [(chip.words, chip.label, chip.is_written) for chip in chips] == [
        ("show me photos", "picture", False),
        ("from 2023", "in 2023", False),
    ]


def test_text_when_only_signs_are_left_then_is_none():
    assert parsed("photos from 2023?").text == ""


def test_refused_when_a_chip_was_taken_away_then_its_words_are_text_and_the_others_stay():
    typed = "photos from 2023 type:jpg"
    assert parsed(typed, refused=["from 2023"]).text == "from 2023"
    assert [chip.words for chip in parsed(typed, refused=["from 2023"]).chips] == ["photos", "type:jpg"]
    assert parsed(typed, refused=["photos", "type:jpg"]).text == "photos type:jpg"
    assert parsed(f"x {typed}", refused=["type:jpg"]).text.endswith("type:jpg")
    assert parsed(typed, refused=["photos", "from 2023", "type:jpg"]) == parse_query(
        typed, today=TODAY, refused={"photos", "from 2023", "type:jpg", "more"}
    )


def test_read_filter_when_a_folder_is_at_home_then_is_there():
    assert read_filter("in", "~/Work", today=TODAY).folders == (str(Path.home() / "Work"),)


@pytest.mark.parametrize(
    ("key", "value", "hint"),
    [("type", "presentaton", "Did you mean presentation"), ("type", "x y", "Kinds are"), ("after", "soon", "2024-03")],
)
def test_read_filter_when_it_says_nothing_then_says_what_would(key, value, hint):
    with pytest.raises(SettingsError) as caught:
        read_filter(key, value, today=TODAY)
    assert value in caught.value.message
    assert hint in caught.value.hint


@pytest.mark.parametrize(
    ("words", "typed"),
    [
        (["water", "-home insurance"], 'water -"home insurance"'),
        (["roof", "repair"], "roof repair"),
        (["in:~/My Work", "roof"], 'in:"~/My Work" roof'),
        (["-name:two words", "x"], '-name:"two words" x'),
        (['in:"a b"', "x"], 'in:"a b" x'),
        (["see: this", "x"], "see: this x"),
        (["type:pdf roof repair"], "type:pdf roof repair"),
        ([], ""),
    ],
)
def test_as_typed_when_a_shell_took_the_quotes_then_they_are_back(words, typed):
    assert as_typed(words) == typed
