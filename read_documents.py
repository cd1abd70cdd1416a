"""One document that was read, on its way into the index: what is taken over from copies of it, and its records."""

from collections.abc import Iterable
from dataclasses import dataclass, field

import msgspec
import numpy as np

from corpus import Chunk, Contents, Document
from embeddings import Embeddings
from extraction import EXTRACTOR_VERSION
from extraction.kinds import kind_by_name
from index_store import Addition, ChunkRecord, DocumentRecord
from recognising import Words, bare_pages_of, with_words
from viewing import Seen, with_views


@dataclass(slots=True)
class ReadDocument:
    """It waits for its embeddings, or for its commit."""

    document: Document
    contents: Contents | None
    chunks: list[Chunk] = field(default_factory=list)
    embeddings: Embeddings | None = None
    failure: str = ""
    is_begun: bool = False  # only its first chunks are here; the rest comes later
    first: Embeddings | None = None  # of its first chunks, where these were embedded before
    twin: DocumentRecord | None = None  # a document with the same bytes that was looked at
    seen: Seen | None = None  # what it looks like, then
    read_twin: DocumentRecord | None = None  # a document with the same bytes in whose pictures words were looked for
    words: Words | None = None  # what was read there, then

    @property
    def texts(self) -> list[str]:
        """What is still to be embedded."""
        start = 0 if self.first is None else len(self.first)
        return [chunk.embedded_text for chunk in self.chunks[start:]]

    def begin(self, count: int) -> None:
        """Leave all but its first chunks for later."""
        self.is_begun, self.chunks = True, self.chunks[:count]
        if self.first is not None:
            self.first = self.first[:count]
            self.embeddings = self.first if len(self.first) == count else None

    def addition(self, *, dim: int) -> Addition:
        """What is committed of it."""
        embeddings = self.embeddings
        if embeddings is None:
            embeddings = np.empty((0, dim), dtype=np.float32)
        chunks = tuple(map(_chunk_record, self.chunks))
        record = record_of(self.document, self.contents, failure=self.failure, is_begun=self.is_begun)
        if self.failure:
            return Addition(record, chunks, embeddings)
        if self.twin and self.seen:
            record = _looked_at(record, self.twin)
            chunks, embeddings = with_views(record, chunks, embeddings, self.seen)
        if self.read_twin and self.words:
            record = _recognised(record, self.read_twin)
            chunks, embeddings = with_words(chunks, embeddings, self.words)
        return Addition(record, chunks, embeddings)


def _chunk_record(chunk: Chunk) -> ChunkRecord:
    return ChunkRecord(
        page_number=chunk.page_number,
        start_char=chunk.start_char,
        end_char=chunk.end_char,
        text=chunk.text,
        context=chunk.context,
        second=chunk.second,
    )


def texts_of(reads: Iterable[ReadDocument]) -> list[str]:
    return [text for read in reads for text in read.texts]


def card_text(document: Document, contents: Contents) -> str:
    """A document's name in words, its title, folder, kind, date and place."""
    name = document.path.stem.replace("_", " ").replace("-", " ")
    about = [name, contents.title, document.path.parent.name, contents.kind, contents.created[:10], contents.place]
    return ", ".join(part for part in about if part)


def record_of(
    document: Document, contents: Contents | None = None, *, failure: str = "", is_begun: bool = False
) -> DocumentRecord:
    """What the index keeps of a document: its name only, why it could not be read, or all that was read."""
    name_only = DocumentRecord(
        path=str(document.path),
        size_bytes=document.size_bytes,
        mtime_ns=document.mtime_ns,
        inode=document.inode,
        kind=kind_by_name(document.path),
        with_members=document.with_members,
    )
    if contents is None:
        if not failure:
            return name_only
        return msgspec.structs.replace(name_only, stage="failed", failure=failure, reader_version=EXTRACTOR_VERSION)
    return msgspec.structs.replace(
        name_only,
        stage="text",
        is_begun=is_begun,
        kind=contents.kind,
        title=contents.title,
        created=contents.created,
        place=contents.place,
        content_hash=contents.content_hash,
        picture_hash=contents.picture_hash,
        page_count=len(contents.pages),
        text_chars=sum(len(page.text.strip()) for page in contents.pages),
        bare_pages=bare_pages_of(contents),
        failure=failure,
        truncated=contents.truncated,
        lost_pages=contents.lost_pages,
        reader_version=EXTRACTOR_VERSION,
    )


def _looked_at(record: DocumentRecord, twin: DocumentRecord) -> DocumentRecord:
    """The record of a document that looks like its twin, which was looked at."""
    return msgspec.structs.replace(
        record, stage="pixels", pages=twin.pages, view_count=twin.view_count, unseen=twin.unseen
    )


def _recognised(record: DocumentRecord, twin: DocumentRecord) -> DocumentRecord:
    """The same for one in whose pictures words were looked for."""
    is_cut = record.truncated or twin.truncated
    return msgspec.structs.replace(record, ocr=twin.ocr, ocr_chars=twin.ocr_chars, truncated=is_cut)
