"""What is in the model's hands: a document that takes the process along is found out at the next start, and set aside.

A small file beside the index names the documents while the model works on them. Whoever ends by their own will takes it
away; where it is there at the next start, the process died with them in its hands. Which of them it was is not known
then, so all are suspects, and the model gets each alone from then on. One that it dies of again is set aside.

A process that was killed, ran out of memory or lost its power leaves no trace, as a crash does
(`log_file.trace_crashes`). Its documents are probably innocent, so it takes one death more.
"""

import json
import logging
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

from errors import ModelFailed, SettingsError
from log_file import CRASH_LOG

_CRASHES, _DEATHS = 2, 3  # this many are no accident
_WORDS = {1: "once", 2: "twice", 3: "three times"}

log = logging.getLogger(__name__)


class _Suspect(NamedTuple):
    """A document in whose company the process died, as it was then."""

    size_bytes: int
    mtime_ns: int
    deaths: int
    crashes: int  # of the deaths: those that left a trace

    @property
    def is_set_aside(self) -> bool:
        return self.crashes >= _CRASHES or self.deaths >= _DEATHS

    @property
    def reason(self) -> str:
        times = _WORDS.get(self.deaths, f"{self.deaths} times")
        return f"crashed the launcher {times}; tried again when it changes, or with --retry"


class Journal:
    """Made by `open_journal`, by whoever may write the index, and closed when that ends well.

    Attributes:
        crashed: How often the process died of a document, or of several with this one among them, by path.
    """

    def __init__(self, file: Path, suspects: Mapping[str, _Suspect]) -> None:
        self._file = file
        self._suspects = suspects
        self._survived: set[str] = set()

    @property
    def crashed(self) -> dict[str, int]:
        return {path: suspect.deaths for path, suspect in self._suspects.items()}

    @property
    def set_aside(self) -> frozenset[str]:
        """What is not given to the model any more."""
        return frozenset(path for path, suspect in self._suspects.items() if suspect.is_set_aside)

    @contextmanager
    def working_on(self, paths: Sequence[Path]) -> Iterator[None]:
        """While it lasts, the documents are in the model's hands.

        Raises:
            ModelFailed: One of them is set aside, or suspected and not alone; the model was given nothing.
        """
        names = [str(path) for path in paths]
        self._check(names)
        with suppress(OSError):  # the work is worth more
            _write(self._file, names)
        try:
            yield
        finally:
            put_down(self._file)
        self._survived.update(names)

    def close(self) -> None:
        """Nothing is said against what the model came through with."""
        left = {path: suspect for path, suspect in self._suspects.items() if path not in self._survived}
        with suppress(OSError):
            _write_suspects(self._file, left)

    def _check(self, names: Sequence[str]) -> None:
        for name in names:
            suspect = self._suspects.get(name)
            if suspect is None or _state_of(name) != suspect[:2]:
                continue
            if suspect.is_set_aside:
                raise ModelFailed(suspect.reason)
            if len(names) > 1:
                raise ModelFailed("One of these documents is suspected, and is given to the model alone.")


def journal_file(index_dir: Path) -> Path:
    """Where it says what is in the model's hands; the suspects are beside it."""
    return index_dir.with_name(f"{index_dir.name}-in-hand.json")


@contextmanager
def open_journal(index_dir: Path, log_dir: Path, *, retry: bool = False) -> Iterator[Journal]:
    """The journal of an index, in which it stands by now what the process before died of.

    Args:
        index_dir: Of the index; the caller is the only one who writes it.
        log_dir: Where a crash leaves its trace.
        retry: What is set aside gets one more chance.
    """
    file = journal_file(index_dir)
    suspects = {path: suspect for path, suspect in _read_suspects(file).items() if _state_of(path) == suspect[:2]}
    if names := _names_in(file):
        has_trace = _has_trace(file, log_dir / CRASH_LOG)
        log.warning("%s with %d documents in the model's hands", "crashed" if has_trace else "died", len(names))
        suspects |= _blamed(names, suspects, has_trace=has_trace)
    if retry:
        aside = {path: suspect for path, suspect in suspects.items() if suspect.is_set_aside}
        suspects |= {
            path: suspect._replace(deaths=_DEATHS - 1, crashes=_CRASHES - 1) for path, suspect in aside.items()
        }
    with suppress(OSError):
        _write_suspects(file, suspects)
    put_down(file)
    journal = Journal(file, suspects)
    yield journal
    journal.close()


def put_down(file: Path) -> None:
    """Nothing is in the model's hands. Also for a process that is told to end and does not wait for the model."""
    with suppress(OSError):
        file.unlink(missing_ok=True)


def forget_suspects(index_dir: Path, folder: Path | None = None) -> None:
    """Keep no names of documents at or below `folder`, or none at all. Only where nobody else writes the index.

    Raises:
        SettingsError: They stay.
    """
    file = journal_file(index_dir)
    suspects = _read_suspects(file) if folder else {}
    left = {path: each for path, each in suspects.items() if folder and not Path(path).is_relative_to(folder)}
    try:
        file.unlink(missing_ok=True)
        _write_suspects(file, left)
    except OSError as error:
        hint = f"Delete {_suspects_file(file)} by hand."
        raise SettingsError(f"What the launcher died of cannot be forgotten: {error.strerror}", hint=hint) from error


def _blamed(names: Sequence[str], suspects: Mapping[str, _Suspect], *, has_trace: bool) -> dict[str, _Suspect]:
    """The suspects with what speaks against these documents, in whose company the process died."""
    blamed = {}
    for name in names:
        if state := _state_of(name):
            before = suspects.get(name, _Suspect(*state, 0, 0))
            blamed[name] = before._replace(deaths=before.deaths + 1, crashes=before.crashes + has_trace)
    return blamed


def _has_trace(file: Path, crash_log: Path) -> bool:
    """Whether a crash was written down since the documents were taken."""
    try:
        trace = crash_log.stat()
        return trace.st_size > 0 and trace.st_mtime_ns >= file.stat().st_mtime_ns
    except OSError:
        return False


def _state_of(path: str) -> tuple[int, int] | None:
    try:
        facts = os.stat(path)
    except (OSError, ValueError):
        return None
    return facts.st_size, facts.st_mtime_ns


def _suspects_file(file: Path) -> Path:
    return file.with_name(file.name.replace("-in-hand", "-suspects"))


def _names_in(file: Path) -> list[str]:
    names = _read(file)
    return [name for name in names if isinstance(name, str)] if isinstance(names, list) else []


def _read_suspects(file: Path) -> dict[str, _Suspect]:
    suspects = _read(_suspects_file(file))
    with suppress(TypeError, ValueError, AttributeError):
        return {path: _Suspect(*map(int, facts)) for path, facts in suspects.items()}
    return {}


def _write_suspects(file: Path, suspects: Mapping[str, _Suspect]) -> None:
    if suspects:
        _write(_suspects_file(file), suspects)
    else:
        _suspects_file(file).unlink(missing_ok=True)


def _read(file: Path) -> Any:
    """What is in it; None where there is none, or it was torn when the power went."""
    try:
        return json.loads(file.read_bytes())
    except (OSError, ValueError):
        return None


def _write(file: Path, value: object) -> None:
    """Whole or not at all, as far as a process may die."""
    new = file.with_name(f".{file.name}.new")
    with os.fdopen(os.open(new, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "wb") as stream:
        stream.write(json.dumps(value).encode("ascii"))  # which escapes what of a name is no UTF-8
    new.replace(file)
