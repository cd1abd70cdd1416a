"""The manifest: the small file that says which segments live.

A commit is a new manifest, numbered one higher. It is one line of JSON and one line with
that line's CRC32 as eight hexadecimal digits; whatever else a file holds, it is not valid.
The last two are kept, so that a newest one which a failing disk tore leaves the one before.
"""

import os
import re
import zlib
from pathlib import Path
from typing import NamedTuple

import msgspec

from embeddings import Fingerprint
from errors import IndexCorrupt, IndexMissing, IndexStoreError
from index_store.durable import FileEntry, sync_folder, write_file
from index_store.records import Root, from_json, to_json
from index_store.sealing import is_sealed, seal_to_read

# 2: embeddings are float16, and segments may have codes and be merged. 1 is read as it is, and goes on as 2.
FORMAT_VERSION = 2
CLEAR_HINT = "launcher clear, then launcher index"
REPAIR_HINT = "launcher check --repair"

_NAME = re.compile(r"manifest-(\d{8,})\.json")


class SegmentEntry(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One segment that lives: what its files must be, and which of its documents were removed."""

    number: int
    document_count: int  # with the removed ones
    chunk_count: int  # with those of removed documents
    files: tuple[FileEntry, ...]
    removed: FileEntry | None = None
    removed_count: int = 0
    is_merged: bool = False  # of several segments, so that it keeps where its rows come from

    def file(self, name: str) -> FileEntry:
        for entry in self.files:
            if entry.name == name:
                return entry
        raise ValueError(f"{name} is not in the manifest")

    @property
    def all_files(self) -> tuple[FileEntry, ...]:
        return self.files if self.removed is None else (*self.files, self.removed)


class Kinship(msgspec.Struct, frozen=True, kw_only=True):
    """How near chunks were to their nearest neighbours in other documents, when the index had so many chunks."""

    chunk_count: int
    texts: float  # cosines
    pictures: float


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that one commit left."""

    format_version: int
    generation: int
    next_segment: int
    fingerprint: Fingerprint
    roots: tuple[Root, ...]
    segments: tuple[SegmentEntry, ...]
    kinship: Kinship | None = None  # None: nobody has measured it


class ManifestFile(NamedTuple):
    """Which file the newest manifest is; a different one means that something was committed."""

    name: str
    inode: int
    mtime_ns: int


class FoundManifest(NamedTuple):
    """The newest valid manifest, and the newest file, which is another one when that is not valid."""

    manifest: Manifest
    newest: ManifestFile

    @property
    def notice(self) -> str:
        """What a person should know, else ""."""
        if generation_of(self.newest.name) == self.manifest.generation:
            return ""
        return f"{self.newest.name} is damaged: this is the index as of the commit before. Index again to catch up."


def generation_of(name: str) -> int:
    """The generation in the name of a manifest file; -1 for any other file."""
    match = _NAME.fullmatch(name)
    return int(match[1]) if match else -1


def manifest_names(directory: Path) -> list[str]:
    """Manifest files, newest first; empty when there is no such folder."""
    try:
        names = os.listdir(directory)
    except (FileNotFoundError, NotADirectoryError):
        return []
    return sorted((name for name in names if generation_of(name) >= 0), key=generation_of, reverse=True)


def newest_file(directory: Path) -> ManifestFile | None:
    """The newest manifest file, valid or not; None when there is none. Costs about 15 µs."""
    while names := manifest_names(directory):
        try:
            status = (directory / names[0]).stat()
        except FileNotFoundError:
            if names == manifest_names(directory):
                return None  # a link to nowhere, else this would go on for ever
            continue  # a writer took it away in between
        return ManifestFile(names[0], status.st_ino, status.st_mtime_ns)
    return None


def read_newest(directory: Path) -> FoundManifest:
    """The newest valid manifest.

    Raises:
        IndexMissing: There is none at all.
        IndexCorrupt: There are some, but none is valid.
        IndexStoreError: A newer launcher wrote it.
    """
    newest = newest_file(directory)
    if newest is None:
        raise IndexMissing(f"There is no index in {directory}", hint="launcher index FOLDER")
    for name in manifest_names(directory):
        if manifest := read_manifest(directory / name):
            return FoundManifest(manifest, newest)
    raise IndexCorrupt(f"No manifest of the index in {directory} is valid", hint=CLEAR_HINT)


def read_manifest(path: Path) -> Manifest | None:
    """The manifest in a file; None when it is not valid, or gone.

    Raises:
        IndexStoreError: A newer launcher wrote it.
        IndexSealed: It is sealed, and the key is not at hand.
    """
    try:
        data = path.read_bytes()
        if is_sealed(data):
            data = seal_to_read(path.parent).unsealed(data)
    except (FileNotFoundError, ValueError):
        return None
    body, _, _ = data.partition(b"\n")
    if data != _with_crc(body):
        return None
    try:
        version = from_json(body, _Version).format_version
        if version > FORMAT_VERSION:
            raise IndexStoreError(f"A newer launcher wrote {path}", hint=f"Update the launcher, or {CLEAR_HINT}")
        return from_json(body, Manifest)
    except ValueError:
        return None


class _Version(msgspec.Struct):
    format_version: int


def write_manifest(directory: Path, manifest: Manifest) -> None:
    """Commit: when this returns, the manifest and all files it names are on the disk.

    Raises:
        OSError: The manifest may be there all the same, see `manifest_path`.
    """
    path = manifest_path(directory, manifest.generation)
    unfinished = path.with_name(path.name + ".tmp")
    sync_folder(directory)  # the names that the manifest relies on go first
    write_file(unfinished, [_with_crc(to_json(manifest))])
    unfinished.replace(path)
    sync_folder(directory)


def manifest_path(directory: Path, generation: int) -> Path:
    return directory / f"manifest-{generation:08d}.json"


def _with_crc(body: bytes) -> bytes:
    return b"%s\n%08x\n" % (body, zlib.crc32(body))
