"""Reading every byte of the index, to find what a failing disk has changed."""

from pathlib import Path

from errors import IndexCorrupt
from index_store.durable import FileEntry, is_intact
from index_store.manifest import manifest_names, newest_file, read_manifest, read_newest
from index_store.segment import segment_folder


def verify(directory: Path) -> list[str]:
    """What is damaged, one line each; empty when every file is as it was written. About 2 GB/s.

    Raises:
        IndexMissing: There is no index.
        IndexStoreError: A newer launcher wrote it.
    """
    while True:
        newest = newest_file(directory)
        problems = _problems(directory)
        if not problems or newest == newest_file(directory):
            return problems  # else a commit in between may have taken a file away


def _problems(directory: Path) -> list[str]:
    problems = [f"{name} is not valid" for name in manifest_names(directory) if not read_manifest(directory / name)]
    try:
        manifest = read_newest(directory).manifest
    except IndexCorrupt as error:
        return [*problems, error.message]
    for entry in manifest.segments:
        folder = segment_folder(directory, entry.number)
        found = (_problem(folder, file) for file in entry.all_files)
        problems += [f"segments/{folder.name}/{problem}" for problem in found if problem]
    return problems


def _problem(folder: Path, file: FileEntry) -> str:
    try:
        return "" if is_intact(folder, file) else f"{file.name} has changed since it was written"
    except OSError as error:
        return f"{file.name}: {error.strerror}"
