"""Hours of the day as a person writes them: `22:00-07:00`, or several: `12:00-13:00, 22:00-07:00`."""

import re
from collections.abc import Sequence

from errors import SettingsError

Hours = Sequence[tuple[int, int]]  # minutes of the day: from, until; around midnight when the second is the smaller
DAY_MINUTES = 24 * 60
_SPAN = re.compile(r"(\d{1,2}):(\d\d)\s*-\s*(\d{1,2}):(\d\d)")


def parse_hours(text: str) -> Hours:
    """The spans of `text`; none, which is always, when it is empty.

    Raises:
        SettingsError: Not written that way.
    """
    return [_span(part.strip(), text) for part in text.split(",")] if text.strip() else []


def is_within(hours: Hours, minute: int) -> bool:
    """Whether that minute of the day is in one of them."""
    return not hours or any((minute - start) % DAY_MINUTES < (end - start) % DAY_MINUTES for start, end in hours)


def _span(part: str, text: str) -> tuple[int, int]:
    found = _SPAN.fullmatch(part)
    numbers = [int(number) for number in found.groups()] if found else [99]
    if len(numbers) < 4 or max(numbers[::2]) > 24 or max(numbers[1::2]) > 59:
        raise SettingsError(f"No hours of the day: {text}", hint="Write them as 22:00-07:00, or leave it empty.")
    start, end = numbers[0] * 60 + numbers[1], numbers[2] * 60 + numbers[3]
    if max(start, end) > DAY_MINUTES or start % DAY_MINUTES == end % DAY_MINUTES:
        raise SettingsError(f"No hours of the day: {text}", hint="Write them as 22:00-07:00, or leave it empty.")
    return start, end
