"""How every endpoint of the window answers: as JSON, with failures said in words that the page can show."""

import logging
from collections.abc import Callable, Coroutine
from typing import Any

import msgspec
from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute

from errors import IndexMissing, IndexModelMismatch, LauncherError, ModelMissing
from web.rows import shown

log = logging.getLogger(__name__)


class Barrier(APIRoute):
    """Turns failures on purpose into JSON that the page can show, and bugs into a line of the log."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        answer = super().get_route_handler()

        async def guarded(request: Request) -> Response:
            try:
                return await answer(request)
            except LauncherError as error:
                return problem(400, error.message, hint=error.hint, page=_page_that_helps(error))
            except (RequestValidationError, msgspec.DecodeError):
                return problem(400, "This request is malformed.", hint="Reload the window.")
            except Exception:  # the barrier: the page gets an answer, the log gets the traceback
                log.exception("%s %s failed", request.method, request.url.path)
                return problem(500, "Something went wrong inside the launcher.", hint="The log says more.")

        return guarded


def problem(status_code: int, message: str, *, hint: str = "", page: str = "") -> Response:
    """A failure in words; `page` is what of the pages beside the search helps."""
    said = {"error": shown(message), "hint": shown(hint)}
    response = as_json({**said, "page": page} if page else said)
    response.status_code = status_code
    return response


def _page_that_helps(error: LauncherError) -> str:
    pages = {IndexMissing: "folders", IndexModelMismatch: "index", ModelMissing: "models"}
    return pages.get(type(error), "")


def as_json(value: object) -> Response:
    return Response(msgspec.json.encode(value), media_type="application/json", headers={"Cache-Control": "no-store"})


def unknown_hit() -> Response:
    return problem(404, "This result is from an earlier search.", hint="Search again.")
