"""Facts about the machine, and what the person chose -> how much of it indexing may have. Pure."""

from dataclasses import dataclass
from typing import Literal, get_args

from politeness.hours import is_within, parse_hours

Level = Literal["full", "slow", "stopped"]
OnBattery = Literal["slow", "pause", "full"]
ON_BATTERY: tuple[OnBattery, ...] = get_args(OnBattery)

LOW_BATTERY_PERCENT = 20.0
BUSY = 0.5  # of all cores: from here on others have much to do


@dataclass(frozen=True, slots=True)
class PaceSettings:
    """What the person chose.

    Attributes:
        on_battery: What indexing does there; "full": as if it were none, also when it is low.
        hours: When it may work, as `parse_hours` takes them; "" for always.
    """

    on_battery: OnBattery = "slow"
    hours: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """The machine as it is now. What cannot be seen here is as if there were nothing to care about."""

    battery_percent: float | None = None  # None: it has none, or does not run on it
    others_busy: float = 0.0  # share of all cores that other programs use, 0 to 1
    is_hot: bool = False  # as its own sensors call it
    is_critical: bool = False  # so hot that it may switch itself off
    is_screen_full: bool = False  # of one program: a film, a game, a talk
    minute: int = 0  # of the day, by the clock on the wall


@dataclass(frozen=True, slots=True)
class Pace:
    """How much indexing may have; `why` is for a person, and empty at full speed."""

    level: Level = "full"
    why: str = ""


def pace_of(facts: Facts, settings: PaceSettings) -> Pace:
    """The slowest of what the facts ask for.

    Busy programs alone never stop it: all that it starts stands behind them anyway, and some compute for weeks.

    Raises:
        SettingsError: The hours are none.
    """
    why_stopped, why_slow = _why_stopped(facts, settings), _why_slow(facts, settings)
    if why_stopped:
        return Pace("stopped", why_stopped)
    return Pace("slow", why_slow) if why_slow else Pace()


def _why_stopped(facts: Facts, settings: PaceSettings) -> str:
    percent, on_battery = facts.battery_percent, settings.on_battery
    if not is_within(parse_hours(settings.hours), facts.minute):
        return f"outside its hours, {settings.hours}"
    if percent is not None and on_battery == "pause":
        return "on battery"
    if percent is not None and on_battery == "slow" and percent < LOW_BATTERY_PERCENT:
        return "the battery is low"
    if facts.is_critical:
        return "the machine is too hot"
    return "a program that is busy has the whole screen" if facts.is_screen_full and _is_busy(facts) else ""


def _why_slow(facts: Facts, settings: PaceSettings) -> str:
    if facts.battery_percent is not None and settings.on_battery == "slow":
        return "on battery"
    if facts.is_hot:
        return "the machine is hot"
    if facts.is_screen_full:
        return "a program has the whole screen"
    return "other programs are busy" if _is_busy(facts) else ""


def _is_busy(facts: Facts) -> bool:
    return facts.others_busy >= BUSY
