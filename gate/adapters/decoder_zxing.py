"""zxing-cpp behind ``SymbolDecoder``: QR codes (model 2) at any turn, light on dark too, as exact bytes.

The binding does not tell a part of a Structured Append sequence from a whole code, so the part is recognised here, from
the modules that zxing-cpp sampled: the first four bits of the code name its mode. One misread module could fake that
mode, so the verdict "part" also needs that the same bytes, encoded as an ordinary code, give another picture.
"""

from __future__ import annotations

from collections.abc import Callable
from operator import eq
from typing import Any

from gate.decoding import AdapterError, Picture, Symbol, pixels_of

_STRUCTURED_APPEND = 0b0011
_SAME_PICTURE = 0.9  # share of equal modules; two different contents share about half
_SMALLEST_SIDE = 21  # modules of the smallest QR code
_DARK = 0

_Masks = dict[int, Callable[[int, int], bool]]
_MASKS: _Masks = {
    0: lambda y, x: (y + x) % 2 == 0,
    1: lambda y, _: y % 2 == 0,
    2: lambda _, x: x % 3 == 0,
    3: lambda y, x: (y + x) % 3 == 0,
    4: lambda y, x: (y // 2 + x // 3) % 2 == 0,
    5: lambda y, x: (y * x) % 2 + (y * x) % 3 == 0,
    6: lambda y, x: ((y * x) % 2 + (y * x) % 3) % 2 == 0,
    7: lambda y, x: ((y + x) % 2 + (y * x) % 3) % 2 == 0,
}
"""ISO/IEC 18004 table 10: the modules that are inverted, by row and column."""


class ZxingDecoder:
    """The first of the chain. Keeps nothing between calls."""

    name = "zxing"

    def __init__(self) -> None:
        try:
            import zxingcpp  # noqa: PLC0415  (a missing library is told to the administrator, not a traceback)
        except ImportError as error:
            raise AdapterError(
                f"The zxing decoder cannot start: {error}. Install it with: pip install 'zxing-cpp>=3'",
            ) from error
        self._zxing: Any = zxingcpp

    def decode(self, luma: Picture) -> tuple[Symbol, ...]:
        pixels, *sides = pixels_of(luma)
        if min(sides) < _SMALLEST_SIDE:
            return ()
        found = self._zxing.read_barcodes(
            pixels,
            formats=self._zxing.BarcodeFormat.QRCodeModel2,
            try_rotate=True,
            try_downscale=True,
            try_invert=True,
            return_errors=True,
        )
        return tuple(self._symbol(barcode) if barcode.valid else _unread(barcode) for barcode in found)

    def close(self) -> None:
        """Nothing is kept between calls."""

    def _symbol(self, barcode: Any) -> Symbol:
        return Symbol(bytes(barcode.bytes), _corners(barcode.position), part=self._is_part(barcode))

    def _is_part(self, barcode: Any) -> bool:
        modules = _modules(barcode)
        if _first_mode(modules, barcode.extra["DataMask"]) != _STRUCTURED_APPEND:
            return False
        ordinary = self._as_ordinary_code(barcode)
        return ordinary is None or not _same_picture(modules, ordinary)

    def _as_ordinary_code(self, barcode: Any) -> memoryview | None:
        """The modules that the same text has as a code by itself; None where it cannot be made."""
        try:
            return _modules(
                self._zxing.create_barcode(
                    barcode.text,
                    self._zxing.BarcodeFormat.QRCode,
                    ec_level=barcode.ec_level,
                    version=int(barcode.extra["Version"]),
                    data_mask=barcode.extra["DataMask"],
                ),
            )
        except (ValueError, RuntimeError):
            return None


def _unread(barcode: Any) -> Symbol:
    """Its finder patterns were found and its modules sampled, but they make no sense."""
    return Symbol(b"", _corners(barcode.position), part=True)


def _modules(barcode: Any) -> memoryview:
    """``uint8[side, side]``, 0 for a dark module and 255 for a light one, the code upright."""
    return memoryview(barcode.to_image(scale=1, add_quiet_zones=False))


def _first_mode(modules: memoryview, mask: int) -> int:
    """The four bits of the mode indicator: the last two modules of the last two rows, right to left, bottom up."""
    last = len(modules) - 1
    bits = 0
    for y, x in ((last, last), (last, last - 1), (last - 1, last), (last - 1, last - 1)):
        bits = bits << 1 | ((modules[y, x] == _DARK) ^ _MASKS[mask](y, x))
    return bits


def _same_picture(one: memoryview, other: memoryview) -> bool:
    equal = sum(map(eq, one.tobytes(), other.tobytes()))
    return one.shape == other.shape and equal > _SAME_PICTURE * one.nbytes


def _corners(position: Any) -> tuple[tuple[int, int], ...]:
    corners = (position.top_left, position.top_right, position.bottom_right, position.bottom_left)
    return tuple((corner.x, corner.y) for corner in corners)
