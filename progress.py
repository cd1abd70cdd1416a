"""What an indexing run tells while it goes on and when it is done, and how often it commits."""

import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

WorkingOn: TypeAlias = Callable[[Sequence[Path]], AbstractContextManager[object]]
"""While what it gives lasts, these documents are in the model's hands; raises ModelError for what the model may not be
given, or not together, such as one that the process died of before (`service.journal`)."""

COMMIT_SECONDS = 5.0
COMMIT_SECONDS_PER_SEGMENT = 0.05
COMMIT_CHUNKS = 4096  # bounds the memory of one commit


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a stage is; `documents` counts those that are done and waiting for or in a commit."""

    documents: int
    documents_total: int
    bytes_done: int
    bytes_total: int
    chunks: int
    current: Path | None
    seconds: float  # since this stage began
    stage: str = "text"  # or "previews", "pixels", "words"
    failed: int = 0  # of the documents


@dataclass(slots=True)
class Report:
    """What a run did. `failed` holds (path, reason)."""

    indexed: int = 0
    reused: int = 0  # of the indexed: moved or copied, so their embeddings were already here
    unchanged: int = 0
    removed: int = 0
    chunks: int = 0
    previewed: int = 0  # documents that thumbnails were made of
    thumbnails: int = 0
    viewed: int = 0  # documents that were looked at
    views: int = 0  # pictures, pages and keyframes of them
    recognised: int = 0  # documents in whose pictures words were read
    recognised_pages: int = 0  # pictures and pages of them
    embedding_s: float = 0.0
    seconds: float = 0.0
    interrupted: bool = False
    failed: list[tuple[Path, str]] = field(default_factory=list)
    problems: list[tuple[Path, str]] = field(default_factory=list)  # folders that could not be listed

    @property
    def nothing_succeeded(self) -> bool:
        succeeded = self.indexed or self.unchanged or self.removed or self.viewed or self.recognised
        return bool(self.failed or self.problems) and not succeeded


class CommitClock:
    """When the next commit is due: every few seconds, more rarely the more segments there are, since each costs
    every later commit."""

    def __init__(self) -> None:
        self._last = time.monotonic()

    def is_due(self, *, chunks: int, segments: int) -> bool:
        seconds = max(COMMIT_SECONDS, segments * COMMIT_SECONDS_PER_SEGMENT)
        return chunks >= COMMIT_CHUNKS or time.monotonic() - self._last >= seconds

    def committed(self) -> None:
        self._last = time.monotonic()
