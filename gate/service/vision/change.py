"""The change gate: whether a frame differs from the ones before by more than grain, lamp flicker or the time of day.

Rules: what is compared is the mean of short pieces of every sixteenth row, each row brought to the brightness it had
before, so that flicker and exposure do not count; the memory follows slow changes, and takes over a frame that differs.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from gate.ports import Luma
from gate.service.vision.regions import Region, whole

STEP_PX = 16
PIECE_PX = 32
_LEAST_LEVELS = 6.0
"""Grey levels by which a piece must differ, however little grain there is."""
_TIMES_GRAIN = 6.0
"""And how many times as much as pieces differ on average when nothing happens."""
_GRAIN_GROWS = 1.02
"""How fast the measure of grain may rise from frame to frame; it falls at once."""
_LEAST_PIECES = 2
_FOLLOW = 0.05
"""How much of a quiet frame goes into the memory: a change slower than about a second is none."""
_LEAST_GRAIN = _LEAST_LEVELS / _TIMES_GRAIN  # from here it rises, after a picture that did not differ at all
_DARK = 1.0
_UNKNOWN = 255.0
_MEAN = np.full(PIECE_PX, 1 / PIECE_PX, np.float32)
_Pieces = npt.NDArray[np.float32]


@dataclass(slots=True)
class ChangeGate:
    """Remembers one picture; a picture of another size is a change."""

    _shape: tuple[int, ...] = ()
    _memory: _Pieces = field(default_factory=lambda: np.zeros((0, 0), np.float32))
    _lines: _Pieces = field(default_factory=lambda: np.zeros((0, 0), np.float32))
    _grain: float = _UNKNOWN

    def changed(self, luma: Luma) -> Region | None:
        """The part of the picture that differs; None when nothing does."""
        if luma.shape != self._shape:
            return self._begin(luma)
        pieces = self._pieces(luma)
        if pieces.size == 0:
            return None
        before = self._memory
        gain = (pieces.sum(axis=1) + _DARK) / (before.sum(axis=1) + _DARK)
        steps = pieces - before * gain[:, None]
        np.abs(steps, out=steps)
        differs = steps > self._threshold(float(steps.mean()))
        if np.count_nonzero(differs) < _LEAST_PIECES:
            before += (pieces - before) * _FOLLOW
            return None
        self._memory = pieces
        return _box(differs, luma)

    def _threshold(self, mean_step: float) -> float:
        self._grain = min(mean_step, max(_LEAST_GRAIN, self._grain * _GRAIN_GROWS))
        return max(_LEAST_LEVELS, _TIMES_GRAIN * self._grain)

    def _begin(self, luma: Luma) -> Region:
        self._shape = luma.shape
        rows, columns = luma.shape[0] // STEP_PX, luma.shape[1] // PIECE_PX
        self._lines = np.empty((rows, columns * PIECE_PX), np.float32)
        self._memory, self._grain = self._pieces(luma), _UNKNOWN
        return whole(luma)

    def _pieces(self, luma: Luma) -> _Pieces:
        """``float32[rows, columns]``: the mean of each piece."""
        lines = self._lines
        rows, wide = lines.shape
        np.copyto(lines, luma[STEP_PX // 2 :: STEP_PX, :wide][:rows])
        pieces: _Pieces = (lines.reshape(-1, PIECE_PX) @ _MEAN).reshape(rows, wide // PIECE_PX)
        return pieces


def _box(differs: npt.NDArray[np.bool_], luma: Luma) -> Region:
    rows, columns = np.flatnonzero(differs.any(axis=1)), np.flatnonzero(differs.any(axis=0))
    return Region(
        int(columns[0]) * PIECE_PX,
        int(rows[0]) * STEP_PX,
        min(luma.shape[1], (int(columns[-1]) + 1) * PIECE_PX),
        min(luma.shape[0], (int(rows[-1]) + 1) * STEP_PX),
    )
