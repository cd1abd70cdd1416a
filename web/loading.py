"""The model on its way into memory: one thread for all who wait for it, however many letters are typed meanwhile."""

import asyncio

from fastapi.concurrency import run_in_threadpool

from web.searcher import Searcher


class Loading:
    """Of the model of one search engine; for one event loop."""

    def __init__(self, engine: Searcher) -> None:
        self._engine = engine
        self._task: asyncio.Task[None] | None = None

    def begin(self) -> "asyncio.Task[None]":
        """Have it loaded, unless it is being loaded already."""
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(run_in_threadpool(self._engine.load))
            self._task.add_done_callback(_heard)
        return self._task

    async def done(self) -> None:
        """Return when it is there.

        Raises:
            LauncherError: It cannot be had, or there is no index.
        """
        if not self._engine.is_ready:
            await asyncio.shield(self.begin())


def _heard(task: "asyncio.Task[None]") -> None:
    """Nobody may have waited for it; whoever asks next is told why it failed."""
    if not task.cancelled():
        task.exception()
