"""Words of a query that no document has, and what was probably meant."""

import re

from rapidfuzz import process
from rapidfuzz.distance import OSA

from index_store.name_words import folded, fts_string, loose_words, typos_allowed
from index_store.query_terms import QueryTerms
from index_store.sqlite import sqlite3

_LENGTHS_DIFFER = 2
_SIMILAR = 16


def corrected(connection: sqlite3.Connection, terms: QueryTerms, text: str) -> str | None:
    """See `Snapshot.corrected`."""
    better = text
    for word in dict.fromkeys(word for piece in terms.words for word in loose_words(piece)):
        token = folded(word)
        if typos_allowed(token) and not _is_known(connection, word) and (meant := _nearest(connection, token)):
            better = re.sub(rf"(?<!\w){re.escape(word)}(?!\w)", meant, better)
    return better if better != text else None


def _is_known(connection: sqlite3.Connection, word: str) -> bool:
    """Whether a passage has it, or a name has a word that begins so."""
    asked = (("passages", fts_string(word)), ("name_words", fts_string(word, is_beginning=True)))
    finding = "SELECT 1 FROM {0} WHERE {0} MATCH ? LIMIT 1"
    return any(connection.execute(finding.format(table), (match,)).fetchone() for table, match in asked)


def similar_beginnings(connection: sqlite3.Connection, vocabulary: str, token: str, *, same_letters: int) -> list[str]:
    """Words, and beginnings of longer ones, that are `token` but for a letter or two; the nearest first.

    Args:
        connection: To the word index.
        vocabulary: A table of words.
        token: Folded.
        same_letters: How many letters at the beginning are taken as right, or as swapped. 0.1 µs for every time
            that documents have a word that begins so.
    """
    allowed = typos_allowed(token)
    if not allowed:
        return []
    sizes = range(len(token) - allowed, len(token) + allowed + 1)
    statement = f"SELECT term FROM {vocabulary} WHERE term >= ? AND term < ? AND length(term) >= ?"
    beginnings = set()
    for letters in {token[:same_letters], token[1::-1]}:
        rows = connection.execute(statement, (letters, f"{letters}\U0010ffff", sizes[0]))
        beginnings |= {term[:size] for (term,) in rows for size in sizes}
    near = process.extract(token, beginnings, scorer=OSA.distance, score_cutoff=allowed, limit=_SIMILAR)
    return [beginning for beginning, _, _ in near]


def _nearest(connection: sqlite3.Connection, token: str) -> str:
    """The word of passages that is most like it, the most frequent of several; "" when none is.

    Only words that begin with the same two letters, or with these swapped, are looked at: 0.1 µs for every time that
    passages have them.
    """
    statement = "SELECT term, doc FROM literal_vocabulary WHERE term >= ? AND term < ? AND length(term) BETWEEN ? AND ?"
    lengths = len(token) - _LENGTHS_DIFFER, len(token) + _LENGTHS_DIFFER
    best, meant = (typos_allowed(token) + 1, 0), ""
    for beginning in dict.fromkeys((token[:2], token[1::-1])):
        for term, count in connection.execute(statement, (beginning, f"{beginning}\U0010ffff", *lengths)):
            typos = OSA.distance(token, term, score_cutoff=best[0])
            if (typos, -count) < best and typos <= typos_allowed(token):
                best, meant = (typos, -count), term
    return meant
