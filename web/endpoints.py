"""The window's own endpoints: search, preview, thumbnails, open; JSON out, ids in.

They translate and do nothing else. Who may call them is the guard's affair.
"""

import asyncio
import logging
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable, Collection, Coroutine, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from fastapi import APIRouter, FastAPI, Request, Response
from fastapi import Query as Parameter
from fastapi.concurrency import run_in_threadpool
from fastapi.exceptions import RequestValidationError
from fastapi.responses import FileResponse
from fastapi.routing import APIRoute

from desktop.opener import open_document, reveal_document
from errors import LauncherError
from query_language import Chip, ParsedQuery, parse_query
from search_engine import Hit, Query
from web.hit_ids import HitIds
from web.rows import PICTURED_KINDS, Row, preview_of, row_of, shown, shown_chip
from web.searcher import Searcher
from web.thumbnails import Thumbnails

PAGE_DIR = Path(__file__).resolve().parent / "page"
# Said here because Windows takes it from its registry, where programs leave nonsense; browsers refuse such scripts.
MEDIA_TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
PAGE_FILES = {path.name: MEDIA_TYPES[path.suffix] for path in PAGE_DIR.iterdir() if path.suffix in MEDIA_TYPES}
THUMBNAIL_PX = {"row": 192, "preview": 1024}
_KEPT_PICTURE_S = 60
_LOOK_ROUND_S = 0.2  # how soon it is noticed that nobody waits for a region any more
_WHY_NOT_THERE = "It was moved, renamed or deleted, or its drive is not plugged in."

Text = Annotated[str, Parameter(max_length=2000)]
Limit = Annotated[int, Parameter(ge=1, le=200)]
Refused = Annotated[tuple[str, ...], Parameter()]  # words of chips that the person took away
Size = Literal["row", "preview"]

log = logging.getLogger(__name__)


class OpenRequest(msgspec.Struct):
    """The body of POST /api/open."""

    id: str
    action: Literal["open", "reveal", "copy_path"]


def create_api(engine: Searcher) -> FastAPI:
    """The application without a page: our endpoints, and workers for thumbnails that stop with it."""
    thumbnails = Thumbnails()

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        await run_in_threadpool(thumbnails.close)

    app = FastAPI(lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None)
    app.include_router(Endpoints(engine, thumbnails).router())
    return app


class Endpoints:
    """The routes around one search engine.

    Args:
        engine: Answers the queries, one at a time.
        thumbnails: Renders the pictures.
    """

    def __init__(self, engine: Searcher, thumbnails: Thumbnails) -> None:
        self._engine = engine
        self._thumbnails = thumbnails
        self._hits = HitIds()
        self._turn = asyncio.Lock()  # a model answers one query at a time

    def router(self) -> APIRouter:
        router = APIRouter(route_class=_Barrier)
        router.add_api_route("/api/search", self.search, methods=["GET"])
        router.add_api_route("/api/search", self.search_by_picture, methods=["POST"])
        router.add_api_route("/api/preview", self.preview, methods=["GET"])
        router.add_api_route("/api/region", self.region, methods=["GET"])
        router.add_api_route("/api/open", self.open, methods=["POST"])
        router.add_api_route("/api/status", self.status, methods=["GET"])
        router.add_api_route("/thumb/{hit_id}", self.thumb, methods=["GET"])
        router.add_api_route("/page/{name}", page_file, methods=["GET"])
        router.add_api_route("/favicon.ico", favicon, methods=["GET"])
        return router

    async def search(
        self, request: Request, q: Text = "", like: str = "", limit: Limit = 20, refused: Refused = ()
    ) -> Response:
        hit = self._hits.find(like)
        if like and hit is None:
            return _unknown_hit()
        asked = _parsed(q, refused)
        query = Query(text=asked.text, like=(hit.path,) if hit else (), filters=asked.filters, limit=limit)
        return await self._answer(request, query, asked.chips)

    async def search_by_picture(
        self, request: Request, q: Text = "", limit: Limit = 20, refused: Refused = ()
    ) -> Response:
        asked = _parsed(q, refused)
        query = Query(text=asked.text, pictures=(await request.body(),), filters=asked.filters, limit=limit)
        return await self._answer(request, query, asked.chips)

    def preview(self, id: str) -> Response:  # noqa: A002  # the parameter's name is the address's
        hit = self._hits.find(id)
        if hit is None:
            return _unknown_hit()
        sentence = self._engine.closest_sentence(hit)
        return _json(preview_of(hit, id, has_thumbnail=bool(self._pictured([hit])), sentence=sentence))

    async def region(self, request: Request, id: str) -> Response:  # noqa: A002
        """Where on the picture of a hit is what was asked; looked for as long as the page waits for it."""
        hit = self._hits.find(id)
        if hit is None:
            return _unknown_hit()
        picture = await run_in_threadpool(lambda: self._drawn(hit, "preview") or self._kept(hit))
        if picture is None:
            return _json({"region": None})
        gone = threading.Event()
        looking = asyncio.create_task(
            run_in_threadpool(self._engine.closest_region, hit, picture, should_stop=gone.is_set)
        )
        while not (await asyncio.wait([looking], timeout=_LOOK_ROUND_S))[0]:
            if await request.is_disconnected():
                gone.set()
        return _json({"region": await looking})

    async def open(self, request: Request) -> Response:
        wanted = msgspec.json.decode(await request.body(), type=OpenRequest)
        hit = self._hits.find(wanted.id)
        if hit is None:
            return _unknown_hit()
        if wanted.action != "copy_path" and not hit.path.exists():
            return _problem(410, f"{hit.path.name} is not there now.", hint=_WHY_NOT_THERE)
        done = await run_in_threadpool(_act, hit, wanted.action)
        if wanted.action != "copy_path":
            self._engine.note_opened(hit.path)
        return _json(done)

    def status(self) -> Response:
        """How much can be found now, and on which system."""
        indexed = self._engine.snapshot.refreshed()
        counts = {"documents": indexed.document_count, "chunks": indexed.chunk_count}
        return _json({"platform": sys.platform, **counts})

    def thumb(self, hit_id: str, size: Size = "row") -> Response:
        """The page that was found as it is now; where that cannot be drawn, what the index keeps of the document."""
        hit = self._hits.find(hit_id)
        if hit is None:
            return _problem(404, "There is no picture of this.")
        if drawn := self._drawn(hit, size):
            return _picture(drawn, keep="max-age=86400, immutable")  # the id changes with the file
        if kept := self._kept(hit):
            return _picture(kept, keep=f"max-age={_KEPT_PICTURE_S}")  # a drive may be plugged in again
        return _problem(404, "There is no picture of this.")

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
        """
        started = time.perf_counter()
        async with self._turn:
            if await request.is_disconnected():
                return Response(status_code=204)
            # Of a filter half typed there is nothing to search yet, and no need to say so.
            is_question = query.is_asking or not query.filters.is_empty or not chips
            hits = await run_in_threadpool(self._engine.search, query) if is_question else []
            pictured = await run_in_threadpool(self._pictured, [each for hit in hits for each in (hit, *hit.others)])
        rows = [self._row(hit, pictured) for hit in hits if hit.path not in query.like]
        took_ms = round((time.perf_counter() - started) * 1000, 1)
        shown_chips = [shown_chip(chip) for chip in chips]
        return _json({"hits": rows, "chips": shown_chips, "notice": self._engine.notice(query), "took_ms": took_ms})

    def _row(self, hit: Hit, pictured: Collection[str]) -> Row:
        others = [self._row(other, pictured) for other in hit.others]
        return row_of(hit, self._hits.remember(hit), has_thumbnail=str(hit.path) in pictured, others=others)


def _parsed(typed: str, refused: Sequence[str]) -> ParsedQuery:
    return parse_query(typed, today=datetime.now(UTC).astimezone().date(), refused=refused)


def page_file(name: str) -> Response:
    if name not in PAGE_FILES:
        return _problem(404, "The page has no such file.")
    return FileResponse(PAGE_DIR / name, media_type=PAGE_FILES[name], headers={"Cache-Control": "no-cache"})


def favicon() -> Response:
    return page_file("icon.svg")


def _act(hit: Hit, action: str) -> dict[str, str]:
    """Do it, and say what was done: a program is revealed where opening was asked for."""
    if action == "open":
        return {"done": open_document(hit.path)}
    if action == "reveal":
        reveal_document(hit.path)
        return {"done": "revealed"}
    return {"done": "copied", "path": shown(str(hit.path))}  # the clipboard is the page's


class _Barrier(APIRoute):
    """Turns failures on purpose into JSON that the page can show, and bugs into a line of the log."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        answer = super().get_route_handler()

        async def guarded(request: Request) -> Response:
            try:
                return await answer(request)
            except LauncherError as error:
                return _problem(400, error.message, hint=error.hint)
            except (RequestValidationError, msgspec.DecodeError):
                return _problem(400, "This request is malformed.", hint="Reload the window.")
            except Exception:  # the barrier: the page gets an answer, the log gets the traceback
                log.exception("%s %s failed", request.method, request.url.path)
                return _problem(500, "Something went wrong inside the launcher.", hint="The log says more.")

        return guarded


def _picture(data: bytes, *, keep: str) -> Response:
    return Response(data, media_type="image/webp", headers={"Cache-Control": f"private, {keep}"})


def _unknown_hit() -> Response:
    return _problem(404, "This result is from an earlier search.", hint="Search again.")


def _problem(status_code: int, message: str, *, hint: str = "") -> Response:
    response = _json({"error": shown(message), "hint": shown(hint)})
    response.status_code = status_code
    return response


def _json(value: object) -> Response:
    return Response(msgspec.json.encode(value), media_type="application/json", headers={"Cache-Control": "no-store"})
