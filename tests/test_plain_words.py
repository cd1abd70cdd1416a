"""Kinds and times in plain English: what is taken for a filter, and what must not be."""

from datetime import date

import pytest

from filters import Filters
from plain_words import LONGEST_CHARS, found_in

TODAY = date(2026, 11, 21)  # a Saturday
LAST_WEEK = {"after": date(2026, 11, 9), "before": date(2026, 11, 16)}
YESTERDAY = {"after": date(2026, 11, 20), "before": date(2026, 11, 21)}
LAST_MONTH = {"after": date(2026, 10, 1), "before": date(2026, 11, 1)}
IN_2023 = {"after": date(2023, 1, 1), "before": date(2024, 1, 1)}
LAST_YEAR = {"after": date(2025, 1, 1), "before": date(2026, 1, 1)}


def taken(text):
    """What is left of the text, and the filters together."""
    filters, rest = Filters(), text
    for found in reversed(found_in(text, today=TODAY)):
        filters = found.filters.and_also(filters)
        rest = rest[: found.start] + rest[found.end :]
    return rest.strip(), filters


@pytest.mark.parametrize(
    ("text", "rest", "fields"),
    [
        ("photos from 2023", "", {"kinds": ("picture",), **IN_2023}),
        ("photos from 2023 beach", "beach", {"kinds": ("picture",), **IN_2023}),
        ("photos from 2023 in Rome", "in Rome", {"kinds": ("picture",), **IN_2023}),
        (
            "photos from 2019 to 2021",
            "",
            {"kinds": ("picture",), "after": date(2019, 1, 1), "before": date(2022, 1, 1)},
        ),
        ("pictures between 2023 and march 2024", "", {"kinds": ("picture",), **IN_2023, "before": date(2024, 4, 1)}),
        ("2023 photos", "2023", {"kinds": ("picture",)}),
        ("pdfs from last month", "", {"kinds": ("pdf",), **LAST_MONTH}),
        ("PDF files from LAST MONTH?", "?", {"kinds": ("pdf",), **LAST_MONTH}),
        ("tax pdfs from last month", "tax", {"kinds": ("pdf",), **LAST_MONTH}),
        ("spreadsheets modified yesterday", "", {"kinds": ("sheet",), **YESTERDAY}),
        ("the spreadsheet that I changed yesterday", "", {"kinds": ("sheet",), **YESTERDAY}),
        ("videos before June 2022", "", {"kinds": ("video",), "before": date(2022, 6, 1)}),
        ("emails since Monday", "", {"kinds": ("email",), "after": date(2026, 11, 16)}),
        ("emails since Monday about the roof", "about the roof", {"kinds": ("email",), "after": date(2026, 11, 16)}),
        ("slides last week", "", {"kinds": ("slides",), **LAST_WEEK}),
        ("slide decks in March", "", {"kinds": ("slides",), "after": date(2026, 3, 1), "before": date(2026, 4, 1)}),
        ("show me all my photos from last year", "", {"kinds": ("picture",), **LAST_YEAR}),
        ("files from last week", "", LAST_WEEK),
        ("everything from today", "", {"after": TODAY}),
        ("tax documents from last week", "tax", LAST_WEEK),
        ("word documents from last week", "", {"kinds": ("docx", "doc"), **LAST_WEEK}),
        ("last week's slides", "", {"kinds": ("slides",), **LAST_WEEK}),
        ("last week\u2019s slides about growth", "about growth", {"kinds": ("slides",), **LAST_WEEK}),
        ("last year's photos", "", {"kinds": ("picture",), **LAST_YEAR}),
        ("last month's files", "", LAST_MONTH),
        ("yesterday's notes", "notes", YESTERDAY),
        ("yesterday's video conference", "video conference", YESTERDAY),
        ("photos of the beach", "of the beach", {"kinds": ("picture",)}),
        ("photo of the beach", "of the beach", {"kinds": ("picture",)}),
        ("photos of Anna from 2025", "of Anna", {"kinds": ("picture",), **LAST_YEAR}),
        ("mail where Anna asks about the roof", "where Anna asks about the roof", {"kinds": ("email",)}),
        ("emails from May", "from May", {"kinds": ("email",)}),
        ("photos from May", "", {"kinds": ("picture",), "after": date(2026, 5, 1), "before": date(2026, 6, 1)}),
        ("slides about the pilot in March", "about the pilot in March", {"kinds": ("slides",)}),
        ("emails about the pilot from last week", "about the pilot", {"kinds": ("email",), **LAST_WEEK}),
        ("photos from 2001 a space odyssey", "from 2001 a space odyssey", {"kinds": ("picture",)}),
        ("beach photos", "beach", {"kinds": ("picture",)}),
        ("my wedding videos", "my wedding", {"kinds": ("video",)}),
        ("notes from yesterday", "notes", YESTERDAY),
        ("budget modified in 2023", "budget", IN_2023),
        ("report last edited two weeks ago", "report", {"after": date(2026, 11, 2), "before": date(2026, 11, 9)}),
    ],
)
def test_found_in_when_a_filter_is_meant_then_takes_it(text, rest, fields):
    assert taken(text) == (rest, Filters(**fields))


@pytest.mark.parametrize(
    "text",
    [
        *("photos", "photos 2023", "photo printing shop", "no photos", "google photos", "water slides"),
        *("how to print photos", "delete photos", "how do I embed videos", "converting pdfs"),
        *("the photo and the frame",),
        *("organise photos by when they were taken", "the photos of 2001 a space odyssey", "pdf export fails"),
        *("email server settings", "personal emails policy", "video conference notes", "slide rule manual"),
        *("type of window", "before sunrise", "before Monday", "laws before 1990", "in May", "the before and after"),
        *("meeting with Anna last week", "report from 2023", "annual report 2023", "rent since Monday"),
        *("from yesterday",),
        *("yesterday", "yesterday's", "last year's tax return", "this month's rent", "notes from last week's meeting"),
        *("what may I eat", "sun and sea", "march of the penguins", "minutes of the spring meeting", "room 12 at 10"),
        *("things to do before Monday", "changed my mind", "files", "documents", "everything about bees", "taken 3"),
        *("profit from last year", "rent from last month"),
        *("-photos from 2023", "photos* from 2023", "photos-from 2023", "IMG-20230813", "photos.zip from my phone"),
        *("", " ", "from", "photos from", "last week", "modified", "pdfs modified", "?", "the", "the photos"),
        *("how do I get reimbursed for a client visit", "lease with three months' notice", "\0\0 from 2023"),
    ],
)  # fmt: skip
def test_found_in_when_it_may_mean_something_else_then_takes_nothing(text):
    assert found_in(text, today=TODAY) == []


def test_found_in_when_the_time_is_yet_to_come_or_long_ago_then_it_is_none():
    for time in ("from 2030", "from 1066", "from 1945", "from 2023 to 2019"):
        assert taken(f"photos {time}") == (time, Filters(kinds=("picture",)))


def test_found_in_when_a_long_text_was_pasted_then_takes_nothing():
    assert found_in("photos of " + "x" * (LONGEST_CHARS - 10), today=TODAY)
    assert not found_in("photos of " + "x" * LONGEST_CHARS, today=TODAY)
