"""The endpoints of the pages about the index: how far it is, its folders, and what brings it up to date."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

import msgspec
from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool

from corpus import check_root, rule_against
from desktop.opener import reveal_document
from errors import IndexMissing, SettingsError
from forgetting import forget_for_good
from index_store import Root, Snapshot, delete_index, encrypt, encryption_of, read_index
from key_source import key_of
from models.weights import find_weights
from service.journal import forget_suspects
from settings import STARTER_MODEL, Settings
from web.answers import Barrier, as_json, problem
from web.indexing import Indexer
from web.overview import Overview, Statistics, overview_of, statistics_of
from web.path_ids import PathIds
from web.rows import shown, shown_folder
from whereabouts import scan_rules


class Chosen(msgspec.Struct, frozen=True):
    """The body of what is done with a folder or a file."""

    id: str
    rules: Mapping[str, Any] = {}


class Start(msgspec.Struct, frozen=True):
    retry: bool = False  # what failed before


class IndexPages:
    """Args:
    settings: Those of now.
    indexer: Writes the index; this reads it, and takes folders out of it.
    aside: While it lasts, nobody writes the index without being asked.
    """

    def __init__(
        self,
        settings: Callable[[], Settings],
        indexer: Indexer,
        aside: Callable[[], AbstractContextManager[None]] = nullcontext,
    ) -> None:
        self._settings = settings
        self._indexer = indexer
        self._aside = aside
        self._ids = PathIds()
        self._snapshot: Snapshot | None = None
        self._lost_roots: tuple[Root, ...] = ()  # of an index that is being made again
        self._told: dict[str, tuple[Snapshot, Any]] = {}  # what was said of which snapshot

    def router(self) -> APIRouter:
        router = APIRouter(route_class=Barrier)
        router.add_api_route("/api/index", self.progress, methods=["GET"])
        router.add_api_route("/api/overview", self.overview, methods=["GET"])
        router.add_api_route("/api/statistics", self.statistics, methods=["GET"])
        for action in (self.start, self.pause, self.resume, self.stop, self.rebuild):
            router.add_api_route(f"/api/index/{action.__name__}", action, methods=["POST"])
        router.add_api_route("/api/roots", self.add_root, methods=["POST"])
        router.add_api_route("/api/roots/change", self.change_root, methods=["POST"])
        router.add_api_route("/api/roots/forget", self.forget_root, methods=["POST"])
        router.add_api_route("/api/failed/reveal", self.reveal, methods=["POST"])
        return router

    def indexed_model(self) -> str:
        """The model that made the index; "" without one."""
        snapshot = self._refreshed()
        return snapshot.fingerprint.model if snapshot else ""

    def progress(self) -> Response:
        state = self._indexer.progress()
        texts = {name: shown(getattr(state, name)) for name in ("current", "problem", "why")}
        churning = tuple(shown_folder(Path(folder)) for folder in state.churning)
        return as_json(msgspec.structs.replace(state, **texts, churning=churning))

    def overview(self) -> Response:
        snapshot = self._refreshed()
        overview = self._once("overview", snapshot, lambda of: overview_of(of, self._ids)) if snapshot else Overview()
        return as_json(overview)

    def statistics(self) -> Response:
        snapshot = self._refreshed()
        return as_json(self._once("statistics", snapshot, statistics_of) if snapshot else Statistics())

    async def start(self, request: Request) -> Response:
        wanted = msgspec.json.decode(await request.body() or b"{}", type=Start)
        return await self._have(self._start, wanted.retry)

    async def pause(self) -> Response:
        return await self._have(self._indexer.pause)

    async def resume(self) -> Response:
        return await self._have(self._indexer.resume)

    async def stop(self) -> Response:
        return await self._have(self._indexer.stop)

    async def rebuild(self) -> Response:
        return await self._have(self._rebuild)

    async def add_root(self, request: Request) -> Response:
        wanted = msgspec.json.decode(await request.body(), type=Root)
        folder = await run_in_threadpool(self._checked, wanted.path)
        root = msgspec.structs.replace(wanted, path=str(folder))
        _check_rules(root)
        return await self._have(self._indexer.start, [root])

    async def change_root(self, request: Request) -> Response:
        chosen = msgspec.json.decode(await request.body(), type=Chosen)
        known = await run_in_threadpool(self._root, chosen.id)
        if known is None:
            return _unknown()
        root = msgspec.convert({**chosen.rules, "path": known.path}, Root)
        unchanged = {shown(pattern): pattern for pattern in known.excludes}  # one that is no text is shown otherwise
        root = msgspec.structs.replace(root, excludes=tuple(unchanged.get(each, each) for each in root.excludes))
        _check_rules(root)
        return await self._have(self._indexer.start, [root])

    async def forget_root(self, request: Request) -> Response:
        chosen = msgspec.json.decode(await request.body(), type=Chosen)
        root = await run_in_threadpool(self._root, chosen.id)
        if root is None:
            return _unknown()
        return as_json({"documents": await run_in_threadpool(self._forget, Path(root.path))})

    async def reveal(self, request: Request) -> Response:
        chosen = msgspec.json.decode(await request.body(), type=Chosen)
        path = self._ids.find(chosen.id)
        if path is None:
            return _unknown()
        await run_in_threadpool(reveal_document, path)
        return as_json({"done": "revealed"})

    async def _have(self, act: Callable[..., None], *arguments: object) -> Response:
        await run_in_threadpool(act, *arguments)
        return self.progress()

    def _start(self, retry: bool) -> None:
        snapshot = self._refreshed()
        roots = () if snapshot and snapshot.roots else self._lost_roots
        if not (snapshot and snapshot.roots) and not roots:
            raise SettingsError("There are no folders yet.", hint="Add one first.")
        self._indexer.start(roots, retry=retry)

    def _rebuild(self) -> None:
        """Make the index again with the model that is chosen; its folders stay known until it has them."""
        settings = self._settings()
        if settings.model != STARTER_MODEL:  # that one comes by itself
            find_weights(settings.model, settings.models_dir, projector=settings.projector)
        self._indexer.stop()
        snapshot = self._refreshed()
        if snapshot and snapshot.roots:
            self._lost_roots = snapshot.roots
        encryption = encryption_of(settings.index_dir)
        key = key_of(encryption.key_id) if encryption else b""
        with self._aside():
            delete_index(settings.index_dir)
            if encryption:  # the new one is as safe as the old one was
                encrypt(settings.index_dir, encryption.key_id, key)
            forget_suspects(settings.index_dir)  # another model may come through with them
        self._start(retry=False)

    def _forget(self, folder: Path) -> int:
        settings = self._settings()
        was_running = self._indexer.progress().state == "running"
        self._indexer.stop()
        with self._aside():
            forgotten = forget_for_good(
                folder, index_dir=settings.index_dir, opened_file=settings.opened_file, log_dir=settings.log_dir
            )
        snapshot = self._refreshed()
        if was_running and snapshot and snapshot.roots:
            self._indexer.start()
        return forgotten.documents

    def _checked(self, typed: str) -> Path:
        """The folder that a person means: what does not begin at the root of all is in their home."""
        path = typed.strip()
        if not path or "\0" in path:
            raise SettingsError("Type the path of a folder.", hint="For example ~/Documents")
        folder = check_root(Path.home() / Path(path).expanduser())
        if folder.is_relative_to(self._settings().index_dir):
            raise SettingsError(f"{folder} is the launcher's own index.", hint="Choose another folder.")
        return folder

    def _root(self, root_id: str) -> Root | None:
        path, snapshot = self._ids.find(root_id), self._refreshed()
        roots = snapshot.roots if snapshot else ()
        return next((root for root in roots if Path(root.path) == path), None)

    def _refreshed(self) -> Snapshot | None:
        """The index as of now; None when there is none."""
        try:
            before = self._snapshot
            self._snapshot = before.refreshed() if before else read_index(self._settings().index_dir)
        except IndexMissing:
            self._snapshot = None
        return self._snapshot

    def _once(self, what: str, snapshot: Snapshot, tell: Callable[[Snapshot], Any]) -> Any:
        """What `tell` says of `snapshot`: it takes seconds over a large index, and the page asks often."""
        known = self._told.get(what)
        if known is None or known[0] is not snapshot:
            self._told[what] = known = (snapshot, tell(snapshot))
        return known[1]


def _check_rules(root: Root) -> None:
    try:
        rule_against(Path(root.path) / "name", Path(root.path), scan_rules(root))
    except ValueError as error:
        raise SettingsError(f"That is no pattern: {error}", hint="One per line, as in .gitignore.") from error


def _unknown() -> Response:
    return problem(404, "This is from an earlier look at the index.", hint="Reload the page.")
