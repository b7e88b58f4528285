"""Gate, broker and link are killed, cut and slowed down at random, and no committed event is lost (scenario 3).

``python -m pytest -m system tests/system/test_nemesis.py``; ``GATE_ROUNDS=500`` for more, ``GATE_SEED`` for others.
"""

from __future__ import annotations

import os
import random
from collections import Counter
from pathlib import Path

import pytest

from tests.nemesis.chaos import a_round
from tests.nemesis.checker import Findings
from tests.nemesis.world import World

ROUNDS = int(os.environ.get("GATE_ROUNDS", "50"))
SEED = int(os.environ.get("GATE_SEED", "7"))
SETTLE_S = 120.0
AWAY_S = 10.0

pytestmark = [pytest.mark.system, pytest.mark.timeout(600 + 20 * ROUNDS)]


def test_no_committed_event_is_lost_whatever_is_killed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rng, faults = random.Random(SEED), Counter[str]()  # noqa: S311  (a day that can be repeated)
    with World(tmp_path, 'confirm = "centre"\n') as world:
        for _ in range(ROUNDS):
            faults[a_round(world, rng)] += 1
        world.link.mend()
        world.stop_gate()
        world.start_gate()
        settled = world.settled(SETTLE_S)
        world.stop_gate()
        world.settled(SETTLE_S)
        found = world.findings()
    with capsys.disabled():
        print(f"\n{ROUNDS} rounds of seed {SEED}: {dict(sorted(faults.items()))}\n{found}")  # noqa: T201  (the figures)
    assert not found.problems
    assert settled
    assert found.committed > ROUNDS


FORGETFUL = ("allow_anonymous true", "persistence false")
BURST = 30


def _acknowledged_and_killed(folder: Path, confirm: str) -> Findings:
    """A broker acknowledges events while the centre is away, and is killed before it comes back."""
    with World(folder, confirm, broker=FORGETFUL) as world:
        world.count(BURST)
        assert world.settled(SETTLE_S)
        world.centre.go()
        world.count(BURST)
        world.confirmed(AWAY_S)
        world.restart_broker(kill=True)
        world.centre.come()
        world.count(1)
        world.settled(AWAY_S)
        world.stop_gate()
        return world.findings()


def test_the_word_of_a_broker_is_not_enough_and_the_checker_sees_it(tmp_path: Path) -> None:
    """The control: what this test sees lost, the others would see."""
    found = _acknowledged_and_killed(tmp_path, "")
    assert any("did not arrive" in problem for problem in found.problems)


def test_with_the_word_of_the_centre_the_same_loses_nothing(tmp_path: Path) -> None:
    found = _acknowledged_and_killed(tmp_path, 'confirm = "centre"\n')
    assert not found.problems
