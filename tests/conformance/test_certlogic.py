"""CertLogic agrees with the public suites, except where a reason is given."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.conformance.certlogic import EXCEPTIONS, Compared, run

VECTORS = Path(os.environ.get("GATE_VECTORS") or Path(__file__).parents[2].parent / "shared" / "vectors")


@pytest.fixture(scope="module")
def compared() -> list[Compared]:
    folder = VECTORS / "certlogic"
    if not folder.is_dir():
        pytest.skip("the public test cases are not here; GATE_VECTORS names their folder")
    return run(folder)


def test_every_case_agrees_or_has_a_reason(compared: list[Compared]) -> None:
    assert {one.case for one in compared if not one.agrees} == set(EXCEPTIONS)


def test_the_whole_suite_was_there(compared: list[Compared]) -> None:
    assert len(compared) >= 794
