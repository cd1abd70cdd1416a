"""What commands ask of the resident process, over its control socket."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import msgspec

from control import Event
from control.server import Request
from errors import LauncherError, SettingsError
from service.index_jobs import do_index
from service.keeper import Keeper
from service.late_engine import LateEngine
from service.window_orders import NO_WINDOW, Order, WindowOrders
from settings import Settings


@dataclass(frozen=True, slots=True)
class Commands:
    """Answers one request at a time, in as many threads as there are requests.

    Attributes:
        settings: Those of the start.
        hotkey_way: How the key is heard now; "": not at all.
        end: Ends the resident process.
        is_ending: Whether it ends.
    """

    settings: Settings
    engine: LateEngine
    keeper: Keeper
    windows: WindowOrders
    hotkey_way: Callable[[], str]
    end: Callable[[], None]
    is_ending: Callable[[], bool]

    def answer(self, request: Request) -> Event:
        """Raises `LauncherError`, which is told."""
        commands: dict[str, Callable[[Request], Event]] = {
            "show": partial(self._order, "show"),
            "hide": partial(self._order, "hide"),
            "toggle": partial(self._order, "toggle"),
            "quit": self._quit,
            "status": self._status,
            "index": self._index,
            "pause": self._pause,
            "resume": self._resume,
            "look": self._look,
            "aside": self._aside,
        }
        if request.command not in commands:
            raise LauncherError(f"The launcher that is running knows no command {request.command!r}.")
        return commands[request.command](request)

    def _order(self, order: Order, request: Request) -> Event:
        kind = str(request.fields.get("window", self.settings.window))
        if kind == NO_WINDOW:
            hint = "launcher launch --window auto opens one."
            raise LauncherError("The launcher was started without a window.", hint=hint)
        problem = self.windows.problem
        self.windows.put(order, kind, activation_token=str(request.fields.get("activation_token", "")))
        if problem:  # of the time before; it may not be better now
            raise problem
        return {}

    def _quit(self, _: Request) -> Event:
        self.end()
        return {}

    def _status(self, _: Request) -> Event:
        return {
            "pid": os.getpid(),
            "index_dir": str(self.settings.index_dir),
            "is_ready": self.engine.is_ready,
            "hotkey": self.hotkey_way(),
            "upkeep": msgspec.to_builtins(self.keeper.state()),
        }

    def _index(self, request: Request) -> Event:
        return do_index(request, self.engine, self.keeper, self.settings, is_ending=self.is_ending)

    def _pause(self, request: Request) -> Event:
        for_s = request.fields.get("for_s")
        if for_s is not None and not (isinstance(for_s, int | float) and for_s > 0):
            raise SettingsError("That is no time to pause for.", hint="launcher pause --for 2h")
        self.keeper.pause(for_s)
        return {}

    def _resume(self, _: Request) -> Event:
        self.keeper.resume()
        return {}

    def _look(self, request: Request) -> Event:
        root = request.fields.get("root")
        self.keeper.look_at(None if root is None else str(root))
        return {}

    def _aside(self, request: Request) -> Event:
        """Lasts as long as who asked stays connected."""
        with self.keeper.aside():
            request.tell({"is_aside": True})
            request.wait_until_stopped(self.is_ending)
        return {}
