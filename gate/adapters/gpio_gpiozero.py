"""Strike, lamps, buzzer and buttons on gpiozero, on any of its pin factories.

The strike's on-time is bounded here as well: gpiozero's own blink ends a lease that the core forgot.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import gpiozero

from gate.access.effects import Held, Lease, Line, Momentary
from gate.ports import AdapterError

GRACE_S = 0.1
"""How long after a lease's end the adapter waits for the core before it secures by itself."""
DEBOUNCE_S = 0.05


def lgpio_factory() -> Any:
    """The real pins of a Raspberry Pi. Raises ``AdapterError``."""
    try:
        from gpiozero.pins.lgpio import LGPIOFactory  # noqa: PLC0415  (there is none off the Pi)

        return LGPIOFactory()
    except Exception as error:
        raise AdapterError(
            f'pins.factory = "lgpio" does not work here: {error}. On a Raspberry Pi: apt install python3-lgpio; '
            'anywhere else: pins.factory = "mock".'
        ) from error


def _claimed(what: str, pin: int, claim: Callable[[], Any]) -> Any:
    try:
        return claim()
    except (gpiozero.GPIOZeroError, OSError, ValueError) as error:
        raise AdapterError(
            f"pin {pin} for {what} cannot be used: {error}. Is another program using it? Check [pins]."
        ) from error


class GpioStrike:
    """The strike on one output line. ``active_high``: the level that releases it."""

    def __init__(self, factory: Any, pin: int, *, active_high: bool) -> None:
        self._line = _claimed(
            "the strike",
            pin,
            lambda: gpiozero.DigitalOutputDevice(
                pin, active_high=active_high, initial_value=False, pin_factory=factory
            ),
        )

    def release(self, lease: Lease) -> None:
        """Release until the lease ends; a lease that has ended secures."""
        left_s = (_end_ns(lease) - time.monotonic_ns()) / 1e9
        if left_s <= 0:
            self._line.off()
        else:
            self._line.blink(on_time=left_s + GRACE_S, off_time=0, n=1)

    def secure(self) -> None:
        """Secure at once."""
        self._line.off()

    def close(self) -> None:
        """Secure and let the line go."""
        if not self._line.closed:
            self._line.off()
            self._line.close()


def _end_ns(lease: Lease) -> int:
    match lease:
        case Momentary(deadline_ns):
            return deadline_ns
        case Held(_, renew_by_ns):
            return renew_by_ns


class GpioIndicator:
    """One output for each lamp and the buzzer, active-high."""

    def __init__(self, factory: Any, pins: Mapping[Line, int]) -> None:
        self._lines: dict[Line, Any] = {}
        for line, pin in pins.items():
            self._lines[line] = _claimed(line.value, pin, partial(_output, factory, pin))

    def show(self, lit: frozenset[Line]) -> None:
        """Switch only the lines that differ."""
        for line, output in self._lines.items():
            if output.value != (line in lit):
                output.value = line in lit

    def close(self) -> None:
        """All off, and let the lines go."""
        for output in self._lines.values():
            if not output.closed:
                output.off()
                output.close()


def _output(factory: Any, pin: int) -> Any:
    return gpiozero.DigitalOutputDevice(pin, initial_value=False, pin_factory=factory)


class GpioInputs:
    """Push buttons to ground, with the internal pull-up; by name."""

    def __init__(self, factory: Any, pins: Mapping[str, int]) -> None:
        self._buttons: dict[str, Any] = {}
        for name, pin in pins.items():
            self._buttons[name] = _claimed(name, pin, partial(_button, factory, pin))

    def listen(self, on_press: Callable[[str], None]) -> None:
        """Call ``on_press(name)`` on gpiozero's thread for each press."""
        for name, button in self._buttons.items():
            button.when_activated = partial(on_press, name)

    def close(self) -> None:
        """Stop listening, and let the lines go."""
        for button in self._buttons.values():
            if not button.closed:
                button.when_activated = None
                button.close()


def _button(factory: Any, pin: int) -> Any:
    return gpiozero.DigitalInputDevice(pin, pull_up=True, bounce_time=DEBOUNCE_S, pin_factory=factory)
