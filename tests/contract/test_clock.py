"""What every ``ports.Clock`` must do."""

from __future__ import annotations

from datetime import UTC

import pytest

from gate.adapters.clock_system import SystemClock
from gate.credential.instant import ClockTrust
from gate.ports import Clock


@pytest.fixture
def clock() -> Clock:
    return SystemClock()


def test_utc_is_aware_and_in_utc(clock: Clock) -> None:
    assert clock.now().utc.tzinfo is UTC


def test_monotonic_time_never_goes_back(clock: Clock) -> None:
    readings = [clock.now().mono_ns for _ in range(1000)]
    assert readings == sorted(readings)


def test_says_how_far_it_can_be_trusted(clock: Clock) -> None:
    assert clock.now().clock in ClockTrust
