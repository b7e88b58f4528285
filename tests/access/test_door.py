"""The door as a state machine."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from gate.access.door import TRANSITIONS, Door, DoorError, DoorInput, DoorState
from gate.access.effects import Held, Momentary, Release, Secure
from gate.access.modes import DoorMode

RELEASE_NS, RENEW_NS = 5_000, 2_000


@pytest.mark.parametrize(("state", "happened"), list(itertools.product(DoorState, DoorInput)))
def test_what_is_not_in_the_table_raises_and_changes_nothing(state: DoorState, happened: DoorInput) -> None:
    door = Door(RELEASE_NS, RENEW_NS, state, _lease(state))
    if (state, happened) in TRANSITIONS:
        assert door.step(happened, 100)[0].state is TRANSITIONS[state, happened]
    else:
        with pytest.raises(DoorError, match=state.value):
            door.step(happened, 100)
        assert door == Door(RELEASE_NS, RENEW_NS, state, _lease(state))


def _lease(state: DoorState) -> Momentary | Held | None:
    leases: dict[DoorState, Momentary | Held] = {
        DoorState.RELEASED: Momentary(5_000),
        DoorState.UNLOCKED: Held(DoorMode.UNLOCKED, 2_000),
    }
    return leases.get(state)


def test_locked_down_knows_no_grant() -> None:
    assert (DoorState.LOCKED_DOWN, DoorInput.GRANT) not in TRANSITIONS


class DoorMachine(RuleBasedStateMachine):
    """Any inputs at any time, beside a strike that believes the effects alone."""

    def __init__(self) -> None:
        super().__init__()
        self.door = Door(RELEASE_NS, RENEW_NS)
        self.now_ns = 0
        self.strike: Momentary | Held | None = None
        self.granted_ns: int | None = None

    def _step(self, happened: DoorInput) -> None:
        if (self.door.state, happened) not in TRANSITIONS:
            return
        self.door, effects = self.door.step(happened, self.now_ns)
        for effect in effects:
            self.strike = effect.lease if isinstance(effect, Release) else None

    @rule(happened=st.sampled_from([one for one in DoorInput if one is not DoorInput.DEADLINE]))
    def happens(self, happened: DoorInput) -> None:
        if happened is DoorInput.GRANT and self.door.state is not DoorState.LOCKED_DOWN:
            self.granted_ns = self.now_ns
        self._step(happened)

    @rule(later_ns=st.integers(0, 12_000))
    def time_passes(self, later_ns: int) -> None:
        until_ns = self.now_ns + later_ns
        while self.door.deadline_ns is not None and self.door.deadline_ns <= until_ns:
            self.now_ns = self.door.deadline_ns
            self._step(DoorInput.DEADLINE)
        self.now_ns = until_ns

    @rule()
    def stops(self) -> None:
        self._step(DoorInput.SECURE)
        assert self.strike is None

    @invariant()
    def released_implies_a_deadline_that_is_still_to_come(self) -> None:
        assert (self.strike is None) is (self.door.state in {DoorState.SECURED, DoorState.LOCKED_DOWN})
        if self.strike is not None:
            assert self.door.deadline_ns is not None
            assert self.door.deadline_ns > self.now_ns

    @invariant()
    def a_visitors_release_never_outlasts_its_time(self) -> None:
        if self.door.state is DoorState.RELEASED:
            assert self.granted_ns is not None
            assert self.now_ns < self.granted_ns + RELEASE_NS

    @invariant()
    def the_strike_and_the_door_agree(self) -> None:
        assert self.strike == self.door.lease

    @invariant()
    def a_held_lease_is_renewed_before_it_ends(self) -> None:
        if isinstance(self.door.lease, Held):
            assert self.door.lease.renew_by_ns > self.now_ns


TestDoorMachine = DoorMachine.TestCase
TestDoorMachine.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)


def test_a_second_grant_extends_the_release() -> None:
    door, _ = Door(RELEASE_NS, RENEW_NS).step(DoorInput.GRANT, 0)
    door, effects = door.step(DoorInput.GRANT, 3_000)
    assert effects == (Release(Momentary(8_000)),)


def test_lockdown_secures_at_once() -> None:
    door, _ = Door(RELEASE_NS, RENEW_NS).step(DoorInput.GRANT, 0)
    assert door.step(DoorInput.LOCK_DOWN, 1)[1] == (Secure(),)
