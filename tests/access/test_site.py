"""Who is inside, who comes twice, and what the gates of a site make of what they hear of one another."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from gate.access.alarm import AlarmKind
from gate.access.events import AccessResult, AlarmEvent, AlarmStep, Event, Passage, PassageEvent
from gate.access.inputs import InputLine, Wiring
from gate.access.memory import Memory
from gate.access.modes import DoorMode
from gate.access.orders import Acknowledge, Admit, Attestation, Drill, ResetPassback, SetMode, SetOccupancy
from gate.access.settings import Settings
from gate.access.signals import SiteHeard, SiteJoined, Started
from gate.access.site_events import CheckedOut, OccupancyCorrected, PassbackReset
from gate.access.site_notes import MOST_IN_SNAPSHOT, SiteNote, Snapshot
from gate.credential.instant import ClockTrust
from gate.credential.model import Colour, RejectReason
from gate.policy.occupancy import GateCount, Occupancy
from gate.policy.passback import Crossing, Crossings, Passback, PassbackMode, Way
from gate.policy.schedule import Schedule, Window
from gate.policy.site import Direction, SitePolicy
from tests.access.examples import REF, START, rejected, valid
from tests.access.story import Story

MONITORED = frozenset({Wiring.DOOR_MONITOR})
ATTESTED = Admit("no_phone", attestation=Attestation(healthy=True, protocol_kept=True))
ANNA, BUDI = "aa" * 16, "bb" * 16
HARD = Passback(PassbackMode.HARD)
REREAD_S = 4.0
ENTRY = SitePolicy(gate="north", passback=HARD)
EXIT = replace(ENTRY, gate="out", direction=Direction.EXIT)


def story(site: SitePolicy = ENTRY, *, wiring: frozenset[Wiring] = frozenset(), **more: object) -> Story:
    return Story(Settings(site=site, wiring=wiring), **more)  # type: ignore[arg-type]


def show(told: Story, fp: str = ANNA, colour: Colour = Colour.GREEN, after_s: float = 30.0) -> tuple[AccessResult, str]:
    """A visitor comes after everybody before has gone; what became of it."""
    told.wait(after_s)
    told.show(valid(colour, fp), fp.encode())
    return told.results()[-1]


def enter(told: Story, fp: str = ANNA, after_s: float = 30.0) -> tuple[AccessResult, str]:
    """The visitor comes, and walks through a monitored door if let in."""
    told.door(is_open=False)
    result = show(told, fp, after_s=after_s)
    if told.released:
        told.door(is_open=True)
        told.wait(1)
        told.door(is_open=False)
    return result


def crossing(
    after_s: float, way: Way = Way.IN, fp: str = ANNA, gate: str = "south", *, known: bool = False
) -> Crossing:
    return Crossing(fp, REF.epoch, way, START + timedelta(seconds=after_s), gate, 7, known)


def hear(told: Story, *notes: SiteNote, gate: str = "south") -> None:
    for note in notes:
        told.tell(SiteHeard(gate, note))


def alarms(told: Story) -> list[AlarmEvent]:
    return [event for event in told.events if isinstance(event, AlarmEvent)]


GRANTED, AGAIN = (AccessResult.GRANTED, "rule_met"), (AccessResult.HELD, "passback")


class TestPassback:
    def test_off_lets_everybody_in_again_and_remembers_nobody(self) -> None:
        told = story(replace(ENTRY, passback=Passback()))
        assert [show(told), show(told)] == [GRANTED, GRANTED]
        assert told.point.site.passings.known == Crossings()
        assert told.shared == []

    def test_soft_lets_in_again_and_says_so(self) -> None:
        told = story(replace(ENTRY, passback=Passback(PassbackMode.SOFT)))
        assert [show(told), show(told), show(told, BUDI)] == [GRANTED] * 3
        assert [event.passback for event in told.access()] == [False, True, False]

    def test_hard_holds_until_an_exit_is_seen(self) -> None:
        told = story()
        assert [show(told), show(told, BUDI), show(told)] == [GRANTED, GRANTED, AGAIN]
        held = told.access()[-1]
        assert (held.colour, held.passback) == (Colour.YELLOW, True)

    def test_timed_holds_within_the_time_and_not_after(self) -> None:
        told = story(replace(ENTRY, passback=Passback(PassbackMode.TIMED, 30)))
        results = [show(told), show(told, after_s=29 * 60)]
        told.wait(130)
        assert [*results, show(told)] == [GRANTED, AGAIN, GRANTED]

    def test_a_timed_window_is_not_over_while_the_clock_is_unset(self) -> None:
        """Such a visitor is held for the clock, and the visit says that it is a second one all the same."""
        told = story(replace(ENTRY, passback=Passback(PassbackMode.TIMED, 30)))
        show(told)
        told.clock = ClockTrust.UNSET
        assert show(told, after_s=40 * 60) == (AccessResult.HELD, "clock")
        assert told.access()[-1].passback

    def test_an_exit_lets_out_always_and_resets(self) -> None:
        told = story(EXIT)
        assert [show(told), show(told), show(told, BUDI, Colour.BLACK)] == [(AccessResult.GRANTED, "exit")] * 3
        assert told.point.site.passings.known.of(ANNA, None).way is Way.OUT  # type: ignore[union-attr]
        assert told.alarm_steps() == []

    def test_the_exit_of_another_gate_lets_in_again(self) -> None:
        told = story()
        results = [show(told), show(told)]
        told.wait(130)
        hear(told, crossing(300, Way.OUT, gate="out"), gate="out")
        assert [*results, show(told)] == [GRANTED, AGAIN, GRANTED]

    def test_the_entry_at_another_gate_counts_here(self) -> None:
        told = story()
        hear(told, crossing(1))
        assert show(told) == AGAIN
        told.wait(130)
        assert show(told, BUDI) == GRANTED

    def test_with_a_monitor_only_who_passed_has_entered(self) -> None:
        told = story(wiring=MONITORED)
        assert show(told) == GRANTED
        told.wait(10)
        assert told.names()[-1] == "access.not_taken"
        assert [enter(told), enter(told)] == [GRANTED, AGAIN]

    def test_a_code_shown_again_by_who_is_just_passing_is_the_same_visit(self) -> None:
        """Neither a second grant, which two people could use, nor a hold of somebody who stands in the open door."""
        told = story(replace(ENTRY, passback=HARD), wiring=MONITORED)
        told.door(is_open=False)
        show(told)
        told.show(valid(fp=ANNA), b"another code of hers", after_s=REREAD_S)
        assert told.results() == [GRANTED]
        told.door(is_open=True)
        assert told.names()[-1] == "access.taken"

    def test_who_the_officer_lets_in_again_has_entered_again(self) -> None:
        told = story()
        show(told)
        show(told)
        assert told.order(Admit("known")).done
        assert told.access()[-1].passback
        made = [note for note in told.shared if isinstance(note, Crossing)]
        assert [(one.visit, one.known) for one in made] == [(1, False), (2, True)]

    def test_last_weeks_pseudonym_is_known(self) -> None:
        told = story()
        show(told, ANNA)
        told.wait(30)
        told.show(valid(fp=BUDI, previous=ANNA))
        assert told.results()[-1] == AGAIN
        assert told.access()[-1].credential == replace(REF, fp=BUDI), "the old one is in no event"

    def test_what_the_journal_knows_counts_after_a_restart(self) -> None:
        told = story()
        show(told)
        again = story(memory=told.memory, crossings=told.point.site.passings.known)
        again.now_ns = told.now_ns
        assert show(again) == AGAIN

    def test_an_entry_before_the_check_out_is_over(self) -> None:
        """START is 08:00 UTC; everybody is checked out at 09:00."""
        told = story(replace(ENTRY, occupancy=Occupancy(checkout_min=9 * 60)))
        results = [show(told), show(told)]
        told.wait(3600)
        assert [*results, show(told)] == [GRANTED, AGAIN, GRANTED]

    def test_a_clock_that_went_back_neither_forgets_nor_reorders(self) -> None:
        told = story()
        show(told)
        told.wall_s = -3600
        assert show(told) == AGAIN
        told.order(Admit("known"))
        first, second = [note for note in told.shared if isinstance(note, Crossing)]
        assert first.utc < second.utc

    def test_a_clock_that_went_back_over_closing_time_leaves_an_entry_what_it_is(self) -> None:
        told = story(replace(ENTRY, occupancy=Occupancy(checkout_min=9 * 60)))
        told.tell(Started("1.0"))
        told.wait(3700)
        told.wall_s = -3600
        assert [show(told), show(told)] == [GRANTED, AGAIN]

    def test_a_drill_has_not_entered(self) -> None:
        told = story()
        told.order(Drill(Colour.BLACK))
        told.order(Admit("practised"))
        assert told.shared == []
        assert told.status().inside == 0


class TestReset:
    def test_the_held_visitor_may_show_the_code_again(self) -> None:
        told = story()
        show(told)
        show(told)
        assert told.order(ResetPassback(2)).text == "anti-passback is forgotten for the visitor of visit 2"
        told.wait(130)
        assert show(told) == GRANTED
        reset = next(event for event in told.events if isinstance(event, PassbackReset))
        assert (reset.visit, reset.fp, reset.by) == (2, ANNA, "uid-1001")

    def test_a_visitor_who_passed_can_be_named_by_that_visit(self) -> None:
        told = story()
        show(told)
        show(told, BUDI)
        assert told.order(ResetPassback(1)).done
        assert [show(told), show(told, BUDI)] == [GRANTED, AGAIN]

    def test_everybody(self) -> None:
        told = story()
        show(told)
        hear(told, crossing(1, fp=BUDI))
        assert told.order(ResetPassback()).done
        assert [show(told), show(told, BUDI)] == [GRANTED, GRANTED]
        (snapshot,) = [note for note in told.shared if isinstance(note, Snapshot)]
        assert snapshot.reset is not None
        assert snapshot.crossings == ()

    def test_who_enters_after_a_reset_has_entered_though_the_clock_went_back_before_it(self) -> None:
        told = story()
        told.wait(10)
        told.order(ResetPassback())
        told.wall_s = -3600
        assert [show(told), show(told)] == [GRANTED, AGAIN]

    def test_a_reset_reaches_the_other_gates_and_what_they_told_before_does_not_come_back(self) -> None:
        told = story()
        show(told)
        until = START + timedelta(seconds=told.now_ns / 1e9 + 1)
        hear(told, Snapshot((), until))
        hear(told, crossing(10, fp=BUDI))
        assert [show(told), show(told, BUDI)] == [GRANTED, GRANTED]

    @pytest.mark.parametrize(
        ("site", "order", "text"),
        [
            (ENTRY, ResetPassback(9), "neither on hold"),
            (replace(ENTRY, passback=Passback()), ResetPassback(), "is off"),
        ],
    )
    def test_what_cannot_be_reset_is_said(self, site: SitePolicy, order: ResetPassback, text: str) -> None:
        told = story(site)
        reply = told.order(order)
        assert (reply.done, text in reply.text) == (False, True)
        assert told.events == []


class TestOccupancy:
    FULL = replace(ENTRY, passback=Passback(), occupancy=Occupancy(capacity=2))

    def test_without_a_monitor_a_grant_counts(self) -> None:
        told = story(self.FULL)
        show(told)
        assert (told.status().inside, told.status().capacity) == (1, 2)
        assert told.access()[-1].passage is Passage.UNKNOWN, "and it is said that nobody saw it"

    def test_with_a_monitor_only_a_passage_counts(self) -> None:
        told = story(self.FULL, wiring=MONITORED)
        show(told)
        assert told.status().inside == 0
        told.wait(10)
        enter(told)
        assert told.status().inside == 1

    def test_at_capacity_the_next_one_waits_for_the_officer(self) -> None:
        told = story(self.FULL)
        results = [show(told, fp) for fp in (ANNA, BUDI, "cc")]
        assert results == [GRANTED, GRANTED, (AccessResult.HELD, "full")]
        assert told.access()[-1].colour is Colour.YELLOW
        told.order(Admit("urgent"))
        assert told.status().inside == 3

    def test_who_was_let_in_and_has_yet_to_pass_has_a_place(self) -> None:
        told = story(self.FULL, wiring=MONITORED)
        told.door(is_open=False)
        results = [show(told, ANNA), show(told, BUDI, after_s=1), show(told, "cc", after_s=1)]
        assert results == [GRANTED, GRANTED, (AccessResult.HELD, "full")]
        told.wait(10)
        assert told.status().inside == 0

    def test_who_leaves_makes_room_at_whichever_gate(self) -> None:
        told = story(self.FULL)
        results = [show(told, fp) for fp in (ANNA, BUDI, "cc")]
        told.wait(130)
        hear(told, GateCount("out", None, 0, 1), gate="out")
        assert [*results, show(told, "dd")][2:] == [(AccessResult.HELD, "full"), GRANTED]

    def test_an_exit_counts_who_leaves(self) -> None:
        told = story(EXIT)
        hear(told, GateCount("north", None, 5))
        show(told)
        assert told.status().inside == 4
        assert [note for note in told.shared if isinstance(note, GateCount)][-1] == GateCount("out", None, 0, 1)

    def test_an_assisted_entry_counts(self) -> None:
        told = story(self.FULL)
        told.wait(30)
        told.order(ATTESTED)
        assert told.status().inside == 1

    def test_who_is_turned_away_does_not_count(self) -> None:
        told = story(self.FULL)
        show(told, ANNA, Colour.RED)
        told.wait(130)
        told.show(rejected(RejectReason.EXPIRED))
        told.wait(130)
        assert told.status().inside == 0

    def test_the_officer_corrects_and_that_is_recorded(self) -> None:
        told = story(self.FULL)
        show(told)
        hear(told, GateCount("south", None, 5))
        assert told.order(SetOccupancy(3)).text == "inside: 3, was 6"
        assert told.status().inside == 3
        (event,) = [one for one in told.events if isinstance(one, OccupancyCorrected)]
        assert (event.was, event.inside, event.by) == (6, 3, "uid-1001")

    def test_a_correction_counts_from_below_zero_too(self) -> None:
        told = story(EXIT)
        show(told)
        assert told.status().inside == 0
        told.order(SetOccupancy(3))
        assert told.status().inside == 3

    def test_a_gate_for_both_ways_counts_nobody(self) -> None:
        told = story(SitePolicy(direction=Direction.BOTH))
        show(told)
        assert told.status().inside == 0
        assert not told.order(SetOccupancy(3)).done

    def test_it_is_right_after_a_power_cut(self) -> None:
        """The count and the passage that it comes from are in the journal together, or neither is."""
        told = story(self.FULL, wiring=MONITORED)
        enter(told)
        before, passages = told.memory, sum(isinstance(event, PassageEvent) for event in told.events)
        told.recorded = False
        enter(told, BUDI)
        assert told.memory.counts != before.counts
        again = story(self.FULL, wiring=MONITORED, memory=before)
        again.tell(Started("1.0"))
        assert again.status().inside == passages == 1

    def test_closing_time_checks_everybody_out_and_says_how_many(self) -> None:
        told = story(replace(self.FULL, occupancy=Occupancy(2, 9 * 60)))
        show(told)
        hear(told, GateCount("south", date(2026, 3, 1), 5))
        assert told.status().inside == 6
        told.wait(3600)
        assert told.status().inside == 0
        (event,) = [one for one in told.events if isinstance(one, CheckedOut)]
        assert event.inside == 6
        assert timedelta(0) <= event.at.utc - (START + timedelta(hours=1)) <= timedelta(seconds=60)
        told.wait(3 * 86_400)
        assert sum(isinstance(one, CheckedOut) for one in told.events) == 4

    def test_a_clock_that_goes_back_over_closing_time_checks_nobody_in_again(self) -> None:
        told = story(replace(self.FULL, occupancy=Occupancy(2, 9 * 60)))
        told.tell(Started("1.0"))
        told.wait(3700)
        show(told)
        told.wall_s = -3600
        told.wait(600)
        assert told.status().inside == 1
        told.wall_s = 0
        told.wait(600)
        assert told.status().inside == 1
        assert sum(isinstance(one, CheckedOut) for one in told.events) == 1

    def test_a_clock_that_was_a_year_ahead_does_not_stop_the_check_out(self) -> None:
        told = story(replace(self.FULL, occupancy=Occupancy(2, 9 * 60)))
        told.wall_s = 365 * 86_400
        show(told)
        told.wall_s = 0
        told.wait(7200)
        assert told.memory.counts[0].period == date(2026, 3, 2)

    def test_a_clock_a_year_behind_that_nothing_has_set_checks_nobody_out(self) -> None:
        told = story(replace(self.FULL, occupancy=Occupancy(2, 9 * 60)))
        show(told)
        told.wall_s, told.clock = -365 * 86_400, ClockTrust.HOLDOVER
        told.wait(120)
        assert told.status().inside == 1

    def test_an_unset_clock_checks_nobody_out(self) -> None:
        told = story(replace(self.FULL, occupancy=Occupancy(2, 9 * 60)))
        show(told)
        told.clock = ClockTrust.UNSET
        told.wait(7200)
        assert told.status().inside == 1

    def test_who_leaves_after_closing_time_is_not_taken_from_the_next_day(self) -> None:
        told = story(replace(EXIT, occupancy=Occupancy(2, 9 * 60)))
        hear(told, GateCount("north", date(2026, 3, 1), 1), crossing(1, gate="north"), gate="north")
        told.wait(3700)
        show(told)
        show(told, BUDI)
        assert told.point.site.headcount.own.left == 1, "of whom nobody knows, it is counted"


class TestSite:
    """Two gates that were apart."""

    def test_a_pair_that_shows_only_afterwards_is_one_alarm_that_the_officer_acknowledges(self) -> None:
        told = story()
        show(told, after_s=60)
        hear(told, crossing(30), crossing(30))
        hear(told, Snapshot((crossing(30),)))
        told.wait(10)
        (alarm,) = alarms(told)
        assert (alarm.alarm.kind, alarm.alarm.visit, alarm.alarm.detail) == (AlarmKind.PASSBACK, 1, "south")
        told.order(Acknowledge())
        assert [step for _, step in told.alarm_steps()] == [AlarmStep.RAISED, AlarmStep.ACKNOWLEDGED, AlarmStep.CLEARED]
        hear(told, crossing(30))
        told.wait(10)
        assert len(alarms(told)) == 3, "once for each pair"

    def test_it_comes_within_ten_seconds(self) -> None:
        told = story()
        show(told, after_s=60)
        hear(told, crossing(30))
        heard_ns = told.now_ns
        told.wait(60)
        assert alarms(told)[0].at.mono_ns - heard_ns <= 5_000_000_000

    def test_the_gate_whose_entry_came_first_raises_none(self) -> None:
        told = story()
        show(told, after_s=60)
        hear(told, crossing(90))
        told.wait(10)
        assert alarms(told) == []

    def test_an_exit_between_that_comes_with_the_same_news_is_an_answer(self) -> None:
        for order in (1, -1):
            told = story()
            show(told, after_s=60)
            for gate, one in [("south", crossing(30)), ("out", crossing(45, Way.OUT, gate="out"))][::order]:
                hear(told, one, gate=gate)
            told.wait(10)
            assert alarms(told) == []

    def test_an_exit_before_both_is_none(self) -> None:
        told = story()
        show(told, after_s=60)
        hear(told, crossing(30))
        hear(told, crossing(15, Way.OUT, gate="out"), gate="out")
        told.wait(10)
        assert len(alarms(told)) == 1

    def test_what_the_gate_knew_is_no_news(self) -> None:
        """In at south, out, in here: hearing of the first entry again later says nothing new."""
        told = story()
        hear(told, crossing(1), crossing(2, Way.OUT))
        show(told, after_s=60)
        hear(told, Snapshot((crossing(1),)))
        told.wait(10)
        assert alarms(told) == []

    def test_whom_the_officer_let_in_for_it_is_no_pair(self) -> None:
        told = story()
        hear(told, crossing(1))
        show(told)
        told.order(Admit("known"))
        hear(told, crossing(1), crossing(20, gate="west"))
        told.wait(10)
        assert alarms(told) == []

    @pytest.mark.parametrize(("before_s", "raised"), [(29 * 60, 1), (31 * 60, 0)])
    def test_a_timed_window_counts_between_gates(self, before_s: int, raised: int) -> None:
        told = story(replace(ENTRY, passback=Passback(PassbackMode.TIMED, 30)))
        show(told, after_s=3600)
        hear(told, crossing(3600 - before_s))
        told.wait(10)
        assert len(alarms(told)) == raised

    def test_joining_tells_the_count_and_the_newest_crossings(self) -> None:
        told = story()
        show(told)
        told.shared.clear()
        told.tell(SiteJoined())
        count, snapshot = told.shared
        assert count == GateCount("north", None, 1)
        assert isinstance(snapshot, Snapshot)
        assert [one.fp for one in snapshot.crossings] == [ANNA]

    def test_the_snapshot_is_bounded_and_told_anew_every_fifty_crossings(self) -> None:
        told = story()
        for number in range(MOST_IN_SNAPSHOT + 50):
            show(told, f"{number:032x}")
        snapshots = [note for note in told.shared if isinstance(note, Snapshot)]
        assert [len(one.crossings) for one in snapshots] == [50, 100, 150, 200, 200]
        assert snapshots[-1].crossings[-1].fp == f"{MOST_IN_SNAPSHOT + 49:032x}"

    def test_who_joins_is_answered_with_what_was_not_told_in_a_snapshot_yet(self) -> None:
        told = story()
        show(told)
        told.shared.clear()
        hear(told, Snapshot(()))
        hear(told, Snapshot(()))
        (answer,) = told.shared
        assert isinstance(answer, Snapshot)
        assert len(answer.crossings) == 1

    def test_what_seems_to_be_of_this_gate_itself_is_nobodys(self) -> None:
        told = story()
        hear(told, crossing(1, gate="north"), GateCount("north", None, 9), gate="north")
        assert show(told) == GRANTED
        assert told.status().inside == 1

    def test_gates_without_end_are_not_remembered(self) -> None:
        told = story()
        for number in range(200):
            hear(told, GateCount(f"g{number}", None, 1), gate=f"g{number}")
        assert len(told.memory.counts if told.events else told.point.memory.counts) <= 64

    def test_a_gate_that_shares_nothing_listens_to_nothing(self) -> None:
        told = story(SitePolicy(gate="north"))
        hear(told, GateCount("south", None, 9), crossing(1))
        told.tell(SiteJoined())
        assert (told.status().inside, told.shared) == (0, [])


class TestHours:
    def test_outside_the_hours_the_officer_decides(self) -> None:
        """START is Monday 08:00."""
        told = story(SitePolicy(green_hours=Schedule((Window(8 * 60, 8 * 60 + 1),))))
        assert show(told, after_s=59) == GRANTED
        assert show(told, after_s=5) == (AccessResult.HELD, "outside_hours")
        assert told.access()[-1].colour is Colour.YELLOW
        assert told.order(Admit("urgent")).done


class TestClock:
    def test_a_change_of_trust_is_told_once_each_way(self) -> None:
        told = story()
        told.tell(Started("1.0"))
        for clock in (ClockTrust.UNSET, ClockTrust.UNSET, ClockTrust.SYNCED, ClockTrust.HOLDOVER):
            told.clock = clock
            told.door(is_open=False)
        changes = [(event.previous, event.at.clock) for event in told.events if event.name == "system.clock_changed"]  # type: ignore[union-attr]
        assert changes == [
            (ClockTrust.SYNCED, ClockTrust.UNSET),
            (ClockTrust.UNSET, ClockTrust.SYNCED),
            (ClockTrust.SYNCED, ClockTrust.HOLDOVER),
        ]

    @pytest.mark.parametrize("step_s", [-3600, 3600])
    def test_an_hour_more_or_less_while_the_door_is_open_changes_nothing_at_the_door(self, step_s: int) -> None:
        def events(step_s: int) -> tuple[list[Event], object, bool]:
            told = story(SitePolicy(), wiring=MONITORED)
            told.door(is_open=False)
            told.show(valid())
            told.wait(1)
            told.door(is_open=True)
            told.wall_s = step_s
            told.wait(25)
            lease, lit = told.lease, told.lit
            told.wait(60)
            return list(told.events), (lease, lit, told.lease, told.lit), told.released

        stepped, usual = events(step_s), events(0)
        assert [(one.name, one.at.mono_ns) for one in stepped[0]] == [(one.name, one.at.mono_ns) for one in usual[0]]
        assert "door.open_too_long" in [one.name for one in usual[0]]
        assert stepped[1:] == usual[1:]

    def test_a_step_while_the_strike_is_released_neither_prolongs_nor_ends_it(self) -> None:
        told = story(SitePolicy())
        told.show(valid())
        told.wall_s = 3600
        told.wait(4.9)
        assert told.released
        told.wait(0.2)
        assert not told.released


def test_in_a_lockdown_an_exit_lets_nobody_out_by_code_but_the_request_to_exit_does() -> None:
    told = story(EXIT)
    told.order(SetMode(DoorMode.LOCKED_DOWN))
    assert show(told) == (AccessResult.HELD, "locked_down")
    told.press(InputLine.REX)
    assert told.released


def test_memories_of_before_have_counted_nobody() -> None:
    assert Memory().counts == ()
