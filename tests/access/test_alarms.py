"""Alarms: what raises them, who is called, what they wait for, and that each ends in exactly one event."""

from __future__ import annotations

import pytest

from gate.access.alarm import WANTS, AlarmKind
from gate.access.alarms import MOST
from gate.access.devices import FAULTS, Device
from gate.access.effects import Line
from gate.access.events import AlarmEvent, AlarmStep
from gate.access.inputs import InputLine
from gate.access.orders import Acknowledge, Drill, FollowUp, FollowUpOutcome, Refuse
from gate.access.patterns import PATTERNS, Sign
from gate.access.settings import Settings
from gate.access.signals import DeviceChanged, Started
from gate.credential.model import Colour, RejectReason
from tests.access.examples import rejected, valid
from tests.access.story import Story

RAISED, ESCALATED, ACKNOWLEDGED, FOLLOWED_UP, CLEARED = AlarmStep


def with_black() -> Story:
    """A black visitor is on hold."""
    story = Story()
    story.show(valid(Colour.BLACK))
    return story


class TestBlack:
    def test_the_alarm_stays_after_the_hold_until_it_is_acknowledged(self) -> None:
        story = with_black()
        story.wait(2.5)
        story.press(InputLine.REFUSE)
        story.wait(5)
        assert Line.ATTENTION in story.lit
        story.press(InputLine.ACKNOWLEDGE)
        assert Line.ATTENTION not in story.lit

    def test_it_escalates_to_the_second_light_and_as_a_message_when_nobody_comes(self) -> None:
        story = with_black()
        story.wait(59)
        assert Line.ALARM not in story.lit
        story.wait(2)
        assert {Line.ATTENTION, Line.ALARM} <= story.lit
        assert story.alarm_steps() == [("black", RAISED), ("black", ESCALATED)]

    def test_an_acknowledged_one_does_not_escalate(self) -> None:
        story = with_black()
        story.press(InputLine.ACKNOWLEDGE)
        story.wait(600)
        assert ("black", ESCALATED) not in story.alarm_steps()

    @pytest.mark.parametrize("outcome", [one for one in FollowUpOutcome if one is not FollowUpOutcome.NOT_RECORDED])
    def test_it_takes_what_became_of_the_person_and_is_over_then(self, outcome: FollowUpOutcome) -> None:
        story = with_black()
        story.order(Acknowledge())
        assert story.status().alarms[0].awaits_follow_up
        assert story.order(FollowUp(outcome)).done
        assert [step for _, step in story.alarm_steps()] == [RAISED, ACKNOWLEDGED, FOLLOWED_UP, CLEARED]
        told = [event for event in story.events if isinstance(event, AlarmEvent) and event.step is FOLLOWED_UP]
        assert [(event.outcome, event.by) for event in told] == [(outcome, "uid-1001")]
        assert story.status().alarms == ()

    def test_a_restart_forgets_neither_the_alarm_nor_its_visit(self) -> None:
        story = with_black()
        again = Story(memory=story.memory)
        again.tell(Started("1.0"))
        (alarm,) = again.status().alarms
        assert (alarm.kind, alarm.visit) == (AlarmKind.BLACK, 1)
        again.wait(61)
        assert ("black", ESCALATED) in again.alarm_steps()

    def test_discreet_shows_red_and_black_alike_but_for_the_officers_lamp(self) -> None:
        lights = []
        for colour in (Colour.RED, Colour.BLACK):
            story = Story(Settings(discreet=True))
            story.show(valid(colour))
            lights.append(story.lit)
        assert lights[1] - lights[0] == {Line.ATTENTION}
        assert PATTERNS[Sign.HELD_RED].buzzer != PATTERNS[Sign.HELD_BLACK].buzzer


class TestOthers:
    def test_a_visitor_calls_the_officer(self) -> None:
        story = Story()
        story.press(InputLine.HELP)
        story.press(InputLine.HELP)
        assert story.alarm_steps() == [("help", RAISED)]
        assert Line.ATTENTION in story.lit
        story.press(InputLine.ACKNOWLEDGE)
        assert story.lit == frozenset()

    def test_a_forged_code_is_a_quiet_alarm(self) -> None:
        story = Story()
        story.show(rejected(RejectReason.BAD_SIGNATURE))
        story.wait(3)
        assert story.lit == {Line.ATTENTION}
        assert story.alarm_steps() == [("forged", RAISED)]

    def test_a_stuck_button_is_told_until_it_is_free(self) -> None:
        story = Story()
        story.press(InputLine.HELP, 61)
        assert ("stuck_input", RAISED) in story.alarm_steps()
        assert ("stuck_input", CLEARED) in story.alarm_steps()

    def test_a_decoder_in_quarantine_calls_the_officer_until_it_works_again(self) -> None:
        story = Story()
        story.tell(DeviceChanged(Device.DECODER_ZXING, working=False))
        story.tell(DeviceChanged(Device.DECODER_ZXING, working=False))
        assert story.alarm_steps() == [("decoder_fault", RAISED)]
        assert [alarm.detail for alarm in story.status().alarms] == ["decoder_zxing"]
        assert story.lit == {Line.ATTENTION}, "the tower is for visitors"
        story.press(InputLine.ACKNOWLEDGE)
        assert story.lit == frozenset()
        story.tell(DeviceChanged(Device.DECODER_ZXING, working=True))
        assert [step for _, step in story.alarm_steps()] == [RAISED, ACKNOWLEDGED, CLEARED]

    def test_each_decoder_has_an_alarm_of_its_own(self) -> None:
        story = Story()
        for device in (Device.DECODER_ZXING, Device.DECODER_ZBAR):
            story.tell(DeviceChanged(device, working=False))
        story.tell(DeviceChanged(Device.DECODER_ZBAR, working=True))
        assert [alarm.detail for alarm in story.status().alarms] == ["decoder_zxing"]

    def test_a_decoder_in_quarantine_is_no_matter_of_the_door_or_its_visitor(self) -> None:
        story, calm = with_black(), with_black()
        story.press(InputLine.ACKNOWLEDGE)
        calm.press(InputLine.ACKNOWLEDGE)
        story.tell(DeviceChanged(Device.DECODER_ZBAR, working=False))
        assert story.lit - calm.lit == {Line.ATTENTION} - calm.lit
        assert (story.lease, story.results()) == (calm.lease, calm.results())

    def test_a_camera_and_its_lens_are_told_apart_and_end_by_themselves(self) -> None:
        story = Story()
        story.tell(DeviceChanged(Device.CAMERA, working=False))
        story.tell(DeviceChanged(Device.CAMERA_LENS, working=False))
        assert [(alarm.kind, alarm.detail) for alarm in story.status().alarms] == [
            ("camera_fault", "camera"),
            ("camera_fault", "camera_lens"),
        ]
        assert story.lit == {Line.ATTENTION}, "the tower is for visitors"
        story.tell(DeviceChanged(Device.CAMERA, working=True))
        story.tell(DeviceChanged(Device.CAMERA_LENS, working=True))
        assert story.status().alarms == ()
        assert story.lit == frozenset()

    def test_a_restart_ends_it_until_it_is_found_again(self) -> None:
        story = Story()
        story.tell(DeviceChanged(Device.DECODER_ZBAR, working=False))
        again = Story(memory=story.memory)
        again.tell(Started("1.0"))
        assert again.alarm_steps() == [("decoder_fault", CLEARED)]

    def test_every_device_raises_an_alarm_of_some_kind(self) -> None:
        assert FAULTS.keys() == set(Device)

    def test_every_kind_that_can_call_nobody_any_more_ends(self) -> None:
        assert WANTS.keys() == set(AlarmKind)


class TestDuress:
    @staticmethod
    def forced(story: Story) -> None:
        for active in (True, False):
            for line in (InputLine.ADMIT, InputLine.REFUSE):
                story.sense(line, active=active)
            story.wait(3.1)

    def test_it_is_silent_at_the_door_and_told_to_the_centre_at_once(self) -> None:
        story, calm = with_black(), with_black()
        self.forced(story)
        calm.wait(6.2)
        assert story.alarm_steps() == [("black", RAISED), ("duress", RAISED)]
        assert story.lit == calm.lit
        assert story.status() == calm.status(), "nobody who looks over the officer's shoulder sees it"
        assert story.access()[-1].result == calm.access()[-1].result, "neither button was meant"

    def test_acknowledging_everything_does_not_end_it_but_its_own_number_does(self) -> None:
        story = Story()
        self.forced(story)
        story.press(InputLine.ACKNOWLEDGE)
        assert not story.order(Acknowledge()).done
        assert story.order(Acknowledge(1)).done
        assert story.alarm_steps()[-1] == ("duress", CLEARED)


class TestDrills:
    @pytest.mark.parametrize("colour", [Colour.BLACK, Colour.RED])
    def test_everything_it_causes_is_marked_at_the_door_and_in_the_events(self, colour: Colour) -> None:
        story = Story()
        assert story.order(Drill(colour)).done
        story.wait(90)
        story.order(Refuse("officer_present"))
        for alarm in story.status().alarms:
            assert alarm.drill
            story.order(Acknowledge(alarm.number))
            story.order(FollowUp(FollowUpOutcome.FALSE_MATCH))
        assert all(event.drill for event in story.access())
        assert all(event.alarm.drill for event in story.events if isinstance(event, AlarmEvent))
        assert {name.partition(".")[0] for name in story.names()} <= {"access", "alarm"}
        assert ("black", ESCALATED) in story.alarm_steps() or colour is Colour.RED

    def test_an_admission_in_a_drill_moves_no_strike(self) -> None:
        story = Story()
        story.order(Drill(Colour.RED))
        story.wait(3)
        story.press(InputLine.ADMIT)
        assert [name for name in story.names() if "access" in name] == ["access.held", "access.granted"]
        assert story.lease is None
        assert story.access()[-1].release_ms == 0

    def test_a_visitor_comes_before_it(self) -> None:
        story = Story()
        story.show(valid(Colour.YELLOW))
        assert not story.order(Drill(Colour.BLACK)).done
        story = Story()
        story.order(Drill(Colour.BLACK))
        story.show(valid())
        assert story.lease is not None
        assert story.access()[1].reason == "replaced"

    @pytest.mark.parametrize("colour", [Colour.GREEN, Colour.YELLOW])
    def test_only_what_needs_the_officer_is_drilled(self, colour: Colour) -> None:
        story = Story()
        assert not story.order(Drill(colour)).done
        assert story.events == []


def test_so_many_that_nobody_followed_up_that_the_oldest_makes_room() -> None:
    story = Story(Settings(reread_ns=0))
    for number in range(MOST + 3):
        story.show(valid(Colour.BLACK), str(number).encode())
        story.order(Refuse("unwell"))
        story.order(Acknowledge())
        story.wait(3)
    assert len(story.memory.alarms) == MOST
    dropped = [e for e in story.events if isinstance(e, AlarmEvent) and e.outcome is FollowUpOutcome.NOT_RECORDED]
    assert [event.alarm.number for event in dropped] == [1, 2, 3]
