"""Lets the work rest: asked between two documents or batches, it returns when the next may begin."""

import logging
import time
from collections.abc import Callable

from politeness.policy import Facts, Pace, PaceSettings, pace_of

_LOOK_S = 15.0  # between two looks at the machine
_REST_PER_WORK = 3.0  # when slow: a quarter of the time is work
_LONGEST_REST_S = 60.0
_STEP_S = 0.2  # how soon it is noticed that nobody wants the work any more

log = logging.getLogger(__name__)


class Pacer:
    """For the one thread that works; `pace` may be read from any.

    Args:
        settings: What the person chose; may be replaced at any time.
        look: Tells how the machine is; None: the machine itself is asked.
    """

    def __init__(self, settings: PaceSettings, *, look: Callable[[], Facts] | None = None) -> None:
        self.settings = settings
        self.pace = Pace()
        self._look = look
        self._looked_s = -_LOOK_S
        self._began_s = time.monotonic()

    def begin(self) -> None:
        """Work begins now: there was none before for which to rest."""
        self._began_s = time.monotonic()

    def wait(self, should_stop: Callable[[], bool]) -> None:
        """Return when the work may go on, or when it shall stop. At full speed it costs a microsecond."""
        self._look_when_due()
        if self.pace.level == "slow":
            worked_s = time.monotonic() - self._began_s
            self._rest(min(worked_s * _REST_PER_WORK, _LONGEST_REST_S), should_stop)
        while self.pace.level == "stopped" and not should_stop():
            time.sleep(_STEP_S)
            self._look_when_due()
        self.begin()

    def _rest(self, seconds: float, should_stop: Callable[[], bool]) -> None:
        """Nothing is done meanwhile, unless the machine becomes free."""
        ends_s = time.monotonic() + seconds
        while (left_s := ends_s - time.monotonic()) > 0 and self.pace.level == "slow" and not should_stop():
            time.sleep(min(left_s, _STEP_S))
            self._look_when_due()

    def _look_when_due(self) -> None:
        if time.monotonic() - self._looked_s < _LOOK_S:
            return
        self._looked_s = time.monotonic()
        pace = pace_of(self._facts(), self.settings)
        if pace != self.pace:
            log.info("indexing %s %s", pace.level, pace.why)
        self.pace = pace

    def _facts(self) -> Facts:
        if self._look is None:
            from politeness.probes import Probes  # noqa: PLC0415 - with psutil, for who really indexes

            self._look = Probes().look
        return self._look()
