"""What a health certificate shows, from the codes that its issuer writes: doses, recoveries and tests for COVID-19.

What is about another disease shows nothing, and so does what cannot be told apart: the visitor is then held for the
officer.  Codes: SNOMED CT and LOINC as in the EU's value sets, ICD-11 as in WHO's, CVX as in SMART Health
Cards, words as in ICAO's seals.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Sequence
from datetime import date

from gate.credential import health
from gate.policy.shown import Finding, LabTest, Method, Shown, Vaccination

COVID_19 = frozenset({"840539006", "RA01", "RA01.0", "RA01.1", "840533007"})
"""The disease or its agent."""
CVX = frozenset({str(code) for code in (207, 208, *range(210, 214), *range(217, 220), 221, *range(225, 231))})
CVX |= frozenset({str(code) for code in (*range(300, 303), *range(308, 314), *range(500, 522))})
"""Vaccines against it, for cards that name no disease."""
CVX_SINGLE = frozenset({"212"})
"""One dose makes their first series complete."""
METHODS = {
    **dict.fromkeys(("LP6464-4", "94500-6", "94309-2", "94531-1", "94534-0", "94759-8", "94845-5"), Method.PCR),
    **dict.fromkeys(("LP217198-3", "94558-4", "97097-0", "96119-3", "95209-3"), Method.ANTIGEN),
    "molecular(PCR)": Method.PCR,
    "molecular(other)": Method.PCR,
    "antigen": Method.ANTIGEN,
}
FINDINGS = {
    **dict.fromkeys(("260415000", "260385009", "LA6577-6", "LA11883-8", "negative"), Finding.NEGATIVE),
    **dict.fromkeys(("260373001", "10828004", "LA6576-8", "LA11882-0", "positive"), Finding.POSITIVE),
}
FIRST_SERIES = 2
"""Doses of it where the issuer does not say."""


def shown_by_health(kind: str, facts: health.Health) -> Shown:
    """What these facts show of the holder."""
    match facts:
        case health.HealthCard():
            return _card(kind, facts)
        case health.Vaccination():
            doses = _vaccination([facts])
            return Shown(kind, born=born(facts.birth_date), vaccination=doses)
        case health.Recovery():
            first = facts.first_positive if facts.target in COVID_19 else None
            return Shown(kind, born=born(facts.birth_date), first_positive=first)
        case health.LabTest():
            return Shown(kind, born=born(facts.birth_date), tests=_tests([facts]))


def born(birth_date: str) -> date | None:
    """The last day that a birth date can mean, which may lack its day, or month and day."""
    year, month, day = (*(int(part) for part in birth_date.split("-") if part.isdecimal()), 0, 0, 0)[:3]
    if not 1 <= year <= date.max.year or month > 12:  # noqa: PLR2004  (months of a year)
        return None
    month = month or 12
    last = monthrange(year, month)[1]
    return date(year, month, min(day or last, last))


def _card(kind: str, card: health.HealthCard) -> Shown:
    doses = [one for one in card.statements if isinstance(one, health.Vaccination)]
    tests = [one for one in card.statements if isinstance(one, health.LabTest)]
    return Shown(kind, born=born(card.birth_date), vaccination=_vaccination(doses), tests=_tests(tests))


def _vaccination(given: Sequence[health.Vaccination]) -> Vaccination | None:
    """All doses of one person as the newest one; a dose that stands twice counts once."""
    doses = [one for one in given if one.target in COVID_19 or (not one.target and one.product in CVX)]
    if not doses:
        return None
    days = {one.given for one in doses if one.given is not None}
    numbers = [one.dose for one in doses if one.dose is not None]
    return Vaccination(
        doses=max([len(days), 1, *numbers]),
        needed=max((one.series or _series_of(one) for one in doses), default=FIRST_SERIES),
        last=max(days, default=None),
    )


def _series_of(dose: health.Vaccination) -> int:
    return 1 if dose.product in CVX_SINGLE else FIRST_SERIES


def _tests(made: Sequence[health.LabTest]) -> tuple[LabTest, ...]:
    return tuple(
        LabTest(METHODS.get(one.method, Method.OTHER), FINDINGS.get(one.result, Finding.UNCLEAR), one.sampled)
        for one in made
        if one.sampled is not None and (one.target in COVID_19 or (not one.target and one.method in METHODS))
    )
