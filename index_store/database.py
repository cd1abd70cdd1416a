"""SQLite files in the index's folder, for what can be made again: the words, the thumbnails.

They are never the truth, so whatever happens to one of them, it is deleted and filled anew.

Where the index is encrypted, so are they, by SQLCipher and under a name of their own: which of the two a file is must
be known before it is opened, and one that is converted must not share its log with the one before.
"""

import os
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from errors import IndexSealed
from index_store.durable import sync_folder
from index_store.encryption_state import encryption_of
from index_store.sealing import seal_to_read
from index_store.sqlite import CAN_ENCRYPT, sqlite3

ENCRYPTION_HINT = "pip install sqlcipher3"

_SEALED = "-sealed."
_PAGED_FILES = ("db", "db-wal", "db.new")
_BUSY_S = 2.0
_WAL_BYTES = 16 << 20  # what SQLite writes first grows with a transaction, and is cut back to this by a later one


class Database(NamedTuple):
    """One kind of file, by its name, the mark in it that no other program's has, and what is in a new one."""

    name: str
    application_id: int
    schema_version: int
    schema: tuple[str, ...]

    @property
    def sealed_name(self) -> str:
        return self.name.replace(".", _SEALED)


def sealed_database(file_name: str) -> str:
    """The name of the database that an encrypted file or its log is of; "" for any other file."""
    stem, mark, end = file_name.partition(_SEALED)
    return f"{stem}.{end[:2]}" if mark and end in _PAGED_FILES else ""


def path_of(directory: Path, database: Database) -> Path:
    """Where the file is, or would be made."""
    wanted, other = _paths(directory, database)
    return other if other.exists() and not wanted.exists() else wanted


def _paths(directory: Path, database: Database) -> tuple[Path, Path]:
    """The file as it shall be, encrypted or not, and as it may be until it is converted."""
    plain, sealed = directory / database.name, directory / database.sealed_name
    state = encryption_of(directory)
    return (plain, sealed) if state is None or state.is_turning_off else (sealed, plain)


@contextmanager
def reading(directory: Path, database: Database) -> Iterator[sqlite3.Connection]:
    """A connection for one question: opening it costs 0.3 ms, and it never is to a file that was since replaced.

    Raises:
        sqlite3.DatabaseError: There is no such file, or it is unusable.
    """
    path = path_of(directory, database)
    try:
        connection = _connected(path, database, "?mode=ro")
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF not in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY):
            raise
        # In a folder that is read-only SQLite cannot make the files that it shares with a writer.
        now = path_of(directory, database)  # it may have been converted
        connection = _connected(now, database, "?mode=ro" if now != path else "?mode=ro&immutable=1")
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
    path = path_of(directory, database)
    with suppress(FileExistsError):  # one that is there must not be opened and closed: that would end SQLite's locks
        _make_empty(path)
    connection = _connected(path, database)
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
    return not path_of(directory, database).exists()


def problem(directory: Path, database: Database) -> str:
    """What is wrong with the file, after a look at all of it; "" where there is none, or one of another version."""
    path = path_of(directory, database)
    if not path.exists():
        return ""
    try:
        with reading(directory, database) as connection:
            found: str = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
    except sqlite3.DatabaseError as error:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        found = str(error) if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB) else "ok"
    return "" if found == "ok" else f"{path.name}: {found}"


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
    for path in _paths(directory, database):
        _delete_file(path)


def delete_outdated(directory: Path, database: Database) -> None:
    """Delete what a conversion that was stopped left: the file as it was before, and one that was not finished."""
    wanted, other = _paths(directory, database)
    _unfinished(wanted).unlink(missing_ok=True)
    _unfinished(other).unlink(missing_ok=True)
    if wanted.exists():
        _delete_file(other)


def convert(directory: Path, database: Database) -> None:
    """Write the file anew as it shall be, encrypted or not; then delete the one before. Its one writer does this.

    Whatever stops it, one of them counts as a whole. Takes 1 s for 100 MB.

    Raises:
        sqlite3.DatabaseError: It is unusable, or the disk is full.
        OSError: It cannot be written or deleted.
    """
    delete_outdated(directory, database)
    wanted, other = _paths(directory, database)
    if not other.exists():
        return
    _delete_file(wanted)  # a log that was left without its file
    _make_empty(_unfinished(wanted))
    with closing(_connected(other, database)) as connection:
        _export(connection, _unfinished(wanted), _key_text(wanted, database))
    _unfinished(wanted).replace(wanted)
    sync_folder(directory)
    _delete_file(other)


def _export(connection: sqlite3.Connection, path: Path, key: str) -> None:
    connection.execute("ATTACH ? AS anew KEY ?", (str(path), key))
    _copy_marks(connection, "auto_vacuum")  # which has to be known before there is a table
    connection.execute("SELECT sqlcipher_export('anew')").fetchall()
    _copy_marks(connection, "application_id", "user_version")
    connection.execute("DETACH anew")


def _copy_marks(connection: sqlite3.Connection, *names: str) -> None:
    for name in names:
        (value,) = connection.execute(f"PRAGMA main.{name}").fetchone()
        connection.execute(f"PRAGMA anew.{name} = {value}").fetchall()


def _unfinished(path: Path) -> Path:
    return path.with_name(f"{path.name}.new")


def _make_empty(path: Path) -> None:
    os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))  # SQLite would let others read it


def _delete_file(path: Path) -> None:
    for end in ("", "-wal", "-shm"):
        path.with_name(path.name + end).unlink(missing_ok=True)


def _connected(path: Path, database: Database, options: str = "") -> sqlite3.Connection:
    uri = path.absolute().as_uri() + options
    key = _key_text(path, database)
    connection = sqlite3.connect(uri, uri=True, timeout=_BUSY_S, isolation_level=None, check_same_thread=False)
    try:
        if key:
            connection.execute("PRAGMA cipher_log_level = NONE").fetchall()  # else it writes to stderr by itself
            connection.execute(f'PRAGMA key = "{key}"').fetchall()
        connection.execute("PRAGMA application_id").fetchone()  # the first statement opens the file
    except BaseException:
        connection.close()
        raise
    return connection


def _key_text(path: Path, database: Database) -> str:
    """The key of an encrypted file as SQLCipher wants it; "" for one that is not.

    Raises:
        IndexSealed: It is not at hand, or of no use here.
    """
    if path.name != database.sealed_name:
        return ""
    if not CAN_ENCRYPT:
        raise IndexSealed("The index is encrypted, and sqlcipher3 is not installed", hint=ENCRYPTION_HINT)
    return f"x'{seal_to_read(path.parent).database_key(database.name).hex()}'"


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
