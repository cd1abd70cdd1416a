"""The launcher's own window, in whatever form this desktop can give it.

It shows a page and knows nothing of what is on it.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from errors import LauncherError

NAME = "Semantic Launcher"


class WindowUnavailable(LauncherError):
    """This form of a window cannot be had here."""


class Window(Protocol):
    """A window that is hidden until it is shown; its methods may be called from any thread.

    Attributes:
        needs_main_thread: Whether nothing is seen until `run` runs in the main thread.
    """

    needs_main_thread: bool

    @property
    def is_shown(self) -> bool: ...

    def show(self, activation_token: str = "") -> None:
        """Bring it to the front; a window that was closed is opened anew.

        Args:
            activation_token: What Wayland gave with the press of a key, so that it may come to the front.
        """

    def hide(self) -> None: ...

    def toggle(self, activation_token: str = "") -> None: ...

    def close(self) -> None:
        """End it for good; `run` returns."""

    def run(self) -> None:
        """What the window itself has to do, until it is closed."""


def open_window(kind: str, address: Callable[[], str], *, on_closed: Callable[[], None], profile_dir: Path) -> Window:
    """A window of this kind, not yet shown.

    Args:
        kind: "webview", "app", "browser", or "auto" for the first of these that can be had.
        address: Called whenever the page is opened anew. The address stands on command lines, which everybody on the
            machine can read, so it should be good for one opening only.
        on_closed: Called from another thread when the person closed the window; `show` opens it again.
        profile_dir: Where a browser that is ours alone keeps its things; emptied at the start and at the end.

    Raises:
        WindowUnavailable: That kind, or all of them, cannot be had.
    """
    reasons: dict[str, WindowUnavailable] = {}  # two ways may fail for the same one
    for name in ("webview", "app", "browser") if kind == "auto" else (kind,):
        try:
            return _OPENERS[name](address, on_closed, profile_dir)
        except WindowUnavailable as error:
            reasons[error.message] = error
    if len(reasons) == 1:
        raise next(iter(reasons.values()))
    raise WindowUnavailable(
        f"No window can be had: {'; '.join(reasons)}.",
        hint="--window none serves the page for a browser that you open yourself.",
    )


# Each imports what only some machines have.


def _open_webview(address: Callable[[], str], on_closed: Callable[[], None], _profile_dir: Path) -> Window:
    from desktop.window_webview import open_webview

    return open_webview(address, on_closed)


def _open_app(address: Callable[[], str], on_closed: Callable[[], None], profile_dir: Path) -> Window:
    from desktop.window_app import open_app

    return open_app(address, on_closed, profile_dir)


def _open_browser(address: Callable[[], str], _on_closed: Callable[[], None], _profile_dir: Path) -> Window:
    from desktop.window_browser import open_browser

    return open_browser(address)


_OPENERS = {"webview": _open_webview, "app": _open_app, "browser": _open_browser}
