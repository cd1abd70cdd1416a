"""How much of the corpus is searchable, and what is not, with the reason."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from console import out, print_left_out, print_table, shown_path
from corpus import scan
from index_store import DocumentRecord, Root, Snapshot, encryption_of
from volumes import why_not_there
from whereabouts import scan_rules

LOST = "which took too long or crashed the reader"
STATES = ("text", "begun", "ocr", "look", "name", "waiting", "failed")  # how far a document is
ENCRYPTION = {
    "off": "The index is not encrypted; launcher encryption on encrypts it.",
    "on": "The index is encrypted.",
    "turning on": "The index is encrypted in part; launcher encryption on goes on with it.",
    "turning off": "The index is decrypted in part; launcher encryption off goes on with it.",
}
_NUMBER = re.compile(r"\d+")


@dataclass(slots=True)
class Coverage:
    """Documents by kind and by how far they are; `failures` holds (path, reason)."""

    index_dir: Path
    model: str
    size_bytes: int
    updated: datetime
    roots: tuple[Root, ...]
    documents: int = 0
    chunks: int = 0
    begun: int = 0  # of those found by their text: by their first pages so far
    by_kind: dict[str, Counter[str]] = field(default_factory=dict)
    failures: list[tuple[str, str]] = field(default_factory=list)
    encryption: str = "off"  # as `encryption_word` has it
    left_out: Counter[str] | None = None  # names, by the rule that is against them; None: nobody looked


def coverage_of(snapshot: Snapshot, index_dir: Path) -> Coverage:
    files = [path for path in index_dir.rglob("*") if path.is_file()]
    coverage = Coverage(
        index_dir=index_dir,
        model=snapshot.fingerprint.model,
        size_bytes=sum(path.stat().st_size for path in files),
        updated=datetime.fromtimestamp(max(path.stat().st_mtime for path in index_dir.glob("manifest-*"))).astimezone(),
        roots=tuple(snapshot.roots),
        documents=snapshot.document_count,
        chunks=snapshot.chunk_count,
        encryption=encryption_word(index_dir),
    )
    for _, record in snapshot.documents():
        coverage.by_kind.setdefault(record.kind, Counter()).update(states_of(record))
        coverage.begun += record.is_begun
        coverage.failures.extend((record.path, reason) for reason in _failures(record))
    return coverage


def encryption_word(index_dir: Path) -> str:
    """Whether the index is encrypted: "off", "on", and "turning on" or "turning off" where that was not finished.

    Raises:
        IndexCorrupt: That cannot be read any more.
    """
    state = encryption_of(index_dir)
    return state.phase if state else "off"


def add_left_out(coverage: Coverage) -> None:
    """Walk over all folders and count what is left out of them, by the rule: 10 µs per file."""
    coverage.left_out = Counter()
    for root in coverage.roots:
        walked = scan(Path(root.path), scan_rules(root), skip=[coverage.index_dir])
        coverage.left_out.update(walked.left_out)
        coverage.left_out.update(f"cannot be listed: {reason}" for _, reason in walked.problems)


def _failures(record: DocumentRecord) -> Iterator[str]:
    if record.failure:
        yield record.failure
    if record.lost_pages:
        yield f"read in part: pages {LOST}"
    if record.unseen:
        yield f"not seen: {record.unseen}"
    if record.ocr_failure:
        yield f"words in pictures: {record.ocr_failure}"


def states_of(record: DocumentRecord) -> list[str]:
    """One of failed, waiting, or what it is found by; a document may be found by its text and by its look.

    "begun" in place of "text" is found by the first pages so far.
    """
    if record.failure:
        return ["failed"]
    if record.stage == "names":
        return ["waiting"]
    return ["begun" if what == "text" and record.is_begun else what for what in found_by(record)]


def found_by(record: DocumentRecord) -> list[str]:
    """What of a document that was read can be found: its text, words in its pictures, its look; else only its name."""
    found = {"text": record.text_chars, "ocr": record.ocr_chars, "look": record.view_count}
    return [what for what, count in found.items() if count] or ["name"]


def lost_pages(record: DocumentRecord) -> str:
    """Which pages are missing and why, or ""."""
    return f"p. {', '.join(map(str, record.lost_pages))}, {LOST}" if record.lost_pages else ""


def print_coverage(coverage: Coverage) -> None:
    out.print(f"{coverage.documents} documents, {coverage.chunks} chunks, {coverage.size_bytes / 1e6:.1f} MB")
    out.print(f"Model {coverage.model}; changed {coverage.updated:%Y-%m-%d %H:%M}; in {shown_path(coverage.index_dir)}")
    if coverage.encryption != "off":
        out.print(ENCRYPTION[coverage.encryption])
    for root in coverage.roots:
        why = why_not_there(root)
        out.print(f"  {shown_path(Path(root.path))}{f': {why}' if why else ''}", markup=False)
    columns = [state for state in STATES if state != "begun"]  # of these the line below says how many there are
    by_kind = {kind: counts + Counter(text=counts["begun"]) for kind, counts in sorted(coverage.by_kind.items())}
    rows = [(kind, *(str(counts[state] or "-") for state in columns)) for kind, counts in by_kind.items()]
    print_table(("KIND", "BY TEXT", "BY OCR", "BY LOOK", "BY NAME ONLY", "NOT READ YET", "FAILED"), rows)
    out.print(_stages(coverage))
    for reason, paths in reasons_of(coverage.failures):
        out.print(f"failed: {reason} ({len(paths)})", markup=False)
        for path in paths[:3]:
            out.print(f"  {shown_path(Path(path))}", markup=False, style="dim")
    print_left_out(coverage.left_out or {})


def _stages(coverage: Coverage) -> str:
    """How many documents are how far: each is found by its name as soon as it is seen."""
    states: Counter[str] = sum(coverage.by_kind.values(), Counter())
    begun = f", {coverage.begun} of them by their first pages so far" if coverage.begun else ""
    by_text = states["text"] + states["begun"]
    return f"Found by name: {coverage.documents}; by text: {by_text}{begun}; by look: {states['look']}"


def reasons_of(failures: Iterable[tuple[str, str]]) -> list[tuple[str, list[str]]]:
    """Reasons with their paths, the most frequent first; those that differ in numbers alone are one, without them."""
    alike: dict[str, dict[str, list[str]]] = {}
    for path, reason in failures:
        alike.setdefault(_NUMBER.sub("…", reason), {}).setdefault(reason, []).append(path)
    groups = [
        (general if len(exact) > 1 else next(iter(exact)), [path for paths in exact.values() for path in paths])
        for general, exact in alike.items()
    ]
    return sorted(groups, key=lambda group: -len(group[1]))


def as_json(coverage: Coverage) -> dict[str, Any]:
    return {
        "index_dir": str(coverage.index_dir),
        "model": coverage.model,
        "size_bytes": coverage.size_bytes,
        "updated": coverage.updated.isoformat(),
        "roots": [root.path for root in coverage.roots],
        "documents": coverage.documents,
        "chunks": coverage.chunks,
        "begun": coverage.begun,
        "by_kind": coverage.by_kind,
        "encryption": coverage.encryption,
        "failed": coverage.failures,
        "left_out": coverage.left_out,
    }
