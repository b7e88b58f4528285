"""No input makes a decision take more than 5 ms of CPU, whatever rules and certificates try."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from tests.policy.costs import IN_PAYLOAD, LOGICS, cases
from tests.untraced import untraced

MOST_MS = 5.0


@pytest.fixture(scope="module")
def costs() -> dict[str, float]:
    """Measured once, in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.policy.costs"],
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
        env=untraced(),
    )
    found: dict[str, float] = json.loads(done.stdout)
    return found


def test_no_decision_takes_more_than_5_ms_of_cpu(costs: dict[str, float]) -> None:
    assert len(costs) == 2 * len(LOGICS) + len(IN_PAYLOAD) + 2
    assert {name: ms for name, ms in costs.items() if ms > MOST_MS} == {}


def test_what_is_measured_is_as_hostile_as_it_says() -> None:
    """The limits are what ends these decisions, not a rule that held."""
    for name, work in cases():
        decision = work()
        if name != "a full card":
            assert decision.broken, name
