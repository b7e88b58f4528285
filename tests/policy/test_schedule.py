"""The hours of the week, against a table of its minutes."""

from __future__ import annotations

import itertools
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate.policy.schedule import (
    DAY_MIN,
    DAYS,
    WEEK_MIN,
    WHOLE_WEEK,
    Calendar,
    Schedule,
    Window,
    parse_days,
    parse_special_days,
    parse_windows,
)

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


CALENDAR = Calendar(
    parse_days(["2024-02-29", "2026-03-03", "2026-12-25"]),
    parse_special_days(["2028-02-29 08:00-12:00", "2026-03-31 08:00-12:00", "2026-03-31 13:00-15:00"]),
)
SCHEDULES = st.builds(
    Schedule,
    st.sampled_from([parse_windows(["mon-fri 07:30-16:00", "sat 22:00-02:00"]), WHOLE_WEEK, ()]),
    OFFSETS,
    st.sampled_from([Calendar(), CALENDAR]),
)
DAYS_OF_NOTE = [datetime(*one, tzinfo=UTC) for one in [(2024, 2, 29), (2026, 3, 3), (2026, 3, 31), (2028, 2, 29)]]
NEAR_THEM = st.builds(
    lambda day, seconds: day + timedelta(seconds=seconds),
    st.sampled_from(DAYS_OF_NOTE),
    st.integers(-2 * 86400, 2 * 86400),
)


@given(MOMENTS | NEAR_THEM, SCHEDULES)
def test_nothing_changes_before_the_next_change(utc: datetime, schedule: Schedule) -> None:
    change = schedule.next_change(utc)
    if change is None:
        assert (schedule.windows, schedule.calendar.special) == ((), ())
        return
    assert utc < change <= utc + timedelta(days=1)
    assert schedule.covers(change - timedelta(microseconds=1)) is schedule.covers(utc)
    assert all(schedule.covers(utc + (change - utc) * part / 16) is schedule.covers(utc) for part in range(16)), (
        "what is between, too"
    )


@given(MOMENTS | NEAR_THEM, SCHEDULES)
def test_every_minute_is_looked_up_in_its_own_day(utc: datetime, schedule: Schedule) -> None:
    local = utc.replace(tzinfo=None) + timedelta(minutes=schedule.utc_offset_min)
    minute = local.hour * 60 + local.minute
    hours = {one.day: one.windows for one in schedule.calendar.special}
    week = [
        Window(w.start_min - local.weekday() * DAY_MIN, w.end_min - local.weekday() * DAY_MIN) for w in schedule.windows
    ]
    wanted = () if local.date() in schedule.calendar.closed else hours.get(local.date(), tuple(week))
    assert schedule.covers(utc) is any(w.start_min <= minute < w.end_min for w in wanted)


WIB, WITA, WIT = 420, 480, 540


@pytest.mark.parametrize("zone", [WIB, WITA, WIT])
@pytest.mark.parametrize("day", [date(2026, 3, 31), date(2026, 4, 30), date(2028, 2, 29), date(2026, 12, 31)])
def test_a_closed_day_is_the_offices_own_day_to_the_second(zone: int, day: date) -> None:
    schedule = Schedule(WHOLE_WEEK, zone, Calendar(frozenset({day})))
    begins = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(minutes=zone)
    second = timedelta(seconds=1)
    assert [schedule.covers(begins + one) for one in (-second, 0 * second, timedelta(days=1) - second)] == [
        True,
        False,
        False,
    ]
    assert schedule.covers(begins + timedelta(days=1))


def test_a_leap_day_has_its_hours_and_the_day_after_the_weeks() -> None:
    """29 February 2028 is a Tuesday."""
    special = Calendar(special=parse_special_days(["2028-02-29 10:00-11:00"]))
    schedule = Schedule(parse_windows(["tue-wed 08:00-16:00"]), WIT, special)
    at_eight = datetime(2028, 2, 28, 23, 0, tzinfo=UTC)
    hours = [schedule.covers(at_eight + timedelta(hours=one)) for one in (0, 1, 2, 3, 24)]
    assert hours == [False, False, True, False, True]


def test_hours_that_began_the_evening_before_end_at_midnight_of_a_closed_day() -> None:
    sunday = Calendar(frozenset({date(2026, 3, 8)}))
    schedule = Schedule(parse_windows(["sat 22:00-02:00"]), 0, sunday)
    night = datetime(2026, 3, 7, 23, 59, 59, tzinfo=UTC)
    assert schedule.covers(night)
    assert not schedule.covers(night + timedelta(seconds=1))
    assert schedule.next_change(night) == night + timedelta(seconds=1)


def test_for_what_is_unlocked_a_special_day_is_a_closed_one() -> None:
    calendar = CALENDAR.without_hours()
    assert calendar.special == ()
    assert calendar.closed == CALENDAR.closed | {date(2026, 3, 31), date(2028, 2, 29)}


def test_a_special_day_may_have_several_hours() -> None:
    (day,) = parse_special_days(["2026-03-31 13:00-24:00", "2026-03-31 08:00-12:00", "2026-03-31 11:00-12:30"])
    assert day.windows == (Window(480, 750), Window(780, 1440))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("2026-2-3", "form"),
        ("20260203", "form"),
        ("2026-W10-1", "form"),
        ("2026-02-29", "no day"),
        ("2026-13-01", "no day"),
        ("0000-01-01", "no day"),
    ],
)
def test_a_day_that_does_not_exist_is_said(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        parse_days([text])
    with pytest.raises(ValueError, match=reason):
        parse_special_days([f"{text} 08:00-12:00"])


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("2026-03-31", "form"),
        ("2026-03-31 12:00-08:00", "own day"),
        ("2026-03-31 08:00-08:00", "own day"),
        ("x", "form"),
    ],
)
def test_hours_of_a_special_day_that_are_wrong_are_said(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        parse_special_days([text])


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
