"""The pages beside the search: the index, the models, the settings; and the window around them.

What they need, put together once.
"""

from collections.abc import Callable, Collection, Mapping
from contextlib import nullcontext
from typing import Literal

import msgspec
from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool

from settings import Settings
from web.answers import Barrier, as_json
from web.choices import Choices, Wishes
from web.downloads import Downloads
from web.index_pages import IndexPages
from web.index_process import IndexProcess
from web.indexing import Indexer
from web.kept_index import KeptIndex, Upkeep
from web.model_pages import ModelPages

OrderWindow = Callable[[Literal["show", "hide"]], None]


class WindowOrder(msgspec.Struct):
    """The body of POST /api/window: what the window that shows the page shall do."""

    order: Literal["show", "hide"]


class Management:
    """The endpoints of these pages, and the work that they started.

    Args:
        settings: Those that this run was started with.
        environ: As it was then, for runs that may go online: a window switches that off for itself.
        indexer: Brings the index up to date; None: another run of the launcher does.
        upkeep: Keeps the index current without being asked; None: nobody does.
        apply: Given settings that were chosen, has this run follow what it can, and returns the names of that.
        order_window: Has the window do one of these, if there is one that can.
    """

    def __init__(  # noqa: PLR0913 - made once, and all of it is one page's or another's
        self,
        settings: Settings,
        environ: Mapping[str, str],
        *,
        indexer: Indexer | None = None,
        upkeep: Upkeep | None = None,
        apply: Callable[[Settings], Collection[str]] = lambda _: (),
        order_window: OrderWindow = lambda _: None,
    ) -> None:
        self._order_window = order_window
        self._choices = Choices(settings, apply)
        self._process = IndexProcess(self._settings, environ)
        self._downloads = Downloads(self._settings, environ)
        asked = indexer or self._process
        self._index_pages = IndexPages(
            self._settings,
            KeptIndex(asked, upkeep) if upkeep else asked,
            aside=upkeep.aside if upkeep else nullcontext,
        )
        self._model_pages = ModelPages(self._choices, self._downloads, self._index_pages.indexed_model)

    def router(self) -> APIRouter:
        router = APIRouter(route_class=Barrier)
        router.include_router(self._index_pages.router())
        router.include_router(self._model_pages.router())
        router.add_api_route("/api/settings", self.settings, methods=["GET"])
        router.add_api_route("/api/settings", self.keep_settings, methods=["POST"])
        router.add_api_route("/api/settings/forget-opened", self.forget_opened, methods=["POST"])
        router.add_api_route("/api/window", self.order_window, methods=["POST"])
        return router

    def close(self) -> None:
        """End what these pages started, once the commit under way is done."""
        self._downloads.stop()
        self._process.stop()

    def _settings(self) -> Settings:
        return self._choices.settings

    def settings(self) -> Response:
        return as_json(self._choices.shown())

    async def keep_settings(self, request: Request) -> Response:
        wishes = msgspec.json.decode(await request.body(), type=Wishes)
        await run_in_threadpool(self._choices.keep, wishes)
        return as_json(self._choices.shown())

    async def forget_opened(self) -> Response:
        await run_in_threadpool(self._choices.forget_opened)
        return as_json({"done": "forgotten"})

    async def order_window(self, request: Request) -> Response:
        order = msgspec.json.decode(await request.body(), type=WindowOrder).order
        self._order_window(order)
        return as_json({"done": order})
