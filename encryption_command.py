"""What `launcher encryption` does: encrypts the index on the disk, decrypts it, or says how it is; and what becomes of
its key."""

import argparse
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import console
import index_key
from control import stood_aside
from coverage_report import ENCRYPTION, encryption_word
from errors import IndexSealed, IndexStoreError
from index_store import decrypt, encrypt, encryption_of
from settings import Settings

_NOT_COVERED = (
    "Not encrypted: your documents, the log, the list of what you opened, the settings, what is in memory and in swap, "
    "and what the disk may still hold of files that were replaced (docs/SECURITY.md)."
)


def run(args: argparse.Namespace, settings: Settings) -> int:
    before = encryption_word(settings.index_dir)
    if args.switch == "on" and before != "on":
        _encrypt(settings)
    elif args.switch == "off" and before != "off":
        _decrypt(settings)
    now = encryption_word(settings.index_dir)
    missing = _missing_key(settings.index_dir)
    if args.json:
        console.print_json({"encryption": now, "is_key_at_hand": missing is None and now != "off"})
    else:
        console.out.print(ENCRYPTION[now])
        if now == "on" and before != "on":
            console.out.print(f"Its key is in the keyring ({index_key.keyring_name()}). {_NOT_COVERED}", markup=False)
    if missing:
        raise missing
    return 0


def key_to_drop(index_dir: Path) -> str:
    """The id of the key of an index that is about to be deleted; "" where it has none, or cannot say any more."""
    try:
        return _key_id_of(index_dir)
    except IndexStoreError:
        return ""


def drop_key(key_id: str) -> None:
    """Delete the key of an index that is decrypted, or gone; where the keyring cannot be asked, say that it stays."""
    try:
        index_key.delete_key(key_id)
    except IndexSealed as error:
        console.say(f"The key stays in the keyring, and opens nothing any more. {error.message}")


def _encrypt(settings: Settings) -> None:
    """Raises as `index_store.encrypt`; the key of an index that could not be begun is not kept."""
    key_id = _key_id_of(settings.index_dir)
    key = index_key.read_key(key_id) if key_id else b""
    with _converted(settings, "on", "Encrypting") as on_progress:
        if not key_id:
            key_id, key = index_key.new_key()
        try:
            encrypt(settings.index_dir, key_id, key, on_progress)
        finally:
            if not _key_id_of(settings.index_dir):
                drop_key(key_id)


def _decrypt(settings: Settings) -> None:
    key_id = _key_id_of(settings.index_dir)
    with _converted(settings, "off", "Decrypting") as on_progress:
        decrypt(settings.index_dir, on_progress)
    drop_key(key_id)


@contextmanager
def _converted(settings: Settings, switch: str, title: str) -> Iterator[Callable[[int, int], None]]:
    """While it lasts nobody writes the index of their own accord; yields what is told how far it is."""
    try:
        with stood_aside(settings.runtime_dir), console.progress_of_bytes(title) as on_progress:
            yield on_progress
    except KeyboardInterrupt:
        console.say(f"Stopped. The index can be searched; launcher encryption {switch} goes on where it stopped.")
        raise


def _key_id_of(index_dir: Path) -> str:
    """ "" where it is not encrypted."""
    state = encryption_of(index_dir)
    return state.key_id if state else ""


def _missing_key(index_dir: Path) -> IndexSealed | None:
    """Why an encrypted index cannot be read; None when it can, or is not encrypted."""
    try:
        if key_id := _key_id_of(index_dir):
            index_key.read_key(key_id)
    except IndexSealed as error:
        return error
    return None
