"""Gate, broker, link and centre are killed, cut and slowed down at random, and no committed event is lost (scenario 3).

``python -m pytest -m system tests/system/test_nemesis.py``; ``GATE_ROUNDS=500`` for more, ``GATE_SEED`` for others.
Most rounds are with the real centre; the smallest one, which is told each arrival, also sees their order.
"""

from __future__ import annotations

import os
import random
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from tests import postgres
from tests.nemesis.chaos import FAULTS, WITH_WORKERS, Step, a_round
from tests.nemesis.checker import Findings
from tests.nemesis.workers import Office
from tests.nemesis.world import World

ROUNDS = int(os.environ.get("GATE_ROUNDS", "50"))
SEED = int(os.environ.get("GATE_SEED", "7"))
SETTLE_S = 120.0
AWAY_S = 10.0
CONFIRM = 'confirm = "centre"\n'

pytestmark = [pytest.mark.system, pytest.mark.timeout(600 + 20 * ROUNDS)]


def test_no_committed_event_is_lost_whatever_is_killed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with World(tmp_path, CONFIRM) as world:
        _withstands(world, FAULTS, max(10, ROUNDS // 2), capsys)


def test_with_the_real_centre_none_is_lost_either_whatever_is_killed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with World(tmp_path, CONFIRM, office=_office(tmp_path, f"sqlite:///{tmp_path}/centre/central.db")) as world:
        _withstands(world, WITH_WORKERS, ROUNDS, capsys)


def test_with_two_workers_on_one_database_server_neither(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with postgres.running() as server:
        office = replace(_office(tmp_path, server.new()), password=postgres.PASSWORD, workers=2)
        with World(tmp_path, CONFIRM, office=office) as world:
            _withstands(world, WITH_WORKERS, max(10, ROUNDS // 4), capsys)


def _office(folder: Path, url: str) -> Office:
    (folder / "centre").mkdir()
    return Office(folder / "centre", url)


def _withstands(world: World, faults: tuple[Step, ...], rounds: int, capsys: pytest.CaptureFixture[str]) -> None:
    rng, done = random.Random(SEED), Counter[str]()  # noqa: S311  (a day that can be repeated)
    for _ in range(rounds):
        done[a_round(world, rng, faults)] += 1
    world.link.mend()
    world.stop_gate()
    world.start_gate()
    settled = world.settled(SETTLE_S)
    world.stop_gate()
    world.settled(SETTLE_S)
    found = world.findings()
    with capsys.disabled():
        print(f"\n{rounds} rounds of seed {SEED}: {dict(sorted(done.items()))}\n{found}")  # noqa: T201  (the figures)
    assert not found.problems
    assert settled
    assert found.committed > rounds


FORGETFUL = ("allow_anonymous true", "persistence false")
BURST = 30


def _acknowledged_and_killed(folder: Path, confirm: str, office: Office | None = None) -> Findings:
    """A broker acknowledges events while the centre is away, and is killed before it comes back."""
    with World(folder, confirm, broker=FORGETFUL, office=office) as world:
        world.count(BURST)
        assert world.settled(SETTLE_S)
        world.centre.go()
        world.count(BURST)
        world.confirmed(AWAY_S)
        world.restart_broker(kill=True)
        world.centre.come()
        world.count(1)
        world.settled(AWAY_S if office is None else SETTLE_S)
        world.stop_gate()
        if office is not None:  # a process is told of the last record, and keeps it a moment later
            world.settled(AWAY_S)
        return world.findings()


def test_the_word_of_a_broker_is_not_enough_and_the_checker_sees_it(tmp_path: Path) -> None:
    """The control: what this test sees lost, the others would see."""
    found = _acknowledged_and_killed(tmp_path, "")
    assert any("did not arrive" in problem for problem in found.problems)


def test_with_the_word_of_the_centre_the_same_loses_nothing(tmp_path: Path) -> None:
    found = _acknowledged_and_killed(tmp_path, CONFIRM)
    assert not found.problems


def test_what_a_broker_has_lost_the_real_centre_asks_for_again(tmp_path: Path) -> None:
    """The word of the broker counts at this gate, so that it sends nothing again of its own accord."""
    found = _acknowledged_and_killed(tmp_path, "", _office(tmp_path, f"sqlite:///{tmp_path}/centre/central.db"))
    assert not found.problems
