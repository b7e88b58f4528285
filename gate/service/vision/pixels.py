"""Picture arithmetic for the rungs, in whole numbers and in buffers that are used again.

Every function takes ``uint8[height, width]`` and returns the same kind; a result is overwritten by the next call on the
same ``Pixels``.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from gate.ports import Luma

_BAND = 60  # rows


class Pixels:
    """The arithmetic with its buffers; for one thread."""

    def __init__(self) -> None:
        self._buffers: dict[str, npt.NDArray[Any]] = {}

    def half(self, luma: Luma) -> Luma:
        """Half the width and height, each pixel the mean of four (rounded down); an odd row or column is left out.

        Done in bands that stay in the processor's cache.
        """
        height, width = luma.shape[0] // 2, luma.shape[1] // 2
        result: Luma = self._buffer("half", (height, width), np.uint8)
        for first in range(0, height, _BAND):
            band = result[first : first + _BAND]
            self._halve(luma[2 * first : 2 * (first + len(band)), : 2 * width], band)
        return result

    def _halve(self, luma: Luma, into: Luma) -> None:
        rows = np.right_shift(luma[::2], 1, out=self._buffer("half rows", luma[::2].shape, np.uint8))
        rows += np.right_shift(luma[1::2], 1, out=self._buffer("half below", rows.shape, np.uint8))
        pairs = rows.view("<u2")
        sums = np.bitwise_and(pairs, 0xFF, out=self._buffer("half sums", into.shape, np.uint16))
        sums += np.right_shift(pairs, 8, out=self._buffer("half right", into.shape, np.uint16))
        np.copyto(into, np.right_shift(sums, 1, out=sums), casting="unsafe")

    def boxed(self, luma: Luma) -> Luma:
        """Each pixel the mean of the three by three around it: less grain and moire. Two pixels narrower and lower."""
        sums = self._sums("box", luma, 3)
        return self._narrow("box", np.floor_divide(sums, 9, out=sums))

    def sharpened(self, luma: Luma) -> Luma:
        """Three times each pixel less twice the mean of the five by five around it. Four pixels narrower and lower."""
        sums = self._sums("sharp", luma, 5)
        mean = np.floor_divide(sums, 25, out=sums).view(np.int16)
        mean *= -2
        inner = luma[2:-2, 2:-2]
        mean += np.multiply(inner, 3, out=self._buffer("sharp inner", inner.shape, np.int16), dtype=np.int16)
        return self._narrow("sharp", np.clip(mean, 0, 255, out=mean))

    def doubled(self, luma: Luma) -> Luma:
        """Twice the size, bilinear: each new pixel is three quarters of its own and one quarter of its neighbour."""
        height, width = luma.shape
        tall = self._buffer("double tall", (2 * height, width), np.uint16)
        self._interleave(tall, luma.astype(np.uint16))
        wide = self._buffer("double wide", (2 * width, 2 * height), np.uint16)
        self._interleave(wide, np.ascontiguousarray(tall.T))
        wide += 8
        return np.ascontiguousarray(self._narrow("double", np.right_shift(wide, 4, out=wide)).T)

    def _interleave(self, into: npt.NDArray[np.uint16], lines: npt.NDArray[np.uint16]) -> None:
        """Two lines for each, four times as bright."""
        thrice = np.multiply(lines, 3, out=self._buffer("thrice", lines.shape, np.uint16))
        np.add(thrice[1:], lines[:-1], out=into[2::2])
        np.add(thrice[:-1], lines[1:], out=into[1:-1:2])
        into[0], into[-1] = lines[0] * 4, lines[-1] * 4

    def _sums(self, name: str, luma: Luma, side: int) -> npt.NDArray[np.uint16]:
        """The sums over squares of ``side`` pixels."""
        height, width = luma.shape[0] - side + 1, luma.shape[1] - side + 1
        tall = self._buffer(f"{name} tall", (height, luma.shape[1]), np.uint16)
        np.add(luma[:height], luma[1 : height + 1], out=tall, dtype=np.uint16)
        for row in range(2, side):
            tall += luma[row : row + height]
        sums = self._buffer(f"{name} sums", (height, width), np.uint16)
        np.add(tall[:, :width], tall[:, 1 : width + 1], out=sums)
        for column in range(2, side):
            sums += tall[:, column : column + width]
        return sums

    def _narrow(self, name: str, values: npt.NDArray[Any]) -> Luma:
        """Values from 0 to 255 as bytes."""
        narrow = self._buffer(f"{name} bytes", values.shape, np.uint8)
        np.copyto(narrow, values, casting="unsafe")
        return narrow

    def _buffer(self, name: str, shape: tuple[int, ...], kind: type[np.generic]) -> npt.NDArray[Any]:
        """The buffer of this name, made anew only when it is too small."""
        size = int(np.prod(shape))
        flat = self._buffers.get(name)
        if flat is None or flat.size < size:
            flat = self._buffers[name] = np.empty(size, kind)
        return flat[:size].reshape(shape)
