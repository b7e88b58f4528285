"""Steps of the wall clock at a working door: every lease, lamp and event comes when it would have come without them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from gate.access.inputs import InputLine, Wiring
from gate.access.settings import SelfTestAtStart, Settings
from gate.access.signals import Started, Tick
from gate.credential.instant import ClockTrust
from gate.credential.model import Colour
from gate.policy.schedule import Schedule, parse_windows
from gate.policy.site import SitePolicy
from tests.access.examples import SECOND, valid
from tests.access.story import Story

HOUR_S = 3600
ALWAYS = Schedule(parse_windows(["mon-sun 00:00-24:00"]), 420)
STRIDE = 5
"""Tenths of seconds between two looks."""
CHANGED = "system.clock_changed"


@dataclass(frozen=True, slots=True)
class Step:
    """What happens to the wall clock so long after the start."""

    after_s: float
    wall_s: int
    clock: ClockTrust = ClockTrust.SYNCED


Trace = list[tuple[int, object, object, tuple[str, ...]]]


def trace(*steps: Step) -> Trace:
    """Two visits and a door held open, told in tenths of seconds: time, lease, lamps and events of each."""
    wired, site = frozenset({Wiring.DOOR_MONITOR}), SitePolicy(green_hours=ALWAYS)
    story = Story(Settings(self_test_at_start=SelfTestAtStart.OFF, wiring=wired, site=site))
    story.sense(InputLine.DOOR_MONITOR, active=False, initial=True)
    story.tell(Started("1.0"))
    acts: dict[int, Callable[[], object]] = {
        10: lambda: story.show(valid(), b"one"),
        20: lambda: story.door(is_open=True),
        600: lambda: story.door(is_open=False),
        620: lambda: story.show(valid(Colour.RED), b"two"),
        700: lambda: story.door(is_open=True),
    }
    found: Trace = []
    for tenth in range(0, 2000, STRIDE):
        story.now_ns = tenth * SECOND // 10
        for step in steps:
            if tenth == step.after_s * 10:
                story.wall_s, story.clock = step.wall_s, step.clock
        told = len(story.events)
        story.tell(Tick())
        if tenth in acts:
            acts[tenth]()
        names = tuple(event.name for event in story.events[told:] if event.name != CHANGED)
        found.append((tenth, story.lease, story.lit, names))
    return found


USUAL = trace()


def test_the_story_has_what_a_step_could_change() -> None:
    names = {name.partition(".")[2] for *_, told in USUAL for name in told}
    assert {"granted", "taken", "held", "denied", "open_too_long", "forced_open"} <= names
    assert {lease is None for _, lease, *_ in USUAL} == {True, False}


@pytest.mark.parametrize("wall_s", [-HOUR_S, HOUR_S], ids=["-1h", "+1h"])
@pytest.mark.parametrize("after_s", [1.5, 3, 50, 65, 75], ids=["released", "open", "held open", "on hold", "forced"])
def test_a_step_changes_nothing_at_the_door(after_s: float, wall_s: int) -> None:
    assert trace(Step(after_s, wall_s)) == USUAL


def test_steps_of_a_day_and_a_year_change_nothing_either() -> None:
    assert trace(Step(3, -86400), Step(75, 366 * 86400)) == USUAL


@pytest.mark.parametrize("after_s", [1.5, 50, 75])
def test_a_clock_that_is_lost_and_found_changes_nothing_of_what_has_begun(after_s: float) -> None:
    lost, found = Step(after_s, -HOUR_S, ClockTrust.UNSET), Step(after_s + 7, 0)
    assert trace(lost, found) == USUAL


def test_steps_to_and_fro_change_nothing() -> None:
    steps = [Step(second, HOUR_S * (-1) ** second) for second in range(1, 60)]
    assert trace(*steps) == USUAL


def test_the_state_of_the_clock_is_told_with_the_next_look() -> None:
    story = Story(Settings(self_test_at_start=SelfTestAtStart.OFF))
    story.tell(Started("1.0"))
    for clock in (ClockTrust.UNSET, ClockTrust.HOLDOVER, ClockTrust.SYNCED):
        story.clock = clock
        story.tell(Tick(), after_s=0.2)
    assert story.names().count(CHANGED) == 3
