"""The hours of the week, against a table of its minutes."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate.access.schedule import DAY_MIN, DAYS, WEEK_MIN, Schedule, parse_windows

MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
CLOCK = st.tuples(st.integers(0, 23), st.integers(0, 59))
MOMENTS = st.datetimes(datetime(2024, 2, 1), datetime(2032, 3, 1), timezones=st.just(UTC))  # noqa: DTZ001  (hypothesis wants them naive)
OFFSETS = st.sampled_from([420, 480, 540, 0, -210])


def minutes_of(first: int, last: int, start: int, end: int) -> set[int]:
    days = range(first, first + (last - first) % 7 + 1)
    length = (end - start) % DAY_MIN or DAY_MIN
    return {(day * DAY_MIN + start + minute) % WEEK_MIN for day in days for minute in range(length)}


@given(
    st.lists(
        st.tuples(st.integers(0, 6), st.integers(0, 6), CLOCK, CLOCK).filter(lambda one: one[2] != one[3]), max_size=4
    )
)
def test_windows_hold_exactly_the_minutes_that_the_texts_say(
    given_: list[tuple[int, int, tuple[int, int], tuple[int, int]]],
) -> None:
    texts = [f"{DAYS[a]}-{DAYS[b]} {s[0]:02}:{s[1]:02}-{e[0]:02}:{e[1]:02}" for a, b, s, e in given_]
    wanted = {m for a, b, s, e in given_ for m in minutes_of(a, b, s[0] * 60 + s[1], e[0] * 60 + e[1])}
    windows = parse_windows(texts)
    assert {minute for window in windows for minute in range(window.start_min, window.end_min)} == wanted
    assert all(one.end_min < other.start_min for one, other in itertools.pairwise(windows))


@given(MOMENTS, OFFSETS)
def test_nothing_changes_before_the_next_change(utc: datetime, offset: int) -> None:
    schedule = Schedule(parse_windows(["mon-fri 07:30-16:00", "sat 22:00-02:00"]), offset)
    change = schedule.next_change(utc)
    assert change is not None
    assert utc < change <= utc + timedelta(days=7)
    assert schedule.covers(change - timedelta(microseconds=1)) is schedule.covers(utc)
    assert schedule.covers(change) is not schedule.covers(utc)


@pytest.mark.parametrize(("zone", "hour"), [(420, 1), (480, 0), (540, -1)])
def test_it_is_the_offices_own_time_that_counts(zone: int, hour: int) -> None:
    schedule = Schedule(parse_windows(["mon 08:00-16:00"]), zone)
    opens = MONDAY + timedelta(hours=hour)
    assert schedule.covers(opens)
    assert not schedule.covers(opens - timedelta(seconds=1))
    assert schedule.covers(opens + timedelta(hours=8) - timedelta(seconds=1))
    assert not schedule.covers(opens + timedelta(hours=8))


def test_without_windows_nothing_is_ever_unlocked() -> None:
    assert Schedule().next_change(MONDAY) is None
    assert not Schedule().covers(MONDAY)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("monday 08:00-16:00", "form"),
        ("mon 8:00-16:00", "form"),
        ("mon-xyz 08:00-16:00", "none of"),
        ("mon 08:60-16:00", "no time"),
        ("mon 08:00-24:01", "no time"),
        ("mon 08:00-08:00", "covers no time"),
        ("mon 24:00-08:00", "covers no time"),
    ],
)
def test_what_is_wrong_is_said(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        parse_windows([text])


def test_a_whole_day_and_a_whole_week() -> None:
    assert [(w.start_min, w.end_min) for w in parse_windows(["tue 00:00-24:00"])] == [(DAY_MIN, 2 * DAY_MIN)]
    assert [(w.start_min, w.end_min) for w in parse_windows(["mon-sun 00:00-24:00"])] == [(0, WEEK_MIN)]
