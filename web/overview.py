"""What the pages about the index say of it: how far it is, what failed, its folders, its size, and its statistics."""

import os
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from coverage_report import STATES, coverage_of, reasons_of, states_of
from index_store import Snapshot
from update_plan import owner
from volumes import is_plugged_in
from web.path_ids import PathIds
from web.rows import shown, shown_folder

# Of the folder of the index, by the ends of the names of its files; what is none of these is "other".
PARTS = {
    "embeddings": ("embeddings.npy",),
    "codes": ("codes.npy", "code_scales.npy"),
    "passages": (".jsonl", "_offsets.npy", "_documents.npy", "_origins.npy"),
    "words": tuple(f"words{sealed}.db{log}" for sealed in ("", "-sealed") for log in ("", "-wal", "-shm")),
    "pictures": tuple(f"thumbnails{sealed}.db{log}" for sealed in ("", "-sealed") for log in ("", "-wal", "-shm")),
}
SIZE_STEPS_BYTES = (10_000, 100_000, 1_000_000, 10_000_000, 100_000_000)
_NAMED_FAILURES = 20  # of each reason
_NAMED_REASONS = 20


class Failure(msgspec.Struct, frozen=True):
    id: str
    name: str
    folder: str


class Reason(msgspec.Struct, frozen=True):
    """Why documents could not be read, and the first of them."""

    reason: str
    count: int
    documents: tuple[Failure, ...]


class ShownRoot(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    path: str
    is_there: bool
    documents: int
    rules: dict[str, Any]  # of `Root`, but for the path


class Overview(msgspec.Struct, frozen=True, kw_only=True):
    documents: int = 0
    chunks: int = 0
    model: str = ""  # "": there is no index
    fingerprint: str = ""
    dim: int = 0
    updated: str = ""  # ISO 8601, of the last commit
    folder: str = ""
    encryption: str = "off"  # as `coverage_report.encryption_word` has it
    size_bytes: int = 0
    parts: dict[str, int] = {}
    states: tuple[str, ...] = STATES
    coverage: dict[str, dict[str, int]] = {}  # documents by kind and state
    failed: int = 0
    reasons: tuple[Reason, ...] = ()
    roots: tuple[ShownRoot, ...] = ()
    notice: str = ""


class Statistics(msgspec.Struct, frozen=True, kw_only=True):
    documents: int = 0
    chunks: int = 0
    pages: int = 0
    size_bytes: int = 0
    kinds: dict[str, tuple[int, int]] = {}  # documents, bytes
    states: dict[str, int] = {}
    sizes: tuple[int, ...] = ()  # documents below each step, and the largest ones
    size_steps_bytes: tuple[int, ...] = SIZE_STEPS_BYTES
    years: dict[int, int] = {}  # documents by when they were changed


def overview_of(snapshot: Snapshot, ids: PathIds) -> Overview:
    """Everything at once: 20 µs per document."""
    coverage = coverage_of(snapshot, snapshot.directory)
    parts = parts_of(snapshot.directory)
    fingerprint = snapshot.fingerprint
    return Overview(
        documents=coverage.documents,
        chunks=coverage.chunks,
        model=shown(fingerprint.model),
        fingerprint=fingerprint.weights_sha256[:12],
        dim=fingerprint.dim,
        updated=coverage.updated.isoformat(),
        folder=shown_folder(snapshot.directory),
        encryption=coverage.encryption,
        size_bytes=sum(parts.values()),
        parts=parts,
        coverage={kind: dict(counts) for kind, counts in sorted(coverage.by_kind.items())},
        failed=len({path for path, _ in coverage.failures}),
        reasons=tuple(_reasons(coverage.failures, ids)),
        roots=tuple(_shown_roots(snapshot, ids)),
        notice=shown(snapshot.notice),
    )


def _reasons(failures: list[tuple[str, str]], ids: PathIds) -> Iterable[Reason]:
    for reason, paths in reasons_of(failures)[:_NAMED_REASONS]:
        named = tuple(_failure(Path(path), ids) for path in paths[:_NAMED_FAILURES])
        yield Reason(shown(reason), len(paths), named)


def _failure(path: Path, ids: PathIds) -> Failure:
    return Failure(ids.remember(path), shown(path.name), shown_folder(path.parent))


def _shown_roots(snapshot: Snapshot, ids: PathIds) -> Iterable[ShownRoot]:
    counts = Counter(owner(record.path, snapshot.roots) for _, record in snapshot.documents())
    for root in snapshot.roots:
        path = Path(root.path)
        rules = msgspec.structs.asdict(root) | {"excludes": [shown(pattern) for pattern in root.excludes]}
        del rules["path"]
        yield ShownRoot(
            id=ids.remember(path),
            path=shown_folder(path),
            is_there=is_plugged_in(root),
            documents=counts[root.path],
            rules=rules,
        )


def parts_of(directory: Path) -> dict[str, int]:
    """Bytes on the disk by what they are for."""
    sizes = Counter(dict.fromkeys((*PARTS, "other"), 0))
    for folder, _, names in os.walk(directory):
        for name in names:
            part = next((part for part, ends in PARTS.items() if name.endswith(ends)), "other")
            sizes[part] += _size_bytes(os.path.join(folder, name))
    return dict(sizes)


def _size_bytes(path: str) -> int:
    try:
        return os.stat(path).st_size
    except OSError:
        return 0  # a merge took it away in between


def statistics_of(snapshot: Snapshot) -> Statistics:
    """What can be plotted: 10 µs per document."""
    kinds: dict[str, tuple[int, int]] = {}
    states, years, sizes, pages = Counter[str](), Counter[int](), [0] * (len(SIZE_STEPS_BYTES) + 1), 0
    for _, record in snapshot.documents():
        count, size_bytes = kinds.get(record.kind, (0, 0))
        kinds[record.kind] = (count + 1, size_bytes + record.size_bytes)
        states.update(states_of(record))
        years[datetime.fromtimestamp(record.mtime_ns / 1e9, tz=UTC).year] += 1
        sizes[sum(record.size_bytes >= step for step in SIZE_STEPS_BYTES)] += 1
        pages += record.page_count
    return Statistics(
        documents=snapshot.document_count,
        chunks=snapshot.chunk_count,
        pages=pages,
        size_bytes=sum(size_bytes for _, size_bytes in kinds.values()),
        kinds=kinds,
        states={state: states[state] for state in STATES},
        sizes=tuple(sizes),
        years=dict(sorted(years.items())),
    )
