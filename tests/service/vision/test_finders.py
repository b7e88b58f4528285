"""Finder patterns: those of a code are found, on paper and in dark mode, and nothing else has them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.attempts import pictures as hostile
from benchmarks.scenes import DIFFICULTIES, easy, passing, shown
from gate.ports import Luma
from gate.service.vision.finders import Finder, code_like, finders, is_wall
from gate.simulation.film import Film
from tests import photographs, pictures

TEXT = b"GP1:" + b"0A:" * 60


@pytest.mark.parametrize("scale", [2, 3, 4, 5, 8])
@pytest.mark.parametrize("dark", [False, True])
def test_a_code_has_three_where_they_are(scale: int, dark: bool) -> None:  # noqa: FBT001  (a column of the table)
    code = pictures.beside(pictures.qr(TEXT, scale=scale), wall=255)
    found = finders(255 - code if dark else code)
    first, last = 40 + 4 * scale + 3.5 * scale, code.shape[0] - 40 - 4 * scale - 3.5 * scale
    places = {(round(one.x > code.shape[1] / 2), round(one.y > code.shape[0] / 2)) for one in found}
    assert places == {(0, 0), (1, 0), (0, 1)}
    for one in found:
        assert one.module == pytest.approx(scale, rel=0.25)
        assert min(abs(one.x - first), abs(one.x - last)) <= 2 * scale
    assert code_like(found)
    assert not is_wall(found)


@pytest.mark.parametrize("kind", ["phone", "dark", "paper"])
@pytest.mark.parametrize("name", ["easy", "shade", "bands"])
def test_they_are_found_in_a_camera_picture(kind: str, name: str) -> None:
    rng = np.random.default_rng(len(name))
    luma = Film(len(kind), shown(TEXT, kind)).frame(0, DIFFICULTIES[name](easy(rng), rng), stands_at=0.5)
    assert code_like(finders(luma))


def test_a_code_that_is_damaged_beyond_reading_still_has_them() -> None:
    code = pictures.qr(TEXT)
    code[70:-70, 70:-70] = 128
    assert code_like(finders(code))


@pytest.mark.parametrize("degrees", [10, 20, 30, 35, 45, 60, 70])
def test_however_it_is_turned(degrees: int) -> None:
    code = pictures.qr(TEXT, scale=5)
    code[70:-70, 70:-70] = 128
    assert code_like(finders(pictures.turned(pictures.beside(code, wall=255), degrees, wall=255)))


@pytest.mark.parametrize("scale", [3, 4])
def test_those_of_the_largest_code_are_no_wall(scale: int) -> None:
    digits = "".join(str(number % 10) for number in np.random.default_rng(scale).integers(0, 10, 3000))
    assert not is_wall(finders(pictures.turned(pictures.qr(digits, scale=scale), 30, wall=255)))


def test_patterns_of_different_sizes_are_of_no_code() -> None:
    assert code_like((Finder(0, 0, 3.0), Finder(90, 0, 4.0), Finder(0, 90, 4.4)))
    assert not code_like((Finder(0, 0, 3.0), Finder(90, 0, 4.0), Finder(0, 90, 4.6)))
    assert code_like((Finder(0, 0, 1.5), Finder(5, 5, 3.0), Finder(90, 0, 4.0), Finder(0, 90, 4.4)))
    assert not code_like((Finder(0, 0, 3.0), Finder(90, 0, 3.0)))


def test_what_is_hardly_darker_than_its_ground_is_none() -> None:
    code = pictures.qr(TEXT, scale=5) / 255
    assert code_like(finders((100 + 30 * code).astype(np.uint8)))
    assert finders((100 + 20 * code).astype(np.uint8)) == ()


def test_rooms_and_people_have_none() -> None:
    for luma in passing(3, 4):
        assert not code_like(finders(luma))


def test_photographs_without_a_code_have_none() -> None:
    empty = [
        luma
        for case, luma in photographs.with_pictures("qr_camera")
        if case["expected"].get("has_qr") is False and case["category"] == "no-qr"
    ]
    assert empty
    assert not any(code_like(finders(luma)) for luma in empty)


def test_a_wall_of_them_is_known() -> None:
    found = {name: finders(luma) for name, luma in hostile(1).items()}
    assert max(map(len, found.values())) == 60
    walls = {name: is_wall(patterns) for name, patterns in found.items()}
    assert {name for name, wall in walls.items() if wall} == {name for name in walls if name.startswith("finder")}


@given(st.integers(1, 90), st.integers(1, 90), st.integers(0, 2**32))
def test_any_picture_is_taken(height: int, width: int, seed: int) -> None:
    luma: Luma = np.random.default_rng(seed).integers(0, 256, (height, width), dtype=np.uint8)
    for one in finders(luma):
        assert 0 <= one.x < width
        assert 0 <= one.y < height
