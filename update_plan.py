"""What an indexing run would do: the folders compared with the index, in the order of reading.

Apart from the act, so that it can be tested, and shown by --dry-run, without touching the index.
"""

import os
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from corpus import Document, Scan, ScanRules, scan
from extraction import EXTRACTOR_VERSION
from index_store import DocumentRecord, Root


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
    indexed: Mapping[str, DocumentRecord],
    *,
    all_roots: Sequence[Root],
    skip: Sequence[Path] = (),
    retry: bool = False,
) -> Plan:
    """Walk over `roots` and compare with the index.

    Args:
        roots: The folders of this run.
        indexed: What the index knows, by path.
        all_roots: Every root of the index: a document belongs to the deepest one above it.
        skip: Folders never entered.
        retry: Also read again what failed before.
    """
    plan = Plan()
    seen: dict[str, Document] = {}
    for root in roots:
        walked = scan(Path(root.path), scan_rules(root), skip=skip)
        seen.update((str(document.path), _as_wanted(document, all_roots)) for document in walked.documents)
        plan.problems.extend(walked.problems)
        plan.left_out.update(walked.left_out)
        owned = [Path(path) for path in indexed if owner(path, all_roots) == root.path]
        plan.to_remove.extend(str(path) for path in documents_to_remove(owned, walked))
    for path, document in seen.items():
        record = indexed.get(path)
        if record is None:
            plan.new.append(document)
        elif is_unchanged(document, record, retry=retry) and is_read_as_wanted(record, all_roots):
            plan.unchanged += 1
            continue
        plan.to_read.append(document)
    plan.to_read.sort(key=lambda document: -document.mtime_ns)  # what a person touched last they look for first
    return plan


def _as_wanted(document: Document, roots: Sequence[Root]) -> Document:
    return replace(document, with_members=True) if is_opened(str(document.path), roots) else document


def scan_rules(root: Root) -> ScanRules:
    return ScanRules(
        recursive=root.recursive,
        include_hidden=root.include_hidden,
        excludes=root.excludes,
        default_excludes=root.default_excludes,
    )


def owner(path: str, roots: Sequence[Root]) -> str:
    """The deepest root above `path`, or "" when none is."""
    above = (root.path for root in roots if path.startswith(root.path.rstrip(os.sep) + os.sep))
    return max(above, key=len, default="")


def is_unchanged(document: Document, record: DocumentRecord, *, retry: bool = False) -> bool:
    """Whether the index already holds everything about this document as it is now."""
    finished = record.stage != "names" and record.reader_version == EXTRACTOR_VERSION
    return is_same_file(document, record) and finished and not (retry and is_flawed(record))


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


def documents_to_remove(indexed: Collection[Path], seen: Scan) -> list[Path]:
    """Which indexed documents under `seen.root` are gone for certain.

    Nothing is removed after a partial scan, nor when the root came back empty: an
    unplugged drive leaves its mount point behind.
    """
    if not seen.complete or not seen.documents:
        return []
    present = {document.path for document in seen.documents}
    return sorted(path for path in indexed if path not in present)
