"""Work that takes seconds, done for a page as long as it waits for it."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from fastapi.concurrency import run_in_threadpool

_ROUND_S = 0.1  # how soon it is noticed that nobody waits any more
_Result = TypeVar("_Result")


async def done_for_page(
    work: Callable[[], _Result], *, is_gone: Callable[[], Awaitable[bool]], give_up: Callable[[], object]
) -> _Result:
    """What `work` returns, in a thread; `give_up` is called when the page has gone, and shall make it return soon."""
    working = asyncio.create_task(run_in_threadpool(work))
    try:
        while not (await asyncio.wait([working], timeout=_ROUND_S))[0]:
            if await is_gone():
                give_up()
        return await working
    except asyncio.CancelledError:  # the server noticed first
        give_up()
        raise
