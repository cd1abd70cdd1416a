"""What the machine tells, with psutil as it would be on other machines: only plain values stand in for it."""

from types import SimpleNamespace as Values

import psutil
import pytest

from politeness import probes
from politeness.probes import OthersBusy, Probes

CORES = psutil.cpu_count()


class Clock:
    """What psutil and the time would say."""

    def __init__(self, monkeypatch):
        self.now_s, self.busy_s, self.ours_s = 1000.0, 50.0, 5.0
        monkeypatch.setattr(probes.time, "monotonic", lambda: self.now_s)
        monkeypatch.setattr(probes, "_all_busy_s", lambda: self.busy_s)
        monkeypatch.setattr(probes, "_our_busy_s", lambda: self.ours_s)

    def passes(self, seconds, *, busy_s, ours_s):
        self.now_s, self.busy_s, self.ours_s = self.now_s + seconds, self.busy_s + busy_s, self.ours_s + ours_s


@pytest.fixture
def clock(monkeypatch):
    return Clock(monkeypatch)


def told(monkeypatch, **answers):
    for name, answer in answers.items():
        monkeypatch.setattr(psutil, name, lambda answer=answer: answer, raising=False)
    return Probes().look()


def sensor(current, high=80.0, critical=100.0):
    return {
        "chip": [Values(current=30.0, high=None, critical=None), Values(current=current, high=high, critical=critical)]
    }


@pytest.mark.parametrize(
    ("battery", "percent"),
    [
        (None, None),
        (Values(percent=60, power_plugged=True), None),
        (Values(percent=60, power_plugged=None), None),
        (Values(percent=60, power_plugged=False), 60.0),
    ],
)
def test_battery_when_the_machine_runs_on_it_then_is_told(monkeypatch, battery, percent):
    assert told(monkeypatch, sensors_battery=battery).battery_percent == percent


@pytest.mark.parametrize(
    ("sensors", "heat"),
    [
        ({}, (False, False)),
        (sensor(79.0), (False, False)),
        (sensor(80.0), (True, False)),
        (sensor(100.0), (True, True)),
        (sensor(200.0, high=None, critical=None), (False, False)),
    ],
)
def test_heat_when_above_what_the_sensor_calls_high_then_is_told(monkeypatch, sensors, heat):
    facts = told(monkeypatch, sensors_temperatures=sensors)
    assert (facts.is_hot, facts.is_critical) == heat


def test_heat_when_the_system_has_no_call_for_it_then_is_none(monkeypatch):
    monkeypatch.delattr(psutil, "sensors_temperatures", raising=False)
    monkeypatch.delattr(psutil, "sensors_battery", raising=False)
    assert Probes().look().is_hot is False


def test_others_when_half_of_the_cores_are_theirs_then_are_half_busy(clock):
    others = OthersBusy()
    assert others.share() == 0.0
    clock.passes(10, busy_s=10 * CORES, ours_s=5 * CORES)
    assert others.share() == pytest.approx(0.5)


def test_others_when_only_we_work_then_are_idle(clock):
    others = OthersBusy()
    others.share()
    clock.passes(10, busy_s=8, ours_s=8.1)
    assert others.share() == 0.0


def test_others_when_nobody_looked_for_long_then_says_nothing_of_now(clock):
    others = OthersBusy()
    others.share()
    clock.passes(3600, busy_s=3600 * CORES, ours_s=0)
    assert others.share() == 0.0


def test_busy_seconds_of_the_machine_hold_our_own():
    assert probes._all_busy_s() >= probes._our_busy_s() > 0


def test_look_when_taken_on_this_machine_then_knows_the_time_of_the_day():
    assert 0 <= Probes().look().minute < 24 * 60
