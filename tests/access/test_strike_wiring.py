"""Which level does what, for both kinds of lock and both polarities."""

from __future__ import annotations

import pytest

from gate.access.strike_wiring import FailMode, LockState, StrikeWiring

HIGH, LOW = True, False


@pytest.mark.parametrize(
    ("fail", "active_high", "released", "unpowered"),
    [
        ("fail_secure", True, HIGH, "secured"),
        ("fail_secure", False, LOW, "secured"),
        ("fail_safe", True, LOW, "released"),
        ("fail_safe", False, HIGH, "released"),
    ],
)
def test_energising_releases_a_fail_secure_strike_and_secures_a_fail_safe_lock(
    fail: str, *, active_high: bool, released: bool, unpowered: str
) -> None:
    wiring = StrikeWiring(FailMode(fail), active_high)
    assert wiring.released_level is released
    assert wiring.secured_level is not released
    assert wiring.energised_level is active_high
    assert wiring.unpowered == unpowered
    assert wiring.lock_at(not wiring.energised_level) is wiring.unpowered
    assert wiring.lock_at(released) is LockState.RELEASED
    assert wiring.lock_at(not released) is LockState.SECURED
