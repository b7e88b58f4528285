"""A copied card: two gates with one name on a real broker. Both are told, both go on recording, and no storm begins."""

from __future__ import annotations

import queue
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from gate.access.devices import Device
from gate.access.signals import DeviceChanged
from gate.adapters.clock_system import SystemClock
from gate.adapters.journal_sqlite import SqliteJournal
from gate.adapters.mqtt_paho.back_off import Retry
from gate.adapters.mqtt_paho.publisher import BrokerAddress, PahoPublisher
from gate.ports import Message
from gate.service.recorder import Recorder
from gate.service.threads import Worker
from gate.wire import availability, topics
from gate.wire.availability import Presence
from tests.broker import HOST, Broker, running
from tests.service.test_recorder import outside_of, persist, visits_in
from tests.wire.examples import IDENTITY

TOLD_S = 20.0
QUICK = Retry(first_s=0.2, longest_s=2.0, contested_s=3.0)
"""The real ones are 1, 60 and 60 s; the alarm comes with the first reconnection, whose wait the second one bounds."""


@dataclass(frozen=True, slots=True)
class Card:
    """One of the two."""

    recorder: Recorder
    told: queue.SimpleQueue[DeviceChanged]
    journal: Path


@contextmanager
def card(folder: Path, broker: Broker, boot: str) -> Iterator[Card]:
    identity, told = replace(IDENTITY, boot=boot), queue.SimpleQueue[DeviceChanged]()
    will = Message(
        topics.availability(identity),
        availability.encode(Presence.OFFLINE, boot, None),
        retain=True,
        content_type=availability.CONTENT_TYPE,
    )
    link = PahoPublisher(BrokerAddress(HOST, broker.port, "jkt-01/front", will, will_delay_s=1, retry=QUICK))
    path = folder / f"{boot}.db"
    outside = replace(outside_of(SqliteJournal(path), link, []), on_device=told.put, clock=SystemClock())
    recorder = Recorder(outside, identity)
    worker = Worker("recorder", recorder.run, lambda _worker: None)
    worker.start()
    try:
        yield Card(recorder, told, path)
    finally:
        assert worker.stop(10)
        assert worker.error is None


def test_both_are_told_both_go_on_and_no_storm_begins(tmp_path: Path) -> None:
    with running(tmp_path) as broker:
        with ExitStack() as stack:
            cards = [stack.enter_context(card(tmp_path, broker, boot)) for boot in ("boot-1", "boot-2")]
            for one in cards:
                assert one.told.get(timeout=TOLD_S) == DeviceChanged(Device.TAKEN_OVER, working=False)
            began_s, before = time.monotonic(), broker.log().count("New client connected")
            for one in cards:
                for ticket in range(1, 6):
                    one.recorder.submit(persist(ticket))
            while any(one.recorder.counts().committed < 5 for one in cards):
                assert time.monotonic() < began_s + 10
            with pytest.raises(queue.Empty):
                cards[0].told.get(timeout=4)
            apart_s = time.monotonic() - began_s
            assert broker.log().count("New client connected") - before <= 2 + 2 * apart_s / QUICK.contested_s
        for one in cards:
            assert visits_in(one.journal) == [1, 2, 3, 4, 5]
