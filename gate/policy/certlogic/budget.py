"""The bounds of an evaluation: how deep it may go and how many steps it may take."""

from __future__ import annotations

from dataclasses import dataclass


class CertLogicError(ValueError):
    """The expression has no value, or none within the limits; the text says why and quotes none of the data."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one evaluation may use. A step takes about a microsecond; memory grows by at most one value a step."""

    depth: int = 32
    """Operations and arrays within one another."""
    steps: int = 2000


class Budget:
    """Counts down the steps of one evaluation, or of several that share them."""

    __slots__ = ("depth", "steps")

    def __init__(self, limits: Limits) -> None:
        self.depth = limits.depth
        self.steps = limits.steps

    def spend(self, steps: int) -> None:
        """Take so many steps. Raises ``CertLogicError`` when they are used up, now and from then on."""
        self.steps -= steps
        if self.steps < 0:
            raise CertLogicError("the evaluation takes too many steps")
