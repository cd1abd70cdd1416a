"""Deleting what no manifest names any more.

What cannot be deleted now, such as a file that Windows holds open, is tried again at the
next opening: only `delete_all` raises.
"""

import os
import shutil
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path

from index_store import thumbnails, words
from index_store.durable import make_folder, sync_folder
from index_store.encryption_state import STATE_FILE, unfinished_state
from index_store.manifest import Manifest, generation_of, manifest_names, manifest_path, read_manifest
from index_store.segment import removed_file, segment_folder, segment_folders

_DAMAGED = "damaged"


def manifest_before(directory: Path, generation: int) -> Manifest | None:
    """The newest valid manifest older than `generation`."""
    older = (name for name in manifest_names(directory) if generation_of(name) < generation)
    return next(filter(None, (read_manifest(directory / name) for name in older)), None)


def sweep(directory: Path, kept: Sequence[Manifest]) -> None:
    """Delete every segment and file that `kept` do not name: what a killed run left half-written."""
    numbers = _numbers(kept)
    removed = _removed_files(directory, kept)
    for number, folder in segment_folders(directory).items():
        if number in numbers:
            _delete(set(folder.glob("removed-*.npy")) - removed)
        else:
            shutil.rmtree(folder, ignore_errors=True)
    _delete([*directory.glob("manifest-*.json.tmp"), unfinished_state(directory)])
    with suppress(OSError):
        words.delete_outdated(directory)
        thumbnails.delete_outdated(directory)


def delete_stale(directory: Path, oldest: Manifest | None, *, kept: Sequence[Manifest]) -> None:
    """Delete all manifests but `kept`, and what of `oldest` is not in those."""
    names = {manifest_path(directory, manifest.generation).name for manifest in kept}
    _delete(directory / name for name in manifest_names(directory) if name not in names)
    if oldest is not None:
        for number in _numbers([oldest]) - _numbers(kept):
            shutil.rmtree(segment_folder(directory, number), ignore_errors=True)
        _delete(_removed_files(directory, [oldest]) - _removed_files(directory, kept))


def set_aside(directory: Path, damaged: Iterable[int], *, generation: int) -> None:
    """Give the files of damaged segments a second name in a folder of their own, for when the first one goes.

    Somebody may know better what to do with them. Where a file cannot have two names, it goes.
    """
    for number in damaged:
        folder = directory / _DAMAGED / f"{number:06d}-{generation}"
        with suppress(OSError):
            make_folder(folder)
            for path in segment_folder(directory, number).iterdir():
                os.link(path, folder / path.name)


def delete_set_aside(directory: Path) -> None:
    """Delete what `set_aside` kept: it has texts of whatever document was in those segments."""
    shutil.rmtree(directory / _DAMAGED, ignore_errors=True)


def undo(directory: Path, generation: int, *, segment: int | None, removed_in: Iterable[int]) -> None:
    """Take back what a failed commit wrote: its manifest first, and the rest only when that is gone for certain.

    Args:
        directory: The index.
        generation: The generation that failed.
        segment: The segment it added, if any.
        removed_in: Segments for which it wrote what is removed.
    """
    path = manifest_path(directory, generation)
    try:
        path.with_suffix(".json.tmp").unlink(missing_ok=True)
        if path.exists():
            path.unlink()
            sync_folder(directory)
    except OSError:
        return
    if segment is not None:
        shutil.rmtree(segment_folder(directory, segment), ignore_errors=True)
    _delete(removed_file(directory, number, generation) for number in removed_in)


def delete_all(directory: Path) -> None:
    """Delete the index: manifests first, so that no reader takes what is left for an index.

    Raises:
        OSError: Something cannot be deleted. There is no index any more, or it is as it was.
    """
    for name in reversed(manifest_names(directory)):
        (directory / name).unlink()
    sync_folder(directory)
    if (directory / "segments").exists():
        shutil.rmtree(directory / "segments")
    if (directory / _DAMAGED).exists():
        shutil.rmtree(directory / _DAMAGED)
    words.delete(directory)
    thumbnails.delete(directory)
    (directory / STATE_FILE).unlink(missing_ok=True)  # last: without it nobody knows what is encrypted


def _numbers(manifests: Iterable[Manifest]) -> set[int]:
    return {entry.number for manifest in manifests for entry in manifest.segments}


def _removed_files(directory: Path, manifests: Iterable[Manifest]) -> set[Path]:
    return {
        segment_folder(directory, entry.number) / entry.removed.name
        for manifest in manifests
        for entry in manifest.segments
        if entry.removed is not None
    }


def _delete(paths: Iterable[Path]) -> None:
    for path in paths:
        with suppress(OSError):
            path.unlink()
