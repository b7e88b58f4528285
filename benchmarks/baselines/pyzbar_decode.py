"""Reading a QR code with pyzbar: as most tutorials do it, and as a careful reader of its documentation would."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from PIL import Image
from pyzbar.pyzbar import ZBarSymbol, decode


def naive(rgb: npt.NDArray[np.uint8]) -> set[bytes]:
    """``uint8[height, width, 3]`` through a PIL image, every symbology."""
    return {symbol.data for symbol in decode(Image.fromarray(rgb))}


def tuned(rgb: npt.NDArray[np.uint8]) -> set[bytes]:
    """The same picture as luma, QR codes only."""
    luma = np.ascontiguousarray(rgb[:, :, 1])
    return {symbol.data for symbol in decode(luma, symbols=[ZBarSymbol.QRCODE])}
