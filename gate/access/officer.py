"""A visitor on hold, and the ways a hold can end; it always ends in exactly one event."""

from __future__ import annotations

import enum
from dataclasses import dataclass, replace

from gate.access.events import AccessEvent, AccessResult, OpenedBy
from gate.access.orders import Admit, Refuse
from gate.access.signals import Ordered
from gate.credential.instant import Instant
from gate.policy.status import Outcome


@enum.unique
class HoldEnd(enum.StrEnum):
    """Why a hold ended; the reason of its last event."""

    ADMITTED = "admitted_by_officer"
    REFUSED = "refused_by_officer"
    TIMEOUT = "hold_timeout"
    REPLACED = "replaced"
    """An unread code or a drill was on hold, and a code that can be judged came; or somebody was asked for a second
    code, and another visitor was served."""
    LOCKED_DOWN = "locked_down"
    """The officer would admit, but nobody is let in during a lockdown."""
    LEFT_QUEUE = "left_queue"
    """The visitor waited behind another one, and was gone when their turn came."""
    STOPPED = "service_stopped"
    RESTARTED = "service_restarted"


@enum.unique
class HoldReason(enum.StrEnum):
    """Why the access point holds somebody, apart from what the policy says."""

    LOCKED_DOWN = "locked_down"
    UNRECORDED = "unrecorded"
    """Releases must be recorded (``journal.required``), and an earlier one still is not."""
    DRILL = "drill"
    """Nobody is there; the officer practises."""


@dataclass(frozen=True, slots=True)
class Hold:
    """The held event, and the monotonic time (ns) from which and until which it waits for the officer."""

    event: AccessEvent
    since_ns: int
    deadline_ns: int

    def is_answered_by(self, ordered: Ordered, answer: Admit | Refuse) -> bool:
        """Whether the answer means this visit: given since it is on hold, and to no other visit by number."""
        return ordered.at_ns >= self.since_ns and answer.visit in {None, self.event.visit}

    @property
    def replaceable(self) -> bool:
        """Whether a readable code may take its place: nothing was known of this one, or nobody is there."""
        return self.event.colour is None or self.event.drill


def admitted(
    held: AccessEvent, by: str, reason: str, now: Instant, opened_by: OpenedBy = OpenedBy.OFFICER
) -> AccessEvent:
    """The end of a hold whose visitor the officer, or the centre, let in; nothing is released yet."""
    return replace(
        held,
        at=now,
        result=AccessResult.GRANTED,
        outcome=Outcome.GRANT,
        reason=HoldEnd.ADMITTED.value,
        opened_by=opened_by,
        officer=by,
        officer_reason=reason,
    )


def denied(held: AccessEvent, end: HoldEnd, now: Instant, by: str | None = None, why: str | None = None) -> AccessEvent:
    """The end of a hold whose visitor was not let in."""
    return replace(
        held, at=now, result=AccessResult.DENIED, outcome=Outcome.DENY, reason=end.value, officer=by, officer_reason=why
    )
