"""A gate that was away for five days comes back: nothing is lost, the order holds, and what is fresh is not late.

The journal is filled by the recorder itself, with a clock that the test steps; the way back is a real broker behind a
network that is far away and narrow, and breaks. The centre is the least there can be: it stores and acknowledges.
``GATE_LONG=1`` fills it as full as a busy gate would: an event every ten seconds.
"""

from __future__ import annotations

import json
import os
import queue
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from gate.access.effects import Persist
from gate.access.memory import Memory
from gate.adapters.journal_sqlite import JournalReader, SqliteJournal
from gate.adapters.mqtt_paho.back_off import Retry
from gate.adapters.mqtt_paho.publisher import BrokerAddress, PahoPublisher
from gate.adapters.mqtt_paho.subscriber import Delivery, News, PahoSubscriber, Source, Subscribed
from gate.ports import Message
from gate.service.confirm import Confirm
from gate.service.herald import Silent
from gate.service.outbox import Sending
from gate.service.recorder import Recorder
from gate.service.threads import Worker
from gate.wire import ack, availability, envelope, topics
from gate.wire.ack import Ack
from gate.wire.availability import Presence
from tests.broker import HOST, Broker, running
from tests.network import Network, between
from tests.service.test_outbox import ScriptedBroker
from tests.service.test_recorder import RealClock, SteppedClock, outside_of
from tests.wire.examples import GRANTED, IDENTITY

LONG = bool(os.environ.get("GATE_LONG"))
AWAY_S = 120 * 3600
APART_S = 10 if LONG else 240
LIVE_EVERY_S = 0.05
LATE_S = 2.0
"""What is fresh may be this late while five days drain through a narrow link; the scenario allows 5 s."""
SENDING = Sending(confirm=Confirm.CENTRE)
ACK_EVERY = 200


class Live(Silent):
    """Tells each event at once, as the service does."""

    def took(self, persist: Persist, event_id: str, *, offline: bool) -> Sequence[Message]:
        body = envelope.provisional(persist.event, IDENTITY, event_id, offline=offline)
        topic = topics.below(IDENTITY, topics.LIVE)
        return (Message(topic, body, retain=False, content_type=envelope.CONTENT_TYPE, qos=0, expiry_s=10),)


def filled(path: Path) -> int:
    """A journal of five days without a broker; how many events."""
    clock, broker = SteppedClock(), ScriptedBroker()
    recorder = Recorder(outside_of(SqliteJournal(path), broker, [], clock), IDENTITY, SENDING)
    count = AWAY_S // APART_S
    for visit in range(1, count + 1):
        clock.move(APART_S)
        at = replace(GRANTED.at, utc=GRANTED.at.utc + clock.passed)
        recorder.submit(Persist(visit, replace(GRANTED, visit=visit, at=at), Memory(visits=visit)))
        if visit % 200 == 0:
            recorder.step(0)
    recorder.step(0)
    assert recorder.counts().pending == count
    assert clock.passed == timedelta(hours=120)
    recorder._outside.journal.close()
    assert broker.sent == []
    return count


@contextmanager
def at_work(path: Path, port: int) -> Iterator[Recorder]:
    """The recorder on its thread, with its link through the network."""
    will = Message(
        topics.availability(IDENTITY),
        availability.encode(Presence.OFFLINE, IDENTITY.boot, None),
        retain=True,
        content_type=availability.CONTENT_TYPE,
    )
    subscribe = (topics.below(IDENTITY, topics.ACK),)
    address = BrokerAddress(HOST, port, "jkt-01/front", will, subscribe=subscribe, retry=Retry(0.3, 0.3))
    outside = replace(outside_of(SqliteJournal(path), PahoPublisher(address), [], RealClock()), herald=Live())
    worker = Worker("recorder", (recorder := Recorder(outside, IDENTITY, SENDING)).run, lambda _worker: None)
    worker.start()
    try:
        yield recorder
    finally:
        assert worker.stop(10)
        assert worker.error is None


class Store:
    """The centre: what is stored, in the order of its first arrival, and when each live event came."""

    def __init__(self, broker: Broker, journal: str) -> None:
        self.seqs: dict[int, str] = {}
        """The id of each record, in the order of its first arrival."""
        self.live: dict[int, float] = {}
        self._journal = journal
        self._acked = 0
        self._news: queue.SimpleQueue[tuple[float, News]] = queue.SimpleQueue()
        nobody = Message("gate/v1/jkt-01/centre/x", b"", retain=False, content_type="")
        self._link = PahoPublisher(BrokerAddress(HOST, broker.port, "centre", nobody))
        self._link.start(lambda _event: None)
        self._subscriber = PahoSubscriber(Source(HOST, broker.port, ("gate/v1/jkt-01/front/#",)))
        self._subscriber.start(lambda news: self._news.put((time.monotonic(), news)))
        while not isinstance(self._news.get(timeout=20)[1], Subscribed):
            pass

    def turn(self, wait_s: float) -> None:
        """Store what has come, and acknowledge now and then up to where nothing is missing."""
        with suppress(queue.Empty):
            came_s, news = self._news.get(timeout=wait_s)
            if isinstance(news, Delivery):
                self._take(came_s, news)
        whole = self._acked
        while whole + 1 in self.seqs:
            whole += 1
        if whole >= self._acked + ACK_EVERY or (whole > self._acked and self._news.empty()):
            self._acked = whole
            payload = ack.encode(Ack(self._journal, whole))
            topic = topics.below(IDENTITY, topics.ACK)
            self._link.publish(Message(topic, payload, retain=True, content_type=ack.CONTENT_TYPE))

    def close(self) -> None:
        self._subscriber.close()
        self._link.close(None, 2)

    def _take(self, came_s: float, delivery: Delivery) -> None:
        if delivery.topic.endswith("/live"):
            self.live.setdefault(json.loads(delivery.payload)["data"]["visit"], came_s)
        elif "/evt/" in delivery.topic:
            found = json.loads(delivery.payload)
            for event in found if isinstance(found, list) else [found]:
                assert self.seqs.setdefault(event["data"]["seq"], event["id"]) == event["id"]


@pytest.mark.timeout(300)
def test_after_five_days_nothing_is_lost_and_what_is_fresh_is_not_late(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    backlog = filled(path)
    with JournalReader(path) as reader:
        journal = reader.ulid
    width = backlog * 1000 / (20 if LONG else 2)  # the backlog takes 20 s, or 2
    with running(tmp_path) as broker, between(broker, delay_s=0.02, bytes_per_s=width) as network:
        store = Store(broker, journal)
        try:
            with at_work(path, network.port) as recorder:
                said = _returned(recorder, store, network, backlog)
        finally:
            store.close()
    with JournalReader(path) as reader:
        committed = {record.seq: json.loads(record.body)["id"] for record in reader.records()}
        assert reader.backlog() == 0
    assert store.seqs == committed, "each record once, and no other"
    assert list(store.seqs) == sorted(store.seqs), "in order"
    late = sorted(store.live[visit] - said[visit] for visit in store.live)
    assert len(late) > 0.4 * len(said), "what is fresh is lost in the break alone"
    assert late[int(0.99 * len(late))] < LATE_S, late[-10:]


def _returned(recorder: Recorder, store: Store, network: Network, backlog: int) -> dict[int, float]:
    """Go on with visits until the backlog has arrived, with a break of the link in between, and until all is stored.

    When each of the visits was.
    """
    said: dict[int, float] = {}
    due_s, until_s, broken = time.monotonic(), time.monotonic() + 200, False
    while len(store.seqs) < backlog + len(said) or recorder.counts().pending:
        assert time.monotonic() < until_s, f"{len(store.seqs)} of {backlog + len(said)} have arrived"
        if time.monotonic() >= due_s and len(store.seqs) < backlog:
            visit = backlog + len(said) + 1
            said[visit] = time.monotonic()
            recorder.submit(Persist(visit, replace(GRANTED, visit=visit), Memory(visits=visit)))
            due_s += LIVE_EVERY_S
        store.turn(max(0.0, min(LIVE_EVERY_S, due_s - time.monotonic())) or 0.01)
        if not broken and len(store.seqs) > backlog / 2:
            network.cut()
            broken = True
    assert broken
    return said
