"""The one process that changes the index: a commit is durable when it returns, or it did not happen."""

import errno
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from io import FileIO
from itertools import chain
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec
import numpy as np

from embeddings import Fingerprint
from errors import IndexCorrupt, IndexLocked, IndexUnwritable
from index_store import thumbnails, words
from index_store.durable import make_folder
from index_store.leftovers import delete_all, delete_stale, manifest_before, sweep, undo
from index_store.lock import take_lock
from index_store.manifest import (
    CLEAR_HINT,
    FORMAT_VERSION,
    Manifest,
    SegmentEntry,
    generation_of,
    manifest_names,
    write_manifest,
)
from index_store.records import Addition, Root
from index_store.segment import Segment, segment_folders, write_removed, write_segment
from index_store.snapshot import Snapshot, check_fingerprint, open_snapshot

_UNIT_TOLERANCE = 1e-3


def create_or_open_index(directory: Path, *, fingerprint: Fingerprint) -> "IndexWriter":
    """Open the index in `directory` for writing, a new one where there is none; close it, or use `with`.

    What a killed run left half-written is deleted, and the word index is brought up to the last commit.

    Raises:
        IndexLocked: Another process is writing it.
        IndexModelMismatch: It was made with another model.
        IndexCorrupt: A file of it is damaged.
        IndexUnwritable: The disk is full or read-only.
    """
    try:
        make_folder(directory)
    except OSError as error:
        raise _unwritable(directory, error) from error
    lock = _locked(directory)
    try:
        return _opened(directory, lock, fingerprint)
    except BaseException:
        lock.close()
        raise


def delete_index(directory: Path) -> None:
    """Delete the whole index, if there is one. Its folder stays, with the lock in it.

    Raises:
        IndexLocked: Another process is writing it.
        IndexUnwritable: Something of it cannot be deleted.
    """
    if not directory.exists():
        return
    with _locked(directory):
        try:
            delete_all(directory)
        except OSError as error:
            raise _unwritable(directory, error) from error


def _locked(directory: Path) -> FileIO:
    try:
        lock = take_lock(directory / "lock")
    except OSError as error:
        raise _unwritable(directory, error) from error
    if lock is None:
        message = f"Another launcher is writing the index in {directory}"
        raise IndexLocked(message, hint="Wait until it is done, or stop it.")
    return lock


def _opened(directory: Path, lock: FileIO, fingerprint: Fingerprint) -> "IndexWriter":
    if not manifest_names(directory):
        _create(directory, fingerprint)
    snapshot = open_snapshot(directory)
    check_fingerprint(snapshot, fingerprint)
    writer = IndexWriter(directory, lock, snapshot)  # takes note of all numbers in use, so before the sweep
    sweep(directory, [manifest for manifest in (snapshot.manifest, writer.manifest_before) if manifest])
    snapshot.catch_up_words()
    return writer


def _create(directory: Path, fingerprint: Fingerprint) -> None:
    if segment_folders(directory):
        raise IndexCorrupt(f"The manifest of the index in {directory} is gone", hint=CLEAR_HINT)
    manifest = Manifest(
        format_version=FORMAT_VERSION, generation=1, next_segment=1, fingerprint=fingerprint, roots=(), segments=()
    )
    sweep(directory, [])  # an unfinished first manifest
    try:
        write_manifest(directory, manifest)
    except OSError as error:
        raise _unwritable(directory, error) from error


class IndexWriter:
    """Holds the lock of one index, and commits to it."""

    def __init__(self, directory: Path, lock: FileIO, snapshot: Snapshot) -> None:
        self.directory = directory
        self.snapshot = snapshot  # as of the last commit
        self._lock = lock
        self._words = words.keep_open(directory)
        # Numbers are never used twice, not even one that a failed commit or an unreadable manifest had:
        # a reader tells by them what it has open already.
        self._generation = max(map(generation_of, manifest_names(directory)))
        self._segment = max(snapshot.manifest.next_segment - 1, *segment_folders(directory), 0)
        self.manifest_before = manifest_before(directory, snapshot.generation)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Free the lock. Everything committed is on the disk already."""
        self._words.close()
        self._lock.close()

    def commit(
        self,
        additions: Sequence[Addition] = (),
        *,
        removals: Collection[str] = (),
        roots: Sequence[Root] | None = None,
    ) -> None:
        """Add and remove documents in one step: all of it is on the disk when this returns.

        Args:
            additions: New documents; one whose path is live already replaces that.
            removals: Paths of documents to remove; those not in the index are no error.
            roots: The folders the index is of from now on; None leaves them as they are.

        Raises:
            IndexUnwritable: The disk is full or read-only. The index is as it was, and this
                writer may be used again.
        """
        if self._lock.closed:
            raise ValueError("this index writer is closed")
        manifest = self.snapshot.manifest
        _check_additions(additions, manifest.fingerprint.dim)
        going = self._going({*removals, *(addition.document.path for addition in additions)})
        new_roots = manifest.roots if roots is None else tuple(roots)
        if additions or going or new_roots != manifest.roots:
            if removals:  # first, so that whatever stops this, no picture is left of a document that is not
                self.sweep_thumbnails(additions, removals=removals)
            self._commit(additions, going, new_roots)
            delete_stale(self.directory, self.manifest_before, kept=[manifest, self.snapshot.manifest])
            self.manifest_before = manifest
            self.snapshot.catch_up_words()

    def sweep_thumbnails(self, additions: Iterable[Addition] = (), *, removals: Iterable[str] = ()) -> None:
        """Delete the thumbnails of what documents no longer are, and of those about to be removed.

        Raises:
            IndexUnwritable: Not even all of them can be deleted.
        """
        going = set(removals)
        kept = (record for _, record in self.snapshot.documents() if record.path not in going)
        thumbnails.keep_only(self.directory, chain(kept, (addition.document for addition in additions)))

    def _commit(self, additions: Sequence[Addition], going: Mapping[int, set[int]], roots: tuple[Root, ...]) -> None:
        self._generation += 1
        segment = None
        if additions:
            segment = self._segment = self._segment + 1
        try:
            entries = self._entries_without(going)
            if segment is not None:
                entries.append(write_segment(self.directory, segment, additions))
            manifest = msgspec.structs.replace(
                self.snapshot.manifest,
                generation=self._generation,
                next_segment=self._segment + 1,
                roots=roots,
                segments=tuple(entries),
            )
            write_manifest(self.directory, manifest)
            snapshot = open_snapshot(self.directory, before=self.snapshot)
        except BaseException as error:  # Ctrl-C too leaves a writer that may be used again
            undo(self.directory, self._generation, segment=segment, removed_in=going)
            if isinstance(error, OSError):
                raise _unwritable(self.directory, error) from error
            raise
        self.snapshot = snapshot

    def _going(self, paths: Iterable[str]) -> dict[int, set[int]]:
        """Rows of the live documents with these paths, by segment."""
        going = defaultdict(set)
        for path in paths:
            if found := self.snapshot.find(path):
                going[found[0].segment].add(found[0].row)
        return dict(going)

    def _entries_without(self, going: Mapping[int, set[int]]) -> list[SegmentEntry]:
        entries = []
        for segment in self.snapshot.segments:
            if segment.number not in going:
                entries.append(segment.entry)
            elif entry := self._entry_without(segment, going[segment.number]):
                entries.append(entry)
        return entries

    def _entry_without(self, segment: Segment, rows: set[int]) -> SegmentEntry | None:
        removed = rows.union(np.flatnonzero(~segment.live_documents).tolist())
        if len(removed) == segment.entry.document_count:
            return None
        file = write_removed(self.directory, segment.number, self._generation, removed)
        return msgspec.structs.replace(segment.entry, removed=file, removed_count=len(removed))


def _check_additions(additions: Sequence[Addition], dim: int) -> None:
    paths = {addition.document.path for addition in additions}
    if len(paths) != len(additions):
        raise ValueError("two additions have the same path")
    for document, chunks, embeddings in additions:
        if embeddings.dtype != np.float32 or embeddings.shape != (len(chunks), dim):
            raise ValueError(
                f"{document.path}: embeddings {embeddings.dtype} {embeddings.shape} for {len(chunks)} chunks"
            )
        norms = np.linalg.norm(embeddings, axis=1)  # (n,); NaN is not near 1 either
        if not np.all(np.abs(norms - 1) <= _UNIT_TOLERANCE):
            raise ValueError(f"{document.path}: embeddings that are not of unit length")


def _unwritable(directory: Path, error: OSError) -> IndexUnwritable:
    is_full = error.errno in (errno.ENOSPC, errno.EDQUOT)
    hint = "Free some space and index again" if is_full else "Check who may write there and index again"
    return IndexUnwritable(
        f"Cannot write the index in {directory}: {error.strerror or error}", hint=f"{hint}; what was indexed is kept."
    )
