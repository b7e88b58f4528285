"""Seeded camera pictures under one difficulty each, and films at 30 frames a second, with what is really in them."""

from __future__ import annotations

import hashlib
import random
import string
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from numpy.random import Generator

from gate.simulation.film import Film
from gate.simulation.pose import Pose
from gate.simulation.props import Device, Shown
from gate.simulation.symbols import symbol

BASE45 = string.digits + string.ascii_uppercase + " $%*+-./:"
PASS_CHARACTERS = (120, 250, 400)
FPS = 30
EMPTY = "empty"
Luma = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Picture:
    """What the camera saw, what made it difficult, and the text that was really there; none for an empty scene."""

    luma: Luma
    group: str
    text: bytes | None


@dataclass(frozen=True, slots=True)
class Sequence:
    """The frames of a film, and the text that is shown from frame ``appears`` on."""

    name: str
    frames: tuple[Luma, ...]
    text: bytes | None
    appears: int = 0


def easy(rng: Generator) -> Pose:
    """Everything as it should be; each difficulty changes one or two things."""
    return Pose(
        module_px=float(rng.uniform(3, 6)),
        turn_deg=float(rng.normal(0, 5)),
        tilt_deg=float(rng.uniform(0, 8)),
        tilt_axis_deg=float(rng.uniform(0, 180)),
        place=(float(rng.uniform(-1, 1)), float(rng.uniform(-1, 1))),
        defocus=float(rng.uniform(0.1, 0.2)),
        motion=float(rng.uniform(0, 0.3)),
        motion_deg=float(rng.uniform(0, 180)),
        light=float(rng.uniform(0.5, 1)),
        screen=float(rng.uniform(0.6, 1)),
        noise=float(rng.uniform(2, 5)),
        shade=float(rng.uniform(0.1, 0.3)),
        glare=0.0,
    )


Harder = Callable[[Pose, Generator], Pose]
DIFFICULTIES: dict[str, Harder] = {
    "easy": lambda pose, _: pose,
    "turned": lambda pose, rng: replace(pose, turn_deg=float(rng.uniform(0, 360))),
    "tilted": lambda pose, rng: replace(pose, tilt_deg=float(rng.uniform(20, 45))),
    "small": lambda pose, rng: replace(pose, module_px=float(rng.uniform(2, 3))),
    "defocused": lambda pose, rng: replace(pose, defocus=float(rng.uniform(0.35, 0.7))),
    "moved": lambda pose, rng: replace(pose, motion=float(rng.uniform(0.8, 1.8))),
    "low light": lambda pose, rng: replace(
        pose, light=float(rng.uniform(0.1, 0.25)), screen=float(rng.uniform(0.15, 0.4)), noise=float(rng.uniform(7, 14))
    ),
    "glare": lambda pose, rng: replace(pose, glare=float(rng.uniform(0.6, 1))),
    "shade": lambda pose, rng: replace(pose, shade=float(rng.uniform(0.6, 0.95))),
    "moire": lambda pose, rng: replace(pose, moire=float(rng.uniform(0.2, 0.6))),
    "bands": lambda pose, rng: replace(pose, bands=float(rng.uniform(0.3, 0.7)), bands_phase=float(rng.uniform(0, 1))),
    "all together": lambda pose, rng: replace(
        pose,
        module_px=float(rng.uniform(2.4, 4)),
        tilt_deg=float(rng.uniform(10, 30)),
        defocus=float(rng.uniform(0.25, 0.45)),
        motion=float(rng.uniform(0.3, 0.9)),
        noise=float(rng.uniform(4, 9)),
        shade=float(rng.uniform(0.3, 0.6)),
    ),
}
SHOWN = ("phone", "dark", "paper")


def pictures(seed: int, count: int) -> list[Picture]:
    """Every difficulty in turn on phone, phone in dark mode and paper; every thirteenth scene is empty."""
    return [picture(seed, index) for index in range(count)]


def picture(seed: int, index: int) -> Picture:
    """One of them."""
    rng, chance = np.random.default_rng([seed, index]), random.Random(f"{seed} {index}")  # noqa: S311  (pictures)
    names = [*DIFFICULTIES, EMPTY]
    name = names[index % len(names)]
    film_seed, stands_at = int(rng.integers(2**31)), float(rng.uniform(0.3, 0.7))
    if name == EMPTY:
        return Picture(Film(film_seed).frame(0, easy(rng), stands_at=stands_at), EMPTY, None)
    kind = SHOWN[index // len(names) % len(SHOWN)] if name != "moire" else SHOWN[index // len(names) % 2]
    text = pass_text(chance)
    pose = DIFFICULTIES[name](easy(rng), rng)
    luma = Film(film_seed, shown(text, kind)).frame(0, pose, stands_at=stands_at)
    return Picture(luma, "dark mode" if kind == "dark" and name == "easy" else name, text)


def empty_room(seed: int, frames: int) -> list[Luma]:
    """Nobody is there: only grain."""
    film, pose = Film(seed), easy(np.random.default_rng([seed, 1]))
    return [film.frame(number, pose) for number in range(frames)]


def passing(seed: int, frames: int) -> list[Luma]:
    """Somebody walks through the picture, under a lamp that flickers."""
    film, pose = Film(seed), easy(np.random.default_rng([seed, 1]))
    return [
        film.frame(
            number,
            replace(pose, bands=0.1, bands_phase=number * 0.37),
            stands_at=-0.2 + 1.4 * number / frames,
        )
        for number in range(frames)
    ]


ARRIVES_S = 0.3
RISES_S = 1.0
LASTS_S = 2.6
FILMS: dict[str, tuple[str, str]] = {
    "phone": ("phone", "easy"),
    "paper": ("paper", "easy"),
    "phone, tilted": ("phone", "tilted"),
    "paper, low light": ("paper", "low light"),
    "phone, small": ("phone", "small"),
    "phone, glare": ("phone", "glare"),
}
"""What is shown in each film, and the difficulty that stays when the hand has come to rest."""


def films(seed: int, text: Callable[[], bytes] | None = None) -> list[Sequence]:
    """Somebody comes, holds a code up, brings it nearer until it is sharp and still, and holds it.

    ``text`` gives the text of each; without it they look like passes and are none.
    """
    return [_film(seed, index, name, *what, text=text) for index, (name, what) in enumerate(FILMS.items())]


def _film(
    seed: int, index: int, name: str, kind: str, difficulty: str, *, text: Callable[[], bytes] | None
) -> Sequence:
    rng, chance = np.random.default_rng([seed, 2, index]), random.Random(f"{seed} film {index}")  # noqa: S311  (pictures)
    text_shown = text() if text else pass_text(chance)
    film = Film(int(rng.integers(2**31)), shown(text_shown, kind))
    rest = DIFFICULTIES[difficulty](easy(rng), rng)
    appears, count = round(ARRIVES_S * FPS), round(LASTS_S * FPS)
    frames = [film.without(number, rest, stands_at=0.5) for number in range(appears)]
    for number in range(appears, count):
        share = min(1.0, (number - appears) / (RISES_S * FPS))
        frames.append(film.frame(number, _rising(rest, share, rng), stands_at=0.5))
    return Sequence(name, tuple(frames), text_shown, appears)


def _rising(rest: Pose, share: float, rng: Generator) -> Pose:
    """The hand on its way: smaller, softer and quicker at first; at the end it only trembles."""
    away = (1 - share) ** 1.5
    return replace(
        rest,
        module_px=rest.module_px * (0.5 + 0.5 * share),
        defocus=rest.defocus + 0.7 * away,
        motion=rest.motion + 2.0 * away,
        turn_deg=rest.turn_deg + 25 * away + float(rng.normal(0, 0.3)),
        place=(rest.place[0] + float(rng.normal(0, 0.004)), min(1.0, rest.place[1] + 1.2 * away)),
    )


def pass_text(chance: random.Random) -> bytes:
    """As long as gate passes and small certificates are."""
    length = chance.choice(PASS_CHARACTERS)
    return ("GP1:" + "".join(chance.choices(BASE45, k=length - 4))).encode()


def shown(text: bytes, kind: str) -> Shown:
    """The text on a phone, a phone in dark mode, or paper."""
    return Shown(symbol(text.decode()), Device.PAPER if kind == "paper" else Device.PHONE, dark=kind == "dark")


def digest(frames: Iterator[Luma]) -> str:
    """The SHA-256 of all pixels."""
    hashed = hashlib.sha256()
    for frame in frames:
        hashed.update(frame.tobytes())
    return hashed.hexdigest()
