"""More people than the default tier has time for: ``./install.sh system -k people``."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.privacy.people import crowd
from tests.privacy.test_privacy import all_told, nothing_is_found

pytestmark = pytest.mark.system


def test_of_a_thousand_people_nothing_is_found(tmp_path: Path) -> None:
    people = crowd(1000, seed=38)
    nothing_is_found(people, all_told(people, tmp_path))
