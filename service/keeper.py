"""Keeps the index current in the resident process: one thread that writes it while nobody else wants to.

What it does is in `service.rounds`, with all that it imports, which the key and the window shall not wait for. Here is
what others ask of it, at any time and from any thread.
"""

import logging
import math
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal, Protocol

from errors import SettingsError
from service.journal import Journal
from service.pause_file import drop_pause, keep_pause, pause_file, read_pause
from service.turns import Turns
from settings import Settings

if TYPE_CHECKING:
    from index_store import IndexWriter
    from models.embedder import Embedder
    from service.rounds import Lender, Rounds
    from service.upkeep import UpkeepState

_HOLD_S = 0.2  # how soon a run that is held hears that it may go on
_EVER_S = 10 * 365 * 86_400.0  # a pause that is longer has no end
_CLOCK_S = 60.0  # a paused Keeper looks at the clock on the wall so often: that may be set, or go on while we sleep

log = logging.getLogger(__name__)


class Pace(Protocol):
    """`politeness.Pace`."""

    @property
    def level(self) -> Literal["full", "slow", "stopped"]: ...

    @property
    def why(self) -> str: ...


class Pacer(Protocol):
    """`politeness.Pacer`."""

    @property
    def pace(self) -> Pace: ...

    def wait(self, should_stop: Callable[[], bool]) -> None: ...


class Keeper:
    """Made at once; `run` is all of its work.

    Args:
        settings: Which index.
        lender: Has the model, for search and indexing.
        pacer: Says how much of the machine may be used.
        give_way: Returns when no question is being answered.
        wanted: Paths of what a person looks for or opened, the last one first.
    """

    def __init__(
        self,
        settings: Settings,
        lender: "Lender",
        *,
        pacer: Pacer,
        give_way: Callable[[], None] = lambda: None,
        wanted: Callable[[], Sequence[str]] = tuple,
    ) -> None:
        self._settings = settings
        self._lender = lender
        self._pacer = pacer
        self._give_way = give_way
        self._wanted = wanted
        self._turns = Turns(self._wake)
        self._rounds: Rounds | None = None  # from when it works
        self._ending = threading.Event()
        self._pause_file = pause_file(settings.index_dir)
        self._paused_until_s = -math.inf  # by the clock on the wall, as a person reads it
        self._is_job = False

    def take_up_pause(self) -> str:
        """Go on with the pause that a run before left, before `run`: until when it lasts, "" where there is none."""
        self._paused_until_s = read_pause(self._pause_file)
        if self._is_paused:
            return self._pause_ends() or "until launcher resume"
        if not math.isinf(self._paused_until_s):
            drop_pause(self._pause_file)  # its time is over
        return ""

    def run(self) -> None:
        """Work until `end`; in a thread of its own."""
        from service.rounds import Manners, Rounds  # noqa: PLC0415 - see above

        manners = Manners(
            self._ending.is_set, self._may_begin, self._should_stop, self._give_way, self._rest, self._wanted
        )
        with closing(Rounds(self._settings, self._lender, self._turns, manners)) as rounds:
            self._rounds = rounds
            while not self._ending.is_set():
                rounds.agenda.dirt.wait(self._step(rounds))

    def end(self) -> None:
        """Have `run` return, once the commit under way is done."""
        self._ending.set()
        self._wake()

    def pause(self, for_s: float | None = None) -> None:
        """Write nothing for so long, or until `resume`, also after a restart; what a person started is held too."""
        self._paused_until_s = math.inf if for_s is None or for_s > _EVER_S else time.time() + for_s
        keep_pause(self._pause_file, self._paused_until_s)
        self._wake()

    def resume(self) -> None:
        self._paused_until_s = -math.inf
        drop_pause(self._pause_file)
        self._wake()

    def look_at(self, root: str | None = None) -> None:
        """Compare a root, or all of them, with the index as soon as can be.

        Raises:
            SettingsError: It is no root of the index.
            IndexStoreError: There is no index, or it is damaged.
        """
        from index_store import read_index  # noqa: PLC0415 - as `run`

        roots = [each.path for each in read_index(self._settings.index_dir).roots]
        if root is not None and root not in roots:
            raise SettingsError(f"Not a folder of the index: {root}", hint="launcher status lists them.")
        if self._rounds:
            for each in roots if root is None else [root]:
                self._rounds.lost(each)

    @contextmanager
    def aside(self) -> Iterator[None]:
        """While it lasts, no writer of the Keeper's is open. What a person started is not waited for."""
        if self._is_job:
            yield
        else:
            with self._turns.of_another():
                yield

    @contextmanager
    def job(self) -> Iterator[None]:
        """While it lasts, the Keeper writes only in between, by what `serving` gives."""
        with self._turns.of_another():
            self._is_job = True
            try:
                yield
            finally:
                self._is_job = False
        self._wake()

    @contextmanager
    def serving(
        self, writer: "IndexWriter", embedder: "Embedder", journal: Journal, *, should_stop: Callable[[], bool]
    ) -> Iterator[Callable[[], None]]:
        """For a job: what it shall call between documents, so that what changes meanwhile is found, too."""
        rounds = self._rounds

        def give_way() -> None:
            while self._is_paused and not should_stop():
                time.sleep(_HOLD_S)
            if rounds:
                rounds.give_way()

        serving: AbstractContextManager[None] = rounds.serving(writer, embedder, journal) if rounds else _nothing()
        with serving:
            yield give_way

    def heard(self, progress: Any) -> None:
        """How far a job is."""
        if self._rounds:
            self._rounds.on_progress(progress)

    def state(self) -> "UpkeepState":
        from service.upkeep import UpkeepState, at_wall_clock  # noqa: PLC0415 - as `run`

        rounds, pace = self._rounds, self._pacer.pace
        if rounds is None:
            held = UpkeepState(state="paused", is_paused=True, why=self._pause_ends())
            return held if self._is_paused else UpkeepState()
        agenda = rounds.agenda
        state, why = self._doing(rounds)
        next_s = agenda.sweeps.next_sweep_s(time.monotonic())
        return UpkeepState(
            state=state,  # type: ignore[arg-type]
            is_paused=self._is_paused,
            why=why,
            pending=agenda.pending,
            churning=agenda.dirt.churning,
            notices=rounds.notices,
            last_sweep=at_wall_clock(agenda.swept_s),
            next_sweep=at_wall_clock(None if next_s is None else time.time() + next_s),
            pace=pace.level,
            **rounds.facts,  # type: ignore[arg-type]
        )

    def _doing(self, rounds: "Rounds") -> tuple[str, str]:
        pace = self._pacer.pace
        if self._is_paused:
            return "paused", self._pause_ends()
        if self._is_job or rounds.is_writing:
            return ("paused" if pace.level == "stopped" and not self._is_job else "working"), pace.why
        if self._turns.is_wanted:
            return "aside", ""
        if pace.level == "stopped" or rounds.setbacks.is_full:
            return "paused", rounds.setbacks.why or pace.why
        return "watching", rounds.setbacks.why

    def _pause_ends(self) -> str:
        if math.isinf(self._paused_until_s):
            return ""
        now, ends = (datetime.fromtimestamp(s, UTC).astimezone() for s in (time.time(), self._paused_until_s))
        return f"until {ends:%H:%M}" if now.date() == ends.date() else f"until {ends:%Y-%m-%d %H:%M}"

    @property
    def _is_paused(self) -> bool:
        return time.time() < self._paused_until_s

    def _step(self, rounds: "Rounds") -> float:
        if self._is_paused:
            return max(0.0, min(_CLOCK_S, self._paused_until_s - time.time()))
        return rounds.step()

    def _may_begin(self) -> bool:
        self._pacer.wait(lambda: True)  # looks at the machine, and no more
        return not self._should_stop()

    def _should_stop(self) -> bool:
        is_held = self._is_paused or self._pacer.pace.level == "stopped"
        is_over = self._turns.is_wanted or is_held
        return self._ending.is_set() or (is_over and not self._is_job)  # what is done in between is for the job to stop

    def _rest(self, is_urgent: Callable[[], bool]) -> None:
        self._pacer.wait(lambda: self._should_stop() or is_urgent())

    def _wake(self) -> None:
        if self._rounds:
            self._rounds.agenda.dirt.wake()


@contextmanager
def _nothing() -> Iterator[None]:
    yield
