"""Whose word counts for the strike."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from gate.access.door import AT_REST, LASTING, PRECEDENCE, Bound, Claim, Door, row_for, standing_mode
from gate.access.effects import Held, Lease, Momentary, Release, Secure, Standing
from gate.access.modes import DoorMode

RENEW_NS = 2_000
PASSING = [claim for claim in Claim if claim not in LASTING]
EVERY_SET = [frozenset(chosen) for n in range(len(Claim) + 1) for chosen in itertools.combinations(Claim, n)]


def test_every_claim_has_one_row() -> None:
    assert [row.claim for row in PRECEDENCE] == sorted(Claim, key=list(Claim).index)


@pytest.mark.parametrize("claims", EVERY_SET, ids=lambda claims: "+".join(sorted(claims)) or "none")
def test_the_strongest_claim_decides_alone(claims: frozenset[Claim]) -> None:
    row = row_for(claims)
    assert row is (AT_REST if not claims else PRECEDENCE[min(list(Claim).index(claim) for claim in claims)])
    if Claim.EMERGENCY in claims:
        assert row.mode is DoorMode.LOCKED_OPEN
    elif Claim.EXIT in claims:
        assert row.bound is Bound.MOMENTARY, "egress is never refused"
    elif Claim.LOCKDOWN in claims:
        assert not row.frees


def test_a_momentary_release_is_for_one_passage_or_test_and_a_mode_never_has_a_deadline() -> None:
    for row in PRECEDENCE:
        assert (row.bound is Bound.MOMENTARY) is (row.claim not in LASTING)
        assert (row.mode is DoorMode.ACCESSED) is (row.claim not in LASTING)


@pytest.mark.parametrize("claim", PASSING)
def test_a_claim_made_again_lasts_as_long_as_the_later_one(claim: Claim) -> None:
    door, _ = Door(RENEW_NS).until(claim, 8_000).until(claim, 5_000).settled(0)
    assert door.lease == Momentary(8_000)


def test_a_lockdown_takes_a_grant_back_for_good() -> None:
    door, _ = Door(RENEW_NS).until(Claim.GRANT, 8_000).settled(0)
    door, effects = door.standing(frozenset({Claim.LOCKDOWN})).settled(1)
    assert effects == (Secure(),)
    door, effects = door.until(Claim.GRANT, 9_000).settled(2)
    assert effects == ()
    assert door.standing(frozenset()).settled(3)[1] == ()


def test_an_exit_in_a_lockdown_ends_secured() -> None:
    door = Door(RENEW_NS).standing(frozenset({Claim.LOCKDOWN})).until(Claim.EXIT, 5_000)
    door, effects = door.settled(0)
    assert effects == (Release(Momentary(5_000)),)
    assert door.settled(5_000)[1] == (Secure(),)


def test_a_grant_at_an_unlocked_door_falls_back_without_a_gap() -> None:
    door, _ = Door(RENEW_NS).standing(frozenset({Claim.SCHEDULE})).settled(0)
    door, effects = door.until(Claim.GRANT, 5_000).settled(100)
    assert effects == (Release(Momentary(5_000)),)
    assert door.settled(5_000)[1] == (Release(Held(DoorMode.UNLOCKED, 7_000)),)


def test_an_emergency_is_given_once_and_outlasts_everything() -> None:
    door, effects = Door(RENEW_NS).standing(frozenset({Claim.EMERGENCY, Claim.LOCKDOWN})).settled(0)
    assert effects == (Release(Standing()),)
    assert door.deadline_ns is None
    assert door.settled(10**18)[1] == ()


class DoorMachine(RuleBasedStateMachine):
    """Any claims at any time, beside a strike that believes the effects alone."""

    def __init__(self) -> None:
        super().__init__()
        self.door = Door(RENEW_NS)
        self.now_ns = 0
        self.strike: Lease | None = None
        self.latest_end_ns = 0

    def _settle(self) -> None:
        self.door, effects = self.door.settled(self.now_ns)
        for effect in effects:
            self.strike = effect.lease if isinstance(effect, Release) else None

    @rule(claim=st.sampled_from(PASSING), length_ns=st.integers(1, 5_000))
    def is_claimed_for_a_while(self, claim: Claim, length_ns: int) -> None:
        self.latest_end_ns = max(self.latest_end_ns, self.now_ns + length_ns)
        self.door = self.door.until(claim, self.now_ns + length_ns)
        self._settle()

    @rule(claims=st.sets(st.sampled_from(PASSING)))
    def is_passed(self, claims: set[Claim]) -> None:
        self.door = self.door.without(*claims)
        self._settle()

    @rule(claims=st.frozensets(st.sampled_from(sorted(LASTING))))
    def takes_a_mode(self, claims: frozenset[Claim]) -> None:
        self.door = self.door.standing(claims)
        self._settle()

    @rule(later_ns=st.integers(0, 12_000))
    def time_passes(self, later_ns: int) -> None:
        until_ns = self.now_ns + later_ns
        while self.door.deadline_ns is not None and self.door.deadline_ns <= until_ns:
            self.now_ns = self.door.deadline_ns
            self._settle()
        self.now_ns = until_ns

    @invariant()
    def the_strike_and_the_door_agree(self) -> None:
        assert self.strike == self.door.lease
        assert (self.strike is not None) is self.door.row.frees

    @invariant()
    def every_release_ends_or_is_renewed_or_is_an_emergency(self) -> None:
        match self.strike:
            case Momentary(deadline_ns):
                assert self.now_ns < deadline_ns <= self.latest_end_ns
                assert self.door.deadline_ns is not None
                assert self.door.deadline_ns <= deadline_ns
            case Held(mode, renew_by_ns):
                assert mode is DoorMode.UNLOCKED
                assert self.now_ns < renew_by_ns
                assert self.door.deadline_ns is not None
                assert self.door.deadline_ns < renew_by_ns
            case Standing():
                assert Claim.EMERGENCY in self.door.lasting

    @invariant()
    def an_emergency_frees_and_a_lockdown_lets_nobody_in(self) -> None:
        if Claim.EMERGENCY in self.door.lasting:
            assert isinstance(self.strike, Standing)
        elif Claim.LOCKDOWN in self.door.lasting:
            assert (self.strike is not None) is (Claim.EXIT in self.door.passing)

    @invariant()
    def the_standing_mode_is_what_remains(self) -> None:
        assert self.door.standing_mode is standing_mode(self.door.lasting)
        if not self.door.passing:
            assert self.door.mode is self.door.standing_mode


TestDoorMachine = DoorMachine.TestCase
TestDoorMachine.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)
