"""The log: one small file that all processes of the program write to, and what a crash leaves beside it.

The terminal is for the person.
"""

import faulthandler
import logging
import os
from contextlib import suppress
from pathlib import Path

from process_lock import take_lock

CRASH_LOG = "crash.log"
_LOG = "launcher.log"
_LARGE_BYTES = 1 << 20
_KEPT = 3  # older ones, beside the one that is written
_APPEND = os.O_APPEND | os.O_CREAT | os.O_WRONLY


class SharedLog(logging.Handler):
    """Each line is one write to the end of the file, opened for it, so that several processes mix no lines.

    Whoever makes the file large moves it out of the way. What another one writes at this very moment goes with it.
    """

    def __init__(self, file: Path) -> None:
        super().__init__()
        self.file = file

    def emit(self, record: logging.LogRecord) -> None:
        try:
            line = f"{self.format(record)}\n".encode("utf-8", "backslashreplace")
        except Exception:  # noqa: BLE001 - as every handler does: a line that cannot be made ends nothing
            self.handleError(record)
            return
        with suppress(OSError):  # nowhere to write: still better to run
            if _append(self.file, line) > _LARGE_BYTES:
                _move_away(self.file)


def log_to_file(log_dir: Path) -> None:
    """Everything goes there, and also where every thread was when the process crashed."""
    handler: logging.Handler
    try:
        log_dir.mkdir(mode=0o700, parents=True, exist_ok=True)  # it names files
        handler = SharedLog(log_dir / _LOG)
        trace_crashes(log_dir)
    except OSError:
        handler = logging.NullHandler()
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    logging.basicConfig(level=logging.INFO, handlers=[handler])
    logging.getLogger("llama.cpp").setLevel(logging.WARNING)  # its 15 KB at every load would push out the rest


def trace_crashes(log_dir: Path) -> None:
    """Have a crash of this process, which Python hears nothing of, written into the crash log.

    Until then the file is not touched: `service.journal` looks when it was changed last.

    Raises:
        OSError: It cannot be written.
    """
    file = log_dir / CRASH_LOG
    descriptor = os.open(file, _APPEND, 0o600)
    if os.fstat(descriptor).st_size > _LARGE_BYTES:
        os.truncate(descriptor, 0)
    faulthandler.enable(descriptor)


def _append(file: Path, line: bytes) -> int:
    """How large the file is with it."""
    descriptor = os.open(file, _APPEND, 0o600)
    try:
        os.write(descriptor, line)
        return os.fstat(descriptor).st_size
    finally:
        os.close(descriptor)


def _move_away(file: Path) -> None:
    """Windows does not while somebody else writes to it; then the next line tries again."""
    lock = take_lock(file.with_name(f"{file.name}.lock"))
    if lock is None:
        return  # somebody does it now
    with lock:
        if file.stat().st_size <= _LARGE_BYTES:
            return  # somebody has done it
        files = [file, *(file.with_name(f"{file.name}.{number}") for number in range(1, _KEPT + 1))]
        for older, newer in zip(reversed(files), reversed(files[:-1]), strict=False):
            if newer.exists():
                newer.replace(older)
