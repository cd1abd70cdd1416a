"""Times as people write them ("2024-03", "last week", "June 2022", "Monday") as periods of whole days.

| written | means |
|---|---|
| `2024`, `2024-03`, `2024/03`, `March 2024`, `Mar 2024` | that year, that month |
| `2024-03-31`, `31.3.2024`, `31 March 2024`, `March 31, 2024` | that day |
| `March`, `31 March` | the last one that has begun |
| `today`, `yesterday`, `Monday` | that day; the last Monday, which may be today |
| `this week`, `last month`, `last March`, `last Monday` | by the calendar, weeks from Monday; the one before this one |
| `2 weeks ago`, `a month ago` | that day, week, month or year of the calendar |
| `past week`, `last 3 days`, `past two years` | from so long ago until today |

Blanks may be hyphens. A day that there is not (31 February) is no period.

dateparser and parsedatetime were tried. Both give a moment where a period is meant ("2023" is one day of it), and find
dates in "what may I eat", "march of the penguins" and "sun and sea"; the one takes 0.3 s to import and 10 MB, the other
was last released in 2020.
"""

import re
from collections.abc import Callable, Iterable
from datetime import date, timedelta
from typing import NamedTuple

_MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_NUMBERS = {"a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6}
# Of these a bare one may be a name, or another word; `plain_words` asks.
AMBIGUOUS_MONTHS = frozenset({"march", "april", "may", "june", "august"})


class Period(NamedTuple):
    """Whole days, one after the other."""

    first: date
    end: date  # the day after the last one


_YEAR = r"((?:19|2[0-9])[0-9]{2})"
_MONTH = rf"({'|'.join(f'{month[:3]}(?:{month[3:]})?' for month in _MONTHS)}|sept)"
_FULL_MONTH = f"({'|'.join(_MONTHS)})"
_DAY = r"([0-9]{1,2})(?:st|nd|rd|th)?"
_UNIT = "(day|week|month|year)"
_NUMBER = f"([0-9]{{1,3}}|{'|'.join(_NUMBERS)})"
_B = r"[\s-]++"


def _year(_: date, year: str) -> Period:
    return Period(date(int(year), 1, 1), date(int(year) + 1, 1, 1))


def _month(_: date, year: str, month: str) -> Period:
    return _month_of(int(year), _month_number(month))


def _named_month(today: date, month: str, year: str) -> Period:
    return _month(today, year, month)


def _bare_month(today: date, last: str | None, month: str) -> Period:
    number = _month_number(month)
    is_over = number < today.month or (number == today.month and not last)
    return _month_of(today.year if is_over else today.year - 1, number)


def _day(_: date, year: str, month: str, day: str) -> Period:
    return _single(date(int(year), _month_number(month), int(day)))


def _day_first(today: date, day: str, month: str, year: str | None) -> Period:
    if year:
        return _day(today, year, month, day)
    this_year = _day(today, str(today.year), month, day)
    return this_year if this_year.first <= today else _day(today, str(today.year - 1), month, day)


def _month_first(today: date, month: str, day: str, year: str | None) -> Period:
    return _day_first(today, day, month, year)


def _today(today: date, word: str) -> Period:
    return _single(today - timedelta(days=word.lower() == "yesterday"))


def _weekday(today: date, last: str | None, weekday: str) -> Period:
    days = (today.weekday() - _WEEKDAYS.index(weekday.lower())) % 7
    return _single(today - timedelta(days=7 if last and not days else days))


def _this(today: date, unit: str) -> Period:
    return _units_ago(today, 0, unit.lower())


def _last(today: date, unit: str) -> Period:
    return _units_ago(today, 1, unit.lower())


def _ago(today: date, number: str, unit: str) -> Period:
    return _units_ago(today, _number(number), unit.lower())


def _past(today: date, number: str, unit: str) -> Period:
    count, unit = _number(number), unit.lower()
    if unit in ("day", "week"):
        first = today - timedelta(days=count * (7 if unit == "week" else 1))
    else:
        first = _units_ago(today, count, "month" if unit == "month" else "year").first
        first = first.replace(month=first.month if unit == "month" else today.month, day=min(today.day, 28))
    return Period(first, today + timedelta(days=1))


def _past_one(today: date, unit: str) -> Period:
    return _past(today, "one", unit)


_Reader = Callable[..., Period]
# What depends on the day it is said, and what does not; of each the longer ways of writing first.
_RELATIVE: tuple[tuple[str, _Reader], ...] = (
    (rf"{_NUMBER}{_B}{_UNIT}s?{_B}ago", _ago),
    (rf"(?:last|past){_B}{_NUMBER}{_B}{_UNIT}s?", _past),
    (rf"past{_B}{_UNIT}", _past_one),
    (rf"last{_B}{_UNIT}", _last),
    (rf"this{_B}{_UNIT}", _this),
    (rf"(last{_B})?({'|'.join(_WEEKDAYS)})", _weekday),
    (r"(today|yesterday)", _today),
)
_ABSOLUTE: tuple[tuple[str, _Reader], ...] = (
    (rf"{_YEAR}-([0-9]{{1,2}})-([0-9]{{1,2}})", _day),
    (rf"{_YEAR}/([0-9]{{1,2}})/([0-9]{{1,2}})", _day),
    (rf"([0-9]{{1,2}})\.([0-9]{{1,2}})\.{_YEAR}", _day_first),
    (rf"{_DAY}{_B}(?:of{_B})?{_MONTH}(?:,?{_B}{_YEAR})?", _day_first),
    (rf"{_MONTH}{_B}{_YEAR}", _named_month),
    (rf"{_MONTH}{_B}{_DAY}(?![0-9])(?:,?{_B}{_YEAR})?", _month_first),
    (rf"{_YEAR}[-/]([0-9]{{1,2}})(?![0-9])", _month),
    (rf"(last{_B})?{_FULL_MONTH}", _bare_month),
    (_YEAR, _year),
)
_READERS = tuple((re.compile(pattern, re.IGNORECASE), read) for pattern, read in (*_RELATIVE, *_ABSOLUTE))


def _any_of(forms: Iterable[tuple[str, _Reader]]) -> str:
    return "(?:" + "|".join(re.sub(r"\((?!\?)", "(?:", pattern) for pattern, _ in forms) + ")"


# Patterns of what `period` reads, for use in others: without groups, whatever the capitals.
RELATIVE, ABSOLUTE = _any_of(_RELATIVE), _any_of(_ABSOLUTE)


def period(words: str, *, today: date) -> Period | None:
    """The days that `words` say, as of `today`; None when they say none."""
    for pattern, read in _READERS:
        if match := pattern.fullmatch(words):
            try:
                return read(today, *match.groups())
            except (ValueError, OverflowError):  # there is no such day
                return None
    return None


def _single(day: date) -> Period:
    return Period(day, day + timedelta(days=1))


def _month_of(year: int, month: int) -> Period:
    """Month 0 is the December before, 13 the January after."""
    starts = (date(index // 12, index % 12 + 1, 1) for index in (year * 12 + month - 1, year * 12 + month))
    return Period(*starts)


def _units_ago(today: date, count: int, unit: str) -> Period:
    if unit == "day":
        return _single(today - timedelta(days=count))
    if unit == "week":
        monday = today - timedelta(days=today.weekday(), weeks=count)
        return Period(monday, monday + timedelta(weeks=1))
    if unit == "month":
        return _month_of(today.year, today.month - count)
    return Period(date(today.year - count, 1, 1), date(today.year - count + 1, 1, 1))


def _month_number(month: str) -> int:
    if month.isdecimal():
        number = int(month)
        if not 1 <= number <= 12:
            raise ValueError(month)
        return number
    return next(number for number, name in enumerate(_MONTHS, 1) if name.startswith(month.lower()[:3]))


def _number(word: str) -> int:
    return int(word) if word.isdecimal() else _NUMBERS[word.lower()]
