"""The word index: SQLite full-text tables over the live segments, in `words.db`.

It is never the truth. Whatever happens to it, it is deleted and built again from the
segments: 10 s for 100,000 chunks. It may lag behind a snapshot, or know more than that.

Removed rows stay in the tables and are left out when a search reads its rows. A search must
look at what its snapshot holds in any case, because the tables may be older or newer than it;
and SQLite's 'delete' needs the old text, which is gone with its segment. When more rows are
dead than live, the tables are filled anew.
"""

import logging
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, closing, suppress
from pathlib import Path
from typing import NamedTuple

from index_store import database
from index_store.database import Database
from index_store.lock import take_lock
from index_store.name_words import folded, name_words, searchable
from index_store.records import Root
from index_store.segment import CHUNKS, DOCUMENTS, Segment

logger = logging.getLogger(__name__)

_DEAD_ROWS_KEPT = 10_000  # filling small tables anew is not worth it

# Every row id is `row_id(segment, row)`. The full-text tables keep no text: it is in the segments.
_TABLES = {
    "covered": """CREATE TABLE covered
        (segment INTEGER PRIMARY KEY, contents TEXT, removed_file TEXT, row_count INTEGER)""",
    "passages": """CREATE VIRTUAL TABLE passages USING fts5
        (text, content='', tokenize='porter unicode61 remove_diacritics 2')""",
    "file_names": "CREATE TABLE file_names (id INTEGER PRIMARY KEY, name TEXT)",
    "names": "CREATE VIRTUAL TABLE names USING fts5 (name, folder, content='', tokenize='trigram')",
    "name_words": """CREATE VIRTUAL TABLE name_words USING fts5
        (name, folder, content='', tokenize='unicode61 remove_diacritics 2')""",
}
_SCHEMA = (*_TABLES.values(), "CREATE INDEX file_names_by_name ON file_names (name)")
_WORDS = Database("words.db", 0x4C4E4348, 1, _SCHEMA)


class _Covered(NamedTuple):
    contents: str  # of the segment that was read
    removed_file: str  # the documents left out, "" for none
    row_count: int


def row_id(segment: int, row: int) -> int:
    return segment << 32 | row


def segment_and_row(row_id: int) -> tuple[int, int]:
    return row_id >> 32, row_id & 0xFFFFFFFF


def reading(directory: Path) -> AbstractContextManager[sqlite3.Connection]:
    """As `database.reading`."""
    return database.reading(directory, _WORDS)


def catch_up(directory: Path, segments: Sequence[Segment], roots: Sequence[Root]) -> bool:
    """Add to the word index what it lacks of these segments; build it again when it is unusable.

    Never waits: when another process is at it, or the disk does not allow it, the word index
    stays as it is. All is added in one transaction, which a search sees as a whole.

    Returns:
        Whether it covers the segments now.

    Raises:
        IndexCorrupt: A chunk cannot be read.
    """
    if _covers(directory, segments):
        return True
    return _locked_update(directory, segments, roots, anew=False)


def build_again(directory: Path, segments: Sequence[Segment], roots: Sequence[Root]) -> bool:
    """Delete the word index and build it again, as `catch_up` would."""
    return _locked_update(directory, segments, roots, anew=True)


def keep_open(directory: Path) -> ExitStack:
    """Have SQLite write through to `words.db` now and then, and not whenever `catch_up` is done, until this is closed.

    With nobody else at it, each would end in two fsyncs.
    """
    stack = ExitStack()
    with suppress(sqlite3.DatabaseError, OSError):
        stack.enter_context(closing(database.open_to_write(directory, _WORDS)))
    return stack


def is_damage(directory: Path, error: sqlite3.DatabaseError) -> bool:
    """As `database.is_damage`."""
    return database.is_damage(directory, _WORDS, error)


def delete(directory: Path) -> None:
    """Delete the word index, whatever state it is in."""
    database.delete(directory, _WORDS)


def _locked_update(directory: Path, segments: Sequence[Segment], roots: Sequence[Root], *, anew: bool) -> bool:
    try:
        lock = take_lock(directory / "words.lock")
    except OSError:
        return False  # read-only
    if lock is None:
        return False
    with lock:
        return _update(directory, segments, roots, anew=anew)


def _update(directory: Path, segments: Sequence[Segment], roots: Sequence[Root], *, anew: bool) -> bool:
    try:
        if anew:
            delete(directory)
        with closing(database.open_to_write(directory, _WORDS)) as connection:
            _fill(connection, segments, roots)
    except (sqlite3.DatabaseError, OSError) as error:
        logger.warning("word index: %s", error)
        if anew or isinstance(error, OSError) or not is_damage(directory, error):
            return False
        return _update(directory, segments, roots, anew=True)
    return True


def _covers(directory: Path, segments: Sequence[Segment]) -> bool:
    try:
        with reading(directory) as connection:
            covered = _covered(connection)
    except sqlite3.DatabaseError:
        return False
    return all(segment.number in covered for segment in segments) and not _is_outdated(covered, segments)


def _is_outdated(covered: Mapping[int, _Covered], segments: Sequence[Segment]) -> bool:
    """Whether the tables hold too much that is dead, or lack what a damaged manifest brought back to life."""
    dead = sum(each.row_count for each in covered.values())
    live = 0
    for segment in segments:
        known = covered.get(segment.number)
        if known is not None:
            if known.contents != _contents(segment) or known.removed_file > _removed_file(segment):
                return True
            live += _live_row_count(segment)
    return dead - live > live + _DEAD_ROWS_KEPT


def _covered(connection: sqlite3.Connection) -> dict[int, _Covered]:
    rows = connection.execute("SELECT segment, contents, removed_file, row_count FROM covered")
    return {segment: _Covered(*rest) for segment, *rest in rows}


def _contents(segment: Segment) -> str:
    return "".join(f"{segment.entry.file(name).crc32:08x}" for name in (CHUNKS, DOCUMENTS))


def _removed_file(segment: Segment) -> str:
    return segment.entry.removed.name if segment.entry.removed else ""


def _live_row_count(segment: Segment) -> int:
    return segment.live_chunk_count + segment.live_document_count


def _make_tables_anew(connection: sqlite3.Connection) -> None:
    for name in _TABLES:
        connection.execute(f"DROP TABLE IF EXISTS {name}")
    for statement in _SCHEMA:
        connection.execute(statement)


def _fill(connection: sqlite3.Connection, segments: Sequence[Segment], roots: Sequence[Root]) -> None:
    with database.transaction(connection):
        covered = _covered(connection)
        if _is_outdated(covered, segments):
            _make_tables_anew(connection)
            covered = {}
        for segment in segments:
            if segment.number not in covered:
                _add(connection, segment, roots)


def _add(connection: sqlite3.Connection, segment: Segment, roots: Sequence[Root]) -> None:
    connection.executemany("INSERT INTO passages (rowid, text) VALUES (?, ?)", _passages(segment))
    for document, record in enumerate(segment.documents):
        if segment.live_documents[document]:
            _add_name(connection, row_id(segment.number, document), Path(record.path), roots)
    row = (segment.number, _contents(segment), _removed_file(segment), _live_row_count(segment))
    connection.execute("INSERT INTO covered VALUES (?, ?, ?, ?)", row)


def _passages(segment: Segment) -> Iterator[tuple[int, str]]:
    for row, chunk in enumerate(segment.chunks()):
        if segment.live_chunks[row]:
            text = f"{chunk.context}\n{chunk.text}" if chunk.context else chunk.text
            yield row_id(segment.number, row), searchable(text)


def _add_name(connection: sqlite3.Connection, rowid: int, path: Path, roots: Sequence[Root]) -> None:
    folder, name = _folder_under_root(path.parent, roots), path.name
    connection.execute("INSERT INTO file_names VALUES (?, ?)", (rowid, folded(name)))
    folds = (rowid, folded(name), folded(folder))
    connection.execute("INSERT INTO names (rowid, name, folder) VALUES (?, ?, ?)", folds)
    words = (rowid, name_words(name), name_words(folder))
    connection.execute("INSERT INTO name_words (rowid, name, folder) VALUES (?, ?, ?)", words)


def _folder_under_root(folder: Path, roots: Sequence[Root]) -> str:
    """`folder` without the root it is under, whose own name would find every document."""
    above = [root.path for root in roots if folder.is_relative_to(root.path)]
    return str(folder.relative_to(max(above, key=len))) if above else folder.name
