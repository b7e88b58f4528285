"""Finder patterns, the three nested squares of a QR code, found without reading anything.

A line through one is dark, light, dark, light, dark in the shares 1:1:3:1:1 (ISO/IEC 18004, 6.3.3), or light on dark.
A pattern counts where lines across and down agree. It needs no decoder, so that a code which none can read is noticed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gate.ports import Luma

_ROW_STEP = 2
_WINDOW = 32
_OFF = 0.55  # by how many modules a run may be too long or too short
_SMALLEST = 1.4  # pixels of a module; below it grain looks like a pattern
_CONTRAST = 24  # grey levels between the rings
_REACH = 6  # modules from the middle of a pattern to where its quiet zone surely ends
_ASIDE = 0.5  # modules from its middle at which lines down cross it, too; further out they do not where it is turned
_MOST = 60  # a picture with so many is a wall of them
_CODE = 3
_LIKE = 1.5
_Positions = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Finder:
    """The middle of a pattern and the size of a module, in pixels of the picture that was given."""

    x: float
    y: float
    module: float


def finders(luma: Luma) -> tuple[Finder, ...]:
    """The patterns of a picture, at most about sixty."""
    if min(luma.shape) < _WINDOW:
        return ()
    lines = luma[::_ROW_STEP]
    found: list[Finder] = []
    for row, x, module in _in_neighbouring_rows(lines, *_crossings(_dark(lines))):
        y = row * _ROW_STEP
        if any(abs(x - one.x) < 3 * one.module and abs(y - one.y) < 4 * one.module for one in found):
            continue
        if all(_down(luma, round(x + aside * module), y, module) for aside in (0, -_ASIDE, _ASIDE)):
            found.append(Finder(x, y, module))
            if len(found) == _MOST:
                break
    return tuple(found)


def _in_neighbouring_rows(
    lines: Luma, middles: _Positions, modules: npt.NDArray[np.float64]
) -> Iterator[tuple[int, int, float]]:
    """Row, column and module of the crossings that the next row has as well, at the same place."""
    width = lines.shape[1]
    rows, xs = np.divmod(middles[modules >= _SMALLEST], width)
    modules = modules[modules >= _SMALLEST]
    crossed = np.zeros((lines.shape[0] + 1, width + 4), np.bool_)
    for aside in range(5):
        crossed[rows, xs + aside] = True
    kept = crossed[rows + 1, xs + 2]
    yield from zip(rows[kept].tolist(), xs[kept].tolist(), modules[kept].tolist(), strict=True)


def code_like(found: tuple[Finder, ...]) -> bool:
    """Whether three patterns are of about the same size, as those of one code are."""
    sizes = sorted(one.module for one in found)
    return any(large <= _LIKE * small for small, large in zip(sizes, sizes[_CODE - 1 :], strict=False))


def is_wall(found: tuple[Finder, ...]) -> bool:
    """Whether there are more patterns than the codes of a few visitors have."""
    return len(found) > _MOST // 4


def _dark(lines: Luma) -> npt.NDArray[np.bool_]:
    """What is darker than the pixels around it in its row."""
    height, width = lines.shape
    whole = width // _WINDOW * _WINDOW
    means = lines[:, :whole].reshape(height, -1, _WINDOW).mean(axis=2, dtype=np.float32)
    padded = np.pad(means, ((0, 0), (1, 1)), mode="edge")
    near = (padded[:, :-2] + padded[:, 1:-1] + padded[:, 2:]) / 3
    level = np.pad(np.repeat(near, _WINDOW, axis=1), ((0, 0), (0, width - whole)), mode="edge")
    dark: npt.NDArray[np.bool_] = lines < level
    return dark


def _crossings(dark: npt.NDArray[np.bool_]) -> tuple[_Positions, npt.NDArray[np.float64]]:
    """Where the rows cross a pattern: the middles, as places in the flat picture, and the sizes of a module."""
    flips = np.ones(dark.shape, np.bool_)
    flips[:, 1:] = dark[:, 1:] != dark[:, :-1]
    starts = np.flatnonzero(flips)
    lengths = np.diff(starts, append=dark.size)
    if len(lengths) < 5:  # noqa: PLR2004  (runs of a pattern)
        return np.zeros(0, np.int64), np.zeros(0)
    five = [lengths[offset : len(lengths) - 4 + offset] for offset in range(5)]
    modules: npt.NDArray[np.float64] = np.sum(five, axis=0) / 7
    fits = np.abs(five[2] - 3 * modules) < 2 * _OFF * modules
    for index in (0, 1, 3, 4):
        fits &= np.abs(five[index] - modules) < _OFF * modules
    width = dark.shape[1]
    fits &= starts[: len(fits)] // width == (starts[4 : 4 + len(fits)]) // width
    chosen = np.flatnonzero(fits)
    return starts[chosen + 2] + lengths[chosen + 2] // 2, modules[chosen]


def _down(luma: Luma, x: int, y: int, module: float) -> bool:
    """Whether a line down at this place crosses the same pattern, with contrast."""
    if not 0 <= x < luma.shape[1]:
        return False
    reach = max(8, round(_REACH * module))
    top = max(0, y - reach)
    column = luma[top : y + reach + 1, x]
    brightest, darkest = int(column.max()), int(column.min())
    if brightest - darkest < _CONTRAST:
        return False
    middles, modules = _crossings((column < (brightest + darkest) / 2)[None, :])
    near = np.abs(top + middles - y) <= 2 * module
    return bool((near & (modules >= module / _LIKE) & (modules <= module * _LIKE)).any())
