"""libzbar behind ``SymbolDecoder``: QR only, dark mode too, exact bytes, and no crash on a Structured Append part.

The library is called through pyzbar's ctypes wrapper, not through ``pyzbar.decode``: that one asks for an orientation
which a partial symbol does not have, and raises, dropping every other code of the picture with it.
Every call makes its own scanner and image (4 microseconds) and frees both, so calls share nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from ctypes import addressof, c_uint8, string_at
from typing import Any

from gate.decoding import AdapterError, Picture, Symbol, pixels_of

_ANY = 0
_PARTIAL = 1
_QRCODE = 64
_ENABLE = 0
_BINARY = 4  # pyzbar's list of settings is older than this one: bytes as printed, not guessed into UTF-8
_TEST_INVERTED = 0x81  # nor has it this one: when nothing was found, look again at the negative
_SETTINGS = ((_ANY, _ENABLE, 0), (_QRCODE, _ENABLE, 1), (_QRCODE, _BINARY, 1), (_ANY, _TEST_INVERTED, 1))
_Y800 = int.from_bytes(b"Y800", "little")
_SMALLEST_SIDE = 21  # modules of the smallest QR code


class ZbarDecoder:
    """The second opinion of the chain. Keeps nothing between calls."""

    name = "zbar"

    def __init__(self) -> None:
        self._zbar = _load()
        with _scanner(self._zbar):
            pass  # a library too old for the settings is refused here, not at the first frame

    def decode(self, luma: Picture) -> tuple[Symbol, ...]:
        pixels, height, width = pixels_of(luma)
        if min(height, width) < _SMALLEST_SIDE:
            return ()
        with _scanner(self._zbar) as scanner, _image(self._zbar, pixels, height, width) as image:
            self._zbar.zbar_scan_image(scanner, image)
            return tuple(_symbols(self._zbar, image))

    def close(self) -> None:
        """Nothing is kept between calls."""


def _load() -> Any:
    try:
        from pyzbar import wrapper  # noqa: PLC0415  (importing it loads libzbar, which may be missing)
    except ImportError as error:
        raise AdapterError(
            f"The zbar decoder cannot start: {error}. Install the library with: sudo apt install libzbar0",
        ) from error
    return wrapper


@contextmanager
def _scanner(zbar: Any) -> Iterator[Any]:
    scanner = zbar.zbar_image_scanner_create()
    if not scanner:
        raise AdapterError("libzbar could not make a scanner: the machine is out of memory.")
    try:
        for setting in _SETTINGS:
            if zbar.zbar_image_scanner_set_config(scanner, *setting) != 0:
                raise AdapterError(
                    f"libzbar refuses the setting {setting}: it is older than 0.23.90. "
                    "Upgrade it with: sudo apt install libzbar0",
                )
        yield scanner
    finally:
        zbar.zbar_image_scanner_destroy(scanner)


@contextmanager
def _image(zbar: Any, pixels: memoryview, height: int, width: int) -> Iterator[Any]:
    """The picture for zbar, which borrows the pixels until the end of the block."""
    flat = bytearray(pixels) if pixels.readonly else pixels.cast("B")  # ctypes lends nothing that may not be written
    lent = (c_uint8 * pixels.nbytes).from_buffer(flat)
    image = zbar.zbar_image_create()
    if not image:
        raise AdapterError("libzbar could not make an image: the machine is out of memory.")
    try:
        zbar.zbar_image_set_format(image, _Y800)
        zbar.zbar_image_set_size(image, width, height)
        zbar.zbar_image_set_data(image, addressof(lent), pixels.nbytes, None)
        yield image
    finally:
        zbar.zbar_image_destroy(image)


def _symbols(zbar: Any, image: Any) -> Iterator[Symbol]:
    symbol = zbar.zbar_image_first_symbol(image)
    while symbol:
        kind = symbol.contents.type
        if kind in {_QRCODE, _PARTIAL}:
            yield Symbol(_data(zbar, symbol), _corners(zbar, symbol), part=kind == _PARTIAL)
        symbol = zbar.zbar_symbol_next(symbol)


def _data(zbar: Any, symbol: Any) -> bytes:
    length = zbar.zbar_symbol_get_data_length(symbol)
    return string_at(zbar.zbar_symbol_get_data(symbol), length) if length else b""


def _corners(zbar: Any, symbol: Any) -> tuple[tuple[int, int], ...]:
    count = zbar.zbar_symbol_get_loc_size(symbol)
    return tuple((zbar.zbar_symbol_get_loc_x(symbol, i), zbar.zbar_symbol_get_loc_y(symbol, i)) for i in range(count))
