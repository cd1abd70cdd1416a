"""Query -> hits: candidates by meaning, words and names, by their chance, one per document.

It reads the index and asks the embedder; it writes nothing and prints nothing.
"""

import time
from collections.abc import Callable, Iterator, Sequence, Set
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from duplicates import collapsed
from embeddings import Embeddings, Vector
from errors import SettingsError
from evidence import Range, closest_sentence
from filters import Filters, check_kinds
from hits import Hit, hit_of
from index_store import DocumentId, DocumentRecord, QueryTerms, Snapshot, parse_terms
from models.embedder import Embedder
from models.pictures import Pixels
from models.prompts import Input
from opened import History, boosts
from picture_copies import NOTICE, PictureCopies
from ranking import Ranked, Ranking
from recents import Recents
from regions import Region, closest_region
from reranking import LiveReranking
from yardstick import Yardstick, is_lasting, yardstick_of

__all__ = ["Hit", "Query", "SearchEngine"]

LISTS = frozenset({"meaning", "words", "names"})  # what brings candidates of a text
WITHOUT_MODEL = LISTS - {"meaning"}  # and those of them that take no model
_NO_YARDSTICK = Yardstick(np.empty((0, 0), np.float32), np.empty(0, bool), (1.0, 1.0))  # for what needs none
# What is not wanted is taken away with half its weight: all of it would leave what both have in common to chance.
UNLIKE_WEIGHT = 0.5


@dataclass(frozen=True, slots=True)
class Query:
    """What a person typed, or showed."""

    text: str = ""
    pictures: tuple[bytes, ...] = ()  # encoded picture files
    like: tuple[Path, ...] = ()  # documents of the index: more like these
    unlike: tuple[Path, ...] = ()  # and less like these
    filters: Filters = field(default_factory=Filters)
    limit: int = 20
    lists: frozenset[str] = LISTS  # fewer, to see what each is worth
    asks_again: bool = True  # with the best that was found, where that is all text
    has_all_copies: bool = False  # else copies and versions of one document are one hit

    @property
    def has_words(self) -> bool:
        """Whether it can be answered in part by words and names: it is text, and nothing that is like something."""
        return bool(self.text.strip()) and not (self.pictures or self.like or self.unlike)

    @property
    def is_asking(self) -> bool:
        """Whether it says what documents are about, and not only which ones to look at."""
        return bool(self.text.strip() or self.pictures or self.like or self.unlike)


class SearchEngine:
    """Answers queries over one index; follows it as it grows.

    Args:
        snapshot: The index.
        embedder: The model that made it.
        hash_picture: Encoded picture -> its perceptual hash, as `picture_hash` has it; for a model that sees nothing.
        read_picture: Encoded picture -> its pixels, for one that sees. Both raise SettingsError for
            what is no picture.
        history: What the person opened; it counts a little. None: nothing is known of that, and nothing kept.
        reranking: What can improve a list that is shown; None: nothing here can.
    """

    is_ready = True  # a query is answered at once, by its meaning too

    def __init__(  # noqa: PLR0913 - all that it is made of, by name
        self,
        snapshot: Snapshot,
        embedder: Embedder,
        *,
        hash_picture: Callable[[bytes], str],
        read_picture: Callable[[bytes], Pixels],
        history: History | None = None,
        reranking: LiveReranking | None = None,
    ) -> None:
        self._snapshot = snapshot
        self._embedder = embedder
        self._hash_picture = hash_picture
        self._read_picture = read_picture
        self._history = history
        self.reranking = reranking
        self._beside = ThreadPoolExecutor(1, thread_name_prefix="words")
        self._picture_copies = PictureCopies()
        self._recents = Recents()
        self._yardstick: tuple[int, Yardstick] | None = None  # made for so many chunks
        self._filtered: tuple[tuple[int, Filters], Set[DocumentId]] | None = None

    @property
    def snapshot(self) -> Snapshot:
        return self._snapshot

    def load(self) -> None:
        """Nothing: the model is there."""

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
        """The best documents for `query`, best first, at most `query.limit`. Of lists that are `WITHOUT_MODEL`, the
        model is asked nothing.

        Raises:
            SettingsError: An empty query, a kind that does not exist, a picture that is none, a document
                that is not in the index.
        """
        ranking = self.ranking_of(query)
        if self._history is not None and query.is_asking:
            self._add_habits(ranking, self._history)
        plain = parse_terms(query.text).plain

        def hit(ranked: Ranked, *others: Hit) -> Hit:
            return hit_of(self._snapshot, ranked, plain, ranking.asked, others=others)

        if query.has_all_copies:
            return [hit(ranked) for ranked in ranking.best(query.limit)]
        alone = {_indexed(self._snapshot, path)[0] for path in query.like}
        groups = collapsed(self._snapshot, ranking.in_order(), limit=query.limit, alone=alone)
        return [hit(group.shown, *map(hit, group.others)) for group in groups]

    def recent(self, limit: int) -> list[Hit]:
        """What was opened last, then what was changed last; how likely they are says nothing."""
        self._snapshot = self._snapshot.refreshed()
        opened = self._history.opened() if self._history is not None else {}
        recent = self._recents.ranked(self._snapshot, opened, limit=limit)
        return [hit_of(self._snapshot, ranked, "", None) for ranked in recent]

    def note_opened(self, path: Path) -> None:
        """The person opened this document."""
        if self._history is not None:
            self._history.note(path, time.time())

    def notice(self, query: Query) -> str:
        """What a person should know of the answer to `query`, else ""."""
        if self._embedder.sees_pictures:
            return ""
        liked = (found[1].picture_hash for path in query.like if (found := self._snapshot.find(str(path))))
        return NOTICE if query.pictures or any(liked) else ""

    def closest_sentence(self, hit: Hit) -> Range | None:
        """Where in the context of a hit stands what says most nearly what was asked.

        None when there is no choice, and with a model that sees: it takes seconds over a passage.
        """
        if hit.asked is None or self._embedder.sees_pictures:
            return None
        return closest_sentence(hit.context, hit.asked, self._embedder)

    def closest_region(self, hit: Hit, picture: bytes, *, should_stop: Callable[[], bool]) -> Region | None:
        """Where on the picture of a hit is what was asked, with a model that sees; it may take a minute.

        None when no part of it stands out, when looks did not find it, or when it was stopped.
        """
        if hit.asked is None or "picture" not in hit.why or not self._embedder.sees_pictures:
            return None
        return closest_region(self._read_picture(picture), hit.asked, self._embedder, should_stop=should_stop)

    def ranking_of(self, query: Query) -> Ranking:
        """All candidates for `query` in the index as of now.

        Raises:
            SettingsError: As `search`.
        """
        if not query.is_asking and query.filters.is_empty:
            raise SettingsError(
                "Nothing to search for.", hint='Say what the file is about: launcher search "roof repair"'
            )
        check_kinds(query.filters.kinds)
        self._snapshot = self._snapshot.refreshed()
        terms = parse_terms(query.text)
        yardstick = self._yardstick_now() if "meaning" in query.lists else _NO_YARDSTICK
        ranking = Ranking(self._snapshot, yardstick, self._documents(query, terms))
        if not query.is_asking:
            ranking.add_newest()
        looking = self._beside.submit(ranking.look_up, query.text, query.lists)  # while the query is embedded
        if (embedding := self._asked(query, terms)) is not None:
            ranking.add_meaning(embedding)
        found = looking.result()
        ranking.add_words(found.passages, terms.plain)
        ranking.add_names(found.names)
        if query.asks_again:
            ranking.ask_again()
        if not self._embedder.sees_pictures:
            self._add_copies(ranking, query)
        return ranking

    def _add_habits(self, ranking: Ranking, history: History) -> None:
        """What was opened before or changed lately decides between hits that are nearly as good."""
        opened, now_s = history.opened(), time.time()
        for document in ranking.documents:
            record = self._snapshot.document(document)
            ranking.add_boost(document, boosts(record, opened.get(record.path), now_s))

    def _yardstick_now(self) -> Yardstick:
        count = self._snapshot.chunk_count
        if self._yardstick is None or not is_lasting(self._yardstick[0], count):
            self._yardstick = count, yardstick_of(self._snapshot, with_pictures=self._embedder.sees_pictures)
        return self._yardstick[1]

    def _documents(self, query: Query, terms: QueryTerms) -> Set[DocumentId] | None:
        """What the filters, the quotes and what is excluded leave; None for everything."""
        left = self._snapshot.documents_meeting(terms)
        unlike = {_indexed(self._snapshot, path)[0] for path in query.unlike}
        if query.filters.is_empty and not unlike:
            return left
        let_through = self._let_through(query.filters) - unlike
        return let_through if left is None else let_through & left

    def _let_through(self, filters: Filters) -> Set[DocumentId]:
        """What the filters leave, kept for the next key press: each looks at every document."""
        asked = self._snapshot.generation, filters
        if self._filtered is None or self._filtered[0] != asked:
            documents = self._snapshot.documents()
            self._filtered = (
                asked,
                frozenset(document for document, record in documents if filters.lets_through(record)),
            )
        return self._filtered[1]

    def _asked(self, query: Query, terms: QueryTerms) -> Vector | None:
        """What is asked for as one embedding; None when there is nothing to embed."""
        if "meaning" not in query.lists:
            return None
        wanted = [*self._shown(query, terms), *(_mean_direction(found) for found in self._examples(query.like))]
        if not wanted:
            return None
        unwanted = [_mean_direction(found) for found in self._examples(query.unlike)]
        if terms.excluded:
            unwanted.append(self._embedder.embed_query(" ".join(terms.excluded)))
        return _direction(np.mean(wanted, axis=0) - UNLIKE_WEIGHT * sum(unwanted))

    def _shown(self, query: Query, terms: QueryTerms) -> Iterator[Vector]:
        """The text, the pictures, or all of it together."""
        text = terms.plain.strip()
        if query.pictures and self._embedder.sees_pictures:
            pixels = [self._read_picture(picture) for picture in query.pictures]
            yield self._embedder.embed_query(Input(text or None, pixels))
        elif text:
            yield self._embedder.embed_query(text)

    def _examples(self, paths: Sequence[Path]) -> Iterator[Embeddings]:
        """The embeddings of each document; pictures have none that mean anything to a model that does not see."""
        for path in paths:
            document, record = _indexed(self._snapshot, path)
            if record.picture_hash and not self._embedder.sees_pictures:
                continue
            embeddings = self._snapshot.embeddings_of(document)
            if not len(embeddings):
                raise SettingsError(f"Nothing but its name is known of {path.name}.", hint="launcher status says why.")
            yield embeddings

    def _add_copies(self, ranking: Ranking, query: Query) -> None:
        """Copies and near-copies of the pictures that were shown: all that a model which does not see can find."""
        hashes = [self._hash_picture(picture) for picture in query.pictures]
        hashes += [found for path in query.like if (found := _indexed(self._snapshot, path)[1].picture_hash)]
        for wanted in hashes:
            ranking.add_pictures(self._picture_copies.chances(self._snapshot, wanted))


def _indexed(snapshot: Snapshot, path: Path) -> tuple[DocumentId, DocumentRecord]:
    found = snapshot.find(str(path))
    if found is None:
        raise SettingsError(f"Not in the index: {path}", hint="Index its folder first, or show a picture.")
    return found


def _mean_direction(embeddings: Embeddings) -> Vector:
    return _direction(embeddings.mean(axis=0))


def _direction(vector: Vector) -> Vector:
    return np.asarray(vector / np.linalg.norm(vector), dtype=np.float32)
