"""The outside as the controller calls it, with a fuse that ends the life before or after any one call."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from gate.access.effects import Lease, Light
from gate.adapters.gpio_gpiozero import GpioIndicator
from gate.ports import DoorStrike
from tests.lives.board import Board


@dataclass(slots=True)
class Fuse:
    """Ends the life at the so-manieth call of the outside."""

    blow: Callable[[], None]
    left: int | None = None

    def burn(self) -> None:
        """One step nearer; before and after every call."""
        if self.left is not None:
            self.left -= 1
            if self.left < 0:
                self.left = None
                self.blow()


@dataclass(slots=True)
class FusedStrike:
    """``ports.DoorStrike``."""

    strike: DoorStrike
    fuse: Fuse

    @property
    def released(self) -> bool:
        return self.strike.released

    def release(self, lease: Lease) -> None:
        self.fuse.burn()
        self.strike.release(lease)
        self.fuse.burn()

    def secure(self) -> None:
        self.fuse.burn()
        self.strike.secure()
        self.fuse.burn()

    def rest(self) -> None:
        self.strike.rest()

    def close(self) -> None:
        self.strike.close()


@dataclass(slots=True)
class FusedCalls:
    """``ports.Indicator`` and ``ports.EmergencyMark``."""

    indicator: GpioIndicator
    board: Board
    fuse: Fuse

    def show(self, light: Light) -> None:
        self.fuse.burn()
        self.indicator.show(light)

    def set(self) -> None:
        self.fuse.burn()
        self.board.mark.set()
        self.fuse.burn()

    def clear(self) -> None:
        self.fuse.burn()
        self.board.mark.clear()
        self.fuse.burn()

    def close(self) -> None:
        self.indicator.close()
