"""The resident process's end of the control socket: who may ask, and each request in a thread of its own.

It knows no command.
"""

import hmac
import json
import logging
import os
import secrets
import select
import socket
import struct
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from control import LINE_BYTES, Event, port_path, socket_path
from errors import LauncherError

_PATIENCE_S = 5.0  # for the request, once connected
_BACKLOG = 16
_ROUND_S = 0.5  # how soon who waits for nothing but the end of a request sees that all ends
_LOCAL_PEERCRED = 0x001  # of macOS and the BSDs; Python has no name for it

log = logging.getLogger(__name__)


class Request:
    """One request that was let in, and the way back to whoever waits for its answer."""

    def __init__(self, connection: socket.socket, fields: Event) -> None:
        self._socket = connection
        self._is_stopped = False
        self.command = str(fields.pop("command", ""))
        self.fields = fields

    def tell(self, event: Event) -> None:
        """Send something before the answer; who has gone need not hear it."""
        try:
            self._socket.sendall(json.dumps(event).encode() + b"\n")
        except OSError:
            self._is_stopped = True

    def is_stopped(self) -> bool:
        """Whether who asked wants no more of it, or has gone."""
        if not self._is_stopped:
            self._is_stopped = bool(select.select([self._socket], [], [], 0)[0])  # whatever it says now means that
        return self._is_stopped

    def wait_until_stopped(self, is_ending: Callable[[], bool]) -> None:
        """Return when that is so, or when nobody is to be waited for any more."""
        while not self._is_stopped and not is_ending():
            self._is_stopped = bool(select.select([self._socket], [], [], _ROUND_S)[0])


Answer = Callable[[Request], Event]


class ControlServer:
    """Listens until it is closed; made by `open_control`."""

    def __init__(self, listener: socket.socket, files: tuple[Path, ...], secret: str, answer: Answer) -> None:
        self._listener = listener
        self._files = files
        self._secret = secret
        self._answer = answer
        self._users = (0, os.geteuid()) if hasattr(os, "geteuid") else ()
        self._awake, self._wake = socket.socketpair()
        self._requests: set[threading.Thread] = set()
        self._thread = threading.Thread(target=self._listen, name="control", daemon=True)
        self._thread.start()

    def close(self, *, wait_s: float = 0) -> None:
        """Take no more requests, and wait that long for those under way to be answered."""
        self.remove_files()
        self._wake.close()
        self._thread.join()
        self._awake.close()
        self._listener.close()
        ends = time.monotonic() + wait_s
        for request in list(self._requests):
            request.join(max(0, ends - time.monotonic()))

    def remove_files(self) -> None:
        """From now on nobody finds the way here."""
        for path in self._files:
            path.unlink(missing_ok=True)

    def _listen(self) -> None:
        while self._awake not in select.select([self._listener, self._awake], [], [])[0]:
            with suppress(OSError):  # who connected has gone again
                connection, _ = self._listener.accept()
                request = threading.Thread(target=self._serve, args=(connection,), name="request", daemon=True)
                request.start()
                self._requests = {request, *(other for other in self._requests if other.is_alive())}

    def _serve(self, connection: socket.socket) -> None:
        with connection:
            connection.settimeout(_PATIENCE_S)
            try:
                fields = self._read(connection)
            except (OSError, ValueError):
                return
            connection.settimeout(None)
            request = Request(connection, fields)
            request.tell(_answered(self._answer, request))

    def _read(self, connection: socket.socket) -> Event:
        """The request of somebody who may ask."""
        if connection.family != socket.AF_INET and user_of(connection) not in self._users:
            raise ValueError("another user")
        with connection.makefile("rb", buffering=0) as lines:  # what comes after the request is for `is_stopped`
            fields = json.loads(lines.readline(LINE_BYTES))
        if not isinstance(fields, dict):
            raise ValueError("no request")  # noqa: TRY004 - of what was sent, not of an argument
        if not hmac.compare_digest(str(fields.pop("secret", "")).encode(), self._secret.encode()):
            raise ValueError("not the secret")
        return fields


def open_control(runtime_dir: Path, answer: Answer) -> ControlServer:
    """Listen for commands. The caller holds the lock of the folder, so what is there was left behind.

    Raises:
        LauncherError: It cannot be listened.
    """
    path, port_file = socket_path(runtime_dir), port_path(runtime_dir)
    try:
        if path is not None:
            return ControlServer(_listener_at(path), (path,), "", answer)
        listener, secret = socket.create_server(("127.0.0.1", 0), backlog=_BACKLOG), secrets.token_urlsafe(32)
        _write_secret(port_file, {"port": listener.getsockname()[1], "secret": secret})
        return ControlServer(listener, (port_file,), secret, answer)
    except OSError as error:
        raise LauncherError(f"Cannot listen for commands in {runtime_dir}: {error.strerror}") from error


def user_of(connection: socket.socket) -> int:
    """The id of the user at the other end of a Unix socket."""
    if sys.platform == "linux":
        facts = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
        return int(struct.unpack("3i", facts)[1])  # process, user, group
    facts = connection.getsockopt(0, _LOCAL_PEERCRED, 76)  # struct xucred: version, user, groups
    return int(struct.unpack_from("Ii", facts)[1])


def _listener_at(path: Path) -> socket.socket:
    path.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        listener.bind(str(path))
        path.chmod(0o600)  # nobody came in before: the folder is closed to others
        listener.listen(_BACKLOG)
    except OSError:
        listener.close()
        raise
    return listener


def _write_secret(path: Path, facts: Event) -> None:
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        json.dump(facts, file)


def _answered(answer: Answer, request: Request) -> Event:
    try:
        return {"answer": answer(request)}
    except LauncherError as error:
        return {"error": error.message, "hint": error.hint, "exit_code": error.exit_code}
    except Exception:  # the barrier: who asked gets an answer, the log gets the traceback
        log.exception("the command %s failed", request.command)
        return {"error": "Something went wrong inside the launcher.", "hint": "The log says more.", "exit_code": 70}
