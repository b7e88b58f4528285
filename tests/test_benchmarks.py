"""The benchmarks run, and what they say of memory holds in small."""

from __future__ import annotations

from benchmarks import core
from benchmarks.hostile import SIZE, hostile


def test_a_visit_leaves_nothing_behind_in_the_core() -> None:
    """Once the first visitors of each colour have passed."""
    measured = core.run(seed=1, visits=200)
    half, whole = measured["parts"][1:]
    assert (half["visits"], whole["visits"]) == (100, 200)
    assert abs(whole["objects"] - half["objects"]) < 50
    assert measured["decisions_per_s"] > 0


def test_hostile_pictures_differ_and_can_be_made_again() -> None:
    first, again = hostile(3, 4), hostile(3, 4)
    assert all((one == other).all() for one, other in zip(first, again, strict=True))
    assert len({picture.tobytes() for picture in first}) == 4
    assert {picture.shape for picture in first} == {SIZE}
