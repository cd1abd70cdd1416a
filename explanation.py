"""What `explain` says of one file: whether and why it is found or not, what was read of it, and what comes next."""

import os
import stat
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
from rich.text import Text

from console import out, printable, shown_path, shown_second
from corpus import LINK, Document, rule_against
from coverage_report import found_by, lost_pages
from errors import SettingsError
from extraction import EXTRACTOR_VERSION
from index_store import ChunkRecord, DocumentRecord, Root, Snapshot
from recognising import is_to_recognise, ocr_wanted
from update_plan import is_flawed, is_read_as_wanted, is_same_file, lacks_text, owner
from whereabouts import scan_rules

_CHUNKS_SHOWN = 12
_FIRST_WORDS_CHARS = 70


@dataclass(frozen=True, slots=True)
class Explanation:
    """One path, against the folders and the records of the index."""

    path: Path
    state: str  # indexed, failed, waiting, new, left out, outside, or folder
    why: str
    next_run: str  # what the next `launcher index` does with it
    root: Root | None = None  # the folder of the index that it belongs to
    rule: tuple[Path, str] | None = None  # what is against it, and the name on its path that it is against
    file: Document | None = None  # as it is now; None when it is gone, or no regular file
    record: DocumentRecord | None = None
    chunks: tuple[ChunkRecord, ...] = ()
    thumbnails: int = 0  # that are kept of it
    model: str = ""
    target: Path | None = None  # where a symbolic link on its path leads

    @property
    def is_as_indexed(self) -> bool | None:
        """Whether the file is still the one that was read; None when there is nothing to compare."""
        return is_same_file(self.file, self.record) if self.file and self.record else None


def explain(path: Path, snapshot: Snapshot, *, index_dir: Path) -> Explanation:
    """What the index knows of `path`, and why it knows no more.

    Args:
        path: Absolute; symbolic links in it are not resolved, as the walk over the folders does not follow them.
        snapshot: The index.
        index_dir: Where it is, for that is left out of every folder.

    Raises:
        SettingsError: There is no such file, and the index knows none.
    """
    mode, file = _looked_up(path)
    known = snapshot.find(str(path))
    if mode is None and known is None:
        raise SettingsError(f"No such file: {path}", hint="The index knows none by that name either.")
    root = next((root for root in snapshot.roots if root.path == owner(str(path), snapshot.roots)), None)
    rule = rule_against(path, Path(root.path), scan_rules(root), skip=[index_dir]) if root else None
    record = known[1] if known else None
    is_folder = mode is not None and stat.S_ISDIR(mode)
    state, why = _folder_state(path, snapshot, rule) if is_folder else _state(record, root, rule)
    return Explanation(
        path=path,
        state=state,
        why=why,
        next_run=""
        if is_folder
        else _next_run(file, record, root, rule, sees=bool(snapshot.fingerprint.projector_sha256)),
        root=root,
        rule=rule,
        file=file,
        record=record,
        chunks=tuple(snapshot.chunk(chunk) for chunk in snapshot.chunks_of(known[0])) if known else (),
        thumbnails=snapshot.pictures_of([str(path)]).get(str(path), 0),
        model=snapshot.fingerprint.model,
        target=Path(os.path.realpath(path)) if rule and rule[1] == LINK else None,
    )


def _looked_up(path: Path) -> tuple[int | None, Document | None]:
    """The mode of what is at `path` now, if anything, and the document if it is a regular file."""
    try:
        status = path.lstat()
    except OSError:
        return None, None
    is_file = stat.S_ISREG(status.st_mode)
    file = Document(path, status.st_size, status.st_mtime_ns, status.st_ino) if is_file else None
    return status.st_mode, file


def _folder_state(path: Path, snapshot: Snapshot, rule: tuple[Path, str] | None) -> tuple[str, str]:
    inside = os.path.join(path, "")
    count = sum(record.path.startswith(inside) for _, record in snapshot.documents())
    if rule and not count:
        return "left out", rule[1]
    return "folder", f"{count} documents of the index are in it"


def _state(record: DocumentRecord | None, root: Root | None, rule: tuple[Path, str] | None) -> tuple[str, str]:
    if record is None and root is None:
        return "outside", "in no folder of the index"
    if record is None:
        return ("left out", rule[1]) if rule else ("new", "no run of index has seen it yet")
    if record.failure:
        return "failed", record.failure
    if record.stage == "names":
        return "waiting", "found by its name; an indexing run is on its way, or was stopped before it read this"
    found = ("words in pictures" if what == "ocr" else what for what in found_by(record))
    return "indexed", f"found by its {' and its '.join(found)}"


def _next_run(
    file: Document | None, record: DocumentRecord | None, root: Root | None, rule: object, *, sees: bool
) -> str:
    if root is None:
        return "nothing" if record is None else "nothing: its folder is no longer one of the index"
    if rule:
        return "takes it out of the index" if record else "nothing"
    if file is None:
        return "takes it out of the index, if its folder can be listed and is not empty: the file is gone"
    if record is None or record.stage == "names":
        return "reads it"
    if record.is_begun and is_same_file(file, record):
        return "reads the rest of it: its first pages are found already"
    return _next_run_over_known(file, record, root, sees=sees)


def _next_run_over_known(file: Document, record: DocumentRecord, root: Root, *, sees: bool) -> str:
    if not is_same_file(file, record):
        return "reads it again: the file has changed"
    if record.reader_version != EXTRACTOR_VERSION:
        return "reads it again: this launcher reads better than the one before"
    if lacks_text(record, [root]):
        return "reads it again: its text is wanted back"
    if not is_read_as_wanted(record, [root]):
        return "reads it again: --archives is another now"
    if is_to_recognise(record, wanted := ocr_wanted(root, sees_pictures=sees)):
        return "looks for words in its pictures" if wanted else "takes out the words that were read in its pictures"
    return "nothing, unless with --retry" if is_flawed(record) else "nothing: it is up to date"


def print_explanation(explanation: Explanation) -> None:
    out.print(Text(shown_path(explanation.path), style="bold"))
    out.print(Text(f"{explanation.state}: {printable(explanation.why)}"))
    for name, value in _facts(explanation):
        if value:
            out.print(Text.assemble((f"  {name:11}", "dim"), printable(value)))
    for chunk in explanation.chunks[:_CHUNKS_SHOWN]:
        out.print(Text(f"    {_place(chunk):14}{printable(_first_words(chunk))}"))
    if len(explanation.chunks) > _CHUNKS_SHOWN:
        out.print(Text(f"    … {len(explanation.chunks) - _CHUNKS_SHOWN} more: --json lists all", style="dim"))


def _facts(explanation: Explanation) -> list[tuple[str, str]]:
    rule = explanation.rule
    about = [
        ("folder", shown_path(Path(explanation.root.path)) if explanation.root else ""),
        ("because of", shown_path(rule[0]) if rule and rule[0] != explanation.path else ""),
        ("leads to", shown_path(explanation.target) if explanation.target else ""),
        ("next index", explanation.next_run),
        ("file", _file(explanation)),
    ]
    record = explanation.record
    return about if record is None else [*about, *_facts_of_record(record, explanation)]


def _file(explanation: Explanation) -> str:
    file = explanation.file
    if file is None:
        return "no longer there" if explanation.record else ""
    same = {None: "", True: "; as it was indexed", False: "; not as it was indexed"}[explanation.is_as_indexed]
    return f"{file.size_bytes:,} bytes, changed {_time(file.mtime_ns):%Y-%m-%d %H:%M}{same}"


def _facts_of_record(record: DocumentRecord, explanation: Explanation) -> list[tuple[str, str]]:
    cut = ", cut off at a limit" if record.truncated else ""
    looked_at = f", of its pages {record.pages}" if record.pages else ""
    return [
        ("kind", record.kind),
        ("text", f"{record.page_count} pages, {record.text_chars:,} characters{cut}" if record.page_count else "none"),
        ("without", lost_pages(record)),
        ("look", f"{record.view_count} pictures{looked_at}" if record.stage == "pixels" else ""),
        ("not seen", record.unseen),
        ("thumbnails", str(explanation.thumbnails or "")),
        ("words read", _words_read(record, explanation.chunks)),
        ("not read", record.ocr_failure),
        ("title", record.title),
        ("created", record.created),
        ("place", record.place),
        ("content", record.content_hash and f"blake2b {record.content_hash}"),
        ("picture", record.picture_hash and f"perceptual hash {record.picture_hash[:16]} …"),
        ("read by", f"extraction {record.reader_version} of {EXTRACTOR_VERSION}" if record.reader_version else ""),
        ("model", explanation.model if explanation.chunks else ""),
        ("chunks", str(len(explanation.chunks))),
    ]


def _words_read(record: DocumentRecord, chunks: Sequence[ChunkRecord]) -> str:
    """What OCR found, and where."""
    if not record.ocr:
        return f"not yet, on {len(record.bare_pages)} pages without text" if record.bare_pages else ""
    pages = sorted({chunk.page_number for chunk in chunks if chunk.is_ocr})
    return f"{record.ocr_chars:,} characters on p. {', '.join(map(str, pages))}" if pages else "none in its pictures"


def _place(chunk: ChunkRecord) -> str:
    if chunk.second is not None:
        return f"at {shown_second(chunk.second)}"
    page = f"p. {chunk.page_number}" if chunk.page_number else "its card"
    how = "ocr" if chunk.is_ocr else "look" if chunk.is_picture else ""
    return f"{page}, {how}" if how else page


def _first_words(chunk: ChunkRecord) -> str:
    words = " ".join(chunk.text[: 4 * _FIRST_WORDS_CHARS].split())
    return words if len(words) <= _FIRST_WORDS_CHARS else f"{words[: _FIRST_WORDS_CHARS - 1]}…"


def _time(mtime_ns: int) -> datetime:
    return datetime.fromtimestamp(mtime_ns / 1e9).astimezone()


def as_json(explanation: Explanation) -> dict[str, Any]:
    file, record, rule = explanation.file, explanation.record, explanation.rule
    return {
        "path": str(explanation.path),
        "state": explanation.state,
        "why": explanation.why,
        "next_run": explanation.next_run,
        "root": explanation.root and explanation.root.path,
        "rule": rule and {"rule": rule[1], "path": str(rule[0])},
        "target": explanation.target and str(explanation.target),
        "file": file and {"size_bytes": file.size_bytes, "modified": _time(file.mtime_ns).isoformat()},
        "is_as_indexed": explanation.is_as_indexed,
        "record": record and _all_fields(record),
        "extraction": EXTRACTOR_VERSION,
        "thumbnails": explanation.thumbnails,
        "model": explanation.model,
        "chunks": [_all_fields(chunk) for chunk in explanation.chunks],
    }


def _all_fields(record: msgspec.Struct) -> dict[str, Any]:
    """Also those that have their default value, which the index leaves out."""
    return {name: getattr(record, name) for name in record.__struct_fields__}
