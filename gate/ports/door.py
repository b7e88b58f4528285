"""What is at the door: strike, lights, inputs, and the mark of an emergency."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from gate.access.effects import Lease, Light
from gate.access.signals import InputChanged


class DoorStrike(Protocol):
    """The strike. The adapter ends a lease by itself when the core does not."""

    @property
    def released(self) -> bool:
        """Whether the line is driven to let people pass."""

    def release(self, lease: Lease) -> None:
        """Release until the lease ends, and never longer than the adapter's own bound for its kind."""

    def secure(self) -> None:
        """Secure at once; this ends an emergency's standing release too."""

    def rest(self) -> None:
        """Nobody decides any more: secure, but leave the strike free where a standing release is in force."""

    def close(self) -> None:
        """``rest``, and let the line go at that level."""


class EmergencyMark(Protocol):
    """Tells whoever secures the lines after a crash that an emergency is in force. Outlives the process; no disk."""

    def set(self) -> None: ...

    def clear(self) -> None: ...


class Indicator(Protocol):
    """The lamp tower, the attention lamp, the second alarm light and the buzzer."""

    def show(self, light: Light) -> None: ...

    def close(self) -> None: ...


class RingLight(Protocol):
    """The light around the camera. Any thread may call."""

    def shine(self, on: bool) -> None:  # noqa: FBT001  (a level)
        """Switch it. Never raises: the door does not need it."""

    def close(self) -> None: ...


class InputLines(Protocol):
    """The inputs. ``on_change`` is called on the driver's thread, and returns at once."""

    def listen(self, on_change: Callable[[InputChanged], None]) -> None:
        """Tell how each input is now, with ``initial``, and then every change with the time of its edge."""

    def close(self) -> None: ...
