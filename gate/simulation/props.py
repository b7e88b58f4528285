"""What visitors hold, seen from straight ahead: a telephone or a sheet of paper, in a hand, with a code on it.

All lengths follow from the code's width with its quiet zone, because people fill the screen or the sheet with it.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from PIL import Image, ImageChops, ImageDraw, ImageFont

from gate.simulation.chance import happens, one_of
from gate.simulation.symbols import Modules

Colour = tuple[int, int, int]
Box = tuple[float, float, float, float]

QUIET_ZONE = 4
_BODY: tuple[Colour, ...] = ((24, 25, 28), (60, 62, 68), (176, 178, 182), (38, 52, 84))
_THEME: tuple[Colour, ...] = ((0, 98, 155), (12, 120, 92), (120, 50, 130))
_INK: Colour = (40, 40, 46)
_GREY: Colour = (150, 152, 158)


@enum.unique
class Device(enum.StrEnum):
    """What carries the code."""

    PHONE = "phone"
    PAPER = "paper"


@dataclass(frozen=True, slots=True, eq=False)
class Shown:
    """One code on one device; ``dark`` is a telephone's dark mode, where the code is light on dark."""

    code: Modules
    device: Device = Device.PHONE
    dark: bool = False

    @property
    def modules_wide(self) -> int:
        """The code with its quiet zone."""
        return len(self.code) + 2 * QUIET_ZONE


@dataclass(frozen=True, slots=True)
class Lamps:
    """How bright the room is, and the screen."""

    room: float
    screen: float

    def on(self, colour: Colour) -> Colour:
        """The colour of a thing that only reflects the room's light."""
        return dimmed(colour, self.room)

    def in_screen(self, colour: Colour) -> Colour:
        """The colour of a lit pixel, under the veil that the room's light lays on the glass."""
        veil = 18 * self.room
        red, green, blue = dimmed(colour, self.screen)
        return int(veil + red * 0.93), int(veil + green * 0.93), int(veil + blue * 0.93)


@dataclass(frozen=True, slots=True)
class Hand:
    """The hand that holds it, as lit by the room; ``side`` is 1 when the thumb is on the right, -1 on the left."""

    skin: Colour
    side: int


def dimmed(colour: Colour, level: float) -> Colour:
    """The colour under this much light; 1 leaves it as it is."""
    red, green, blue = (min(255, round(part * level)) for part in colour)
    return red, green, blue


def held(shown: Shown, module_px: int, lamps: Lamps, skin: Colour, rng: Generator) -> Image.Image:
    """The thing in a hand, RGBA, transparent around it; the middle of the picture is the middle of the code."""
    code_px = shown.modules_wide * module_px
    prop = Image.new("RGBA", (round(code_px * 2.8), round(code_px * 3.2)))
    hand = Hand(lamps.on(skin), 1 if happens(rng) else -1)
    draw = _draw_phone if shown.device is Device.PHONE else _draw_paper
    draw(prop, shown, module_px, lamps, hand, rng)
    return prop


def _draw_phone(prop: Image.Image, shown: Shown, module_px: int, lamps: Lamps, hand: Hand, rng: Generator) -> None:
    code_px = shown.modules_wide * module_px
    half = code_px * 0.58
    x, y = prop.width / 2, prop.height / 2
    body = (x - half, y - code_px * 1.02, x + half, y + code_px * 1.2)
    _draw_arm_and_fingers(prop, body, hand)
    draw = ImageDraw.Draw(prop)
    draw.rounded_rectangle(
        body, code_px * 0.11, fill=lamps.on(one_of(rng, _BODY)), outline=lamps.on((96, 98, 102)), width=2
    )
    edge = code_px * 0.035
    screen = (body[0] + edge, body[1] + edge, body[2] - edge, body[3] - edge)
    _draw_app(prop, screen, shown, lamps, rng)
    _paste_code(prop, shown.code, module_px, *_screen_colours(shown, lamps))
    _draw_thumb(prop, body, hand)


def _screen_colours(shown: Shown, lamps: Lamps) -> tuple[Colour, Colour]:
    """Ink and ground of the code."""
    black, white = lamps.in_screen((14, 14, 18)), lamps.in_screen((250, 250, 250))
    return (white, black) if shown.dark else (black, white)


def _draw_app(prop: Image.Image, screen: Box, shown: Shown, lamps: Lamps, rng: Generator) -> None:
    """A pass application: status bar, title, the card of the code, and lines of text that say nothing."""
    left, top, right, bottom = screen
    width = right - left
    draw = ImageDraw.Draw(prop)
    ground = (14, 14, 18) if shown.dark else (238, 240, 244)
    ink = (225, 226, 230) if shown.dark else _INK
    draw.rounded_rectangle(screen, width * 0.08, fill=lamps.in_screen(ground))
    draw.text((left + width * 0.08, top + width * 0.03), "09:41", lamps.in_screen(ink), _font(width * 0.045))
    draw.rounded_rectangle(
        (right - width * 0.16, top + width * 0.04, right - width * 0.08, top + width * 0.075),
        3,
        fill=lamps.in_screen(ink),
    )
    draw.rounded_rectangle(
        (left + width * 0.06, top + width * 0.14, right - width * 0.06, top + width * 0.33),
        width * 0.03,
        fill=lamps.in_screen(one_of(rng, _THEME)),
    )
    draw.text(
        (left + width * 0.11, top + width * 0.19), "Gate pass", lamps.in_screen((255, 255, 255)), _font(width * 0.075)
    )
    for row, share in enumerate((0.62, 0.8, 0.46)):
        y = bottom - width * (0.42 - row * 0.09)
        draw.rounded_rectangle(
            (left + width * 0.1, y, left + width * share, y + width * 0.03), 3, fill=lamps.in_screen(_GREY)
        )


def _draw_paper(prop: Image.Image, shown: Shown, module_px: int, lamps: Lamps, hand: Hand, rng: Generator) -> None:
    code_px = shown.modules_wide * module_px
    x, y = prop.width / 2, prop.height / 2
    sheet = (x - code_px * 0.92, y - code_px * 1.05, x + code_px * 0.92, y + code_px * 1.45)
    _draw_arm_and_fingers(prop, sheet, hand)
    draw = ImageDraw.Draw(prop)
    white = lamps.on((244, 242, 236))
    draw.rectangle(sheet, fill=white)
    _draw_print(draw, sheet, code_px, lamps)
    _paste_code(prop, shown.code, module_px, lamps.on((34, 33, 36)), white)
    _shade_sheet(prop, sheet, rng)
    _draw_thumb(prop, sheet, hand)


def _draw_print(draw: ImageDraw.ImageDraw, sheet: Box, code_px: float, lamps: Lamps) -> None:
    left, top, right, bottom = sheet
    draw.text((left + code_px * 0.12, top + code_px * 0.12), "GATE PASS", lamps.on(_INK), _font(code_px * 0.1))
    draw.line(
        (left + code_px * 0.12, top + code_px * 0.29, right - code_px * 0.12, top + code_px * 0.29), lamps.on(_GREY), 3
    )
    for row, share in enumerate((0.9, 0.84, 0.88, 0.5)):
        y = bottom - code_px * (0.75 - row * 0.1)
        end = left + (right - left) * share
        draw.rectangle((left + code_px * 0.14, y, end, y + code_px * 0.028), fill=lamps.on(_GREY))


def _shade_sheet(prop: Image.Image, sheet: Box, rng: Generator) -> None:
    """Paper is never flat: one side a little darker, and a crease across."""
    left, top, right, bottom = (round(edge) for edge in sheet)
    across = np.linspace(1, float(rng.uniform(0.72, 0.95)), right - left)
    down = np.ones(bottom - top)
    crease = int((bottom - top) * rng.uniform(0.3, 0.7))
    down[crease : crease + 3] = 0.93
    curve = np.outer(down, across if happens(rng) else across[::-1])
    shade = Image.fromarray((curve * 255).astype(np.uint8)).convert("RGBA")
    region = prop.crop((left, top, right, bottom))
    shade.putalpha(255)
    prop.paste(ImageChops.multiply(region, shade), (left, top))


def _paste_code(prop: Image.Image, code: Modules, module_px: int, ink: Colour, ground: Colour) -> None:
    """The code with its quiet zone, in the middle."""
    framed = np.pad(code, QUIET_ZONE)
    large = np.kron(framed, np.ones((module_px, module_px), dtype=np.bool_))
    pixels = np.where(large[..., None], np.array((*ink, 255), np.uint8), np.array((*ground, 255), np.uint8))
    corner = (prop.width - large.shape[1]) // 2, (prop.height - large.shape[0]) // 2
    prop.paste(Image.fromarray(pixels.astype(np.uint8)), corner)


def _draw_arm_and_fingers(prop: Image.Image, thing: Box, hand: Hand) -> None:
    """What is behind the thing: the forearm, the palm, and the tips of four fingers on the far side."""
    left, top, right, bottom = thing
    skin, side = hand.skin, hand.side
    width, height = right - left, bottom - top
    draw = ImageDraw.Draw(prop)
    wrist_x = (left + right) / 2 + side * width * 0.3
    arm = (wrist_x, bottom - height * 0.1, wrist_x + side * width * 0.15, prop.height)
    draw.line(arm, dimmed(skin, 0.85), round(width * 0.4))
    palm = (wrist_x - width * 0.36, bottom - height * 0.42, wrist_x + width * 0.36, bottom + height * 0.1)
    draw.ellipse(palm, dimmed(skin, 0.9))
    far, reach, thick = (left if side > 0 else right), width * 0.07, height * 0.04
    for finger in range(4):
        y = bottom - height * (0.2 + 0.1 * finger)
        draw.rounded_rectangle((far - reach, y - thick, far + reach, y + thick), thick * 0.95, skin)


def _draw_thumb(prop: Image.Image, thing: Box, hand: Hand) -> None:
    """The thumb lies over the edge, well below the code; lighter along its middle."""
    left, _, right, bottom = thing
    skin, side = hand.skin, hand.side
    width = right - left
    edge = right if side > 0 else left
    x, y = edge - side * width * 0.1, bottom - width * 0.3
    draw = ImageDraw.Draw(prop)
    for share, level in ((0.15, 0.8), (0.13, 0.92), (0.09, 1.0)):
        colour, half = dimmed(skin, level), width * share / 2
        draw.line((edge + side * width * 0.12, bottom + width * 0.1, x, y), colour, round(2 * half))
        draw.ellipse((x - half, y - half, x + half, y + half), colour)


def _font(size: float) -> ImageFont.ImageFont | ImageFont.FreeTypeFont:
    return ImageFont.load_default(max(6, round(size)))
