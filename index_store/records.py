"""What the index keeps about documents and chunks: the JSON records, and their identities."""

import json
from pathlib import Path
from typing import Literal, NamedTuple, TypeVar

import msgspec

from corpus import Document
from embeddings import Embeddings


class DocumentId(NamedTuple):
    """Where a document's record lives; valid for the snapshot that it came from."""

    segment: int
    row: int


class ChunkId(NamedTuple):
    """Where a chunk's record and embedding live; valid for the snapshot that it came from."""

    segment: int
    row: int


class DocumentRecord(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One document as it was when it was indexed."""

    path: str  # absolute; bytes that are no UTF-8 as surrogates escaped by os.fsdecode
    size_bytes: int
    mtime_ns: int
    inode: int
    stage: str = "names"  # how far indexing got: "names" (nothing but its name), "text", or "pixels"
    is_begun: bool = False  # only its first chunks are in the index so far
    kind: str = "other"  # one of corpus.KINDS
    title: str = ""
    created: str = ""  # ISO 8601 or ""
    place: str = ""  # "latitude, longitude" or ""
    content_hash: str = ""
    picture_hash: str = ""
    page_count: int = 0
    text_chars: int = 0  # of all pages together, without what was read in pictures
    bare_pages: tuple[int, ...] = ()  # of a PDF: those that may be scanned ones, as `extraction.ocr.bare_pages` has it
    failure: str = ""  # why it could not be read, else ""
    reader_version: int = 0  # the extraction that read it; an older one is read again
    truncated: bool = False
    lost_pages: tuple[int, ...] = ()  # those that would not be read in time, or crashed the reader
    with_members: bool = False  # were it an archive, the documents in it would have been read
    pages: str = ""  # which of its pages were looked at, as `Root.pages` said then; "" before
    view_count: int = 0  # pictures, pages and keyframes that are embedded as they look
    unseen: str = ""  # why it could not be looked at, else ""
    ocr: str = ""  # how words were looked for in its pictures, as `recognising.ocr_wanted` has it; "" before
    ocr_chars: int = 0  # that were read there
    ocr_failure: str = ""  # why not all of them could be read, else ""

    @property
    def document(self) -> Document:
        """The file as it was then."""
        return Document(Path(self.path), self.size_bytes, self.mtime_ns, self.inode)


class ChunkRecord(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One chunk: `text` is characters `start_char` to `end_char` of page `page_number`, or of what was read there.

    It was embedded with `context` in front, and is found by the words of both. A picture is a whole page, picture
    or keyframe as it looks; its text is for its words only.
    """

    page_number: int
    start_char: int
    end_char: int
    text: str
    context: str = ""  # the headings above it, not in its place: never shown as its text
    is_picture: bool = False
    is_ocr: bool = False  # its text was read in a picture, and may have errors
    second: float | None = None  # of a video: when it is seen


class Addition(NamedTuple):
    """One document to commit, with its chunks and their embeddings, row by row."""

    document: DocumentRecord
    chunks: tuple[ChunkRecord, ...]
    embeddings: Embeddings  # (len(chunks), dim)


class Root(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A folder the user asked to index, with the rules it is scanned by."""

    path: str
    recursive: bool = True
    include_hidden: bool = False
    excludes: tuple[str, ...] = ()
    default_excludes: bool = True
    pages: Literal["auto", "image", "text", "both"] = "auto"  # what a model that sees looks at of PDFs and slides
    ocr: Literal["auto", "on", "off"] = "auto"  # words in pictures: "auto" for a model that cannot see
    ocr_language: Literal["any", "latin", "chinese", "japanese"] = "any"
    archives: Literal["names", "contents"] = "names"  # what is read of ZIP and TAR
    volume: str = ""  # the file system that it lies on, as `volumes.noted_volume` has it; "" unknown
    drives: tuple[tuple[str, str], ...] = ()  # those that were met below it: where under it, and their volume


_Record = TypeVar("_Record", bound=msgspec.Struct)


def to_json(record: msgspec.Struct) -> bytes:
    """`record` as one line of JSON, without the line's end."""
    try:
        return msgspec.json.encode(record)
    except UnicodeEncodeError:  # a path that is no UTF-8: the slower encoder writes its lone surrogates as \\udcXX
        return json.dumps(msgspec.to_builtins(record), separators=(",", ":")).encode("ascii")


def from_json(line: bytes, record_type: type[_Record]) -> _Record:
    """The record that `to_json` wrote as `line`.

    Raises:
        ValueError: It is something else.
    """
    try:
        return msgspec.json.decode(line, type=record_type)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _from_json_with_surrogates(line, record_type)


def _from_json_with_surrogates(line: bytes, record_type: type[_Record]) -> _Record:
    try:
        return msgspec.convert(json.loads(line), record_type)
    except (msgspec.ValidationError, RecursionError) as error:
        raise ValueError(str(error)) from error
