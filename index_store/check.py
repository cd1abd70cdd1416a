"""Reading every byte of the index, to find what a failing disk has changed, and keeping what it has not.

A repair drops the documents that are damaged, and nothing else: the next indexing run reads them again. The damaged
files are kept in the folder `damaged`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from io import FileIO
from pathlib import Path

from index_store import thumbnails, words
from index_store.leftovers import set_aside
from index_store.manifest import FoundManifest, manifest_names, newest_file, read_manifest, read_newest
from index_store.salvage import damage_of, salvaged
from index_store.segment import Segment, open_segment, segment_folder
from index_store.snapshot import Snapshot
from index_store.writer import IndexWriter, lock_index

_OnRead = Callable[[int, int], None]  # bytes read so far, and of all


@dataclass(slots=True)
class Findings:
    """What is damaged in an index, and which documents that takes with it."""

    problems: list[str] = field(default_factory=list)  # the file, and what is wrong with it
    lost: list[str] = field(default_factory=list)  # documents; "" for one whose name is damaged too


def check_index(directory: Path, on_read: _OnRead = lambda _done, _total: None) -> Findings:
    """Look at everything; about 1 GB/s. A writer may be at it meanwhile.

    Raises:
        IndexMissing: There is no index.
        IndexCorrupt: No manifest of it is valid.
        IndexStoreError: A newer launcher wrote it.
    """
    while True:
        newest = newest_file(directory)
        findings = _checked(directory, read_newest(directory), on_read)[0]
        if not findings.problems or newest == newest_file(directory):
            return findings  # else a commit in between may have taken a file away


def repair_index(directory: Path, on_read: _OnRead = lambda _done, _total: None) -> Findings:
    """Drop what is damaged and keep the rest; what a stop leaves undone is as it was.

    Returns:
        What was damaged. `lost` is gone from the index.

    Raises:
        IndexLocked: Another process is writing it.
        IndexUnwritable: The disk is full or read-only.
        And as `check_index`.
    """
    with lock_index(directory) as lock:
        found = read_newest(directory)
        findings, damaged = _checked(directory, found, on_read)
        if findings.problems:
            _repair(directory, lock, found, damaged)
    return findings


def _repair(directory: Path, lock: FileIO, found: FoundManifest, damaged: Mapping[int, Segment]) -> None:
    dim = found.manifest.fingerprint.dim
    entries = found.manifest.segments
    segments = [damaged.get(entry.number) or open_segment(directory, entry, dim=dim) for entry in entries]
    set_aside(directory, damaged, generation=found.manifest.generation)
    if found.notice or words.problem(directory):
        words.delete(directory)
    if thumbnails.problem(directory):
        thumbnails.delete(directory)
    with IndexWriter(directory, lock, Snapshot(directory, found, tuple(segments))) as writer:
        writer.replace(damaged.values())


def _checked(directory: Path, found: FoundManifest, on_read: _OnRead) -> tuple[Findings, dict[int, Segment]]:
    """What is damaged, and the damaged segments as far as they can be kept, by their numbers."""
    invalid = [name for name in manifest_names(directory) if not read_manifest(directory / name)]
    findings = Findings([f"{name}: is not valid" for name in invalid])
    damaged = {}
    dim = found.manifest.fingerprint.dim
    told = _Told(on_read, sum(file.size_bytes for entry in found.manifest.segments for file in entry.all_files))
    for entry in found.manifest.segments:
        if damage := damage_of(directory, entry, dim=dim, on_read=told.read):
            folder = segment_folder(directory, entry.number).relative_to(directory).as_posix()
            findings.problems += [f"{folder}/{name}: {each.problem}" for name, each in damage.items()]
            salvage = salvaged(directory, entry, damage, dim=dim)
            findings.lost += salvage.lost
            damaged[entry.number] = salvage.segment
    findings.problems += filter(None, (words.problem(directory), thumbnails.problem(directory)))
    return findings, damaged


class _Told:
    """Adds up what was read."""

    def __init__(self, on_read: _OnRead, total_bytes: int) -> None:
        self._on_read = on_read
        self._total_bytes = total_bytes
        self._done_bytes = 0

    def read(self, size_bytes: int) -> None:
        self._done_bytes += size_bytes
        self._on_read(self._done_bytes, self._total_bytes)
