"""The door as its monitors and the people at it see it: passages, forced, held open, exits, faults of the wiring."""

from __future__ import annotations

import pytest

from gate.access.effects import Held, Line, Momentary
from gate.access.events import AlarmStep, ExitRequested, Passage
from gate.access.inputs import InputLine, Wiring
from gate.access.modes import DoorMode
from gate.access.orders import Admit, Attestation, SetMode
from gate.access.settings import SECOND_NS, Settings
from gate.access.signals import Started
from gate.credential.instant import ClockTrust
from gate.credential.model import Colour
from gate.policy.schedule import Schedule, parse_windows
from tests.access.examples import SECOND, valid
from tests.access.story import Story

MONITORED = frozenset({Wiring.DOOR_MONITOR})
QUIET_S = 0.1


def monitored(**changes: object) -> Story:
    """A door with a monitor, closed."""
    story = Story(Settings(wiring=MONITORED, **changes))  # type: ignore[arg-type]
    story.sense(InputLine.DOOR_MONITOR, active=False, initial=True)
    return story


def passages(story: Story) -> list[Passage]:
    return [event.passage for event in story.access()]


class TestPassages:
    def test_a_grant_is_taken_when_the_door_is_opened(self) -> None:
        story = monitored()
        story.show(valid())
        story.wait(1)
        story.door(is_open=True)
        assert passages(story) == [Passage.AWAITED]
        assert story.names()[-1] == "access.taken"

    def test_a_grant_is_not_taken_when_nobody_opens(self) -> None:
        story = monitored()
        story.show(valid())
        story.wait(7)
        assert story.names() == ["access.granted", "access.not_taken"]

    def test_without_a_door_monitor_it_is_unknown_and_said_so(self) -> None:
        story = Story()
        story.show(valid())
        story.wait(7)
        assert passages(story) == [Passage.UNKNOWN]
        assert story.names() == ["access.granted"]
        assert story.status().door_open is None

    def test_the_strike_relocks_as_soon_as_the_door_is_open(self) -> None:
        story = monitored()
        story.show(valid())
        story.wait(1)
        story.door(is_open=True)
        assert story.lease is None

    def test_or_when_it_is_closed_again_where_the_site_wants_that(self) -> None:
        story = monitored(relock_on_open=False)
        story.show(valid())
        story.wait(1)
        story.door(is_open=True)
        assert isinstance(story.lease, Momentary)
        story.wait(1)
        story.door(is_open=False)
        assert story.lease is None

    def test_two_visitors_in_a_row_both_pass(self) -> None:
        story = monitored()
        story.show(valid(), b"first")
        story.show(valid(), b"second", after_s=1)
        story.door(is_open=True)
        assert isinstance(story.lease, Momentary), "the second one is still to come"
        story.door(is_open=False)
        story.wait(1)
        story.door(is_open=True)
        assert story.names().count("access.taken") == 2
        assert story.lease is None

    def test_where_the_door_stood_open_already_nobody_knows_who_passed(self) -> None:
        story = monitored()
        story.show(valid(), b"first")
        story.door(is_open=True)
        story.show(valid(), b"second", after_s=1)
        story.wait(7)
        assert story.names()[-1] == "access.passage_unknown"

    def test_but_a_door_that_opens_again_tells(self) -> None:
        story = monitored()
        story.show(valid(), b"first")
        story.door(is_open=True)
        story.show(valid(), b"second", after_s=1)
        story.door(is_open=False)
        story.door(is_open=True)
        assert story.names().count("access.taken") == 2

    def test_a_grant_is_over_soon_after_a_lockdown_took_it_back(self) -> None:
        story = monitored()
        story.show(valid())
        story.order(SetMode(DoorMode.LOCKED_DOWN))
        story.wait(0.6)
        assert story.names()[-1] == "access.not_taken"

    def test_a_restart_leaves_no_grant_without_its_passage(self) -> None:
        story = monitored()
        story.show(valid())
        again = Story(story.point.settings, story.memory)
        again.tell(Started("1.0"))
        assert "access.passage_unknown" in again.names()
        assert again.memory.awaited == ()


class TestForcedAndHeldOpen:
    def test_an_opening_that_nobody_was_allowed_is_forced(self) -> None:
        story = monitored()
        story.door(is_open=True)
        assert story.names() == ["door.forced_open", "alarm.raised"]
        assert Line.ATTENTION in story.lit

    def test_normal_is_told_when_it_is_closed_and_the_alarm_stays_until_seen(self) -> None:
        story = monitored()
        story.door(is_open=True)
        story.door(is_open=False)
        assert story.names() == ["door.forced_open", "alarm.raised", "door.normal"]
        story.press(InputLine.ACKNOWLEDGE)
        assert story.alarm_steps()[-1] == ("door_forced_open", AlarmStep.CLEARED)

    @pytest.mark.parametrize("after_s", [0.0, 0.4])
    def test_a_request_to_exit_masks_it_also_when_the_monitor_is_late(self, after_s: float) -> None:
        story = monitored()
        story.press(InputLine.REX)
        story.wait(5 - 0.4 + after_s)
        story.door(is_open=True)
        assert story.names() == ["door.exit_requested"]

    def test_after_that_it_is_forced(self) -> None:
        story = monitored()
        story.press(InputLine.REX)
        story.wait(5 - 0.4 + 0.6)
        story.door(is_open=True)
        assert "door.forced_open" in story.names()

    def test_a_second_opening_in_one_release_is_no_passage_of_anybody(self) -> None:
        story = monitored()
        story.show(valid())
        story.door(is_open=True)
        story.door(is_open=False)
        story.wait(1)
        story.door(is_open=True)
        assert story.names() == ["access.granted", "access.taken", "door.forced_open", "alarm.raised"]

    def test_open_for_too_long_is_warned_of_and_then_told(self) -> None:
        story = monitored()
        story.show(valid())
        story.door(is_open=True)
        story.wait(20 - QUIET_S)
        assert Line.YELLOW not in story.lit
        story.wait(QUIET_S + 0.05)
        assert {Line.YELLOW, Line.BUZZER} <= story.lit
        assert "door.open_too_long" not in story.names()
        story.wait(10)
        assert "door.open_too_long" in story.names()
        story.door(is_open=False)
        assert story.names()[-2:] == ["alarm.cleared", "door.normal"]

    def test_a_visitor_who_needs_more_time_gets_it(self) -> None:
        story = monitored()
        story.show(valid(Colour.YELLOW))
        story.wait(1)
        story.order(Admit("no_phone", extended=True))
        assert story.lease == Momentary(story.now_ns + 15 * SECOND)
        assert story.access()[-1].release_ms == 15_000
        story.door(is_open=True)
        story.wait(31)
        assert "door.open_too_long" not in story.names()
        story.wait(30)
        assert "door.open_too_long" in story.names()

    def test_and_nobody_after_them(self) -> None:
        story = monitored()
        story.order(Admit("no_phone", attestation=Attestation(healthy=True, protocol_kept=True), extended=True))
        story.wait(20)
        story.press(InputLine.REX)
        story.door(is_open=True)
        story.wait(31)
        assert "door.open_too_long" in story.names()

    def test_an_unlocked_door_may_stand_open(self) -> None:
        story = monitored()
        story.order(SetMode(DoorMode.UNLOCKED))
        story.door(is_open=True)
        story.wait(120)
        assert story.names() == ["door.mode_changed"]

    def test_and_has_its_time_to_be_closed_when_it_is_locked_again(self) -> None:
        story = monitored()
        story.order(SetMode(DoorMode.UNLOCKED))
        story.door(is_open=True)
        story.wait(120)
        story.order(SetMode(DoorMode.LOCKED))
        story.wait(29)
        assert "door.open_too_long" not in story.names()
        story.wait(2)
        assert "door.open_too_long" in story.names()

    def test_a_door_that_is_found_open_is_not_forced_but_counted(self) -> None:
        story = Story(Settings(wiring=MONITORED))
        story.sense(InputLine.DOOR_MONITOR, active=True, initial=True)
        assert story.names() == []
        story.wait(31)
        assert story.names() == ["door.open_too_long", "alarm.raised"]


class TestExit:
    def test_it_releases_without_a_credential_and_is_recorded(self) -> None:
        story = Story()
        story.press(InputLine.REX)
        assert story.lease == Momentary(5 * SECOND)
        assert [event.release_ms for event in story.events if isinstance(event, ExitRequested)] == [5_000]

    def test_also_in_a_lockdown_and_with_somebody_on_hold(self) -> None:
        story = Story()
        story.order(SetMode(DoorMode.LOCKED_DOWN))
        story.show(valid())
        story.press(InputLine.REX)
        assert isinstance(story.lease, Momentary)

    def test_pressing_again_and_again_fills_no_journal(self) -> None:
        story = Story()
        for _ in range(20):
            story.press(InputLine.REX, 0.1)
        assert story.names() == ["door.exit_requested"]


class TestContradictions:
    PAIR = frozenset({Wiring.DOOR_MONITOR, Wiring.DOOR_MONITOR_PAIR})

    def test_two_contacts_that_follow_each_other_are_an_opening(self) -> None:
        story = Story(Settings(wiring=self.PAIR))
        story.show(valid())
        story.sense(InputLine.DOOR_MONITOR, active=True)
        story.wait(0.05)
        story.sense(InputLine.DOOR_MONITOR_OPEN, active=True)
        assert story.names() == ["access.granted", "access.taken"]

    @pytest.mark.parametrize("line", [InputLine.DOOR_MONITOR, InputLine.DOOR_MONITOR_OPEN])
    def test_a_cut_or_shorted_contact_is_told_as_that_and_not_as_a_forced_door(self, line: InputLine) -> None:
        story = Story(Settings(wiring=self.PAIR))
        story.sense(line, active=True)
        story.wait(1)
        assert story.alarm_steps() == [("door_monitor_fault", AlarmStep.RAISED)]
        assert not any(name.startswith("door.") for name in story.names())

    @pytest.mark.parametrize("free", [False, True])
    def test_a_bolt_that_does_not_follow_the_strike_is_told(self, *, free: bool) -> None:
        story = Story(Settings(wiring=frozenset({Wiring.LOCK_MONITOR})))
        if free:
            story.show(valid())  # the relay does not move the bolt
        else:
            story.sense(InputLine.LOCK_MONITOR, active=True)  # a welded relay, or a key
        story.wait(1)
        assert ("lock_fault", AlarmStep.RAISED) in story.alarm_steps()

    def test_a_bolt_may_be_anywhere_while_the_door_is_open(self) -> None:
        story = Story(Settings(wiring=frozenset({Wiring.LOCK_MONITOR, Wiring.DOOR_MONITOR})))
        story.show(valid())
        story.sense(InputLine.LOCK_MONITOR, active=True)
        story.wait(0.2)
        story.door(is_open=True)
        story.wait(10)
        assert story.alarm_steps() == []

    def test_a_bolt_that_does_is_not(self) -> None:
        story = Story(Settings(wiring=frozenset({Wiring.LOCK_MONITOR})))
        story.show(valid())
        story.wait(0.2)
        story.sense(InputLine.LOCK_MONITOR, active=True)
        story.wait(4.9)
        story.sense(InputLine.LOCK_MONITOR, active=False)
        story.wait(60)
        assert story.alarm_steps() == []

    def test_tampering_is_told_while_it_lasts(self) -> None:
        story = Story()
        story.sense(InputLine.TAMPER, active=True, initial=True)
        story.sense(InputLine.TAMPER, active=False)
        story.press(InputLine.ACKNOWLEDGE)
        steps = [AlarmStep.RAISED, AlarmStep.ACKNOWLEDGED, AlarmStep.CLEARED]
        assert story.alarm_steps() == [("tamper", step) for step in steps]


class TestSchedule:
    """The stories begin on a Monday at 08:00 UTC, which is 15:00 WIB."""

    @staticmethod
    def story(hours: str, clock: ClockTrust = ClockTrust.SYNCED) -> Story:
        story = Story(Settings(schedule=Schedule(parse_windows([hours]), 7 * 60)))
        story.clock = clock
        story.tell(Started("1.0"))
        return story

    def test_the_door_is_unlocked_within_the_hours_and_locked_at_their_end(self) -> None:
        story = self.story("mon-fri 07:30-15:30")
        assert isinstance(story.lease, Held)
        story.wait(30 * 60 - 1)
        assert isinstance(story.lease, Held)
        story.wait(2)
        assert story.lease is None

    def test_it_opens_at_their_beginning(self) -> None:
        story = self.story("mon 15:01-16:00")
        story.wait(59)
        assert story.lease is None
        story.wait(2)
        assert isinstance(story.lease, Held)

    def test_an_unset_clock_unlocks_nothing_and_a_set_one_is_noticed_within_a_minute(self) -> None:
        story = self.story("mon 07:30-16:00", ClockTrust.UNSET)
        story.wait(60)
        assert story.lease is None
        story.clock = ClockTrust.SYNCED
        story.wait(60)
        assert isinstance(story.lease, Held)

    def test_a_step_of_the_wall_clock_out_of_the_hours_locks_within_a_minute(self) -> None:
        story = self.story("mon 07:30-15:30")
        story.wall_s = 3600
        story.wait(60)
        assert story.lease is None

    def test_lockdown_outranks_it_and_normal_gives_the_door_back_to_it(self) -> None:
        story = self.story("mon 07:30-16:00")
        story.order(SetMode(DoorMode.LOCKED_DOWN))
        assert story.lease is None
        story.order(SetMode(DoorMode.LOCKED))
        assert isinstance(story.lease, Held)


@pytest.mark.parametrize("step_s", [-3600, 3600])
def test_a_step_of_the_wall_clock_changes_nothing_while_the_strike_is_released(step_s: int) -> None:
    story = monitored()
    story.show(valid())
    before = story.lease
    story.wall_s = step_s
    story.wait(4.9)
    assert story.lease == before
    story.wait(0.2)
    assert story.lease is None
    story.wait(60)
    assert story.lease is None


def test_a_wait_in_the_hold_is_measured_by_the_monotonic_clock() -> None:
    story = Story(Settings(hold_ns=120 * SECOND_NS))
    story.show(valid(Colour.YELLOW))
    story.wall_s = 3600
    story.wait(119)
    assert story.status().hold is not None
    story.wait(2)
    assert story.status().hold is None


def test_the_green_lamp_goes_out_with_the_release() -> None:
    story = monitored()
    story.show(valid())
    story.wait(1)
    assert Line.GREEN in story.lit
    story.door(is_open=True)
    assert Line.GREEN not in story.lit
