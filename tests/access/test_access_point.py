"""The story of one access point, told by its effects."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gate.access.alarm import AlarmKind
from gate.access.effects import Effect, Light, Line, Momentary, Persist, Release, Secure
from gate.access.events import AccessResult, JournalLate, ModeChanged, OpenedBy, ServiceStarted
from gate.access.inputs import InputLine
from gate.access.memory import Memory
from gate.access.modes import DoorMode
from gate.access.orders import Admit, Refuse, SetMode
from gate.access.settings import Settings
from gate.access.signals import Ordered, Recorded, Signal, Started, Stopping, Tick
from gate.credential.model import Colour, RejectReason, Verdict
from gate.policy.schedule import WEEK_MIN, Schedule, Window
from gate.policy.status import Outcome
from tests.access.examples import SECOND, rejected, shown, valid
from tests.access.story import Story

LATER = 10**18
"""A press that is later than anything a story has on hold."""
ADMIT = Ordered(Admit("officer present"), "officer-1", LATER)
REFUSE = Ordered(Refuse("refused at the door"), "officer-1", LATER)


def lit(effects: tuple[Effect, ...]) -> frozenset[Line]:
    (light,) = [effect for effect in effects if isinstance(effect, Light)]
    return light.lit


def test_green_releases_and_records_in_the_same_step() -> None:
    story = Story()
    story.recorded = False
    persist, release, light = story.show(valid())
    assert release == Release(Momentary(5 * SECOND))
    assert isinstance(persist, Persist)
    assert isinstance(light, Light)
    assert light.lit == {Line.GREEN, Line.BUZZER}
    (event,) = story.access()
    assert (event.result, event.opened_by, event.release_ms) == (AccessResult.GRANTED, OpenedBy.AUTO, 5000)
    assert (event.decode_ms, event.decide_ms, event.visit) == (30, 20, 1)


def test_the_strike_is_secured_at_the_deadline() -> None:
    story = Story()
    story.show(valid())
    assert Secure() not in story.tell(Tick(), 4.9)
    assert Secure() in story.tell(Tick(), 0.1)


@pytest.mark.parametrize(
    ("verdict", "reason", "lamps"),
    [
        (valid(Colour.YELLOW), "rule_met", {Line.YELLOW}),
        (valid(Colour.RED), "rule_met", {Line.RED}),
        (valid(Colour.BLACK), "rule_met", {Line.RED, Line.ATTENTION}),
        (rejected(RejectReason.EXPIRED), "expired", {Line.RED}),
    ],
)
def test_other_colours_hold_for_the_officer(verdict: Verdict, reason: str, lamps: set[Line]) -> None:
    story = Story()
    effects = story.show(verdict)
    assert not any(isinstance(effect, Release) for effect in effects)
    assert lit(effects) - {Line.BUZZER} == lamps
    assert story.results() == [(AccessResult.HELD, reason)]


def test_the_officer_admits() -> None:
    story = Story()
    story.show(valid(Colour.YELLOW))
    effects = story.tell(ADMIT, 10)
    assert Release(Momentary(15 * SECOND)) in effects
    held, granted = story.access()
    assert (granted.result, granted.opened_by, granted.outcome) == (
        AccessResult.GRANTED,
        OpenedBy.OFFICER,
        Outcome.GRANT,
    )
    assert (granted.officer, granted.officer_reason, granted.visit) == ("officer-1", "officer present", held.visit)
    assert story.memory.holds == ()


def test_the_officer_refuses() -> None:
    story = Story()
    story.show(valid(Colour.RED))
    effects = story.tell(REFUSE, 1)
    assert not any(isinstance(effect, Release) for effect in effects)
    assert story.results()[-1] == (AccessResult.DENIED, "refused_by_officer")


def test_a_hold_times_out_as_refused() -> None:
    story = Story()
    story.show(valid(Colour.RED))
    story.tell(Tick(), 119.9)
    assert len(story.access()) == 1
    story.tell(Tick(), 0.1)
    assert story.results()[-1] == (AccessResult.DENIED, "hold_timeout")


def test_an_answer_after_the_time_out_releases_nothing() -> None:
    story = Story()
    story.show(valid(Colour.RED))
    assert not any(isinstance(effect, Release) for effect in story.tell(ADMIT, 120))


@pytest.mark.parametrize("signal", [ADMIT, REFUSE])
def test_an_answer_to_nobody_does_nothing(signal: Signal) -> None:
    assert Story().tell(signal) == ()


def test_forgery_is_denied_without_a_hold() -> None:
    story = Story()
    effects = story.show(rejected(RejectReason.BAD_SIGNATURE))
    assert story.results() == [(AccessResult.DENIED, "bad_signature")]
    assert lit(effects) == {Line.ATTENTION, Line.BUZZER}
    assert story.point.desk.hold is None


def test_a_code_held_before_the_camera_is_one_event() -> None:
    story = Story()
    for _ in range(600):
        story.show(valid(), after_s=0.1)
    assert len(story.access()) == 1


def test_a_code_shown_again_after_the_pause_is_a_new_visit() -> None:
    story = Story()
    story.show(valid())
    story.show(valid(), after_s=3)
    assert [event.visit for event in story.access()] == [1, 2]


def test_the_next_visitor_waits_while_one_is_on_hold_and_is_served_then() -> None:
    story = Story()
    story.show(valid(Colour.RED), b"first")
    story.show(valid(), b"second", 1)
    assert len(story.access()) == 1
    story.tell(REFUSE)
    story.show(valid(), b"second", 0.1)
    assert story.results()[-1] == (AccessResult.GRANTED, "rule_met")


class TestTryAgain:
    def test_a_hint_comes_first_and_then_the_officer(self) -> None:
        story = Story()
        effects = story.show(rejected(RejectReason.UNREADABLE))
        assert lit(effects) == {Line.ATTENTION, Line.BUZZER}
        assert story.access() == []
        story.show(rejected(RejectReason.UNREADABLE), after_s=1.9)
        assert story.access() == []
        story.show(rejected(RejectReason.UNREADABLE), after_s=0.1)
        assert story.results() == [(AccessResult.HELD, "unreadable")]

    def test_the_officer_is_called_even_when_the_visitor_has_gone(self) -> None:
        story = Story()
        story.show(rejected(RejectReason.UNKNOWN_FORMAT))
        story.tell(Tick(), 2)
        assert story.results() == [(AccessResult.HELD, "unknown_format")]

    def test_a_readable_code_within_the_hint_decides_alone(self) -> None:
        story = Story()
        story.show(rejected(RejectReason.UNREADABLE), b"part")
        story.show(valid(), b"whole", 1)
        story.tell(Tick(), 30)
        assert story.results() == [(AccessResult.GRANTED, "rule_met")]

    def test_a_readable_code_replaces_an_unread_one_on_hold(self) -> None:
        story = Story()
        story.show(rejected(RejectReason.SEVERAL_CODES), b"two")
        story.tell(Tick(), 2)
        story.show(valid(), b"one", 1)
        assert story.results() == [
            (AccessResult.HELD, "several_codes"),
            (AccessResult.DENIED, "replaced"),
            (AccessResult.GRANTED, "rule_met"),
        ]

    def test_another_unread_code_does_not_replace_it(self) -> None:
        story = Story()
        story.show(rejected(RejectReason.SEVERAL_CODES), b"two")
        story.tell(Tick(), 2)
        story.show(rejected(RejectReason.MALFORMED), b"torn", 1)
        story.tell(Tick(), 10)
        assert len(story.access()) == 1


class TestModes:
    def test_a_mode_acts_only_once_it_is_recorded(self) -> None:
        story = Story()
        story.recorded = False
        (persist,) = story.tell(Ordered(SetMode(DoorMode.UNLOCKED), "centre", 0))
        assert isinstance(persist, Persist)
        assert isinstance(persist.event, ModeChanged)
        assert persist.memory.mode is DoorMode.UNLOCKED
        effects = story.tell(Recorded(persist.ticket))
        assert any(isinstance(effect, Release) for effect in effects)

    def test_the_mode_in_force_is_not_recorded_again(self) -> None:
        assert Story().tell(Ordered(SetMode(DoorMode.LOCKED), "centre", 0)) == ()

    def test_lockdown_holds_a_green_visitor_and_the_officer_cannot_admit(self) -> None:
        story = Story()
        story.tell(Ordered(SetMode(DoorMode.LOCKED_DOWN), "centre", 0))
        effects = story.show(valid(), after_s=1) + story.tell(ADMIT, 1)
        assert not any(isinstance(effect, Release) for effect in effects)
        assert story.results() == [(AccessResult.HELD, "locked_down"), (AccessResult.DENIED, "locked_down")]

    def test_lockdown_secures_a_released_strike(self) -> None:
        story = Story()
        story.show(valid())
        assert Secure() in story.tell(Ordered(SetMode(DoorMode.LOCKED_DOWN), "centre", 0), 1)

    def test_a_lockdown_does_not_wait_for_the_disk(self) -> None:
        story = Story()
        story.tell(Ordered(SetMode(DoorMode.UNLOCKED), "schedule", 0))
        story.recorded = False
        assert Secure() in story.tell(Ordered(SetMode(DoorMode.LOCKED_DOWN), "centre", 0))
        for _ in range(100):
            assert not any(isinstance(effect, Release) for effect in story.tell(Tick(), 1))

    def test_a_mode_that_frees_is_overtaken_by_a_stricter_one(self) -> None:
        story = Story()
        story.recorded = False
        (unlock,) = story.tell(Ordered(SetMode(DoorMode.UNLOCKED), "schedule", 0))
        story.tell(Ordered(SetMode(DoorMode.LOCKED_DOWN), "centre", 0))
        assert isinstance(unlock, Persist)
        assert not any(isinstance(effect, Release) for effect in story.tell(Recorded(unlock.ticket)))
        assert story.point.doorway.mode is DoorMode.LOCKED_DOWN

    def test_a_lockdown_is_lifted_only_once_that_is_recorded(self) -> None:
        story = Story(memory=Memory(mode=DoorMode.LOCKED_DOWN))
        story.tell(Started("1.0"))
        story.recorded = False
        (normal,) = story.tell(Ordered(SetMode(DoorMode.LOCKED), "centre", 0))
        assert isinstance(normal, Persist)
        assert not any(isinstance(effect, Release) for effect in story.show(valid(), after_s=1))
        story.tell(Recorded(normal.ticket))
        assert any(isinstance(effect, Release) for effect in story.tell(ADMIT))

    def test_unlocked_is_renewed_for_as_long_as_it_lasts(self) -> None:
        story = Story()
        story.tell(Ordered(SetMode(DoorMode.UNLOCKED), "schedule", 0))
        for _ in range(10):
            deadline_ns = story.point.deadline_ns(story.now_ns)
            assert deadline_ns is not None
            effects = story.tell(Tick(), (deadline_ns - story.now_ns) / SECOND)
            assert any(isinstance(effect, Release) for effect in effects)
        assert Secure() in story.tell(Ordered(SetMode(DoorMode.LOCKED), "schedule", 0))


class TestRecordedWhileWalking:
    def test_a_late_record_is_told(self) -> None:
        story = Story()
        story.recorded = False
        story.show(valid())
        effects = story.tell(Tick(), 0.25)
        assert Secure() not in effects
        (late,) = [event for event in story.events if isinstance(event, JournalLate)]
        assert (late.visit, late.waited_ms, late.secured) == (1, 250, False)

    def test_a_late_record_is_an_alarm_until_it_comes(self) -> None:
        story = Story()
        story.recorded = False
        story.show(valid())
        story.tell(Tick(), 0.25)
        assert [alarm.kind for alarm in story.status().alarms] == [AlarmKind.JOURNAL_LATE]
        assert Line.ATTENTION in story.lit
        story.tell(Recorded(1), 3)
        assert story.status().alarms == ()

    def test_a_late_record_takes_a_grant_back_from_under_a_request_to_exit(self) -> None:
        story = Story(Settings(journal_required=True))
        story.recorded = False
        story.press(InputLine.REX)
        story.show(valid())
        story.wait(0.3)
        (late,) = [event for event in story.events if isinstance(event, JournalLate)]
        assert not late.secured, "whoever goes out still may"
        assert story.lease == Momentary(5 * SECOND)
        story.wait(4.5)
        assert not story.released

    def test_a_late_record_secures_where_the_journal_is_required(self) -> None:
        story = Story(Settings(journal_required=True))
        story.recorded = False
        story.show(valid())
        assert Secure() in story.tell(Tick(), 0.25)
        assert [event.secured for event in story.events if isinstance(event, JournalLate)] == [True]

    def test_a_record_in_time_is_not_late(self) -> None:
        story = Story()
        story.show(valid())
        story.tell(Tick(), 1)
        assert not any(isinstance(event, JournalLate) for event in story.events)

    def test_nobody_is_let_in_while_an_earlier_release_is_still_unrecorded(self) -> None:
        story = Story(Settings(journal_required=True))
        story.recorded = False
        story.show(valid(), b"first")
        story.tell(Tick(), 0.25)
        effects = story.show(valid(), b"second", 1)
        assert not any(isinstance(effect, Release) for effect in effects)
        assert story.results()[-1] == (AccessResult.HELD, "unrecorded")

    def test_a_late_record_does_not_secure_the_next_visitors_release(self) -> None:
        story = Story(Settings(journal_required=True))
        story.recorded = False
        story.show(valid(), b"first")
        story.recorded = True
        story.show(valid(), b"second", 0.2)
        assert Secure() not in story.tell(Tick(), 0.05)


class TestStaleSignals:
    def test_a_frame_of_somebody_who_may_have_left_decides_nothing(self) -> None:
        story = Story()
        old = shown(valid(), b"code", 0)
        assert story.tell(old, 2.5) == ()

    def test_a_press_before_the_hold_does_not_mean_this_visitor(self) -> None:
        story = Story()
        story.show(rejected(RejectReason.UNREADABLE), b"part")
        story.tell(Tick(), 2)
        pressed_ns = story.now_ns + SECOND
        story.show(valid(Colour.BLACK), b"black", 1.5)
        late = Ordered(Admit("officer present"), "officer-1", pressed_ns)
        assert not any(isinstance(effect, Release) for effect in story.tell(late))
        assert story.point.desk.hold is not None
        assert story.point.desk.hold.event.colour is Colour.BLACK

    def test_an_answer_that_names_a_visit_means_no_other(self) -> None:
        story = Story()
        story.show(valid(Colour.RED))
        assert story.tell(Ordered(Admit("known", visit=2), "remote", LATER)) == ()
        assert any(isinstance(e, Release) for e in story.tell(Ordered(Admit("known", visit=1), "remote", LATER)))


class TestForgeries:
    def test_a_flood_of_forgeries_is_told_once_in_a_while(self) -> None:
        story = Story()
        for number in range(600):
            story.show(rejected(RejectReason.BAD_SIGNATURE), number.to_bytes(2, "big"), 0.1)
        assert 20 <= len(story.access()) <= 31

    def test_a_forgery_ends_nobodys_hold(self) -> None:
        story = Story()
        story.show(rejected(RejectReason.UNREADABLE), b"part")
        story.tell(Tick(), 2)
        story.show(rejected(RejectReason.BAD_SIGNATURE), b"forged", 1)
        assert story.results() == [(AccessResult.HELD, "unreadable"), (AccessResult.DENIED, "bad_signature")]
        assert story.status().hold is not None

    def test_a_forgery_is_told_whoever_is_on_hold_and_covers_nobodys_sign(self) -> None:
        story = Story()
        story.show(valid(Colour.RED), b"red")
        story.wait(3)
        before = story.lit
        story.show(rejected(RejectReason.BAD_SIGNATURE), b"forged")
        assert story.results()[-1] == (AccessResult.DENIED, "bad_signature")
        assert story.lit == before | {Line.ATTENTION}

    def test_a_forgery_does_not_cover_the_sign_of_a_release(self) -> None:
        story = Story()
        story.show(valid())
        story.show(rejected(RejectReason.BAD_SIGNATURE), b"forged", 1)
        assert story.point.panel.tower.light(story.now_ns).lit == {Line.GREEN, Line.ATTENTION}


class TestRestart:
    def test_the_mode_is_restored(self) -> None:
        story = Story(memory=Memory(mode=DoorMode.LOCKED_DOWN, visits=41))
        story.tell(Started("1.0"))
        (started,) = [event for event in story.events if isinstance(event, ServiceStarted)]
        assert started.mode is DoorMode.LOCKED_DOWN
        story.show(valid(), after_s=1)
        assert story.results() == [(AccessResult.HELD, "locked_down")]
        assert story.access()[0].visit == 42

    def test_an_unlocked_door_is_unlocked_again(self) -> None:
        story = Story(memory=Memory(mode=DoorMode.UNLOCKED))
        assert any(isinstance(effect, Release) for effect in story.tell(Started("1.0")))

    def test_the_schedule_waits_for_what_is_restored(self) -> None:
        always = Settings(schedule=Schedule((Window(0, WEEK_MIN),)))
        story = Story(always, Memory(mode=DoorMode.LOCKED_DOWN))
        story.tell(Started("1.0"))
        assert story.events[0].name == "system.started"
        assert not any(isinstance(event, ModeChanged) for event in story.events), "the lockdown goes on"

    def test_a_hold_that_the_service_died_with_is_ended(self) -> None:
        before = Story()
        before.show(valid(Colour.BLACK))
        story = Story(memory=before.memory)
        story.tell(Started("1.0"))
        assert story.results() == [(AccessResult.DENIED, "service_restarted")]
        assert story.access()[0].visit == 1
        assert story.memory.holds == ()

    def test_stopping_ends_the_visit_of_one_who_tries_again(self) -> None:
        story = Story()
        story.show(rejected(RejectReason.UNREADABLE))
        story.tell(Stopping("update"))
        assert story.results() == [(AccessResult.DENIED, "service_stopped")]

    def test_stopping_secures_and_ends_the_hold(self) -> None:
        story = Story()
        story.show(valid(Colour.BLACK))
        effects = story.tell(Stopping("stopped in order"), 1)
        assert Secure() in effects
        assert lit(effects) == frozenset()
        assert story.results()[-1] == (AccessResult.DENIED, "service_stopped")
        assert story.events[-1].name == "system.stopped"


def test_no_event_carries_what_the_officer_alone_may_read() -> None:
    story = Story()
    story.show(replace(rejected(RejectReason.BAD_SIGNATURE), detail="SECRET DETAIL"), b"SECRET CODE")
    assert "SECRET" not in repr(story.events)
