"""More deaths of decoders than the default tier has time for: ``./install.sh system -k deaths``."""

from __future__ import annotations

import pytest

from tests.service.test_decoder_deaths import are_over_within_two_seconds

pytestmark = [pytest.mark.system, pytest.mark.timeout(600)]


def test_two_hundred_deaths_are_over_within_two_seconds_and_the_door_does_not_notice() -> None:
    are_over_within_two_seconds(200)
