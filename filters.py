"""What a hit must be: its kind, its folder, its name, its size, and when it was changed.

It knows records, not where they come from; `query_language` reads filters from what a person typed.
"""

import fnmatch
import os
import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from corpus import KINDS
from errors import SettingsError

if TYPE_CHECKING:
    from index_store import DocumentRecord

# What people call documents; the kind "document" is only what word processors write.
DOCUMENTS = ("pdf", "document", "text", "book", "web")
_Test = Callable[["DocumentRecord"], bool]
# Of these the day inside is what people mean: a photo's is often older than its file, a letter's always.
_DATED_INSIDE = frozenset({"picture", "video", "email"})
# Between these years every system knows when a day began here; before and after, the hour does not matter.
_LOCAL_YEARS = range(1971, 3000)


@dataclass(frozen=True)
class Filters:
    """What a hit must be; empty fields let everything through.

    Hashable, so what a filter lets through can be kept for the next letter that is typed.

    Args:
        kinds: Kinds of corpus.KINDS, or file extensions without the dot: one of them.
        folders: Absolute paths, or names of folders wherever they are ("Work", "Work/2024"): in one of them.
        names: Parts of the file's name, or all of it with `*` and `?`: every one of them.
        after: Changed on this day or later; pictures, videos and mail also taken or sent then.
        before: The same, before this day.
        at_least_bytes: Of the file.
        at_most_bytes: The same.
        excluded: A hit is let through by none of these.
    """

    kinds: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    after: date | None = None
    before: date | None = None
    at_least_bytes: int | None = None
    at_most_bytes: int | None = None
    excluded: tuple["Filters", ...] = ()

    @property
    def is_empty(self) -> bool:
        return self == Filters()

    def lets_through(self, record: "DocumentRecord") -> bool:
        """Called for every document of the index: 4 to 15 times a bare loop over them (benchmarks/filter_rates.py)."""
        for passes in self._tests:  # noqa: SIM110 - all() over a generator takes half as long again
            if not passes(record):
                return False
        return True

    def and_also(self, other: "Filters") -> "Filters":
        """What both say: one of the kinds of either, in a folder of either; all else of both."""
        return Filters(
            kinds=(*self.kinds, *other.kinds),
            folders=(*self.folders, *other.folders),
            names=(*self.names, *other.names),
            after=max(filter(None, (self.after, other.after)), default=None),
            before=min(filter(None, (self.before, other.before)), default=None),
            at_least_bytes=max(_given(self.at_least_bytes, other.at_least_bytes), default=None),
            at_most_bytes=min(_given(self.at_most_bytes, other.at_most_bytes), default=None),
            excluded=(*self.excluded, *other.excluded),
        )

    @cached_property
    def _tests(self) -> tuple[_Test, ...]:
        """A test for each field that says something, the cheapest first."""
        tests: list[_Test] = []
        if self.after or self.before:
            tests.append(_time_test(self.after, self.before))
        if self.at_least_bytes is not None or self.at_most_bytes is not None:
            tests.append(_size_test(self.at_least_bytes, self.at_most_bytes))
        if self.kinds:
            tests.append(_kind_test(self.kinds))
        if self.folders:
            tests.append(_folder_test(self.folders))
        tests += map(_name_test, self.names)
        tests += (_not(filters) for filters in self.excluded)
        return tuple(tests)


def check_kinds(kinds: Iterable[str]) -> None:
    """Refuse what is neither a kind nor could be an extension."""
    for kind in kinds:
        if kind not in KINDS and not re.fullmatch(r"\w[\w.+-]*", kind):
            raise SettingsError(f"No such kind: {kind!r}", hint=f"Kinds are {', '.join(KINDS)}; or a file extension.")


def _given(*numbers: int | None) -> list[int]:
    return [number for number in numbers if number is not None]


def _time_test(after: date | None, before: date | None) -> _Test:
    start, end = after or date.min, before or date.max
    start_ns, end_ns = _midnight_ns(start), _midnight_ns(end)
    start_day, end_day = start.isoformat(), end.isoformat()

    def is_from_then(record: "DocumentRecord") -> bool:
        if start_ns <= record.mtime_ns < end_ns:
            return True
        return record.kind in _DATED_INSIDE and start_day <= record.created < end_day

    return is_from_then


def _midnight_ns(day: date) -> int:
    """When `day` begins here."""
    zone = None if day.year in _LOCAL_YEARS else UTC
    return int(datetime.combine(day, time(), zone).timestamp()) * 10**9


def _size_test(at_least: int | None, at_most: int | None) -> _Test:
    low, high = at_least or 0, float("inf") if at_most is None else at_most
    return lambda record: low <= record.size_bytes <= high


def _kind_test(kinds: tuple[str, ...]) -> _Test:
    names, endings = frozenset(kinds), tuple(f".{kind}" for kind in kinds)
    return lambda record: record.kind in names or record.path.lower().endswith(endings)


def _folder_test(folders: tuple[str, ...]) -> _Test:
    """Paths are compared without regard to capitals, as two of the three systems do and people everywhere."""
    within = {folder: _folded(os.path.join(os.path.normpath(folder), "")) for folder in folders}
    beginnings = tuple(path for folder, path in within.items() if Path(folder).is_absolute())
    parts = [os.sep + path for folder, path in within.items() if not Path(folder).is_absolute()]

    def is_in_one(record: "DocumentRecord") -> bool:
        path = _folded(record.path)
        if path.startswith(beginnings):
            return True
        for part in parts:  # noqa: SIM110 - as in `lets_through`
            if part in path:
                return True
        return False

    return is_in_one


def _name_test(name: str) -> _Test:
    wanted = _folded(name)
    literal = max(re.split(r"[*?]", wanted), key=len)
    pattern = fnmatch.translate(wanted.replace("[", "[[]"))  # of a name "[" is a character like any other
    whole = re.compile(pattern).match if literal != wanted else None

    def is_named_so(record: "DocumentRecord") -> bool:
        path = _folded(record.path)
        if literal not in path:  # of most documents this is all that is looked at
            return False
        file_name = path[path.rfind(os.sep) + 1 :]
        return literal in file_name if whole is None else whole(file_name) is not None

    return is_named_so


def _not(filters: Filters) -> _Test:
    return lambda record: not filters.lets_through(record)


def _folded(text: str) -> str:
    """Without capitals, and with one spelling of each accent: a Mac writes them apart."""
    return text.casefold() if text.isascii() else unicodedata.normalize("NFC", text).casefold()


def described(filters: Filters) -> tuple[str, ...]:
    """Each thing that `filters` asks for, in a few words: ("pdf or docx", "in ~/Work", "since 14 Nov 2026")."""
    parts = [
        "documents" if filters.kinds == DOCUMENTS else " or ".join(filters.kinds),
        " or ".join(f"in {_short(folder)}" for folder in filters.folders),
        *(f"named {name}" for name in filters.names),
        _time_words(filters.after, filters.before),
        _size_words(filters.at_least_bytes, filters.at_most_bytes),
        *("not " + ", ".join(described(excluded)) for excluded in filters.excluded),
    ]
    return tuple(filter(None, parts))


def _short(folder: str) -> str:
    home = Path.home()
    return str(Path("~") / Path(folder).relative_to(home)) if Path(folder).is_relative_to(home) else folder


def _time_words(after: date | None, before: date | None) -> str:
    if not after or not before:
        return f"since {_day(after)}" if after else f"before {_day(before)}" if before else ""
    last = before - timedelta(days=1)
    if after == last:
        return f"on {_day(after)}"
    if after.day == 1 and before.day == 1 and (last.year, last.month) == (after.year, after.month):
        return f"in {after:%b %Y}"
    if (after.month, after.day, before.month, before.day) == (1, 1, 1, 1) and last.year == after.year:
        return f"in {after.year}"
    return f"from {_day(after)} to {_day(last)}"


def _day(day: date) -> str:
    return f"{day.day} {day:%b %Y}"


def _size_words(at_least: int | None, at_most: int | None) -> str:
    if at_least is not None and at_most is not None:
        return f"{_bytes(at_least)} to {_bytes(at_most)}"
    if at_least is not None:
        return f"{_bytes(at_least)} or more"
    return f"{_bytes(at_most)} or less" if at_most is not None else ""


def _bytes(size: int) -> str:
    power = min(4, max(0, (len(str(size)) - 1) // 3))
    return f"{round(size / 1000**power, 2):g} {('B', 'kB', 'MB', 'GB', 'TB')[power]}"
