"""More demos than the default tier has time for: ``./install.sh system -k demo``."""

from __future__ import annotations

import pytest

from tests.e2e.test_demo import come_out_as_expected

pytestmark = [pytest.mark.system, pytest.mark.timeout(400)]


def test_three_fresh_seeds_come_out_as_expected() -> None:
    come_out_as_expected(3)
