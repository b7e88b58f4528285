"""The centre of a test: everything that a broker delivered, waited for without sleeping, and held to the contract."""

from __future__ import annotations

import queue
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from gate.adapters.mqtt_paho.subscriber import Away, Delivery, News, PahoSubscriber, Source, Subscribed
from gate.adapters.mqtt_paho.tls import TlsFiles
from gate.wire import batch
from tests.broker import HOST, Broker
from tests.wire.validate import check_sent

WAIT_S = 20.0
NOBODYS = "gate/v1/s/"
"""The site of the tests of the link itself, which carries any bytes; everything else is held to the contract."""


class Centre:
    """What was delivered, in order; ``until`` waits for news until it is satisfied."""

    def __init__(self, *, anything: bool = False) -> None:
        """``anything``: what is delivered need not be what the contract says, as where strangers write."""
        self.deliveries: list[Delivery] = []
        self.news: queue.SimpleQueue[News] = queue.SimpleQueue()
        self.aways: list[str] = []
        self._anything = anything

    def until(self, satisfied: Callable[[], bool]) -> None:
        while not satisfied():
            self._take(self.news.get(timeout=WAIT_S))

    def until_subscribed(self) -> None:
        while not isinstance(self._take(self.news.get(timeout=WAIT_S)), Subscribed):
            pass

    def payloads(self, leaf: str) -> list[bytes]:
        return [delivery.payload for delivery in self.deliveries if delivery.topic.endswith(leaf)]

    def records(self) -> list[bytes]:
        """The records that arrived, in order, alone or in batches."""
        found: list[bytes] = []
        for delivery in self.deliveries:
            if delivery.topic.endswith("/evt/batch"):
                bodies = batch.decode(delivery.payload)
                assert isinstance(bodies, tuple)
                found += bodies
            elif "/evt/" in delivery.topic:
                found.append(delivery.payload)
        return found

    def _take(self, news: News) -> News:
        match news:
            case Delivery():
                if not self._anything and not news.topic.startswith(NOBODYS):
                    check_sent(news)
                self.deliveries.append(news)
            case Away(reason):
                self.aways.append(reason)
            case Subscribed():
                pass
        return news


@contextmanager
def subscribed(broker: Broker, *filters: str, tls: TlsFiles | None = None, anything: bool = False) -> Iterator[Centre]:
    centre = Centre(anything=anything)
    subscriber = PahoSubscriber(Source(HOST, broker.port, filters or ("gate/#",), tls=tls))
    subscriber.start(centre.news.put)
    try:
        centre.until_subscribed()
        yield centre
    finally:
        subscriber.close()
