"""The office behind the visitor, out of focus, with or without somebody in it."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator
from PIL import Image, ImageDraw, ImageFilter

from gate.simulation.chance import happens, one_of
from gate.simulation.props import Colour, dimmed

_SHRINK = 4  # drawn small and enlarged: the camera focuses on the hand, not on the room
_BLUR_PX = 3
_WALLS: tuple[Colour, ...] = ((206, 202, 192), (188, 196, 200), (214, 208, 186), (170, 176, 172))
_CLOTHES: tuple[Colour, ...] = ((52, 60, 84), (128, 46, 44), (70, 92, 70), (210, 210, 214), (36, 36, 40))
_HAIR: tuple[Colour, ...] = ((30, 24, 22), (70, 50, 36), (110, 104, 100))


def room(
    size: tuple[int, int], light: float, skin: Colour | None, rng: Generator, *, stands_at: float | None = None
) -> Image.Image:
    """The background of a camera picture of this size, RGB; ``skin`` is that of the person in it, if there is one.

    ``stands_at`` is where the person stands, 0 at the left edge and 1 at the right; None for anywhere in the middle.
    """
    width, height = size[0] // _SHRINK, size[1] // _SHRINK
    image = _wall(width, height, rng)
    draw = ImageDraw.Draw(image)
    _draw_door(draw, width, height, rng)
    _draw_window(draw, width, height, rng)
    if skin is not None:
        _draw_person(draw, (width, height), skin, rng, stands_at)
    lit = image.point([min(255, round(value * light)) for value in range(256)] * 3)
    return lit.filter(ImageFilter.GaussianBlur(_BLUR_PX)).resize(size, Image.Resampling.BICUBIC)


def _wall(width: int, height: int, rng: Generator) -> Image.Image:
    """A wall that is lit from one side, and the floor."""
    wall = np.array(one_of(rng, _WALLS), np.float32)
    fall = np.linspace(1.0, rng.uniform(0.6, 0.9), width, dtype=np.float32)
    fall = fall if happens(rng) else fall[::-1]
    image = Image.fromarray((fall[None, :, None] * np.tile(wall, (height, width, 1))).astype(np.uint8))
    floor = round(height * rng.uniform(0.82, 0.95))
    ImageDraw.Draw(image).rectangle((0, floor, width, height), fill=(110, 98, 84))
    return image


def _draw_door(draw: ImageDraw.ImageDraw, width: int, height: int, rng: Generator) -> None:
    left = round(width * rng.uniform(0.02, 0.7))
    wood = dimmed((142, 104, 70), float(rng.uniform(0.7, 1.2)))
    wide = round(width * 0.24)
    draw.rectangle((left - 4, -5, left + wide + 4, height), fill=dimmed(wood, 0.6))
    draw.rectangle((left, -5, left + wide, height), fill=wood)
    draw.rectangle((left + 10, 12, left + wide - 10, round(height * 0.42)), fill=dimmed(wood, 0.85))
    draw.ellipse((left + 6, height * 0.6, left + 13, height * 0.6 + 7), fill=(200, 196, 180))


def _draw_window(draw: ImageDraw.ImageDraw, width: int, height: int, rng: Generator) -> None:
    left = round(width * rng.uniform(0, 0.85))
    wide, tall = round(width * rng.uniform(0.1, 0.22)), round(height * rng.uniform(0.3, 0.5))
    sky = dimmed((214, 228, 240), float(rng.uniform(0.6, 1.05)))
    draw.rectangle((left, 8, left + wide, 8 + tall), fill=sky, outline=(120, 118, 112), width=3)
    draw.line((left + wide / 2, 8, left + wide / 2, 8 + tall), (120, 118, 112), 2)


def _draw_person(
    draw: ImageDraw.ImageDraw, size: tuple[int, int], skin: Colour, rng: Generator, stands_at: float | None
) -> None:
    width, height = size
    somewhere = rng.uniform(0.3, 0.7)
    middle = width * (somewhere if stands_at is None else stands_at)
    head = height * rng.uniform(0.15, 0.19)
    face_y = height * rng.uniform(0.2, 0.32)
    hair, clothes = one_of(rng, _HAIR), one_of(rng, _CLOTHES)
    shoulders = face_y + head * 1.35
    draw.rounded_rectangle(
        (middle - head * 2.2, shoulders, middle + head * 2.2, height * 1.6), head * 1.1, fill=clothes
    )
    draw.rectangle(
        (middle - head * 0.42, face_y, middle + head * 0.42, shoulders + head * 0.35), fill=dimmed(skin, 0.85)
    )
    draw.ellipse((middle - head * 0.92, face_y - head * 1.3, middle + head * 0.92, face_y + head * 0.7), fill=hair)
    draw.ellipse((middle - head * 0.78, face_y - head * 0.95, middle + head * 0.78, face_y + head * 1.05), fill=skin)
    for eye in (-0.32, 0.32):
        x = middle + eye * head
        draw.ellipse((x - 2, face_y - 3, x + 2, face_y), fill=(50, 40, 38))
    draw.line(
        (middle - head * 0.25, face_y + head * 0.55, middle + head * 0.25, face_y + head * 0.55), dimmed(skin, 0.6), 2
    )
