"""Where in a picture a code may be: where light and dark follow one another closely, in half a thousand cells.

A code is the busiest thing in most pictures, so that the costly rungs can be kept to a part of the picture.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gate.ports import Luma

CELL_PX = 16
"""Width and height of a cell in the half picture."""
_ROW_STEP = 8
_STRIDE = 2  # the difference over two pixels: neighbours differ little where a module is blurred over several
_FAINTEST = 7.0  # mean difference in grey levels; below it is grain, or nothing
_OF_PEAK = 0.35
_AS_BUSY = 0.5
_MARGIN_CELLS = 1
_Cells = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Region:
    """A part of a picture in its pixels; ``right`` and ``bottom`` are just outside."""

    left: int
    top: int
    right: int
    bottom: int
    busyness: float = 0.0
    """Mean difference of near pixels in its busiest cell, in grey levels; 0 where that was not measured."""

    @property
    def pixels(self) -> int:
        return (self.right - self.left) * (self.bottom - self.top)

    def of(self, luma: Luma) -> Luma:
        """This part of the picture, as a view."""
        return luma[self.top : self.bottom, self.left : self.right]

    def holds(self, x: float, y: float) -> bool:
        return self.left <= x < self.right and self.top <= y < self.bottom

    def meets(self, other: Region) -> bool:
        """Whether they have a pixel in common."""
        return max(self.left, other.left) < min(self.right, other.right) and max(self.top, other.top) < min(
            self.bottom, other.bottom
        )

    def within(self, luma: Luma) -> Region:
        """What of it lies in the picture."""
        height, width = luma.shape
        left, top = min(max(self.left, 0), width), min(max(self.top, 0), height)
        return Region(left, top, max(left, min(self.right, width)), max(top, min(self.bottom, height)))


def whole(luma: Luma) -> Region:
    """All of a picture."""
    return Region(0, 0, luma.shape[1], luma.shape[0])


def busy(half: Luma, most: int) -> tuple[Region, ...]:
    """Up to ``most`` busy regions of the full picture whose half is given, the busiest first."""
    cells = _busyness(half)
    found: list[Region] = []
    while len(found) < most and float(cells.max(initial=0)) >= _FAINTEST:
        found.append(_taken(cells, half))
    return tuple(found)


def as_busy(half: Luma, codes: Sequence[Region]) -> Region | None:
    """What else is about as busy as these codes of the full picture; None when nothing is."""
    cells = _busyness(half)
    size = 2 * CELL_PX
    peak = 0.0
    for code in codes:
        inside = cells[max(0, code.top // size - 1) : code.bottom // size + 2,
                       max(0, code.left // size - 1) : code.right // size + 2]  # fmt: skip
        peak = max(peak, float(inside.max(initial=0)))
        inside[:] = 0
    return _taken(cells, half) if float(cells.max(initial=0)) > max(_FAINTEST, peak * _AS_BUSY) else None


def _taken(cells: _Cells, half: Luma) -> Region:
    """The busiest cell with its busy neighbours; they are wiped out."""
    row, column = np.unravel_index(int(np.argmax(cells)), cells.shape)
    peak = float(cells[row, column])
    inside = _around(cells >= max(_FAINTEST * 0.6, peak * _OF_PEAK), int(row), int(column))
    cells[inside] = 0
    return _region(inside, half, peak)


def _busyness(half: Luma) -> _Cells:
    """``float32[rows, columns]``: mean difference of near pixels in each cell, a little spread."""
    rows, columns = half.shape[0] // CELL_PX, (half.shape[1] - _STRIDE) // CELL_PX
    if rows <= 0 or columns <= 0:
        return np.zeros((0, 0), np.float32)
    lines = half[: rows * CELL_PX : _ROW_STEP, : columns * CELL_PX + _STRIDE]
    one, other = lines[:, :-_STRIDE], lines[:, _STRIDE:]
    steps = np.maximum(one, other) - np.minimum(one, other)
    across = steps.reshape(-1, CELL_PX).astype(np.float32) @ np.full(CELL_PX, 1 / CELL_PX, np.float32)
    mean: _Cells = across.reshape(rows, CELL_PX // _ROW_STEP, columns).mean(axis=1, dtype=np.float32)
    padded = np.pad(mean, 1, mode="edge")
    spread = (padded[:-2, 1:-1] + padded[2:, 1:-1] + padded[1:-1, :-2] + padded[1:-1, 2:]) / 8 + mean / 2
    return spread.astype(np.float32)


def _around(busy_cells: npt.NDArray[np.bool_], row: int, column: int) -> npt.NDArray[np.bool_]:
    """The busy cells that hang together with this one."""
    inside = np.zeros_like(busy_cells)
    inside[row, column] = True
    count = 1
    while True:
        grown = inside.copy()
        grown[1:] |= inside[:-1]
        grown[:-1] |= inside[1:]
        grown[:, 1:] |= inside[:, :-1]
        grown[:, :-1] |= inside[:, 1:]
        inside = grown & busy_cells
        now = int(inside.sum())
        if now == count:
            return inside
        count = now


def _region(inside: npt.NDArray[np.bool_], half: Luma, peak: float) -> Region:
    rows, columns = np.flatnonzero(inside.any(axis=1)), np.flatnonzero(inside.any(axis=0))
    size = 2 * CELL_PX
    return Region(
        max(0, (int(columns[0]) - _MARGIN_CELLS) * size),
        max(0, (int(rows[0]) - _MARGIN_CELLS) * size),
        min(2 * half.shape[1], (int(columns[-1]) + 1 + _MARGIN_CELLS) * size),
        min(2 * half.shape[0], (int(rows[-1]) + 1 + _MARGIN_CELLS) * size),
        peak,
    )
