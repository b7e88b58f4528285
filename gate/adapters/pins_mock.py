"""gpiozero's mock pins with a timed record of every level change, and contacts that can be worked from outside.

A mock debounces nothing: every change of a contact acts at once.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from typing import Any

from gpiozero.pins.mock import MockFactory, MockPin

OnChange = Callable[[int, bool, int], None]
"""Called with the BCM pin number, the new level and the monotonic time (ns), on the thread that changed the pin."""


def traced_factory(on_change: OnChange, closed: Collection[int] = ()) -> Any:
    """A mock pin factory that reports every change of level to ``on_change``.

    ``closed``: the pins whose contact to ground is closed from the start, as that of a normally closed loop is.
    """

    class TracedPin(MockPin):  # type: ignore[misc]  # gpiozero is untyped
        def __init__(self, factory: Any, info: Any) -> None:
            super().__init__(factory, info)
            self.grounded = self._number in closed
            if self.grounded:
                self._state: bool = False

        def drive_high(self) -> None:
            """No pull-up lifts a pin that is connected to ground."""
            if not self.grounded:
                super().drive_high()

        def _change_state(self, value: bool) -> bool:  # noqa: FBT001  (gpiozero's signature)
            changed: bool = super()._change_state(value)
            if changed:
                self.states.clear()
                on_change(self._number, value, time.monotonic_ns())
            return changed

    return MockFactory(pin_class=TracedPin)


def close_contact(factory: Any, pin: int) -> None:
    """Connect an input to ground: a button is pressed, a loop is whole."""
    factory.pin(pin).grounded = True
    factory.pin(pin).drive_low()


def open_contact(factory: Any, pin: int) -> None:
    """Let an input be pulled up: a button is let go, a loop is open or cut."""
    factory.pin(pin).grounded = False
    factory.pin(pin).drive_high()


def press(factory: Any, pin: int) -> None:
    """Press and let go a button that connects its pin to ground."""
    close_contact(factory, pin)
    open_contact(factory, pin)
