"""What the person opened through the launcher, kept in a small file of theirs, and what that is worth in a ranking.

The file has a line for each opening: when, and the path. It holds no query. `launcher forget` and `launcher clear`
delete what they are asked to from here too.
"""

import json
import logging
import os
import tempfile
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from errors import SettingsError
from index_store import DocumentRecord
from ranking import Reason

logger = logging.getLogger(__name__)

KEPT = 1_000  # openings, the last ones
_LARGE_BYTES = 1 << 18  # then the older ones go

# What is added to the log odds at most: as much as half a standard deviation of cosine, so it decides between hits
# that are nearly as good (benchmarks/habit_boosts.py).
OPENED_BOOST = 0.25
RECENT_BOOST = 0.08
_LEAST_BOOST = 0.02  # less is no reason
_OPENING_HALVES_DAYS = 14.0
_CHANGE_HALVES_DAYS = 60.0
_DAY_S = 86_400.0


@dataclass(frozen=True, slots=True)
class Opened:
    """When one document was opened, in seconds since 1970, the last time at the end."""

    times_s: tuple[float, ...]

    @property
    def count(self) -> int:
        return len(self.times_s)

    @property
    def last_s(self) -> float:
        return self.times_s[-1]

    def frecency(self, now_s: float) -> float:
        """[0, 1), more for often and lately: once a moment ago is a half, and a fortnight halves what each counts."""
        total = sum(_halved(now_s - time_s, _OPENING_HALVES_DAYS) for time_s in self.times_s)
        return total / (1 + total)


class History:
    """What was opened, as of now.

    Args:
        file: Where it is kept; None: nothing is.
    """

    def __init__(self, file: Path | None) -> None:
        self._file = file
        self._known: tuple[tuple[int, int], Mapping[str, Opened]] = (0, 0), {}

    def note(self, path: Path, now_s: float) -> None:
        """Keep that `path` was opened; where that cannot be written, it is only logged."""
        if self._file is None:
            return
        try:
            _append(self._file, _Opening(now_s, str(path)))
        except OSError as error:
            logger.warning("not noted as opened: %s", error)

    def opened(self) -> Mapping[str, Opened]:
        """By path; empty where nothing is kept. The file is read again when it has changed: 3 ms when it is full."""
        if self._file is None:
            return {}
        try:
            status = self._file.stat()
        except OSError:
            return {}
        if self._known[0] != (state := (status.st_mtime_ns, status.st_size)):
            self._known = state, _by_path(_read(self._file))
        return self._known[1]


def forget_opened(file: Path, folder: Path) -> None:
    """Delete what was opened in `folder`.

    Raises:
        SettingsError: The file cannot be written; it is as it was.
    """
    openings = _read(file)
    kept = [opening for opening in openings if not Path(opening.path).is_relative_to(folder)]
    if len(kept) == len(openings):
        return
    try:
        _write(file, kept)
    except OSError as error:
        raise _stays(file, error) from error


def clear_opened(file: Path) -> None:
    """Delete all of it.

    Raises:
        SettingsError: It cannot be deleted.
    """
    try:
        file.unlink(missing_ok=True)
    except OSError as error:
        raise _stays(file, error) from error


def boosts(record: DocumentRecord, opened: Opened | None, now_s: float) -> tuple[Reason, ...]:
    """What speaks for a document beside the question: as `Ranking.add_boost` takes it."""
    lately = RECENT_BOOST * recency(record.mtime_ns / 1e9, now_s)
    habit = OPENED_BOOST * opened.frecency(now_s) if opened else 0.0
    reasons = []
    if habit >= _LEAST_BOOST:
        reasons.append(Reason("opened before", habit, _opened_says(opened), is_boost=True))
    if lately >= _LEAST_BOOST:
        reasons.append(Reason("recent", lately, "was changed lately", is_boost=True))
    return tuple(reasons)


def recency(changed_s: float, now_s: float) -> float:
    """[0, 1], 1 for what was changed now, half of that for each two months; 0 for a time that is still to come."""
    return _halved(now_s - changed_s, _CHANGE_HALVES_DAYS) if changed_s <= now_s + _DAY_S else 0.0


def _stays(file: Path, error: OSError) -> SettingsError:
    return SettingsError(f"What you opened cannot be forgotten: {error.strerror}", hint=f"Delete {file} by hand.")


def _opened_says(opened: Opened | None) -> str:
    if opened is None:
        return ""
    times = "once" if opened.count == 1 else f"{opened.count} times"
    return f"you opened it {times}, last on {datetime.fromtimestamp(opened.last_s, tz=UTC).astimezone():%Y-%m-%d}"


def _halved(age_s: float, halves_days: float) -> float:
    return float(0.5 ** (max(0.0, age_s) / _DAY_S / halves_days))


class _Opening(NamedTuple):
    time_s: float
    path: str

    @property
    def line(self) -> bytes:
        """It begins with the end of the line before, so that a torn one takes none along."""
        return b"\n" + json.dumps([round(self.time_s), self.path]).encode("ascii")


def _append(file: Path, opening: _Opening) -> None:
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(file, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600)
    try:
        os.write(descriptor, opening.line)
        size_bytes = os.fstat(descriptor).st_size
    finally:
        os.close(descriptor)
    if size_bytes > _LARGE_BYTES:  # what another window notes at this very moment may be lost: one opening
        _write(file, _read(file))


def _read(file: Path) -> list[_Opening]:
    """The last openings; lines that are none are left out."""
    try:
        lines = file.read_bytes().splitlines()
    except OSError:
        return []
    openings = []
    for line in lines:
        with suppress(ValueError, TypeError):
            time_s, path = json.loads(line)
            openings.append(_Opening(float(time_s), os.fspath(path)))
    return openings[-KEPT:]


def _write(file: Path, openings: Iterable[_Opening]) -> None:
    with tempfile.NamedTemporaryFile(dir=file.parent, prefix=".opened-", delete=False) as temporary:  # its owner's only
        temporary.writelines(opening.line for opening in openings)
    Path(temporary.name).replace(file)


def _by_path(openings: Iterable[_Opening]) -> dict[str, Opened]:
    times: dict[str, list[float]] = {}
    for opening in openings:
        times.setdefault(opening.path, []).append(opening.time_s)
    return {path: Opened(tuple(sorted(each))) for path, each in times.items()}
