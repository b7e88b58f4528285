"""How many people are inside, by counts that only their own gates change."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate.policy.occupancy import GateCount, Occupancy, inside

TODAY, YESTERDAY = date(2026, 3, 2), date(2026, 3, 1)
MOMENTS = st.datetimes(datetime(2024, 2, 1), datetime(2032, 3, 1), timezones=st.just(UTC))  # noqa: DTZ001  (hypothesis wants them naive)
RULES = st.builds(Occupancy, st.just(0), st.integers(0, 1439), st.sampled_from([420, 480, 540, -210]))


def test_the_counts_of_a_sites_gates_add_up() -> None:
    counts = [GateCount("north", TODAY, 10, 0, -1), GateCount("south", TODAY, 5), GateCount("exit", TODAY, 0, 4)]
    assert inside(counts, TODAY) == 10


def test_what_was_counted_before_the_check_out_is_worth_nothing() -> None:
    assert inside([GateCount("north", YESTERDAY, 10), GateCount("south", TODAY, 2)], TODAY) == 2
    assert inside([GateCount("north", None, 10)], TODAY) == 0
    assert inside([GateCount("north", None, 10)], None) == 10


def test_nobody_is_inside_less_than_nobody() -> None:
    assert inside([GateCount("exit", TODAY, 0, 4)], TODAY) == 0


@given(MOMENTS, RULES)
def test_a_period_lasts_from_one_check_out_to_the_next(utc: datetime, rules: Occupancy) -> None:
    end = rules.next_checkout(utc)
    period = rules.period(utc)
    assert end is not None
    assert period is not None
    assert utc < end <= utc + timedelta(days=1)
    assert rules.period(end - timedelta(microseconds=1)) == period
    assert rules.period(end) == period + timedelta(days=1)
    local = end + timedelta(minutes=rules.utc_offset_min)
    assert local.hour * 60 + local.minute == rules.checkout_min
    assert local.date() == period + timedelta(days=1)


def test_without_a_check_out_there_is_one_period() -> None:
    assert Occupancy().period(datetime(2026, 3, 2, tzinfo=UTC)) is None
    assert Occupancy().next_checkout(datetime(2026, 3, 2, tzinfo=UTC)) is None


@pytest.mark.parametrize(
    ("zone", "period"), [(420, date(2028, 2, 28)), (480, date(2028, 2, 29)), (540, date(2028, 2, 29))]
)
def test_the_office_is_checked_out_in_its_own_time_also_on_a_leap_day(zone: int, period: date) -> None:
    """29 February 2028, 10:30 UTC: 17:30 WIB, 18:30 WITA, 19:30 WIT."""
    rules = Occupancy(checkout_min=18 * 60, utc_offset_min=zone)
    assert rules.period(datetime(2028, 2, 29, 10, 30, tzinfo=UTC)) == period
