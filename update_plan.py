"""What an indexing run would do: places on the disk compared with the index, in the order of reading.

Apart from the act, so that it can be tested, and shown by --dry-run, without touching the index.
"""

import os
import time
from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import repeat
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from corpus import Document, Scan, Sight, walk
from extraction import EXTRACTOR_VERSION
from index_store import DocumentRecord, Root, Snapshot
from index_store.document_records import DocumentRecords
from index_store.segment import Segment
from reading_order import in_order
from volumes import NOT_PLUGGED_IN, away_folders, is_away, why_not_there
from whereabouts import Whereabouts

_FILES_COMPARED = 512  # at once

_Listing = tuple[str, str, list[Sight]]  # as `walk` gives it


@dataclass(slots=True)
class Plan:
    """What a run would do."""

    to_read: list[Document] = field(default_factory=list)  # in the order in which they are read
    new: list[Document] = field(default_factory=list)  # of those, the ones the index has never seen
    to_remove: list[str] = field(default_factory=list)
    unchanged: int = 0
    problems: list[tuple[Path, str]] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)  # names, by the rule that is against them


def plan_update(
    roots: Sequence[Root],
    snapshot: Snapshot | None,
    *,
    all_roots: Sequence[Root],
    skip: Sequence[Path] = (),
    retry: bool = False,
) -> Plan:
    """Walk over `roots`, and over those within them, and compare with the index.

    Nothing is removed after a partial scan, nor when a root came back empty: an unplugged drive leaves its mount
    point behind. An unchanged file costs little more than to look at it; the first time that a snapshot is compared,
    6 µs for each of its documents are added.

    Args:
        roots: The folders of this run.
        snapshot: What the index knows; None where there is none yet.
        all_roots: Every root of the index: a document belongs to the deepest one above it.
        skip: Folders never entered.
        retry: Also read again what failed before.
    """
    look = _Look(snapshot, all_roots, skip=skip, retry=retry)
    noted = {root.path: root for root in all_roots}  # with their volumes, which a folder that is only named lacks
    for root in (noted.get(root.path, root) for root in roots):
        look.sweep(root)
        for inner in look.roots_below(root.path) if root.recursive else ():
            look.sweep(inner)
    return look.plan()


def plan_paths(
    paths: Iterable[str],
    snapshot: Snapshot,
    *,
    skip: Sequence[Path] = (),
    retry: bool = False,
) -> Plan:
    """What `plan_update` would say of these paths and of all below them, at the cost of looking at these alone.

    What is not there is gone only where the nearest folder above it can be listed, and its root is there.

    Args:
        paths: Absolute, of files or folders that are, or were, under a root; others are nobody's.
        snapshot: What the index knows.
        skip: Folders never entered.
        retry: Also read again what failed before.
    """
    look = _Look(snapshot, snapshot.roots, skip=skip, retry=retry)
    for path in _outermost(map(os.path.normpath, paths)):
        look.at(path)
    return look.plan()


def _outermost(paths: Iterable[str]) -> list[str]:
    """Those that are not below another."""
    found: set[str] = set()
    for path in sorted(set(paths), key=len):
        if not any(os.fspath(above) in found for above in Path(path).parents):
            found.add(path)
    return sorted(found)


class _Look:
    """One comparison with the index, place by place."""

    def __init__(self, snapshot: Snapshot | None, roots: Sequence[Root], *, skip: Sequence[Path], retry: bool) -> None:
        self._snapshot = snapshot
        self._roots = roots
        self._skip = skip
        self._retry = retry
        self._places: dict[str, Whereabouts] = {}  # by the path of their root
        self._swept: set[str] = set()
        self._folder: tuple[str, Whereabouts | None] = ("", None)  # the last that `_settled` was in
        self._plan = Plan()

    def plan(self) -> Plan:
        self._leave_away()
        self._plan.to_read = in_order(self._plan.to_read, now_s=time.time())
        self._plan.to_remove.sort()
        return self._plan

    def _leave_away(self) -> None:
        """Nothing is known of a drive below a root that is away, and what another one has in its place is not of it."""
        away = [folder for root in self._roots if root.drives for folder in away_folders(root)]
        inside = tuple(os.path.join(folder, "") for folder in away)
        if inside:
            plan = self._plan
            plan.to_remove = [path for path in plan.to_remove if not path.startswith(inside)]
            plan.new = [document for document in plan.new if not str(document.path).startswith(inside)]
            plan.to_read = [document for document in plan.to_read if not str(document.path).startswith(inside)]

    def roots_below(self, folder: str) -> list[Root]:
        inside = os.path.join(folder, "")
        return [root for root in self._roots if root.path.startswith(inside)]

    def sweep(self, root: Root) -> None:
        if root.path not in self._swept:
            self._swept.add(root.path)
            if is_away(root):
                self._plan.problems.append((Path(root.path), why_not_there(root)))
            else:
                away = away_folders(root) if root.drives else []
                self._plan.problems.extend((Path(folder), NOT_PLUGGED_IN) for folder in away)
                self._walk(self._whereabouts(root), root.path)

    def at(self, path: str) -> None:
        """Compare a file, or a folder with all in it, that is there or was."""
        root = self._root_of(path)
        if root and root.path == path:
            self.sweep(root)
        elif root:
            self._compare_place(self._whereabouts(root), path)
        for inner in self.roots_below(path):
            self.sweep(inner)

    def _whereabouts(self, root: Root) -> Whereabouts:
        if root.path not in self._places:
            self._places[root.path] = Whereabouts(root, skip=self._skip)
        return self._places[root.path]

    def _compare_place(self, places: Whereabouts, path: str) -> None:
        found = places.at(path)
        if found.document:
            self._compare(found.document, places.root)
        elif found.state != "unknown" and self._record(path):
            self._plan.to_remove.append(path)
        if found.state == "folder":
            self._walk(places, path)
        elif found.state != "unknown" and self._snapshot:
            inner = _inside(self.roots_below(path))
            self._plan.to_remove.extend(gone for gone in self._snapshot.paths_under(path) if not gone.startswith(inner))

    def _walk(self, places: Whereabouts, folder: str) -> None:
        inner, seen = self.roots_below(folder), Scan(Path(folder))
        known = _Known(self._snapshot, folder, inner, column=self._column)
        but_not = {root.path for root in inner}
        walked = walk(folder, places.judge, seen, prefix=places.prefix_of(folder), but_not=but_not)
        compared = set()
        for place, prefix, (name, size_bytes, mtime_ns, inode) in known.other_files(walked):
            if rule := places.judge(prefix, name, False):
                seen.left_out[rule] += 1
                continue
            with_members = places.root.archives == "contents"
            document = Document(Path(place + name), size_bytes, mtime_ns, inode, with_members)
            self._compare(document, places.root)
            compared.add(place + name)
        self._plan.unchanged += known.unchanged
        self._plan.problems.extend(seen.problems)
        self._plan.left_out.update(seen.left_out)
        if seen.complete and places.is_there:
            self._plan.to_remove.extend(path for path in known.other_paths() if path not in compared)

    def _column(self, documents: DocumentRecords) -> NDArray[np.int64]:
        key = tuple(self._roots), tuple(self._skip), self._retry
        return documents.column(key, self._settled)

    def _settled(self, record: DocumentRecord) -> int:
        """A number that a file has only while it is unchanged to its cheap fingerprint; 0 where a record has to be
        looked at, or a rule is against its name now.

        By chance another file has it once in 10^19 times.
        """
        is_plain = _is_finished(record) and record.kind != "archive" and record.pages != "image"
        if not is_plain or (self._retry and is_flawed(record)):
            return 0
        cut = record.path.rfind(os.sep) + 1
        folder, name = record.path[:cut], record.path[cut:]
        if self._is_excluded(folder, name):
            return 0
        return hash((folder, (name, record.size_bytes, record.mtime_ns, record.inode)))

    def _is_excluded(self, folder: str, name: str) -> bool:
        if folder != self._folder[0]:  # neighbours come one after the other
            root = self._root_of(folder)
            self._folder = folder, self._whereabouts(root) if root else None
        places = self._folder[1]
        return places is None or bool(places.judge(places.prefix_of(folder), name, False))

    def _root_of(self, folder: str) -> Root | None:
        path = owner(os.path.join(folder, "x"), self._roots)
        return next((root for root in self._roots if root.path == path), None)

    def _compare(self, document: Document, root: Root) -> None:
        record = self._record(str(document.path))
        if record is None:
            self._plan.new.append(document)
        elif is_unchanged(document, record, retry=self._retry) and is_read_as_wanted(record, [root]):
            self._plan.unchanged += 1
            return
        self._plan.to_read.append(document)

    def _record(self, path: str) -> DocumentRecord | None:
        found = self._snapshot.find(path) if self._snapshot else None
        return found[1] if found else None


class _Known:
    """The documents that the index has in a folder, as one number each: most are compared without their records."""

    def __init__(
        self,
        snapshot: Snapshot | None,
        folder: str,
        but_not: Sequence[Root],
        *,
        column: Callable[[DocumentRecords], NDArray[np.int64]],
    ) -> None:
        self._segments = snapshot.segments if snapshot else ()
        self._rows = [_rows_under(segment, folder, but_not) for segment in self._segments]
        parts = zip(self._segments, self._rows, strict=True)
        values = [column(segment.documents)[rows] for segment, rows in parts if len(rows)]
        joined = np.concatenate([np.empty(0, np.int64), *values])
        self._order = np.argsort(joined)
        self._values = joined[self._order]  # ascending
        self._is_met = np.zeros(len(joined), bool)

    @property
    def unchanged(self) -> int:
        return int(np.count_nonzero(self._is_met))

    def other_files(self, listings: Iterable[_Listing]) -> Iterator[tuple[str, str, Sight]]:
        """Those of which the index may lack something, each with its folder as `walk` gives it."""
        held: list[_Listing] = []
        hashes = array("q")
        for folder, prefix, sights in listings:
            held.append((folder, prefix, sights))
            hashes.extend(map(hash, zip(repeat(folder), sights)))
            if len(hashes) >= _FILES_COMPARED:
                yield from self._others(held, hashes)
                held, hashes = [], array("q")
        yield from self._others(held, hashes)

    def _others(self, listings: Sequence[_Listing], hashes: "array[int]") -> Iterator[tuple[str, str, Sight]]:
        values = np.frombuffer(hashes, np.int64)  # (files,)
        places = self._values.searchsorted(values)
        is_known = np.zeros(len(values), bool)
        inside = places < len(self._values)
        is_known[inside] = self._values[places[inside]] == values[inside]
        self._is_met[self._order[places[is_known]]] = True
        if not is_known.all():
            files = [(folder, prefix, sight) for folder, prefix, sights in listings for sight in sights]
            yield from (files[row] for row in np.flatnonzero(~is_known))

    def other_paths(self) -> Iterator[str]:
        """The documents that none of these files is."""
        start = 0
        for segment, rows in zip(self._segments, self._rows, strict=True):
            others = rows[~self._is_met[start : start + len(rows)]]
            yield from (record.path for record in segment.documents.records(others))
            start += len(rows)


def _rows_under(segment: Segment, folder: str, but_not: Sequence[Root]) -> NDArray[np.int32]:
    rows = segment.documents.rows_under(folder)
    for root in but_not:
        rows = rows[~np.isin(rows, segment.documents.rows_under(root.path))]
    return rows[segment.live_documents[rows]]


def _inside(roots: Iterable[Root]) -> tuple[str, ...]:
    return tuple(os.path.join(root.path, "") for root in roots)


def owner(path: str, roots: Sequence[Root]) -> str:
    """The deepest root above `path`, or "" when none is."""
    above = (root.path for root in roots if path.startswith(root.path.rstrip(os.sep) + os.sep))
    return max(above, key=len, default="")


def is_unchanged(document: Document, record: DocumentRecord, *, retry: bool = False) -> bool:
    """Whether the index already holds everything about this document as it is now."""
    return is_same_file(document, record) and _is_finished(record) and not (retry and is_flawed(record))


def _is_finished(record: DocumentRecord) -> bool:
    return record.stage != "names" and not record.is_begun and record.reader_version == EXTRACTOR_VERSION


def is_flawed(record: DocumentRecord) -> bool:
    """Whether something of a document could not be read or looked at, so that `--retry` tries it again."""
    return bool(record.failure or record.lost_pages or record.unseen or record.ocr_failure)


def is_same_file(document: Document, record: DocumentRecord) -> bool:
    """Whether the file is, to its cheap fingerprint, the one that the record was made of."""
    now = (document.size_bytes, document.mtime_ns, document.inode)
    return now == (record.size_bytes, record.mtime_ns, record.inode)


def is_opened(path: str, roots: Sequence[Root]) -> bool:
    """Whether its root wants an archive there to be read with the documents in it."""
    wanting = {root.path for root in roots if root.archives == "contents"}
    return bool(wanting) and owner(path, roots) in wanting


def is_read_as_wanted(record: DocumentRecord, roots: Sequence[Root]) -> bool:
    """Whether its root has the same rules as when it was read, as far as they change what is read of it."""
    is_other = record.kind == "archive" and record.with_members != is_opened(record.path, roots)
    return not is_other and not lacks_text(record, roots)


def lacks_text(record: DocumentRecord, roots: Sequence[Root]) -> bool:
    """Whether its text was given up for pictures of its pages, and its root wants it back."""
    if record.pages != "image":
        return False
    path = owner(record.path, roots)
    return any(root.path == path and root.pages != "image" for root in roots)
