"""The window: one local server with a Gradio page, its endpoints and the guard around both.

The only module that knows Gradio. Importing this one is cheap; Gradio comes when the app is built.
"""

import gc
import inspect
import os
import secrets
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, cast

from errors import LauncherError

if TYPE_CHECKING:
    import uvicorn

    from web.guard import Guard
    from web.management import Management
    from web.searcher import Searcher

TITLE = "Launcher"
SHUTDOWN_S = 1  # an open page holds a connection for its heartbeat; it need not be waited for
PAGE_DIR = Path(__file__).resolve().parent / "web" / "page"
# Names of fonts that are on the machine. A web font would be asked of somebody else's server.
FONTS = ("system-ui", "-apple-system", "Segoe UI", "Roboto", "sans-serif")
MONOSPACE_FONTS = ("ui-monospace", "Cascadia Mono", "Menlo", "Consolas", "monospace")
GROUND, GROUND_DARK = "#ffffff", "#1b1c21"  # --surface of web/page/launcher.css
# Read by Gradio and its parts while they are imported.
SILENCE = {
    "GRADIO_ANALYTICS_ENABLED": "False",
    "HF_HUB_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "GRADIO_RUN_HISTORY": "False",
}
STYLES = ("launcher", "list", "preview", "overlays", "pages")
HEAD = "".join(f'<link rel="stylesheet" href="/page/{name}.css">' for name in STYLES)
HEAD += '<link rel="icon" href="/favicon.ico" type="image/svg+xml">'
# With the origin: Chromium keeps compiled scripts for all ports of a host, and would ask the port of an earlier run.
START = 'import(location.origin + "/page/launcher.js").then((page) => page.start(element));'


class WindowServer:
    """The window's server, on the loopback interface. Whoever connects before it answers waits; made by `open_server`.

    Attributes:
        port: Ours from the start, so that nobody else can take it and a browser may start while Gradio is imported.
        token: Lets in whoever has it for as long as this runs; for this user's eyes only.
    """

    def __init__(self, listener: socket.socket) -> None:
        self._listener = listener
        self.port: int = listener.getsockname()[1]
        self.token = secrets.token_urlsafe(32)
        self._ticket = secrets.token_urlsafe(32)
        self._guard: Guard | None = None
        self._server: uvicorn.Server | None = None
        self._is_stopped = False

    @property
    def address(self) -> str:
        """An address that works as long as this runs. On a command line all users could read it."""
        return self._address_with(self.token)

    @property
    def is_answering(self) -> bool:
        return self._server is not None

    def new_address(self) -> str:
        """An address that works once, for a window; of two that no window has used, the newer one."""
        return self._address_with(self._guard.new_ticket() if self._guard else self._ticket)

    def _address_with(self, key: str) -> str:
        return f"http://127.0.0.1:{self.port}/?t={key}"

    def run(
        self,
        engine: "Searcher",
        *,
        ready: Callable[[], None],
        management: "Callable[[], Management] | None" = None,
    ) -> None:
        """Serve until `stop` is called or, in the main thread, the program is told to end.

        Args:
            engine: Answers the queries.
            ready: Called once the window is answered.
            management: Makes the pages of the index, the models and the settings.

        Raises:
            KeyboardInterrupt: Ctrl-C in the main thread, after everything is shut down.
        """
        import uvicorn  # noqa: PLC0415  # as Gradio: not for `launcher --help`

        self._guard = build_app(
            engine, management() if management else None, token=self.token, ticket=self._ticket, port=self.port
        )
        config = uvicorn.Config(
            self._guard,
            log_config=None,
            access_log=False,  # it would hold every query
            server_header=False,
            proxy_headers=False,
            ws="none",
            timeout_graceful_shutdown=SHUTDOWN_S,
        )
        self._server = uvicorn.Server(config)
        if not self._is_stopped:
            gc.freeze()  # what was imported stays: to look it over for garbage takes 0.2 s, in the middle of a search
            ready()
            self._server.run(sockets=[self._listener])

    def stop(self) -> None:
        """Have `run` return soon. May be called from any thread, and before `run`."""
        self._is_stopped = True
        if self._server:
            self._server.should_exit = True


@contextmanager
def open_server(port: int = 0) -> Iterator[WindowServer]:
    """The window's server with its port, 0 for any; it does not answer yet.

    Raises:
        LauncherError: The port is taken.
    """
    with _listen(port) as listener:
        yield WindowServer(listener)


def build_app(
    engine: "Searcher", management: "Management | None" = None, *, token: str, ticket: str, port: int
) -> "Guard":
    """The whole application behind its guard.

    Args:
        engine: Answers the queries.
        management: Of the index, the models and the settings; None: there are no such pages.
        token: Whoever brings it as `/?t=token` is let in, by a cookie.
        ticket: The same, but only once.
        port: The port that it will be served on.
    """
    gradio = _gradio()
    from web.endpoints import create_api  # noqa: PLC0415  # as Gradio: not for `launcher --help`
    from web.guard import Guard  # noqa: PLC0415

    app = gradio.mount_gradio_app(
        create_api(engine, management),
        _page(gradio),
        path="/",
        server_name="127.0.0.1",
        server_port=port,
        theme=_theme(gradio),
        head=HEAD,  # css= would be rewritten: Gradio puts its own container before every selector
        footer_links=[],
        run_history=False,  # it keeps every query in the browser
        enable_monitoring=False,
        mcp_server=False,
        pwa=False,
        ssr_mode=False,
        show_error=False,
    )
    return Guard(app, port=port, token=token, ticket=ticket)


def _theme(gradio: ModuleType) -> Any:
    """Seen only until our own style sheet is there: the same ground, and no fonts from anywhere else."""
    theme = gradio.themes.Base(font=FONTS, font_mono=MONOSPACE_FONTS)
    return theme.set(body_background_fill=GROUND, body_background_fill_dark=GROUND_DARK)


def _page(gradio: ModuleType) -> Any:
    """The page as one Gradio component.

    Its template is static on purpose: what Gradio fills into a template runs as code, and file
    names are not ours. The page's own script builds the rows (web/page/rows.js).
    """
    with gradio.Blocks(title=TITLE, analytics_enabled=False, fill_width=True) as blocks:
        gradio.HTML(
            html_template=(PAGE_DIR / "launcher.html").read_text(encoding="utf-8"),
            js_on_load=START,
            apply_default_css=False,
        )
    # Or its queue looks for work a thousand times a second for ever, and what is asked here goes past that.
    blocks.run_startup_events = lambda: None
    return blocks


def _gradio() -> ModuleType:
    """Import Gradio, silent and in half its usual time.

    At every import it parses the source of all its components and writes stubs beside them. It
    passes over those whose file cannot be found, so that is what it is told.
    """
    os.environ.update(SILENCE)
    with _hidden_source("gradio"):
        return import_module("gradio")


@contextmanager
def _hidden_source(package: str) -> Iterator[None]:
    getfile = inspect.getfile

    def hiding(thing: Any) -> str:
        if isinstance(thing, type) and thing.__module__.partition(".")[0] == package:
            raise OSError(f"the source of {package} is hidden while it is imported")
        return getfile(thing)

    inspect.getfile = cast("Any", hiding)
    try:
        yield
    finally:
        inspect.getfile = getfile


def _listen(port: int) -> socket.socket:
    """A listening socket on the loopback interface, so that nobody can take the port before the server is up."""
    # With the protocol said, or asyncio leaves the connections as they are, which hold back the second half of an
    # answer until the browser has confirmed the first: up to 40 ms.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    if os.name == "posix":
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # elsewhere it lets others share the port
    try:
        listener.bind(("127.0.0.1", port))
    except OSError as error:
        listener.close()
        raise LauncherError(
            f"Port {port} is taken: {error.strerror}", hint="Leave out --port to get a free one."
        ) from error
    listener.listen(128)
    return listener
