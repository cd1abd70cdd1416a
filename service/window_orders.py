"""Show, hide, toggle: what is wanted of the window, whether it is there yet or not.

Windows are opened in the main thread, where some of them live and keep it; orders are followed in another.
"""

import logging
import queue
import threading
from collections.abc import Callable
from typing import Literal, NamedTuple

from desktop.window import Window
from errors import LauncherError

Order = Literal["show", "hide", "toggle"]
NO_WINDOW = "none"

log = logging.getLogger(__name__)


class Wish(NamedTuple):
    """One order."""

    order: Order | None  # None: only have a window that shows at once when it is asked for
    kind: str  # of window, if there is none yet
    activation_token: str  # what Wayland gave with the press of a key


class WindowOrders:
    """What is ordered from any thread, done one after the other.

    Args:
        open_window: Given the kind of a window, makes one that is hidden; called in the main thread.
        kind: Of window, where an order names none.
        on_problem: Told that a window cannot be had.
    """

    def __init__(
        self, open_window: Callable[[str], Window], kind: str, *, on_problem: Callable[[LauncherError], None]
    ) -> None:
        self._open_window = open_window
        self._kind = kind
        self._on_problem = on_problem
        self._orders: queue.SimpleQueue[Wish | None] = queue.SimpleQueue()
        self._wanted: queue.SimpleQueue[Wish | None] = queue.SimpleQueue()  # those that wait for a window
        self._window: Window | None = None
        self.problem: LauncherError | None = None  # why there was no window when one was wanted last
        self._is_ending = False

    def put(self, order: Order, kind: str = "", *, activation_token: str = "") -> None:
        """Have it done soon; before there is a window, `toggle` means `show`, however often."""
        self._orders.put(Wish(order, kind or self._kind, activation_token))

    def prepare(self) -> None:
        """Have a window that shows at once when it is asked for."""
        self._wanted.put(Wish(None, self._kind, ""))

    def run(self) -> None:
        """Open what is wanted, until `end`. In the main thread."""
        threading.Thread(target=self._follow, name="orders", daemon=True).start()
        while (wish := self._wanted.get()) is not None:
            self._window = self._window or self._opened(wish.kind)
            if self._is_ending:
                break
            if self._window and wish.order:
                self._window.show(wish.activation_token)
            if self._window and self._window.needs_main_thread:
                self._window.run()
                self._window = None
        if self._window:
            self._window.close()

    def end(self) -> None:
        """Have `run` return, and the window be gone. From any thread."""
        self._is_ending = True
        self._orders.put(None)
        self._wanted.put(None)
        if self._window and self._window.needs_main_thread:
            self._window.close()

    def _opened(self, kind: str) -> Window | None:
        self.problem = None
        try:
            return self._open_window(kind)
        except LauncherError as error:
            self.problem = error
            self._on_problem(error)
            return None

    def _follow(self) -> None:
        while (wish := self._orders.get()) is not None:
            try:
                self._obey(wish)
            except Exception:  # the barrier of a thread: the next press may work
                log.exception("%s failed", wish.order)

    def _obey(self, wish: Wish) -> None:
        window = self._window
        if window is None:
            if wish.order != "hide":
                self._wanted.put(wish)
        elif wish.order == "show":
            window.show(wish.activation_token)
        elif wish.order == "hide":
            window.hide()
        else:
            window.toggle(wish.activation_token)
