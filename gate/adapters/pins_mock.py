"""gpiozero's mock pins with a timed record of every level change, and buttons that can be pressed from outside."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from gpiozero.pins.mock import MockFactory, MockPin

OnChange = Callable[[int, bool, int], None]
"""Called with the BCM pin number, the new level and the monotonic time (ns), on the thread that changed the pin."""


def traced_factory(on_change: OnChange) -> Any:
    """A mock pin factory that reports every change of level to ``on_change``."""

    class TracedPin(MockPin):  # type: ignore[misc]  # gpiozero is untyped
        def _change_state(self, value: bool) -> bool:  # noqa: FBT001  (gpiozero's signature)
            changed: bool = super()._change_state(value)
            if changed:
                self.states.clear()
                on_change(int(self.info.name.removeprefix("GPIO")), value, time.monotonic_ns())
            return changed

    return MockFactory(pin_class=TracedPin)


def press(factory: Any, pin: int) -> None:
    """Press and let go a button that connects its pin to ground."""
    factory.pin(pin).drive_low()
    factory.pin(pin).drive_high()
