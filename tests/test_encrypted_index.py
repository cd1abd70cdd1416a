"""An encrypted index says all that it said before, to who has the key, and nothing to anybody else."""

import random
import shutil
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

import key_source
from errors import IndexCorrupt, IndexSealed
from forgetting import forget_folder
from index_store import (
    check_index,
    create_or_open_index,
    decrypt,
    pieces_under,
    read_index,
    repair_index,
    sealing,
    search_files,
    thumbnails,
    words,
)
from index_store.durable import damaged_stretches, write_file
from index_store.mapping import read_or_map
from index_store.raw_contents import blocks_of
from index_store.remains import RawSearch
from key_source import use_key_source
from tests.index_contents import FINGERPRINT, addition, contents, open_writer, texts_with
from tests.sealed_contents import CHANGED, PICTURE, SMALL, flip, kinds_on_disk, pieces_of, segment_file

pytest_plugins = ("tests.sealed_fixtures",)
pytestmark = pytest.mark.usefixtures("keys")

PROJECT = Path(__file__).parent.parent
SEGMENT_FILES = [
    *("embeddings.npy", "codes.npy", "code_scales.npy", "documents.jsonl", "document_offsets.npy"),
    *("chunks.jsonl", "chunk_offsets.npy", "chunk_documents.npy"),
]
DERIVED = {"codes.npy", "code_scales.npy", "document_offsets.npy", "chunk_offsets.npy"}


def without_keys(monkeypatch):
    monkeypatch.setattr(sealing, "_KEYS", sealing._Keys())
    monkeypatch.setattr(key_source, "_sources", [])


def test_read_when_the_key_is_not_at_hand_then_says_so_and_changes_nothing(encrypted, monkeypatch):
    before = {path: path.read_bytes() for path in encrypted.rglob("*") if path.is_file()}
    for source in (None, lambda _: bytes(32)):
        without_keys(monkeypatch)
        if source:
            use_key_source(source)
        for act in (read_index, open_writer, check_index, repair_index, decrypt, words.problem, thumbnails.problem):
            with pytest.raises(IndexSealed, match="key") as caught:
                act(encrypted)
            assert caught.value.hint
    assert {path: path.read_bytes() for path in encrypted.rglob("*") if path.is_file()} == before


def test_read_when_it_is_not_known_which_key_then_the_index_is_corrupt(encrypted):
    (encrypted / "encryption.json").write_bytes(b"{")
    with pytest.raises(IndexCorrupt, match="damaged") as caught:
        read_index(encrypted)
    assert "launcher clear" in caught.value.hint
    (encrypted / "encryption.json").unlink()
    with pytest.raises(IndexCorrupt, match="is gone"):
        read_index(encrypted)


def test_read_when_it_is_not_encrypted_then_no_key_is_asked_for_and_nothing_that_encrypts_is_loaded(plain):
    program = f"""import sys; from pathlib import Path; from index_store import read_index
read_index(Path({str(plain)!r})).search_passages("wardrobe", limit=3)
sys.exit("cryptography" in sys.modules)"""
    assert subprocess.run([sys.executable, "-c", program], cwd=PROJECT, check=False).returncode == 0


def test_commit_when_encrypted_then_what_is_added_removed_and_merged_is_too(encrypted):
    with open_writer(encrypted) as writer:
        for number in range(20):
            writer.commit([addition(f"/docs/later-{number}.txt", f"quokkasecret number {number}")])
        writer.commit(removals=[SMALL, "/docs/later-3.txt"])
        writer.compact()
        assert len(writer.snapshot.segments) < 10
    snapshot = read_index(encrypted)
    assert len(texts_with(snapshot, "quokkasecret")) == 19
    assert snapshot.find(SMALL) is None
    assert kinds_on_disk(encrypted, pieces_of(encrypted)) == {}
    assert check_index(encrypted).problems == []


def test_forget_when_encrypted_then_it_is_proved_with_the_key(encrypted, tmp_path):
    with open_writer(encrypted) as writer:
        writer.commit([addition("/docs/private/zanzibarletter.txt", "the quokkasecretword is under the floor")])
        pieces = pieces_under(writer.snapshot, "/docs/private/")
        left = [shutil.copy(path, tmp_path / path.name) for path in encrypted.glob("words-sealed.db*")]
        left += [shutil.copy(path, tmp_path) for path in writer.snapshot.segments[-1].folder.iterdir()]
        forget_folder(writer, Path("/docs/private"))
        found = search_files(writer.snapshot, "/docs/private/", pieces, others=map(Path, left)).left
    kinds = {(Path(path).name, what) for path, what in found}
    expected = {("documents.jsonl", "a name"), ("chunks.jsonl", "a text"), ("embeddings.npy", "an embedding")}
    assert kinds >= expected | {("words-sealed.db-wal", "a name"), ("words-sealed.db-wal", "a word")}


def test_blocks_of_when_words_stand_in_free_pages_of_an_encrypted_database_then_they_are_in_there(encrypted):
    pieces = pieces_of(encrypted)
    with closing(words.database.open_to_write(encrypted, words._WORDS)) as connection:
        connection.execute("PRAGMA secure_delete = OFF")  # which SQLCipher turns on by itself
        for table in words._TABLES:
            connection.execute(f"DROP TABLE IF EXISTS {table}")
        words.database.flush(connection)
    found = RawSearch(pieces).found_in_blocks(blocks_of(encrypted, encrypted / "words-sealed.db"))
    assert {pieces[each] for each in found} == {"a name", "a word"}


def test_blocks_of_when_a_database_is_encrypted_then_its_first_page_is_read_too(encrypted):
    read = b"".join(blocks_of(encrypted, encrypted / "thumbnails-sealed.db"))
    assert b"CREATE TABLE thumbnails" in read
    assert PICTURE[:200] in read


@pytest.mark.parametrize("size_bytes", [0, 1_000, 2_000_000], ids=["empty", "read", "mapped if it were plain"])
def test_read_when_a_file_of_zeros_is_damaged_then_it_is_told(encrypted, size_bytes):
    entry = write_file(encrypted / "zeros", [bytes(size_bytes)])
    assert (bytes(read_or_map(encrypted, entry)), damaged_stretches(encrypted, entry)) == (bytes(size_bytes), [])
    whole = (encrypted / "zeros").read_bytes()
    for damaged in (whole[:-1] + bytes([whole[-1] ^ 1]), whole[:-1], whole + b"\0"):
        (encrypted / "zeros").write_bytes(damaged)
        assert damaged_stretches(encrypted, entry)
        with pytest.raises(ValueError, match=r"zeros has|has changed|is encrypted"):
            read_or_map(encrypted, entry)


@pytest.mark.parametrize("damage", ["flip", "cut", "grown"])
@pytest.mark.parametrize("name", SEGMENT_FILES)
def test_repair_when_a_file_is_damaged_then_it_is_found_and_the_rest_is_kept(encrypted, name, damage):
    before, path = contents(read_index(encrypted)), segment_file(encrypted, name)
    whole = path.read_bytes()
    if damage == "flip":
        flip(path)
    else:
        path.write_bytes(whole[:-1] if damage == "cut" else whole + b"\0")
    (problem,) = check_index(encrypted).problems
    assert name in problem
    lost = repair_index(encrypted).lost
    assert (lost == []) == (name in DERIVED or damage == "grown")
    after = contents(read_index(encrypted))
    assert after == {path: texts for path, texts in before.items() if path in after}
    assert len(after) + len(lost) == len(before)
    assert check_index(encrypted).problems == []
    assert kinds_on_disk(encrypted, pieces_of(encrypted)) == {}


def test_repair_when_one_block_of_many_is_damaged_then_only_documents_in_it_are_lost(encrypted):
    long = "word " * 2_000
    with open_writer(encrypted) as writer:
        writer.commit([addition(f"/long/{number}.txt", f"{number} {long}") for number in range(60)])
    before, path = contents(read_index(encrypted)), segment_file(encrypted, "chunks.jsonl")
    assert path.stat().st_size > 500_000
    flip(path)
    lost = repair_index(encrypted).lost
    assert 0 < len(lost) < 15
    assert contents(read_index(encrypted)) == {key: texts for key, texts in before.items() if key not in lost}


def test_read_when_codes_are_damaged_then_the_segment_is_searched_without_them(encrypted):
    before = contents(read_index(encrypted))
    flip(segment_file(encrypted, "codes.npy"))
    snapshot = read_index(encrypted)
    assert (contents(snapshot), snapshot.notice) == (before, "")


def test_read_when_embeddings_are_damaged_then_the_segment_is_left_out_with_a_notice(encrypted):
    flip(segment_file(encrypted, "embeddings.npy"))
    snapshot = read_index(encrypted)
    assert "is damaged" in snapshot.notice
    assert contents(snapshot).keys() <= {CHANGED, SMALL}


def test_manifest_when_the_newest_is_cut_or_changed_anywhere_then_the_one_before_counts(encrypted):
    before = contents(read_index(encrypted))
    newest = max(encrypted.glob("manifest-*.json"))
    whole = newest.read_bytes()
    for place in random.Random(1).sample(range(len(whole)), 20):
        for data in (whole[:place], whole[:place] + bytes([whole[place] ^ 4]) + whole[place + 1 :]):
            newest.write_bytes(data)
            snapshot = read_index(encrypted)
            assert newest.name in snapshot.notice
            assert contents(snapshot) == before


@pytest.mark.parametrize("name", ["words-sealed.db", "thumbnails-sealed.db"])
def test_check_when_a_page_of_a_database_is_damaged_then_it_is_named_and_made_again(encrypted, name):
    for place in (5, 3_000, -2_000):
        flip(encrypted / name, place)
        problems = check_index(encrypted).problems
        assert [problem.startswith(f"{name}: ") for problem in problems] == [True]
        repair_index(encrypted)
        assert check_index(encrypted).problems == []
        with open_writer(encrypted) as writer, thumbnails.writing(encrypted) as pictures:
            pictures.put(thumbnails.key_of(writer.snapshot.find(SMALL)[1]), [], drawn_by=1)
    assert len(texts_with(read_index(encrypted), "quuxiliary7")) > 0
    assert not (encrypted / "words.db").exists()


def test_create_when_encrypted_then_no_file_may_be_read_by_others(encrypted):
    with create_or_open_index(encrypted, fingerprint=FINGERPRINT) as writer:
        writer.commit([addition("/a.txt", "one")])
    if sys.platform != "win32":
        assert not [path for path in encrypted.rglob("*") if path.is_file() and path.stat().st_mode & 0o077]
