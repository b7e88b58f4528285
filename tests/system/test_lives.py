"""Every end in every state at every kind of door, which is more than the default tier has time for.

1,248 lives, and with ``GATE_LONG=1`` 12,480: ``./install.sh system -k lives``.
"""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

import pytest

from tests.lives.board import Kind
from tests.lives.lives import KINDS, PLANS, Plan
from tests.service.test_lives import SEED, lived, no_time_passes

__all__ = ["no_time_passes"]
ROUNDS = 10 if os.environ.get("GATE_LONG") else 1
pytestmark = [pytest.mark.system, pytest.mark.timeout(600)]

SEEN: dict[tuple[Kind, int], Counter[Plan]] = {}
"""Of each door that was judged: how its lives ended."""
RELEASED_MS: Counter[str] = Counter()
"""Of all of them: what explains the time in which the lock was released."""
EXPLANATIONS = {
    "access.granted",
    "door.exit_requested",
    "system.self_test",
    "unlocked",
    "unlocked as remembered",
    "locked_open",
    "emergency found at the start",
    "lost: younger than record_wait",
    "lost: access.granted, the disk did not answer",
    "lost: door.exit_requested, the disk did not answer",
}


@pytest.mark.parametrize("number", range(ROUNDS))
@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_every_energised_millisecond_is_explained(kind: Kind, number: int, tmp_path: Path) -> None:
    """And every state is ended in every way, with and without ``gate-secure-lines``: the plan and the end agree."""
    lives = lived(kind, tmp_path / "door", f"{SEED} {kind} {number}")
    assert lives.seen.total() == len(PLANS)
    SEEN[kind, number] = lives.seen
    RELEASED_MS.update(lives.account.released_ms)


def test_every_state_is_ended_in_every_way_at_every_door() -> None:
    assert len(SEEN) == len(KINDS) * ROUNDS, "run all of this file"
    for kind in KINDS:
        seen = sum((SEEN[kind, number] for number in range(ROUNDS)), Counter[Plan]())
        missing = [str(plan) for plan in PLANS if not seen[plan]]
        assert not missing, (str(kind), missing)
    never = EXPLANATIONS - RELEASED_MS.keys()
    assert not never, f"never needed: {never}"
