"""Where a code is looked for: it is found among all that a room holds, and the regions keep to the picture."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.scenes import DIFFICULTIES, easy, shown
from gate.adapters.decoder_zxing import ZxingDecoder
from gate.service.vision.look import around
from gate.service.vision.pixels import Pixels
from gate.service.vision.regions import Region, as_busy, busy, whole
from gate.simulation.film import Film
from tests import pictures

TEXT = b"GP1:" + b"0A:" * 60


@pytest.mark.parametrize("kind", ["phone", "dark", "paper"])
@pytest.mark.parametrize("name", ["easy", "small", "tilted", "glare", "shade"])
def test_the_busiest_region_holds_the_code(kind: str, name: str) -> None:
    rng = np.random.default_rng(len(name))
    luma = Film(len(kind), shown(TEXT, kind)).frame(0, DIFFICULTIES[name](easy(rng), rng), stands_at=0.5)
    (found,) = ZxingDecoder().decode(luma) or ZxingDecoder().decode(Pixels().boxed(luma))
    (region, *_) = busy(Pixels().half(luma), 2)
    code = around(found)
    assert region.left <= code.left
    assert region.top <= code.top
    assert region.right >= code.right
    assert region.bottom >= code.bottom
    assert region.pixels < luma.size / 2


def test_a_second_code_is_as_busy_and_a_wall_is_not() -> None:
    one = pictures.qr(TEXT, scale=4)
    alone, both = pictures.beside(one), pictures.beside(one, pictures.qr(b"GP1:OTHER" * 9, scale=4))
    code = Region(40, 40, 40 + one.shape[1], 40 + one.shape[0])
    assert as_busy(Pixels().half(alone), [code]) is None
    other = as_busy(Pixels().half(both), [code])
    assert other is not None
    assert other.left > code.right - 64


def test_what_is_much_less_busy_than_a_code_is_no_second_one() -> None:
    one = pictures.qr(TEXT, scale=4)
    faint = (170 + 60.0 * (pictures.qr(b"GP1:OTHER" * 9, scale=4) / 255)).astype(np.uint8)
    both, code = pictures.beside(one, faint), Region(40, 40, 40 + one.shape[1], 40 + one.shape[0])
    assert len(busy(Pixels().half(both), 2)) == 2
    assert as_busy(Pixels().half(both), [code]) is None


def test_no_region_is_given_twice() -> None:
    code = pictures.qr(TEXT, scale=4)
    wide = np.full((code.shape[0], 200), 200, np.uint8)
    first, second = busy(Pixels().half(pictures.beside(code, wide, code)), 2)
    assert not first.meets(second)


@given(st.integers(0, 2**32), st.integers(1, 200), st.integers(1, 200))
def test_regions_lie_within_the_picture(seed: int, height: int, width: int) -> None:
    half = np.random.default_rng(seed).integers(0, 256, (height, width), dtype=np.uint8)
    for region in busy(half, 3):
        assert 0 <= region.left < region.right <= 2 * width
        assert 0 <= region.top < region.bottom <= 2 * height
        assert region.of(np.zeros((2 * height, 2 * width), np.uint8)).size == region.pixels


def test_an_even_picture_has_no_busy_region() -> None:
    assert busy(np.full((360, 640), 90, np.uint8), 2) == ()
    assert busy(np.zeros((0, 5), np.uint8), 2) == ()


@given(*[st.integers(-50, 250)] * 4)
def test_what_lies_outside_is_cut_off(left: int, top: int, right: int, bottom: int) -> None:
    luma = np.zeros((100, 200), np.uint8)
    kept = Region(left, top, right, bottom).within(luma)
    assert 0 <= kept.left <= kept.right <= 200
    assert 0 <= kept.top <= kept.bottom <= 100
    assert kept.of(luma).size == kept.pixels


def test_regions_meet_when_they_share_a_pixel() -> None:
    here = Region(10, 10, 20, 20)
    assert here.meets(Region(19, 19, 30, 30))
    assert not here.meets(Region(20, 10, 30, 20))
    assert whole(np.zeros((9, 9), np.uint8)).holds(8, 8)
    assert not whole(np.zeros((9, 9), np.uint8)).holds(9, 8)
