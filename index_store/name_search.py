"""Searching names of documents and their folders, with a letter wrong if need be."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from rapidfuzz.distance import OSA

from index_store.corrections import similar_beginnings
from index_store.name_words import folded, fts_string, name_words, query_words, typos_allowed
from index_store.records import DocumentId
from index_store.sqlite import sqlite3
from index_store.word_search import Scope

_NAMES_RANKED = 1_000  # of those that only contain the query, newest first
_PATH_CHARS = 1_000
_WORDS_READ = 32
_ALL = -1
_TRIGRAM = 3
_INITIALS = range(2, 6)
_WORDS_CORRECTED = 8
_LIKE_READ = 500  # names with words like those of the query, newest first

_EXACT, _PREFIX, _SUBSTRING, _WORDS, _FOLDER, _TYPO = 5.0, 4.0, 3.0, 2.0, 1.0, 0.0

_Named = Iterable[tuple[int, str]]  # row ids and folded names


def search_names(
    connection: sqlite3.Connection, scope: Scope, text: str, *, limit: int
) -> list[tuple[DocumentId, float]]:
    """See `Snapshot.search_names`; `text` is what the query means, without signs."""
    wanted = folded(text).strip().replace("\\", "/")[:_PATH_CHARS]
    if not wanted or limit < 1:
        return []
    found: dict[DocumentId, float] = {}
    cap = _ALL if scope.is_narrow else _NAMES_RANKED
    for tier, rows in _tiers(connection, scope, wanted, cap):
        for rowid, name in rows:
            document_id = scope.document(rowid)
            if document_id and document_id not in found:
                found[document_id] = tier + min(len(wanted) / (len(name) + 1), 0.99)
        is_whole = "." in wanted and max(found.values(), default=0.0) >= _EXACT
        if len(found) >= limit or (is_whole and tier == _SUBSTRING):
            break  # who types a whole name means it, and words such as "txt" cost the most
    if max(found.values(), default=0.0) < _WORDS:  # no name has it as typed
        for document_id, likeness in _with_typos(connection, scope, wanted):
            found.setdefault(document_id, _TYPO + likeness)
    return sorted(found.items(), key=lambda pair: (-pair[1], pair[0]))[:limit]


def _tiers(connection: sqlite3.Connection, scope: Scope, wanted: str, cap: int) -> Iterator[tuple[float, _Named]]:
    execute = connection.execute
    folder, slash, name = wanted.rpartition("/")
    for tier, rows in _by_name(connection, name, cap):
        yield tier, _in_folder(scope, rows, f"/{folder.lstrip('/')}/") if slash else rows
    for tier, match in _word_matches(wanted, folder, name):
        yield tier, execute(_matching("name_words"), (match, cap))
    if len(wanted) >= _TRIGRAM:
        yield _FOLDER, execute(_matching("names"), (f"folder : {_quoted(wanted)}", cap))


def _by_name(connection: sqlite3.Connection, name: str, cap: int) -> Iterator[tuple[float, _Named]]:
    """Names that are this, begin with it, contain it."""
    if not name:
        return
    execute = connection.execute
    yield _EXACT, execute("SELECT id, name FROM file_names WHERE name = ?", (name,))
    beginning = "SELECT id, name FROM file_names WHERE name >= ? AND name < ? ORDER BY length(name) LIMIT ?"
    yield _PREFIX, execute(beginning, (name, name + "\U0010ffff", cap))
    if len(name) >= _TRIGRAM:
        yield _SUBSTRING, execute(_matching("names"), (f"name : {_quoted(name)}", cap))


def _in_folder(scope: Scope, rows: _Named, folder: str) -> _Named:
    """Those whose path has `folder`, which may be a part of the whole, right before the name."""
    for rowid, name in rows:
        if scope.document(rowid) and f"/{_folded_folder(scope.path(rowid))}/".endswith(folder):
            yield rowid, name


def _folded_folder(path: str) -> str:
    return folded(path).replace("\\", "/").rpartition("/")[0]


def _word_matches(wanted: str, folder: str, name: str) -> Iterator[tuple[float, str]]:
    """What names may have of the words of a query, each at its beginning; before a slash, it may be of the folder."""
    every, in_folder, in_name = (_every(text) for text in (wanted, folder, name))
    if every:
        both = f" OR ((folder : {in_folder}) AND (name : {in_name}))" if in_folder and in_name else ""
        yield _WORDS, f"(name : {every}){both}"
        yield _FOLDER, f"{{name folder}} : {every}"
    if wanted.isalpha() and len(wanted) in _INITIALS:
        yield _FOLDER, f"initials : {fts_string(wanted)}"


def _quoted(text: str) -> str:
    return '"{}"'.format(text.replace('"', '""'))


def _every(text: str) -> str:
    words = query_words(text)[:_WORDS_READ]
    return f"({' AND '.join(fts_string(word, is_beginning=True) for word in words)})" if words else ""


def _matching(table: str) -> str:
    # The match alone first: joined at once, SQLite may look up every name and match each.
    return f"""WITH matching AS MATERIALIZED
        (SELECT rowid FROM {table} WHERE {table} MATCH ? ORDER BY rowid DESC LIMIT ?)
        SELECT file_names.id, file_names.name FROM matching JOIN file_names ON file_names.id = matching.rowid"""


def _with_typos(connection: sqlite3.Connection, scope: Scope, wanted: str) -> Iterator[tuple[DocumentId, float]]:
    """Documents whose name has every word of `wanted`, but for a letter or two of it, and how alike they are."""
    words = query_words(wanted)[:_WORDS_CORRECTED]
    if not any(map(typos_allowed, words)):
        return
    letters = sum(map(len, words))
    for document_id, name in _alike(connection, scope, words):
        typos = [_typos(word, name_words(name).split()) for word in words]
        if None not in typos:
            shortness = min(len(wanted) / (len(name) + 1), 0.99)
            yield document_id, 0.9 * (1 - sum(filter(None, typos)) / letters) + 0.1 * shortness


def _alike(connection: sqlite3.Connection, scope: Scope, words: Iterable[str]) -> Iterator[tuple[DocumentId, str]]:
    """Documents, with their names, that have `words` or others like them."""
    wanted = []
    for word in words:
        beginnings = [word, *similar_beginnings(connection, "name_vocabulary", word, same_letters=1)]
        wanted.append(" OR ".join(fts_string(beginning, is_beginning=True) for beginning in beginnings))
    statement = "SELECT rowid FROM name_words WHERE name_words MATCH ? ORDER BY rowid DESC LIMIT ?"
    match = " AND ".join(f"({alternatives})" for alternatives in wanted)
    for (rowid,) in connection.execute(statement, (f"name : ({match})", _LIKE_READ)):
        if document_id := scope.document(rowid):
            yield document_id, Path(scope.path(rowid)).name


def _typos(word: str, words_of_name: Iterable[str]) -> int | None:
    """How many letters of `word` are wrong in the word of a name that is most like it; None if none is like it.

    That may go on where `word` ends.
    """
    allowed = typos_allowed(word)
    if not allowed:
        return 0 if any(other.startswith(word) for other in words_of_name) else None
    sizes = range(len(word) - allowed, len(word) + allowed + 1)
    beginnings = {other[:size] for other in words_of_name for size in sizes}
    fewest = min((OSA.distance(word, other, score_cutoff=allowed) for other in beginnings), default=allowed + 1)
    return fewest if fewest <= allowed else None
