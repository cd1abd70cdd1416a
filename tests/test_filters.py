"""What filters let through, and how they are said."""

import time
from datetime import date, datetime
from pathlib import Path

import pytest

from corpus import KINDS
from errors import SettingsError
from filters import Filters, check_kinds, described
from index_store import DocumentRecord

NOON = datetime(2024, 3, 31, 12).astimezone().timestamp()  # here


def record(path="/docs/Work/Report 2024.PDF", *, moment=NOON, **other):
    facts = {"size_bytes": 1000, "mtime_ns": int(moment * 1e9), "inode": 1, "kind": "pdf"}
    return DocumentRecord(path=path, **(facts | other))


@pytest.fixture
def in_new_york(monkeypatch):
    monkeypatch.setenv("TZ", "America/New_York")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize(
    ("fields", "passes"),
    [
        ({}, True),
        ({"kinds": ("pdf",)}, True),
        ({"kinds": ("picture", "pdf")}, True),
        ({"kinds": ("picture",)}, False),
        ({"folders": ("/docs",)}, True),
        ({"folders": ("/docs/work/",)}, True),
        ({"folders": ("/docs/Wo",)}, False),
        ({"folders": ("/other", "/docs/x/../Work")}, True),
        ({"folders": ("/",)}, True),
        ({"folders": ("work",)}, True),
        ({"folders": ("docs/work",)}, True),
        ({"folders": ("wor",)}, False),
        ({"folders": ("ork",)}, False),
        ({"folders": ("Report 2024.PDF",)}, False),
        ({"names": ("port 20",)}, True),
        ({"names": ("report", "2024")}, True),
        ({"names": ("report", "2023")}, False),
        ({"names": ("work",)}, False),
        ({"names": ("report*.pdf",)}, True),
        ({"names": ("*2024",)}, False),
        ({"names": ("report ?024*",)}, True),
        ({"after": date(2024, 3, 31)}, True),
        ({"after": date(2024, 4, 1)}, False),
        ({"before": date(2024, 4, 1)}, True),
        ({"before": date(2024, 3, 31)}, False),
        ({"at_least_bytes": 1000, "at_most_bytes": 1000}, True),
        ({"at_least_bytes": 1001}, False),
        ({"at_most_bytes": 999}, False),
        ({"at_most_bytes": 0}, False),
        ({"excluded": (Filters(kinds=("picture",)),)}, True),
        ({"excluded": (Filters(kinds=("picture",)), Filters(names=("report",)))}, False),
        ({"kinds": ("pdf",), "names": ("draft",)}, False),
    ],
)
def test_filters_when_asked_of_a_report_then_let_it_through_or_not(fields, passes):
    assert Filters(**fields).lets_through(record()) is passes


def test_filters_when_a_kind_is_an_extension_then_it_is_the_end_of_the_name():
    archive = record("/docs/a.tar.gz", kind="archive")
    assert Filters(kinds=("tar.gz",)).lets_through(archive)
    assert Filters(kinds=("gz",)).lets_through(archive)
    assert not Filters(kinds=("z",)).lets_through(archive)
    assert Filters(kinds=("docx",)).lets_through(record("/docs/A.DOCX", kind="document"))


@pytest.mark.parametrize(("kind", "passes"), [("picture", True), ("video", True), ("email", True), ("pdf", False)])
def test_filters_when_a_photo_or_a_mail_is_of_another_day_inside_then_that_counts_too(kind, passes):
    filters = Filters(after=date(2019, 1, 1), before=date(2020, 1, 1))
    assert filters.lets_through(record(kind=kind, created="2019-12-31T23:59:00")) is passes
    assert not filters.lets_through(record(kind=kind, created="2020-01-01"))
    assert not filters.lets_through(record(kind=kind))


def test_filters_when_a_name_is_written_as_a_mac_does_then_the_accent_is_the_same():
    assert Filters(folders=("\u00dcbung",), names=("caf\u00e9",)).lets_through(record("/d/u\u0308bung/Cafe\u0301.txt"))


def test_filters_when_a_name_has_brackets_then_they_are_characters():
    assert Filters(names=("*[12].txt",)).lets_through(record("/d/letter [12].txt"))
    assert not Filters(names=("*[12].txt",)).lets_through(record("/d/letter 1.txt"))


def test_filters_when_days_are_asked_for_then_they_begin_at_midnight_here(in_new_york):
    filters = Filters(after=date(2024, 7, 1), before=date(2024, 7, 2))
    moments = [datetime.fromisoformat(f"2024-07-{moment}:00-04:00").timestamp() for moment in ("01T00:00", "01T23:59")]
    assert all(filters.lets_through(record(moment=moment)) for moment in moments)
    assert not filters.lets_through(record(moment=moments[0] - 1))
    assert not filters.lets_through(record(moment=moments[1] + 60))


@pytest.mark.parametrize("day", [date.min, date(1969, 12, 31), date(3000, 1, 1), date.max])
def test_filters_when_the_day_is_far_away_then_still_answer(day):
    assert Filters(after=day).lets_through(record()) is (day.year < 2024)
    assert Filters(before=day).lets_through(record()) is (day.year > 2024)


def test_filters_when_put_together_then_each_still_counts():
    one = Filters(kinds=("pdf",), after=date(2024, 1, 1), at_least_bytes=5, names=("a",))
    other = Filters(kinds=("docx",), after=date(2023, 1, 1), before=date(2025, 1, 1), at_least_bytes=7, folders=("b",))
    assert one.and_also(other) == Filters(
        kinds=("pdf", "docx"),
        folders=("b",),
        names=("a",),
        after=date(2024, 1, 1),
        before=date(2025, 1, 1),
        at_least_bytes=7,
    )
    assert one.and_also(Filters()) == Filters().and_also(one) == one


def test_filters_when_equal_then_one_stands_for_the_other_as_a_key():
    assert {Filters(kinds=("pdf",)): 1}[Filters(kinds=("pdf",))] == 1
    assert Filters().is_empty
    assert not Filters(at_most_bytes=0).is_empty


@pytest.mark.parametrize(
    ("filters", "words"),
    [
        (Filters(), ()),
        (Filters(kinds=("pdf", "docx")), ("pdf or docx",)),
        (Filters(kinds=("pdf", "document", "text", "book", "web")), ("documents",)),
        (Filters(folders=("/srv/a", "Work")), ("in /srv/a or in Work",)),
        (Filters(names=("a", "b*")), ("named a", "named b*")),
        (Filters(after=date(2026, 11, 14)), ("since 14 Nov 2026",)),
        (Filters(before=date(2022, 6, 1)), ("before 1 Jun 2022",)),
        (Filters(after=date(2023, 1, 1), before=date(2024, 1, 1)), ("in 2023",)),
        (Filters(after=date(2023, 12, 1), before=date(2024, 1, 1)), ("in Dec 2023",)),
        (Filters(after=date(2023, 12, 1), before=date(2023, 12, 2)), ("on 1 Dec 2023",)),
        (Filters(after=date(2019, 1, 1), before=date(2022, 1, 1)), ("from 1 Jan 2019 to 31 Dec 2021",)),
        (Filters(at_least_bytes=10_000_000), ("10 MB or more",)),
        (Filters(at_most_bytes=999), ("999 B or less",)),
        (Filters(at_least_bytes=0, at_most_bytes=1_500), ("0 B to 1.5 kB",)),
        (Filters(excluded=(Filters(kinds=("pdf",)),)), ("not pdf",)),
    ],
)
def test_described_when_shown_to_a_person_then_says_what_they_ask_for(filters, words):
    assert described(filters) == words


def test_described_when_a_folder_is_at_home_then_is_short():
    assert described(Filters(folders=(str(Path.home() / "Work"),))) == ("in ~/Work",)


def test_check_kinds_when_one_cannot_be_then_says_which_can():
    check_kinds([*KINDS, "docx", "tar.gz", "c++", "webmanifest"])
    with pytest.raises(SettingsError, match="No such kind"):
        check_kinds(["no kind"])
