"""The window's own endpoints: search, what is shown of a hit, what was before; JSON out, ids in.

They translate and do nothing else. Who may call them is the guard's affair.
"""

import asyncio
import re
import sys
import threading
import time
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Annotated, Literal, NamedTuple

import msgspec
from fastapi import APIRouter, FastAPI, Request, Response
from fastapi import Query as Parameter
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import FileResponse, StreamingResponse
from pydantic import BaseModel, Field

from errors import SettingsError
from query_language import Chip, parse_query
from search_engine import WITHOUT_MODEL, Hit, Query
from web.acting import Acting
from web.answers import Barrier, as_json, problem, unknown_hit
from web.for_programs import ForPrograms
from web.hit_ids import HitIds
from web.improving import Improving
from web.loading import Loading
from web.management import Management
from web.questions import Questions
from web.rows import PICTURED_KINDS, Row, preview_of, row_of, shown, shown_chip
from web.searcher import Searcher
from web.thumbnails import Thumbnails
from web.waiting import done_for_page

PAGE_DIR = Path(__file__).resolve().parent / "page"
# Said here because Windows takes it from its registry, where programs leave nonsense; browsers refuse such scripts.
MEDIA_TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
PAGE_FILES = {path.name: MEDIA_TYPES[path.suffix] for path in PAGE_DIR.iterdir() if path.suffix in MEDIA_TYPES}
THUMBNAIL_PX = {"row": 192, "preview": 1024}
_KEPT_PICTURE_S = 60
RECENT = 40  # hits

Text = Annotated[str, Field(max_length=2000)]
Size = Literal["row", "preview"]


class Question(BaseModel):
    """What is asked in the address of a search; the pictures, if any, are its body."""

    q: Text = ""
    like: tuple[str, ...] = Field((), max_length=20)  # ids of hits: more like these
    unlike: tuple[str, ...] = Field((), max_length=20)  # and less like these
    refused: tuple[str, ...] = ()  # words of chips that the person took away
    pictures: str = ""  # how many bytes of the body each of several pictures has: "1200,340"
    limit: Annotated[int, Field(ge=1, le=200)] = 20


class NotedQuestion(msgspec.Struct):
    """The body of POST /api/questions."""

    question: Annotated[str, msgspec.Meta(max_length=2000)]


class _Found(NamedTuple):
    """All that the engine says to one question."""

    hits: Sequence[Hit] = ()
    rows: Sequence[Row] = ()
    meant: str = ""
    notice: str = ""
    is_whole: bool = True  # else it is what words and names find, and meaning follows


def create_api(engine: Searcher, management: Management | None = None) -> FastAPI:
    """The application without a page: our endpoints, and what works for them and stops with them."""
    thumbnails = Thumbnails()

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        await run_in_threadpool(thumbnails.close)
        if management:
            await run_in_threadpool(management.close)

    app = FastAPI(lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None)
    turn = asyncio.Lock()  # a model answers one query at a time
    hits, loading = HitIds(), Loading(engine)
    app.include_router(Endpoints(engine, thumbnails, hits, turn, loading).router())
    app.include_router(Acting(engine, hits).router())
    app.include_router(ForPrograms(engine, turn, loading).router())
    if management:
        app.include_router(management.router())
    return app


class Endpoints:
    """The routes around one search engine.

    Args:
        engine: Answers the queries, one at a time.
        thumbnails: Renders the pictures.
        hits: Those that the page is shown.
        turn: Whose turn it is with the engine.
        loading: Of its model; nobody who has the turn waits for that.
    """

    def __init__(
        self, engine: Searcher, thumbnails: Thumbnails, hits: HitIds, turn: asyncio.Lock, loading: Loading
    ) -> None:
        self._engine = engine
        self._thumbnails = thumbnails
        self._hits = hits
        self._questions = Questions()
        self._improving = Improving(lambda: engine.reranking, self._hits)
        self._turn = turn
        self._loading = loading

    def router(self) -> APIRouter:
        router = APIRouter(route_class=Barrier)
        router.add_api_route("/api/search", self.search, methods=["GET", "POST"])
        router.add_api_route("/api/recent", self.recent, methods=["GET"])
        router.add_api_route("/api/questions", self.questions, methods=["GET"])
        router.add_api_route("/api/questions", self.note_question, methods=["POST"])
        router.add_api_route("/api/rerank", self.rerank, methods=["GET"])
        router.add_api_route("/api/preview", self.preview, methods=["GET"])
        router.add_api_route("/api/region", self.region, methods=["GET"])
        router.add_api_route("/api/status", self.status, methods=["GET"])
        router.add_api_route("/api/ready", self.ready, methods=["GET"])
        router.add_api_route("/thumb/{hit_id}", self.thumb, methods=["GET"])
        router.add_api_route("/page/{name}", page_file, methods=["GET"])
        router.add_api_route("/favicon.ico", favicon, methods=["GET"])
        return router

    async def search(self, request: Request, question: Annotated[Question, Parameter()]) -> Response:
        like, unlike = self._paths(question.like), self._paths(question.unlike)
        if like is None or unlike is None:
            return unknown_hit()
        body = await request.body() if request.method == "POST" else b""
        pictures = _pictures(body, question.pictures)
        asked = parse_query(question.q, today=datetime.now(UTC).astimezone().date(), refused=question.refused)
        query = Query(asked.text, pictures, like, unlike, asked.filters, limit=question.limit)
        return await self._answer(request, query, asked.chips)

    async def recent(self) -> Response:
        """What was opened last, then what was changed last, for who has asked nothing yet."""
        rows = await run_in_threadpool(lambda: self._rows(self._engine.recent(RECENT)))
        return as_json({"hits": rows})

    def questions(self) -> Response:
        return as_json({"questions": self._questions.newest_first()})

    async def note_question(self, request: Request) -> Response:
        """A question that led somewhere, or was given up."""
        self._questions.note(msgspec.json.decode(await request.body(), type=NotedQuestion).question)
        return as_json({})

    async def rerank(self, request: Request, answer: str) -> Response:
        """The newest answer in a better order, as JSON lines that come as it gets better."""
        found = self._improving.find(answer)
        if found is None:
            return unknown_hit()
        lines = self._improving.lines(found, request.is_disconnected)
        return StreamingResponse(lines, media_type="application/x-ndjson", headers={"Cache-Control": "no-store"})

    def preview(self, id: str) -> Response:  # noqa: A002  # the parameter's name is the address's
        hit = self._hits.find(id)
        if hit is None:
            return unknown_hit()
        sentence = self._engine.closest_sentence(hit)
        return as_json(preview_of(hit, id, has_thumbnail=bool(self._pictured([hit])), sentence=sentence))

    async def region(self, request: Request, id: str) -> Response:  # noqa: A002
        """Where on the picture of a hit is what was asked; looked for as long as the page waits for it."""
        hit = self._hits.find(id)
        if hit is None:
            return unknown_hit()
        picture = await run_in_threadpool(lambda: self._drawn(hit, "preview") or self._kept(hit))
        if picture is None:
            return as_json({"region": None})
        gone = threading.Event()
        region = await done_for_page(
            lambda: self._engine.closest_region(hit, picture, should_stop=gone.is_set),
            is_gone=request.is_disconnected,
            give_up=gone.set,
        )
        return as_json({"region": region})

    def status(self) -> Response:
        """How much can be found now, and on which system."""
        indexed = self._engine.snapshot.refreshed()
        counts = {"documents": indexed.document_count, "chunks": indexed.chunk_count}
        facts = {"platform": sys.platform, "is_ready": self._engine.is_ready, "notice": shown(indexed.notice)}
        return as_json({**facts, **counts})

    async def ready(self) -> Response:
        """Answered when the model is in memory: from then on questions are answered by their meaning too."""
        await self._loading.done()
        return as_json({})

    def thumb(self, hit_id: str, size: Size = "row") -> Response:
        """The page that was found as it is now; where that cannot be drawn, what the index keeps of the document."""
        hit = self._hits.find(hit_id)
        if hit is None:
            return problem(404, "There is no picture of this.")
        if drawn := self._drawn(hit, size):
            return _picture(drawn, keep="max-age=86400, immutable")  # the id changes with the file
        if kept := self._kept(hit):
            return _picture(kept, keep=f"max-age={_KEPT_PICTURE_S}")  # a drive may be plugged in again
        return problem(404, "There is no picture of this.")

    def _drawn(self, hit: Hit, size: Size) -> bytes | None:
        if hit.kind not in PICTURED_KINDS:
            return None
        return self._thumbnails.thumbnail(hit.path, hit.kind, max(1, hit.page_number), size_px=THUMBNAIL_PX[size])

    def _kept(self, hit: Hit) -> bytes | None:
        return self._engine.snapshot.thumbnail(str(hit.path), page_number=hit.page_number, second=hit.second)

    def _pictured(self, hits: Sequence[Hit]) -> Collection[str]:
        """Paths of those of which the index keeps a picture."""
        return self._engine.snapshot.pictures_of(str(hit.path) for hit in hits)

    async def _answer(self, request: Request, query: Query, chips: Sequence[Chip]) -> Response:
        """The hits, once it is this query's turn; nothing is computed for who has gone until then.

        A page has one question under way and keeps only its newest for afterwards (web/page/search.js),
        so what waits here in vain is from a page that was closed, reloaded, or tired of waiting.

        While the model is not in memory, words and names answer alone, and the page asks again once it is.
        """
        started = time.perf_counter()
        self._improving.stop()
        # Of a filter half typed there is nothing to search yet, and no need to say so.
        is_question = query.is_asking or not query.filters.is_empty or not chips
        if is_question:
            query = await self._answerable(query)
        async with self._turn:
            if await request.is_disconnected():
                return Response(status_code=204)
            found = await run_in_threadpool(self._found, query) if is_question else _Found()
        answer = {
            "hits": found.rows,
            "chips": [shown_chip(chip) for chip in chips],
            "notice": found.notice,
            "meant": found.meant,
            "meaning_follows": not found.is_whole,
            "rerank": self._improving.keep(query, found.hits) if found.is_whole else "",
            "took_ms": round((time.perf_counter() - started) * 1000, 1),
        }
        return as_json(answer)

    async def _answerable(self, query: Query) -> Query:
        """What of `query` can be asked now; where that is nothing, it is all of it as soon as the model is there."""
        if self._engine.is_ready:
            return query
        if query.has_words:
            self._loading.begin()
        elif query.is_asking:
            await self._loading.done()
            return query
        return replace(query, lists=query.lists & WITHOUT_MODEL)

    def _found(self, query: Query) -> _Found:
        """In one go: every change of threads costs a key press a millisecond, and more while others work."""
        found = self._engine.search(query)
        hits = [hit for hit in found if hit.path not in query.like]
        is_whole = "meaning" in query.lists or not query.has_words
        meant = self._meant(query, found) if is_whole else ""
        return _Found(hits, self._rows(hits), meant, self._engine.notice(query), is_whole)

    def _meant(self, query: Query, hits: Sequence[Hit]) -> str:
        """What was perhaps meant, when nothing is likely and words of the question are in no document; else ""."""
        if not query.text or any(hit.is_likely for hit in hits):
            return ""
        return self._engine.snapshot.corrected(query.text) or ""

    def _paths(self, hit_ids: Sequence[str]) -> tuple[Path, ...] | None:
        """Of the documents of these hits; None when one is not known any more."""
        hits = [self._hits.find(hit_id) for hit_id in hit_ids if hit_id]
        return None if None in hits else tuple(hit.path for hit in hits if hit)

    def _rows(self, hits: Sequence[Hit]) -> list[Row]:
        pictured = self._pictured([each for hit in hits for each in (hit, *hit.others)])
        return [self._row(hit, pictured) for hit in hits]

    def _row(self, hit: Hit, pictured: Collection[str]) -> Row:
        others = [self._row(other, pictured) for other in hit.others]
        hit_id, has_thumbnail = self._hits.remember(hit), str(hit.path) in pictured
        return row_of(hit, hit_id, has_thumbnail=has_thumbnail, is_begun=self._is_begun(hit), others=others)

    def _is_begun(self, hit: Hit) -> bool:
        known = self._engine.snapshot.find(str(hit.path))
        return known is not None and known[1].is_begun


def _pictures(body: bytes, lengths: str) -> tuple[bytes, ...]:
    """The pictures that follow each other in the body of a request.

    Raises:
        SettingsError: They are not as long as the address says.
    """
    if not lengths:
        return (body,) if body else ()
    if not re.fullmatch(r"\d{1,9}(,\d{1,9}){0,9}", lengths):
        raise SettingsError("At most ten pictures can be searched by at once.")
    ends = list(accumulate(map(int, lengths.split(","))))
    if ends[-1] != len(body):
        raise SettingsError("The pictures did not arrive whole.", hint="Try again.")
    return tuple(body[start:end] for start, end in pairwise((0, *ends)))


def page_file(name: str) -> Response:
    if name not in PAGE_FILES:
        return problem(404, "The page has no such file.")
    return FileResponse(PAGE_DIR / name, media_type=PAGE_FILES[name], headers={"Cache-Control": "no-cache"})


def favicon() -> Response:
    return page_file("icon.svg")


def _picture(data: bytes, *, keep: str) -> Response:
    return Response(data, media_type="image/webp", headers={"Cache-Control": f"private, {keep}"})
