"""gpiozero's pins on ``lines``: an output is claimed at its level at rest in one step, and let go only at that level.

One lock guards every line of a factory.  ``Pin.close`` brings an output to rest and holds it, so that nothing floats
while the rest of the program ends; ``Factory.close`` does so for all, frees them, and runs by itself when Python exits.
At rest is secured, but for a strike that stands free in an emergency: ``rest_at`` tells.  A process that was forked off
lets go of its copies and changes no line.  There is no PWM and no SPI.
"""

from __future__ import annotations

import atexit
import os
import threading
import weakref
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any

from gpiozero import exc
from gpiozero.pins.local import get_pi_revision
from gpiozero.pins.pi import PiFactory

from gate.adapters.pins_gpiod.edge_reader import EdgeReader
from gate.adapters.pins_gpiod.lines import Gpio, Header, KernelGpio
from gate.adapters.pins_gpiod.pin import GpiodPin
from gate.ports import AdapterError


def gpiod_factory(secured: Mapping[int, bool]) -> GpiodFactory:
    """The real pins of a Raspberry Pi; ``secured`` is the level of each output at rest. Raises ``AdapterError``."""
    factory = GpiodFactory(secured)
    try:
        factory.check()
    except (OSError, exc.GPIOZeroError) as error:
        factory.close()
        raise AdapterError(
            f'pins.factory = "gpiod" does not work here: {error}. On a Raspberry Pi: adduser gate gpio; '
            'anywhere else: pins.factory = "mock".'
        ) from error
    return factory


class GpiodFactory(PiFactory):  # type: ignore[misc]  # gpiozero is untyped
    """The pins of the board this process runs on. Making one touches nothing.

    ``secured``: the level at rest of each output, by GPIO number; for another one, the level it is first claimed with.
    """

    def __init__(
        self,
        secured: Mapping[int, bool] | None = None,
        *,
        gpio: Gpio | None = None,
        revision: Callable[[], int] = get_pi_revision,
    ) -> None:
        super().__init__()
        self.pin_class = GpiodPin
        self.secured = dict(secured or {})
        self.header = Header(gpio or KernelGpio())
        self.reader = EdgeReader()
        self.lock = threading.RLock()
        self.closed = False
        self._revision = revision
        _FACTORIES.add(self)
        # Python runs what was registered last first: before gpiozero's own, which may wait ten seconds for a thread.
        atexit.register(self.close)

    @contextmanager
    def use(self) -> Iterator[None]:
        """Hold the lock, and be sure that the lines are still ours."""
        with self.lock:
            if self.closed:
                raise exc.DeviceClosed("the pin factory is closed")
            yield

    def check(self) -> None:
        """Find out whether this is a board that we know and may use. Raises ``OSError`` or gpiozero's errors."""
        with self.use():
            self.header.chip()
            _ = self.board_info

    def rest_at(self, number: int, level: bool) -> bool | None:  # noqa: FBT001  (a level)
        """From now on this output is claimed and let go at this level; nothing moves. The level before, if any."""
        with self.lock:
            before = self.secured.get(number)
            self.secured[number] = level
            return before

    def pin(self, name: Any) -> Any:
        with self.lock:
            return super().pin(name)

    def close(self) -> None:
        """Bring every output to rest, then give all lines back, whatever one of them does."""
        try:
            with self.lock:
                if not self.closed:
                    self.closed = True
                    self._close()
        finally:
            self.reader.stop()

    def _close(self) -> None:
        with ExitStack() as last:  # runs from the bottom up
            last.callback(atexit.unregister, self.close)
            last.callback(self.header.close)
            for pin in self.pins.values():
                last.callback(pin.free)
            for pin in self.pins.values():
                last.callback(pin.go_to_rest)

    def forget(self) -> None:
        """In a forked child: the lines belong to the parent."""
        self.lock = threading.RLock()  # the parent's may be held by a thread that does not exist here
        self.closed = True
        atexit.unregister(self.close)
        self.reader.forget()
        for pin in self.pins.values():
            pin.forget()
        self.header.close()

    def spi(self, **_spi_args: Any) -> Any:
        raise exc.PinSPIUnsupported("this pin factory has no SPI")

    def ticks_ns(self) -> int:
        """The clock of the edges, exactly."""
        return self.header.now_ns()

    def ticks(self) -> float:
        return self.ticks_ns() / 1e9

    @staticmethod
    def ticks_diff(later: float, earlier: float) -> float:
        return later - earlier

    def _get_revision(self) -> int:
        return self._revision()


_FACTORIES: weakref.WeakSet[GpiodFactory] = weakref.WeakSet()


def _forget_all() -> None:
    for factory in list(_FACTORIES):
        factory.forget()


os.register_at_fork(after_in_child=_forget_all)
