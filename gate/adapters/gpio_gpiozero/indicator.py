"""The lamps and an active buzzer, one output line each, and a passive buzzer that sounds tones."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from typing import Any, Protocol

import gpiozero

from gate.access.effects import Light, Line
from gate.adapters.gpio_gpiozero.claims import all_claimed

USUAL_HZ = 2700
"""What a passive buzzer sounds where the pattern names no tone."""


class Buzzer(Protocol):
    """A buzzer that can sound more than one tone."""

    def sound(self, tone_hz: int) -> None:
        """From now on; 0 is silence."""

    def close(self) -> None: ...


class GpioIndicator:
    """One output for each lamp and an active buzzer, active-high; ``buzzer`` is a passive one, beside or without."""

    def __init__(self, factory: Any, pins: Mapping[Line, int], buzzer: Buzzer | None = None) -> None:
        self._lines = all_claimed(pins, lambda _, pin: gpiozero.DigitalOutputDevice(pin, pin_factory=factory))
        self._buzzer = buzzer

    def show(self, light: Light) -> None:
        """Switch only the lines that differ, all of them whatever one does; a line that is not wired is left out."""
        tone_hz = (light.tone_hz or USUAL_HZ) if Line.BUZZER in light.lit else 0
        with ExitStack() as every:  # runs from the bottom up
            if self._buzzer is not None:
                every.callback(self._buzzer.sound, tone_hz)
            for line, output in self._lines.items():
                every.callback(_switch, output, on=line in light.lit)

    def close(self) -> None:
        """All off and silent, and let the lines go."""
        with ExitStack() as every:
            if self._buzzer is not None:
                every.callback(self._buzzer.close)
            for output in self._lines.values():
                if not output.closed:
                    every.callback(output.close)
                    every.callback(output.off)


def _switch(output: Any, *, on: bool) -> None:
    if output.value != on:
        output.value = on
