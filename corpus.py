"""The corpus: documents, pages and chunks as plain values, and the walk over the roots.

It knows folders and exclude rules. It does not know how a document is read, what an
embedding is, or where the index lives.
"""

import fnmatch
import os
import stat
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from pathspec import GitIgnoreSpec

import secret_files
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

# Why a name is left out, for people; patterns have rules of their own, made in `judge_of`.
HIDDEN = "hidden: the name begins with a dot"
SUBFOLDER = "subfolder, and the folder is indexed without them"
OWN_INDEX = "the launcher's own index"
LINK = "symbolic link: these are not followed"
NO_FILE = "no file but a pipe, a socket or a device"

# (folder under the root with a slash at its end, name, is a folder) -> the rule that is against it, or ""
Judge = Callable[[str, str, bool], str]

# What is seen of a file: its name, size in bytes, time of change in ns, and inode.
Sight = tuple[str, int, int, int]


@dataclass(frozen=True, slots=True)
class Document:
    """One file as the scan saw it; size, time and inode together are its cheap fingerprint."""

    path: Path
    size_bytes: int
    mtime_ns: int
    inode: int
    with_members: bool = False  # should it be an archive, the documents in it are read too


@dataclass(frozen=True, slots=True)
class Heading:
    """Where a section begins on its page. A table's header row is one too: what it says holds for all rows below.

    It is above all that follows, on later pages too, up to the next one of its level or of one further out.
    """

    start_char: int  # of `Page.text`; -1: before its first character, the heading itself is not in it
    level: int  # 0 for a document's title, 1, 2, ... inwards
    text: str  # as it is shown: "3.2 Water damage"


@dataclass(frozen=True, slots=True)
class Page:
    """One page, slide, sheet, message or picture of a document, as text."""

    page_number: int  # from 1
    text: str
    headings: tuple[Heading, ...] = ()  # in the order of their places
    second: float | None = None  # of subtitles: when the page is heard


@dataclass(frozen=True, slots=True)
class Chunk:
    """The piece of one page that is embedded.

    `text` is exactly `page.text[start_char:end_char]`, so a passage can be shown in its place. `context` is
    what travels with it and is not in that place: it is embedded and found by its words, never shown as text.
    """

    page_number: int
    start_char: int
    end_char: int
    text: str
    context: str = ""  # the headings above it ("3 Claims > 3.2 Water damage"), a table's header row among them
    second: float | None = None  # of its page

    @property
    def embedded_text(self) -> str:
        return f"{self.context}\n{self.text}" if self.context else self.text


@dataclass(frozen=True, slots=True)
class Contents:
    """What reading one document gave."""

    kind: str  # one of KINDS
    pages: tuple[Page, ...] = ()
    title: str = ""  # from the document's own metadata, else ""
    created: str = ""  # ISO 8601, from EXIF or the document's metadata, else ""
    place: str = ""  # "latitude, longitude" from EXIF, else ""
    content_hash: str = ""  # of all bytes, hexadecimal
    picture_hash: str = ""  # of a picture, as `picture_hash.as_text` gives it, else ""
    truncated: bool = False  # a limit of size or time cut something off
    lost_pages: tuple[int, ...] = ()  # which would not be read in time, or crashed the reader


class Thumbnail(NamedTuple):
    """A small picture of a document, kept in the index."""

    page_number: int  # from 1; of a video 1, 2, ... in the order of time
    picture: bytes  # WebP
    second: float | None = None  # of a video: when it is seen


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
    `left_out` counts names by the rule that was against them; what lies in such a folder is not counted.
    """

    root: Path
    documents: list[Document] = field(default_factory=list)
    problems: list[tuple[Path, str]] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)

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


def is_unchanged_there(document: Document) -> bool:
    """Whether a file of that size and time is still in its place: not where a drive was taken out."""
    try:
        status = document.path.lstat()
    except OSError:
        return False
    return (status.st_size, status.st_mtime_ns) == (document.size_bytes, document.mtime_ns)


def scan(root: Path, rules: ScanRules | None = None, *, skip: Sequence[Path] = ()) -> Scan:
    """Walk over `root` and note every regular file that the rules let through.

    Links are not followed: what they point to is found where it lives, and a loop cannot
    trap the walk. Costs about 10 µs per file.

    Args:
        root: A folder, absolute.
        rules: Which files count.
        skip: Folders left out whatever the rules say, such as the index itself.
    """
    result, judge = Scan(root), judge_of(root, rules or ScanRules(), skip)
    for folder, prefix, sights in walk(os.fspath(root), judge, result):
        for name, size_bytes, mtime_ns, inode in sights:
            if rule := judge(prefix, name, False):
                result.left_out[rule] += 1
            else:
                result.documents.append(Document(Path(folder + name), size_bytes, mtime_ns, inode))
    result.documents.sort(key=lambda document: os.fspath(document.path))
    return result


def walk(
    folder: str, judge: Judge, scan: Scan, *, prefix: str = "", but_not: Collection[str] = ()
) -> Iterator[tuple[str, str, list[Sight]]]:
    """A folder and those below it: each with a separator at its end, as the judge knows it, and with its regular files.

    The judge is not asked of these: the caller may know some already.

    Args:
        folder: Where it begins, absolute.
        judge: What tells of folders, and of what is no file, whether they are left out.
        scan: Takes what cannot be listed and what is left out; documents are for the caller to add.
        prefix: The folder as the judge knows it, "" for the root.
        but_not: Folders, absolute, that are not entered and not counted as left out.
    """
    pending = [(os.path.join(folder, ""), prefix)]
    while pending:
        place, prefix = pending.pop()
        sights: list[Sight] = []
        folders = ((place + name, name) for name in _listed(place, prefix, judge, sights, scan))
        pending.extend((inner + os.sep, f"{prefix}{name}/") for inner, name in folders if inner not in but_not)
        yield place, prefix, sights


def rule_against(path: Path, root: Path, rules: ScanRules, *, skip: Sequence[Path] = ()) -> tuple[Path, str] | None:
    """What keeps `scan` from noting `path`: the rule, and the name on the way from `root` that it is against.

    None when no rule is. A path that does not exist is judged as if it were a file.
    """
    judge = judge_of(root, rules, skip)
    place, prefix = root, ""
    parts = path.relative_to(root).parts
    for number, name in enumerate(parts, start=1):
        place = place / name
        mode = _mode(place, otherwise=stat.S_IFREG if number == len(parts) else stat.S_IFDIR)
        is_folder = stat.S_ISDIR(mode)
        if rule := judge(prefix, name, is_folder) or ("" if is_folder else _rule_of_type(mode)):
            return place, rule
        prefix += f"{name}/"
    return None


def _mode(path: Path, *, otherwise: int) -> int:
    try:
        return path.lstat().st_mode
    except OSError:
        return otherwise


def judge_of(root: Path, rules: ScanRules, skip: Sequence[Path]) -> Judge:
    """What tells of any name under `root` which rule is against it; made once, for it takes longer than to ask it."""
    rule_of_name = _exclusion(rules)
    folders = (Path(os.path.abspath(folder)) for folder in skip)
    skipped = {folder.relative_to(root).as_posix() for folder in folders if folder.is_relative_to(root)}

    def judge(prefix: str, name: str, is_folder: bool) -> str:
        rule = rule_of_name(prefix, name, is_folder)
        if rule or not is_folder:
            return rule
        if not rules.recursive:
            return SUBFOLDER
        return OWN_INDEX if prefix + name in skipped else ""

    return judge


def _exclusion(rules: ScanRules) -> Judge:
    """As in a .gitignore the last pattern that matches decides, so the user's come before the
    defaults here; those are tried all at once, twenty times faster than one by one.
    """
    spec = GitIgnoreSpec.from_lines(rules.excludes) if rules.excludes else None
    defaults = DEFAULT_EXCLUDES if rules.default_excludes else ()
    of_files = _first_of([pattern for pattern in defaults if not pattern.endswith("/")])
    of_folders = _first_of(defaults)  # one without a slash means folders too

    def rule_of_name(prefix: str, name: str, is_folder: bool) -> str:
        if not rules.include_hidden and name.startswith("."):
            return HIDDEN
        if spec is not None:
            verdict = spec.check_file(f"{prefix}{name}/" if is_folder else prefix + name)
            if verdict.include is not None and verdict.index is not None:
                return f"excluded by {rules.excludes[verdict.index]}" if verdict.include else ""
        pattern = of_folders(name) if is_folder else of_files(name)
        return f"excluded by default: {pattern}" if pattern else secret_files.rule_of_name(name, is_folder=is_folder)

    return rule_of_name


def _first_of(patterns: Sequence[str]) -> Callable[[str], str]:
    """What tells which of these patterns of one name matches first, or "".

    Nearly no name has one, and what they all are, `name`, `*end` or `start*`, says so in 0.2 µs.
    """
    bare = [pattern.rstrip("/") for pattern in patterns]
    names = frozenset(bare)
    ends = tuple(pattern[1:] for pattern in bare if pattern.startswith("*"))
    starts = tuple(pattern[:-1] for pattern in bare if pattern.endswith("*"))

    def first(name: str) -> str:
        if name in names or name.endswith(ends) or name.startswith(starts):
            both = zip(patterns, bare, strict=True)
            return next(pattern for pattern, each in both if fnmatch.fnmatchcase(name, each))
        return ""

    return first


def _listed(folder: str, prefix: str, judge: Judge, sights: list[Sight], scan: Scan) -> list[str]:
    """Add the files in a folder to `sights`; the names of the folders in it."""
    folders, place = [], None
    try:
        place = _descriptor(folder)
        with os.scandir(folder if place is None else place) as entries:
            listed = list(entries)
        sights.extend(_looked_at([entry for entry in listed if entry.is_file(follow_symlinks=False)]))
        for entry in (entry for entry in listed if not entry.is_file(follow_symlinks=False)):
            if rule := judge(prefix, entry.name, is_folder := entry.is_dir(follow_symlinks=False)):
                scan.left_out[rule] += 1
            elif is_folder:
                folders.append(entry.name)
            else:
                scan.left_out[LINK if entry.is_symlink() else NO_FILE] += 1
    except OSError as error:
        scan.problems.append((Path(folder), error.strerror or str(error)))
    finally:
        if place is not None:
            os.close(place)
    return folders


def _descriptor(folder: str) -> int | None:
    """What it is listed by where the system allows it: from there, looking at a file is a third cheaper."""
    return os.open(folder, os.O_RDONLY | os.O_DIRECTORY) if os.scandir in os.supports_fd else None


def _looked_at(files: Sequence[os.DirEntry[str]]) -> list[Sight]:
    try:
        return [(e.name, (s := e.stat(follow_symlinks=False)).st_size, s.st_mtime_ns, s.st_ino) for e in files]
    except FileNotFoundError:  # one was deleted between listing and looking
        return [sight for file in files for sight in _looked_at([file])] if len(files) > 1 else []


def _rule_of_type(mode: int) -> str:
    if stat.S_ISREG(mode):
        return ""
    return LINK if stat.S_ISLNK(mode) else NO_FILE  # a pipe or socket would block whoever opens it
