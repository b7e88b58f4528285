"""A camera picture of a visitor at the door: the room, what is held in it, and the camera's own weaknesses.

The same visitor, pose and seed give the same picture, pixel for pixel.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import numpy.typing as npt
from numpy.random import Generator
from PIL import Image

from gate.simulation import optics
from gate.simulation.chance import happens, one_of
from gate.simulation.pose import Pose
from gate.simulation.props import Colour, Device, Lamps, Shown, held
from gate.simulation.room import room

SIZE = (1280, 720)
_FOCAL_PX = 1400.0  # a Raspberry Pi camera module 3 at this size
_MARGIN_PX = 14
_BESIDE_OTHERS = 0.2
_SHINE = {Device.PHONE: 1.0, Device.PAPER: 0.4}  # paper scatters most of a reflection
SKIN: tuple[Colour, ...] = ((236, 196, 168), (205, 155, 120), (164, 113, 82), (112, 74, 52))
_Plane = npt.NDArray[np.float64]


def render(shown: Sequence[Shown], pose: Pose, rng: Generator) -> Image.Image:
    """The picture, RGB: nobody's code for none, one device, or several side by side."""
    skin = one_of(rng, SKIN)
    somebody = bool(shown) or happens(rng)
    picture = room(SIZE, pose.light, skin if somebody else None, rng)
    module_px = pose.module_px
    for thing, area in zip(shown, areas(len(shown)), strict=True):
        lamps = Lamps(pose.light, pose.screen)
        draw = partial(held, thing, lamps=lamps, skin=skin, rng=rng)
        module_px = put(picture, thing, pose if len(shown) == 1 else _upright(pose), area, draw, rng)
    return exposed(picture, pose, module_px, rng)


def exposed(picture: Image.Image, pose: Pose, module_px: float, rng: Generator) -> Image.Image:
    """What the camera stores of a scene in colour or grey, with the grain of ``rng``."""
    lamps = optics.corners(picture.size, pose.shade)
    if pose.bands > 0:
        lamps *= optics.bands(picture.height, pose.bands, pose.bands_phase)
    return optics.photographed(picture, _blur_px(pose, module_px), lamps, pose.noise, rng)


def luma(picture: Image.Image) -> npt.NDArray[np.uint8]:
    """The picture as the camera hands it to the gate: ``uint8[height, width]``."""
    return np.array(picture.convert("L"), dtype=np.uint8)


@dataclass(frozen=True, slots=True)
class Area:
    """The part of the picture that one code may lie in.

    ``clearance``, a share of the code's width, is kept free around it: for the edges and fingers of a neighbour.
    """

    left: float
    top: float
    right: float
    bottom: float
    clearance: float


def areas(count: int) -> list[Area]:
    """Equal parts from left to right."""
    wide = SIZE[0] / max(1, count)
    clearance = 0.0 if count == 1 else _BESIDE_OTHERS
    return [Area(index * wide, 0, (index + 1) * wide, SIZE[1], clearance) for index in range(count)]


def _upright(pose: Pose) -> Pose:
    """Not held sideways, where a long telephone would lie over its neighbour."""
    return replace(pose, turn_deg=(pose.turn_deg + 45) % 90 - 45)


def put(
    picture: Image.Image, shown: Shown, pose: Pose, area: Area, draw: Callable[[int], Image.Image], rng: Generator
) -> float:
    """Put the thing into the picture; ``draw`` draws it with modules of so many pixels. The module size that fitted."""
    module_px, place = _fitted(shown.modules_wide, pose, area)
    drawn_px = math.ceil(module_px * 1.3)
    prop = draw(drawn_px)
    plane = place @ _scaled(module_px / drawn_px) @ _moved_by(-prop.width / 2, -prop.height / 2)
    left, top, right, bottom = _seen_box(plane, prop.size)
    coefficients = _coefficients(_moved_by(-left, -top) @ plane)
    size = right - left, bottom - top
    seen = prop.transform(size, Image.Transform.PERSPECTIVE, coefficients, Image.Resampling.BILINEAR)
    seen = optics.moved(seen, pose.motion * module_px, pose.motion_deg)
    if pose.glare > 0:
        code_x, code_y = _seen_at(place, np.zeros((1, 2)))[0]
        _reflect(seen, (code_x - left, code_y - top), pose.glare * _SHINE[shown.device], rng)
    if pose.moire > 0 and shown.device is Device.PHONE:
        _beat(seen, pose.moire, rng)
    picture.paste(seen if picture.mode == "RGB" else seen.convert("L"), (left, top), seen)
    return module_px


def _beat(seen: Image.Image, strength: float, rng: Generator) -> None:
    """The screen's dots beat with the sensor's."""
    wave = optics.moire(seen.size, float(rng.uniform(4, 14)), float(rng.uniform(0, 180)), strength)
    alpha = seen.getchannel("A")
    seen.paste((0, 0, 0), (0, 0), wave)
    seen.putalpha(alpha)


def _reflect(seen: Image.Image, code_at: tuple[float, float], strength: float, rng: Generator) -> None:
    """A lamp is mirrored near the code."""
    x, y = code_at + rng.uniform(-90, 90, 2)
    spot = optics.glare(seen.size, (x, y), float(rng.uniform(80, 220)), strength)
    alpha = seen.getchannel("A")
    seen.paste((255, 255, 250), (0, 0), spot)
    seen.putalpha(alpha)


def _blur_px(pose: Pose, module_px: float) -> float:
    return max(0.45, pose.defocus * module_px)


def _fitted(modules_wide: int, pose: Pose, area: Area) -> tuple[float, _Plane]:
    """The size and place at which the whole code lies within the area: smaller than asked for where it must be."""
    module_px = pose.module_px
    while True:
        half = modules_wide * module_px / 2
        corners = np.array([(-half, -half), (half, -half), (half, half), (-half, half)])
        tilted = _tilted(pose)
        spots = _seen_at(tilted, corners)
        low, high = spots.min(axis=0), spots.max(axis=0)
        margin = _MARGIN_PX + area.clearance * half * 2
        free_x = area.right - area.left - 2 * margin - (high[0] - low[0])
        free_y = area.bottom - area.top - 2 * _MARGIN_PX - (high[1] - low[1])
        if free_x >= 0 and free_y >= 0:
            x = area.left + margin - low[0] + free_x * (0.5 + 0.5 * pose.place[0])
            y = area.top + _MARGIN_PX - low[1] + free_y * (0.5 + 0.5 * pose.place[1])
            return module_px, _moved_by(x, y) @ tilted
        module_px *= 0.96


def _tilted(pose: Pose) -> _Plane:
    """The plane of the thing, turned and tilted about its middle, as the camera straight ahead sees it."""
    axis, tilt = math.radians(pose.tilt_axis_deg), math.radians(pose.tilt_deg)
    along = _turned(axis)
    tilt_only = np.array([[1, 0, 0], [0, math.cos(tilt), 0], [0, math.sin(tilt) / _FOCAL_PX, 1]])
    turned: _Plane = along @ tilt_only @ _turned(-axis) @ _turned(math.radians(pose.turn_deg))
    return turned


def _turned(angle: float) -> _Plane:
    return np.array([[math.cos(angle), -math.sin(angle), 0], [math.sin(angle), math.cos(angle), 0], [0, 0, 1]])


def _scaled(factor: float) -> _Plane:
    return np.diag([factor, factor, 1.0])


def _moved_by(x: float, y: float) -> _Plane:
    return np.array([[1, 0, x], [0, 1, y], [0, 0, 1]], dtype=np.float64)


def _seen_at(plane: _Plane, points: _Plane) -> _Plane:
    """Where points of the plane appear in the picture."""
    spots = np.column_stack([points, np.ones(len(points))]) @ plane.T
    seen: _Plane = spots[:, :2] / spots[:, 2:]
    return seen


def _seen_box(plane: _Plane, size: tuple[int, int]) -> tuple[int, int, int, int]:
    """The part of the picture in which the thing is seen: left, top, right, bottom."""
    width, height = size
    spots = _seen_at(plane, np.array([(0, 0), (width, 0), (width, height), (0, height)], dtype=np.float64))
    left, top = np.clip(np.floor(spots.min(axis=0)), 0, SIZE).astype(int)
    right, bottom = np.clip(np.ceil(spots.max(axis=0)), 0, SIZE).astype(int)
    return int(left), int(top), int(right), int(bottom)


def _coefficients(plane: _Plane) -> list[float]:
    """For each pixel of the picture, the point of the thing that it shows, in Pillow's eight numbers."""
    back = np.linalg.inv(plane)
    return [float(value) for value in (back / back[2, 2]).ravel()[:8]]
