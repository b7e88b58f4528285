"""Pictures that cost a decoder much and hold no code: noise, and clutter that looks like parts of QR codes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

SIZE = (1080, 1920)
FINDER = np.array(
    [
        [0, 0, 0, 0, 0, 0, 0],
        [0, 1, 1, 1, 1, 1, 0],
        [0, 1, 0, 0, 0, 1, 0],
        [0, 1, 0, 0, 0, 1, 0],
        [0, 1, 0, 0, 0, 1, 0],
        [0, 1, 1, 1, 1, 1, 0],
        [0, 0, 0, 0, 0, 0, 0],
    ],
    np.uint8,
)
"""A QR code's corner, 0 is black."""

Luma = npt.NDArray[np.uint8]


def hostile(seed: int, count: int) -> list[Luma]:
    """``uint8[1080, 1920]``: fine noise, coarse noise, and noise full of finder patterns, in turn."""
    ways = (_fine, _coarse, _finders)
    return [ways[index % 3](np.random.default_rng([seed, index])) for index in range(count)]


def written(pictures: list[Luma], folder: Path) -> list[Path]:
    """The pictures as files."""
    paths = [folder / f"hostile-{index}.png" for index in range(len(pictures))]
    for path, picture in zip(paths, pictures, strict=True):
        Image.fromarray(picture).save(path, compress_level=1)
    return paths


def _fine(rng: np.random.Generator) -> Luma:
    return rng.integers(0, 256, SIZE, np.uint8)


def _coarse(rng: np.random.Generator) -> Luma:
    """Black and white modules of 4 pixels, as a code of the size of the picture would have."""
    modules = rng.integers(0, 2, (SIZE[0] // 4, SIZE[1] // 4), np.uint8) * np.uint8(255)
    return np.kron(modules, np.ones((4, 4), np.uint8))


def _finders(rng: np.random.Generator) -> Luma:
    """Several hundred corners of codes that are not there."""
    picture = _coarse(rng)
    for _ in range(400):
        scale = int(rng.integers(2, 6))
        corner = np.kron(FINDER, np.ones((scale, scale), np.uint8)) * np.uint8(255)
        top, left = rng.integers(0, SIZE[0] - len(corner)), rng.integers(0, SIZE[1] - len(corner))
        picture[top : top + len(corner), left : left + len(corner)] = corner
    return picture
