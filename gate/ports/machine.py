"""The machine and its time, and who watches over the service."""

from __future__ import annotations

from typing import Protocol

from gate.credential.instant import Instant
from gate.wire.health import Disk
from gate.wire.info import Hardware


class Board(Protocol):
    """The machine that the gate runs on. What it does not say is None; nothing here raises."""

    def hardware(self) -> Hardware: ...

    def temperature_c(self) -> float | None: ...

    def throttled(self) -> tuple[str, ...] | None: ...

    def disk(self) -> Disk | None:
        """Where the journal is."""


class Clock(Protocol):
    """The clocks of the machine."""

    def now(self) -> Instant: ...


class Notifier(Protocol):
    """The service manager; every call does nothing where there is none."""

    def ready(self, status: str) -> None: ...

    def watchdog(self) -> None: ...

    def status(self, text: str) -> None: ...

    def stopping(self) -> None: ...
