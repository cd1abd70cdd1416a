"""Small pictures of documents, in `thumbnails.db`: what a hit looks like when its file is not there.

A picture belongs to the bytes it is of, so that moves and copies keep it. Like the word index this is never the
truth: whatever happens to the file, the next indexing run makes it again. Unlike there, what goes is gone: its bytes
are overwritten, and the file shrinks.

Written by whoever holds the lock of the index; any number of processes read meanwhile.
"""

import logging
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from hashlib import blake2b
from pathlib import Path
from typing import TypeVar

from corpus import Thumbnail
from errors import IndexUnwritable
from index_store import database
from index_store.database import Database
from index_store.records import DocumentRecord
from index_store.sqlite import sqlite3

logger = logging.getLogger(__name__)

# One row without a picture says that none can be made, which need not be tried again.
_TABLE = """CREATE TABLE thumbnails
    (key TEXT, drawn_by INTEGER, page_number INTEGER, second REAL, picture BLOB,
    PRIMARY KEY (key, drawn_by, page_number))"""
_THUMBNAILS = Database("thumbnails.db", 0x4C4E4354, 1, (_TABLE,))
_PRAGMAS = ("auto_vacuum = INCREMENTAL", "secure_delete = ON")

_Answer = TypeVar("_Answer")


def key_of(record: DocumentRecord) -> str:
    """What the pictures of a document are kept under: its bytes, or for one too large to be hashed, its place and
    time."""
    if record.content_hash:
        return record.content_hash
    place = f"{record.path}\0{record.size_bytes}\0{record.mtime_ns}"
    return "at " + blake2b(place.encode(errors="surrogatepass"), digest_size=16).hexdigest()


def nearest_picture(directory: Path, key: str, *, page_number: int, second: float | None) -> bytes | None:
    """The WebP picture that is nearest to a second of a video, or of that page, else of the first one that has any."""
    order = "abs(coalesce(second, 0) - ?)" if second is not None else "page_number != ?"
    statement = f"""SELECT picture FROM thumbnails WHERE key = ?
        ORDER BY {order}, page_number LIMIT 1"""
    place = page_number if second is None else second

    def first(connection: sqlite3.Connection) -> bytes | None:
        row = connection.execute(statement, (key, place)).fetchone()
        return row[0] if row else None

    return _answer(directory, first, None)


def pictures_of(directory: Path, keys: Collection[str]) -> dict[str, int]:
    """How many pictures are kept under each of these keys; without those that have none."""
    statement = "SELECT count(*) FROM thumbnails WHERE key = ? AND page_number > 0"  # all of it is in the index

    def counted(connection: sqlite3.Connection) -> dict[str, int]:
        counts = {key: connection.execute(statement, (key,)).fetchone()[0] for key in keys}
        return {key: count for key, count in counts.items() if count}

    return _answer(directory, counted, {})


def pictures_under(directory: Path, key: str) -> list[bytes]:
    """All that are kept under a key."""
    statement = "SELECT picture FROM thumbnails WHERE key = ? AND page_number > 0"
    return _answer(directory, lambda connection: [row[0] for row in connection.execute(statement, (key,))], [])


def keys_tried(
    directory: Path, drawn_by: int, *, without_failures: bool = False, among: Collection[str] | None = None
) -> set[str]:
    """Keys of what was drawn, or could not be, by this version of what draws; all, or only those `among` some."""
    condition = " AND page_number > 0" if without_failures else ""
    statement = f"SELECT DISTINCT key FROM thumbnails WHERE drawn_by = ?{condition}"

    def found(connection: sqlite3.Connection) -> set[str]:
        if among is None:
            return {key for (key,) in connection.execute(statement, (drawn_by,))}
        return {key for key in among if connection.execute(f"{statement} AND key = ?", (drawn_by, key)).fetchone()}

    return _answer(directory, found, set())


class ThumbnailWriter:
    """Adds thumbnails; what `put` was given is kept whatever comes after."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def put(self, key: str, thumbnails: Sequence[Thumbnail], *, drawn_by: int) -> None:
        """Keep these in place of all that were kept under `key`; none: nothing can be drawn."""
        rows: list[tuple[object, ...]] = [(key, drawn_by, *thumbnail) for thumbnail in thumbnails]
        with database.transaction(self._connection):
            self._connection.execute("DELETE FROM thumbnails WHERE key = ?", (key,))
            self._connection.executemany(
                "INSERT INTO thumbnails (key, drawn_by, page_number, picture, second) VALUES (?, ?, ?, ?, ?)",
                rows or [(key, drawn_by, 0, None, None)],
            )


@contextmanager
def writing(directory: Path) -> Iterator[ThumbnailWriter]:
    """Adds thumbnails, to a new file where there is none or a damaged one.

    Damage that is met later ends the block too, without an error: the file is deleted, and the next run makes it anew.

    Raises:
        IndexUnwritable: The disk is full or read-only.
    """
    try:
        connection = _opened(directory)
    except (sqlite3.DatabaseError, OSError) as error:
        raise _unwritable(directory, error) from error
    try:
        with closing(connection):
            yield ThumbnailWriter(connection)
    except sqlite3.DatabaseError as error:
        if not database.is_damage(directory, _THUMBNAILS, error):
            raise _unwritable(directory, error) from error
        logger.warning("thumbnails: %s", error)
        delete(directory)


def keep_only(directory: Path, records: Iterable[DocumentRecord]) -> None:
    """Delete the thumbnails of all documents but these; the file gets smaller and holds nothing of them.

    When that fails, all are deleted: better none than one of a document that was to be forgotten.

    Raises:
        IndexUnwritable: Not even that can be done.
    """
    _or_delete(directory, lambda connection: _keep_only(connection, {key_of(record) for record in records}))


def _or_delete(directory: Path, act: Callable[[sqlite3.Connection], None]) -> None:
    if not database.path_of(directory, _THUMBNAILS).exists():
        return
    try:
        with closing(_opened(directory)) as connection:
            act(connection)
    except (sqlite3.DatabaseError, OSError) as error:
        logger.warning("thumbnails: %s", error)
        try:
            delete(directory)
        except OSError as stubborn:
            raise _unwritable(directory, stubborn) from stubborn


def purge(directory: Path) -> None:
    """Have nothing in the file and its log but the thumbnails that are kept, also where an earlier run was killed.

    Raises:
        IndexUnwritable: It is not possible, nor can all of them be deleted.
    """
    _or_delete(directory, _leave_nothing_else)


def problem(directory: Path) -> str:
    """As `database.problem`."""
    return database.problem(directory, _THUMBNAILS)


def convert(directory: Path) -> None:
    """As `database.convert`; a file that is unusable is deleted.

    Raises:
        IndexUnwritable: The disk is full or read-only.
    """
    try:
        database.convert(directory, _THUMBNAILS)
    except (sqlite3.DatabaseError, OSError) as error:
        if isinstance(error, OSError) or not database.is_damage(directory, _THUMBNAILS, error):
            raise _unwritable(directory, error) from error
        logger.warning("thumbnails: %s", error)
        delete(directory)


def delete_outdated(directory: Path) -> None:
    """As `database.delete_outdated`."""
    database.delete_outdated(directory, _THUMBNAILS)


def delete(directory: Path) -> None:
    """Delete all thumbnails."""
    database.delete(directory, _THUMBNAILS)


def _keep_only(connection: sqlite3.Connection, wanted: Collection[str]) -> None:
    gone = [(key,) for (key,) in connection.execute("SELECT DISTINCT key FROM thumbnails") if key not in wanted]
    if not gone:
        return
    with database.transaction(connection):
        connection.executemany("DELETE FROM thumbnails WHERE key = ?", gone)
    _leave_nothing_else(connection)


def _leave_nothing_else(connection: sqlite3.Connection) -> None:
    connection.executescript("PRAGMA incremental_vacuum")  # it takes a step per page, and `execute` only one
    database.flush(connection)  # until then the log has them


def _opened(directory: Path) -> sqlite3.Connection:
    try:
        return database.open_to_write(directory, _THUMBNAILS, pragmas=_PRAGMAS)
    except sqlite3.DatabaseError as error:
        if not database.is_damage(directory, _THUMBNAILS, error):
            raise
        logger.warning("thumbnails: %s", error)
    delete(directory)
    return database.open_to_write(directory, _THUMBNAILS, pragmas=_PRAGMAS)


def _answer(directory: Path, ask: Callable[[sqlite3.Connection], _Answer], otherwise: _Answer) -> _Answer:
    """What a question is answered with; `otherwise` where there are no thumbnails, or none that can be read."""
    if not database.path_of(directory, _THUMBNAILS).exists():
        return otherwise
    try:
        with database.reading(directory, _THUMBNAILS) as connection:
            return ask(connection)
    except sqlite3.DatabaseError as error:
        logger.warning("thumbnails: %s", error)
        return otherwise


def _unwritable(directory: Path, error: Exception) -> IndexUnwritable:
    message = f"Cannot write the thumbnails of the index in {directory}: {error}"
    return IndexUnwritable(message, hint="Free some space, or check who may write there, and index again.")
