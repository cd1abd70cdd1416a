"""How much of the machine indexing may have: what the facts ask for, and how the work rests by it."""

import threading
import time
from types import SimpleNamespace

import pytest

from errors import SettingsError
from politeness import Facts, Pacer, PaceSettings, pace_of, parse_hours
from politeness.hours import is_within
from tests.resident import until

ON_BATTERY = Facts(battery_percent=80.0)
BUSY = Facts(others_busy=0.9)


def level_of(facts, **settings):
    return pace_of(facts, PaceSettings(**settings)).level


def test_pace_when_nothing_is_seen_then_is_full_for_no_reason():
    pace = pace_of(Facts(), PaceSettings())
    assert (pace.level, pace.why) == ("full", "")


@pytest.mark.parametrize(("chosen", "level"), [("slow", "slow"), ("pause", "stopped"), ("full", "full")])
def test_pace_when_on_battery_then_is_as_chosen(chosen, level):
    assert level_of(ON_BATTERY, on_battery=chosen) == level


def test_pace_when_the_battery_is_low_then_stops_unless_it_shall_not_count():
    low = Facts(battery_percent=19.9)
    assert level_of(low) == "stopped"
    assert level_of(Facts(battery_percent=20.0)) == "slow"
    assert level_of(low, on_battery="full") == "full"


@pytest.mark.parametrize(
    ("facts", "level", "why"),
    [
        (BUSY, "slow", "other programs are busy"),
        (Facts(others_busy=0.49), "full", ""),
        (Facts(others_busy=0.5), "slow", "other programs are busy"),
        (Facts(is_hot=True), "slow", "the machine is hot"),
        (Facts(is_hot=True, is_critical=True), "stopped", "the machine is too hot"),
        (Facts(is_screen_full=True), "slow", "a program has the whole screen"),
        (Facts(is_screen_full=True, others_busy=0.9), "stopped", "a program that is busy has the whole screen"),
    ],
)
def test_pace_when_the_machine_is_used_then_says_why_it_steps_back(facts, level, why):
    pace = pace_of(facts, PaceSettings())
    assert (pace.level, pace.why) == (level, why)


@pytest.mark.parametrize(
    ("hours", "minute", "is_in"),
    [
        ("", 0, True),
        ("22:00-07:00", 23 * 60, True),
        ("22:00-07:00", 6 * 60 + 59, True),
        ("22:00-07:00", 7 * 60, False),
        ("22:00-07:00", 12 * 60, False),
        ("9:30 - 10:00", 9 * 60 + 30, True),
        ("12:00-13:00, 22:00-07:00", 12 * 60 + 30, True),
        ("18:00-24:00", 23 * 60 + 59, True),
    ],
)
def test_hours_when_asked_of_a_minute_then_know_whether_it_is_theirs(hours, minute, is_in):
    assert is_within(parse_hours(hours), minute) is is_in


@pytest.mark.parametrize(
    "text", ["night", "22:00", "22-07", "25:00-07:00", "22:60-07:00", "24:30-07:00", "07:00-07:00", "00:00-24:00"]
)
def test_hours_when_they_are_none_then_are_refused(text):
    with pytest.raises(SettingsError, match="No hours"):
        parse_hours(text)


def test_pace_when_outside_its_hours_then_is_stopped():
    pace = pace_of(Facts(minute=12 * 60), PaceSettings(hours="22:00-07:00"))
    assert (pace.level, pace.why) == ("stopped", "outside its hours, 22:00-07:00")


def test_pacer_when_nothing_is_in_the_way_then_never_rests():
    looks = []
    pacer = Pacer(PaceSettings(), look=lambda: looks.append(1) or Facts())
    for _ in range(1000):
        pacer.wait(lambda: pytest.fail("it rests"))
    assert len(looks) == 1


def test_pacer_when_slow_then_rests_longer_than_it_worked():
    pacer = Pacer(PaceSettings(), look=lambda: ON_BATTERY)
    time.sleep(0.02)
    rested_from = time.monotonic()
    pacer.wait(lambda: False)
    assert time.monotonic() - rested_from >= 0.06
    assert pacer.pace.level == "slow"


def test_pacer_when_work_only_begins_then_does_not_rest_for_the_time_before():
    pacer = Pacer(PaceSettings(), look=lambda: ON_BATTERY)
    pacer._began_s -= 3600
    pacer.begin()
    steps = []
    pacer.wait(lambda: steps.append(1) or len(steps) > 1)
    assert len(steps) <= 1


def test_pacer_when_it_worked_for_long_then_rests_for_a_while_only(monkeypatch):
    monkeypatch.setattr("politeness.pacer._LONGEST_REST_S", 0.01)
    pacer = Pacer(PaceSettings(), look=lambda: ON_BATTERY)
    pacer._began_s -= 3600
    steps = []
    pacer.wait(lambda: steps.append(1) or len(steps) > 5)
    assert 1 <= len(steps) <= 2


def test_pacer_when_it_has_rested_then_not_once_more_for_the_same_work(monkeypatch):
    monkeypatch.setattr("politeness.pacer._STEP_S", 0.001)
    pacer = Pacer(PaceSettings(), look=lambda: ON_BATTERY)
    pacer._began_s -= 3600
    pacer.wait(lambda: True)
    steps = []
    pacer.wait(lambda: steps.append(1) or len(steps) > 500)
    assert len(steps) < 500


def test_pacer_when_the_machine_is_free_while_it_rests_then_goes_on(monkeypatch):
    monkeypatch.setattr("politeness.pacer._LOOK_S", 0.0)
    monkeypatch.setattr("politeness.pacer._STEP_S", 0.001)
    facts = [ON_BATTERY] * 3
    pacer = Pacer(PaceSettings(), look=lambda: facts.pop() if facts else Facts())
    pacer._began_s -= 3600
    steps = []
    pacer.wait(lambda: steps.append(1) or len(steps) > 500)
    assert len(steps) < 500


def test_pacer_when_the_machine_was_just_switched_on_then_looks_at_it_all_the_same(monkeypatch):
    monkeypatch.setattr("politeness.pacer.time", SimpleNamespace(monotonic=lambda: 1.0))
    pacer = Pacer(PaceSettings(), look=lambda: ON_BATTERY)
    pacer.wait(lambda: True)
    assert pacer.pace.level == "slow"


def test_pacer_when_stopped_then_waits_until_nobody_wants_the_work():
    pacer, is_over = Pacer(PaceSettings(on_battery="pause"), look=lambda: ON_BATTERY), threading.Event()
    thread = threading.Thread(target=pacer.wait, args=(is_over.is_set,))
    thread.start()
    until(lambda: pacer.pace.level == "stopped")
    assert thread.is_alive()
    is_over.set()
    thread.join(20)
    assert not thread.is_alive()


def test_pacer_when_the_machine_is_free_again_then_goes_on(monkeypatch):
    monkeypatch.setattr("politeness.pacer._LOOK_S", 0.01)
    facts = [ON_BATTERY] * 3 + [Facts()] * 100
    pacer = Pacer(PaceSettings(on_battery="pause"), look=lambda: facts.pop(0))
    pacer.wait(lambda: False)
    assert pacer.pace.level == "full"


def test_pacer_when_other_settings_are_chosen_then_goes_by_them_at_the_next_look(monkeypatch):
    monkeypatch.setattr("politeness.pacer._LOOK_S", 0.0)
    pacer = Pacer(PaceSettings(on_battery="full"), look=lambda: ON_BATTERY)
    pacer.wait(lambda: False)
    assert pacer.pace.level == "full"
    pacer.settings = PaceSettings(on_battery="pause")
    pacer.wait(lambda: True)
    assert pacer.pace.level == "stopped"
