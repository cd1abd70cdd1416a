"""Filters in plain English: the kinds and times that a query says in words ("last week's slides", "photos from 2023").

A filter that nobody meant hides what was looked for. So a word counts only where it can hardly mean anything else:

| taken | where | left alone |
|---|---|---|
| `photos from 2023`, `tax pdfs from last month` | a kind at the beginning or end, and then a time | `photos 2023` |
| `last week's slides`, `yesterday's notes` | days or weeks at the beginning | `yesterday`, `last year's tax return` |
| `last year's photos` | months and years there, but only before a kind | `this year's budget` |
| `photos of the beach`, `emails from Anna` | a kind at the beginning, then "of", "about" ... | `photo printing` |
| `beach photos` | several of a kind at the end of a few words that may say what they show | `how to print photos` |
| `notes from yesterday` | "from" and days or weeks at the end | `report from 2023`, `before sunrise` |
| `budget modified in 2023` | any time at the end behind "changed", "taken", "sent" ... | `meeting last week` |
| `emails about the roof since Monday` | at the end, a kind at the beginning: also "since" | `rent since Monday` |

A year or a month is as often what a document is about as when it was made. Hence it must stand right behind the kind,
or behind a word such as "changed"; photos and videos are from when they show. "In May" is a time, "emails from May" are
from a person. Words in front that only ask for a kind ("show me all my") belong to it, but "the" may begin a title and
needs a time ("the photos of 2001 a space odyssey" is text). "Files", "documents" and "everything" are no kind, and need
one too.
"""

import re
from datetime import date
from typing import NamedTuple

from filters import Filters
from periods import ABSOLUTE, AMBIGUOUS_MONTHS, RELATIVE, period

LONGEST_CHARS = 200  # more is a text that was pasted, not a question
_FIRST_YEAR = 1970  # before it no file was changed
_MOST_WORDS = 4  # before a kind at the end

# What one of a kind is called, and several.
_NOUNS: tuple[tuple[tuple[str, ...], str, str], ...] = (
    (("picture",), "picture photo photograph image pic", "pictures photos photographs images pics"),
    (("video",), "video movie", "videos movies"),
    (("slides",), "presentation powerpoint slide-deck", "slides presentations powerpoints slide-decks"),
    (("sheet",), "spreadsheet excel-file excel-sheet", "spreadsheets excel-files excel-sheets"),
    (("pdf",), "pdf pdf-file pdf-document", "pdfs pdf-files pdf-documents"),
    (("email",), "email e-mail", "emails e-mails mails mail"),
    (("audio",), "song recording audio-file", "songs recordings audio-files"),
    (("docx", "doc"), "word-document word-file", "word-documents word-files"),
    (("book",), "ebook e-book", "ebooks e-books"),
    (("web",), "webpage web-page", "webpages web-pages"),
    (("text",), "text-file", "text-files"),
    (("archive",), "zip-file", "zip-files zips"),
)
_ONE = {noun: kinds for kinds, one, _ in _NOUNS for noun in one.split()}
_SEVERAL = {noun: kinds for kinds, _, several in _NOUNS for noun in several.split()}
_ANYTHING = ("files", "documents", "docs", "everything", "anything")
NOUNS = _ONE | _SEVERAL
_WITH_OF = {*_SEVERAL, "photo", "photograph", "picture", "video", "email", "e-mail", "pdf", "spreadsheet"}
_SHOWN_KINDS = {("picture",), ("video",)}  # of these a year says when, not what

# What repeats never gives back (`++`): a text of blanks would take a second otherwise.
_END = r"(?![\w*'\u2019\"]|[-./]\w)"  # of a word
_ASK = (
    r"(?P<ask>(?:(?:find|show|get|list|search|see|me|all|all\s++of|my|our|any|some|the|i\s++need|i\s++want"
    r"|where\s++are)\s++)*)"
)
_KIND = "(?P<kind>{})".format(
    "|".join(sorted({*NOUNS, *_ANYTHING}, key=len, reverse=True)).replace("-", r"[\s-]")  # the longest first
)
_VERBS = (
    r"(?:(?:that|which|i|we|was|were|is|are|have|has|been|last)\s++)*"
    r"(?:modified|changed|edited|updated|saved|created|written|wrote|made|taken|took|shot|recorded|received|sent|scanned"
    r"|added|downloaded)"
)
_DATE = f"(?:{RELATIVE}|{ABSOLUTE})"
_WHEN = (
    rf"\s++(?:(?P<verb>{_VERBS})\s++)?(?:(?P<side>from|in|on|during|since|after|before|between)\s++)?(?:the\s++)?"
    rf"(?P<date>{_DATE})(?:\s++(?:to|and|until|-)\s++(?P<to>{_DATE}))?{_END}"
)
_CLOSE = r"\s*+[.?!]*+\s*+$"


def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


_HEAD = _compiled(rf"\s*{_ASK}{_KIND}{_END}")
_TAIL = _compiled(rf"(?<!\S){_KIND}{_END}(?:{_WHEN})?{_CLOSE}")
_POSSESSIVE = _compiled(rf"\s*{_ASK}(?P<date>{RELATIVE})['\u2019]s?(?=\s++\S)")
_BEHIND = _compiled(_WHEN)
_AT_END = _compiled(_WHEN + _CLOSE)
_AT_BEGINNING = _compiled(r"\s*" + _ASK)
_OF = _compiled(r"\s++(?:about|of|with|showing|mentioning|containing|regarding|where|that|which|from|by)\s++\S")
_GOES_ON = _compiled(
    rf"{_CLOSE}|\s*[,;:]|\s++(?:about|of|with|showing|mentioning|containing|regarding|where|that|which|by|in|on|at|for)\b"
)
_ARTICLE = _compiled(r"\s++(?:an?|the)\b")  # "photos from 2001 a space odyssey"
_RELATIVE = _compiled(RELATIVE)
_LONG_UNIT = _compiled(r".*(?:month|year)")
# Words before a kind at the end with which it is no description of documents: anywhere, and as the first of them.
_NO_DESCRIPTION = _compiled(
    r"an?|the|to|how|why|what|when|where|which|who|can|do|does|of|on|in|at|by|for|with|without|about|from|into|as|and|or|no"
    r"|not|is|are|it|its|your|google|icloud|water"
)
_TO_DO = _compiled(
    r"(?:attach|back|compress|convert|copy|creat|delet|download|edit|embed|encrypt|export|fix|import|insert|load|mak|merg"
    r"|mov|organi[sz]|open|play|print|put|read|recover|remov|resiz|restor|sav|scan|send|shar|sort|tak|upload|us|view|watch"
    r"|writ)(?:e|ing|ting)?"
)


class Found(NamedTuple):
    """A filter, and the characters of the text that say it."""

    start: int
    end: int
    filters: Filters


def found_in(text: str, *, today: date) -> list[Found]:
    """The filters that `text` says by the rules above, from its beginning to its end; mostly none.

    What must not count, such as words in quotes, is for the caller to replace by as many other characters.
    """
    if len(text) > LONGEST_CHARS:
        return []
    return _at_beginning(text, today) or _kind_at_end(text, today) or _time_at_end(text, (), today)


def _at_beginning(text: str, today: date) -> list[Found]:
    if match := _POSSESSIVE.match(text):
        return _possessive(text, match, today)
    if not (match := _HEAD.match(text)):
        return []
    kinds = _kinds(match["kind"])
    behind = _BEHIND.match(text, match.end())
    if behind and not _ARTICLE.match(text, behind.end()) and (when := _time(behind, kinds, today)):
        return _kind_and_time(match.start("ask"), match.end("kind"), kinds, Found(behind.start(), behind.end(), when))
    is_asked_for = _noun(match["kind"]) in _WITH_OF and not re.search(r"\bthe\b", match["ask"], re.IGNORECASE)
    if not is_asked_for or not _OF.match(text, match.end()):
        return []
    return [Found(match.start("ask"), match.end(), Filters(kinds=kinds)), *_time_at_end(text, kinds, today)]


def _possessive(text: str, match: re.Match[str], today: date) -> list[Found]:
    """ "last week's slides", and "yesterday's notes"."""
    span = period(match["date"], today=today)
    if span is None:
        return []
    when = Found(match.start("ask"), match.end(), _within(span.first, span.end, today))
    noun = _HEAD.match(text, match.end())
    if noun and _GOES_ON.match(text, noun.end()):
        kinds = _kinds(noun["kind"])
        if not kinds:
            return [when._replace(end=noun.end())]
        return [when, Found(noun.start("kind"), noun.end(), Filters(kinds=kinds))]
    return [] if _LONG_UNIT.match(match["date"]) else [when]


def _kind_at_end(text: str, today: date) -> list[Found]:
    if not (match := _TAIL.search(text)):
        return []
    words = text[_end_of_asking(text) : match.start()].split()
    if not 1 <= len(words) <= _MOST_WORDS or _TO_DO.fullmatch(words[0]) or any(map(_NO_DESCRIPTION.fullmatch, words)):
        return []
    kinds = _kinds(match["kind"])
    if not match["date"]:
        return (
            [Found(match.start(), match.end("kind"), Filters(kinds=kinds))] if _noun(match["kind"]) in _SEVERAL else []
        )
    when = _time(match, kinds, today)
    if when is None:
        return []
    end = match.end("to") if match["to"] else match.end("date")
    return _kind_and_time(match.start(), match.end("kind"), kinds, Found(match.end("kind"), end, when))


def _kind_and_time(start: int, end: int, kinds: tuple[str, ...], when: Found) -> list[Found]:
    """Two filters; of what has no kind, one that begins with the noun."""
    if not kinds:
        return [when._replace(start=start)]
    return [Found(start, end, Filters(kinds=kinds)), when]


def _time_at_end(text: str, kinds: tuple[str, ...], today: date) -> list[Found]:
    match = _AT_END.search(text)
    if match is None or not (match["verb"] or _is_of_files(match, kinds)):
        return []
    when = _time(match, kinds, today)
    if when is None:
        return []
    return [Found(match.start(), match.end("to") if match["to"] else match.end("date"), when)]


def _is_of_files(match: re.Match[str], kinds: tuple[str, ...]) -> bool:
    """Whether a time at the end says when a document was made, and not what is in it."""
    side = (match["side"] or "").lower()
    if kinds:
        return side in ("from", "since") and (_is_relative(match) or kinds in _SHOWN_KINDS)
    return side == "from" and _is_relative(match) and not _LONG_UNIT.match(match["date"])


def _time(match: re.Match[str], kinds: tuple[str, ...], today: date) -> Filters | None:
    """What the time in `match` lets through, or None should it be none after all."""
    side = (match["side"] or "").lower()
    first = period(match["date"], today=today)
    last = period(match["to"], today=today) if match["to"] else first
    if first is None or last is None or not _FIRST_YEAR <= first.first.year <= today.year or last.end <= first.first:
        return None
    if not _has_right_side(match, side) or _is_a_name(match, side, kinds):
        return None
    if side == "before":
        return Filters(before=first.first)
    return Filters(after=first.first) if side in ("since", "after") else _within(first.first, last.end, today)


def _has_right_side(match: re.Match[str], side: str) -> bool:
    if bool(match["to"]) != (side == "between") and (match["to"] is None or side != "from"):
        return False
    return bool(side) or _is_relative(match)


def _is_a_name(match: re.Match[str], side: str, kinds: tuple[str, ...]) -> bool:
    """Whether a bare month is rather a person ("emails from May") or a march."""
    if match["date"].lower() not in AMBIGUOUS_MONTHS:
        return False
    return (kinds == ("email",) and side == "from") or match.end("date") < len(match.string.rstrip(" .?!"))


def _within(first: date, end: date, today: date) -> Filters:
    return Filters(after=first, before=end if end <= today else None)


def _is_relative(match: re.Match[str]) -> bool:
    return _RELATIVE.fullmatch(match["date"]) is not None


def _noun(words: str) -> str:
    return re.sub(r"\s", "-", words.casefold())


def _kinds(words: str) -> tuple[str, ...]:
    return NOUNS.get(_noun(words), ())


def _end_of_asking(text: str) -> int:
    match = _AT_BEGINNING.match(text)
    return match.end() if match else 0
