"""Pins whose changes are recorded and can be waited for: gpiozero's mock, and our factory on a kernel that is a fake.

The suites of ``tests/contract`` run on both, through the fixture ``make_pins``.
"""

from __future__ import annotations

import os
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from gate.adapters import pins_mock
from gate.adapters.gpio_gpiozero import GpioStrike
from gate.adapters.pins_gpiod.factory import GpiodFactory
from tests.adapters.fake_gpiod import PI_4B, FakeKernel

LONG_S = 10.0
STILL_MS = 51.0
"""Longer than the debouncing."""

MakePins = Callable[..., "Pins"]
"""Called with the secured levels of the outputs, by pin, where the default (low) is wrong."""


@dataclass(frozen=True, slots=True)
class Change:
    """A pin took this level at this monotonic time."""

    pin: int
    level: bool
    mono_ns: int


class Pins(ABC):
    """A factory, and everything that its pins ever did."""

    factory: Any

    def __init__(self) -> None:
        self.changes: list[Change] = []
        self._more = threading.Condition()

    def _changed(self, pin: int, level: bool, mono_ns: int) -> None:  # noqa: FBT001  (gpiozero's order)
        with self._more:
            self.changes.append(Change(pin, level, mono_ns))
            self._more.notify_all()

    def levels(self, pin: int) -> list[bool]:
        return [change.level for change in self.changes if change.pin == pin]

    def wait(self, condition: Callable[[], bool]) -> None:
        """Wait until a change makes it true; fail when that takes too long."""
        until_s = time.monotonic() + LONG_S
        with self._more:
            while not condition():
                left_s = until_s - time.monotonic()
                assert left_s > 0, f"it never came to that: {self.changes}"
                self._more.wait(left_s)

    def press(self, pin: int) -> None:
        """Press and let go a button that connects its pin to ground, until everybody has been told."""
        self.hold(pin)
        self.let_up(pin)

    @abstractmethod
    def now(self, pin: int) -> bool: ...

    @abstractmethod
    def driven(self, pin: int) -> bool: ...

    @abstractmethod
    def let_go(self, pin: int) -> bool:
        """Whether no device has the pin any more, so that nothing but its factory can change it."""

    @abstractmethod
    def hold(self, pin: int) -> None:
        """Connect an input to ground (a button is pressed, a loop is whole), until everybody has been told."""

    @abstractmethod
    def let_up(self, pin: int) -> None:
        """Let it go again (a loop is open or cut), until everybody has been told."""

    @abstractmethod
    def close(self) -> None: ...


class RecordedPins(Pins):
    """gpiozero's mock."""

    def __init__(self, secured: Mapping[int, bool] | None = None) -> None:
        super().__init__()
        del secured  # a mock does not care
        self.factory = pins_mock.traced_factory(self._changed)

    def now(self, pin: int) -> bool:
        return bool(self.factory.pin(pin).state)

    def driven(self, pin: int) -> bool:
        return bool(self.factory.pin(pin).function == "output")

    def let_go(self, pin: int) -> bool:
        return not self.driven(pin)

    def hold(self, pin: int) -> None:
        pins_mock.close_contact(self.factory, pin)

    def let_up(self, pin: int) -> None:
        pins_mock.open_contact(self.factory, pin)

    def close(self) -> None:
        self.factory.close()


class GpiodPins(Pins):
    """``GpiodFactory`` on a fake of gpiod; what is seen is seen on the wire."""

    def __init__(self, secured: Mapping[int, bool] | None = None, *, keeps_drive: bool = False) -> None:
        super().__init__()
        self.kernel = FakeKernel(keeps_drive=keeps_drive, on_change=self._changed)
        self.factory = self.another(secured)
        self.kept: list[Any] = []

    def another(self, secured: Mapping[int, bool] | None = None) -> GpiodFactory:
        """One more factory on the same board, as a second program would have it."""
        return GpiodFactory(secured, gpio=self.kernel, revision=lambda: PI_4B)

    def now(self, pin: int) -> bool:
        return self.kernel.wires[pin].level

    def driven(self, pin: int) -> bool:
        return self.kernel.wires[pin].driven is not None

    def let_go(self, pin: int) -> bool:
        reservations = self.factory._reservations[self.factory.pin(pin).info]
        return all(device() is None for device in reservations)

    def hold(self, pin: int) -> None:
        self._connect(pin, level=False)

    def let_up(self, pin: int) -> None:
        self._connect(pin, level=None)

    def _connect(self, pin: int, *, level: bool | None) -> None:
        self.kernel.connect(pin, level)
        self.kernel.skip(STILL_MS)
        self.settle()

    def settle(self) -> None:
        """Wait until the reader has looked at every input since now."""
        looked = threading.Event()
        mark = os.eventfd(1)
        self.factory.reader.watch(mark, looked.set)
        assert looked.wait(LONG_S)
        self.factory.reader.unwatch(mark)
        os.close(mark)

    def kill(self, *strikes: GpioStrike) -> None:
        """End the process that has the lines, as the kernel does; its threads run no further."""
        self.factory.reader.stop()
        self.kernel.kill()
        self.factory.forget()
        for strike in strikes:
            with strike._changed:
                strike._closed = True
                strike._changed.notify()
            strike.close()

    def close(self) -> None:
        self.factory.close()
