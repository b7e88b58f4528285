"""The system clock: its trust, its floor, and the kernel's real answer."""

from __future__ import annotations

import ctypes
import time
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate import RELEASED
from gate.adapters.clock_system import HIGHEST_FLOOR, SystemClock, Timex, ask_kernel, says_synced
from gate.credential.instant import ClockTrust, Instant

SECOND_NS = 1_000_000_000
LATER = RELEASED + timedelta(days=100)


class Machine:
    """The clocks of a machine, moved by hand."""

    def __init__(self, utc: datetime = LATER, max_error_us: int | None = 500) -> None:
        self.utc = utc
        self.mono_ns = 7 * SECOND_NS
        self.max_error_us = max_error_us
        self.asked = 0

    def ask(self) -> Timex | None:
        self.asked += 1
        return None if self.max_error_us is None else Timex(maxerror=self.max_error_us)

    def clock(self, floor: datetime = RELEASED, *, kept: bool = True) -> SystemClock:
        return SystemClock(floor, kept=kept, read_utc=lambda: self.utc, read_mono_ns=lambda: self.mono_ns, ask=self.ask)


@pytest.mark.parametrize(
    ("max_error_us", "trust"),
    [
        (500, ClockTrust.SYNCED),
        (15_999_999, ClockTrust.SYNCED),
        (16_000_000, ClockTrust.HOLDOVER),
        (None, ClockTrust.HOLDOVER),
    ],
)
def test_trust_is_what_the_kernel_says(max_error_us: int | None, trust: ClockTrust) -> None:
    machine = Machine(max_error_us=max_error_us)
    assert machine.clock().now() == Instant(LATER, 7 * SECOND_NS, trust)


def test_where_nothing_keeps_the_time_a_clock_is_unset_until_a_source_has_set_it_once() -> None:
    """A board without a battery starts with the time at which it stopped, which may be days ago."""
    machine = Machine(max_error_us=16_000_000)
    clock = machine.clock(kept=False)
    found = [clock.now()]
    for max_error_us in (500, 16_000_000):
        machine.max_error_us = max_error_us
        machine.mono_ns += SECOND_NS
        found.append(clock.now())
    assert [one.clock for one in found] == [ClockTrust.UNSET, ClockTrust.SYNCED, ClockTrust.HOLDOVER]
    assert {one.utc for one in found} == {LATER}, "a lower bound, but the best that there is"


def test_before_the_floor_the_floor_is_the_time_even_when_synced() -> None:
    machine = Machine(utc=LATER - timedelta(microseconds=1))
    assert machine.clock(floor=LATER).now() == Instant(LATER, 7 * SECOND_NS, ClockTrust.UNSET)


def test_at_the_floor_the_clock_counts() -> None:
    assert Machine().clock(floor=LATER).now().clock is ClockTrust.SYNCED


def test_the_release_is_a_floor_under_an_older_record() -> None:
    machine = Machine(utc=datetime(1970, 1, 1, tzinfo=UTC))
    assert machine.clock(floor=datetime(2001, 1, 1, tzinfo=UTC)).now().utc == RELEASED


def test_a_floor_of_another_zone_is_told_in_utc() -> None:
    jakarta = LATER.astimezone(timezone(timedelta(hours=7)))
    now = Machine(utc=RELEASED).clock(floor=jakarta).now()
    assert (now.utc, now.utc.tzinfo) == (LATER, UTC)


def test_a_clock_that_is_set_at_last_is_believed() -> None:
    machine = Machine(utc=datetime(1970, 1, 1, tzinfo=UTC))
    clock = machine.clock()
    before = clock.now()
    machine.utc = LATER
    assert (before.clock, clock.now().clock) == (ClockTrust.UNSET, ClockTrust.SYNCED)


def test_the_kernel_is_asked_once_a_second() -> None:
    machine = Machine()
    clock = machine.clock()
    clock.now()
    machine.max_error_us = 16_000_000
    machine.mono_ns += SECOND_NS - 1
    assert (clock.now().clock, machine.asked) == (ClockTrust.SYNCED, 1)
    machine.mono_ns += 1
    assert (clock.now().clock, machine.asked) == (ClockTrust.HOLDOVER, 2)


def test_a_machine_that_boots_before_a_raised_floor_is_unset_and_shows_the_floor() -> None:
    machine = Machine()
    clock = machine.clock()
    assert clock.raise_floor(LATER + timedelta(days=1))
    assert clock.now() == Instant(LATER + timedelta(days=1), 7 * SECOND_NS, ClockTrust.UNSET)


def test_the_floor_is_never_lowered() -> None:
    clock = Machine().clock(floor=LATER + timedelta(days=1))
    assert clock.raise_floor(LATER - timedelta(days=1))
    assert clock.now().utc == LATER + timedelta(days=1)


def test_a_raised_floor_of_another_zone_is_told_in_utc() -> None:
    clock = Machine(utc=RELEASED).clock()
    clock.raise_floor(LATER.astimezone(timezone(timedelta(hours=7))))
    assert (clock.now().utc, clock.now().utc.tzinfo) == (LATER, UTC)


@pytest.mark.parametrize(("past_s", "taken"), [(0, True), (1, False)])
def test_a_floor_beyond_the_life_of_a_version_is_refused(past_s: int, *, taken: bool) -> None:
    machine = Machine()
    clock = machine.clock()
    assert clock.raise_floor(HIGHEST_FLOOR + timedelta(seconds=past_s)) is taken
    assert clock.now().clock is (ClockTrust.UNSET if taken else ClockTrust.SYNCED)


@given(steps=st.lists(st.timedeltas(timedelta(days=-40000), timedelta(days=40000)), max_size=20))
def test_no_step_of_the_wall_clock_shows_a_time_before_the_floor(steps: list[timedelta]) -> None:
    machine = Machine()
    clock = machine.clock(floor=LATER)
    for step in steps:
        machine.utc = LATER + step
        now = clock.now()
        assert now.utc == max(LATER, machine.utc)
        assert (now.clock is ClockTrust.UNSET) == (machine.utc < LATER)


def test_the_release_is_a_day_of_utc_that_has_passed() -> None:
    assert RELEASED.tzinfo is UTC
    assert RELEASED.timestamp() <= time.time()


def test_the_real_kernel_answers_in_the_shape_that_is_read() -> None:
    timex = ask_kernel()
    assert timex is not None
    assert abs(timex.time_s - time.time()) < 60
    assert 9_000 <= timex.tick <= 11_000
    assert 0 <= timex.maxerror <= 16_000_000


def test_the_real_clock_says_what_the_kernel_says() -> None:
    expected = ClockTrust.SYNCED if says_synced(ask_kernel()) else ClockTrust.HOLDOVER
    now = SystemClock().now()
    assert now.clock is expected
    assert abs(now.utc.timestamp() - time.time()) < 60
    assert abs(now.mono_ns - time.monotonic_ns()) < 60 * SECOND_NS


def test_a_missing_adjtimex_is_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ctypes, "CDLL", lambda _: object())
    assert ask_kernel() is None


def test_a_forbidden_adjtimex_is_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    class Forbidding:
        def adjtimex(self, _: object) -> int:
            return -1

    monkeypatch.setattr(ctypes, "CDLL", lambda _: Forbidding())
    assert ask_kernel() is None
