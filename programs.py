"""What other programs may ask: a search, what is like a document, the text of a page.

The same for assistants (`mcp_server`) and for scripts (`web/for_programs.py`). Every answer comes from the index: no
file is opened, and of a document that is not indexed nothing is said. Texts come from files that anybody may have
written: they are data, bounded in length, and hold nothing that a person would not see.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import reduce
from pathlib import Path
from typing import Annotated, Any, Protocol

import msgspec

from errors import SettingsError
from filters import Filters, described
from index_store import ChunkId, ChunkRecord, DocumentId, DocumentRecord
from query_language import parse_query, read_filter
from search_engine import Hit, Query

MOST_HITS = 50
MOST_TEXT_CHARS = 2_000  # of a question
MOST_PICTURE_BYTES = 32 * 1024 * 1024
MOST_PASSAGE_CHARS = 1_000
MOST_PAGE_CHARS = 20_000  # of an answer; `next_char` says where the rest begins
MOST_OTHERS = 10
# Control characters; marks that turn lines around; and characters without a shape, in which words can be written that
# a program reads and a person does not see. Tabs and ends of lines stay, and the joiners that Persian and emoji need.
_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
)
_NO_TEXT = re.compile("[\ud800-\udfff]")  # a file name need not be valid text

Limit = Annotated[int, msgspec.Meta(ge=1, le=MOST_HITS)]
Picture = Annotated[bytes, msgspec.Meta(max_length=MOST_PICTURE_BYTES)]


class Search(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Documents by what they say, by a picture, or by both; with a filter alone, the newest."""

    text: Annotated[str, msgspec.Meta(max_length=MOST_TEXT_CHARS)] = ""  # may hold filters, as a person types them
    picture: Annotated[bytes, msgspec.Meta(max_length=MOST_PICTURE_BYTES)] = (
        b""  # an encoded picture file, in JSON as base64
    )
    kinds: tuple[str, ...] = ()  # of `corpus.KINDS`, or file extensions
    folders: tuple[str, ...] = ()  # paths, or names of folders anywhere
    after: str = ""  # changed then or later: 2024-03-31, 2024, last-week
    before: str = ""
    limit: Limit = 10


class MoreLikeThis(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Documents like one of the index."""

    path: str
    limit: Limit = 10


class ReadPage(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the index knows of the text of one page."""

    path: str
    page_number: Annotated[int, msgspec.Meta(ge=1)] = 1
    start_char: Annotated[int, msgspec.Meta(ge=0)] = 0


class FoundDocument(msgspec.Struct, frozen=True, kw_only=True):
    path: str
    kind: str
    chance: float  # [0, 1], that it is what was asked for
    is_likely: bool
    page_number: int  # from 1; 0 when no page of it matched
    page_count: int
    second: float | None  # of a video: when it is seen
    passage: str
    modified: str  # ISO 8601
    size_bytes: int
    is_missing: bool  # it is not there now
    why: tuple[str, ...]  # of "name", "words", "meaning", "picture"
    others: tuple[str, ...]  # paths of copies and versions of it that were found as well


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to `Search` and `MoreLikeThis`, best first."""

    documents: tuple[FoundDocument, ...]
    filters: tuple[str, ...]  # how the filters were understood
    notice: str  # what one should know of this answer, else ""


class PageText(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to `ReadPage`."""

    path: str
    kind: str
    title: str
    page_number: int
    page_count: int
    text: str  # "" of a page without any
    next_char: int | None  # `start_char` of the rest; None: this was all


class Readable(Protocol):
    """What is asked of an index, as of one commit."""

    def refreshed(self) -> "Readable": ...

    def find(self, path: str) -> tuple[DocumentId, DocumentRecord] | None: ...

    def chunks_of(self, document_id: DocumentId) -> list[ChunkId]: ...

    def chunk(self, chunk_id: ChunkId) -> ChunkRecord: ...


class Engine(Protocol):
    """What is asked of a search engine, as `search_engine.SearchEngine` has it."""

    @property
    def snapshot(self) -> Readable: ...

    def search(self, query: Query) -> list[Hit]: ...

    def notice(self, query: Query) -> str: ...


def search(engine: Engine, asked: Search) -> Found:
    """Raises SettingsError for an empty question and for a filter that says nothing; else as the engine does."""
    today = datetime.now(UTC).astimezone().date()
    typed = parse_query(asked.text, today=today)
    for chip in typed.chips:
        if chip.problem:
            raise SettingsError(f"{chip.problem} (in {chip.words})", hint=chip.hint)
    given = [read_filter(key, value, today=today) for key, value in _given(asked)]
    filters = reduce(Filters.and_also, given, typed.filters)
    query = Query(typed.text, (asked.picture,) if asked.picture else (), filters=filters, limit=asked.limit)
    return _found(engine, query, engine.search(query))


def more_like_this(engine: Engine, asked: MoreLikeThis) -> Found:
    """Raises SettingsError when the document is not in the index, or nothing but its name is known."""
    path = _path(asked.path)
    query = Query(like=(path,), limit=asked.limit + 1)  # it is like itself
    others = [hit for hit in engine.search(query) if hit.path != path]
    return _found(engine, query, others[: asked.limit])


def read_page(engine: Engine, asked: ReadPage) -> PageText:
    """Raises SettingsError when the document is not in the index, could not be read, or has no such page."""
    path, indexed = _path(asked.path), engine.snapshot.refreshed()
    found = indexed.find(str(path))
    if found is None:
        raise SettingsError(f"Not in the index: {path}", hint="Only indexed documents can be read.")
    document, record = found
    if record.failure or record.stage == "names":
        raise SettingsError(f"Nothing but its name is known of {path}.", hint=record.failure or "It is not read yet.")
    if asked.page_number > max(1, record.page_count):
        raise SettingsError(f"It has {record.page_count} pages: {path}", hint="Pages count from 1.")
    chunks = map(indexed.chunk, indexed.chunks_of(document))
    text = _text([chunk for chunk in chunks if chunk.page_number == asked.page_number and not chunk.is_picture])
    end = asked.start_char + MOST_PAGE_CHARS
    return PageText(
        path=_valid(record.path),
        kind=record.kind,
        title=visible(record.title)[:MOST_PASSAGE_CHARS],
        page_number=asked.page_number,
        page_count=record.page_count,
        text=visible(text[asked.start_char : end]),
        next_char=end if end < len(text) else None,
    )


@dataclass(frozen=True, slots=True)
class Tool:
    """One thing that can be asked, by its name."""

    asked: type[Search | MoreLikeThis | ReadPage]
    answer: Callable[[Engine, Any], Found | PageText]


TOOLS = {
    "search": Tool(Search, search),
    "more_like_this": Tool(MoreLikeThis, more_like_this),
    "read_page": Tool(ReadPage, read_page),
}


def visible(text: str) -> str:
    """`text` without what a person would not see of it; valid text, whatever it was."""
    return _valid(_UNSEEN.sub("", text))


def _valid(text: str) -> str:
    return _NO_TEXT.sub("\N{REPLACEMENT CHARACTER}", text)


def _path(text: str) -> Path:
    path = Path(text)
    if not path.is_absolute():
        raise SettingsError(f"Not a whole path: {text}", hint="As it stands in an answer to search.")
    return path


def _given(asked: Search) -> Iterator[tuple[str, str]]:
    yield from (("type", kind) for kind in asked.kinds)
    yield from (("in", folder) for folder in asked.folders)
    yield from (("after", asked.after),) if asked.after else ()
    yield from (("before", asked.before),) if asked.before else ()


def _found(engine: Engine, query: Query, hits: Iterable[Hit]) -> Found:
    documents, filters = tuple(map(_document, hits)), tuple(map(visible, described(query.filters)))
    return Found(documents=documents, filters=filters, notice=engine.notice(query))


def _document(hit: Hit) -> FoundDocument:
    return FoundDocument(
        path=_valid(str(hit.path)),
        kind=hit.kind,
        chance=round(hit.chance, 3),
        is_likely=hit.is_likely,
        page_number=hit.page_number,
        page_count=hit.page_count,
        second=hit.second,
        passage=visible(hit.passage)[:MOST_PASSAGE_CHARS],
        modified=hit.modified.isoformat(),
        size_bytes=hit.size_bytes,
        is_missing=hit.is_missing,
        why=hit.why,
        others=tuple(_valid(str(other.path)) for other in hit.others[:MOST_OTHERS]),
    )


def _text(chunks: Sequence[ChunkRecord]) -> str:
    """The text of a page, and after it what was read in its pictures."""
    parts = (_joined(chunk for chunk in chunks if chunk.is_ocr is is_ocr) for is_ocr in (False, True))
    return "\n\n".join(filter(None, parts))


def _joined(chunks: Iterable[ChunkRecord]) -> str:
    """Chunks overlap, and leave out what separates them."""
    text, end = "", 0
    for chunk in sorted(chunks, key=lambda chunk: chunk.start_char):
        if text and chunk.start_char > end:
            text += "\n"
        text += chunk.text[max(0, end - chunk.start_char) :]
        end = max(end, chunk.end_char)
    return text
