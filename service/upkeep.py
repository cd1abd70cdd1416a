"""What the resident process tells of keeping the index current, to commands and to the window."""

from datetime import UTC, datetime
from typing import Literal

import msgspec

from progress import Progress

_SURE_S = 3.0  # a stage that is younger says nothing of the time that is left


class UpkeepState(msgspec.Struct, frozen=True, kw_only=True):
    """What goes on now."""

    state: Literal["starting", "watching", "working", "paused", "aside"] = "starting"
    is_paused: bool = False  # by a person
    why: str = ""  # it is paused or slow, or what it could not do, to be tried again
    stage: str = ""  # as `progress.Progress` has it; "" while nothing is worked on
    documents: int = 0  # of this stage
    documents_total: int = 0
    pending: int = 0  # places that are still to be looked at
    current: str = ""  # the path of a document that is worked on
    left_s: float | None = None  # of this stage; None while nobody can say
    failed: int = 0  # in this stage
    churning: tuple[str, ...] = ()  # folders in which something changes again and again, so that it has to wait
    notices: tuple[str, ...] = ()  # what a person should know, with the command that helps
    last_sweep: str = ""  # ISO 8601, when the last comparison of all folders with the index began
    next_sweep: str = ""
    pace: Literal["full", "slow", "stopped"] = "full"


def facts_of(progress: Progress) -> dict[str, object]:
    """What a stage tells, as fields of `UpkeepState`."""
    left_s = None
    if progress.documents and progress.seconds >= _SURE_S:
        left_s = progress.seconds / progress.documents * max(0, progress.documents_total - progress.documents)
    return {
        "stage": progress.stage,
        "documents": progress.documents,
        "documents_total": progress.documents_total,
        "current": str(progress.current or ""),
        "left_s": left_s,
        "failed": progress.failed,
    }


def at_wall_clock(wall_s: float | None) -> str:
    return datetime.fromtimestamp(wall_s, UTC).isoformat(timespec="milliseconds") if wall_s else ""
