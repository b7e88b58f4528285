"""The events of a visit, as they begin."""

from __future__ import annotations

from dataclasses import replace

from gate.access.events import AccessEvent, AccessResult, OpenedBy
from gate.access.officer import HoldReason
from gate.access.orders import Admit, RemoteRelease
from gate.access.patterns import NS_PER_MS
from gate.access.signals import Presented
from gate.credential.instant import Instant
from gate.credential.model import Colour
from gate.policy.status import Decision, Outcome, Rule

ASSISTED = Rule("assisted", 1)
"""The officer lets somebody in who has no code."""
DRILL = Rule("drill", 1)
REMOTE = Rule("remote", 1)
"""The centre lets somebody in of whom the gate knows nothing."""


def presented(
    visit: int, signal: Presented, decision: Decision, result: AccessResult, now: Instant, *, reason: str | None = None
) -> AccessEvent:
    """A visit that begins with a code; nothing is released yet."""
    ref = signal.verdict.credential
    return AccessEvent(
        at=now,
        result=result,
        visit=visit,
        colour=decision.colour,
        outcome=Outcome.DENY if result is AccessResult.DENIED else decision.outcome,
        reason=reason or decision.reason,
        rule=decision.rule,
        credential=ref and replace(ref, previous_fp=None),
        trust=signal.trust,
        opened_by=OpenedBy.NONE,
        decode_ms=(signal.decoded_ns - signal.captured_ns) // NS_PER_MS,
        decide_ms=(now.mono_ns - signal.decoded_ns) // NS_PER_MS,
        release_ms=0,
    )


def assisted(visit: int, count: int, order: Admit, by: str, now: Instant) -> AccessEvent:
    """A visit of somebody without a code whom the officer lets in; nothing is released yet."""
    return AccessEvent(
        at=now,
        result=AccessResult.GRANTED,
        visit=visit,
        colour=None,
        outcome=Outcome.GRANT,
        reason="assisted",
        rule=ASSISTED,
        credential=None,
        trust=None,
        opened_by=OpenedBy.OFFICER,
        decode_ms=0,
        decide_ms=0,
        release_ms=0,
        officer=by,
        officer_reason=order.reason,
        attestation=order.attestation,
        assisted=count,
    )


def remote(visit: int, order: RemoteRelease, by: str, now: Instant) -> AccessEvent:
    """A visit of somebody whom the centre lets in; nothing is released yet."""
    return AccessEvent(
        at=now,
        result=AccessResult.GRANTED,
        visit=visit,
        colour=None,
        outcome=Outcome.GRANT,
        reason="remote",
        rule=REMOTE,
        credential=None,
        trust=None,
        opened_by=OpenedBy.REMOTE,
        decode_ms=0,
        decide_ms=0,
        release_ms=0,
        officer=by,
        officer_reason=order.reason,
    )


def drill(visit: int, colour: Colour, by: str, now: Instant) -> AccessEvent:
    """A visit of nobody, to practise what a red or black one leads to."""
    return AccessEvent(
        at=now,
        result=AccessResult.HELD,
        visit=visit,
        colour=colour,
        outcome=Outcome.HOLD,
        reason=HoldReason.DRILL.value,
        rule=DRILL,
        credential=None,
        trust=None,
        opened_by=OpenedBy.NONE,
        decode_ms=0,
        decide_ms=0,
        release_ms=0,
        officer=by,
        drill=True,
    )
