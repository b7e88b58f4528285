"""The door as a state machine.

Two rules: a state changes only as ``TRANSITIONS`` says, and what is not in it raises ``DoorError`` and changes nothing;
the strike is free exactly in the states that carry a lease, and every lease ends by itself.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, replace

from gate.access.effects import Held, Lease, Momentary, Release, Secure
from gate.access.modes import DoorMode


class DoorError(Exception):
    """The door was asked for something that its state does not allow."""


@enum.unique
class DoorState(enum.StrEnum):
    """Where the door stands."""

    SECURED = "secured"
    RELEASED = "released"
    """Free for a visitor, until the deadline of a momentary lease."""
    UNLOCKED = "unlocked"
    """Free for everybody, under a held lease that is renewed."""
    LOCKED_DOWN = "locked_down"


@enum.unique
class DoorInput(enum.StrEnum):
    """What may happen to the door."""

    GRANT = "grant"
    DEADLINE = "deadline"
    SECURE = "secure"
    LOCK = "lock"
    UNLOCK = "unlock"
    LOCK_DOWN = "lock_down"


_S, _I = DoorState, DoorInput

TRANSITIONS: dict[tuple[DoorState, DoorInput], DoorState] = {
    (_S.SECURED, _I.GRANT): _S.RELEASED,
    (_S.SECURED, _I.SECURE): _S.SECURED,
    (_S.SECURED, _I.LOCK): _S.SECURED,
    (_S.SECURED, _I.UNLOCK): _S.UNLOCKED,
    (_S.SECURED, _I.LOCK_DOWN): _S.LOCKED_DOWN,
    (_S.RELEASED, _I.GRANT): _S.RELEASED,
    (_S.RELEASED, _I.DEADLINE): _S.SECURED,
    (_S.RELEASED, _I.SECURE): _S.SECURED,
    (_S.RELEASED, _I.LOCK): _S.RELEASED,
    (_S.RELEASED, _I.UNLOCK): _S.UNLOCKED,
    (_S.RELEASED, _I.LOCK_DOWN): _S.LOCKED_DOWN,
    (_S.UNLOCKED, _I.GRANT): _S.UNLOCKED,
    (_S.UNLOCKED, _I.DEADLINE): _S.UNLOCKED,
    (_S.UNLOCKED, _I.SECURE): _S.SECURED,
    (_S.UNLOCKED, _I.LOCK): _S.SECURED,
    (_S.UNLOCKED, _I.UNLOCK): _S.UNLOCKED,
    (_S.UNLOCKED, _I.LOCK_DOWN): _S.LOCKED_DOWN,
    (_S.LOCKED_DOWN, _I.SECURE): _S.LOCKED_DOWN,
    (_S.LOCKED_DOWN, _I.LOCK): _S.SECURED,
    (_S.LOCKED_DOWN, _I.UNLOCK): _S.UNLOCKED,
    (_S.LOCKED_DOWN, _I.LOCK_DOWN): _S.LOCKED_DOWN,
}

INPUT_FOR_MODE: dict[DoorMode, DoorInput] = {
    DoorMode.LOCKED: DoorInput.LOCK,
    DoorMode.UNLOCKED: DoorInput.UNLOCK,
    DoorMode.LOCKED_DOWN: DoorInput.LOCK_DOWN,
}


@dataclass(frozen=True, slots=True)
class Door:
    """The door and the lease on its strike. Durations are nanoseconds."""

    release_ns: int
    renew_ns: int
    """How long a held lease lasts; it is renewed at half of it."""
    state: DoorState = DoorState.SECURED
    lease: Lease | None = None

    @property
    def deadline_ns(self) -> int | None:
        """When ``DoorInput.DEADLINE`` is due (monotonic)."""
        match self.lease:
            case Momentary(deadline_ns):
                return deadline_ns
            case Held(_, renew_by_ns):
                return renew_by_ns - self.renew_ns // 2
        return None

    def step(self, happened: DoorInput, now_ns: int) -> tuple[Door, tuple[Release | Secure, ...]]:
        """The door afterwards, and what that asks of the strike."""
        state = TRANSITIONS.get((self.state, happened))
        if state is None:
            raise DoorError(f"a door that is {self.state} does not know {happened}")
        after = replace(self, state=state, lease=self._lease_in(state, happened, now_ns))
        return after, _asked(self, happened, after)

    def _lease_in(self, state: DoorState, happened: DoorInput, now_ns: int) -> Lease | None:
        if state is DoorState.RELEASED:
            return Momentary(now_ns + self.release_ns) if happened is DoorInput.GRANT else self.lease
        if state is DoorState.UNLOCKED:
            if happened is DoorInput.GRANT:
                return self.lease
            return Held(DoorMode.UNLOCKED, now_ns + self.renew_ns)
        return None


def _asked(before: Door, happened: DoorInput, after: Door) -> tuple[Release | Secure, ...]:
    if after.lease is None:
        return (Secure(),) if before.lease is not None or happened is DoorInput.SECURE else ()
    return (Release(after.lease),) if after.lease != before.lease else ()
