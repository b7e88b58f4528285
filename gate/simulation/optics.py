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
_BANDS = 3.3  # rows are read in a thirtieth of a second, a lamp on 50 Hz flickers a hundred times a second
Plane = npt.NDArray[np.float32]


def photographed(scene: Image.Image, blur_px: float, lamps: Plane, noise: float, rng: Generator) -> Image.Image:
    """The scene as the camera stores it. ``noise`` is in grey levels at half brightness, before the gain.

    ``lamps`` is how much of the light of each pixel arrives.
    """
    soft = scene.filter(ImageFilter.GaussianBlur(blur_px))
    light = np.asarray(soft, dtype=np.float32)
    colours = light.reshape(scene.height, scene.width, -1) * lamps[..., None]
    gain = float(np.clip(_MEAN / max(1.0, float(colours.mean())), *_GAIN))
    grain = rng.standard_normal((scene.height, scene.width), dtype=np.float32)
    colours += (grain * noise * np.sqrt((colours[..., colours.shape[2] // 2] + 16) / 128))[..., None]
    return Image.fromarray(np.clip(colours * gain, 0, 255).astype(np.uint8).reshape(light.shape))


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


def corners(size: tuple[int, int], shade: float) -> Plane:
    """1 in the middle, ``1 - shade`` in the corners."""
    x = np.linspace(-1, 1, size[0], dtype=np.float32) ** 2
    y = np.linspace(-1, 1, size[1], dtype=np.float32) ** 2
    fall: Plane = 1 - np.float32(shade) * (x[None, :] + y[:, None]) / np.float32(2)
    return fall


def bands(height: int, depth: float, phase: float) -> Plane:
    """``float32[height, 1]``: a lamp that flickers while the rows are exposed one after the other."""
    turns = np.arange(height, dtype=np.float32) * np.float32(_BANDS / height) + np.float32(phase)
    wave: Plane = 1 - np.float32(depth / 2) * (1 + np.sin(2 * np.pi * turns))
    return wave[:, None].astype(np.float32)


def moire(size: tuple[int, int], period_px: float, direction_deg: float, strength: float) -> Image.Image:
    """How much darker each pixel is where the dots of a screen beat with those of the sensor, as an ``L`` mask."""
    x = np.arange(size[0], dtype=np.float32) * math.cos(math.radians(direction_deg))
    y = np.arange(size[1], dtype=np.float32) * math.sin(math.radians(direction_deg))
    wave = np.sin((x[None, :] + y[:, None]) * (2 * math.pi / period_px))
    return Image.fromarray((strength * 127 * (1 + wave)).astype(np.uint8))
