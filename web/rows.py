"""Hits as the page gets them: JSON rows with an id where the path was."""

import re
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from urllib.parse import quote

import msgspec

from query_language import Chip
from search_engine import Hit
from web.media import media_type
from web.places import first_line

Mark = tuple[int, int]  # start and end of a matching word, in characters

# Kinds of which the very page that was found is drawn while somebody waits; others have what the index keeps.
PICTURED_KINDS = frozenset({"picture", "pdf", "book"})
# In a PDF a line ends where the page did, and a paragraph may be a block per line.
_LINE_CHARS = 40  # shorter ones may end there on purpose: headings, addresses, lists
_BROKEN_LINE = re.compile(rf"(?<=[^\n]{{{_LINE_CHARS}}})(?:\n(?=[^\n])|(?<![.!?:])\n{{1,2}}(?=[^\W\d_A-Z]))")
# A file name need not be valid text; JSON must be. One character for one, so that marks stay where they are.
_NO_TEXT = re.compile("[\ud800-\udfff]")


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One hit in the list."""

    id: str
    name: str
    folder: str
    kind: str
    chance: float  # [0, 1]
    is_likely: bool
    page_number: int  # from 1; 0 when no page of it matched
    page_count: int
    second: float | None  # of a video: when it is seen
    passage: str
    marks: tuple[Mark, ...]  # ranges in `passage`, in Unicode characters, not in UTF-16 units
    modified: str  # ISO 8601
    size_bytes: int
    is_missing: bool
    is_unplugged: bool  # for that its drive is the reason
    is_begun: bool  # it is found by its first pages so far; the rest is still to be read
    why: tuple[str, ...]
    thumb: str | None  # address of the small picture
    others: tuple["Row", ...] = ()  # copies and versions of it that were found as well


class Preview(msgspec.Struct, frozen=True, kw_only=True):
    """One hit in the preview beside the list."""

    id: str
    context: str  # the whole chunk around the passage, as it stands in the document
    context_marks: tuple[Mark, ...]
    heading: str  # what stands above it: headings, or a table's header row
    sentence: Mark | None  # of `context`, what says most nearly what was asked
    first_line: int  # of `context` in the file, from 1; 0 where lines say nothing
    picture: str | None  # address of the page's picture
    media: str | None  # address of what a browser can play


class ShownChip(msgspec.Struct, frozen=True, kw_only=True):
    """One filter that was understood in the question."""

    words: str  # as they were typed, by which the page refuses it
    label: str
    kinds: tuple[str, ...]  # of documents that it asks for, if it does
    is_written: bool  # as `type:pdf`, and not in plain English
    problem: str  # why it filters nothing, else ""


def row_of(hit: Hit, hit_id: str, *, has_thumbnail: bool, is_begun: bool, others: Iterable[Row] = ()) -> Row:
    """The row of a hit; `has_thumbnail`: of its document the index keeps one."""
    return Row(
        id=hit_id,
        name=shown(hit.path.name),
        folder=shown_folder(hit.path.parent),
        kind=hit.kind,
        chance=hit.chance,
        is_likely=hit.is_likely,
        page_number=hit.page_number,
        page_count=hit.page_count,
        second=hit.second,
        passage=shown(hit.passage),
        marks=hit.marks,
        modified=hit.modified.isoformat(),
        size_bytes=hit.size_bytes,
        is_missing=hit.is_missing,
        is_unplugged=hit.is_unplugged,
        is_begun=is_begun,
        why=hit.why,
        thumb=_address(hit_id, size="row") if has_thumbnail or _can_be_drawn(hit) else None,
        others=tuple(others),
    )


def preview_of(hit: Hit, hit_id: str, *, has_thumbnail: bool, sentence: Mark | None) -> Preview:
    return Preview(
        id=hit_id,
        context=shown(_flowing(hit.context) if hit.kind == "pdf" else hit.context),
        context_marks=hit.context_marks,
        heading=shown(hit.heading),
        sentence=sentence,
        first_line=first_line(hit),
        media=f"/media/{quote(hit_id)}" if media_type(hit) and not hit.is_missing else None,
        picture=_address(hit_id, size="preview") if has_thumbnail or _can_be_drawn(hit) else None,
    )


def shown_chip(chip: Chip) -> ShownChip:
    return ShownChip(
        words=chip.words,
        label=shown(chip.label),
        kinds=chip.filters.kinds,
        is_written=chip.is_written,
        problem=shown(f"{chip.problem}. {chip.hint}" if chip.problem else ""),
    )


def shown(text: str) -> str:
    """`text` with what is no character shown as "\ufffd"."""
    return _NO_TEXT.sub("\ufffd", text)


def _flowing(text: str) -> str:
    """`text` without the breaks inside its sentences; as long as before, so that marks stay where they are."""
    return _BROKEN_LINE.sub(lambda lines: " " + "\N{ZERO WIDTH SPACE}" * (len(lines[0]) - 1), text)


def _can_be_drawn(hit: Hit) -> bool:
    """Whether the page that was found can be shown as it is now."""
    return hit.kind in PICTURED_KINDS and not hit.is_missing


def _address(hit_id: str, *, size: str) -> str:
    return f"/thumb/{quote(hit_id)}?size={size}"


def shown_folder(folder: Path) -> str:
    """`folder` as people say it: from the home folder on."""
    return _from_home(str(folder), str(Path.home()))


@lru_cache(maxsize=1 << 12)  # few folders have many hits
def _from_home(folder: str, home: str) -> str:
    is_inside = Path(folder).is_relative_to(home)
    return shown(str(Path("~") / Path(folder).relative_to(home)) if is_inside else folder)
