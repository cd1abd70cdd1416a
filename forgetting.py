"""Forgetting for good: what was in a folder leaves every file of the launcher, and that is looked at afterwards.

The files of the person stay. What a file system or a drive keeps of what was deleted is beyond this program
(docs/SECURITY.md).
"""

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import msgspec

from errors import IndexStoreError
from index_store import IndexWriter, Root, Searched, create_or_open_index, is_under, pieces_under, read_index
from index_store import search_files as search_index_files
from opened import forget_opened
from service.journal import forget_suspects


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What came of forgetting a folder."""

    documents: int
    was_known: bool  # anything of it was there: documents, the root, or what an earlier run left
    searched_bytes: int  # of raw files, afterwards


def forget_for_good(folder: Path, *, index_dir: Path, opened_file: Path, log_dir: Path) -> Forgotten:
    """Take a folder out of the index, out of what was opened, out of the journal and the logs.

    Whatever stops it, forgetting it again finishes.

    Raises:
        As `forget_folder`.
        SettingsError: What was opened, or what the launcher died of, cannot be written.
    """
    fingerprint = read_index(index_dir).fingerprint
    forget_opened(opened_file, folder)
    logs = sorted(log_dir.glob("*.log*"))
    _forget_in_logs(logs, folder)
    with create_or_open_index(index_dir, fingerprint=fingerprint) as writer:
        forget_suspects(index_dir, folder)
        beside = index_dir.parent.glob(f"{index_dir.name}-*.json")  # the journal's
        return forget_folder(writer, folder, others=[opened_file, *logs, *beside])


def forget_folder(writer: IndexWriter, folder: Path, *, others: Iterable[Path] = ()) -> Forgotten:
    """Take `folder` out of the index for good: text, names, embeddings, words and thumbnails.

    A root leaves with its rules; a folder inside a root is excluded from it, or the next run would bring it back.
    Costs some seconds for each GB of the index, and 10 s for each 100,000 chunks that stay.

    Args:
        writer: Of the index.
        folder: Absolute.
        others: Files beside the index, in which nothing of it may be left either.

    Raises:
        IndexStoreError: The raw files still hold something of it.
        IndexCorrupt: Something is damaged that would be written anew.
        IndexUnwritable: The disk is full or read-only.
    """
    inside = os.path.join(folder, "")
    snapshot = writer.snapshot
    removals = [record.path for _, record in snapshot.documents() if is_under(record.path, inside)]
    kept = [root for root in snapshot.roots if not is_under(root.path, inside)]
    was_root = len(kept) < len(snapshot.roots)
    if not removals and not was_root and writer.is_pure:
        return Forgotten(0, was_known=False, searched_bytes=0)
    pieces = pieces_under(snapshot, inside)
    if removals or was_root:
        roots = kept if was_root else [_without(root, folder) for root in kept]
        writer.commit(removals=removals, roots=roots)
    writer.purge()
    searched = search_index_files(writer.snapshot, inside, pieces, others=others)
    _check_nothing_is_left(searched, folder)
    return Forgotten(len(removals), was_known=bool(removals or was_root or pieces), searched_bytes=searched.size_bytes)


def _check_nothing_is_left(searched: Searched, folder: Path) -> None:
    if searched.left:
        left = ", ".join(sorted({f"{what} in {path.name}" for path, what in searched.left}))
        hint = f'Close every window of the launcher, then: launcher forget "{folder}"'
        raise IndexStoreError(f"Something of {folder} is still on the disk: {left}", hint=hint)


def _without(root: Root, folder: Path) -> Root:
    """The root with one more exclude when `folder` lies in it."""
    if not folder.is_relative_to(root.path):
        return root
    pattern = "/" + escape_pattern(folder.relative_to(root.path).as_posix())
    excludes = root.excludes if pattern in root.excludes else (*root.excludes, pattern)
    return msgspec.structs.replace(root, excludes=excludes)


def escape_pattern(name: str) -> str:
    """`name` as a .gitignore pattern that matches just it."""
    return re.sub(r"([\\*?\[\] ])", r"\\\1", name)


def _forget_in_logs(logs: Iterable[Path], folder: Path) -> None:
    """Take out the lines that name it."""
    named = os.fsencode(folder)
    for log in logs:
        lines = log.read_bytes().splitlines(keepends=True)
        kept = [line for line in lines if named not in line]
        if len(kept) < len(lines):
            log.write_bytes(b"".join(kept))
