"""QR codes as their modules, ready to be drawn on a screen or a sheet of paper."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import segno

Modules = npt.NDArray[np.bool_]
"""``bool[side, side]``, true for a dark module, without the quiet zone."""


def symbol(text: str) -> Modules:
    """The code that holds the whole text, at error correction level M."""
    return _modules(segno.make(text, micro=False, error="m", boost_error=False))


def first_part(text: str, count: int) -> Modules:
    """The first code of a Structured Append sequence of ``count`` codes: by itself no credential."""
    return _modules(segno.make_sequence(text, symbol_count=count, error="m", boost_error=False)[0])


def _modules(code: Any) -> Modules:
    return np.array([list(row) for row in code.matrix], dtype=np.bool_)
