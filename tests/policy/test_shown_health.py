"""From the codes of issuers to what rules ask for."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate.credential import health
from gate.credential.model import CredentialKind, CredentialRef, Verified
from gate.policy import packs
from gate.policy.decision import decide
from gate.policy.judging import RuleSet
from gate.policy.shown import Finding, LabTest, Method, Shown, Vaccination
from gate.policy.shown_health import born, shown_by_health
from gate.policy.site import SitePolicy
from gate.policy.status import Outcome
from tests.access.examples import START, TRUST, at

COVID = "840539006"
DAY = date(2026, 2, 1)
NOON = datetime(2026, 2, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("facts", "shown"),
    [
        (health.Vaccination(target=COVID, dose=2, series=2, given=DAY), Vaccination(2, 2, DAY)),
        (health.Vaccination(target="RA01", dose=1, series=1), Vaccination(1, 1, None)),
        (health.Vaccination(target=COVID), Vaccination(1, 2, None)),
        (health.Vaccination(target="6142004", dose=2, series=2, given=DAY), None),
        (health.Vaccination(product="208", given=DAY), Vaccination(1, 2, DAY)),
        (health.Vaccination(product="212", given=DAY), Vaccination(1, 1, DAY)),
        (health.Vaccination(product="141", given=DAY), None),
    ],
)
def test_a_dose(facts: health.Vaccination, shown: Vaccination | None) -> None:
    assert shown_by_health("hc1", facts) == Shown("hc1", vaccination=shown)


def test_the_doses_of_a_card_are_counted_once_each() -> None:
    dose = health.Vaccination(product="208", given=DAY)
    later = health.Vaccination(product="208", given=DAY + timedelta(days=30))
    influenza = health.Vaccination(product="141", given=DAY + timedelta(days=90))
    card = health.HealthCard(birth_date="1998-02-26", statements=(dose, later, dose, influenza))
    shown = shown_by_health("shc", card)
    assert shown.vaccination == Vaccination(2, 2, DAY + timedelta(days=30))
    assert shown.born == date(1998, 2, 26)


@pytest.mark.parametrize(
    ("method", "kind"), [("LP6464-4", Method.PCR), ("LP217198-3", Method.ANTIGEN), ("94500-6", Method.PCR), ("x", None)]
)
@pytest.mark.parametrize(
    ("result", "finding"),
    [("260415000", Finding.NEGATIVE), ("260373001", Finding.POSITIVE), ("419984006", Finding.UNCLEAR)],
)
def test_a_test(method: str, kind: Method | None, result: str, finding: Finding) -> None:
    made = health.LabTest(method=method, result=result, sampled=NOON)
    named = health.LabTest(target=COVID, method=method, result=result, sampled=NOON)
    assert shown_by_health("shc", made).tests == (() if kind is None else (LabTest(kind, finding, NOON),))
    assert shown_by_health("hc1", named).tests == (LabTest(kind or Method.OTHER, finding, NOON),)


def test_a_test_without_its_time_or_for_another_disease_shows_nothing() -> None:
    assert shown_by_health("hc1", health.LabTest(target=COVID, method="LP6464-4", result="260415000")).tests == ()
    flu = health.LabTest(target="6142004", method="LP6464-4", result="260415000", sampled=NOON)
    assert shown_by_health("hc1", flu).tests == ()


def test_a_recovery_is_from_this_disease() -> None:
    for target, first in ((COVID, DAY), ("6142004", None)):
        recovery = health.Recovery(target=target, first_positive=DAY)
        assert shown_by_health("hc1", recovery).first_positive == first


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("1998-02-26", date(1998, 2, 26)),
        ("1998-02", date(1998, 2, 28)),
        ("2000-02", date(2000, 2, 29)),
        ("1998", date(1998, 12, 31)),
        ("", None),
        ("0000", None),
        ("1998-13", None),
    ],
)
def test_a_partial_birth_date_is_its_last_day(text: str, day: date | None) -> None:
    assert born(text) == day


@given(st.text(max_size=12))
def test_any_text_is_a_day_or_none(text: str) -> None:
    assert born(text) is None or isinstance(born(text), date)


@pytest.mark.parametrize(
    ("doses", "outcome", "colour"), [(3, Outcome.GRANT, "green"), (2, Outcome.HOLD, "yellow"), (1, Outcome.HOLD, "red")]
)
def test_a_certificate_gets_its_colour_from_the_pack_in_force(doses: int, outcome: Outcome, colour: str) -> None:
    dose = health.Vaccination(
        birth_date="1980-01-01", target=COVID, dose=doses, series=2, given=START.date() - timedelta(days=60)
    )
    ref = CredentialRef(CredentialKind.HC1, "office", "00" * 8, "ab" * 16, "2026-W10")
    rules = RuleSet((packs.shipped("pl-2022-07"), packs.shipped("visitor-pass")))
    decision = decide(Verified(ref, dose, None, None), TRUST, SitePolicy(), at(0), rules)
    assert (decision.outcome, decision.colour, decision.rule.id) == (outcome, colour, "pl-2022-07")
