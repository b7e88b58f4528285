"""The decision on one presentation."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from gate.credential.health import HealthCard, LabTest, Recovery, Vaccination
from gate.credential.instant import ClockTrust
from gate.credential.model import Colour, Facts, PassFacts, RejectReason, TrustStamp, Verified
from gate.policy import packs
from gate.policy.decision import REASONS, PolicyReason, decide
from gate.policy.site import SitePolicy
from gate.policy.status import Outcome
from tests.access.examples import REF, START, TRUST, at, rejected, valid

SITE = SitePolicy()
RULES = packs.usual()


@pytest.mark.parametrize(
    ("colour", "decided", "outcome"),
    [
        (None, Colour.GREEN, Outcome.GRANT),
        (Colour.GREEN, Colour.GREEN, Outcome.GRANT),
        (Colour.YELLOW, Colour.YELLOW, Outcome.HOLD),
        (Colour.RED, Colour.RED, Outcome.HOLD),
        (Colour.BLACK, Colour.BLACK, Outcome.HOLD),
    ],
)
def test_a_valid_pass_has_the_outcome_of_its_colour(colour: Colour | None, decided: Colour, outcome: Outcome) -> None:
    decision = decide(valid(colour), TRUST, SITE, at(0), RULES)
    assert (decision.colour, decision.outcome, decision.reason) == (decided, outcome, "rule_met")
    assert decision.rule.id == "visitor-pass"


@pytest.mark.parametrize(
    "facts", [Vaccination(dose=3, series=2), LabTest(result="260415000"), Recovery(), HealthCard()], ids=repr
)
@pytest.mark.parametrize("clock", ClockTrust)
def test_a_credential_that_no_rule_gives_a_colour_is_held(facts: Facts, clock: ClockTrust) -> None:
    for known in (True, False):
        decision = decide(Verified(REF, facts, None, None, revocation_known=known), TRUST, SITE, at(0, clock), RULES)
        assert (decision.colour, decision.outcome, decision.reason) == (Colour.YELLOW, Outcome.HOLD, "no_rule")


RED, NONE = Colour.RED, None
AS_DESIGNED: dict[RejectReason, tuple[Colour | None, Outcome, bool]] = {
    RejectReason.EXPIRED: (RED, Outcome.HOLD, False),
    RejectReason.NOT_YET_VALID: (RED, Outcome.HOLD, False),
    RejectReason.REVOKED: (RED, Outcome.HOLD, False),
    RejectReason.ISSUER_REVOKED: (RED, Outcome.HOLD, False),
    RejectReason.WRONG_KEY_USAGE: (RED, Outcome.HOLD, False),
    RejectReason.UNKNOWN_ISSUER: (NONE, Outcome.HOLD, True),
    RejectReason.UNKNOWN_FORMAT: (NONE, Outcome.HOLD, True),
    RejectReason.MALFORMED: (NONE, Outcome.HOLD, True),
    RejectReason.SEVERAL_ENTRIES: (NONE, Outcome.HOLD, True),
    RejectReason.TOO_LARGE: (NONE, Outcome.HOLD, True),
    RejectReason.UNREADABLE: (NONE, Outcome.HOLD, True),
    RejectReason.SEVERAL_CODES: (NONE, Outcome.HOLD, True),
    RejectReason.BAD_SIGNATURE: (NONE, Outcome.DENY, False),
    RejectReason.ISSUER_MISMATCH: (NONE, Outcome.DENY, False),
    RejectReason.UNSUPPORTED_ALGORITHM: (NONE, Outcome.DENY, False),
}


@pytest.mark.parametrize("reason", RejectReason)
def test_each_reject_reason_has_the_row_of_the_policy(reason: RejectReason) -> None:
    decision = decide(rejected(reason), TRUST, SITE, at(0), RULES)
    assert (decision.colour, decision.outcome, decision.retry) == AS_DESIGNED[reason]
    assert decision.reason == reason.value


def test_no_reason_of_the_table_grants() -> None:
    assert all(row.outcome is not Outcome.GRANT for row in REASONS.values())
    assert set(REASONS) == set(RejectReason) | set(PolicyReason) - {PolicyReason.RULE_MET}


def test_an_unset_clock_never_grants_on_time_limited_proof() -> None:
    decision = decide(valid(), TRUST, SITE, at(0, ClockTrust.UNSET), RULES)
    assert (decision.colour, decision.outcome, decision.reason) == (Colour.YELLOW, Outcome.HOLD, "clock")


def test_an_unset_clock_never_grants_on_proof_without_limits_either() -> None:
    """The age of the trust that it rests on depends on the time too."""
    unlimited = Verified(REF, PassFacts("visit", None), None, None)
    decision = decide(unlimited, TRUST, SITE, at(0, ClockTrust.UNSET), RULES)
    assert (decision.colour, decision.outcome, decision.reason) == (Colour.YELLOW, Outcome.HOLD, "clock")


def _stamp(issued: datetime, expires: datetime = START + timedelta(days=30)) -> TrustStamp:
    return TrustStamp(7, issued, expires)


@pytest.mark.parametrize(("age_s", "granted"), [(604_799, True), (604_800, False), (604_801, False)])
def test_green_becomes_a_hold_when_the_bundle_is_seven_days_old(age_s: int, *, granted: bool) -> None:
    decision = decide(valid(), _stamp(START - timedelta(seconds=age_s)), SITE, at(0), RULES)
    assert (decision.outcome is Outcome.GRANT) is granted
    assert decision.reason == ("rule_met" if granted else "stale_trust")


MICROSECOND = timedelta(microseconds=1)


@pytest.mark.parametrize(("left", "granted"), [(MICROSECOND, True), (0 * MICROSECOND, False), (-MICROSECOND, False)])
def test_green_becomes_a_hold_when_the_bundle_has_expired(left: timedelta, *, granted: bool) -> None:
    decision = decide(valid(), _stamp(START - timedelta(hours=1), START + left), SITE, at(0), RULES)
    assert (decision.outcome is Outcome.GRANT) is granted
    assert decision.reason == ("rule_met" if granted else "stale_trust")


@pytest.mark.parametrize(("age", "granted"), [(MICROSECOND, True), (0 * MICROSECOND, True), (-MICROSECOND, False)])
@pytest.mark.parametrize("clock", [ClockTrust.SYNCED, ClockTrust.HOLDOVER])
def test_green_becomes_a_hold_when_the_bundle_is_from_the_future(
    age: timedelta, clock: ClockTrust, *, granted: bool
) -> None:
    decision = decide(valid(), _stamp(START - age), SITE, at(0, clock), RULES)
    assert (decision.outcome is Outcome.GRANT) is granted
    assert decision.reason == ("rule_met" if granted else "stale_trust")


def test_unknown_revocation_is_never_taken_for_not_revoked() -> None:
    decision = decide(replace(valid(), revocation_known=False), TRUST, SITE, at(0), RULES)
    assert (decision.colour, decision.outcome, decision.reason) == (Colour.YELLOW, Outcome.HOLD, "revocation_unknown")


@pytest.mark.parametrize("colour", [Colour.YELLOW, Colour.RED, Colour.BLACK])
def test_doubt_never_softens_a_colour(colour: Colour) -> None:
    old = _stamp(START - timedelta(days=30), START)
    assert decide(valid(colour), old, SITE, at(0, ClockTrust.UNSET), RULES).colour is colour
