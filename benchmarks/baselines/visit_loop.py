"""A reader as the common tutorials build it: capture, decode, verify, relay and publish in one loop on one thread."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from gpiozero import OutputDevice
from paho.mqtt.client import Client

from benchmarks.baselines import pyzbar_decode
from gate.ports import FrameSource

TOPIC = "door/visits"
PUBLISH_S = 5.0


class VisitLoop:
    """``genuine`` verifies a text; ``stamps`` holds the time of each frame that opened the door (monotonic ns)."""

    def __init__(self, factory: Any, relay: int, frames: FrameSource, genuine: Callable[[bytes], bool]) -> None:
        self.stamps: list[int] = []
        self._relay = OutputDevice(relay, pin_factory=factory)
        self._frames = frames
        self._genuine = genuine
        self._last = b""

    def run(self, stop: threading.Event, release_s: float, client: Client) -> None:
        """Until stopped."""
        while not stop.is_set():
            frame = self._frames.next(0.2)
            if frame is None:
                continue
            for text in pyzbar_decode.naive(np.repeat(frame.main[:, :, None], 3, axis=2)):
                if text != self._last and self._genuine(text):
                    self._last = text
                    self.stamps.append(frame.captured_ns)
                    self._relay.on()
                    time.sleep(release_s)  # noqa: TID251  (so the tutorials do)
                    self._relay.off()
                    client.publish(TOPIC, b"granted", qos=1).wait_for_publish(PUBLISH_S)

    def close(self) -> None:
        """Let the pin go."""
        self._relay.close()
