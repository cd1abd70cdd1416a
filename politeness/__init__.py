"""How much of the machine indexing may have just now, so that whoever uses it notices nothing of it.

`policy` decides from facts alone, `probes` gathers them, `pacer` lets the work rest, `priority` steps back behind
every other program. It knows neither index nor model.
"""

from politeness.hours import parse_hours
from politeness.pacer import Pacer
from politeness.policy import ON_BATTERY, Facts, OnBattery, Pace, PaceSettings, pace_of
from politeness.priority import lower_process, lower_thread

__all__ = [
    "ON_BATTERY",
    "Facts",
    "OnBattery",
    "Pace",
    "PaceSettings",
    "Pacer",
    "lower_process",
    "lower_thread",
    "pace_of",
    "parse_hours",
]
