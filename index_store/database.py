"""SQLite files in the index's folder, for what can be made again: the words, the thumbnails.

They are never the truth, so whatever happens to one of them, it is deleted and filled anew.
"""

import os
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

_BUSY_S = 2.0
_WAL_BYTES = 16 << 20  # what SQLite writes first grows with a transaction, and is cut back to this by a later one


class Database(NamedTuple):
    """One kind of file, by its name, the mark in it that no other program's has, and what is in a new one."""

    name: str
    application_id: int
    schema_version: int
    schema: tuple[str, ...]


@contextmanager
def reading(directory: Path, database: Database) -> Iterator[sqlite3.Connection]:
    """A connection for one question: opening it costs 0.3 ms, and it never is to a file that was since replaced.

    Raises:
        sqlite3.DatabaseError: There is no such file, or it is unusable.
    """
    uri = (directory / database.name).absolute().as_uri()
    try:
        connection = _connected(f"{uri}?mode=ro")
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF not in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY):
            raise
        # In a folder that is read-only SQLite cannot make the files that it shares with a writer.
        connection = _connected(f"{uri}?mode=ro&immutable=1")
    with closing(connection):
        if not _is_of_this_version(connection, database):
            raise sqlite3.DatabaseError(f"{database.name} is not of this version")
        yield connection


def open_to_write(directory: Path, database: Database, *, pragmas: Iterable[str] = ()) -> sqlite3.Connection:
    """The file, made where there is none, for its one writer; others go on reading.

    Args:
        directory: The index.
        database: Which file.
        pragmas: What else is set, before a new file is filled.

    Raises:
        sqlite3.DatabaseError: It is unusable, or cannot be written.
        OSError: It cannot be made.
    """
    path = directory / database.name
    with suppress(FileExistsError):  # one that is there must not be opened and closed: that would end SQLite's locks
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))  # SQLite would let others read it
    connection = _connected(path.absolute().as_uri())
    try:
        for pragma in (*pragmas, "journal_mode = WAL", "synchronous = NORMAL", f"journal_size_limit = {_WAL_BYTES}"):
            connection.execute(f"PRAGMA {pragma}").fetchall()
        if not _is_of_this_version(connection, database):
            _adopt(connection, database)
    except BaseException:
        connection.close()
        raise
    return connection


def is_damage(directory: Path, database: Database, error: sqlite3.DatabaseError) -> bool:
    """Whether making the file again helps; not so when the disk is full or the file is in use.

    Raises:
        The error itself: SQLite did not understand us, which is a bug.
    """
    code = getattr(error, "sqlite_errorcode", None)  # extended codes have the plain one in their last byte
    if code == sqlite3.SQLITE_ERROR:
        raise error
    if code is None or code & 0xFF in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        return True
    return not (directory / database.name).exists()


def problem(directory: Path, database: Database) -> str:
    """What is wrong with the file, after a look at all of it; "" where there is none, or one of another version."""
    if not (directory / database.name).exists():
        return ""
    try:
        with reading(directory, database) as connection:
            found: str = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
    except sqlite3.DatabaseError as error:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        found = str(error) if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB) else "ok"
    return "" if found == "ok" else f"{database.name}: {found}"


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:  # a full disk ends it by itself
            connection.execute("ROLLBACK")
        raise


def flush(connection: sqlite3.Connection) -> None:
    """Write what is in the log into the file, and empty the log, in which whatever was there before stands still."""
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


def delete(directory: Path, database: Database) -> None:
    """Delete the file, whatever state it is in."""
    for name in (database.name, f"{database.name}-wal", f"{database.name}-shm"):
        (directory / name).unlink(missing_ok=True)


def _connected(uri: str) -> sqlite3.Connection:
    connection = sqlite3.connect(uri, uri=True, timeout=_BUSY_S, isolation_level=None, check_same_thread=False)
    try:
        connection.execute("PRAGMA application_id").fetchone()  # the first statement opens the file
    except BaseException:
        connection.close()
        raise
    return connection


def _is_of_this_version(connection: sqlite3.Connection, database: Database) -> bool:
    marks = [connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("application_id", "user_version")]
    return marks == [database.application_id, database.schema_version]


def _adopt(connection: sqlite3.Connection, database: Database) -> None:
    if connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
        raise sqlite3.DatabaseError(f"{database.name} is not of this version")
    with transaction(connection):
        for statement in database.schema:
            connection.execute(statement)
        connection.execute(f"PRAGMA application_id = {database.application_id}")
        connection.execute(f"PRAGMA user_version = {database.schema_version}")
