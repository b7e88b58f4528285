"""A door as the common tutorials build it: capture, decode, relay and button in one loop on one thread.

The picture is decoded, the button and the fire alarm are looked at once in each turn, and the relay is held by a sleep.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
from gpiozero import Button, OutputDevice

from benchmarks.baselines import pyzbar_decode


class DoorLoop:
    """``capture`` gives a picture, ``uint8[height, width, 3]``; ``run`` is the whole program."""

    def __init__(self, factory: Any, pins: tuple[int, int, int], capture: Callable[[], npt.NDArray[np.uint8]]) -> None:
        """``pins``: relay, exit button, fire alarm (a loop that is closed while all is well)."""
        relay, button, alarm = pins
        self.relay = OutputDevice(relay, pin_factory=factory)
        self._button = Button(button, pin_factory=factory)
        self._alarm = Button(alarm, pin_factory=factory)
        self._capture = capture

    def run(self, stop: threading.Event, release_s: float) -> None:
        """Until stopped."""
        while not stop.is_set():
            if pyzbar_decode.naive(self._capture()) or self._button.is_pressed:
                self.relay.on()
                time.sleep(release_s)  # noqa: TID251  (so the tutorials do)
                self.relay.off()
            if not self._alarm.is_pressed:
                self.relay.on()
                while not self._alarm.is_pressed and not stop.is_set():
                    time.sleep(0.01)  # noqa: TID251  (as above)
                self.relay.off()

    def close(self) -> None:
        """Let the pins go."""
        for device in (self.relay, self._button, self._alarm):
            device.close()
