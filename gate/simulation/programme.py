"""The programme of the demo: who comes in which order, with which pictures, and whether it went as it should."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np

from gate.simulation.cast import Expected, Visitor, cast
from gate.simulation.errors import RefusedError
from gate.simulation.office import Office
from gate.simulation.played import Played, Seen
from gate.simulation.pose import poses
from gate.simulation.report import lamps, releases
from gate.simulation.scene import render
from gate.simulation.visit import Door

POSES = 3


@dataclass(frozen=True, slots=True)
class Programme:
    """All that a seed decides: the office with its keys, and the visitors of each round."""

    seed: int
    office: Office
    pictures: Path

    @classmethod
    def of(cls, seed: int, pictures: Path, now: datetime) -> Programme:
        """The programme of this seed; passes are valid around ``now``."""
        return cls(seed, Office.from_seed(random.Random(seed), now), pictures)  # noqa: S311  (a demo that can be repeated)

    def round(self, number: int, door: Door) -> Iterator[Played]:
        """Play one round of all visitors."""
        rng = random.Random(f"{self.seed} {number}")  # noqa: S311  (as above)
        for index, visitor in enumerate(cast(self.office, rng)):
            pictures = self._pictures(visitor, number, index)
            expected = visitor.expected
            seen = door.visit(pictures, admit=lambda _, it=expected: it.released)  # type: ignore[misc]
            yield Played(visitor.story, seen, tuple(problems(expected, seen)))

    def _pictures(self, visitor: Visitor, number: int, index: int) -> Iterator[Path]:
        """One picture after the other, as long as the gate does not react."""
        rng = np.random.default_rng([self.seed, number, index])
        tries = poses(rng, POSES)
        for attempt, pose in enumerate(tries[-1:] if visitor.steady else tries):
            path = self.pictures / f"{number}-{index + 1:02}-{visitor.name}-{'abc'[attempt]}.png"
            render(visitor.shown, pose, rng).save(path)
            yield path


def own_pictures(paths: list[Path], door: Door) -> Iterator[Played]:
    """Show a user's own pictures; nothing is expected of them, and the officer refuses whoever is held."""
    for path in paths:
        try:
            seen = door.visit([path], admit=lambda _: False)
        except RefusedError as error:
            yield Played("your picture", Seen(path.name, (), (), quiet=True), (str(error),), judged=False)
        else:
            yield Played("your picture", seen, () if seen.quiet else (NOT_QUIET,), judged=False)


NOT_QUIET = "the door did not come to rest afterwards"


def problems(expected: Expected, seen: Seen) -> Iterator[str]:
    """Everything about a visit that is not as expected."""
    if seen.steps != expected.events:
        yield f"the centre should have received {expected.events or 'nothing'}, it received {seen.steps or 'nothing'}"
    if lamps(seen.lines) != expected.lamps:
        yield f"the lamps should have been {sorted(expected.lamps)}, they were {sorted(lamps(seen.lines))}"
    if releases(seen.lines) != expected.released:
        yield f"the strike should have been released {int(expected.released)} times, not {releases(seen.lines)}"
    if not seen.quiet:
        yield NOT_QUIET
