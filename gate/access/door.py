"""Who has a say over the strike, and whose word counts: one table.

Two rules: the first claim of ``PRECEDENCE`` that is made decides, and nothing else does; every claim that frees the
door ends by itself, or is renewed for as long as the core lives, or is an emergency.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from gate.access.effects import Held, Lease, Momentary, Release, Secure, Standing
from gate.access.modes import DoorMode


@enum.unique
class Claim(enum.StrEnum):
    """A reason for which the door should stand in some way."""

    EMERGENCY = "emergency"
    EXIT = "exit"
    LOCKDOWN = "lockdown"
    GRANT = "grant"
    RELAY_TEST = "relay_test"
    UNLOCK = "unlock"
    SCHEDULE = "schedule"


@enum.unique
class Bound(enum.StrEnum):
    """How a release ends."""

    NEVER_RELEASED = "secured"
    MOMENTARY = "momentary"
    HELD = "held"
    STANDING = "standing"


@dataclass(frozen=True, slots=True)
class Row:
    """What a claim makes of the door."""

    claim: Claim | None
    mode: DoorMode
    bound: Bound
    made_by: str
    ends_by: str

    @property
    def frees(self) -> bool:
        return self.bound is not Bound.NEVER_RELEASED


PRECEDENCE: tuple[Row, ...] = (
    Row(
        Claim.EMERGENCY,
        DoorMode.LOCKED_OPEN,
        Bound.STANDING,
        "the emergency loop opens or is cut; an order",
        "a reset, once the loop is closed again",
    ),
    Row(Claim.EXIT, DoorMode.ACCESSED, Bound.MOMENTARY, "request to exit", "its time; the door opens"),
    Row(Claim.LOCKDOWN, DoorMode.LOCKED_DOWN, Bound.NEVER_RELEASED, "an order", "an order"),
    Row(Claim.GRANT, DoorMode.ACCESSED, Bound.MOMENTARY, "a decision or the officer", "its time; the door opens"),
    Row(Claim.RELAY_TEST, DoorMode.ACCESSED, Bound.MOMENTARY, "a self-test of the relay", "its time"),
    Row(Claim.UNLOCK, DoorMode.UNLOCKED, Bound.HELD, "an order", "an order; the end of the service"),
    Row(Claim.SCHEDULE, DoorMode.UNLOCKED, Bound.HELD, "the schedule", "the schedule; the end of the service"),
)
"""From the strongest claim to the weakest."""

AT_REST = Row(None, DoorMode.LOCKED, Bound.NEVER_RELEASED, "nothing else", "any claim")
LASTING = frozenset({Claim.EMERGENCY, Claim.LOCKDOWN, Claim.UNLOCK, Claim.SCHEDULE})
"""The claims that make a mode; the others are for one passage or test and have a deadline."""
ENDED_BY_LOCKDOWN = frozenset({Claim.GRANT, Claim.RELAY_TEST})
"""What a lockdown takes back for good, so that its end releases nothing."""


def row_for(claims: frozenset[Claim]) -> Row:
    """The row that decides among these claims."""
    return next((row for row in PRECEDENCE if row.claim in claims), AT_REST)


def standing_mode(claims: frozenset[Claim]) -> DoorMode:
    """The mode that remains when what is for one passage has ended."""
    return row_for(claims & LASTING).mode


@dataclass(frozen=True, slots=True)
class Door:
    """The claims on the door, and the lease that the strike was given for them. Times are monotonic ns."""

    renew_ns: int
    """How long a held lease lasts; it is renewed at half of it."""
    lasting: frozenset[Claim] = frozenset()
    passing: Mapping[Claim, int] = field(default_factory=dict)
    """When each claim that is for one passage ends."""
    lease: Lease | None = None

    @property
    def row(self) -> Row:
        return row_for(self.lasting | self.passing.keys())

    @property
    def mode(self) -> DoorMode:
        """The mode in force."""
        return self.row.mode

    @property
    def standing_mode(self) -> DoorMode:
        return standing_mode(self.lasting)

    @property
    def deadline_ns(self) -> int | None:
        """When ``settled`` is due."""
        ends = [*self.passing.values()]
        if isinstance(self.lease, Held):
            ends.append(self.lease.renew_by_ns - self.renew_ns // 2)
        return min(ends, default=None)

    def standing(self, lasting: frozenset[Claim]) -> Door:
        """The door with these lasting claims instead."""
        passing = self.passing
        if Claim.LOCKDOWN in lasting:
            passing = {one: end for one, end in passing.items() if one not in ENDED_BY_LOCKDOWN}
        return replace(self, lasting=lasting & LASTING, passing=passing)

    def until(self, claim: Claim, end_ns: int) -> Door:
        """The door with a claim for one passage; made again it lasts as long as the later one."""
        if claim in ENDED_BY_LOCKDOWN and Claim.LOCKDOWN in self.lasting:
            return self
        end_ns = max(end_ns, self.passing.get(claim, end_ns))
        return replace(self, passing={**self.passing, claim: end_ns})

    def without(self, *claims: Claim) -> Door:
        """The door after these claims for one passage have ended."""
        left = {one: end for one, end in self.passing.items() if one not in claims}
        return replace(self, passing=left)

    def settled(self, now_ns: int) -> tuple[Door, tuple[Release | Secure, ...]]:
        """The door without the claims that are over, and what that asks of the strike."""
        door = self.without(*(one for one, end_ns in self.passing.items() if end_ns <= now_ns))
        lease = _wanted(door, now_ns)
        after = replace(door, lease=lease)
        if lease is None:
            return after, (Secure(),) if self.lease is not None else ()
        return after, (Release(lease),) if lease != self.lease else ()


def _wanted(door: Door, now_ns: int) -> Lease | None:
    """The lease that the claims of the door want now."""
    row = door.row
    match row.bound:
        case Bound.STANDING:
            return Standing(row.mode)
        case Bound.HELD:
            return _held(door, now_ns)
        case Bound.MOMENTARY if row.claim:
            return Momentary(door.passing[row.claim])
    return None


def _held(door: Door, now_ns: int) -> Held:
    """The lease there is while it has more than half of its time, else a new one."""
    lease = door.lease
    if isinstance(lease, Held) and lease.mode is door.mode and now_ns < lease.renew_by_ns - door.renew_ns // 2:
        return lease
    return Held(door.mode, now_ns + door.renew_ns)
