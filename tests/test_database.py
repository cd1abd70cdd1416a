"""How the index's SQLite files are opened, by several who do it at once."""

import shutil
import subprocess
import sys
from contextlib import closing

import pytest

from index_store import database
from index_store.database import Database
from index_store.sqlite import sqlite3

NOTES = Database("notes.db", 0x4C4E5445, 1, ("CREATE TABLE notes (text TEXT)",))
# What SQLite does before it takes a file for one that nobody else has open: lock all the bytes that readers lock.
IS_FREE = "import fcntl, sys; fcntl.lockf(open(sys.argv[1], 'r+b'), fcntl.LOCK_EX | fcntl.LOCK_NB, 510, 0x40000002)"


def is_free(path):
    return subprocess.run([sys.executable, "-c", IS_FREE, path], capture_output=True, check=False).returncode == 0


@pytest.mark.skipif(sys.platform == "win32", reason="closing a file ends no locks there")
def test_open_when_the_file_is_open_already_then_its_locks_are_kept(tmp_path):
    with closing(database.open_to_write(tmp_path, NOTES)):
        database.open_to_write(tmp_path, NOTES).close()
        assert not is_free(tmp_path / "notes.db")
    assert is_free(tmp_path / "notes.db")


def test_problem_when_the_file_is_whole_missing_or_of_another_version_then_there_is_none(tmp_path):
    assert database.problem(tmp_path, NOTES) == ""
    database.open_to_write(tmp_path, NOTES).close()
    assert database.problem(tmp_path, NOTES) == ""
    assert database.problem(tmp_path, NOTES._replace(schema_version=2)) == ""


@pytest.mark.parametrize("damage", [b"no database", b"SQLite format 3\0" + b"\xff" * 8000])
def test_problem_when_the_file_is_damaged_then_it_is_named(tmp_path, damage):
    (tmp_path / "notes.db").write_bytes(damage)
    assert database.problem(tmp_path, NOTES).startswith("notes.db: ")


def test_reading_when_a_killed_writer_left_a_log_then_what_is_in_it_is_read(tmp_path):
    writing, killed = tmp_path / "writing", tmp_path / "killed"
    writing.mkdir()
    with closing(database.open_to_write(writing, NOTES)) as connection:
        connection.execute("INSERT INTO notes VALUES ('committed')")
        shutil.copytree(writing, killed)
    (killed / "notes.db-shm").unlink()
    with database.reading(killed, NOTES) as connection:
        assert connection.execute("SELECT text FROM notes").fetchall() == [("committed",)]


def test_reading_when_it_tries_to_write_then_it_may_not(tmp_path):
    database.open_to_write(tmp_path, NOTES).close()
    with database.reading(tmp_path, NOTES) as connection, pytest.raises(sqlite3.OperationalError, match="readonly"):
        connection.execute("INSERT INTO notes VALUES ('no')")
