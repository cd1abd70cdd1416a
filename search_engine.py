"""Query -> hits: candidates by meaning, words and names, fused, grouped by document.

It reads the index and asks the embedder; it writes nothing and prints nothing.
"""

import os
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np

from corpus import KINDS
from embeddings import Embeddings, Vector
from errors import SettingsError
from index_store import ChunkId, ChunkRecord, DocumentId, DocumentRecord, Snapshot, nearest
from models.embedder import Embedder
from models.pictures import Pixels
from models.prompts import Input
from passages import covered_share, marks_in, passage_around

CANDIDATES = 200  # of each list; filters take the same number from what they let through
# Meaning and words add up, each scaled to [0, 1] over its own list. Ranks alone would not do: in a small
# index every chunk is on the list of the nearest, and being there at all must count for nothing.
MEANING_SHARE = 0.7
WORDS_SHARE = 0.3
# When the best passage has every word that was typed, the words were remembered, not paraphrased.
ALL_WORDS_SHARE = 0.8
# With fewer of them it says less: in a small index one common word would decide. nDCG@10 on Cranfield
# and MED is 0.434 and 0.804 with this, 0.435 and 0.808 without, which loses a golden query (docs/adr/0003).
ENOUGH_COVERED = 0.6
# How sure a name is, by the tier of `Snapshot.search_names`: with its folder, words, part, beginning, exact.
NAME_SCORES = {1: 0.2, 2: 0.8, 3: 0.9, 4: 1.5, 5: 3.0}
PICTURE_BITS = 64
NEAR_COPY_BITS = 12  # of 64: more differing bits are another picture


@dataclass(frozen=True, slots=True)
class Filters:
    """What a hit must be; empty fields let everything through.

    Args:
        kinds: Kinds of corpus.KINDS, or file extensions without the dot.
        under: A folder, absolute.
        after: Changed on this day or later.
        before: Changed before this day.
    """

    kinds: tuple[str, ...] = ()
    under: Path | None = None
    after: date | None = None
    before: date | None = None

    @property
    def is_empty(self) -> bool:
        return not (self.kinds or self.under or self.after or self.before)

    def lets_through(self, record: DocumentRecord) -> bool:
        return (
            self._is_kind(record)
            and (self.under is None or record.path.startswith(os.path.join(self.under, "")))
            and (self.after is None or modified_at(record).date() >= self.after)
            and (self.before is None or modified_at(record).date() < self.before)
        )

    def _is_kind(self, record: DocumentRecord) -> bool:
        extension = Path(record.path).suffix.lstrip(".").lower()
        return not self.kinds or record.kind in self.kinds or extension in self.kinds


@dataclass(frozen=True, slots=True)
class Query:
    """What a person typed, or showed."""

    text: str = ""
    picture: bytes | None = None  # an encoded picture file
    like: Path | None = None  # a document of the index: more like this one
    filters: Filters = field(default_factory=Filters)
    limit: int = 20


@dataclass(frozen=True, slots=True)
class Hit:
    """One document to show, with its best chunk."""

    path: Path
    kind: str
    score: float  # fused, higher is better; comparable within one list only
    cosine: float | None  # [-1, 1], of the passage; None when meaning did not find it
    page_number: int  # from 1; 0 when no page of it matched
    page_count: int
    passage: str
    marks: tuple[tuple[int, int], ...]  # character ranges of the query's words in `passage`
    context: str  # the whole chunk around it, as it stands in the document
    context_marks: tuple[tuple[int, int], ...]
    size_bytes: int
    modified: datetime
    is_missing: bool
    why: tuple[str, ...]  # of "name", "words", "meaning", "picture"
    second: float | None = None  # of a video: when it is seen


@dataclass(slots=True)
class _Candidate:
    """One chunk or name that a list brought up."""

    score: float = 0.0
    cosine: float | None = None
    why: set[str] = field(default_factory=set)


class SearchEngine:
    """Answers queries over one index; follows it as it grows.

    Args:
        snapshot: The index.
        embedder: The model that made it.
        hash_picture: Encoded picture -> its 64-bit perceptual hash, hexadecimal; for a model that sees nothing.
        read_picture: Encoded picture -> its pixels, for one that sees. Both raise SettingsError for
            what is no picture.
    """

    def __init__(
        self,
        snapshot: Snapshot,
        embedder: Embedder,
        *,
        hash_picture: Callable[[bytes], str],
        read_picture: Callable[[bytes], Pixels],
    ) -> None:
        self._snapshot = snapshot
        self._embedder = embedder
        self._hash_picture = hash_picture
        self._read_picture = read_picture

    @property
    def snapshot(self) -> Snapshot:
        return self._snapshot

    def knows(self, path: Path) -> bool:
        """Whether this very version of the document was read, so that `Query.like` can take it."""
        found = self._snapshot.find(str(path))
        if found is None or found[1].stage == "names":
            return False
        try:
            status = path.stat()
        except OSError:
            return False
        return (status.st_size, status.st_mtime_ns) == (found[1].size_bytes, found[1].mtime_ns)

    def search(self, query: Query) -> list[Hit]:
        """The best documents for `query`, best first, at most `query.limit`.

        Raises:
            SettingsError: An empty query, a kind that does not exist, a picture that is none, a document
                that is not in the index.
        """
        text = query.text.strip()
        if not text and query.picture is None and query.like is None:
            raise SettingsError(
                "Nothing to search for.", hint='Say what the file is about: launcher search "roof repair"'
            )
        check_kinds(query.filters.kinds)
        snapshot = self._snapshot = self._snapshot.refreshed()
        run = _Search(snapshot, query.filters)
        if query.like is not None:
            self._add_like(run, query.like, text)
        elif query.picture is not None:
            self._add_picture(run, query.picture, text)
        else:
            run.add_meaning(self._embedder.embed_query(text))
        if text:
            run.add_words(text)
            run.add_names(text)
        return [run.hit(document, text) for document in run.best_documents(query.limit)]

    def _add_picture(self, run: "_Search", picture: bytes, text: str) -> None:
        """What looks like the picture, with what the text adds to it; for a model that sees nothing, its copies."""
        if self._embedder.sees_pictures:
            shown = Input(text or None, [self._read_picture(picture)])
            run.add_meaning(self._embedder.embed_query(shown))
            return
        run.add_copies(self._hash_picture(picture))
        if text:
            run.add_meaning(self._embedder.embed_query(text))

    def _add_like(self, run: "_Search", like: Path, text: str) -> None:
        """What is nearest to all of a document together, and to the text if there is one."""
        document, record = _indexed(self._snapshot, like)
        if record.picture_hash and not self._embedder.sees_pictures:
            run.add_copies(record.picture_hash)
            return
        embeddings = self._snapshot.embeddings_of(document)
        if not len(embeddings):
            raise SettingsError(f"Nothing but its name is known of {like.name}.", hint="launcher status says why.")
        if text:
            embeddings = np.stack([_mean_direction(embeddings), self._embedder.embed_query(text)])
        run.add_meaning(_mean_direction(embeddings))


def _indexed(snapshot: Snapshot, path: Path) -> tuple[DocumentId, DocumentRecord]:
    found = snapshot.find(str(path))
    if found is None:
        raise SettingsError(f"Not in the index: {path}", hint="Index its folder first, or show a picture.")
    return found


def _mean_direction(embeddings: Embeddings) -> Vector:
    mean = embeddings.mean(axis=0)
    return np.asarray(mean / np.linalg.norm(mean), dtype=np.float32)


def check_kinds(kinds: Iterable[str]) -> None:
    """Refuse what is neither a kind nor could be an extension."""
    for kind in kinds:
        if kind not in KINDS and not re.fullmatch(r"\w{1,8}", kind):
            raise SettingsError(f"No such kind: {kind!r}", hint=f"Kinds are {', '.join(KINDS)}; or a file extension.")


def modified_at(record: DocumentRecord) -> datetime:
    return datetime.fromtimestamp(record.mtime_ns / 1e9, tz=UTC).astimezone()


class _Search:
    """The candidates of one query while they come together."""

    def __init__(self, snapshot: Snapshot, filters: Filters) -> None:
        self._snapshot = snapshot
        self._filters = filters
        self._allowed: set[DocumentId] | None = None
        if not filters.is_empty:
            self._allowed = {document for document, record in snapshot.documents() if filters.lets_through(record)}
        self._chunks: dict[ChunkId, _Candidate] = {}
        self._names: dict[DocumentId, _Candidate] = {}
        self._best_chunk: dict[DocumentId, ChunkId] = {}

    def add_meaning(self, query: Vector) -> None:
        found = nearest(self._snapshot, query, limit=CANDIDATES, documents=self._allowed)
        for (chunk, cosine), scaled in zip(found, _scaled([cosine for _, cosine in found]), strict=True):
            candidate = self._chunks.setdefault(chunk, _Candidate())
            candidate.score += MEANING_SHARE * scaled
            candidate.cosine = cosine
            candidate.why.add("meaning")

    def add_words(self, text: str) -> None:
        found = self._snapshot.search_passages(text, limit=CANDIDATES, documents=self._allowed)
        if not found:
            return
        best_chunk, best = found[0]
        record = self._snapshot.chunk(best_chunk)
        covered = covered_share(f"{record.context}\n{record.text}", text)
        share = ALL_WORDS_SHARE if covered == 1 else WORDS_SHARE * min(1.0, covered / ENOUGH_COVERED)
        for chunk, bm25 in found:
            candidate = self._chunks.setdefault(chunk, _Candidate())
            candidate.score += share * bm25 / best
            candidate.why.add("words")

    def add_names(self, text: str) -> None:
        for document, tier in self._snapshot.search_names(text, limit=CANDIDATES, documents=self._allowed):
            candidate = self._names.setdefault(document, _Candidate())
            candidate.score += NAME_SCORES[int(tier)] * (1 + tier % 1) / 2
            candidate.why.add("name")

    def add_copies(self, picture_hash: str) -> None:
        """Copies and near-copies of a picture, by how many bits of its hash differ."""
        wanted = int(picture_hash, 16)
        for document, record in self._snapshot.documents():
            if record.picture_hash and (self._allowed is None or document in self._allowed):
                differing = (int(record.picture_hash, 16) ^ wanted).bit_count()
                if differing <= NEAR_COPY_BITS:
                    self._names[document] = _Candidate(score=1 - differing / PICTURE_BITS, why={"picture"})

    def best_documents(self, limit: int) -> list[DocumentId]:
        """Documents by their best chunk and their name together; equal ones keep index order."""
        scores: dict[DocumentId, float] = {document: found.score for document, found in self._names.items()}
        for chunk, candidate in self._chunks.items():
            document = self._snapshot.document_of(chunk)
            best = self._best_chunk.get(document)
            if best is None or candidate.score > self._chunks[best].score:
                self._best_chunk[document] = chunk
        for document, chunk in self._best_chunk.items():
            scores[document] = scores.get(document, 0.0) + self._chunks[chunk].score
        self._scores = scores
        return sorted(scores, key=lambda document: (-scores[document], document))[:limit]

    def hit(self, document: DocumentId, text: str) -> Hit:
        record = self._snapshot.document(document)
        chunk = self._best_chunk.get(document)
        candidate = self._chunks[chunk] if chunk else _Candidate()
        chunk_record = self._snapshot.chunk(chunk) if chunk else None
        context = chunk_record.text if chunk_record and chunk_record.page_number else ""
        passage, marks = passage_around(context, text)
        context_marks = marks_in(context, text)
        return Hit(
            path=Path(record.path),
            kind=record.kind,
            score=self._scores[document],
            cosine=candidate.cosine,
            page_number=chunk_record.page_number if chunk_record else 0,
            page_count=record.page_count,
            passage=passage,
            marks=marks,
            context=context,
            context_marks=context_marks,
            size_bytes=record.size_bytes,
            modified=modified_at(record),
            is_missing=not os.path.lexists(record.path),
            why=self._why(document, candidate, chunk_record, has_marks=bool(context_marks)),
            second=chunk_record.second if chunk_record else None,
        )

    def _why(
        self, document: DocumentId, candidate: _Candidate, chunk: ChunkRecord | None, *, has_marks: bool
    ) -> tuple[str, ...]:
        """Which lists brought it; words that say nothing, such as "in", are no reason beside another."""
        why = candidate.why | self._names.get(document, _Candidate()).why
        if chunk and chunk.is_picture and "meaning" in why:
            why = why - {"meaning"} | {"picture"}
        if not has_marks and len(why) > 1:
            why = why - {"words"}
        return tuple(sorted(why))


def _scaled(scores: Sequence[float]) -> list[float]:
    """To [0, 1]: the lowest of the list to 0, the highest to 1; a list of one is all it has."""
    lowest, highest = min(scores, default=0.0), max(scores, default=0.0)
    return [(score - lowest) / (highest - lowest) if highest > lowest else 1.0 for score in scores]
