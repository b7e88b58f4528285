"""The officer's desk: assisted entry, the queue, answers that name a visit, and the self-test beside it."""

from __future__ import annotations

import pytest

from gate.access.alarm import AlarmKind
from gate.access.effects import Line, Momentary
from gate.access.events import AccessResult, AlarmStep, LockResult, OpenedBy, OrderRefused, SelfTested, SelfTestEnded
from gate.access.inputs import InputLine, Wiring
from gate.access.modes import DoorMode
from gate.access.orders import Admit, Attestation, Refuse, SelfTest, SetMode
from gate.access.patterns import Sign
from gate.access.refusals import MOST_ACCOUNTS, OTHERS
from gate.access.settings import SelfTestAtStart, Settings
from gate.access.signals import ControlRefused, Recorded, Started
from gate.credential.model import Colour, RejectReason, Verdict
from tests.access.examples import SECOND, rejected, valid
from tests.access.story import Story

COMPLETE = Attestation(healthy=True, protocol_kept=True)


class TestSeveralCodes:
    """Scenario 20: two people's codes in one frame, or one on a shirt behind."""

    def test_nobody_is_let_in_and_the_visitor_is_asked_to_come_alone(self) -> None:
        story = Story()
        for _ in range(40):
            story.show(rejected(RejectReason.SEVERAL_CODES), b"both", after_s=0.1)
            assert not story.released
        assert story.point.panel.tower.showing(story.now_ns).sign is Sign.HELD_UNREAD, "after a hint to try again"
        assert story.results() == [(AccessResult.HELD, "several_codes")]

    def test_the_one_who_then_comes_alone_is_decided_at_once(self) -> None:
        for seconds in (1, 5):
            story = Story()
            for _ in range(seconds * 10):
                story.show(rejected(RejectReason.SEVERAL_CODES), b"both", after_s=0.1)
            story.show(valid(), b"one", after_s=0.1)
            assert story.released
            assert story.results()[-1] == (AccessResult.GRANTED, "rule_met")


class TestAssistedEntry:
    def test_an_attested_visitor_without_a_code_is_let_in_and_counted(self) -> None:
        story = Story()
        assert story.order(Admit("no_phone", attestation=COMPLETE)).done
        (event,) = story.access()
        assert (event.result, event.reason, event.opened_by) == (AccessResult.GRANTED, "assisted", OpenedBy.OFFICER)
        assert (event.officer, event.officer_reason, event.attestation) == ("uid-1001", "no_phone", COMPLETE)
        assert (event.assisted, story.memory.assisted) == (1, 1)
        assert story.lease == Momentary(5 * SECOND)

    @pytest.mark.parametrize(
        "attestation",
        [None, Attestation(healthy=False, protocol_kept=True), Attestation(healthy=True, protocol_kept=False)],
    )
    def test_without_a_complete_attestation_nobody_is(self, attestation: Attestation | None) -> None:
        story = Story()
        reply = story.order(Admit("no_phone", attestation=attestation))
        assert not reply.done
        assert "attest" in reply.text
        assert (story.lease, story.events) == (None, [])

    def test_the_button_attests_where_the_site_says_so(self) -> None:
        allowed, not_allowed = Story(), Story(Settings(assist_by_button=False))
        for story in (allowed, not_allowed):
            story.wait(3)
            story.press(InputLine.ADMIT)
        assert allowed.results() == [(AccessResult.GRANTED, "assisted")]
        assert not_allowed.events == []

    def test_a_second_press_for_the_visitor_before_lets_nobody_in(self) -> None:
        story = Story()
        story.show(valid(Colour.YELLOW))
        story.wait(1)
        story.press(InputLine.ADMIT)
        story.press(InputLine.ADMIT)
        assert story.memory.assisted == 0

    def test_a_press_just_after_a_hold_ended_lets_nobody_in(self) -> None:
        story = Story()
        story.show(valid(Colour.YELLOW))
        story.wait(121)
        assert story.status().hold is None
        story.press(InputLine.ADMIT)
        assert story.memory.assisted == 0

    def test_a_journal_that_is_required_and_late_lets_nobody_in(self) -> None:
        story = Story(Settings(journal_required=True))
        story.recorded = False
        story.show(valid())
        story.wait(6)
        assert not story.order(Admit("no_phone", attestation=COMPLETE)).done
        assert not story.released

    def test_a_lockdown_lets_nobody_in(self) -> None:
        story = Story()
        story.order(SetMode(DoorMode.LOCKED_DOWN))
        assert not story.order(Admit("no_phone", attestation=COMPLETE)).done
        assert story.lease is None


class TestQueue:
    def test_whoever_left_before_their_turn_is_told_as_that(self) -> None:
        story = Story()
        story.show(valid(Colour.YELLOW), b"first")
        story.show(valid(), b"second")
        assert story.status().queued
        story.wait(30)
        story.order(Refuse("unwell"))
        assert story.results()[-2:] == [
            (AccessResult.DENIED, "refused_by_officer"),
            (AccessResult.DENIED, "left_queue"),
        ]

    def test_the_place_of_one_who_left_is_taken(self) -> None:
        story = Story()
        story.show(valid(Colour.YELLOW), b"first")
        story.show(valid(), b"second")
        story.show(valid(), b"third", after_s=10)
        assert story.results()[-1] == (AccessResult.DENIED, "left_queue")
        story.order(Refuse("unwell"))
        assert story.results()[-1] == (AccessResult.GRANTED, "rule_met")

    @pytest.mark.parametrize(
        ("later", "ends"),
        [
            (rejected(RejectReason.EXPIRED), (AccessResult.HELD, "expired")),
            (rejected(RejectReason.REVOKED), (AccessResult.HELD, "revoked")),
            (rejected(RejectReason.BAD_SIGNATURE), (AccessResult.DENIED, "bad_signature")),
        ],
    )
    def test_what_the_code_is_worth_at_its_turn_counts(self, later: Verdict, ends: tuple[AccessResult, str]) -> None:
        """A pass may end, or be revoked, while its holder waits behind another."""
        story = Story()
        story.show(valid(Colour.YELLOW), b"first")
        story.show(valid(), b"second", after_s=1)
        story.show(later, b"second", after_s=1)
        story.order(Refuse("unwell"))
        assert story.results()[-1] == ends
        assert not story.released

    def test_who_turns_black_while_waiting_is_an_alarm_at_once_and_one_visit(self) -> None:
        story = Story()
        story.show(valid(Colour.YELLOW), b"first")
        story.show(valid(), b"second", after_s=1)
        for _ in range(3):
            story.show(valid(Colour.BLACK), b"second", after_s=1)
        assert [(alarm.kind, alarm.visit) for alarm in story.status().alarms] == [(AlarmKind.BLACK, 2)]
        story.order(Refuse("unwell"))
        hold = story.status().hold
        assert hold is not None
        assert [event.visit for event in story.access()] == [1, 2, 1]

    def test_a_black_visitor_behind_another_is_an_alarm_at_once_also_when_they_leave(self) -> None:
        story = Story()
        story.show(valid(Colour.YELLOW), b"first")
        story.show(valid(Colour.BLACK), b"second", after_s=1)
        assert story.results()[-1] == (AccessResult.HELD, "rule_met")
        assert [(alarm.kind, alarm.visit) for alarm in story.status().alarms] == [(AlarmKind.BLACK, 2)]
        assert [event.visit for event in story.memory.holds] == [1, 2]
        story.wait(30)
        story.order(Refuse("unwell"))
        assert [(event.visit, event.reason) for event in story.access()[-2:]] == [
            (1, "refused_by_officer"),
            (2, "left_queue"),
        ]
        assert story.memory.holds == ()

    def test_a_black_visitor_who_stays_is_served_as_the_same_visit(self) -> None:
        story = Story()
        story.show(valid(Colour.YELLOW), b"first")
        story.show(valid(Colour.BLACK), b"second", after_s=1)
        story.order(Refuse("unwell"))
        hold = story.status().hold
        assert hold is not None
        assert (hold.visit, hold.colour) == (2, Colour.BLACK)
        story.order(Refuse("unwell"))
        assert [event.result for event in story.access() if event.visit == 2] == [
            AccessResult.HELD,
            AccessResult.DENIED,
        ]
        assert [step for _, step in story.alarm_steps()] == [AlarmStep.RAISED]

    def test_a_restart_ends_the_visits_of_both(self) -> None:
        story = Story()
        story.show(valid(Colour.YELLOW), b"first")
        story.show(valid(Colour.BLACK), b"second", after_s=1)
        again = Story(memory=story.memory)
        again.tell(Started("1.0"))
        assert again.results() == [(AccessResult.DENIED, "service_restarted")] * 2

    def test_somebody_who_waits_is_shown_so(self) -> None:
        story = Story()
        story.show(valid(Colour.RED), b"first")
        story.wait(3)
        story.show(valid(), b"second")
        assert Line.YELLOW in story.lit


def test_an_answer_is_always_with_who_and_why() -> None:
    story = Story()
    story.show(valid(Colour.RED))
    story.order(Admit("urgent_service"))
    event = story.access()[-1]
    assert (event.officer, event.officer_reason, event.reason) == ("uid-1001", "urgent_service", "admitted_by_officer")


def refusals(story: Story) -> list[tuple[str, str, int]]:
    return [(event.by, event.verb, event.more) for event in story.events if isinstance(event, OrderRefused)]


def test_callers_who_may_not_are_recorded_but_fill_no_journal() -> None:
    story = Story()
    for _ in range(50):
        story.tell(ControlRefused("uid-1005", "admit"), after_s=0.1)
    story.wait(11)
    assert refusals(story) == [("uid-1005", "admit", 0), ("uid-1005", "admit", 48)]


def test_each_of_them_is_named() -> None:
    story = Story()
    for by, verb in (("uid-1", "admit"), ("uid-2", "emergency"), ("uid-1", "normal")):
        story.tell(ControlRefused(by, verb), after_s=0.1)
    story.wait(30)
    assert refusals(story) == [("uid-1", "admit", 0), ("uid-2", "emergency", 0), ("uid-1", "normal", 0)]


def test_more_of_them_than_anybody_counts_are_counted_together() -> None:
    story = Story()
    for number in range(100):
        story.tell(ControlRefused(f"uid-{number}", "admit"))
    story.wait(11)
    told = refusals(story)
    assert len(told) == MOST_ACCOUNTS + 2
    assert told[-1] == (OTHERS, "admit", 82)
    assert sum(1 + more for _, _, more in told) == 100


def test_an_admission_in_a_lockdown_says_that_the_hold_is_over() -> None:
    story = Story()
    story.show(valid(Colour.YELLOW))
    story.order(SetMode(DoorMode.LOCKED_DOWN))
    reply = story.order(Admit("no_phone"))
    assert not reply.done
    assert "turned away" in reply.text
    assert story.status().hold is None


class TestSelfTest:
    def test_every_lamp_is_shown_and_the_buzzer_sounds(self) -> None:
        story, seen = Story(), set[Line]()
        story.order(SelfTest())
        for _ in range(25):
            seen |= story.lit
            story.wait(0.1)
        assert seen == set(Line)
        assert story.names() == ["system.self_test", "system.self_test_ended"]
        assert story.lease is None

    @pytest.mark.parametrize(
        ("wiring", "bolt_moves", "found"),
        [
            (frozenset[Wiring](), False, LockResult.UNKNOWN),
            (frozenset({Wiring.LOCK_MONITOR}), True, LockResult.PASSED),
            (frozenset({Wiring.LOCK_MONITOR}), False, LockResult.FAILED),
        ],
    )
    def test_the_relay_moves_once_that_is_recorded(
        self, wiring: frozenset[Wiring], found: LockResult, *, bolt_moves: bool
    ) -> None:
        story = Story(Settings(wiring=wiring))
        story.order(SelfTest(relay=True))
        assert story.lease == Momentary(SECOND // 5)
        if bolt_moves:
            for active in (True, False):
                story.sense(InputLine.LOCK_MONITOR, active=active)
                story.wait(0.2)
        story.wait(3)
        (begun,), (ended,) = (
            [event for event in story.events if isinstance(event, kind)] for kind in (SelfTested, SelfTestEnded)
        )
        assert isinstance(begun, SelfTested)
        assert begun.release_ms == 200
        assert isinstance(ended, SelfTestEnded)
        assert ended.lock is found

    def test_no_record_no_movement(self) -> None:
        story = Story()
        story.recorded = False
        story.order(SelfTest(relay=True))
        story.wait(3)
        assert story.lease is None

    @pytest.mark.parametrize("mode", [DoorMode.LOCKED_DOWN, DoorMode.UNLOCKED, DoorMode.LOCKED_OPEN])
    def test_the_relay_is_tested_at_a_locked_door_alone(self, mode: DoorMode) -> None:
        story = Story()
        story.order(SetMode(mode))
        before = story.lease
        assert not story.order(SelfTest(relay=True)).done
        assert story.lease == before

    def test_nor_while_it_is_open(self) -> None:
        story = Story(Settings(wiring=frozenset({Wiring.DOOR_MONITOR})))
        story.sense(InputLine.DOOR_MONITOR, active=True, initial=True)
        assert not story.order(SelfTest(relay=True)).done
        assert not story.released

    @pytest.mark.parametrize(
        ("bolt", "lock"),
        [([], LockResult.FAILED), ([True], LockResult.FAILED), ([True, False], LockResult.PASSED)],
        ids=["never moved", "stayed free", "came back"],
    )
    def test_the_bolt_has_to_come_back(self, bolt: list[bool], lock: LockResult) -> None:
        story = Story(Settings(wiring=frozenset({Wiring.LOCK_MONITOR})))
        story.order(SelfTest(relay=True))
        for active in bolt:
            story.wait(0.1)
            story.sense(InputLine.LOCK_MONITOR, active=active)
        story.wait(4)
        assert [event.lock for event in story.events if isinstance(event, SelfTestEnded)] == [lock]

    def test_a_relay_that_was_not_moved_was_not_tested(self) -> None:
        story = Story(Settings(wiring=frozenset({Wiring.LOCK_MONITOR})))
        story.recorded = False
        story.order(SelfTest(relay=True))
        story.order(SetMode(DoorMode.LOCKED_DOWN))
        story.tell(Recorded(1))
        story.wait(4)
        assert [event.lock for event in story.events if isinstance(event, SelfTestEnded)] == [LockResult.NOT_TESTED]

    @pytest.mark.parametrize("at_start", SelfTestAtStart)
    def test_at_the_start_as_the_site_wants_it(self, at_start: SelfTestAtStart) -> None:
        story = Story(Settings(self_test_at_start=at_start))
        story.tell(Started("1.0"))
        assert ("system.self_test" in story.names()) is (at_start is not SelfTestAtStart.OFF)
        assert (story.lease is not None) is (at_start is SelfTestAtStart.RELAY)
