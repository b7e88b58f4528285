"""The stages of a bundle's age."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate.credential.model import TrustStamp
from gate.policy.trust_age import TrustAge, TrustAges, age_of
from tests.credential.minting import NOON

STAMP = TrustStamp(1, NOON, NOON + timedelta(days=30))


@pytest.mark.parametrize(
    ("age", "stage"),
    [
        (timedelta(microseconds=-1), TrustAge.DEGRADED),
        (timedelta(0), TrustAge.FRESH),
        (timedelta(hours=24, microseconds=-1), TrustAge.FRESH),
        (timedelta(hours=24), TrustAge.WARNED),
        (timedelta(days=7, microseconds=-1), TrustAge.WARNED),
        (timedelta(days=7), TrustAge.DEGRADED),
        (timedelta(days=400), TrustAge.DEGRADED),
    ],
)
def test_the_stages(age: timedelta, stage: TrustAge) -> None:
    assert age_of(STAMP, TrustAges(), NOON + age) is stage


def test_the_bundles_own_end_counts_at_any_age() -> None:
    short = TrustStamp(1, NOON, NOON + timedelta(hours=1))
    assert age_of(short, TrustAges(), NOON + timedelta(hours=1)) is TrustAge.DEGRADED


@given(st.integers(1, 10**6), st.integers(1, 10**6), st.timedeltas(timedelta(0), timedelta(days=29)), st.data())
def test_trust_never_grows_younger(warn_s: int, degrade_s: int, age: timedelta, data: st.DataObject) -> None:
    later = data.draw(st.timedeltas(age, timedelta(days=60)))
    order = list(TrustAge)
    ages = TrustAges(warn_s, degrade_s)
    assert order.index(age_of(STAMP, ages, NOON + age)) <= order.index(age_of(STAMP, ages, NOON + later))
