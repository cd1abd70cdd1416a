"""Calendars (.ics) and address cards (.vcf): what a person would read in them, an entry after the other on one page.

Both are lines of `NAME;PARAMETER=VALUE:value`, long ones folded, which a third of this module takes apart. icalendar
does that too, four times as slowly, for one of the two; vobject for both, but a line that is no such thing, or one of
vCard 2.1, costs it the whole file. What a person would read is up to us with either.
Sources: RFC 5545, RFC 6350, vCard 2.1.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path
from quopri import decodestring
from typing import NamedTuple

from extraction.plain_text import decode, read_head
from extraction.reading import MAX_MARKUP_BYTES, Reading, capped, iso_date

MAX_LINES = 150_000  # 10,000 events
MAX_VALUE_CHARS = 20_000

_NAME = re.compile(r"(?:[\w-]{1,60}\.)?([A-Za-z-]{1,60})((?:;(?:[^\";:\n]|\"[^\"\n]*\")*)*):")
_PARAMETER = re.compile(r";(?:([A-Za-z-]+)=)?(\"[^\"]*\"|[^;]*)")
_ESCAPED = re.compile(r"\\(.)")
_DAY_AND_TIME = re.compile(r"(\d{4})-?(\d\d)-?(\d\d)(?:T(\d\d):?(\d\d))?")

_ENTRIES = frozenset({"VEVENT", "VTODO", "VJOURNAL"})
_UNSHOWN = frozenset({"VALARM", "VTIMEZONE", "VFREEBUSY"})
_ORGANISED = ("LOCATION", "ORGANIZER", "ATTENDEE", "CATEGORIES", "RRULE", "URL", "DESCRIPTION")
_LABELS = {
    "LOCATION": "Place",
    "ORGANIZER": "Organiser",
    "ATTENDEE": "With",
    "CATEGORIES": "Categories",
    "RRULE": "Repeats",
    "NICKNAME": "Nickname",
    "ORG": "Organisation",
    "TITLE": "Position",
    "ROLE": "Role",
    "TEL": "Phone",
    "EMAIL": "Mail",
    "ADR": "Address",
    "BDAY": "Birthday",
    "NOTE": "Note",
}
_ON_CARD = ("NICKNAME", "ORG", "TITLE", "ROLE", "TEL", "EMAIL", "ADR", "BDAY", "URL", "CATEGORIES", "NOTE")
_LONG, _IN_PARTS = frozenset({"DESCRIPTION", "NOTE"}), frozenset({"ADR", "ORG"})


class _Property(NamedTuple):
    name: str  # in capitals
    parameters: dict[str, str]  # by their names in capitals; one without a name, as TEL;HOME, by itself
    value: str


class _Entry(NamedTuple):
    kind: str
    properties: list[_Property]

    def all(self, name: str) -> list[_Property]:
        return [one for one in self.properties if one.name == name]

    def first(self, name: str) -> str:
        return next((_plain(one.value) for one in self.all(name)), "")


def read_calendar(path: Path) -> Reading:
    """Events, tasks and journal entries: what, when, where, with whom."""
    lines, truncated = _read_lines(path)
    calendar, *entries = _entries(_properties(lines), _ENTRIES)
    texts, is_cut = capped(["\n\n".join(filter(None, map(_event_text, entries)))])
    only = entries[0] if len(entries) == 1 else None
    title = calendar.first("X-WR-CALNAME") or calendar.first("NAME") or (only.first("SUMMARY") if only else "")
    created = iso_date(only.first("CREATED") or only.first("DTSTAMP")) if only else ""
    return Reading(texts, title=title, created=created, truncated=truncated or is_cut)


def read_cards(path: Path) -> Reading:
    """Cards: name, organisation, phone, mail, address, birthday, notes."""
    lines, truncated = _read_lines(path)
    _outside, *cards = _entries(_properties(lines), frozenset({"VCARD"}))
    texts, is_cut = capped(["\n\n".join(filter(None, map(_card_text, cards)))])
    title = _person(cards[0]) if len(cards) == 1 else ""
    return Reading(texts, title=title, truncated=truncated or is_cut)


def _event_text(event: _Entry) -> str:
    lines = [event.first("SUMMARY"), _when(event)]
    for name in _ORGANISED:
        show = _SHOWN.get(name, _value)
        values = dict.fromkeys(filter(None, map(show, event.all(name))))
        lines.append(_labelled(name, ", ".join(values)))
    return "\n".join(filter(None, lines))


def _when(event: _Entry) -> str:
    start = _day_and_time(event.first("DTSTART"))
    end = _day_and_time(event.first("DTEND") or event.first("DUE"))
    if start and end.startswith(start.partition(" ")[0]):
        end = end.partition(" ")[2]  # on the same day
    return f"{start} to {end}" if start and end and end != start else start or end


def _card_text(card: _Entry) -> str:
    lines = [_person(card)]
    for name in _ON_CARD:
        lines.extend(_labelled(name, value) for value in dict.fromkeys(map(_value, card.all(name))))
    return "\n".join(filter(None, lines))


def _person(card: _Entry) -> str:
    if name := card.first("FN"):
        return name
    family, given, other, before, after = [*card.first("N").split(";"), "", "", "", "", ""][:5]
    return " ".join(" ".join((before, given, other, family, after)).split())


def _labelled(name: str, value: str) -> str:
    label = _LABELS.get(name)
    return f"{label}: {value}" if value and label else value


def _value(one: _Property) -> str:
    """As a person would write it; the parts of an address apart by commas."""
    if one.name in _LONG:
        return _plain(one.value).strip()
    if one.name == "BDAY":
        return _day_and_time(one.value) or _plain(one.value)
    parts = _parts(one.value) if one.name in _IN_PARTS else [one.value.removeprefix("tel:")]
    return ", ".join(filter(None, (" ".join(_plain(part).split()) for part in parts)))


def _participant(one: _Property) -> str:
    name, address = one.parameters.get("CN", ""), re.sub("^mailto:", "", one.value, flags=re.I)
    if "@" not in address or address == name:
        return name or address
    return f"{name} <{address}>" if name else address


def _rule(one: _Property) -> str:
    """`FREQ=WEEKLY;INTERVAL=2` -> "weekly"."""
    found = re.search(r"FREQ=(\w+)", one.value)
    return found[1].lower() if found else ""


_SHOWN: dict[str, Callable[[_Property], str]] = {"ORGANIZER": _participant, "ATTENDEE": _participant, "RRULE": _rule}


def _parts(value: str) -> Iterator[str]:
    """What semicolons divide; one with a backslash before it is meant."""
    yield from (part.replace("\0", "\\;") for part in value.replace("\\;", "\0").split(";"))


def _plain(value: str) -> str:
    return _ESCAPED.sub(lambda match: "\n" if match[1] in "nN" else match[1], value)


def _day_and_time(text: str) -> str:
    """`20240501T123000Z` -> "2024-05-01 12:30"."""
    found = _DAY_AND_TIME.match(text.strip())
    if not found:
        return ""
    year, month, day, hour, minute = found.groups()
    return f"{year}-{month}-{day}" + (f" {hour}:{minute}" if hour else "")


def _entries(properties: Iterable[_Property], kinds: frozenset[str]) -> list[_Entry]:
    """What belongs to no entry, then the entries of these kinds; without what is inside them and unshown."""
    entries = [_Entry("", [])]
    current = entries[0]
    hidden = ""
    for one in properties:
        kind = one.value.strip().upper()
        if hidden:
            hidden = "" if (one.name, kind) == ("END", hidden) else hidden
        elif one.name == "BEGIN" and kind in _UNSHOWN:
            hidden = kind
        elif one.name == "BEGIN" and kind in kinds:
            current = _Entry(kind, [])
            entries.append(current)
        elif one.name == "END" and kind == current.kind:
            current = entries[0]
        else:
            current.properties.append(one)
    return entries


def _read_lines(path: Path) -> tuple[list[str], bool]:
    """The first lines of a file, unfolded, and whether there are more."""
    data, truncated = read_head(path, MAX_MARKUP_BYTES)
    lines = list(islice(_unfolded(decode(data)), MAX_LINES + 1))
    return lines[:MAX_LINES], truncated or len(lines) > MAX_LINES


def _properties(lines: Iterable[str]) -> Iterator[_Property]:
    for line in lines:
        match = _NAME.match(line)
        if not match:
            continue
        parameters = {(name or value).upper(): value.strip('"') for name, value in _PARAMETER.findall(match[2])}
        value = line[match.end() :]
        encoding = parameters.get("ENCODING", "").upper()
        if encoding in ("B", "BASE64") or "BASE64" in parameters:
            continue  # a photo
        if encoding == "QUOTED-PRINTABLE" or "QUOTED-PRINTABLE" in parameters:
            # Not guessed: it takes 3 ms, and there may be thousands.
            value = decode(decodestring(value.encode()), declared=parameters.get("CHARSET") or "cp1252")
            value = value.replace("\r\n", "\n").replace("\n", "\\n")
        yield _Property(match[1].upper(), parameters, value[:MAX_VALUE_CHARS])


def _unfolded(text: str) -> Iterator[str]:
    """Lines as they were before they were folded: the next begins with a blank, or this one ends with `=`."""
    whole: list[str] = []
    is_quoted = False
    for line in text.splitlines():
        if is_quoted and whole[-1].endswith("="):
            whole[-1] = whole[-1][:-1]
            whole.append(line)
        elif whole and line[:1] in (" ", "\t"):
            whole.append(line[1:])
        else:
            if whole:
                yield "".join(whole)
            whole = [line]
            is_quoted = "QUOTED-PRINTABLE" in line[:300].upper()
    if whole:
        yield "".join(whole)
