"""The decision on one presentation: a table of reasons, and the few rules that a valid pass meets or does not.

``decide`` is total: every verdict leads to exactly one row, and only a rule that was met leads to a grant.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import datetime, timedelta

from gate.credential.instant import ClockTrust, Instant
from gate.credential.model import Colour, Rejected, RejectReason, TrustStamp, Verdict, Verified
from gate.policy.site import EMPTY, SitePolicy, SiteState, exit_decision, site_obstacle
from gate.policy.status import Decision, Outcome, Rule

VISITOR_PASS = Rule("visitor-pass", 1)
"""A valid gate pass has the colour it states; one that states none is green."""


@enum.unique
class PolicyReason(enum.StrEnum):
    """Reasons that come from the site's state, or from a rule, rather than from the credential."""

    RULE_MET = "rule_met"
    CLOCK = "clock"
    STALE_TRUST = "stale_trust"
    REVOCATION_UNKNOWN = "revocation_unknown"
    FULL = "full"
    OUTSIDE_HOURS = "outside_hours"
    PASSBACK = "passback"


@dataclass(frozen=True, slots=True)
class Row:
    """What a reason leads to. ``retry`` hints to try again before the outcome counts."""

    colour: Colour | None
    outcome: Outcome
    retry: bool = False


_RED_HOLD = Row(Colour.RED, Outcome.HOLD)
_YELLOW_HOLD = Row(Colour.YELLOW, Outcome.HOLD)
_TRY_AGAIN = Row(None, Outcome.HOLD, retry=True)
_FORGED = Row(None, Outcome.DENY)

REASONS: dict[RejectReason | PolicyReason, Row] = {
    RejectReason.EXPIRED: _RED_HOLD,
    RejectReason.NOT_YET_VALID: _RED_HOLD,
    RejectReason.REVOKED: _RED_HOLD,
    RejectReason.ISSUER_REVOKED: _RED_HOLD,
    RejectReason.WRONG_KEY_USAGE: _RED_HOLD,
    RejectReason.UNKNOWN_ISSUER: _TRY_AGAIN,
    RejectReason.UNKNOWN_FORMAT: _TRY_AGAIN,
    RejectReason.MALFORMED: _TRY_AGAIN,
    RejectReason.SEVERAL_ENTRIES: _TRY_AGAIN,
    RejectReason.TOO_LARGE: _TRY_AGAIN,
    RejectReason.UNREADABLE: _TRY_AGAIN,
    RejectReason.SEVERAL_CODES: _TRY_AGAIN,
    RejectReason.BAD_SIGNATURE: _FORGED,
    RejectReason.ISSUER_MISMATCH: _FORGED,
    RejectReason.UNSUPPORTED_ALGORITHM: _FORGED,
    PolicyReason.CLOCK: _YELLOW_HOLD,
    PolicyReason.STALE_TRUST: _YELLOW_HOLD,
    PolicyReason.REVOCATION_UNKNOWN: _YELLOW_HOLD,
    PolicyReason.FULL: _YELLOW_HOLD,
    PolicyReason.OUTSIDE_HOURS: _YELLOW_HOLD,
    PolicyReason.PASSBACK: _YELLOW_HOLD,
}


def decide(verdict: Verdict, trust: TrustStamp, site: SitePolicy, now: Instant, state: SiteState = EMPTY) -> Decision:
    """The colour and outcome of a verdict, with the rule and the reason that decided."""
    if isinstance(verdict, Rejected):
        return _by_reason(verdict.reason)
    if (leaving := exit_decision(verdict, site)) is not None:
        return leaving
    colour = verdict.facts.colour or Colour.GREEN
    outcome = site.outcome(colour)
    if outcome is Outcome.GRANT:
        doubt = _doubt(verdict, trust, site, now)
        if doubt is not None:
            return _by_reason(doubt)
        obstacle = site_obstacle(colour, site, state, now)
        if obstacle is not None:
            return _by_reason(PolicyReason(obstacle.value))
    return Decision(colour, outcome, VISITOR_PASS, PolicyReason.RULE_MET)


def _by_reason(reason: RejectReason | PolicyReason) -> Decision:
    row = REASONS[reason]
    return Decision(row.colour, row.outcome, VISITOR_PASS, reason.value, retry=row.retry)


def _doubt(verdict: Verified, trust: TrustStamp, site: SitePolicy, now: Instant) -> PolicyReason | None:
    """Why a grant cannot rest on this verdict now. The clock comes before ages, which mean nothing without it."""
    if not verdict.revocation_known:
        return PolicyReason.REVOCATION_UNKNOWN
    if now.clock is ClockTrust.UNSET:
        return PolicyReason.CLOCK
    if not _in_force(trust, site, now.utc):
        return PolicyReason.STALE_TRUST
    return None


def _in_force(trust: TrustStamp, site: SitePolicy, utc: datetime) -> bool:
    """Neither from the future, nor past its own end, nor older than the site allows."""
    young = utc - trust.issued < timedelta(seconds=site.trust_max_age_s)
    return young and trust.issued <= utc < trust.expires
