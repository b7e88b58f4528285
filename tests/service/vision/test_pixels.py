"""The arithmetic of the rungs, against plain floating-point arithmetic, at every size and on views."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from gate.ports import Luma
from gate.service.vision.pixels import Pixels

Plane = npt.NDArray[np.float64]


@st.composite
def lumas(draw: st.DrawFn, least: int = 8) -> Luma:
    """Pictures of odd and even sizes, some of them views into larger ones."""
    height, width = draw(st.integers(least, 150)), draw(st.integers(least, 90))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    around = draw(st.integers(0, 3))
    large = rng.integers(0, 256, (height + 2 * around, width + 2 * around), dtype=np.uint8)
    return large[around : around + height, around : around + width]


def mean_of(luma: Luma, side: int) -> Plane:
    windows = np.lib.stride_tricks.sliding_window_view(luma.astype(float), (side, side))
    mean: Plane = windows.mean(axis=(2, 3))
    return mean


def check(found: Luma, expected: Plane, within: float) -> None:
    assert found.dtype == np.uint8
    assert found.shape == expected.shape
    assert np.abs(found - expected).max(initial=0) <= within


@given(lumas())
def test_half_is_the_mean_of_four(luma: Luma) -> None:
    height, width = luma.shape[0] // 2, luma.shape[1] // 2
    even = luma[: 2 * height, : 2 * width].astype(float)
    check(Pixels().half(luma), even.reshape(height, 2, width, 2).mean(axis=(1, 3)), 1.5)


@given(lumas())
def test_boxed_is_the_mean_of_nine(luma: Luma) -> None:
    check(Pixels().boxed(luma), mean_of(luma, 3), 1)


@given(lumas())
def test_sharpened_goes_away_from_the_mean(luma: Luma) -> None:
    expected = np.clip(3.0 * luma[2:-2, 2:-2] - 2 * np.floor(mean_of(luma, 5)), 0, 255)
    check(Pixels().sharpened(luma), expected, 2.1)


@given(lumas())
def test_doubled_is_bilinear(luma: Luma) -> None:
    size = 2 * luma.shape[1], 2 * luma.shape[0]
    expected = np.asarray(Image.fromarray(np.ascontiguousarray(luma)).resize(size, Image.Resampling.BILINEAR))
    check(Pixels().doubled(luma), expected.astype(float), 1)


@given(st.lists(lumas(), min_size=2, max_size=4))
def test_used_buffers_leave_nothing_behind(pictures: list[Luma]) -> None:
    used = Pixels()
    for luma in pictures:
        for name in ("half", "boxed", "sharpened", "doubled"):
            assert np.array_equal(getattr(used, name)(luma), getattr(Pixels(), name)(luma))


def test_the_same_size_again_takes_no_new_memory() -> None:
    pixels, luma = Pixels(), np.zeros((720, 1280), np.uint8)
    first = pixels.half(luma)
    assert np.shares_memory(first, pixels.half(luma))
