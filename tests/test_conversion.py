"""Encrypting and decrypting change nothing that a reader gets, and whatever stops them, nothing is lost."""

import os
import random
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from errors import IndexCorrupt, IndexLocked, IndexSealed, IndexStoreError, IndexUnwritable
from index_store import (
    check_index,
    conversion,
    decrypt,
    delete_index,
    encrypt,
    encryption_of,
    pieces_under,
    read_index,
    repair_index,
    sealing,
)
from index_store.sealing import MAGIC
from index_store.writer import lock_index
from tests.conversion_child import CHANGING
from tests.index_contents import addition, contents, open_writer, texts_with, write_index
from tests.sealed_contents import (
    KEY,
    KEY_ID,
    REMOVED,
    SMALL,
    everything,
    fill,
    flip,
    kinds_on_disk,
    pieces_of,
    segment_file,
)

pytest_plugins = ("tests.sealed_fixtures",)
pytestmark = pytest.mark.usefixtures("keys")

PROJECT = Path(__file__).parent.parent
KINDS = {"a name", "a text", "a word", "an embedding", "a thumbnail"}


def test_encrypt_when_done_then_readers_get_what_they_got_before(plain):
    before = everything(read_index(plain))
    encrypt(plain, KEY_ID, KEY)
    assert everything(read_index(plain)) == before
    assert REMOVED not in before[0]
    assert (encryption_of(plain).is_complete, check_index(plain).problems) == (True, [])


def test_encrypt_when_done_then_nothing_of_any_kind_can_be_read_from_the_disk(plain):
    pieces = pieces_of(plain)
    assert set().union(*kinds_on_disk(plain, pieces).values()) == KINDS
    encrypt(plain, KEY_ID, KEY)
    assert kinds_on_disk(plain, pieces) == {}
    raw = b"".join(path.read_bytes() for path in plain.rglob("*") if path.is_file())
    assert not [mark for mark in (b"NUMPY", b"SQLite", b"fake", b"/docs", b'"path"', KEY) if mark in raw]


def test_decrypt_when_done_then_readers_get_the_same_and_nothing_is_sealed(plain):
    before, pieces = everything(read_index(plain)), pieces_of(plain)
    encrypt(plain, KEY_ID, KEY)
    decrypt(plain)
    assert everything(read_index(plain)) == before
    assert (encryption_of(plain), check_index(plain).problems) == (None, [])
    assert set().union(*kinds_on_disk(plain, pieces).values()) == KINDS
    assert not [path for path in plain.rglob("*") if path.is_file() and path.read_bytes().startswith(MAGIC)]
    assert not list(plain.glob("*-sealed*"))


def test_encrypt_when_told_how_far_it_is_then_it_is_all_of_it_in_the_end(plain):
    told = []
    encrypt(plain, KEY_ID, KEY, lambda done, total: told.append((done, total)))
    assert told == sorted(told)
    assert told[0][0] == 0 < told[-1][0] == told[-1][1]


def test_encrypt_when_it_is_encrypted_already_then_no_file_is_touched(encrypted):
    before = {path: path.stat().st_mtime_ns for path in encrypted.rglob("*.np*")}
    encrypt(encrypted, KEY_ID, KEY)
    assert {path: path.stat().st_mtime_ns for path in encrypted.rglob("*.np*")} == before


def test_encrypt_when_it_is_with_another_key_then_it_is_refused(encrypted):
    with pytest.raises(IndexSealed, match="another key"):
        encrypt(encrypted, "other", bytes(32))
    with pytest.raises(IndexSealed, match="another key"):
        encrypt(encrypted, KEY_ID, bytes(32))
    assert everything(read_index(encrypted))


def test_encrypt_when_there_is_no_index_then_the_next_one_is_encrypted_from_its_beginning(tmp_path):
    directory = tmp_path / "new" / "index"
    encrypt(directory, KEY_ID, KEY)
    assert encryption_of(directory).is_complete
    fill(directory)
    pieces = pieces_of(directory)
    assert len(pieces) > 1_000
    assert kinds_on_disk(directory, pieces) == {}
    assert contents(read_index(directory))[SMALL] == ["a small wardrobe note"]


def test_encrypt_when_the_index_is_empty_then_its_manifests_are_encrypted(tmp_path):
    write_index(tmp_path)
    encrypt(tmp_path, KEY_ID, KEY)
    assert [path.read_bytes()[: len(MAGIC)] for path in tmp_path.glob("manifest-*")] == [MAGIC, MAGIC]
    decrypt(tmp_path)
    assert contents(read_index(tmp_path)) == {}


def test_decrypt_when_there_is_nothing_encrypted_then_nothing_happens(plain, tmp_path):
    before = everything(read_index(plain))
    decrypt(plain)
    decrypt(tmp_path / "nowhere")
    assert everything(read_index(plain)) == before
    assert not (tmp_path / "nowhere").exists()


def test_delete_when_it_was_encrypted_then_the_next_index_is_not(encrypted, monkeypatch):
    monkeypatch.setattr(sealing, "_KEYS", sealing._Keys())  # deleting needs none
    delete_index(encrypted)
    assert encryption_of(encrypted) is None
    write_index(encrypted, [addition("/a.txt", "one")])
    assert contents(read_index(encrypted)) == {"/a.txt": ["one"]}


@pytest.mark.parametrize("convert", [lambda directory: encrypt(directory, KEY_ID, KEY), decrypt])
def test_convert_when_another_process_writes_then_it_is_refused(plain, encrypted, convert):
    directory = encrypted if convert is decrypt else plain
    with lock_index(directory), pytest.raises(IndexLocked):
        convert(directory)


def test_encrypt_when_sqlcipher_is_not_installed_then_it_is_refused_before_anything_is_done(plain, monkeypatch):
    monkeypatch.setattr(conversion, "CAN_ENCRYPT", False)
    with pytest.raises(IndexStoreError, match="not installed") as caught:
        encrypt(plain, KEY_ID, KEY)
    assert caught.value.hint
    assert encryption_of(plain) is None


def test_encrypt_when_a_segment_is_damaged_then_says_so_and_goes_on_after_the_repair(plain):
    pieces = pieces_of(plain)
    flip(segment_file(plain, "chunks.jsonl"))
    with pytest.raises(IndexCorrupt, match="is damaged") as caught:
        encrypt(plain, KEY_ID, KEY)
    assert caught.value.hint == "launcher check --repair"
    assert encryption_of(plain).phase == "turning on"
    repair_index(plain)
    assert (plain / "damaged").exists()
    encrypt(plain, KEY_ID, KEY)
    assert kinds_on_disk(plain, pieces) == {}
    assert not (plain / "damaged").exists()


class Stopped(BaseException):
    """As Ctrl-C, at a call of which the number is known."""


def stopped_at(number, act):
    """Whether `act` was stopped before its so-manieth call that changes the disk; it has fewer otherwise."""
    calls = [0]

    def failing(call):
        def failing_call(*arguments, **options):
            calls[0] += 1
            if calls[0] == number:
                raise Stopped
            return call(*arguments, **options)

        return failing_call

    with pytest.MonkeyPatch.context() as patch:
        for name in CHANGING:
            patch.setattr(os, name, failing(getattr(os, name)))
        try:
            act()
        except Stopped:
            return True
    return calls[0] >= number


@pytest.mark.parametrize("direction", ["on", "off"])
def test_convert_when_stopped_anywhere_then_all_is_there_and_the_next_one_finishes(filled, tmp_path, direction):
    before = None
    for number in range(3, 1000, 31):
        directory = shutil.copytree(filled, tmp_path / str(number))
        before = before or everything(read_index(directory))
        convert = (lambda: encrypt(directory, KEY_ID, KEY)) if direction == "on" else (lambda: decrypt(directory))  # noqa: B023
        if direction == "off":
            encrypt(directory, KEY_ID, KEY)
        if not stopped_at(number, convert):
            break
        assert everything(read_index(directory)) == before
        assert check_index(directory).problems == []
        convert()
        assert everything(read_index(directory)) == before
        shutil.rmtree(directory)
    assert number > 60


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL there")
@pytest.mark.parametrize("direction", ["on", "off"])
def test_convert_when_killed_again_and_again_then_it_gets_done_and_nothing_is_lost(plain, direction):
    pieces, before, luck, kills = pieces_of(plain), everything(read_index(plain)), random.Random(direction), 0
    if direction == "off":
        encrypt(plain, KEY_ID, KEY)
    while True:
        command = [sys.executable, "-m", "tests.conversion_child", direction, str(plain), str(luck.randint(50, 250))]
        killed = subprocess.run(command, cwd=PROJECT, check=False).returncode
        assert everything(read_index(plain)) == before
        assert check_index(plain).problems == []
        if killed == 0:
            break
        kills += 1
    assert kills > 0
    assert bool(kinds_on_disk(plain, pieces)) == (direction == "off")
    assert (encryption_of(plain) is None) == (direction == "off")


def test_write_when_encrypting_was_stopped_then_what_is_new_is_encrypted_and_the_rest_follows(plain):
    stopped_at(40, lambda: encrypt(plain, KEY_ID, KEY))
    assert not encryption_of(plain).is_complete
    with open_writer(plain) as writer:
        writer.commit([addition("/docs/newcomer.txt", "quokkasecret of the newcomer")])
        pieces = {piece.data: piece.what for piece in pieces_under(writer.snapshot, "/docs/newcomer.txt/")}
    assert pieces
    assert kinds_on_disk(plain, pieces) == {}
    decrypt(plain)
    assert encryption_of(plain) is None
    assert texts_with(read_index(plain), "quokkasecret") == ["quokkasecret of the newcomer"]


def test_convert_when_another_process_reads_meanwhile_then_it_sees_whole_commits(plain):
    command = [sys.executable, "-m", "tests.sealed_reader_child", str(plain)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=PROJECT) as reader:
        reader.stdout.readline()
        for _ in range(3):
            encrypt(plain, KEY_ID, KEY)
            reader.stdout.readline()
            decrypt(plain)
            reader.stdout.readline()
        reader.communicate("")
    assert reader.returncode == 0


def test_refreshed_when_it_was_encrypted_since_then_an_open_snapshot_goes_on(plain):
    snapshot = read_index(plain)
    before = everything(snapshot)
    encrypt(plain, KEY_ID, KEY)
    assert everything(snapshot) == before  # its files are gone, and it has them open
    assert everything(snapshot.refreshed()) == before


def test_encrypt_when_the_disk_is_full_then_says_so_and_what_was_there_stays(plain, monkeypatch):
    before = everything(read_index(plain))
    monkeypatch.setattr("index_store.compaction.room_bytes", lambda _: 0)
    with pytest.raises(IndexUnwritable, match="No space left"):
        encrypt(plain, KEY_ID, KEY)
    assert everything(read_index(plain)) == before
