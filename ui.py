"""The window: one local server with a Gradio page, its endpoints and the guard around both.

The only module that knows Gradio. Importing this one is cheap; Gradio comes when the app is built.
"""

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
    from starlette.types import ASGIApp

    from web.searcher import Searcher

TITLE = "Launcher"
SHUTDOWN_S = 2  # an open page holds a connection for its heartbeat; it need not be waited for
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
STYLES = "".join(f'<link rel="stylesheet" href="/page/{name}.css">' for name in ("launcher", "list", "preview"))
HEAD = STYLES + '<link rel="icon" href="/favicon.ico" type="image/svg+xml">'
START = 'import("/page/launcher.js").then((page) => page.start(element));'


def serve(
    engine: "Searcher",
    *,
    port: int = 0,
    open_window: Callable[[str], None] | None,
    ready: Callable[[str], None],
) -> None:
    """Serve the window on the loopback interface until the program is told to stop.

    Args:
        engine: Answers the queries.
        port: 0 lets the system choose.
        open_window: Given an address that works once, starts the window and returns; called as soon as
            the port is ours, so that a browser starts while Gradio is still being imported.
        ready: Given an address that works for the whole run, once it is answered. It holds the key to
            the window and is for this user's eyes only: on a command line all users could read it.

    Raises:
        LauncherError: The port is taken.
        KeyboardInterrupt: Ctrl-C, after everything is shut down.
    """
    import uvicorn  # noqa: PLC0415  # as Gradio: not for `launcher --help`

    with _listen(port) as listener:
        token, ticket = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
        port = listener.getsockname()[1]
        address = f"http://127.0.0.1:{port}/?t="
        if open_window:
            open_window(address + ticket)
        app = build_app(engine, token=token, ticket=ticket, port=port)
        ready(address + token)
        config = uvicorn.Config(
            app,
            log_config=None,
            access_log=False,  # it would hold every query
            server_header=False,
            proxy_headers=False,
            ws="none",
            timeout_graceful_shutdown=SHUTDOWN_S,
        )
        uvicorn.Server(config).run(sockets=[listener])


def build_app(engine: "Searcher", *, token: str, ticket: str, port: int) -> "ASGIApp":
    """The whole application behind its guard.

    Args:
        engine: Answers the queries.
        token: Whoever brings it as `/?t=token` is let in, by a cookie.
        ticket: The same, but only once.
        port: The port that it will be served on.
    """
    gradio = _gradio()
    from web.endpoints import create_api  # noqa: PLC0415  # as Gradio: not for `launcher --help`
    from web.guard import Guard  # noqa: PLC0415

    app = gradio.mount_gradio_app(
        create_api(engine),
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
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
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
