"""The corpus: documents, pages and chunks as plain values, and the walk over the roots.

It knows folders and exclude rules. It does not know how a document is read, what an
embedding is, or where the index lives.
"""

import fnmatch
import os
import re
import stat
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pathspec import GitIgnoreSpec

from errors import SettingsError

# What a document is, told by its content; `--type` takes these and file extensions.
KINDS = (
    "archive",
    "audio",
    "book",
    "code",
    "document",
    "email",
    "pdf",
    "picture",
    "sheet",
    "slides",
    "text",
    "video",
    "web",
    "other",
)

# What nobody means by "my documents": listed in the manual, off with --no-default-excludes.
# Patterns of one name each, a folder's with a slash at the end.
DEFAULT_EXCLUDES = (
    # version control
    ".git/",
    ".hg/",
    ".svn/",
    # dependencies and virtual environments
    "node_modules/",
    "bower_components/",
    "site-packages/",
    ".venv/",
    "venv/",
    ".tox/",
    ".nox/",
    # caches
    "__pycache__/",
    ".cache/",
    ".mypy_cache/",
    ".pytest_cache/",
    ".ruff_cache/",
    ".gradle/",
    ".npm/",
    # build output
    "*.egg-info/",
    "*.pyc",
    "*.o",
    "*.so",
    "*.a",
    "*.class",
    "*.min.js",
    "*.min.css",
    # the system's own
    "$RECYCLE.BIN/",
    "System Volume Information/",
    ".Trash*/",
    "lost+found/",
    "Thumbs.db",
    "desktop.ini",
    # half-written files
    "~$*",
    "*.part",
    "*.crdownload",
    "*.tmp",
    "*.swp",
)


@dataclass(frozen=True, slots=True)
class Document:
    """One file as the scan saw it; all but the path together are its cheap fingerprint."""

    path: Path
    size_bytes: int
    mtime_ns: int
    inode: int


@dataclass(frozen=True, slots=True)
class Page:
    """One page, slide, sheet, message or picture of a document, as text."""

    page_number: int  # from 1
    text: str


@dataclass(frozen=True, slots=True)
class Chunk:
    """The piece of one page that is embedded.

    `text` is exactly `page.text[start_char:end_char]`, so a passage can be shown in its place.
    """

    page_number: int
    start_char: int
    end_char: int
    text: str


@dataclass(frozen=True, slots=True)
class Contents:
    """What reading one document gave."""

    kind: str  # one of KINDS
    pages: tuple[Page, ...] = ()
    title: str = ""  # from the document's own metadata, else ""
    created: str = ""  # ISO 8601, from EXIF or the document's metadata, else ""
    place: str = ""  # "latitude, longitude" from EXIF, else ""
    content_hash: str = ""  # of all bytes, hexadecimal
    picture_hash: str = ""  # 64-bit perceptual hash of a picture, hexadecimal, else ""
    truncated: bool = False  # a size limit cut something off


@dataclass(frozen=True, slots=True)
class ScanRules:
    """Which files under a root count."""

    recursive: bool = True
    include_hidden: bool = False
    excludes: tuple[str, ...] = ()  # .gitignore patterns, relative to the root; `!name` takes a default back
    default_excludes: bool = True


@dataclass(slots=True)
class Scan:
    """What one walk over a root saw.

    `complete` is false when any folder could not be listed: then absence proves nothing.
    """

    root: Path
    documents: list[Document] = field(default_factory=list)
    problems: list[tuple[Path, str]] = field(default_factory=list)

    @property
    def complete(self) -> bool:
        return not self.problems


def check_root(root: Path) -> Path:
    """The absolute path of a folder that can be listed.

    Raises:
        SettingsError: It does not exist, is a file, or may not be listed.
    """
    absolute = Path(os.path.abspath(root.expanduser()))
    try:
        os.scandir(absolute).close()
    except FileNotFoundError as error:
        raise SettingsError(f"No such folder: {absolute}", hint="Check its spelling; quote spaces.") from error
    except NotADirectoryError as error:
        hint = f'Index the folder it is in: launcher index "{absolute.parent}"'
        raise SettingsError(f"Not a folder: {absolute}", hint=hint) from error
    except OSError as error:
        hint = "Ask its owner for read permission."
        raise SettingsError(f"May not list {absolute}: {error.strerror}", hint=hint) from error
    return absolute


def scan(root: Path, rules: ScanRules | None = None, *, skip: Sequence[Path] = ()) -> Scan:
    """Walk over `root` and note every regular file that the rules let through.

    Links are not followed: what they point to is found where it lives, and a loop cannot
    trap the walk. Costs about 10 µs per file.

    Args:
        root: A folder, absolute.
        rules: Which files count.
        skip: Folders left out whatever the rules say, such as the index itself.
    """
    rules = rules or ScanRules()
    is_excluded = _exclusion(rules)
    skipped = {os.path.abspath(folder) for folder in skip}
    result = Scan(root)
    pending = [(os.fspath(root), "")]
    while pending:
        folder, prefix = pending.pop()
        for entry in _listing(folder, result):
            is_folder = entry.is_dir(follow_symlinks=False)
            if is_excluded(prefix, entry.name, is_folder):
                continue
            if not is_folder:
                _add_document(entry, result)
            elif rules.recursive and entry.path not in skipped:
                pending.append((entry.path, f"{prefix}{entry.name}/"))
    result.documents.sort(key=lambda document: os.fspath(document.path))
    return result


def _exclusion(rules: ScanRules) -> Callable[[str, str, bool], bool]:
    """Whether (folder under the root, name, is a folder) is left out.

    As in a .gitignore the last pattern that matches decides, so the user's come before the
    defaults here; those are tried as one expression, twenty times faster than one by one.
    """
    spec = GitIgnoreSpec.from_lines(rules.excludes) if rules.excludes else None
    defaults = DEFAULT_EXCLUDES if rules.default_excludes else ()
    folder_names = _any_of(pattern.rstrip("/") for pattern in defaults)  # a pattern without slash means folders too
    file_names = _any_of(pattern for pattern in defaults if not pattern.endswith("/"))

    def is_excluded(prefix: str, name: str, is_folder: bool) -> bool:
        if name.startswith(".") and not rules.include_hidden:
            return True
        if spec is not None:
            verdict = spec.check_file(f"{prefix}{name}/" if is_folder else prefix + name).include
            if verdict is not None:
                return verdict
        return bool((folder_names if is_folder else file_names).match(name))

    return is_excluded


def _any_of(patterns: Iterable[str]) -> re.Pattern[str]:
    return re.compile("|".join(map(fnmatch.translate, patterns)) or r"(?!)")


def _listing(folder: str, result: Scan) -> Iterator[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            yield from entries
    except OSError as error:
        result.problems.append((Path(folder), error.strerror or str(error)))


def _add_document(entry: os.DirEntry[str], result: Scan) -> None:
    try:
        status = entry.stat(follow_symlinks=False)
    except FileNotFoundError:
        return  # deleted between listing and looking
    except OSError as error:
        result.problems.append((Path(entry.path), error.strerror or str(error)))
        return
    if stat.S_ISREG(status.st_mode):  # a pipe or socket would block whoever opens it
        result.documents.append(Document(Path(entry.path), status.st_size, status.st_mtime_ns, status.st_ino))
