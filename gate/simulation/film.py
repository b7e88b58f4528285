"""A film of one visitor: the same room, hand and thing in every frame; the pose, the grain and who walks by may differ.

The frames are grey, as the camera hands them to the gate. A seed gives one film, pixel for pixel.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from PIL import Image

from gate.simulation.chance import one_of
from gate.simulation.pose import Pose
from gate.simulation.props import Lamps, Shown, held
from gate.simulation.room import room
from gate.simulation.scene import SIZE, SKIN, areas, exposed, luma, put

_FAR_AWAY_PX = 1.0
"""The size of a module that nobody shows; it only says how sharp an empty scene is."""


@dataclass(slots=True)
class Film:
    """Whoever is in it shows one thing, or nothing."""

    seed: int
    shown: Shown | None = None
    _props: dict[tuple[int, Lamps], Image.Image] = field(default_factory=dict)
    _rooms: dict[tuple[float, float | None], Image.Image] = field(default_factory=dict)

    def frame(self, number: int, pose: Pose, *, stands_at: float | None = None) -> npt.NDArray[np.uint8]:
        """``uint8[height, width]``: frame ``number``, with the thing at ``pose`` and a person at ``stands_at``."""
        return self._exposed(number, pose, stands_at, self.shown)

    def without(self, number: int, pose: Pose, *, stands_at: float | None = None) -> npt.NDArray[np.uint8]:
        """The same frame before the thing is held up, or after it was taken away."""
        return self._exposed(number, pose, stands_at, None)

    def _exposed(self, number: int, pose: Pose, stands_at: float | None, shown: Shown | None) -> npt.NDArray[np.uint8]:
        picture = self._room(pose.light, stands_at).copy()
        module_px = _FAR_AWAY_PX
        if shown is not None:
            lamps, rng = Lamps(pose.light, pose.screen), np.random.default_rng([self.seed, 1])
            (area,) = areas(1)
            module_px = put(picture, shown, pose, area, lambda drawn_px: self._prop(shown, drawn_px, lamps), rng)
        return luma(exposed(picture, pose, module_px, np.random.default_rng([self.seed, 2, number])))

    def _room(self, light: float, stands_at: float | None) -> Image.Image:
        key = light, stands_at
        if key not in self._rooms:
            self._rooms.clear()
            rng = np.random.default_rng([self.seed, 3])
            skin = None if stands_at is None else one_of(rng, SKIN)
            self._rooms[key] = room(SIZE, light, skin, rng, stands_at=stands_at).convert("L")
        return self._rooms[key]

    def _prop(self, shown: Shown, drawn_px: int, lamps: Lamps) -> Image.Image:
        key = drawn_px, lamps
        if key not in self._props:
            self._props.clear()
            rng = np.random.default_rng([self.seed, 4])
            self._props[key] = held(shown, drawn_px, lamps, one_of(rng, SKIN), rng)
        return self._props[key]
