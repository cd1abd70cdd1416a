"""The query language: filters that a person writes among the words, as `type:pdf` or in plain English.

| written | lets through |
|---|---|
| `type:pdf` `type:photos` `type:docx,odt` `type:.blend` | documents of one of these kinds or extensions |
| `in:~/Work` `in:"~/My Documents"` `in:Invoices` | what is in that folder, or in any of that name; also `under:` |
| `after:2024-03` `after:last-week` | changed since the first day of it; `periods` has what can be written |
| `before:2024` `before:yesterday` | changed before the first day of it |
| `size:>10mb` `size:<1k` `size:1mb..5mb` | files of that size; k, m, g and t are 1000s, ki, mi, gi and ti 1024s |
| `name:report` `name:report*.pdf` | names with that part; with `*` or `?` whole names |
| `-type:pdf` `-in:Archive` ... | what that filter does not let through |
| `last week's slides` `photos from 2023` ... | `plain_words` has the rules |

All filters must let a document through; of several kinds, and of several folders, one is enough. Capitals do not count.
Whatever is not in the table stays text (`https://...`, `12:30`, `std::vector`), as does all within quotes, and all of a
text of many words, which was pasted. What other signs mean in the text is not decided here. What cannot be understood
(`after:31.02`) is a chip with a problem and filters nothing: the next letter may put it right.
"""

import difflib
import re
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import reduce
from pathlib import Path

from corpus import KINDS
from errors import SettingsError
from extraction.formats import BINARY_FORMATS, TEXT_FORMATS
from filters import DOCUMENTS, Filters, check_kinds, described
from periods import period
from plain_words import NOUNS, found_in

_WORDS = (
    NOUNS | {kind: (kind,) for kind in KINDS} | {"documents": DOCUMENTS, "sheets": ("sheet",), "archives": ("archive",)}
)
_MOST_WORDS = 32  # of a longer text nothing is a filter
_BYTES = r"[0-9]{1,12}(?:\.[0-9]{1,6})?(?:[kmgt]i?)?b?"
_SIZES = re.compile(rf">=?(?P<over>{_BYTES})|<=?(?P<under>{_BYTES})|(?P<from>{_BYTES})\.\.(?P<to>{_BYTES})")
_KINDS_HINT = f"Kinds are {', '.join(KINDS)}; or a file extension, an unusual one with a dot (.blend)."


@dataclass(frozen=True, slots=True)
class Chip:
    """Words of the query that were taken for a filter: `words` are its characters `start` to `end`."""

    start: int
    end: int
    words: str
    label: str  # what it does, in a few words
    filters: Filters  # empty with a problem
    is_written: bool  # as `key:value`, and not in plain English
    problem: str = ""
    hint: str = ""


@dataclass(frozen=True, slots=True)
class ParsedQuery:
    """What a person typed, told apart."""

    text: str  # without what the chips say
    filters: Filters  # of all chips together
    chips: tuple[Chip, ...]  # as they stand


def parse_query(typed: str, *, today: date, refused: Collection[str] = ()) -> ParsedQuery:
    """Tell filters and words apart; whatever was typed, it raises nothing.

    Args:
        typed: As the person typed it.
        today: What "yesterday" is relative to.
        refused: Words of chips that the person took away: they are text, the other chips stay.
    """
    if len(typed.split()) > _MOST_WORDS:
        return ParsedQuery(typed, Filters(), ())
    written = [chip for chip in _written(typed, today) if chip.words not in refused]
    rest = _without_phrases(typed, written)
    plain = [_chip(typed, found.start, found.end, found.filters) for found in found_in(rest, today=today)]
    chips = sorted([*written, *(chip for chip in plain if chip.words not in refused)], key=lambda chip: chip.start)
    filters = reduce(Filters.and_also, (chip.filters for chip in chips), Filters())
    return ParsedQuery(_text(typed, chips), filters, tuple(chips))


def read_filter(key: str, value: str, *, today: date) -> Filters:
    """The filter `key:value`.

    Raises:
        SettingsError: `value` says nothing that `key` could be.
    """
    return _READERS[key](value, today)


def as_typed(words: Sequence[str]) -> str:
    """The query that a shell took apart: a folder, a name or an excluded phrase has its quotes again.

    A single word is a query that stood in quotes as a whole.
    """
    return " ".join(map(_quoted, words)) if len(words) > 1 else "".join(words)


def _quoted(word: str) -> str:
    match = re.fullmatch(r"(-?(?:in|under|name):|-)(\S*\s.*)", word, re.IGNORECASE | re.DOTALL)
    return f'{match[1]}"{match[2]}"' if match and match[2][0] not in _QUOTES else word


def _written(typed: str, today: date) -> Iterator[Chip]:
    for match in _WRITTEN.finditer(typed):
        if match["key"] is None:
            continue
        value = match["value"].strip(_QUOTES)
        try:
            filters = read_filter(match["key"].lower(), value, today=today)
        except SettingsError as error:
            yield Chip(*match.span(), match[0], value or match[0], Filters(), True, error.message, error.hint)
            continue
        if match["minus"]:
            filters = Filters(excluded=(filters,))
        yield _chip(typed, *match.span(), filters, is_written=True)


def _chip(typed: str, start: int, end: int, filters: Filters, *, is_written: bool = False) -> Chip:
    start += len(typed[start:end]) - len(typed[start:end].lstrip())
    return Chip(start, end, typed[start:end], ", ".join(described(filters)), filters, is_written)


def _without_phrases(typed: str, written: Sequence[Chip]) -> str:
    """`typed` with blanks for the filters in it, and something that is no word for what is in quotes."""
    rest = re.sub(r"\s", " ", typed)
    for match in _WRITTEN.finditer(typed):
        if match["key"] is None:
            rest = rest[: match.start()] + "\0" * len(match[0]) + rest[match.end() :]
    for chip in written:
        rest = rest[: chip.start] + " " * len(chip.words) + rest[chip.end :]
    return rest


def _text(typed: str, chips: Sequence[Chip]) -> str:
    if not chips:
        return typed
    starts, ends = [0, *(chip.end for chip in chips)], [*(chip.start for chip in chips), len(typed)]
    pieces = (typed[start:end].strip() for start, end in zip(starts, ends, strict=True))
    text = " ".join(filter(None, pieces))
    return text if text.strip(" .,;:?!") else ""


def _types(value: str, _: date) -> Filters:
    kinds = [kind for word in value.lower().split(",") if word.strip() for kind in _kinds_of(word.strip())]
    if not kinds:
        raise SettingsError("Which kind?", hint=_KINDS_HINT)
    check_kinds(kinds)
    return Filters(kinds=tuple(dict.fromkeys(kinds)))


def _kinds_of(word: str) -> tuple[str, ...]:
    if word in _WORDS:
        return _WORDS[word]
    if word.startswith(".") or word in TEXT_FORMATS or word in BINARY_FORMATS:
        return (word.lstrip("."),)
    near = difflib.get_close_matches(word, _WORDS, n=1)
    raise SettingsError(f"No such kind: {word}", hint=f"Did you mean {near[0]}?" if near else _KINDS_HINT)


def _folder(value: str, _: date) -> Filters:
    folder = value.strip()
    if not folder:
        raise SettingsError(
            "Which folder?", hint='Write in:~/Work, in:"~/My Documents", or in:Invoices for any of that name.'
        )
    try:
        return Filters(folders=(str(Path(folder).expanduser()),))
    except RuntimeError as error:  # ~somebody, whom this system does not know
        raise SettingsError(f"No such folder: {value}", hint="~ is your own home.") from error


def _after(value: str, today: date) -> Filters:
    return Filters(after=_first_day(value, today))


def _before(value: str, today: date) -> Filters:
    return Filters(before=_first_day(value, today))


def _first_day(value: str, today: date) -> date:
    span = period(value.strip(), today=today)
    if span is None:
        raise SettingsError(
            f"Not a date: {value}", hint="Write 2024, 2024-03, 2024-03-31, yesterday, last-week or monday."
        )
    return span.first


def _size(value: str, _: date) -> Filters:
    match = _SIZES.fullmatch(value.lower().replace(" ", ""))
    if match is None:
        raise SettingsError(f"Not a size: {value}", hint="Write size:>10mb, size:<500k or size:1mb..5mb.")
    least, most = match["over"] or match["from"], match["under"] or match["to"]
    return Filters(at_least_bytes=_bytes(least), at_most_bytes=_bytes(most))


def _bytes(size: str | None) -> int | None:
    """ "1.5mb" -> 1500000."""
    if size is None:
        return None
    number = size.rstrip("kmgtib")
    unit = size[len(number) :]
    return int(float(number) * (1024 if "i" in unit else 1000) ** ("kmgt".find(unit[:1] or "-") + 1))


def _name(value: str, _: date) -> Filters:
    if not value.strip():
        raise SettingsError("Which name?", hint="Write name:report, or name:report*.pdf for the whole of it.")
    return Filters(names=(value.strip(),))


_READERS: dict[str, Callable[[str, date], Filters]] = {
    "type": _types,
    "in": _folder,
    "under": _folder,
    "after": _after,
    "before": _before,
    "size": _size,
    "name": _name,
}
_QUOTES = '"\uff02\u201c\u201d\u201e\u201f\u00ab\u00bb'  # in some languages the closing one of another
# A filter, or a phrase in quotes in which nothing is one; an unclosed quote goes on to the end, one in a word is none.
_WRITTEN = re.compile(
    rf"""
    (?<!\S) (?P<minus>-?) (?P<key>{"|".join(_READERS)}) :
        (?P<value> [{_QUOTES}] [^{_QUOTES}]* (?:[{_QUOTES}]|$) | [^\s{_QUOTES}] \S* )
    | (?<![^\s(\[]) -? [{_QUOTES}] [^{_QUOTES}]* (?:[{_QUOTES}]|$)
    """,
    re.IGNORECASE | re.VERBOSE,
)
