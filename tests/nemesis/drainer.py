"""A process that drains a journal until nothing is left: ``python -m tests.nemesis.drainer JOURNAL PORT``."""

from __future__ import annotations

import sys
import threading
from pathlib import Path

from ulid import ULID

from gate.adapters.clock_system import SystemClock
from gate.adapters.journal_sqlite import SqliteJournal
from gate.adapters.mqtt_paho.publisher import BrokerAddress, PahoPublisher
from gate.ports import Message
from gate.service.outbox import Sending
from gate.service.outside import Outside
from gate.service.recorder import Recorder
from gate.simulation.broker import HOST
from gate.wire import topics
from tests.wire.examples import IDENTITY


def main() -> None:
    """The recorder with its journal and its link, as in the service; nobody stops it but the end, or a kill."""
    path, port = Path(sys.argv[1]), int(sys.argv[2])
    will = Message(topics.availability(IDENTITY), b"{}", retain=True, content_type="application/json")
    outside = Outside(
        journal=SqliteJournal(path),
        publisher=PahoPublisher(BrokerAddress(HOST, port, "jkt-01/front", will)),
        clock=SystemClock(),
        encode_memory=lambda _: b"",
        on_recorded=lambda _: None,
        new_id=lambda: str(ULID()),
        orderly=lambda: True,
    )
    recorder, stop = Recorder(outside, IDENTITY, Sending()), threading.Event()

    def beat() -> None:
        if recorder.counts().pending == 0:
            stop.set()

    recorder.run(stop, beat)


if __name__ == "__main__":
    main()
