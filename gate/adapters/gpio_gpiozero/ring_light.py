"""The light around the camera on one output line, active-high."""

from __future__ import annotations

import logging
from typing import Any

import gpiozero

from gate.adapters.gpio_gpiozero.claims import claimed

log = logging.getLogger(__name__)


class GpioRingLight:
    """Any thread may call. A line that cannot be written is told and done without: the door does not need it."""

    def __init__(self, factory: Any, pin: int) -> None:
        """Claim the line, dark. Raises ``AdapterError``."""
        self._line = claimed("the ring light", pin, lambda: gpiozero.DigitalOutputDevice(pin, pin_factory=factory))

    def shine(self, on: bool) -> None:  # noqa: FBT001  (a level)
        """Switch it, if it is not so already."""
        try:
            if self._line.value != on:
                self._line.value = on
        except (gpiozero.GPIOZeroError, OSError) as error:
            log.error("the ring light cannot be switched: %s", error)  # noqa: TRY400  (the trace says nothing more)

    def close(self) -> None:
        """Dark, and let the line go."""
        if not self._line.closed:
            self.shine(on=False)
            self._line.close()
