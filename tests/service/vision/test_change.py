"""What opens the change gate, and what does not: grain, flicker and dusk do not, and a code does however small."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import pytest

from gate.ports import Luma
from gate.service.vision.change import ChangeGate
from gate.simulation.film import Film
from gate.simulation.pose import Pose, ordinary_pose
from gate.simulation.props import Shown
from gate.simulation.symbols import symbol

CODE = Shown(symbol("GP1:" + "0A:" * 70))
SEEDS = range(4)
FRAMES = 8


def pose(seed: int, **changes: float) -> Pose:
    quiet = replace(ordinary_pose(np.random.default_rng(seed)), glare=0.0, noise=5.0)
    return replace(quiet, **changes)  # type: ignore[arg-type]


def changes(frames: Iterable[Luma]) -> list[bool]:
    gate = ChangeGate()
    return [gate.changed(frame) is not None for frame in frames]


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(
    "nothing",
    [
        lambda _: {},
        lambda _: {"noise": 14.0, "light": 0.15},
        lambda number: {"bands": 0.2, "bands_phase": number * 0.37},
        lambda number: {"light": 0.9 - number * 0.01},
    ],
    ids=["grain", "the grain of a dark room", "a flickering lamp", "dusk"],
)
def test_nothing_happens(seed: int, nothing: object) -> None:
    film = Film(seed)
    assert callable(nothing)
    frames = [film.frame(number, pose(seed, **nothing(number)), stands_at=0.5) for number in range(FRAMES)]
    assert changes(frames) == [True] + [False] * (FRAMES - 1)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_small_code_that_is_held_up_opens_it_where_it_is(seed: int) -> None:
    film, small = Film(seed, CODE), pose(seed, module_px=2.0, screen=0.8, turn_deg=0.0)
    gate = ChangeGate()
    for number in range(4):
        gate.changed(film.without(number, small, stands_at=0.5))
    box = gate.changed(film.frame(4, small, stands_at=0.5))
    assert box is not None
    assert box.pixels < 720 * 1280
    assert gate.changed(film.frame(5, small, stands_at=0.5)) is None
    assert gate.changed(film.without(6, small, stands_at=0.5)) is not None


@pytest.mark.parametrize("seed", SEEDS)
def test_another_code_at_the_same_place_opens_it(seed: int) -> None:
    other = Shown(symbol("GP1:" + "9Z+" * 70))
    here = pose(seed, module_px=3.0)
    frames = [Film(seed, shown).frame(number, here) for number, shown in enumerate([CODE, CODE, other, other])]
    assert changes(frames) == [True, False, True, False]


def test_somebody_who_walks_by_opens_it_in_every_frame() -> None:
    film, quiet = Film(1), pose(1)
    assert all(changes(film.frame(number, quiet, stands_at=0.1 + number * 0.05) for number in range(12)))


def test_a_picture_of_another_size_is_a_change() -> None:
    gate = ChangeGate()
    for size in [(720, 1280), (360, 640), (720, 1280)]:
        assert gate.changed(np.full(size, 90, np.uint8)) is not None
        assert gate.changed(np.full(size, 90, np.uint8)) is None


@pytest.mark.parametrize("size", [(0, 10), (1, 1), (15, 15), (16, 31), (21, 40), (33, 4000)])
def test_pictures_of_any_size_are_taken(size: tuple[int, int]) -> None:
    gate = ChangeGate()
    assert gate.changed(np.zeros(size, np.uint8)) is not None
    assert gate.changed(np.zeros(size, np.uint8)) is None


def test_the_sun_that_comes_round_to_one_side_is_no_change_and_hides_none() -> None:
    rng, wall, sunny = np.random.default_rng(2), np.full((360, 640), 80.0), np.zeros((360, 640))
    sunny[:, 320:] = 1.0
    gate = ChangeGate()
    lit = [(wall + sunny * number / 6 + rng.normal(0, 2, wall.shape)).astype(np.uint8) for number in range(240)]
    assert [gate.changed(frame) is not None for frame in lit] == [True] + [False] * 239
    lit[-1][100:200, 100:200] += 20
    assert gate.changed(lit[-1]) is not None


def test_after_pictures_that_did_not_differ_at_all_grain_may_return() -> None:
    still, rng = np.full((360, 640), 100, np.uint8), np.random.default_rng(1)
    gate = ChangeGate()
    for _ in range(5):
        gate.changed(still)
    grainy = ((still + rng.normal(0, 20, still.shape)).astype(np.uint8) for _ in range(160))
    opened = [gate.changed(frame) is not None for frame in grainy]
    assert opened[0]
    assert not any(opened[-20:])
