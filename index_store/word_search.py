"""Searching by words: in passages, and in names of documents and their folders."""

import sqlite3
from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import islice
from typing import NamedTuple

from index_store.name_words import folded, query_words, searchable
from index_store.records import ChunkId, DocumentId
from index_store.segment import Segment
from index_store.words import segment_and_row

_ENOUGH = 20  # passages with all words; with fewer, those with some of them are added
_WORDS_READ = 32  # of a query; somebody may paste a page
_COMMON_SHARE = 0.08  # a word in more passages than that says little and costs much
_COMMON_FLOOR = 5_000  # but in a small index no word costs much
_PASSAGES_RANKED = 10_000  # newest first; 1.5 µs each, and words that more passages have say little
_NAMES_RANKED = 1_000  # of those that only contain the query, newest first
_NAME_CHARS = 255  # no name is longer
_ALL = -1

_BEST_PASSAGES = """SELECT rowid, bm25 FROM
    (SELECT rowid, bm25(passages) AS bm25 FROM passages WHERE passages MATCH ? ORDER BY rowid DESC LIMIT ?)
    ORDER BY bm25, rowid"""

_EXACT, _PREFIX, _SUBSTRING, _WORDS, _FOLDER = 5.0, 4.0, 3.0, 2.0, 1.0


class Scope(NamedTuple):
    """What a search may find: live rows of these segments, and only these documents of them."""

    segments: Mapping[int, Segment]
    documents: Collection[DocumentId] | None = None  # None: all

    def chunk(self, row_id: int) -> ChunkId | None:
        """The chunk with a row id of the word index; None when it is not to be found."""
        number, row = segment_and_row(row_id)
        segment = self.segments.get(number)
        if segment is None or row >= len(segment.live_chunks) or not segment.live_chunks[row]:
            return None
        if self.documents is not None and (number, int(segment.chunk_documents[row])) not in self.documents:
            return None
        return ChunkId(number, row)

    def document(self, row_id: int) -> DocumentId | None:
        """As `chunk`, for a document."""
        number, row = segment_and_row(row_id)
        segment = self.segments.get(number)
        if segment is None or row >= len(segment.live_documents) or not segment.live_documents[row]:
            return None
        if self.documents is not None and (number, row) not in self.documents:
            return None
        return DocumentId(number, row)


def search_passages(
    connection: sqlite3.Connection, scope: Scope, text: str, *, limit: int
) -> list[tuple[ChunkId, float]]:
    """See `Snapshot.search_passages`."""
    phrases = _phrases(text)
    if not phrases or limit < 1:
        return []
    found = list(islice(_passages(connection, scope, " AND ".join(phrases)), limit))
    if len(phrases) > 1 and len(found) < min(limit, _ENOUGH):
        rare = " OR ".join(_rare(connection, phrases))
        others = _passages(connection, scope, rare) if rare else iter(())
        ceiling = found[-1][1] if found else float("inf")
        known = {chunk_id for chunk_id, _ in found}
        more = ((chunk_id, min(bm25, ceiling)) for chunk_id, bm25 in others if chunk_id not in known)
        found += islice(more, limit - len(found))
    return found


def _phrases(text: str) -> list[str]:
    """`text` as FTS5 strings, in which nothing is syntax; without those of punctuation, which match nothing."""
    pieces = [piece for piece in searchable(text).split() if any(map(str.isalnum, piece))]
    pieces = list(dict.fromkeys(pieces[:_WORDS_READ]))
    phrases = ['"{}"'.format(piece.replace('"', '""')) for piece in pieces]
    if pieces and (len(pieces[-1]) > 1 or not pieces[-1].isascii()):  # one Latin letter begins too many words
        phrases[-1] = f"({phrases[-1]} OR {phrases[-1]} *)"
    return phrases


def _passages(connection: sqlite3.Connection, scope: Scope, match: str) -> Iterator[tuple[ChunkId, float]]:
    cap = _PASSAGES_RANKED if scope.documents is None else _ALL  # a filter may leave few of many
    for rowid, bm25 in connection.execute(_BEST_PASSAGES, (match, cap)):
        if chunk_id := scope.chunk(rowid):
            yield chunk_id, -bm25


def _rare(connection: sqlite3.Connection, phrases: Iterable[str]) -> list[str]:
    """The phrases that few enough passages have; without a bound, "the" alone would score 80,000 passages."""
    passage_count = connection.execute("SELECT count(*) FROM passages_docsize").fetchone()[0]
    bound = max(int(passage_count * _COMMON_SHARE), _COMMON_FLOOR)
    counting = "SELECT count(*) FROM (SELECT 1 FROM passages WHERE passages MATCH ? LIMIT ?)"
    return [phrase for phrase in phrases if connection.execute(counting, (phrase, bound + 1)).fetchone()[0] <= bound]


def search_names(
    connection: sqlite3.Connection, scope: Scope, text: str, *, limit: int
) -> list[tuple[DocumentId, float]]:
    """See `Snapshot.search_names`."""
    wanted = folded(text).strip()[:_NAME_CHARS]
    if not wanted or limit < 1:
        return []
    found: dict[DocumentId, float] = {}
    cap = _NAMES_RANKED if scope.documents is None else _ALL
    for tier, rows in _name_tiers(connection, wanted, cap):
        for rowid, name in rows:
            document_id = scope.document(rowid)
            if document_id and document_id not in found:
                found[document_id] = tier + min(len(wanted) / (len(name) + 1), 0.99)
        if len(found) >= limit:
            break
    return sorted(found.items(), key=lambda pair: (-pair[1], pair[0]))[:limit]


def _name_tiers(
    connection: sqlite3.Connection, wanted: str, cap: int
) -> Iterator[tuple[float, Iterable[tuple[int, str]]]]:
    execute = connection.execute
    yield _EXACT, execute("SELECT id, name FROM file_names WHERE name = ?", (wanted,))
    beginning = "SELECT id, name FROM file_names WHERE name >= ? AND name < ? ORDER BY length(name) LIMIT ?"
    yield _PREFIX, execute(beginning, (wanted, wanted + "\U0010ffff", cap))
    string = '"{}"'.format(wanted.replace('"', '""'))
    if len(wanted) >= 3:
        yield _SUBSTRING, execute(_matching("names"), (f"name : {string}", cap))
    else:  # too short for a trigram
        yield _SUBSTRING, execute("SELECT id, name FROM file_names WHERE instr(name, ?) LIMIT ?", (wanted, cap))
    if words := query_words(wanted):
        every = " AND ".join(f'"{word}" *' for word in words[:_WORDS_READ])
        yield _WORDS, execute(_matching("name_words"), (f"name : ({every})", cap))
        yield _FOLDER, execute(_matching("name_words"), (every, cap))
    if len(wanted) >= 3:
        yield _FOLDER, execute(_matching("names"), (f"folder : {string}", cap))


def _matching(table: str) -> str:
    # The match alone first: joined at once, SQLite may look up every name and match each.
    return f"""WITH matching AS MATERIALIZED
        (SELECT rowid FROM {table} WHERE {table} MATCH ? ORDER BY rowid DESC LIMIT ?)
        SELECT file_names.id, file_names.name FROM matching JOIN file_names ON file_names.id = matching.rowid"""
