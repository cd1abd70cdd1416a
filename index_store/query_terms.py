"""What a person typed, taken apart: words, "exact phrases", -excluded ones, and beginnings*.

Somebody may paste anything. Whatever does not look like one of these is words, so nothing is ever refused: `--flag`,
`-5`, `-f`, a lone `-` or `*`, `state-of-the-art`, 24" and 2*3. In a text of many words, which was pasted rather
than typed, all is words.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

_WORDS_TYPED = 32  # of a longer text nothing is taken for signs

_QUOTES = '"\uff02\u201c\u201d\u201e\u201f\u00ab\u00bb'  # in some languages the closing one of another
_TERM = re.compile(
    rf"""
    (?P<minus>-?) [{_QUOTES}] (?P<quoted>[^{_QUOTES}]*) (?:[{_QUOTES}]|$)
    | [\u300c\u300e] (?P<bracketed>[^\u300d\u300f]*) (?:[\u300d\u300f]|$)  # as quotes are in Chinese and Japanese
    | (?P<word>[^\s\u300c\u300e]+)
    """,
    re.VERBOSE,
)
_EXCLUDED = re.compile(r"-(?=[^\W\d_])(?:\w.|[^\x00-\x7f]).*")
_BEGINNING = re.compile(r"[^*]*(?:\w\w|[^\W\x00-\x7f])\*")  # one Latin letter begins too many words


@dataclass(frozen=True, slots=True)
class QueryTerms:
    """The parts of a query; see `parse_terms`.

    Args:
        words: As typed; what stands together without a blank is one.
        phrases: What stood in quotes: these words in this order, as they are written, case and accents apart.
        beginnings: Of words, without the star.
        excluded: Words and phrases that must not be there, as they are written; with a star, all that begin so.
        plain: The text as it was meant: without quotes, stars and what is excluded.
        may_go_on: Whether the last of the words came last, and may be unfinished.
    """

    words: tuple[str, ...] = ()
    phrases: tuple[str, ...] = ()
    beginnings: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    plain: str = ""
    may_go_on: bool = False

    @property
    def is_demanding(self) -> bool:
        """Whether it says what a document must have, or must not, apart from what it is about."""
        return bool(self.phrases or self.excluded)


class _Term(NamedTuple):
    kind: str  # "words", "phrases", "beginnings", "excluded", or "" for what has no letter or digit
    text: str


def parse_terms(text: str) -> QueryTerms:
    """Take `text` apart. An unclosed quote is as if closed at the end.

    Example:
        `"roof repair" bill* garden -cake` has the phrase "roof repair", the beginning "bill", the word "garden",
        and must not have "cake"; it means "roof repair bill garden".
    """
    terms = list(_terms(text))
    shown = [term for term in terms if term.kind != "excluded"]
    by_kind = {
        kind: tuple(dict.fromkeys(term.text for term in terms if term.kind == kind))
        for kind in ("words", "phrases", "beginnings", "excluded")
    }
    is_plain = all(term.kind in ("words", "") for term in terms)
    plain = text.strip() if is_plain else " ".join(term.text for term in shown)
    may_go_on = bool(terms) and terms[-1].kind == "words"
    return QueryTerms(**by_kind, plain=plain, may_go_on=may_go_on)


def _terms(text: str) -> Iterator[_Term]:
    words = text.split()
    if len(words) > _WORDS_TYPED:
        yield from (_Term("words" if _says_something(word) else "", word) for word in words)
        return
    for match in _TERM.finditer(text):
        word = match["word"]
        if word is not None:
            yield _term(word)
            continue
        phrase = " ".join((match["quoted"] or match["bracketed"] or "").replace("*", " ").split())
        if _says_something(phrase):
            yield _Term("excluded" if match["minus"] else "phrases", phrase)


def _term(word: str) -> _Term:
    if not _says_something(word):
        return _Term("", word)
    if _EXCLUDED.fullmatch(word):
        return _Term("excluded", word.removeprefix("-"))
    if _BEGINNING.fullmatch(word):
        return _Term("beginnings", word.removesuffix("*"))
    return _Term("words", word)


def _says_something(text: str) -> bool:
    return any(map(str.isalnum, text))
