"""The private broker of the demo, for a test."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gate.simulation.broker import ANYBODY, HOST, PrivateBroker, free_port

__all__ = ["HOST", "Broker", "free_port", "running"]
Broker = PrivateBroker


@contextmanager
def running(folder: Path, *lines: str) -> Iterator[Broker]:
    """A broker with these lines in its configuration, or one that lets everybody in."""
    with PrivateBroker(folder, lines=lines or ANYBODY) as broker:
        yield broker
