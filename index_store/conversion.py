"""Encrypting an index that is there, and decrypting it again.

`encryption.json` goes first and says what is being done. From then on every new file is written in the new manner, and
each old one is written anew. What a stop leaves is an index with files of both manners, which opens and answers; doing
it again goes on with those that are left.
"""

import errno
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import FileIO
from pathlib import Path

import msgspec

from errors import IndexCorrupt, IndexSealed, IndexStoreError
from index_store import compaction, thumbnails, words
from index_store.durable import make_folder, sync_folder, write_plain_file
from index_store.encryption_state import STATE_FILE, EncryptionState, encryption_of, unfinished_state
from index_store.leftovers import delete_set_aside, sweep
from index_store.manifest import REPAIR_HINT, manifest_names
from index_store.sealing import can_seal, check_of, is_sealed, remember_key, seal_to_read
from index_store.segment import Segment, segment_folders
from index_store.snapshot import open_snapshot
from index_store.sqlite import CAN_ENCRYPT
from index_store.writer import IndexWriter, lock_index, unwritable

_OnProgress = Callable[[int, int], None]  # bytes written anew so far, and of all


def encrypt(directory: Path, key_id: str, key: bytes, on_progress: _OnProgress = lambda _done, _total: None) -> None:
    """Encrypt the index; where there is none, the one that is made next is encrypted from its beginning.

    Args:
        directory: The index.
        key_id: By which the key will be asked for; nothing secret.
        key: 32 random bytes.
        on_progress: Called with bytes written anew so far, and of all.

    Raises:
        IndexSealed: It is encrypted already, with another key.
        IndexLocked: Another process is writing it.
        IndexCorrupt: Something of it is damaged.
        IndexUnwritable: The disk is full or read-only. What was done is kept, and doing it again goes on.
        IndexStoreError: What encrypts is not installed.
    """
    if not (CAN_ENCRYPT and can_seal()):
        message = "The index cannot be encrypted here: sqlcipher3 or cryptography is not installed"
        raise IndexStoreError(
            message, hint="pip install -r requirements.txt; there is no cryptography for Macs of Intel"
        )
    with _told_as_unwritable(directory):
        make_folder(directory)
    with lock_index(directory) as lock, _told_as_unwritable(directory):
        state = encryption_of(directory)
        if state is not None and (state.key_id, state.check) != (key_id, check_of(key)):
            raise IndexSealed("The index is encrypted already, with another key", hint="launcher encryption off")
        if state is None or not state.is_complete:
            remember_key(key_id, key)
            state = EncryptionState(key_id=key_id, check=check_of(key), phase="turning on")
            _write_state(directory, state)
            _convert(directory, lock, on_progress, after=msgspec.structs.replace(state, phase="on"))


def decrypt(directory: Path, on_progress: _OnProgress = lambda _done, _total: None) -> None:
    """Have nothing of the index encrypted any more; nothing happens to one that is not.

    Raises:
        IndexSealed: Its key is not at hand.
        IndexLocked, IndexCorrupt, IndexUnwritable: As `encrypt`.
    """
    if encryption_of(directory) is None:
        return
    seal_to_read(directory)  # without the key nothing is begun
    with lock_index(directory) as lock, _told_as_unwritable(directory):
        if state := encryption_of(directory):
            _write_state(directory, msgspec.structs.replace(state, phase="turning off"))
            _convert(directory, lock, on_progress, after=None)


def _convert(directory: Path, lock: FileIO, on_progress: _OnProgress, *, after: EncryptionState | None) -> None:
    """Write anew what is not in the new manner, and say that all is while nobody else can write."""
    if not manifest_names(directory):
        _write_state(directory, after)
        return
    words.convert(directory)
    thumbnails.convert(directory)
    with IndexWriter(directory, lock, open_snapshot(directory)) as writer:
        _write_segments_anew(writer, on_progress, to_sealed=after is not None)
        _leave_nothing_old(writer, to_sealed=after is not None)
        _write_state(directory, after)


def _write_segments_anew(writer: IndexWriter, on_progress: _OnProgress, *, to_sealed: bool) -> None:
    kept = [manifest for manifest in (writer.snapshot.manifest, writer.manifest_before) if manifest]
    sweep(writer.directory, kept)  # what a stop left takes room
    segments = [
        each for each in writer.snapshot.segments if any(file.is_sealed != to_sealed for file in each.entry.all_files)
    ]
    done_bytes, total_bytes = 0, sum(map(_size_bytes, segments))
    on_progress(done_bytes, total_bytes)
    for segment in segments:
        if compaction.first_damaged([segment]):
            raise IndexCorrupt(f"Segment {segment.number} of the index is damaged", hint=REPAIR_HINT)
        if not compaction.has_room(writer.directory, [segment]):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        writer.replace([segment])
        done_bytes += _size_bytes(segment)
        on_progress(done_bytes, total_bytes)


def _size_bytes(segment: Segment) -> int:
    return sum(file.size_bytes for file in segment.entry.all_files)


def _leave_nothing_old(writer: IndexWriter, *, to_sealed: bool) -> None:
    """Commit the same until both manifests that are kept are in the new manner, and name what is.

    Raises:
        OSError: A file cannot be deleted, as on Windows while another process has it open.
    """
    for _ in range(2):
        if _has_old(writer, to_sealed=to_sealed):
            writer.replace([])
    delete_set_aside(writer.directory)
    if _has_old(writer, to_sealed=to_sealed):
        raise OSError(errno.EBUSY, "another program has files of it open")


def _has_old(writer: IndexWriter, *, to_sealed: bool) -> bool:
    directory = writer.directory
    if segment_folders(directory).keys() - {segment.number for segment in writer.snapshot.segments}:
        return True
    return any(is_sealed((directory / name).read_bytes()) != to_sealed for name in manifest_names(directory))


def _write_state(directory: Path, state: EncryptionState | None) -> None:
    if state is None:
        (directory / STATE_FILE).unlink()
    else:
        unfinished = unfinished_state(directory)
        unfinished.unlink(missing_ok=True)
        write_plain_file(unfinished, [msgspec.json.encode(state)])
        unfinished.replace(directory / STATE_FILE)
    sync_folder(directory)


@contextmanager
def _told_as_unwritable(directory: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise unwritable(directory, error) from error
