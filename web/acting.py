"""What is done with hits: open, show in the folder, copy, play; and which programs could open one."""

import stat
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Annotated, Literal

import msgspec
from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool

from desktop.clipboard import copy_files
from desktop.opener import open_document, open_with, openers, reveal_document
from search_engine import Hit
from web.answers import Barrier, as_json, problem, unknown_hit
from web.hit_ids import HitIds
from web.media import media_file, media_type
from web.places import place_of
from web.rows import shown
from web.searcher import Searcher

_WHY_NOT_THERE = "It was moved, renamed or deleted, or its drive is not plugged in."
_AT_ONCE = 8  # documents that are opened together
_Ids = Annotated[tuple[str, ...], msgspec.Meta(min_length=1, max_length=200)]


class OpenRequest(msgspec.Struct):
    """The body of POST /api/open."""

    ids: _Ids
    action: Literal["open", "open_with", "reveal", "copy_path", "copy_file"]
    program: str = ""  # to open it with: one of those that /api/openers names


class Acting:
    """The routes by which the page acts on hits that it was shown.

    Args:
        engine: Is told what was opened.
        hits: Those that the page was shown.
    """

    def __init__(self, engine: Searcher, hits: HitIds) -> None:
        self._engine = engine
        self._hits = hits

    def router(self) -> APIRouter:
        router = APIRouter(route_class=Barrier)
        router.add_api_route("/api/open", self.open, methods=["POST"])
        router.add_api_route("/api/openers", self.openers, methods=["GET"])
        router.add_api_route("/media/{hit_id}", self.media, methods=["GET", "HEAD"])
        return router

    async def open(self, request: Request) -> Response:
        wanted = msgspec.json.decode(await request.body(), type=OpenRequest)
        found = [self._hits.find(hit_id) for hit_id in wanted.ids]
        hits = [hit for hit in found if hit is not None]
        if len(hits) < len(found):
            return unknown_hit()
        if wanted.action == "copy_path":  # the clipboard is the page's
            return as_json({"done": "copied", "text": shown("\n".join(str(hit.path) for hit in hits))})
        if gone := next((hit for hit in hits if not hit.path.exists()), None):
            return problem(410, f"{gone.path.name} is not there now.", hint=_WHY_NOT_THERE)
        return as_json({"done": await run_in_threadpool(self._act, hits, wanted)})

    def openers(self, id: str) -> Response:  # noqa: A002  # the parameter's name is the address's
        """The programs to choose from; None where the desktop lets people choose itself."""
        hit = self._hits.find(id)
        if hit is None:
            return unknown_hit()
        if sys.platform in ("win32", "darwin"):
            return as_json({"openers": None})
        return as_json({"openers": [{"id": each.id, "name": shown(each.name)} for each in openers(hit.path)]})

    def media(self, hit_id: str) -> Response:
        hit = self._hits.find(hit_id)
        kind = media_type(hit) if hit else None
        if hit is None or kind is None:
            return problem(404, "There is nothing to play.")
        try:
            is_file = stat.S_ISREG(hit.path.stat().st_mode)
        except OSError:
            is_file = False
        if not is_file:
            return problem(410, f"{hit.path.name} is not there now.", hint=_WHY_NOT_THERE)
        return media_file(hit.path, kind)

    def _act(self, hits: Sequence[Hit], wanted: OpenRequest) -> str:
        """Do it, and say what was done: a program is revealed where opening was asked for."""
        if wanted.action == "copy_file":
            copy_files([hit.path for hit in hits])
            return "copied"
        with ThreadPoolExecutor(_AT_ONCE) as together:  # each looks for a while whether its program gives up
            outcomes = set(together.map(lambda hit: self._act_on(hit, wanted), hits))
        return "opened" if "opened" in outcomes else "revealed"

    def _act_on(self, hit: Hit, wanted: OpenRequest) -> str:
        outcome = "opened"
        if wanted.action == "open":
            outcome = open_document(hit.path, place_of(hit))
        elif wanted.action == "open_with":
            open_with(hit.path, wanted.program, place_of(hit))
        else:
            reveal_document(hit.path)
            outcome = "revealed"
        self._engine.note_opened(hit.path)
        return outcome
