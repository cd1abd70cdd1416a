"""What `launcher mcp` does: answers an assistant over standard input and output, until it closes them.

A window over the same index answers for it, so that the weights are in memory once; else a search engine of its own
does, which is opened with the first question.
"""

import argparse
import http.client
import json
import logging
import threading
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import msgspec

import console
from arguments import VERSION
from control import ask
from control.window_state import WindowState, read_state
from errors import LauncherError, SettingsError
from mcp_server import build_server
from programs import TOOLS
from search_engine import SearchEngine
from settings import Settings
from startup import open_engine

_ANSWER_S = 120  # a model that sees takes its time over a picture


def run(args: argparse.Namespace, settings: Settings) -> int:
    logging.getLogger("mcp").setLevel(logging.WARNING)  # below that it logs answers that quote what was asked
    build_server(Answers(settings, asks_window=not args.model), version=VERSION).run("stdio")
    return 0


class Answers:
    """Answers what `programs` has tools for; several threads may ask.

    Args:
        settings: Of the engine, and where a window says that it runs.
        asks_window: Whether a window may answer.
    """

    def __init__(self, settings: Settings, *, asks_window: bool) -> None:
        self._settings = settings
        self._asks_window = asks_window
        self._engine: SearchEngine | None = None
        self._lock = threading.Lock()

    def __call__(self, tool: str, asked: Mapping[str, Any]) -> dict[str, Any]:
        """Raises LauncherError when there is no answer."""
        with self._lock:
            state = self._window() if self._asks_window else None
            answer = answer_of_window(state, tool, asked) if state else None
            if answer is not None:
                self._engine = None  # one in memory is enough
                return answer
            return self._own_answer(tool, asked)

    def _window(self) -> WindowState | None:
        """How a window over the same index is reached."""
        with suppress(LauncherError):  # nobody is running
            state = read_state(self._settings.runtime_dir)
            if state and ask(self._settings.runtime_dir, "status")["index_dir"] == str(self._settings.index_dir):
                return state
        return None

    def _own_answer(self, tool: str, asked: Mapping[str, Any]) -> dict[str, Any]:
        try:
            question = msgspec.convert(asked, TOOLS[tool].asked)
        except msgspec.ValidationError as error:
            raise SettingsError(f"This question is malformed: {error}") from error
        if self._engine is None:
            self._engine = open_engine(self._settings, say=console.say)
        answer: dict[str, Any] = msgspec.to_builtins(TOOLS[tool].answer(self._engine, question))
        return answer


def answer_of_window(state: WindowState, tool: str, asked: Mapping[str, Any]) -> dict[str, Any] | None:
    """What a window answers; None when it does not, because it is just ending or an older one.

    Raises:
        LauncherError: It says that there is no answer.
    """
    # No client that would send the token to a proxy which the environment names.
    connection = http.client.HTTPConnection("127.0.0.1", state.port, timeout=_ANSWER_S)
    headers = {"Authorization": f"Bearer {state.token}", "Content-Type": "application/json"}
    try:
        connection.request("POST", f"/api/programs/{tool}", json.dumps(asked), headers)
        response = connection.getresponse()
        answer = json.loads(response.read())
    except (OSError, http.client.HTTPException, ValueError):
        return None
    finally:
        connection.close()
    if response.status == 200:
        return dict(answer)
    if response.status == 404 or "error" not in answer:
        return None
    raise LauncherError(answer["error"], hint=answer.get("hint", ""))
