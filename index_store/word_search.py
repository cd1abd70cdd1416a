"""Searching passages by their words."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import islice
from typing import NamedTuple

from index_store.name_words import folded, fts_string, is_paired, loose_words
from index_store.query_terms import QueryTerms
from index_store.records import ChunkId, DocumentId
from index_store.segment import Segment, origin_number, row_of
from index_store.sqlite import sqlite3

_ENOUGH = 20  # passages with all words; with fewer, those with some of them are added
_WORDS_READ = 32  # of a query; somebody may paste a page
_COMMON_SHARE = 0.08  # a word in more passages than that says little and costs much
_COMMON_FLOOR = 5_000  # but in a small index no word costs much
_PASSAGES_RANKED = 10_000  # newest first; 1.5 µs each, and words that more passages have say little
_STEM_LETTERS = 4  # shorter beginnings are those of the stems too
_COMPLETIONS = 8
_ALL = -1

_BEST_PASSAGES = """SELECT rowid, bm25 FROM
    (SELECT rowid, bm25(passages) AS bm25 FROM passages WHERE passages MATCH ? ORDER BY rowid DESC LIMIT ?)
    ORDER BY bm25, rowid"""


class Scope(NamedTuple):
    """What a search may find: live rows of these segments, and only these documents of them."""

    segments: Mapping[int, Segment]  # by the number of each commit that they are of
    documents: Collection[DocumentId] | None = None  # None: all
    is_narrow: bool = False  # whether these may be few of all

    def chunk(self, row_id: int) -> ChunkId | None:
        """The chunk with a row id of the word index; None when it is not to be found."""
        segment = self.segments.get(origin_number(row_id))
        row = -1 if segment is None else row_of(segment.chunk_origins, row_id)
        if segment is None or row < 0 or not segment.live_chunks[row]:
            return None
        if self.documents is not None and (segment.number, int(segment.chunk_documents[row])) not in self.documents:
            return None
        return ChunkId(segment.number, row)

    def document(self, row_id: int) -> DocumentId | None:
        """As `chunk`, for a document."""
        segment = self.segments.get(origin_number(row_id))
        row = -1 if segment is None else row_of(segment.document_origins, row_id)
        if segment is None or row < 0 or not segment.live_documents[row]:
            return None
        if self.documents is not None and (segment.number, row) not in self.documents:
            return None
        return DocumentId(segment.number, row)

    def path(self, row_id: int) -> str:
        """Of the document with this row id, which is there."""
        segment = self.segments[origin_number(row_id)]
        return segment.documents[row_of(segment.document_origins, row_id)].path


def search_passages(
    connection: sqlite3.Connection, scope: Scope, terms: QueryTerms, *, limit: int
) -> list[tuple[ChunkId, float]]:
    """See `Snapshot.search_passages`; `scope` has the documents that meet the demands of `terms`."""
    found: dict[ChunkId, float] = {}
    for match, enough in _matches(connection, terms):
        if len(found) >= min(limit, enough):
            break
        ceiling = min(found.values(), default=float("inf"))
        others = ((chunk_id, bm25) for chunk_id, bm25 in _passages(connection, scope, match) if chunk_id not in found)
        for chunk_id, bm25 in islice(others, limit - len(found)):
            found[chunk_id] = min(bm25, ceiling)
    return list(found.items())


def _matches(connection: sqlite3.Connection, terms: QueryTerms) -> Iterator[tuple[str, int]]:
    """What passages should match, strictest first, each with the number of passages that make it superfluous.

    All is in FTS5's language, in which nothing typed is syntax.
    """
    pieces = dict.fromkeys((*terms.words, *terms.phrases))
    wanted = [fts_string(piece) for piece in pieces][:_WORDS_READ]
    wanted += [_going_on(connection, beginning) for beginning in terms.beginnings[:_WORDS_READ]]
    if not wanted:
        return
    yield " AND ".join(wanted), 1
    last = terms.words[-1] if terms.may_go_on else ""
    if len(last) > 2 or not last.isascii():  # one Latin letter or two begin too many words
        asked, going_on = fts_string(last), _going_on(connection, last)
        may_go_on = [going_on if each == asked else each for each in wanted]
        yield " AND ".join(may_go_on), _ENOUGH
        if not _count(connection, asked, at_most=1):
            wanted = may_go_on
    wanted += [fts_string(word) for piece in pieces if is_paired(piece) for word in loose_words(piece)][:_WORDS_READ]
    if len(wanted) > 1 and (rare := _rare(connection, dict.fromkeys(wanted))):
        yield " OR ".join(rare), _ENOUGH


def _going_on(connection: sqlite3.Connection, word: str) -> str:
    """`word`, and what begins with it.

    The tables of passages know words by their stems: "universi" begins none, though "university" is there.
    """
    alternatives = [fts_string(word), fts_string(word, is_beginning=True)]
    token = folded(word)
    if token.isalpha() and token.isascii() and len(token) >= _STEM_LETTERS:
        alternatives += map(fts_string, _completions(connection, token))
    return f"({' OR '.join(alternatives)})"


def _completions(connection: sqlite3.Connection, token: str) -> list[str]:
    """The most frequent words of passages that begin so."""
    statement = "SELECT term FROM literal_vocabulary WHERE term > ? AND term < ? ORDER BY doc DESC LIMIT ?"
    return [term for (term,) in connection.execute(statement, (token, f"{token}\U0010ffff", _COMPLETIONS))]


def _passages(connection: sqlite3.Connection, scope: Scope, match: str) -> Iterator[tuple[ChunkId, float]]:
    cap = _ALL if scope.is_narrow else _PASSAGES_RANKED
    for rowid, bm25 in connection.execute(_BEST_PASSAGES, (match, cap)):
        if chunk_id := scope.chunk(rowid):
            yield chunk_id, -bm25


def _rare(connection: sqlite3.Connection, phrases: Iterable[str]) -> list[str]:
    """The phrases that few enough passages have; without a bound, "the" alone would score 80,000 passages."""
    passage_count = connection.execute("SELECT count(*) FROM passages_docsize").fetchone()[0]
    bound = max(int(passage_count * _COMMON_SHARE), _COMMON_FLOOR)
    return [phrase for phrase in phrases if _count(connection, phrase, at_most=bound + 1) <= bound]


def _count(connection: sqlite3.Connection, match: str, *, at_most: int) -> int:
    counting = "SELECT count(*) FROM (SELECT 1 FROM passages WHERE passages MATCH ? LIMIT ?)"
    count: int = connection.execute(counting, (match, at_most)).fetchone()[0]
    return count
