"""Mock pins of gpiozero whose changes are recorded and can be waited for."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from gate.adapters import pins_mock

LONG_S = 10.0


@dataclass(frozen=True, slots=True)
class Change:
    """A pin took this level at this monotonic time."""

    pin: int
    level: bool
    mono_ns: int


class RecordedPins:
    """A factory, and everything that its pins ever did."""

    def __init__(self) -> None:
        self.factory = pins_mock.traced_factory(self._changed)
        self.changes: list[Change] = []
        self._more = threading.Condition()

    def _changed(self, pin: int, level: bool, mono_ns: int) -> None:  # noqa: FBT001  (gpiozero's order)
        with self._more:
            self.changes.append(Change(pin, level, mono_ns))
            self._more.notify_all()

    def levels(self, pin: int) -> list[bool]:
        return [change.level for change in self.changes if change.pin == pin]

    def now(self, pin: int) -> bool:
        return bool(self.factory.pin(pin).state)

    def driven(self, pin: int) -> bool:
        return bool(self.factory.pin(pin).function == "output")

    def wait(self, condition: Callable[[], bool]) -> None:
        """Wait until a change makes it true; fail when that takes too long."""
        until_s = time.monotonic() + LONG_S
        with self._more:
            while not condition():
                left_s = until_s - time.monotonic()
                assert left_s > 0, f"it never came to that: {self.changes}"
                self._more.wait(left_s)
