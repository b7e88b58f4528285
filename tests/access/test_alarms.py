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
from gate.access.patterns import Sign
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

    @pytest.mark.parametrize("discreet", [False, True])
    def test_discreet_shows_and_sounds_red_and_black_alike_but_for_the_officers_lamp(self, *, discreet: bool) -> None:
        stories = [Story(Settings(discreet=discreet)) for _ in range(2)]
        alike = True
        for story, colour in zip(stories, (Colour.RED, Colour.BLACK), strict=True):
            story.show(valid(colour))
        for _ in range(40):
            red, black = (story.lit - {Line.ATTENTION} for story in stories)
            alike = alike and red == black
            for story in stories:
                story.wait(0.1)
        assert alike is discreet


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

    def test_each_one_is_told_whatever_became_of_the_one_before(self) -> None:
        story = Story()
        for _ in range(2):
            self.forced(story)
            story.wait(60)
        again = Story(memory=story.memory)
        again.tell(Started("1.0"))
        self.forced(again)
        assert story.alarm_steps() + again.alarm_steps() == [("duress", RAISED)] * 3

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

    @pytest.mark.parametrize("answer", [True, False], ids=["refused", "timed out"])
    def test_its_end_is_not_shown_as_that_of_a_visitor(self, *, answer: bool) -> None:
        story = Story()
        story.order(Drill(Colour.RED))
        if answer:
            story.order(Refuse("officer_present"))
        else:
            story.wait(121)
        assert story.status().hold is None
        assert story.lit == frozenset()

    def test_it_does_not_begin_while_somebody_tries_again(self) -> None:
        story = Story()
        story.show(rejected(RejectReason.UNREADABLE))
        assert not story.order(Drill(Colour.RED)).done

    def test_a_real_alarm_comes_before_that_of_a_drill(self) -> None:
        story = Story()
        story.order(Drill(Colour.BLACK))
        story.wait(61)
        story.press(InputLine.HELP)
        story.wait(3)
        assert story.point.panel.tower.alarm is not None
        assert story.point.panel.tower.alarm.sign is Sign.ALARM

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


def test_room_is_never_made_by_ending_what_lasts_or_is_silent() -> None:
    story = Story(Settings(reread_ns=0))
    story.sense(InputLine.EMERGENCY, active=True)
    TestDuress.forced(story)
    for number in range(MOST + 3):
        story.show(valid(Colour.BLACK), str(number).encode())
        story.order(Refuse("unwell"))
        story.wait(3)
    kinds = [alarm.kind for alarm in story.memory.alarms]
    assert len(kinds) == MOST
    assert kinds[:2] == [AlarmKind.EMERGENCY, AlarmKind.DURESS]


def test_those_that_await_a_follow_up_make_room_first() -> None:
    story = Story(Settings(reread_ns=0))
    story.show(valid(Colour.BLACK), b"unseen")
    story.order(Refuse("unwell"))
    for number in range(MOST):
        story.wait(3)
        story.show(valid(Colour.BLACK), str(number).encode())
        story.order(Refuse("unwell"))
        story.order(Acknowledge(story.memory.alarms[-1].number))
    assert story.memory.alarms[0].acknowledged_by is None
    assert len(story.memory.alarms) == MOST


def test_what_lasted_before_a_restart_is_over_until_it_is_found_again() -> None:
    story = Story()
    story.sense(InputLine.TAMPER, active=True)
    story.order(Acknowledge())
    again = Story(memory=story.memory)
    again.tell(Started("1.0"))
    assert again.status().alarms == ()
    again.sense(InputLine.TAMPER, active=True, initial=True)
    assert [alarm.kind for alarm in again.status().alarms] == [AlarmKind.TAMPER]


def test_one_that_comes_again_while_open_lasts_again() -> None:
    story = Story()
    for active in (True, False, True):
        story.sense(InputLine.TAMPER, active=active)
    story.order(Acknowledge())
    assert [alarm.kind for alarm in story.status().alarms] == [AlarmKind.TAMPER]


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
