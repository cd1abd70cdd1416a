"""The word index: SQLite full-text tables over the live segments, in `words.db`.

It is never the truth. Whatever happens to it, it is deleted and built again from the
segments: 10 s for 100,000 chunks. It may lag behind a snapshot, or know more than that.

Removed rows stay in the tables and are left out when a search reads its rows. A search must
look at what its snapshot holds in any case, because the tables may be older or newer than it;
and SQLite's 'delete' needs the old text, which is gone with its segment. When more rows are
dead than live, the tables are filled anew.
"""

import errno
import logging
import os
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager, nullcontext, suppress
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np

from index_store import database
from index_store.database import Database
from index_store.document_records import DOCUMENTS
from index_store.name_words import folded, initials, name_words, searchable
from index_store.records import DocumentRecord, Root
from index_store.segment import CHUNKS, Segment, origin_number
from index_store.sqlite import sqlite3
from process_lock import take_lock

logger = logging.getLogger(__name__)

_DEAD_ROWS_KEPT = 10_000  # filling small tables anew is not worth it
_OTHERS_AT_IT_S = 30.0

# Marks belong to words: without them those of Hindi and Thai fall apart at their vowels.
_WORDS_OF_TEXT = "unicode61 remove_diacritics 2 categories 'L* N* Co M*'"

# Every row id is an `origin`: merging segments moves their rows, and changes nothing here. `covered` has the segments
# as they were committed. The full-text tables keep no text: it is in the segments. `passages` knows words by their
# stems and ranks; `literal` has them as they are written, for what is in quotes or excluded.
_TABLES = {
    "covered": """CREATE TABLE covered
        (segment INTEGER PRIMARY KEY, contents TEXT, removed_file TEXT, row_count INTEGER)""",
    "passages": f"""CREATE VIRTUAL TABLE passages USING fts5
        (context, text, content='', tokenize="porter {_WORDS_OF_TEXT}")""",
    "literal": f"""CREATE VIRTUAL TABLE literal USING fts5
        (context, text, content='', columnsize=0, tokenize="{_WORDS_OF_TEXT}")""",
    "literal_vocabulary": "CREATE VIRTUAL TABLE literal_vocabulary USING fts5vocab(literal, row)",
    "file_names": "CREATE TABLE file_names (id INTEGER PRIMARY KEY, name TEXT)",
    "names": "CREATE VIRTUAL TABLE names USING fts5 (name, folder, content='', tokenize='trigram')",
    "name_words": f"""CREATE VIRTUAL TABLE name_words USING fts5
        (name, folder, title, initials, content='', columnsize=0, tokenize="{_WORDS_OF_TEXT}")""",
    "name_vocabulary": "CREATE VIRTUAL TABLE name_vocabulary USING fts5vocab(name_words, row)",
}
_WORD_COLUMNS = {"literal_vocabulary": "term", "name_vocabulary": "term", "file_names": "name"}
_SCHEMA = (*_TABLES.values(), "CREATE INDEX file_names_by_name ON file_names (name)")
_WORDS = Database("words.db", 0x4C4E4348, 3, _SCHEMA)


class _Covered(NamedTuple):
    contents: str  # of the segment that was read
    removed_file: str  # the documents left out, "" for none
    row_count: int


def reading(directory: Path) -> AbstractContextManager[sqlite3.Connection]:
    """As `database.reading`."""
    return database.reading(directory, _WORDS)


def catch_up(
    directory: Path, segments: Sequence[Segment], roots: Sequence[Root], is_newest: Callable[[], bool]
) -> bool:
    """Add to the word index what it lacks of these segments; build it again when it is unusable.

    Never waits: when another process is at it, or the disk does not allow it, the word index
    stays as it is. All is added in one transaction, which a search sees as a whole.

    Args:
        directory: The index.
        segments: All that live.
        roots: Its folders.
        is_newest: Whether nothing was committed since. Whoever has seen the words of a newer commit in there does not
            look again, so an older one must not build it.

    Returns:
        Whether it covers the segments now.

    Raises:
        IndexCorrupt: A chunk cannot be read.
    """
    if _covers(directory, segments):
        return True
    with _lock_if(directory, is_newest) as is_ours:
        return is_ours and _update(directory, segments, roots, anew=False)


def build_again(
    directory: Path, segments: Sequence[Segment], roots: Sequence[Root], is_newest: Callable[[], bool]
) -> bool:
    """Delete the word index and build it again, as `catch_up` would."""
    with _lock_if(directory, is_newest) as is_ours:
        return is_ours and _update(directory, segments, roots, anew=True)


def purge(directory: Path, segments: Sequence[Segment], roots: Sequence[Root]) -> None:
    """Have nothing in the file and its log but the words of what lives of these segments; searches go on meanwhile.

    SQLite cannot take words out of such tables without leaving them in freed pages (before 3.42), so they are filled
    anew: 10 s for 100,000 chunks. Where that fails the file is deleted, and made again by whoever needs it: better
    none than one with the words of a document that was to be forgotten.

    Raises:
        OSError: Another process is at it for long, or it cannot even be deleted.
    """
    with _lock_within(directory, _OTHERS_AT_IT_S):
        try:
            with closing(database.open_to_write(directory, _WORDS)) as connection:
                if _dead_row_count(connection, segments):
                    with database.transaction(connection):
                        _make_tables_anew(connection)
                        for segment in segments:
                            _add(connection, segment, segment.origin_numbers, roots)
                connection.execute("VACUUM")
                database.flush(connection)
        except sqlite3.DatabaseError as error:
            logger.warning("word index: %s", error)
            delete(directory)


def convert(directory: Path) -> None:
    """As `database.convert`; a file that is unusable is deleted, and made again by whoever needs it.

    Raises:
        OSError: Another process is at it for long, or the disk is full or read-only.
    """
    with _lock_within(directory, _OTHERS_AT_IT_S):
        try:
            database.convert(directory, _WORDS)
        except sqlite3.DatabaseError as error:
            logger.warning("word index: %s", error)
            delete(directory)


def delete_outdated(directory: Path) -> None:
    """As `database.delete_outdated`, unless another process is at it."""
    with _lock_if(directory, lambda: True) as is_ours:
        if is_ours:
            database.delete_outdated(directory, _WORDS)


def has_dead_rows(directory: Path, segments: Sequence[Segment]) -> bool:
    """Whether it holds words of what is removed."""
    try:
        with reading(directory) as connection:
            return _dead_row_count(connection, segments) > 0
    except sqlite3.DatabaseError:
        return False


def all_words(directory: Path) -> bytes:
    """Every word and every name that it knows, as it has them."""
    try:
        with reading(directory) as connection:
            terms = (connection.execute(f"SELECT {column} FROM {table}") for table, column in _WORD_COLUMNS.items())
            return "\n".join(word for rows in terms for (word,) in rows).encode(errors="replace")
    except sqlite3.DatabaseError:
        return b""


def keep_open(directory: Path) -> ExitStack:
    """Have SQLite write through to `words.db` now and then, and not whenever `catch_up` is done, until this is closed.

    With nobody else at it, each would end in two fsyncs.
    """
    stack = ExitStack()
    with suppress(sqlite3.DatabaseError, OSError), _lock_if(directory, lambda: True) as is_ours:
        if is_ours:  # else another process may be deleting the file
            stack.enter_context(closing(database.open_to_write(directory, _WORDS)))
    return stack


def problem(directory: Path) -> str:
    """As `database.problem`."""
    return database.problem(directory, _WORDS)


def is_damage(directory: Path, error: sqlite3.DatabaseError) -> bool:
    """As `database.is_damage`."""
    return database.is_damage(directory, _WORDS, error)


def delete(directory: Path) -> None:
    """Delete the word index, whatever state it is in."""
    database.delete(directory, _WORDS)


@contextmanager
def _lock_if(directory: Path, is_wanted: Callable[[], bool]) -> Iterator[bool]:
    """Be the one who writes it, if nobody else does and, asked when that is certain, it is still wanted."""
    try:
        lock = take_lock(directory / "words.lock")
    except OSError:
        lock = None  # read-only
    with lock or nullcontext():
        yield lock is not None and is_wanted()


@contextmanager
def _lock_within(directory: Path, seconds: float) -> Iterator[None]:
    ends = time.monotonic() + seconds
    while (lock := take_lock(directory / "words.lock")) is None:
        if time.monotonic() > ends:
            raise OSError(errno.EBUSY, "another launcher is at the words")
        time.sleep(0.05)
    with lock:
        yield


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
    return all(segment.origin_numbers <= covered.keys() for segment in segments) and not _is_outdated(covered, segments)


def _is_outdated(covered: Mapping[int, _Covered], segments: Sequence[Segment]) -> bool:
    """Whether the tables hold too much that is dead, or lack what a damaged manifest brought back to life."""
    dead = sum(each.row_count for each in covered.values())
    live = 0
    for segment in segments:
        known = None if segment.entry.is_merged else covered.get(segment.number)
        if known and (known.contents != _contents(segment) or known.removed_file > _removed_file(segment)):
            return True
        if segment.origin_numbers <= covered.keys():
            live += _live_row_count(segment)
    return dead - live > live + _DEAD_ROWS_KEPT


def _dead_row_count(connection: sqlite3.Connection, segments: Sequence[Segment]) -> int:
    added = sum(each.row_count for each in _covered(connection).values())
    return added - sum(map(_live_row_count, segments))


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
            if missing := segment.origin_numbers - covered.keys():
                _add(connection, segment, missing, roots)


def _add(connection: sqlite3.Connection, segment: Segment, missing: Collection[int], roots: Sequence[Root]) -> None:
    row_counts, root_paths = Counter(dict.fromkeys(missing, 0)), tuple(root.path for root in roots)
    for row in _passages(segment):
        if origin_number(row[0]) in missing:
            row_counts[origin_number(row[0])] += 1
            for table in ("passages", "literal"):
                connection.execute(f"INSERT INTO {table} (rowid, context, text) VALUES (?, ?, ?)", row)
    for document in np.flatnonzero(segment.live_documents).tolist():
        origin = int(segment.document_origins[document])
        if origin_number(origin) in missing:
            row_counts[origin_number(origin)] += 1
            _add_name(connection, origin, segment.documents[document], root_paths)
    contents, removed_file = _contents(segment), _removed_file(segment)
    rows = ((number, contents, removed_file, row_count) for number, row_count in row_counts.items())
    connection.executemany("INSERT INTO covered VALUES (?, ?, ?, ?)", rows)


def _passages(segment: Segment) -> Iterator[tuple[int, str, str]]:
    rows = np.flatnonzero(segment.live_chunks)
    for row, origin in zip(rows.tolist(), segment.chunk_origins[rows].tolist(), strict=True):
        chunk = segment.chunk(row)
        yield origin, searchable(chunk.context), searchable(chunk.text)


def _add_name(connection: sqlite3.Connection, rowid: int, record: DocumentRecord, roots: tuple[str, ...]) -> None:
    path, name = os.path.split(record.path)
    folder = _folder(path, roots)
    connection.execute("INSERT INTO file_names VALUES (?, ?)", (rowid, folded(name)))
    folds = (rowid, folded(name), folder.folded)
    connection.execute("INSERT INTO names (rowid, name, folder) VALUES (?, ?, ?)", folds)
    words = (rowid, searchable(name_words(name)), folder.words, searchable(record.title), initials(name))
    inserting = "INSERT INTO name_words (rowid, name, folder, title, initials) VALUES (?, ?, ?, ?, ?)"
    connection.execute(inserting, words)


class _Folder(NamedTuple):
    folded: str
    words: str


@lru_cache(maxsize=4096)  # neighbours come one after the other
def _folder(path: str, roots: tuple[str, ...]) -> _Folder:
    """A folder without the root it is under, whose own name would find every document."""
    folder = Path(path)
    above = [root for root in roots if folder.is_relative_to(root)]
    shown = str(folder.relative_to(max(above, key=len))) if above else folder.name
    return _Folder(folded(shown), searchable(name_words(shown)))
