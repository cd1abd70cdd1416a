"""Models that are fetched: one at a time, by another run of the launcher, since the window's own never goes online."""

import threading
from collections.abc import Callable, Mapping
from typing import Any, Literal

import msgspec

from errors import SettingsError
from models.model import Model
from settings import Settings
from web.child import Child, Ending, options_of


class Download(msgspec.Struct, frozen=True, kw_only=True):
    """How far the model is that was asked for last."""

    name: str = ""
    state: Literal["none", "running", "done", "stopped", "failed"] = "none"
    done_bytes: int = 0  # 0 while nobody can say
    total_bytes: int = 0
    problem: str = ""
    hint: str = ""


class Downloads:
    """Fetches what it is told to.

    Args:
        settings: Those of now.
        environ: Of the run that fetches.
    """

    def __init__(self, settings: Callable[[], Settings], environ: Mapping[str, str]) -> None:
        self._settings = settings
        self._environ = environ
        self._lock = threading.RLock()  # of all below
        self._child: Child | None = None
        self._download = Download()
        self._done_bytes: dict[str, int] = {}  # by file

    def start(self, model: Model) -> None:
        """Fetch what is not here of `model`; what was fetched before is not fetched again.

        Raises:
            SettingsError: Another one is being fetched.
        """
        with self._lock:
            if self._child:
                raise SettingsError(f"{self._download.name} is being fetched.", hint="Wait until it is here.")
            self._download = Download(name=model.name, state="running", total_bytes=model.download_bytes)
            self._done_bytes = {}
            arguments = ["models", *options_of(self._settings()), "get", "--json", model.name]
            self._child = Child(arguments, self._environ, on_line=self._heard, on_end=self._ended)

    def stop(self) -> None:
        """Leave off; what is here of it stays, and is not fetched again."""
        with self._lock:
            child = self._child
            if child:
                self._say(state="stopped")
        if child:
            child.end(with_all=True)

    def now(self) -> Download:
        with self._lock:
            return self._download

    def _heard(self, event: dict[str, Any]) -> None:
        if event.get("event") != "fetched":
            return
        with self._lock:
            self._done_bytes[event["name"]] = event["done_bytes"]
            self._say(done_bytes=sum(self._done_bytes.values()))

    def _ended(self, ending: Ending) -> None:
        with self._lock:
            self._child = None
            if ending.is_good:
                self._say(state="done")
            elif self._download.state != "stopped":
                self._say(state="failed", problem=ending.error, hint=ending.hint)

    def _say(self, **facts: Any) -> None:
        self._download = msgspec.structs.replace(self._download, **facts)
