"""The keys of the weeks: alike however they are reached, and never backwards."""

from __future__ import annotations

import hashlib
import hmac
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate.credential.epoch import MOST_WEEKS, carried_on
from gate.credential.trust import EpochKey, Trust
from gate.credential.verify import verify
from tests.credential.minting import MINT, at


def week(number: int) -> str:
    name = (date(2026, 1, 5) + timedelta(weeks=number)).isocalendar()
    return f"{name.year}-W{name.week:02}"


@given(st.binary(min_size=32, max_size=32), st.integers(0, 60), st.integers(1, 60), st.integers(1, 60))
def test_many_steps_lead_where_one_leads(key: bytes, start: int, first: int, second: int) -> None:
    middle = carried_on(key, week(start), week(start + first))
    assert middle is not None
    assert carried_on(middle, week(start + first), week(start + first + second)) == carried_on(
        key, week(start), week(start + first + second)
    )
    assert len({key, middle}) == 2


@pytest.mark.parametrize("until", [week(10), week(9), week(11 + MOST_WEEKS)])
def test_neither_back_nor_over_a_pause_without_end(until: str) -> None:
    assert carried_on(bytes(32), week(10), until) is None


def test_a_year_with_53_weeks_has_them() -> None:
    by_weeks = carried_on(bytes(32), "2026-W52", "2026-W53")
    assert by_weeks is not None
    assert carried_on(by_weeks, "2026-W53", "2027-W01") == carried_on(bytes(32), "2026-W52", "2027-W01")


def test_a_subject_is_known_by_the_pseudonym_of_the_week_before() -> None:
    old = EpochKey("2026-W10", bytes(32))
    new = EpochKey("2026-W11", bytes(range(32)), old)
    before = verify(MINT.valid(), Trust(MINT.bundle, old), at()).credential
    after = verify(MINT.valid(), Trust(MINT.bundle, new), at()).credential
    assert before is not None
    assert after is not None
    assert (after.previous_fp, before.previous_fp) == (before.fp, None)
    assert after.fp != before.fp


@given(st.binary(max_size=200), st.binary(max_size=300))
def test_a_pseudonym_is_half_of_the_hmac_of_its_subject(key: bytes, subject: bytes) -> None:
    assert EpochKey("2026-W11", key).pseudonym(subject) == hmac.new(key, subject, hashlib.sha256).hexdigest()[:32]
