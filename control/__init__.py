"""How a command reaches the resident process, and how that hears it: JSON lines on a socket of the user's own.

The first line is the request, `{"command": NAME, …}`. What comes back are events, then one line with
`answer` or with `error`. Nothing slow is imported here: a key press may be waiting (`launcher toggle`).
"""

import json
import os
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path
from typing import IO, Any

from control.runtime_dir import check_runtime_dir
from errors import LauncherError, SettingsError

LONGEST_PATH_BYTES = 100  # of a Unix socket; the systems' own limits are 104 and 108
LINE_BYTES = 1 << 20
_PATIENCE_S = 10.0
_ASIDE_S = 120.0  # what is being embedded or committed is finished first
_SOCKET_NAME, _PORT_NAME = "control.sock", "control.json"

Event = dict[str, Any]


class NotRunning(LauncherError):
    """There is no resident process."""


class Refused(LauncherError):
    """The resident process could not do it, in its own words."""

    def __init__(self, message: str, *, hint: str, exit_code: int) -> None:
        super().__init__(message, hint=hint)
        self.exit_code = exit_code


class Connection:
    """One request to the resident process; made by `connected`."""

    def __init__(self, connection: socket.socket, greeting: Event) -> None:
        self._socket = connection
        self._lines: IO[bytes] = connection.makefile("rb")
        self._greeting = greeting

    def close(self) -> None:
        self._lines.close()
        self._socket.close()

    def ask(self, command: str, on_event: Callable[[Event], None] = lambda _: None, **fields: Any) -> Event:
        """The answer; what comes before it goes to `on_event`.

        Raises:
            LauncherError: It was refused, or the process ended before it was done.
        """
        for message in self._answers(command, fields):
            if "answer" in message:
                return dict(message["answer"])
            on_event(message)
        raise LauncherError("The launcher ended before it was done.", hint="Try again; launcher launch starts it.")

    def wait_for(self, command: str, event: str) -> None:
        """Ask for what lasts as long as this connection; returns when `event` says that it holds, or nobody is there.

        Raises:
            LauncherError: It was refused, or not answered in time.
        """
        any(event in message for message in self._answers(command, {}))

    def stop(self) -> None:
        """Have it leave off; it still answers. May be called from a signal handler while `ask` waits."""
        self._send({"command": "stop"})

    def _answers(self, command: str, fields: Event) -> Iterator[Event]:
        """All that comes back, up to where the other end has gone."""
        try:
            self._send({**self._greeting, "command": command, **fields})
            while line := self._lines.readline(LINE_BYTES):
                message = json.loads(line)
                if "error" in message:
                    raise Refused(message["error"], hint=message["hint"], exit_code=message["exit_code"])
                yield message
        except TimeoutError as error:
            raise LauncherError("The launcher does not answer.", hint="launcher quit, then launcher launch") from error
        except (OSError, ValueError):
            return

    def _send(self, message: Event) -> None:
        self._socket.sendall(json.dumps(message).encode() + b"\n")


def ask(runtime_dir: Path, command: str, **fields: Any) -> Event:
    """What the resident process answers to one command.

    Raises:
        NotRunning: There is none.
        LauncherError: It was refused, or not answered in time.
    """
    with connected(runtime_dir, patience_s=_PATIENCE_S) as connection:
        return connection.ask(command, **fields)


@contextmanager
def stood_aside(runtime_dir: Path) -> Iterator[None]:
    """While it lasts, the resident process does not write its index of its own accord; nothing where there is none.

    For whoever writes the index in another process. What a person has it do, as by `launcher index`, goes on: then the
    lock of the index refuses the other one.

    Raises:
        LauncherError: It does not answer.
    """
    with ExitStack() as stack:
        with suppress(NotRunning, SettingsError):  # nobody is there, or somebody who is not to be trusted
            connection = stack.enter_context(connected(runtime_dir, patience_s=_ASIDE_S))
            connection.wait_for("aside", "is_aside")
        yield


@contextmanager
def connected(runtime_dir: Path, *, patience_s: float | None = None) -> Iterator[Connection]:
    """A connection to the resident process.

    Args:
        patience_s: How long one line may take; None for work that takes its time.

    Raises:
        NotRunning: There is none.
        SettingsError: The folder is not this user's alone.
    """
    check_runtime_dir(runtime_dir)
    try:
        connection, greeting = _connect(runtime_dir)
    except (OSError, ValueError, KeyError) as error:  # nothing there, or left behind by one that was killed
        raise NotRunning("The launcher is not running.", hint="launcher launch starts it.") from error
    connection.settimeout(patience_s)
    with closing(Connection(connection, greeting)) as asked:
        yield asked


def socket_path(runtime_dir: Path) -> Path | None:
    """Where the socket is; None where there can be none, as on Windows or deep in the file system."""
    path = runtime_dir / _SOCKET_NAME
    has_sockets = hasattr(socket, "AF_UNIX")
    return path if has_sockets and len(os.fsencode(path)) <= LONGEST_PATH_BYTES else None


def port_path(runtime_dir: Path) -> Path:
    """Where it stands instead which port is listened on, and the secret that must be told there."""
    return runtime_dir / _PORT_NAME


def _connect(runtime_dir: Path) -> tuple[socket.socket, Event]:
    if (path := socket_path(runtime_dir)) is None:
        facts = json.loads(port_path(runtime_dir).read_bytes())
        return socket.create_connection(("127.0.0.1", facts["port"])), {"secret": facts["secret"]}
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        connection.connect(str(path))
    except OSError:
        connection.close()
        raise
    return connection, {}
