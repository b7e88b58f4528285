"""What the nemesis does next, chosen by a seed: each fault with the work that goes on meanwhile."""

from __future__ import annotations

import random
from collections.abc import Callable

from tests.nemesis.world import World

Step = Callable[[World, random.Random], None]

MOST_AT_ONCE = 40
"""Events of one burst."""


def _kill_gate(world: World, _rng: random.Random) -> None:
    world.kill_gate()
    world.start_gate()


def _stop_gate(world: World, _rng: random.Random) -> None:
    world.stop_gate()
    world.start_gate()


def _kill_broker(world: World, _rng: random.Random) -> None:
    world.restart_broker(kill=True)


def _stop_broker(world: World, _rng: random.Random) -> None:
    world.restart_broker(kill=False)


def _cut(world: World, rng: random.Random) -> None:
    world.link.cut()
    _work(world, rng)
    world.link.mend()


def _stall(world: World, rng: random.Random) -> None:
    world.link.stall()
    _work(world, rng)
    world.link.mend()


def _slow(world: World, rng: random.Random) -> None:
    world.link.slow(rng.choice((0.01, 0.1, 0.4)))
    _work(world, rng)


def _kill_both(world: World, _rng: random.Random) -> None:
    world.broker.stop(kill=True)
    world.kill_gate()
    world.start_gate()
    world.broker.start()


def _kill_while_cut(world: World, rng: random.Random) -> None:
    world.link.cut()
    _work(world, rng)
    world.kill_gate()
    world.link.mend()
    world.start_gate()


FAULTS: tuple[Step, ...] = (
    _kill_gate,
    _kill_gate,
    _stop_gate,
    _kill_broker,
    _stop_broker,
    _cut,
    _stall,
    _slow,
    _kill_both,
    _kill_while_cut,
)


def _kill_workers(world: World, rng: random.Random) -> None:
    world.kill_workers(rng)
    _work(world, rng)
    world.centre.come()


def _stop_workers(world: World, rng: random.Random) -> None:
    world.centre.go()
    _work(world, rng)
    world.centre.come()


def _kill_workers_and_broker(world: World, rng: random.Random) -> None:
    world.kill_workers(rng)
    _kill_broker(world, rng)
    _work(world, rng)
    world.centre.come()


def _kill_everything(world: World, rng: random.Random) -> None:
    world.kill_workers(rng)
    _kill_both(world, rng)
    world.centre.come()


WITH_WORKERS: tuple[Step, ...] = (
    *FAULTS,
    _kill_workers,
    _kill_workers,
    _kill_workers,
    _stop_workers,
    _kill_workers_and_broker,
    _kill_everything,
)
"""Where the centre is the real one."""


def a_round(world: World, rng: random.Random, faults: tuple[Step, ...] = FAULTS) -> str:
    """Some work, a fault at any moment of it, and some more; what the fault was."""
    _work(world, rng)
    fault = rng.choice(faults)
    fault(world, rng)
    _work(world, rng)
    if rng.random() < 0.5:
        world.link.mend()
    return fault.__name__.strip("_")


def _work(world: World, rng: random.Random) -> None:
    for _ in range(rng.randrange(3)):
        rng.choice((world.walk_out, world.show, lambda: world.count(rng.randrange(MOST_AT_ONCE))))()
