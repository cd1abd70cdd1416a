"""Candidates by meaning, by words and by names -> documents, by the chance that they are what was asked for.

The one score is also what the list is ordered by. Its figures come from `benchmarks/calibration.py` (docs/adr/0008).
"""

import heapq
import math
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import NamedTuple

import numpy as np

from embeddings import Vector
from feedback import BEST_DOCUMENTS, as_spread_as, asked_again
from index_store import ChunkId, DocumentId, Snapshot, cosines_of, nearest
from passages import covered_share
from yardstick import Scale, Yardstick, embedding_of

CANDIDATES = 200  # of each list; filters take the same number from what they let through
# Words say as much as this many standard deviations of cosine, where the best passage has most of what was typed ...
WORDS_WEIGHT = 3.0
# ... and less with fewer of them: in a small index one common word would decide.
ENOUGH_COVERED = 0.6
# What is added up becomes a chance: log odds are `_BASE + _PER_STANDING * standing + _PER_KINSHIP * kinship`. The
# kinship says whether anything here is about the query at all; in one list it is the same, so the order stays.
_BASE, _PER_STANDING, _PER_KINSHIP = -9.4, 0.55, 6.65
# That of the best passage that has every word: who types what stands there remembered it, and did not paraphrase.
ALL_WORDS_CHANCE = 0.6
# That of a name, by the tier of `Snapshot.search_names`: mistyped, with its folder, words, part, beginning, exact.
_EXACT = 5
NAME_CHANCES = {0: 0.25, 1: 0.25, 2: 0.65, 3: 0.75, 4: 0.95, 5: 0.995}
# Below it a hit is not likely. Of queries about something else, 98 in 100 find nothing above; of those that are
# answered in the index, 2 in 100.
LIKELY = 0.16


class Reason(NamedTuple):
    """One thing that speaks for a document."""

    by: str  # "meaning", "words", "name", "picture", or what a boost is for
    chance: float  # [0, 1], of this alone; of a boost what it adds to the log odds
    says: str  # for people
    is_boost: bool = False


class Ranked(NamedTuple):
    """One document, with the chunk that speaks for it most."""

    document: DocumentId
    chance: float  # [0, 1]
    chunk: ChunkId | None  # None: it is its name, or what it shows, that was found
    cosine: float | None
    standing: float  # of that chunk, in standard deviations of the index, words counted in
    lists: frozenset[str]  # that brought it: "meaning", "words", "name", "picture"
    reasons: tuple[Reason, ...]


@dataclass(slots=True)
class _Candidate:
    """One chunk that a list brought up."""

    document: DocumentId
    cosine: float | None = None
    near: float = 0.0  # in standard deviations of the index
    standing: float = 0.0  # the same with what words, and a second look, add
    words: float = 0.0  # bm25 as a share of the best one's; 0: words did not find it
    why: set[str] = field(default_factory=set)


class LookedUp(NamedTuple):
    """What the word index gave for a text, best first."""

    passages: list[tuple[ChunkId, float]]  # and their bm25
    names: list[tuple[DocumentId, float]]  # as of `Snapshot.search_names`


class Ranking:
    """The candidates of one query while they come together.

    Args:
        documents: Only these; None for all.
    """

    def __init__(self, snapshot: Snapshot, yardstick: Yardstick, documents: Collection[DocumentId] | None) -> None:
        self._snapshot = snapshot
        self._yardstick = yardstick
        self._documents = documents
        self._chunks: dict[ChunkId, _Candidate] = {}
        self._others: dict[DocumentId, list[Reason]] = {}  # what speaks for a document as a whole
        self._boosts: dict[DocumentId, list[Reason]] = {}
        self._scales: tuple[Scale, Scale] | None = None
        self.asked: Vector | None = None  # (dim,), once meaning was added
        self._covered = 0.0  # how many of the words the best passage has

    def add_meaning(self, query: Vector) -> None:
        self.asked, self._scales = query, self._yardstick.scales(query)
        for chunk, cosine in nearest(self._snapshot, query, limit=CANDIDATES, documents=self._documents):
            self._chunks[chunk] = self._near(chunk, cosine)
            self._chunks[chunk].why.add("meaning")

    def look_up(self, text: str, lists: Collection[str]) -> LookedUp:
        """What has the words of `text`, and names like it. It adds nothing, so that another thread can do it."""
        snapshot, documents = self._snapshot, self._documents
        return LookedUp(
            snapshot.search_passages(text, limit=CANDIDATES, documents=documents) if "words" in lists else [],
            snapshot.search_names(text, limit=CANDIDATES, documents=documents) if "names" in lists else [],
        )

    def add_words(self, found: Sequence[tuple[ChunkId, float]], plain: str) -> None:
        """Passages with words of `plain`, as `look_up` found them; it is what was typed, without signs."""
        if not found:
            return
        best_chunk, best = found[0]
        record = self._snapshot.chunk(best_chunk)
        self._covered = covered_share(f"{record.context}\n{record.text}", plain)
        weight = WORDS_WEIGHT * min(1.0, self._covered / ENOUGH_COVERED)
        self._add_far(chunk for chunk, _ in found)
        for chunk, bm25 in found:
            candidate = self._chunks[chunk]
            candidate.words = bm25 / best
            candidate.standing += weight * candidate.words
            candidate.why.add("words")

    def add_names(self, found: Iterable[tuple[DocumentId, float]]) -> None:
        """Documents by their names, as `look_up` found them."""
        for document, tier in found:
            chance = NAME_CHANCES[int(tier)]
            if int(tier) != _EXACT:  # the less there is besides, the surer
                chance *= (2 + tier % 1) / 3
            self._others.setdefault(document, []).append(Reason("name", chance, _NAME_SAYS[int(tier)]))

    def ask_again(self) -> None:
        """Take a second look at what was found so far, with the best of it beside the query.

        The best passage stands out no more than the best did before. Left out where there are pictures, which are
        nearer to each other than to any text: nobody has measured it there.
        """
        best = [ranked for ranked in self.best(BEST_DOCUMENTS) if ranked.cosine is not None]
        if self.asked is None or not best or self._yardstick.has_pictures:
            return
        found = np.stack([embedding_of(self._snapshot, ranked.chunk) for ranked in best if ranked.chunk])
        query = asked_again(self.asked, found, [ranked.chance for ranked in best])
        before = [candidate.near for candidate in self._chunks.values()]
        after = as_spread_as(cosines_of(self._snapshot, list(self._chunks), query), before)
        for candidate, gained in zip(self._chunks.values(), (after - before).tolist(), strict=True):
            candidate.standing += gained

    def add_pictures(self, chances: Mapping[DocumentId, float]) -> None:
        """Copies of a picture that was shown."""
        for document, chance in chances.items():
            if self._documents is None or document in self._documents:
                self._others.setdefault(document, []).append(Reason("picture", chance, "looks like a copy of it"))

    def add_newest(self) -> None:
        """What is let through, for who asks nothing more: the last changed first."""
        records = ((document, self._snapshot.document(document)) for document in self._documents or ())
        newest = heapq.nlargest(CANDIDATES, records, key=lambda known: known[1].mtime_ns)
        for place, (document, _) in enumerate(newest):
            self._others[document] = [Reason("filter", 1 - place / (2 * CANDIDATES), "is among the last changed")]

    def add_boost(self, document: DocumentId, reasons: Iterable[Reason]) -> None:
        self._boosts.setdefault(document, []).extend(reasons)

    @property
    def kinship(self) -> float:
        """The best cosine, as a share of what neighbours in this index have to each other; 1 at most."""
        near = ((candidate.cosine, chunk) for chunk, candidate in self._chunks.items() if candidate.cosine is not None)
        cosine, chunk = max(near, key=lambda found: found[0], default=(0.0, None))
        return min(1.0, cosine / self._scale(chunk).kin) if chunk else 0.0

    @property
    def documents(self) -> Collection[DocumentId]:
        """All that something speaks for, in no order."""
        return {*self._others, *(candidate.document for candidate in self._chunks.values())}

    def best(self, limit: int) -> list[Ranked]:
        return list(islice(self.in_order(), limit))

    def in_order(self) -> Iterator[Ranked]:
        """Documents by their chance; equal ones keep index order. What speaks for each is put together as it is drawn:
        few are looked at."""
        kinship, chunks = self.kinship, self._best_chunks()
        chances = {document: self._chance(document, chunks.get(document), kinship) for document in self.documents}
        for document in sorted(chances, key=lambda document: (-chances[document], document)):
            yield self._ranked(document, chunks.get(document), kinship, chances[document])

    def _best_chunks(self) -> dict[DocumentId, ChunkId]:
        best: dict[DocumentId, ChunkId] = {}
        for chunk, candidate in self._chunks.items():
            known = best.get(candidate.document)
            if known is None or candidate.standing > self._chunks[known].standing:
                best[candidate.document] = chunk
        return best

    def _far(self, chunk: ChunkId) -> _Candidate:
        return _Candidate(self._snapshot.document_of(chunk))

    def _near(self, chunk: ChunkId, cosine: float) -> _Candidate:
        near = self._scale(chunk).standing(cosine)
        return _Candidate(self._snapshot.document_of(chunk), cosine, near, near)

    def _add_far(self, chunks: Iterable[ChunkId]) -> None:
        """Candidates for chunks that may not be among the nearest; what they mean counts all the same."""
        unknown = [chunk for chunk in chunks if chunk not in self._chunks]
        if self.asked is None:
            self._chunks |= {chunk: self._far(chunk) for chunk in unknown}
            return
        cosines = cosines_of(self._snapshot, unknown, self.asked)
        self._chunks |= {chunk: self._near(chunk, cosine) for chunk, cosine in zip(unknown, cosines, strict=True)}

    def _scale(self, chunk: ChunkId) -> Scale:
        assert self._scales is not None
        is_picture = self._yardstick.has_pictures and self._snapshot.chunk(chunk).is_picture
        return self._scales[is_picture]

    def _chance(self, document: DocumentId, chunk: ChunkId | None, kinship: float) -> float:
        near, words = self._own_chances(chunk, kinship)
        doubt = (1 - near) * (1 - words) * math.prod(1 - reason.chance for reason in self._others.get(document, ()))
        return _with_boost(1 - doubt, sum(boost.chance for boost in self._boosts.get(document, ())))

    def _own_chances(self, chunk: ChunkId | None, kinship: float) -> tuple[float, float]:
        """What its nearness alone, and its words alone, say for a chunk."""
        if chunk is None:
            return 0.0, 0.0
        candidate = self._chunks[chunk]
        near = _logistic(_BASE + _PER_STANDING * candidate.standing + _PER_KINSHIP * kinship)
        return near, ALL_WORDS_CHANCE * candidate.words if self._covered == 1 else 0.0

    def _ranked(self, document: DocumentId, chunk: ChunkId | None, kinship: float, chance: float) -> Ranked:
        others = self._others.get(document, [])
        reasons = (*self._reasons(chunk, kinship), *others, *self._boosts.get(document, ()))
        lists = frozenset(reason.by for reason in others)
        if chunk is None:
            return Ranked(document, chance, None, None, 0.0, lists, reasons)
        candidate = self._chunks[chunk]
        return Ranked(document, chance, chunk, candidate.cosine, candidate.standing, lists | candidate.why, reasons)

    def _reasons(self, chunk: ChunkId | None, kinship: float) -> Iterator[Reason]:
        if chunk is None:
            return
        (near, words), candidate = self._own_chances(chunk, kinship), self._chunks[chunk]
        by = "meaning" if candidate.cosine is not None else "words"
        yield Reason(by, near, f"stands out by {candidate.standing:.1f} deviations")
        if words:
            yield Reason("words", words, "the best passage has every word")


_NAME_SAYS = {
    0: "the name is spelled like it",
    1: "the name has it, with its folder",
    2: "the name has words that begin so",
    3: "the name contains it",
    4: "the name begins with it",
    5: "it is the name",
}


def _logistic(log_odds: float) -> float:
    return 1 / (1 + math.exp(-log_odds))


def _with_boost(chance: float, boost: float) -> float:
    if not boost or not 0 < chance < 1:
        return chance
    return _logistic(math.log(chance / (1 - chance)) + boost)
