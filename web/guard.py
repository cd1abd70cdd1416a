"""The guard: what every request to the window's server must pass before anything else sees it.

Loopback is shared: any web page in any browser, any other user of the machine and any other
local program can send requests to our port. Bare Gradio answers them all, so this stands
outside the whole application, where no mounted route can escape it. It knows nothing about
what the routes do.
"""

import hmac
import os
import secrets
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import parse_qs

from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from web.peer import user_of_peer

PICTURE_LIMIT_BYTES = 32 * 1024 * 1024  # a picture to search by
JSON_LIMIT_BYTES = 64 * 1024

# What our page asks for. Everything else that Gradio serves (run, queue, upload, file=, component_server, …) stays
# shut: a request that no page of ours makes can only be somebody else's.
ALLOWED_PATHS = frozenset({"/", "/theme.css", "/favicon.ico", "/manifest.json", "/gradio_api/startup-events"})
ALLOWED_PREFIXES = ("/api/", "/thumb/", "/media/", "/page/", "/assets/", "/static/", "/gradio_api/heartbeat/")
# Browsers fetch it without cookies, and it says nothing.
PUBLIC_PATHS = frozenset({"/manifest.json"})
API_PREFIX = "/api/"
PICTURE_PATH = "/api/search"
# What other programs ask, who have to bring the token themselves: these take paths of files, which no page needs.
PROGRAMS_PREFIX = "/api/programs/"

# Gradio's front end compiles its templates, which needs 'unsafe-eval'; nothing may come from or go to anywhere else.
CONTENT_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self' 'unsafe-inline' 'unsafe-eval'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "media-src 'self'",
        "font-src 'self' data:",
        "connect-src 'self'",
        "manifest-src 'self'",
        "base-uri 'self'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)
SECURITY_HEADERS = (
    (b"content-security-policy", CONTENT_POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
)

LOCKED = (Path(__file__).resolve().parent / "page" / "locked.html").read_text(encoding="utf-8")

Headers = dict[str, list[str]]


class Guard:
    """ASGI middleware around the whole application.

    Args:
        app: What is guarded.
        port: The port that the server listens on; part of every Host, Origin and cookie name
            that counts, because cookies are shared between the ports of one host.
        token: The secret of this run; whoever brings it in the address gets the cookie, and a program
            that sends it as `Authorization: Bearer TOKEN` may use the endpoints without one.
        ticket: Good for the same once, and for this user's own programs only. The address that
            holds it stands on the command line of a browser, which everybody on the machine can read.
    """

    def __init__(self, app: ASGIApp, *, port: int, token: str, ticket: str) -> None:
        self._app = app
        self._hosts = (f"127.0.0.1:{port}", f"localhost:{port}")
        self._port = port
        self._token = token.encode()
        self._ticket: bytes | None = ticket.encode()  # None: it was used
        self._cookie = f"launcher_{port}"

    def new_ticket(self) -> str:
        """A ticket in place of the one before, for another window."""
        ticket = secrets.token_urlsafe(32)
        self._ticket = ticket.encode()
        return ticket

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
        elif scope["type"] == "http":
            await self._http(scope, receive, _hardened(send))
        else:  # nothing of ours speaks websocket
            await send({"type": "websocket.close", "code": 1008})

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = _headers(scope)
        answer = self._refusal_of_sender(headers) or self._admission(scope) or self._refusal(scope, headers)
        if answer is None and scope["method"] == "POST":
            body = await _body(receive, limit_bytes=_limit_bytes(scope, headers))
            if body is None:
                answer = _refuse(413, "Too large.")
            else:
                receive = _replay(body, receive)
        await (answer or self._app)(scope, receive, send)

    def _refusal_of_sender(self, headers: Headers) -> Response | None:
        """Who asks: the same for every path, and before the token is looked at."""
        host = _only(headers, "host")
        if host not in self._hosts:
            return _refuse(421, "This address does not lead here.")
        if "origin" in headers and _only(headers, "origin") != f"http://{host}":
            return _refuse(403, "Another site may not ask.")
        if _only(headers, "sec-fetch-site") in ("cross-site", "same-site"):
            return _refuse(403, "Another site may not ask.")
        return None

    def _admission(self, scope: Scope) -> Response | None:
        """The cookie for whoever opens the address with the token or the ticket in it."""
        if scope["path"] != "/" or scope["method"] != "GET":
            return None
        keys = parse_qs(scope["query_string"].decode("latin-1")).get("t")
        if keys is None:
            return None
        if len(keys) != 1 or not (self._is_token(keys[0]) or self._takes_ticket(keys[0], scope)):
            return _locked()
        response = RedirectResponse("/", status_code=303, headers={"Cache-Control": "no-store"})
        response.set_cookie(self._cookie, self._token.decode(), httponly=True, samesite="strict")
        return response

    def _refusal(self, scope: Scope, headers: Headers) -> Response | None:
        """What is asked for, and whether this browser was let in."""
        path, method = scope["path"], scope["method"]
        is_program = path.startswith(API_PREFIX) and self._is_bearer(headers)
        is_page = self._is_admitted(headers) and not path.startswith(PROGRAMS_PREFIX)
        if path not in PUBLIC_PATHS and not is_program and not is_page:
            return _locked()
        if not _is_allowed(path):
            return _refuse(404, "Nothing here.")
        if method == "POST":
            return _refusal_of_post(path, headers, is_program=is_program)
        return None if method in ("GET", "HEAD") else _refuse(405, "Not like this.")

    def _is_bearer(self, headers: Headers) -> bool:
        """Whether a program asks that has read the token; no browser sends this by itself, whatever page is open."""
        scheme, _, value = _only(headers, "authorization").partition(" ")
        return scheme.lower() == "bearer" and self._is_token(value)

    def _is_admitted(self, headers: Headers) -> bool:
        pairs = (pair.strip().partition("=") for line in headers.get("cookie", ()) for pair in line.split(";"))
        return any(name == self._cookie and self._is_token(value) for name, _, value in pairs)

    def _is_token(self, value: str) -> bool:
        return _is_same(value, self._token)

    def _takes_ticket(self, value: str, scope: Scope) -> bool:
        """Whether this is the ticket, which is worth nothing from then on."""
        if self._ticket is None or not _is_same(value, self._ticket) or self._is_of_another_user(scope):
            return False
        self._ticket = None
        return True

    def _is_of_another_user(self, scope: Scope) -> bool:
        """Who watches the list of processes has the ticket before the browser is up, and would be first."""
        user = user_of_peer(scope["client"][1], port=self._port)
        return user not in (None, 0, os.getuid()) if hasattr(os, "getuid") else False


def _is_same(value: str, secret: bytes) -> bool:
    """Compare in a time that does not tell how much of it is right."""
    return hmac.compare_digest(value.encode("utf-8", "surrogateescape"), secret)


def _headers(scope: Scope) -> Headers:
    headers: Headers = {}
    for name, value in scope["headers"]:
        headers.setdefault(name.decode("latin-1").lower(), []).append(value.decode("latin-1"))
    return headers


def _only(headers: Headers, name: str) -> str:
    """The header's value; "" when it is missing or was sent twice, which no browser does."""
    values = headers.get(name, ())
    return values[0] if len(values) == 1 else ""


def _is_allowed(path: str) -> bool:
    if path in ALLOWED_PATHS:
        return True
    is_plain = "\\" not in path and "\0" not in path and not {"", ".", ".."} & set(path[1:].split("/"))
    return is_plain and path.startswith(ALLOWED_PREFIXES)


def _refusal_of_post(path: str, headers: Headers, *, is_program: bool) -> Response | None:
    if not path.startswith(API_PREFIX):
        return _refuse(405, "Not like this.")
    if "origin" not in headers and not is_program:
        return _refuse(403, "Only the launcher's own page may ask this.")
    media_type = _media_type(headers)
    is_picture = media_type.startswith("image/") or media_type == "application/octet-stream"
    if media_type == "application/json" or (is_picture and path == PICTURE_PATH):
        return None
    return _refuse(415, "Not in this form.")


def _media_type(headers: Headers) -> str:
    return _only(headers, "content-type").partition(";")[0].strip().lower()


def _limit_bytes(scope: Scope, headers: Headers) -> int:
    if scope["path"].startswith(PROGRAMS_PREFIX):
        return PICTURE_LIMIT_BYTES * 4 // 3 + JSON_LIMIT_BYTES  # as base64, among the rest of a question
    is_picture = scope["path"] == PICTURE_PATH and _media_type(headers) != "application/json"
    return PICTURE_LIMIT_BYTES if is_picture else JSON_LIMIT_BYTES


async def _body(receive: Receive, *, limit_bytes: int) -> bytes | None:
    """The whole body, or None once it is longer than allowed (whatever its length header said) or was broken off."""
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        body += message.get("body", b"")
        if len(body) > limit_bytes:
            return None
        if not message.get("more_body", False):
            return bytes(body)


def _replay(body: bytes, receive: Receive) -> Receive:
    pending: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replayed() -> Message:
        return pending.pop() if pending else await receive()

    return replayed


def _hardened(send: Send) -> Send:
    """A `send` that puts our headers in place of the application's own."""
    ours = {name for name, _ in SECURITY_HEADERS}

    async def hardened(message: Message) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*_kept(message.get("headers", ()), ours), *SECURITY_HEADERS]}
        await send(message)

    return hardened


def _kept(headers: Iterable[tuple[bytes, bytes]], ours: set[bytes]) -> list[tuple[bytes, bytes]]:
    kept = ((name.lower(), value) for name, value in headers)
    return [(name, value) for name, value in kept if name not in ours and not name.startswith(b"access-control-")]


def _locked() -> Response:
    return HTMLResponse(LOCKED, status_code=401, headers={"Cache-Control": "no-store"})


def _refuse(status: int, reason: str) -> Response:
    return PlainTextResponse(reason, status_code=status, headers={"Cache-Control": "no-store"})
