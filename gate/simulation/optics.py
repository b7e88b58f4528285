"""What lens and sensor make of a scene: defocus, motion blur, darker corners, exposure and noise."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from numpy.random import Generator
from PIL import Image, ImageFilter

_KERNEL = 5  # Pillow's largest; a longer way is blurred in several passes
_UNSEEN_PX = 0.7
_MEAN = 118.0
_GAIN = (0.75, 2.6)


def photographed(scene: Image.Image, blur_px: float, shade: float, noise: float, rng: Generator) -> Image.Image:
    """The scene as the camera stores it. ``noise`` is in grey levels at half brightness, before the gain."""
    soft = scene.filter(ImageFilter.GaussianBlur(blur_px))
    light = np.asarray(soft, dtype=np.float32) * _corners(scene.size, shade)[..., None]
    gain = float(np.clip(_MEAN / max(1.0, float(light.mean())), *_GAIN))
    grain = rng.standard_normal((scene.height, scene.width), dtype=np.float32)
    light += (grain * noise * np.sqrt((light[..., 1] + 16) / 128))[..., None]
    return Image.fromarray(np.clip(light * gain, 0, 255).astype(np.uint8))


def moved(image: Image.Image, way_px: float, direction_deg: float) -> Image.Image:
    """Smeared along a straight way, as by a hand that moves during the exposure."""
    if way_px < _UNSEEN_PX:
        return image
    passes = math.ceil((way_px / (_KERNEL - 1)) ** 2)
    for _ in range(passes):
        image = image.filter(ImageFilter.Kernel((_KERNEL, _KERNEL), _line(way_px / math.sqrt(passes), direction_deg)))
    return image


def glare(size: tuple[int, int], centre: tuple[float, float], reach_px: float, strength: float) -> Image.Image:
    """How much of a lamp's white lies over each pixel: a soft oblong spot, as an ``L`` mask."""
    shrink = 8
    y, x = np.mgrid[0 : size[1] : shrink, 0 : size[0] : shrink].astype(np.float32)
    far = ((x - centre[0]) / reach_px) ** 2 + ((y - centre[1]) / (reach_px * 0.4)) ** 2
    spot = (255 * 0.6 * strength * np.exp(-far)).astype(np.uint8)
    return Image.fromarray(spot).resize(size, Image.Resampling.BILINEAR)


def _line(way_px: float, direction_deg: float) -> list[float]:
    """The weights of a line through the middle of the kernel."""
    weights = np.zeros((_KERNEL, _KERNEL))
    middle = (_KERNEL - 1) / 2
    for step in np.linspace(-way_px / 2, way_px / 2, 15):
        x = middle + step * math.cos(math.radians(direction_deg))
        y = middle + step * math.sin(math.radians(direction_deg))
        weights[round(y), round(x)] += 1
    return [float(weight) for weight in weights.ravel()]


def _corners(size: tuple[int, int], shade: float) -> npt.NDArray[np.float32]:
    """1 in the middle, ``1 - shade`` in the corners."""
    x = np.linspace(-1, 1, size[0], dtype=np.float32) ** 2
    y = np.linspace(-1, 1, size[1], dtype=np.float32) ** 2
    fall: npt.NDArray[np.float32] = 1 - np.float32(shade) * (x[None, :] + y[:, None]) / np.float32(2)
    return fall
