"""What a camera is: it gives frames.

It stands apart from ``ports``, which hands it on: a camera is opened before the rest of the service is loaded.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from gate.decoding import Luma


@dataclass(frozen=True, slots=True)
class Frame:
    """One picture of the camera. ``captured_ns`` is monotonic; ``name`` tells a person where it came from."""

    main: Luma
    lores: Luma | None
    """The same picture at low resolution, where the camera gives one for nothing."""
    captured_ns: int
    name: str


class FrameSource(Protocol):
    """The camera."""

    def next(self, timeout_s: float) -> Frame | None:
        """Wait for a frame newer than the last one given; None when none came in time.

        Raises ``AdapterError`` when the source cannot give frames any more.
        """

    def close(self) -> None: ...
