"""Times as people write them, read as of Saturday, 21 November 2026."""

import re
from datetime import date, timedelta

import pytest

from periods import ABSOLUTE, RELATIVE, period

TODAY = date(2026, 11, 21)


@pytest.mark.parametrize(
    ("words", "first", "last"),
    [
        ("2024", "2024-01-01", "2024-12-31"),
        ("2024-02", "2024-02-01", "2024-02-29"),
        ("2024/2", "2024-02-01", "2024-02-29"),
        ("march 2024", "2024-03-01", "2024-03-31"),
        ("Sept-2023", "2023-09-01", "2023-09-30"),
        ("december", "2025-12-01", "2025-12-31"),
        ("november", "2026-11-01", "2026-11-30"),
        ("last november", "2025-11-01", "2025-11-30"),
        ("last march", "2026-03-01", "2026-03-31"),
        ("2024-03-31", "2024-03-31", "2024-03-31"),
        ("2024/3/1", "2024-03-01", "2024-03-01"),
        ("31.3.2024", "2024-03-31", "2024-03-31"),
        ("31st of March 2024", "2024-03-31", "2024-03-31"),
        ("March 31, 2024", "2024-03-31", "2024-03-31"),
        ("20 November", "2026-11-20", "2026-11-20"),
        ("22 November", "2025-11-22", "2025-11-22"),
        ("today", "2026-11-21", "2026-11-21"),
        ("YESTERDAY", "2026-11-20", "2026-11-20"),
        ("this week", "2026-11-16", "2026-11-22"),
        ("last-week", "2026-11-09", "2026-11-15"),
        ("last month", "2026-10-01", "2026-10-31"),
        ("this year", "2026-01-01", "2026-12-31"),
        ("last  year", "2025-01-01", "2025-12-31"),
        ("saturday", "2026-11-21", "2026-11-21"),
        ("last saturday", "2026-11-14", "2026-11-14"),
        ("sunday", "2026-11-15", "2026-11-15"),
        ("3 days ago", "2026-11-18", "2026-11-18"),
        ("two weeks ago", "2026-11-02", "2026-11-08"),
        ("12 months ago", "2025-11-01", "2025-11-30"),
        ("a year ago", "2025-01-01", "2025-12-31"),
        ("past week", "2026-11-14", "2026-11-21"),
        ("last 3 days", "2026-11-18", "2026-11-21"),
        ("past two months", "2026-09-21", "2026-11-21"),
        ("past year", "2025-11-21", "2026-11-21"),
    ],
)
def test_period_when_people_write_a_time_then_it_is_these_days(words, first, last):
    span = period(words, today=TODAY)
    assert (str(span.first), str(span.end - timedelta(days=1))) == (first, last)


@pytest.mark.parametrize(
    "words",
    [
        "",
        "31.02",
        "31.02.2024",
        "2024-13",
        "2024-02-30",
        "29 february 2023",
        "1066",
        "soon",
        "may be",
        "20244",
        "12:30",
    ],
)
def test_period_when_there_is_no_such_time_then_is_none(words):
    assert period(words, today=TODAY) is None


@pytest.mark.parametrize("today", [date(2024, 2, 29), date(2024, 12, 31), date(2025, 1, 1), date(1, 1, 1), date.max])
@pytest.mark.parametrize(
    "words", ["past year", "last month", "999 years ago", "past 999 months", "29 february", "today"]
)
def test_period_when_today_is_an_odd_day_then_never_raises(words, today):
    span = period(words, today=today)
    assert span is None or span.first < span.end


def test_period_when_the_month_before_is_shorter_then_begins_before_its_end():
    assert str(period("past month", today=date(2023, 3, 31)).first) == "2023-02-28"


def test_patterns_when_used_in_others_then_bring_no_groups():
    assert re.compile(f"{RELATIVE}|{ABSOLUTE}").groups == 0
