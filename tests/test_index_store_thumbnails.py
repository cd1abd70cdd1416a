"""Thumbnails in the index: shared by copies, gone when they are forgotten, and no harm whatever happens to the file."""

import os
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import msgspec
import pytest

from corpus import Thumbnail
from errors import IndexUnwritable
from index_store import delete_index, read_index, thumbnails
from index_store.sqlite import sqlite3
from index_store.thumbnails import keep_only, key_of, keys_tried, nearest_picture, pictures_of, writing
from tests.index_contents import addition, open_writer

PROJECT = Path(__file__).resolve().parent.parent
FILM = (Thumbnail(1, b"first", 2.0), Thumbnail(2, b"second", 30.0), Thumbnail(3, b"third", 61.5))


def record(path, content_hash="", **facts):
    return msgspec.structs.replace(addition(path).document, content_hash=content_hash, **facts)


def indexed(*records):
    return [addition(one.path)._replace(document=one) for one in records]


def put(directory, key, kept, drawn_by=1):
    with writing(directory) as writer:
        writer.put(key, kept, drawn_by=drawn_by)


def pictures(directory):
    """All pictures that are kept, by what they are kept under."""
    with closing(sqlite3.connect(directory / "thumbnails.db")) as connection:
        return set(connection.execute("SELECT key, picture FROM thumbnails"))


def bytes_on_disk(directory):
    return b"".join(path.read_bytes() for path in sorted(directory.rglob("*")) if path.is_file())


@pytest.mark.parametrize(
    ("place", "nearest"),
    [
        ({"page_number": 2, "second": None}, b"second"),
        ({"page_number": 9, "second": None}, b"first"),
        ({"page_number": 0, "second": None}, b"first"),
        ({"page_number": 1, "second": 50.0}, b"third"),
        ({"page_number": 3, "second": 0.0}, b"first"),
        ({"page_number": 3, "second": 16.0}, b"first"),
    ],
)
def test_picture_when_asked_for_then_is_the_nearest_in_time_or_that_page_or_the_first(tmp_path, place, nearest):
    put(tmp_path, "film", FILM)
    assert nearest_picture(tmp_path, "film", **place) == nearest


def test_key_when_files_have_the_same_bytes_then_is_the_same_wherever_they_are():
    assert key_of(record("/a.png", "same")) == key_of(record("/b/c.png", "same")) != key_of(record("/a.png", "other"))


@pytest.mark.parametrize("change", [{"path": "/b\udcff.mp4"}, {"size_bytes": 2}, {"mtime_ns": 2}])
def test_key_when_a_file_was_too_large_to_hash_then_is_its_place_size_and_time(change):
    large = record("/a.mp4")
    assert key_of(large) == key_of(record("/a.mp4", inode=5)) != key_of(msgspec.structs.replace(large, **change))


def test_put_when_repeated_then_replaces_all_of_before(tmp_path):
    put(tmp_path, "film", FILM)
    put(tmp_path, "film", FILM[:1], drawn_by=2)
    assert pictures(tmp_path) == {("film", b"first")}


def test_document_without_a_picture_when_noted_then_counts_as_tried_and_has_none(tmp_path):
    put(tmp_path, "none", ())
    put(tmp_path, "film", FILM)
    assert keys_tried(tmp_path, 1) == {"none", "film"}
    assert keys_tried(tmp_path, 1, without_failures=True) == {"film"}
    assert keys_tried(tmp_path, 2) == set()
    assert pictures_of(tmp_path, ["none", "film", "unknown"]) == {"film": 3}
    assert nearest_picture(tmp_path, "none", page_number=1, second=None) is None


def test_keep_only_when_documents_go_then_their_bytes_are_nowhere_and_the_file_is_smaller(tmp_path):
    secret, other = os.urandom(40_000), os.urandom(5_000)
    put(tmp_path, "secret", [Thumbnail(1, secret)])
    put(tmp_path, "other", [Thumbnail(1, other)])
    assert secret[100:116] in bytes_on_disk(tmp_path)
    keep_only(tmp_path, [record("/other.png", "other")])
    assert secret[100:116] not in bytes_on_disk(tmp_path)
    assert pictures(tmp_path) == {("other", other)}
    assert (tmp_path / "thumbnails.db").stat().st_size < 40_000


def test_keep_only_when_somebody_reads_then_still_leaves_nothing_of_them(tmp_path):
    secret = os.urandom(40_000)
    put(tmp_path, "secret", [Thumbnail(1, secret)])
    with closing(sqlite3.connect(tmp_path / "thumbnails.db")) as reader:
        reader.execute("SELECT count(*) FROM thumbnails").fetchall()
        keep_only(tmp_path, [])
        assert secret[100:116] not in bytes_on_disk(tmp_path)


def test_removal_when_committed_then_thumbnails_go_unless_a_copy_stays(tmp_path):
    with open_writer(tmp_path) as writer:
        writer.commit(indexed(record("/a.png", "same"), record("/copy.png", "same"), record("/c.png", "gone")))
        put(tmp_path, "same", FILM[:1])
        put(tmp_path, "gone", FILM[1:2])
        writer.commit(removals=["/a.png", "/c.png"])
        assert pictures(tmp_path) == {("same", b"first")}
        writer.commit(indexed(record("/moved.png", "same")), removals=["/copy.png"])
        assert pictures(tmp_path) == {("same", b"first")}


def test_removal_when_the_thumbnails_cannot_be_changed_then_all_of_them_go(tmp_path, monkeypatch):
    def fail(*_):
        raise sqlite3.OperationalError("disk full")

    put(tmp_path, "film", FILM)
    monkeypatch.setattr(thumbnails, "_keep_only", fail)
    keep_only(tmp_path, [record("/a.mp4", "film")])
    assert not (tmp_path / "thumbnails.db").exists()


def test_snapshot_when_asked_for_thumbnails_then_finds_them_by_path(tmp_path):
    with open_writer(tmp_path) as writer:
        writer.commit(indexed(record("/a.mp4", "film"), record("/b.txt", "text")))
    put(tmp_path, "film", FILM)
    snapshot = read_index(tmp_path)
    assert snapshot.pictures_of(["/a.mp4", "/b.txt", "/unknown"]) == {"/a.mp4": 3}
    assert snapshot.thumbnail("/a.mp4", second=29.0) == b"second"
    assert snapshot.thumbnail("/b.txt") is None
    assert snapshot.thumbnail("/unknown") is None


def test_index_when_cleared_then_its_thumbnails_are_gone(tmp_path):
    with open_writer(tmp_path) as writer:
        writer.commit(indexed(record("/a.mp4", "film")))
    put(tmp_path, "film", FILM)
    delete_index(tmp_path)
    assert not list(tmp_path.glob("thumbnails*"))


PUT_UNTIL_KILLED = """
import itertools, pathlib, sys
from corpus import Thumbnail
from index_store.thumbnails import writing
with writing(pathlib.Path(sys.argv[1])) as writer:
    for number in itertools.count():
        writer.put(str(number), [Thumbnail(1, str(number).encode() * 3000)], drawn_by=1)
        print(number, flush=True)
"""


def test_put_when_its_process_is_killed_then_all_that_it_said_was_kept_is_there(tmp_path):
    command = [sys.executable, "-c", PUT_UNTIL_KILLED, tmp_path]
    with subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE, text=True) as process:
        said = [process.stdout.readline().strip() for _ in range(300)]
        process.kill()
    assert set(said) <= keys_tried(tmp_path, 1)
    assert nearest_picture(tmp_path, said[-1], page_number=1, second=None) == said[-1].encode() * 3000


def emptied(path: Path) -> None:
    path.write_bytes(b"")


def overwritten(path: Path) -> None:
    path.write_bytes(b"no database " * 1000)


def torn(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:4096])


def scratched(path: Path) -> None:
    """Only using it shows it."""
    data = path.read_bytes()
    path.write_bytes(data[:4096] + b"\xff" * (len(data) - 4096))


def of_another_version(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version = 99")


@pytest.mark.parametrize("damage", [Path.unlink, emptied, overwritten, torn, scratched, of_another_version])
def test_thumbnails_when_their_file_is_damaged_then_are_none_until_they_are_made_again(tmp_path, damage):
    put(tmp_path, "film", [Thumbnail(1, b"x" * 20_000)])
    damage(tmp_path / "thumbnails.db")
    assert nearest_picture(tmp_path, "film", page_number=1, second=None) in (None, b"x" * 20_000)
    for _ in range(2):  # damage that shows late ends the first one
        put(tmp_path, "film", FILM)
    assert nearest_picture(tmp_path, "film", page_number=2, second=None) == b"second"
    keep_only(tmp_path, [])
    assert pictures_of(tmp_path, ["film"]) == {}


def test_thumbnails_when_they_can_be_read_by_others_then_only_by_this_user(tmp_path):
    put(tmp_path, "film", FILM)
    assert (tmp_path / "thumbnails.db").stat().st_mode & 0o077 == 0


def test_thumbnails_when_they_cannot_be_written_then_says_so(tmp_path):
    (tmp_path / "thumbnails.db").mkdir()
    with pytest.raises(IndexUnwritable, match="thumbnails"):
        put(tmp_path, "film", FILM)


def test_purge_when_a_killed_run_left_a_log_then_it_holds_nothing(tmp_path):
    picture = bytes(range(256)) * 64
    put(tmp_path, "film", [Thumbnail(1, picture)])
    with closing(sqlite3.connect(tmp_path / "thumbnails.db", isolation_level=None)) as killed:
        killed.execute("PRAGMA secure_delete = ON")
        killed.execute("DELETE FROM thumbnails")
        assert picture[:64] in bytes_on_disk(tmp_path)
        thumbnails.purge(tmp_path)
        assert picture[:64] not in bytes_on_disk(tmp_path)
