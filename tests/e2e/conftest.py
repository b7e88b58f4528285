"""A gate of its own for each test."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from gate.adapters.clock_system import SystemClock
from gate.simulation.broker import free_port
from gate.simulation.office import Office


@pytest.fixture
def office() -> Office:
    return Office.from_seed(random.Random(3), SystemClock().now().utc)  # noqa: S311  (a test that can be repeated)


@pytest.fixture
def config(tmp_path: Path, office: Office) -> Path:
    """A gate whose broker is not there."""
    return office.set_up(tmp_path, free_port())
