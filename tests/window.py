"""A window on an engine that finds what it is told to, asked as a browser would."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from starlette.testclient import TestClient
from starlette.types import ASGIApp

import ui
from index_store import DocumentId, DocumentRecord
from regions import Region
from reranking import LiveReranking
from search_engine import Hit, Query
from web.management import Management

TOKEN = "the-token-of-this-run"
TICKET = "the-ticket-to-its-window"
PORT = 50123
ORIGIN = f"http://127.0.0.1:{PORT}"


@dataclass
class FakeSnapshot:
    """An index of which only the size is known; a second look at it may find another one, or a failure."""

    document_count: int = 0
    chunk_count: int = 0
    later: "FakeSnapshot | Exception | None" = None
    notice: str = ""
    meant: str | None = None
    begun: tuple[str, ...] = ()  # paths

    def find(self, path: str) -> tuple[DocumentId, DocumentRecord] | None:
        record = DocumentRecord(path=path, size_bytes=10, mtime_ns=0, inode=1, is_begun=path in self.begun)
        return DocumentId(1, 0), record

    def pictures_of(self, _paths: Iterable[str]) -> dict[str, int]:
        return {}

    def thumbnail(self, _path: str, **_place: object) -> bytes | None:
        return None

    def corrected(self, _text: str) -> str | None:
        return self.meant

    def refreshed(self) -> "FakeSnapshot":
        if isinstance(self.later, Exception):
            raise self.later
        return self.later or self


class FakeEngine:
    """Finds `hits` for whatever is asked, or fails with `failure`."""

    def __init__(self, hits: Sequence[Hit] = ()) -> None:
        self.hits = list(hits)
        self.failure: Exception | None = None
        self.queries: list[Query] = []
        self.looked_at: list[bytes] = []
        self.opened: list[Path] = []
        self.snapshot = FakeSnapshot()
        self.is_ready = True
        self.loads = 0
        self.reranking: LiveReranking | None = None

    def load(self) -> None:
        self.loads += 1

    def note_opened(self, path: Path) -> None:
        self.opened.append(path)

    def notice(self, query: Query) -> str:
        return "Only copies are found." if query.pictures else ""

    def search(self, query: Query) -> list[Hit]:
        self.queries.append(query)
        if self.failure:
            raise self.failure
        return self.hits

    def recent(self, limit: int) -> list[Hit]:
        return self.hits[:limit]

    def closest_region(self, _: Hit, picture: bytes, *, should_stop: Callable[[], bool]) -> Region | None:
        self.looked_at.append(picture)
        return None if should_stop() else Region(0.5, 0.0, 1.0, 0.5)

    def closest_sentence(self, hit: Hit) -> tuple[int, int] | None:
        return (0, hit.context.index(".") + 1) if "." in hit.context else None


def make_hit(path, *, kind="text", passage="", marks=(), **other) -> Hit:
    facts = {
        "chance": 0.5,
        "cosine": None,
        "page_number": 1,
        "page_count": 1,
        "context": passage,
        "typed": " ".join(passage[start:end] for start, end in marks),
        "size_bytes": 10,
        "modified": datetime(2026, 3, 1, 12, 0, tzinfo=UTC),
        "is_missing": False,
        "why": ("words",),
    }
    return Hit(path=Path(path), kind=kind, passage=passage, marks=marks, **(facts | other))


def build(engine: FakeEngine, management: Management | None = None) -> ASGIApp:
    async def built() -> ASGIApp:
        return ui.build_app(engine, management, token=TOKEN, ticket=TICKET, port=PORT)

    # Without a running event loop Gradio makes some of its own and never closes them.
    return asyncio.run(built())


def stranger(app: ASGIApp) -> TestClient:
    """Whoever sends requests to the port without having been let in."""
    return TestClient(app, base_url=ORIGIN, follow_redirects=False, raise_server_exceptions=False)


def browser(app: ASGIApp) -> TestClient:
    """The window's own browser: it has the cookie, and says where its requests come from."""
    client = stranger(app)
    assert client.get(f"/?t={TOKEN}").status_code == 303
    client.headers["Origin"] = ORIGIN
    return client
