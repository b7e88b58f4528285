"""Reading a QR code with pyzbar: as most tutorials do it, and as a careful reader of its documentation would."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image
from pyzbar.pyzbar import ZBarSymbol, decode


def naive(rgb: npt.NDArray[np.uint8]) -> set[bytes]:
    """``uint8[height, width, 3]`` through a PIL image, every symbology."""
    return _found(lambda: decode(Image.fromarray(rgb)))


def tuned(luma: npt.NDArray[np.uint8]) -> set[bytes]:
    """The Y plane that the camera gives, ``uint8[height, width]``, QR codes only."""
    return _found(lambda: decode(luma, symbols=[ZBarSymbol.QRCODE]))


def _found(read: Callable[[], Any]) -> set[bytes]:
    """What was read; pyzbar raises at one part of a split code, and then a tutorial's loop would have ended."""
    try:
        return {symbol.data for symbol in read()}
    except ValueError:
        return set()
