"""The decision on one presentation: a table of reasons, and the rule pack in force for what was shown.

``decide`` is total: every verdict leads to exactly one row, and only a rule that was met leads to a grant; none does
where a stricter rule could not be evaluated.
"""

from __future__ import annotations

import enum
from collections.abc import Collection
from dataclasses import dataclass, replace
from functools import reduce

from gate.credential.instant import ClockTrust, Instant
from gate.credential.model import Colour, CredentialKind, Rejected, RejectReason, TrustStamp, Verdict, Verified
from gate.policy.acceptance import Acceptance, accepted, stricter
from gate.policy.certlogic import Budget
from gate.policy.facts import Place, facts_document
from gate.policy.judging import LIMITS, Judgement, RuleSet, judge
from gate.policy.pack import Pack
from gate.policy.pairing import Half, together
from gate.policy.shown_by import shown_by
from gate.policy.site import EMPTY, SitePolicy, SiteState, exit_decision, site_obstacle
from gate.policy.status import Decision, Judged, Other, Outcome, Rule
from gate.policy.trust_age import TrustAge, age_of

NO_PACK = Rule("none", 0)
"""Named where no pack is in force."""


@enum.unique
class PolicyReason(enum.StrEnum):
    """Reasons that come from the site's state, or from a rule, rather than from the credential."""

    RULE_MET = "rule_met"
    CLOCK = "clock"
    STALE_TRUST = "stale_trust"
    REVOCATION_UNKNOWN = "revocation_unknown"
    FULL = "full"
    OUTSIDE_HOURS = "outside_hours"
    NO_RULE = "no_rule"
    """No pack in force speaks of what was shown, or none of its rules holds."""
    PASSBACK = "passback"
    SECOND_CODE = "second_code"
    """The rules ask for another credential beside the one that was shown."""
    UNSIGNED = "unsigned"
    """The colour lets in, but nobody signed what was shown."""
    RULE_ERROR = "rule_error"
    """A rule could not be evaluated, and what it would have said might matter."""


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
    PolicyReason.NO_RULE: _YELLOW_HOLD,
    PolicyReason.RULE_ERROR: _YELLOW_HOLD,
    PolicyReason.PASSBACK: _YELLOW_HOLD,
    PolicyReason.UNSIGNED: _YELLOW_HOLD,
    PolicyReason.SECOND_CODE: Row(Colour.YELLOW, Outcome.HOLD, retry=True),
}


def decide(
    verdict: Verdict,
    trust: TrustStamp,
    site: SitePolicy,
    now: Instant,
    rules: RuleSet,
    acceptance: Acceptance | None = None,
) -> Decision:
    """The colour and outcome of a verdict, with the rule and the reason that decided."""
    return conclude(verdict, judged(verdict, now, site, rules, acceptance), trust, site, now)


def judged(
    verdict: Verdict,
    now: Instant,
    site: SitePolicy,
    rules: RuleSet,
    acceptance: Acceptance | None = None,
    before: Half | None = None,
) -> Judged:
    """What the rules say of the verdict's facts; the reader asks, so that facts go no further than there.

    ``before`` is another credential of the visitor that counts together with this one, where there is one.

    ``acceptance``, where there is one, is asked of EU certificates beside the pack that speaks of them, if any does.
    The strictest word counts. All of it shares one budget.
    """
    place = Place(now.utc, site.site, site.utc_offset_min)
    newest = _name(rules.newest(place.today))
    if isinstance(verdict, Rejected):
        return Judged(newest)
    shown = shown_by(verdict)
    document = facts_document(shown if before is None else together(before.shown, shown), place)
    topics = document["facts"]["proves"]
    pack = rules.pack_for(topics, place.today)
    budget = Budget(LIMITS)
    by_pack = None if pack is None else _judged(pack, judge(pack, document, budget), topics)
    said = (by_place(verdict, now, acceptance, budget), by_pack, before.by_place if before else None)
    found = [one for one in said if one is not None]
    return reduce(stricter, found) if found else Judged(newest)


def by_place(
    verdict: Verified, now: Instant, acceptance: Acceptance | None, budget: Budget | None = None
) -> Judged | None:
    """What the rules of the place say of it, which speak of EU certificates alone; None for nothing."""
    if acceptance is None or verdict.document is None:
        return None
    return accepted(acceptance, verdict.document, now.utc, budget or Budget(LIMITS))


def conclude(
    verdict: Verdict, by_rules: Judged, trust: TrustStamp, site: SitePolicy, now: Instant, state: SiteState = EMPTY
) -> Decision:
    """The decision, given what the rules say. It looks at no facts."""
    if isinstance(verdict, Rejected):
        return _by_reason(verdict.reason, by_rules)
    if (leaving := exit_decision(verdict, by_rules, site)) is not None:
        return leaving
    if by_rules.wants or by_rules.colour is None:
        return _by_reason(_lack(by_rules), by_rules)
    outcome = site.outcome(by_rules.colour)
    if outcome is Outcome.GRANT:
        doubt = _doubt(verdict, by_rules.other, trust, site, now)
        doubt = doubt or (None if by_rules.is_sure else PolicyReason.RULE_ERROR)
        obstacle = site_obstacle(by_rules.colour, site, state, now)
        if doubt is not None:
            return _by_reason(doubt, by_rules)
        if obstacle is not None:
            return _by_reason(PolicyReason(obstacle.value), by_rules)
    decision = Decision(by_rules.colour, outcome, by_rules.rule, PolicyReason.RULE_MET.value)
    return replace(decision, met=by_rules.met, broken=by_rules.broken)


def _lack(by_rules: Judged) -> PolicyReason:
    """Why the rules give no colour that counts."""
    if by_rules.wants:
        return PolicyReason.SECOND_CODE
    return PolicyReason.RULE_ERROR if by_rules.broken else PolicyReason.NO_RULE


def _name(pack: Pack | None) -> Rule:
    return NO_PACK if pack is None else pack.name


def _judged(pack: Pack, judgement: Judgement, topics: Collection[str]) -> Judged:
    """What a pack says; black needs no second credential."""
    met, broken = judgement.met, tuple(one.rule.id for one in judgement.broken)
    wants = pack.lacks(topics) and (met is None or met.colour is not Colour.BLACK)
    if met is None:
        return Judged(pack.name, broken=broken, wants=wants)
    return Judged(pack.name, met.colour, judgement.is_sure, met.id, broken, wants)


def _by_reason(reason: RejectReason | PolicyReason, by_rules: Judged) -> Decision:
    row = REASONS[reason]
    decision = Decision(row.colour, row.outcome, by_rules.rule, reason.value, retry=row.retry)
    return replace(decision, broken=by_rules.broken)


def _doubt(
    verdict: Verified, other: Other | None, trust: TrustStamp, site: SitePolicy, now: Instant
) -> PolicyReason | None:
    """Why a grant cannot rest on this verdict now, or on the other credential that it rests on, too.

    The clock comes before ages, which mean nothing without it.
    """
    rests_on = (Other(verdict.credential, verdict.revocation_known), *([other] if other else []))
    if not all(one.revocation_known for one in rests_on):
        return PolicyReason.REVOCATION_UNKNOWN
    if now.clock is ClockTrust.UNSET:
        return PolicyReason.CLOCK
    if age_of(trust, site.trust_ages, now.utc) is TrustAge.DEGRADED:
        return PolicyReason.STALE_TRUST
    if not site.unsigned_may_enter and any(one.credential.kind is CredentialKind.BADGE for one in rests_on):
        return PolicyReason.UNSIGNED
    return None
