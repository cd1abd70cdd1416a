"""What the machine can tell: battery, other programs, heat, a full screen, the time. The one place for it.

A machine without a battery or sensors tells nothing of them, and neither does a system that has no call for it: heat
is told on Linux only, a full screen under X11 and Windows (`desktop.full_screen`).
"""

import time
from contextlib import suppress

import psutil

from desktop.full_screen import FullScreen
from politeness.policy import Facts

_LONGEST_S = 60.0  # a mean over longer says nothing of now


class Probes:
    """Looks at the machine; for one thread at a time. A look costs milliseconds, most of it for finding our own
    processes among all (benchmarks/politeness.py)."""

    def __init__(self) -> None:
        self._full_screen = FullScreen()
        self._others = OthersBusy()

    def look(self) -> Facts:
        now = time.localtime()
        is_hot, is_critical = _heat()
        return Facts(
            battery_percent=_battery_percent(),
            others_busy=self._others.share(),
            is_hot=is_hot,
            is_critical=is_critical,
            is_screen_full=self._full_screen.is_taken(),
            minute=now.tm_hour * 60 + now.tm_min,
        )

    def close(self) -> None:
        self._full_screen.close()


class OthersBusy:
    """How much of the processors others had since the last look; nothing at the first."""

    def __init__(self) -> None:
        self._last: tuple[float, float, float] | None = None  # when, seconds all cores worked, seconds of our own

    def share(self) -> float:
        now = time.monotonic(), _all_busy_s(), _our_busy_s()
        last, self._last = self._last, now
        if last is None or now[0] - last[0] > _LONGEST_S:
            return 0.0
        seconds, busy_s, ours_s = (after - before for after, before in zip(now, last, strict=True))
        cores = psutil.cpu_count() or 1
        return min(1.0, max(0.0, (busy_s - ours_s) / (seconds * cores))) if seconds > 0 else 0.0


def _all_busy_s() -> float:
    """Seconds of all cores, since the machine was started, in which they worked."""
    times = psutil.cpu_times()
    guests = getattr(times, "guest", 0.0) + getattr(times, "guest_nice", 0.0)  # which are counted as work already
    return float(sum(times) - times.idle - getattr(times, "iowait", 0.0) - guests)


def _our_busy_s() -> float:
    """The same of this process and its workers, those that have ended included."""
    ours = psutil.Process()
    return sum(_busy_s(process) for process in (ours, *ours.children(recursive=True)))


def _busy_s(process: psutil.Process) -> float:
    with suppress(psutil.Error):  # it may have ended meanwhile
        return float(sum(process.cpu_times()[:4]))  # its own and its ended children's, in the system and outside
    return 0.0


def _battery_percent() -> float | None:
    battery = psutil.sensors_battery() if hasattr(psutil, "sensors_battery") else None
    return float(battery.percent) if battery and battery.power_plugged is False else None


def _heat() -> tuple[bool, bool]:
    """Whether a sensor is above what it calls high, and whether above what it calls critical."""
    groups = psutil.sensors_temperatures() if hasattr(psutil, "sensors_temperatures") else {}
    sensors = [sensor for group in groups.values() for sensor in group]
    is_hot = any(sensor.high and sensor.current >= sensor.high for sensor in sensors)
    return is_hot, any(sensor.critical and sensor.current >= sensor.critical for sensor in sensors)
