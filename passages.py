"""What is shown of a chunk: the stretch with the query's words, and where they stand in it."""

import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import chain
from typing import NamedTuple

from index_store import folded, is_paired, loose_words, parse_terms, word_spans

PASSAGE_CHARS = 320
_EVERYWHERE = """
    a about all also am an and any are as at be been but by can could did do does for from get had has have how i if in
    into is it its me my no not of on or our out so some such than that the their them then there these they this to too
    up us was we were what when where which who why will with would you your
"""
# Words of a question that every English text has: not marked, and not counted as found.
STOP_WORDS = frozenset(_EVERYWHERE.split())

_OTHER_LETTER = ""

Marks = tuple[tuple[int, int], ...]


def covered_share(text: str, query: str) -> float:
    """How many of the query's words `text` has, in [0, 1]: one word of five found says little about a document.

    A word inside a longer one counts: Chinese and Japanese have no blanks, German joins words.
    """
    sought = _sought(query)
    wanted, found = (*sought.stems, *sought.pairs, *sought.beginnings), folded(text)
    return sum(each in found for each in wanted) / len(wanted) if wanted else 1.0


def marks_in(text: str, query: str) -> Marks:
    """(start, end) of the words of `text` that the query has too, whatever their case, accents and ending.

    Where words are not set apart, as in Chinese, it is any two characters that are.
    """
    sought = _sought(query)
    words = _words_by_letter(text)
    likely = chain.from_iterable(words.get(letter, ()) for letter in (*sought.letters, _OTHER_LETTER))
    marks = [(start, end) for start, end in likely if sought.has(text[start:end])]
    for pair in sought.pairs:
        starts = (match.start() for match in re.finditer(f"(?={re.escape(pair)})", text))
        marks += [(start, start + len(pair)) for start in starts]
    return _joined(marks)


class _Sought(NamedTuple):
    """What to look for, folded."""

    stems: frozenset[str]
    beginnings: tuple[str, ...]
    pairs: tuple[str, ...]  # of characters
    letters: frozenset[str]  # of ASCII, that the stems and beginnings begin with: few words are worth a closer look

    def has(self, word: str) -> bool:
        plain, stem = _forms(word)
        return stem in self.stems or plain.startswith(self.beginnings)


@lru_cache(maxsize=1 << 6)  # it is asked for each hit of a list
def _sought(query: str) -> _Sought:
    """The words of a query that say something; all of them when none does. Without those that it excludes."""
    terms = parse_terms(query)
    texts = (*terms.words, *terms.phrases)
    words = dict.fromkeys(word for text in texts for word in loose_words(folded(text)))
    pairs = [word for word in words if is_paired(word)]
    others = [word for word in words if not is_paired(word)]
    telling = [word for word in others if word not in STOP_WORDS and len(word) > 1]
    stems = frozenset(map(_stem, telling or ([] if pairs else others)))
    beginnings = tuple(map(folded, terms.beginnings))
    letters = frozenset(word[0] for word in (*stems, *beginnings) if word and word[0].isascii())
    return _Sought(stems, beginnings, tuple(pairs), letters)


@lru_cache(maxsize=1 << 9)  # the next letter finds most of the same passages
def _words_by_letter(text: str) -> dict[str, list[tuple[int, int]]]:
    """(start, end) of its words by the letter they begin with: one of ASCII in lower case, or `_OTHER_LETTER`."""
    words: dict[str, list[tuple[int, int]]] = {}
    for span in word_spans(text):
        letter = text[span[0]].lower()
        words.setdefault(letter if letter.isascii() else _OTHER_LETTER, []).append(span)
    return words


def _joined(marks: list[tuple[int, int]]) -> Marks:
    """In the order of the text, those that touch as one."""
    joined: list[tuple[int, int]] = []
    for start, end in sorted(marks):
        if joined and start <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(end, joined[-1][1])
        else:
            joined.append((start, end))
    return tuple(joined)


def passage_around(text: str, query: str, *, width: int = PASSAGE_CHARS) -> tuple[str, Marks]:
    """The stretch of `text` with most of the query's words, and where they stand in it.

    Args:
        text: A chunk's text.
        query: What was typed; words that every text has are not marked.
        width: Characters of the stretch at most.

    Returns:
        The stretch, white space run together, and (start, end) of every marked word.
    """
    text = " ".join(text.split())
    spans = marks_in(text, query)
    start = _best_start(text, [span[0] for span in spans], width)
    end = min(len(text), start + width)
    if end < len(text):
        end = text.rfind(" ", start, end) + 1 or end
    marks = tuple((first - start, last - start) for first, last in spans if first >= start and last <= end)
    return text[start:end].rstrip(), marks


def _best_start(text: str, starts: Sequence[int], width: int) -> int:
    """Where the window with the most word starts begins: a little before the first of them."""
    if not starts or starts[-1] < width:
        return 0
    best = max(starts, key=lambda start: (sum(start <= other < start + width * 3 // 4 for other in starts), -start))
    before = max(0, best - width // 6)
    return before if before == 0 else text.find(" ", before, best + 1) + 1 or before


@lru_cache(maxsize=1 << 14)  # the same words stand in most passages
def _forms(word: str) -> tuple[str, str]:
    """A word folded, and its stem."""
    plain = folded(word)
    return plain, _stem(plain)


def _stem(word: str) -> str:
    """English endings off, so that "repairs" marks "repair": for marking only, the word index stems by itself."""
    for ending in ("ings", "ing", "ers", "ies", "es", "ed", "er", "s", "y"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word.removesuffix(ending)
    return word
