"""How a visitor holds what they show: distance, angles, place, sharpness and light, all within what people do.

The ranges are such that an ordinary pose is read nearly always, and one of three poses, each easier, always.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from numpy.random import Generator

from gate.simulation.chance import happens, one_of

_NEAREST_PX = 8.0
_TURNED_OVER = 0.08  # share of visitors who hold it sideways or upside down
_UNDER_A_LAMP = 0.4


@dataclass(frozen=True, slots=True)
class Pose:
    """One way to hold it. Lengths are pixels of the camera picture, angles are degrees."""

    module_px: float
    """Size of a module of the code, held flat: the distance."""
    turn_deg: float
    """In the plane of the picture, clockwise."""
    tilt_deg: float
    """Out of the plane, about an axis at ``tilt_axis_deg``."""
    tilt_axis_deg: float
    place: tuple[float, float]
    """Where in the room that is left: -1 is left or top, 1 is right or bottom."""
    defocus: float
    """Standard deviation of the blur, in modules."""
    motion: float
    """Way of the hand during the exposure, in modules."""
    motion_deg: float
    light: float
    """Light of the room on paper, hand and wall; 1 is a bright office."""
    screen: float
    """Brightness of a telephone's screen."""
    noise: float
    """Standard deviation of the sensor's noise at half brightness, in grey levels."""
    shade: float
    """How much darker the corners of the picture are, 0 to 1."""
    glare: float
    """Strength of the reflected lamp, 0 to 1."""
    moire: float = 0.0
    """Depth of the pattern in which the dots of a screen and of the sensor beat, 0 to 1."""
    bands: float = 0.0
    """Depth of the dark bands that a flickering lamp lays across the picture, 0 to 1."""
    bands_phase: float = 0.0
    """Where the bands stand, in turns; they roll when it differs from frame to frame."""

    def easier(self) -> Pose:
        """What a visitor does when the gate does not react: come nearer, straighten it, hold still, find light."""
        return replace(
            self,
            module_px=min(_NEAREST_PX, self.module_px * 1.4),
            turn_deg=self.turn_deg * 0.6,
            tilt_deg=self.tilt_deg * 0.4,
            defocus=self.defocus * 0.6,
            motion=self.motion * 0.3,
            light=self.light + (1 - self.light) * 0.5,
            screen=self.screen + (1 - self.screen) * 0.5,
            noise=self.noise * 0.7,
            shade=self.shade * 0.5,
            glare=self.glare * 0.3,
            moire=self.moire * 0.5,
        )


def ordinary_pose(rng: Generator) -> Pose:
    """A visitor who has not been told how to hold it."""
    upside = one_of(rng, (90.0, 180.0, 270.0)) if happens(rng, _TURNED_OVER) else 0.0
    return Pose(
        module_px=float(rng.uniform(3.2, 6.5)),
        turn_deg=upside + float(rng.normal(0, 8)),
        tilt_deg=float(rng.uniform(0, 25)),
        tilt_axis_deg=float(rng.uniform(0, 180)),
        place=(float(rng.uniform(-1, 1)), float(rng.uniform(-1, 1))),
        defocus=float(rng.uniform(0.12, 0.3)),
        motion=float(rng.uniform(0, 0.5)),
        motion_deg=float(rng.uniform(0, 180)),
        light=float(rng.uniform(0.25, 1)),
        screen=float(rng.uniform(0.6, 1)),
        noise=float(rng.uniform(2, 7)),
        shade=float(rng.uniform(0.1, 0.5)),
        glare=float(rng.uniform(0.2, 0.8)) if happens(rng, _UNDER_A_LAMP) else 0.0,
    )


def poses(rng: Generator, count: int) -> tuple[Pose, ...]:
    """From ordinary to easy: what one visitor tries until the gate reacts."""
    tried = [ordinary_pose(rng)]
    while len(tried) < count:
        tried.append(tried[-1].easier())
    return tuple(tried)
