"""The endpoints for other programs: what `programs` answers, over HTTP; JSON in, JSON out.

The guard lets nobody here who does not bring the token in the request: a window's cookie is not enough.
"""

import asyncio

import msgspec
from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool

from programs import TOOLS, Engine
from web.answers import Barrier, as_json, problem
from web.loading import Loading

_OF_THE_MODEL = frozenset({"search", "more_like_this"})


class ForPrograms:
    """The routes around one search engine.

    Args:
        engine: Answers.
        turn: Whose turn it is with the engine, which answers one question at a time.
        loading: Of its model, which is waited for before that: the window is answered meanwhile.
    """

    def __init__(self, engine: Engine, turn: asyncio.Lock, loading: Loading) -> None:
        self._engine = engine
        self._turn = turn
        self._loading = loading

    def router(self) -> APIRouter:
        router = APIRouter(route_class=Barrier)
        router.add_api_route("/api/programs/{tool}", self.answer, methods=["POST"])
        return router

    async def answer(self, request: Request, tool: str) -> Response:
        known = TOOLS.get(tool)
        if known is None:
            return problem(404, f"Nothing answers to this: {tool}", hint=f"What does: {', '.join(TOOLS)}.")
        try:
            asked = msgspec.json.decode(await request.body(), type=known.asked)
        except msgspec.DecodeError as error:
            return problem(400, f"This question is malformed: {error}")
        if tool in _OF_THE_MODEL:
            await self._loading.done()
        async with self._turn:
            return as_json(await run_in_threadpool(known.answer, self._engine, asked))
