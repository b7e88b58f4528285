"""What a site decides: colours, hours, exits, and the order of what stands in somebody's way."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate.credential.instant import ClockTrust, Instant
from gate.credential.model import Colour, CredentialKind, RejectReason, TrustStamp, Verdict
from gate.policy.decision import PolicyReason, conclude
from gate.policy.occupancy import Occupancy
from gate.policy.passback import Crossing, Passback, PassbackMode, Way
from gate.policy.schedule import Schedule, Window
from gate.policy.site import EMPTY, Direction, Obstacle, SitePolicy, SiteState
from gate.policy.status import Decision, Outcome
from tests.access.examples import REF, START, TRUST, at, by_rules, rejected, valid

NOW = at(0)
SHUT, OPEN = Schedule((Window(0, 1),)), Schedule((Window(8 * 60, 8 * 60 + 1),))
"""START is a Monday, 08:00."""
INSIDE = Crossing(REF.fp, REF.epoch, Way.IN, START - timedelta(minutes=10), "north")
HARD = Passback(PassbackMode.HARD)
STRICT = SitePolicy(green_hours=SHUT, passback=HARD, occupancy=Occupancy(capacity=2))


def decide(verdict: Verdict, trust: TrustStamp, site: SitePolicy, now: Instant, state: SiteState = EMPTY) -> Decision:
    """With what the usual rules say."""
    return conclude(verdict, by_rules(verdict, now), trust, site, now, state)


def test_each_obstacle_is_a_reason_of_the_policy() -> None:
    assert {one.value for one in Obstacle} <= {one.value for one in PolicyReason}


@pytest.mark.parametrize(
    ("shut", "again", "full", "reason"),
    [
        (True, True, True, "outside_hours"),
        (True, False, False, "outside_hours"),
        (False, True, True, "passback"),
        (False, True, False, "passback"),
        (False, False, True, "full"),
        (False, False, False, "rule_met"),
    ],
)
def test_the_first_obstacle_is_the_reason(*, shut: bool, again: bool, full: bool, reason: str) -> None:
    site = replace(STRICT, green_hours=SHUT if shut else OPEN)
    state = SiteState(2 if full else 1, INSIDE if again else None)
    decision = decide(valid(), TRUST, site, NOW, state)
    assert decision.reason == reason
    assert (decision.outcome is Outcome.GRANT) is (reason == "rule_met")
    assert decision.colour is (Colour.GREEN if reason == "rule_met" else Colour.YELLOW)


def test_an_unset_clock_comes_before_every_obstacle() -> None:
    decision = decide(valid(), TRUST, STRICT, at(0, ClockTrust.UNSET), SiteState(9, INSIDE))
    assert decision.reason == "clock"


@pytest.mark.parametrize("colour", [Colour.YELLOW, Colour.RED, Colour.BLACK])
def test_what_is_held_anyway_keeps_its_own_colour_and_reason(colour: Colour) -> None:
    decision = decide(valid(colour), TRUST, STRICT, NOW, SiteState(9, INSIDE))
    assert (decision.colour, decision.outcome, decision.reason) == (colour, Outcome.HOLD, "rule_met")


def test_yellow_may_be_let_in_and_is_then_doubted_like_green() -> None:
    site = SitePolicy(granted=frozenset({Colour.YELLOW}), yellow_hours=OPEN)
    assert decide(valid(Colour.YELLOW), TRUST, site, NOW).outcome is Outcome.GRANT
    assert decide(valid(Colour.GREEN), TRUST, site, NOW).outcome is Outcome.HOLD
    assert decide(valid(Colour.YELLOW), TRUST, replace(site, yellow_hours=SHUT), NOW).reason == "outside_hours"
    assert decide(valid(Colour.YELLOW), TRUST, site, at(0, ClockTrust.UNSET)).reason == "clock"


@given(st.frozensets(st.sampled_from(Colour)), st.sampled_from([Colour.RED, Colour.BLACK]))
def test_red_and_black_are_never_let_in_whatever_is_asked_for(granted: frozenset[Colour], colour: Colour) -> None:
    assert SitePolicy(granted=granted).outcome(colour) is Outcome.HOLD


@pytest.mark.parametrize("colour", [None, *Colour])
@pytest.mark.parametrize("clock", ClockTrust)
def test_an_exit_lets_out_whoever_is_verified(colour: Colour | None, clock: ClockTrust) -> None:
    site = replace(STRICT, direction=Direction.EXIT)
    unknown = replace(valid(colour), revocation_known=False)
    for verdict in (valid(colour), unknown):
        decision = decide(verdict, TRUST, site, at(0, clock), SiteState(9, INSIDE))
        assert (decision.outcome, decision.reason, decision.rule.id) == (Outcome.GRANT, "exit", "exit")
        assert decision.colour is (colour or Colour.GREEN)


@pytest.mark.parametrize(("may_enter", "told"), [(False, ("hold", "unsigned")), (True, ("grant", "exit"))])
def test_a_badge_leads_to_no_more_at_an_exit(may_enter: bool, told: tuple[str, str]) -> None:  # noqa: FBT001  (a row)
    site = SitePolicy(direction=Direction.EXIT, unsigned_may_enter=may_enter)
    badge = replace(valid(), credential=replace(valid().credential, kind=CredentialKind.BADGE))
    decision = decide(badge, TRUST, site, NOW)
    assert (decision.outcome.value, decision.reason) == told


@pytest.mark.parametrize("reason", RejectReason)
def test_an_exit_lets_out_nobody_by_a_code_that_proves_nothing(reason: RejectReason) -> None:
    site = SitePolicy(direction=Direction.EXIT)
    assert decide(rejected(reason), TRUST, site, NOW) == decide(rejected(reason), TRUST, SitePolicy(), NOW)


@pytest.mark.parametrize("direction", [Direction.EXIT, Direction.BOTH])
def test_only_an_entry_asks_who_is_inside(direction: Direction) -> None:
    site = replace(STRICT, green_hours=None, direction=direction)
    assert decide(valid(), TRUST, site, NOW, SiteState(9, INSIDE)).outcome is Outcome.GRANT


@pytest.mark.parametrize(
    ("direction", "mode", "capacity", "shares"),
    [
        (Direction.ENTRY, PassbackMode.OFF, 0, False),
        (Direction.ENTRY, PassbackMode.SOFT, 0, True),
        (Direction.ENTRY, PassbackMode.OFF, 1, True),
        (Direction.EXIT, PassbackMode.OFF, 0, True),
        (Direction.BOTH, PassbackMode.OFF, 0, False),
    ],
)
def test_a_gate_shares_what_another_one_may_need(
    direction: Direction, mode: PassbackMode, capacity: int, *, shares: bool
) -> None:
    assert SitePolicy(direction=direction, passback=Passback(mode), occupancy=Occupancy(capacity)).shares is shares


def test_the_obstacles_are_nothing_to_a_visitor_who_has_left() -> None:
    left = replace(INSIDE, way=Way.OUT)
    site = replace(STRICT, green_hours=None)
    assert (
        decide(valid(), TRUST, site, Instant(START, 0, ClockTrust.SYNCED), SiteState(1, left)).outcome is Outcome.GRANT
    )
