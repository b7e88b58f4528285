"""The machine of the access point for longer than the default tier has time for: ``./install.sh system -k machine``."""

from __future__ import annotations

import os

import pytest
from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from tests.access.test_access_point_machine import STEPS_EACH, AccessPointMachine

STEPS = 1_000_000 if os.environ.get("GATE_LONG") else 100_000

pytestmark = [pytest.mark.system, pytest.mark.timeout(3600)]


def test_a_hundred_thousand_steps_break_no_rule_of_the_access_point() -> None:
    run_state_machine_as_test(
        AccessPointMachine,
        settings=settings(max_examples=STEPS // STEPS_EACH, stateful_step_count=STEPS_EACH, deadline=None),
    )
