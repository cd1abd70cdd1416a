"""The one process that changes the index: a commit is durable when it returns, or it did not happen."""

import errno
import logging
import os
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from io import FileIO
from itertools import chain
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec
import numpy as np

from embeddings import Fingerprint
from errors import IndexCorrupt, IndexLocked, IndexUnwritable
from index_store import compaction, thumbnails, words
from index_store.durable import make_folder, room_bytes
from index_store.leftovers import delete_all, delete_set_aside, delete_stale, manifest_before, sweep, undo
from index_store.manifest import (
    CLEAR_HINT,
    FORMAT_VERSION,
    REPAIR_HINT,
    Kinship,
    Manifest,
    SegmentEntry,
    generation_of,
    manifest_names,
    write_manifest,
)
from index_store.records import Addition, Root
from index_store.segment import Segment, segment_folders, write_removed, write_segment
from index_store.snapshot import Snapshot, check_fingerprint, open_snapshot
from process_lock import take_lock

logger = logging.getLogger(__name__)

_UNIT_TOLERANCE = 1e-3


def create_or_open_index(directory: Path, *, fingerprint: Fingerprint, before: Snapshot | None = None) -> "IndexWriter":
    """Open the index in `directory` for writing, a new one where there is none; close it, or use `with`.

    What a killed run left half-written is deleted, and the word index is brought up to the last commit.

    Args:
        directory: The index.
        fingerprint: Of the model that its embeddings are, or shall be, made with.
        before: What is open of it already; what is known of its segments is not worked out again.

    Raises:
        IndexLocked: Another process is writing it.
        IndexModelMismatch: It was made with another model.
        IndexCorrupt: A file of it is damaged.
        IndexUnwritable: The disk is full or read-only.
    """
    try:
        make_folder(directory)
    except OSError as error:
        raise unwritable(directory, error) from error
    lock = lock_index(directory)
    try:
        return _opened(directory, lock, fingerprint, before)
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
    with lock_index(directory):
        try:
            delete_all(directory)
        except OSError as error:
            raise unwritable(directory, error) from error


def lock_index(directory: Path) -> FileIO:
    """Be the one who writes it, until the file is closed.

    Raises:
        IndexLocked: Another process is.
        IndexUnwritable: The file cannot be made.
    """
    try:
        lock = take_lock(directory / "lock")
    except OSError as error:
        raise unwritable(directory, error) from error
    if lock is None:
        message = f"Another launcher is writing the index in {directory}"
        raise IndexLocked(message, hint="Wait until it is done, or stop it.")
    return lock


def _opened(directory: Path, lock: FileIO, fingerprint: Fingerprint, before: Snapshot | None) -> "IndexWriter":
    if not manifest_names(directory):
        _create(directory, fingerprint)
    snapshot = open_snapshot(directory, before=before)
    check_fingerprint(snapshot, fingerprint)
    if snapshot.notice:  # numbers of the commit that is lost may come again
        words.delete(directory)
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
        raise unwritable(directory, error) from error


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
        self._unmerged: set[int] = set()  # damaged ones, to be left as they are
        self._may_merge = True

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
        if additions and room_bytes(self.directory) < 0:
            raise unwritable(self.directory, OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)))
        if additions or going or new_roots != manifest.roots:
            if removals:  # first, so that whatever stops this, no picture is left of a document that is not
                self.sweep_thumbnails(additions, removals=removals)
            self._commit(additions, going, new_roots)
            if self._may_merge:  # a run that commits for hours would be left with thousands of segments
                self._may_merge = self._merge_next(compaction.FEW_ROWS)

    def compact(self, *, should_stop: Callable[[], bool] = lambda: False) -> None:
        """Merge small segments, and give back the room of removed documents, where that is worth it.

        Readers do not notice. Whatever stops it, the index is as it was or as it shall be; without room on the disk
        nothing is merged.
        """
        while not should_stop() and self._merge_next(compaction.MOST_ROWS):
            pass
        numbers = {segment.number for segment in self.snapshot.segments}
        if self.manifest_before and any(entry.number not in numbers for entry in self.manifest_before.segments):
            with suppress(IndexUnwritable), self._next_generation():  # twice the same, so that what was merged may go
                self._publish(self.snapshot.manifest.segments)

    def note_kinship(self, kinship: Kinship) -> None:
        """Keep what was measured of this index, for all that search it.

        Raises:
            IndexUnwritable: As `commit`.
        """
        with self._next_generation():
            self._publish(self.snapshot.manifest.segments, kinship=kinship)

    def replace(self, segments: Iterable[Segment]) -> None:
        """Write what lives of each anew in its place; then no manifest names the ones before any more.

        Raises:
            IndexUnwritable: The disk is full or read-only. Each of them is as it was, or replaced.
        """
        for segment in segments:
            if segment.live_document_count:
                self._merge([segment])
            else:
                with self._next_generation():
                    self._publish(each.entry for each in self.snapshot.segments if each.number != segment.number)
        with self._next_generation():
            self._publish(self.snapshot.manifest.segments)

    def purge(self) -> None:
        """Have nothing in the files of the index but what lives: no removed document, no word or picture of one.

        Rows of removed documents, and earlier versions of changed ones, are written out of their segments, damaged
        segments that a repair set aside are deleted. Whatever stops this, doing it again goes on with what is left.

        Raises:
            IndexCorrupt: A segment is damaged that would be written anew.
            IndexUnwritable: The disk is full or read-only, or another process is at the words for long.
        """
        parts = [segment for segment in self.snapshot.segments if segment.entry.removed]
        if damaged := compaction.first_damaged(parts):
            raise IndexCorrupt(f"Segment {damaged.number} of the index is damaged", hint=REPAIR_HINT)
        self.replace(parts)
        sweep(self.directory, [manifest for manifest in (self.snapshot.manifest, self.manifest_before) if manifest])
        delete_set_aside(self.directory)
        self.sweep_thumbnails()
        thumbnails.purge(self.directory)
        try:
            words.purge(self.directory, self.snapshot.segments, self.snapshot.roots)
        except OSError as error:
            raise unwritable(self.directory, error) from error

    @property
    def is_pure(self) -> bool:
        """Whether there is nothing in its segments and words that does not live."""
        segments = self.snapshot.segments
        return not any(each.entry.removed for each in segments) and not words.has_dead_rows(self.directory, segments)

    def _merge_next(self, most_rows: int) -> bool:
        """Merge what is next, if anything is; False when it is of no use to try again."""
        segments = self.snapshot.segments
        parts = compaction.next_merge(segments, most_rows=most_rows, but_not=self._unmerged)
        if not parts:
            return most_rows == compaction.FEW_ROWS  # after the next commit
        try:
            if not compaction.has_room(self.directory, parts):
                return False
            if damaged := compaction.first_damaged(parts):
                logger.warning("segment %d is damaged, and not merged: launcher check", damaged.number)
                self._unmerged.add(damaged.number)
                return True
            self._merge(parts)
        except (OSError, IndexUnwritable) as error:
            logger.warning("merging segments: %s", error)
            return False
        return True

    def sweep_thumbnails(self, additions: Iterable[Addition] = (), *, removals: Iterable[str] = ()) -> None:
        """Delete the thumbnails of what documents no longer are, and of those about to be removed.

        Raises:
            IndexUnwritable: Not even all of them can be deleted.
        """
        going = set(removals)
        kept = (record for _, record in self.snapshot.documents() if record.path not in going)
        thumbnails.keep_only(self.directory, chain(kept, (addition.document for addition in additions)))

    def _commit(self, additions: Sequence[Addition], going: Mapping[int, set[int]], roots: tuple[Root, ...]) -> None:
        with self._next_generation(removed_in=going, adds_segment=bool(additions)):
            entries = self._entries_without(going)
            if additions:
                entries.append(write_segment(self.directory, self._segment, additions))
            self._publish(entries, roots=roots)

    def _merge(self, parts: Sequence[Segment]) -> None:
        with self._next_generation(adds_segment=True):
            merged = compaction.merge(self.directory, self._segment, parts)
            numbers = {part.number for part in parts}
            entries = [
                merged if segment is parts[0] else segment.entry
                for segment in self.snapshot.segments
                if segment is parts[0] or segment.number not in numbers
            ]
            self._publish(entries)

    @contextmanager
    def _next_generation(self, *, removed_in: Iterable[int] = (), adds_segment: bool = False) -> Iterator[None]:
        """Take back what the block wrote when it fails; Ctrl-C too leaves a writer that may be used again."""
        self._generation += 1
        self._segment += adds_segment
        before = self.snapshot.manifest
        try:
            yield
        except BaseException as error:
            segment = self._segment if adds_segment else None
            undo(self.directory, self._generation, segment=segment, removed_in=removed_in)
            if isinstance(error, OSError):
                raise unwritable(self.directory, error) from error
            raise
        delete_stale(self.directory, self.manifest_before, kept=[before, self.snapshot.manifest])
        self.manifest_before = before
        self.snapshot.catch_up_words()

    def _publish(
        self,
        segments: Iterable[SegmentEntry],
        *,
        roots: tuple[Root, ...] | None = None,
        kinship: Kinship | None = None,
    ) -> None:
        before = self.snapshot.manifest
        manifest = msgspec.structs.replace(
            before,
            format_version=FORMAT_VERSION,
            generation=self._generation,
            next_segment=self._segment + 1,
            roots=before.roots if roots is None else roots,
            segments=tuple(segments),
            kinship=kinship or before.kinship,
        )
        write_manifest(self.directory, manifest)
        self.snapshot = open_snapshot(self.directory, before=self.snapshot)

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


def unwritable(directory: Path, error: OSError) -> IndexUnwritable:
    is_full = error.errno in (errno.ENOSPC, errno.EDQUOT)
    hint = "Free some space and index again" if is_full else "Check who may write there and index again"
    return IndexUnwritable(
        f"Cannot write the index in {directory}: {error.strerror or error}", hint=f"{hint}; what was indexed is kept."
    )
