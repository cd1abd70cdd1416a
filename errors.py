"""Every failure on purpose, and the exit code it ends the program with.

    LauncherError(message, *, hint)                 exit 1
    ├─ SettingsError                                     2
    ├─ IndexStoreError                                   3
    │   ├─ IndexMissing      there is none yet
    │   ├─ IndexLocked       another process is writing it
    │   ├─ IndexCorrupt      a file of it is damaged
    │   ├─ IndexModelMismatch  it was made with another model
    │   ├─ IndexUnwritable   the disk is full or read-only
    │   └─ IndexSealed       it is encrypted, and its key is not at hand
    ├─ ModelError                                        4
    │   ├─ ModelMissing      the weights are not here
    │   └─ ModelFailed       the weights cannot be used
    └─ DocumentError(path)   one file: recorded in the report, never ends a run
        └─ DocumentMissing     it is not there: recorded nowhere, since it may come back as it was

Ctrl-C ends with 130, a bug with 70 and a log file.
"""

from pathlib import Path

EXIT_INTERRUPTED = 130
EXIT_BUG = 70


class LauncherError(Exception):
    """Something a person can do something about.

    Args:
        message: What is wrong with which thing, one line.
        hint: What helps, as a command where there is one.
    """

    exit_code = 1

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class SettingsError(LauncherError):
    exit_code = 2


class IndexStoreError(LauncherError):
    exit_code = 3


class IndexMissing(IndexStoreError):
    pass


class IndexLocked(IndexStoreError):
    pass


class IndexCorrupt(IndexStoreError):
    pass


class IndexModelMismatch(IndexStoreError):
    pass


class IndexUnwritable(IndexStoreError):
    pass


class IndexSealed(IndexStoreError):
    pass


class ModelError(LauncherError):
    exit_code = 4


class ModelMissing(ModelError):
    pass


class ModelFailed(ModelError):
    pass


class DocumentError(LauncherError):
    """One document could not be read; the run goes on without it."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path = path
        self.reason = reason

    def __reduce__(self) -> tuple[type, tuple[Path, str]]:
        # It crosses from a worker process; the default would lose the reason.
        return type(self), (self.path, self.reason)


class DocumentMissing(DocumentError):
    pass
