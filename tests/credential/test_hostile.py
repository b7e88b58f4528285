"""Hostile input: every one is rejected with its reason, for little time and memory, and nothing escapes from it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tracemalloc

import pytest

from gate.credential.model import Rejected, RejectReason, Verified
from gate.credential.verify import explain, verify
from tests.credential.hostile import EVERY, HOSTILE_TEXT, TRUST, with_text
from tests.credential.minting import at
from tests.credential.shc_minting import CLINIC, PATIENT, dose
from tests.house import ROOT

VERIFICATIONS = 20
MEGABYTES = 10
REASONS = {RejectReason.MALFORMED, RejectReason.TOO_LARGE, RejectReason.UNKNOWN_FORMAT, RejectReason.BAD_SIGNATURE}


@pytest.fixture(scope="module")
def costs() -> dict[str, float]:
    """In raw ES256 verifications, as a process measures them that nothing traces."""
    untraced = {name: value for name, value in os.environ.items() if not name.startswith("COV")}
    command = [sys.executable, "-m", "tests.credential.costs"]
    found = subprocess.run(command, cwd=ROOT, env=untraced, capture_output=True, check=True)
    measured: dict[str, float] = json.loads(found.stdout)
    return measured


@pytest.mark.parametrize("name", EVERY)
def test_it_is_rejected_with_a_reason(name: str) -> None:
    verdict = verify(EVERY[name], TRUST, at())
    assert isinstance(verdict, Rejected)
    assert verdict.reason in REASONS | {RejectReason.SEVERAL_ENTRIES}
    assert verdict.detail.isprintable()
    assert len(verdict.detail) < 120
    assert explain(EVERY[name], TRUST, at()).verdict == verdict


@pytest.mark.parametrize("name", EVERY)
def test_it_costs_no_more_than_twenty_verifications(name: str, costs: dict[str, float]) -> None:
    assert costs[name] <= VERIFICATIONS


@pytest.mark.parametrize("name", EVERY)
def test_it_takes_no_more_than_ten_megabytes(name: str) -> None:
    tracemalloc.start()
    try:
        verify(EVERY[name], TRUST, at())
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak <= MEGABYTES * 1024 * 1024


@pytest.mark.parametrize("kind", ["pass", "hc1", "shc"])
@pytest.mark.parametrize("text", [HOSTILE_TEXT, "", " ", "\x00" * 200, "\U0001f600" * 50, "x" * 250], ids=repr)
def test_hostile_text_in_a_genuine_credential_is_told_nowhere(kind: str, text: str) -> None:
    code = with_text(text or "-")[kind]
    explanation = explain(code, TRUST, at())
    assert isinstance(explanation.verdict, Verified)
    told = repr(explanation.verdict.credential) + repr(explanation.checks)
    assert "<script>" not in told
    assert "\\x1b" not in told
    assert "\x00" not in told


def test_a_lone_surrogate_in_a_genuine_card_is_only_text() -> None:
    assert isinstance(
        verify(CLINIC.valid(PATIENT, dose(1, performer=[{"display": "\ud800"}]), rid="\ud800"), TRUST, at()), Verified
    )
