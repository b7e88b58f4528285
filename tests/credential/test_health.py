"""Facts on their way out: without what identifies a person, and with the age in place of the birth date."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate.credential.health import Health, HealthCard, LabTest, Recovery, Vaccination, age, impersonal

TODAY = date(2026, 3, 14)
DOSE = Vaccination(birth_date="1998-02-26", certificate_id="UCI-4711", dose=2, product="EU/1/20/1528")


@pytest.mark.parametrize(
    "facts",
    [
        DOSE,
        LabTest(birth_date="1998-02-26", certificate_id="UCI-4711"),
        Recovery(birth_date="1998-02-26", certificate_id="UCI-4711"),
        HealthCard(birth_date="1998-02-26", statements=(DOSE, DOSE)),
    ],
    ids=lambda facts: type(facts).__name__,
)
def test_what_identifies_a_person_is_taken_out(facts: Health) -> None:
    reduced = impersonal(facts, TODAY)
    everything = repr([(one.birth_date, getattr(one, "certificate_id", "")) for one in every(reduced)])
    assert "1998" not in everything
    assert "4711" not in everything
    assert {one.age_years for one in every(reduced)} == {28}


def every(facts: Health) -> list[Health]:
    return [facts, *(facts.statements if isinstance(facts, HealthCard) else ())]


def test_what_rules_need_stays() -> None:
    reduced = impersonal(DOSE, TODAY)
    assert isinstance(reduced, Vaccination)
    assert (reduced.dose, reduced.product) == (2, "EU/1/20/1528")


@pytest.mark.parametrize(
    ("birth_date", "expected"),
    [
        ("2008-03-14", 18),
        ("2008-03-15", 17),
        ("2008-02", 18),
        ("2008-03", 17),
        ("2008", 17),
        ("2007", 18),
        ("2026-03-14", 0),
        ("2026", 0),
        ("2027", None),
        ("", None),
    ],
)
def test_age(birth_date: str, expected: int | None) -> None:
    assert age(birth_date, TODAY) == expected


@given(st.dates(date(1900, 1, 1), TODAY))
def test_a_partial_birth_date_never_makes_older(born: date) -> None:
    whole = age(born.isoformat(), TODAY)
    assert whole is not None
    for part in (born.isoformat()[:4], born.isoformat()[:7]):
        fewest = age(part, TODAY)
        assert fewest is not None
        assert whole - 1 <= fewest <= whole
