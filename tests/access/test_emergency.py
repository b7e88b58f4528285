"""An emergency frees the door at once and keeps it free until it is reset, whatever else happens or dies."""

from __future__ import annotations

import pytest

from gate.access.effects import Held, Line, Standing
from gate.access.events import AlarmStep, ModeChanged
from gate.access.inputs import InputLine
from gate.access.modes import DoorMode
from gate.access.orders import SetMode
from gate.access.signals import Started, Stopping
from gate.credential.model import Colour
from tests.access.examples import valid
from tests.access.story import Story

EMERGENCY, NORMAL, LOCKDOWN = (SetMode(mode) for mode in (DoorMode.LOCKED_OPEN, DoorMode.LOCKED, DoorMode.LOCKED_DOWN))


def in_emergency() -> Story:
    """Declared by the loop, which is closed again."""
    story = Story()
    story.sense(InputLine.EMERGENCY, active=True)
    story.sense(InputLine.EMERGENCY, active=False)
    return story


@pytest.mark.parametrize("initial", [False, True])
def test_an_open_or_cut_loop_frees_the_door_also_when_it_is_found_so(*, initial: bool) -> None:
    story = Story()
    story.sense(InputLine.EMERGENCY, active=True, initial=initial)
    assert story.lease == Standing()
    (changed,) = [event for event in story.events if isinstance(event, ModeChanged)]
    assert (changed.mode, changed.by) == (DoorMode.LOCKED_OPEN, "emergency_input")


def test_it_waits_for_no_record() -> None:
    story = Story()
    story.recorded = False
    story.order(EMERGENCY)
    assert story.lease == Standing()


def test_it_stays_when_the_loop_closes_again() -> None:
    story = in_emergency()
    story.wait(3600)
    assert story.lease == Standing()
    assert Line.ATTENTION in story.lit


@pytest.mark.parametrize("first", [LOCKDOWN, SetMode(DoorMode.UNLOCKED)])
def test_it_outranks_lockdown_and_unlocked_which_are_remembered(first: SetMode) -> None:
    story = Story()
    story.order(first)
    story.order(EMERGENCY)
    assert story.lease == Standing()
    assert story.memory.mode is first.mode


def test_nothing_but_a_reset_ends_it() -> None:
    story = in_emergency()
    for order in (LOCKDOWN, SetMode(DoorMode.UNLOCKED)):
        assert "normal first" in story.order(order).text
    story.press(InputLine.REX)
    story.wait(6)
    story.show(valid(Colour.YELLOW))
    story.press(InputLine.REFUSE)
    assert story.lease == Standing()
    assert story.order(NORMAL).done
    assert not story.released
    assert story.alarm_steps()[-1] == ("emergency", AlarmStep.CLEARED)


def test_nothing_that_is_shown_covers_that_the_door_is_free() -> None:
    story, calm = in_emergency(), in_emergency()
    story.show(valid(Colour.RED))
    for _ in range(130):
        assert story.lit == calm.lit
        story.wait(1)
        calm.wait(1)
    assert story.access()[-1].reason == "hold_timeout"


def test_it_cannot_be_reset_while_the_loop_is_open() -> None:
    story = Story()
    story.sense(InputLine.EMERGENCY, active=True)
    reply = story.order(NORMAL)
    assert not reply.done
    assert "close the loop" in reply.text
    assert story.lease == Standing()


def test_it_survives_a_stop_and_a_restart() -> None:
    story = in_emergency()
    story.tell(Stopping("update"))
    assert story.lease == Standing()
    again = Story(memory=story.memory)
    again.tell(Started("1.0"))
    assert again.lease == Standing()
    assert again.order(NORMAL).done
    assert not again.released


def test_declared_twice_it_is_one_alarm() -> None:
    story = in_emergency()
    story.order(EMERGENCY)
    assert story.alarm_steps() == [("emergency", AlarmStep.RAISED)]


def test_unlocked_before_is_not_taken_up_again_by_the_reset() -> None:
    """Normal is normal: locked, and whoever wants it unlocked says so again."""
    story = Story()
    story.order(SetMode(DoorMode.UNLOCKED))
    assert isinstance(story.lease, Held)
    story.order(EMERGENCY)
    story.order(NORMAL)
    assert story.lease is None
