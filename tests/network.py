"""The bad network of the demo, for a test: on a thread of its own, gone with the test."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from gate.service.threads import Worker
from gate.simulation.network import Network
from tests.broker import Broker

__all__ = ["Network", "between"]


@contextmanager
def between(broker: Broker, delay_s: float = 0.0, bytes_per_s: float | None = None) -> Iterator[Network]:
    """A network between whoever connects to its port and this broker."""
    network = Network(broker.port, delay_s, bytes_per_s)
    worker = Worker("network", network.run, lambda _worker: None)
    worker.start()
    try:
        yield network
    finally:
        assert worker.stop(10)
        assert worker.error is None
