"""The list that a page shows, while a reranker makes it better: what is sent of that, and what ends it."""

import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass

import msgspec

from errors import LauncherError
from hits import Hit
from index_store import parse_terms
from reranking import LiveReranking
from search_engine import Query
from web.hit_ids import HitIds
from web.waiting import done_for_page


@dataclass(frozen=True, slots=True)
class Answer:
    """What was found for a question."""

    id: str
    text: str  # of the question, without signs
    hits: Sequence[Hit]


class Read(msgspec.Struct, frozen=True):
    """What is known of a hit once a reranker has read it."""

    relevance: float  # [0, 1]
    chance: float  # [0, 1]
    is_likely: bool


class Improvement(msgspec.Struct, frozen=True):
    """The list as it is once a reranker has read some of it."""

    order: tuple[str, ...]  # ids of all hits, best first
    read: dict[str, Read]  # by id


class Improving:
    """Keeps the newest answer: only that may be asked to get better.

    Args:
        reranking: None where nothing can improve a list.
        ids: Of the hits, as the page knows them.
    """

    def __init__(self, reranking: Callable[[], LiveReranking | None], ids: HitIds) -> None:
        self._reranking = reranking
        self._ids = ids
        self._newest: Answer | None = None

    def stop(self) -> None:
        """Another question is asked: it needs the processor."""
        self._newest = None
        if reranking := self._reranking():
            reranking.begin()

    def keep(self, query: Query, hits: Sequence[Hit]) -> str:
        """The id of an answer that can get better, else ""."""
        text = parse_terms(query.text).plain.strip()
        if self._reranking() is None or not text or len(hits) < 2:
            return ""
        self._newest = Answer(secrets.token_urlsafe(9), text, hits)
        return self._newest.id

    def find(self, answer_id: str) -> Answer | None:
        """The newest answer, if this is its id."""
        return self._newest if self._newest and self._newest.id == answer_id else None

    async def lines(self, answer: Answer, is_gone: Callable[[], Awaitable[bool]]) -> AsyncIterator[bytes]:
        """A line of JSON for each `Improvement`, or for the error that ended them, as long as the page is there."""
        reranking = self._reranking()
        if reranking is None:
            return
        turn = reranking.begin()
        lists = reranking.improved(turn, answer.hits, answer.text)

        async def better() -> list[Hit] | None:
            return await done_for_page(lambda: next(lists, None), is_gone=is_gone, give_up=lambda: reranking.end(turn))

        try:
            while hits := await better():
                yield _line(self._improvement(hits))
        except LauncherError as error:
            yield _line({"error": error.message, "hint": error.hint})

    def _improvement(self, hits: Sequence[Hit]) -> Improvement:
        ids = [self._ids.remember(hit) for hit in hits]
        read = {
            hit_id: Read(hit.relevance, hit.chance, hit.is_likely)
            for hit_id, hit in zip(ids, hits, strict=True)
            if hit.relevance is not None
        }
        return Improvement(tuple(ids), read)


def _line(value: object) -> bytes:
    return msgspec.json.encode(value) + b"\n"
