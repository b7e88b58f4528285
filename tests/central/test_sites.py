"""Where a broker shares no subscription among workers, each takes the feed of its own sites."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from gate.adapters.mqtt_paho.publisher import BrokerAddress, PahoPublisher
from gate.central.adapters.ingest_paho import PahoLink
from gate.central.adapters.paho_client import Broker
from gate.central.ingest import Delivery, Joined
from gate.ports import Message
from tests.broker import HOST, running
from tests.central.examples import TOPIC
from tests.contract.test_publisher import Link

WAIT_S = 10.0


class Taking(PahoLink):
    """The real link, with the topics of what came."""

    def __init__(self, port: int, *sites: str) -> None:
        super().__init__(Broker(HOST, port, f"worker-{sites[0]}", sites=sites))
        self.topics: list[str] = []
        self.changed = threading.Condition()
        self.joined = threading.Event()
        self.start(self._took)

    def until(self, satisfied: Callable[[], bool]) -> None:
        with self.changed:
            assert self.changed.wait_for(satisfied, WAIT_S), self.topics

    def _took(self, news: Delivery | Joined) -> None:
        if isinstance(news, Joined):
            self.joined.set()
            return
        with self.changed:
            self.topics.append(news.topic)
            self.changed.notify_all()


def test_a_worker_takes_the_feed_of_its_sites_and_of_no_other(tmp_path: Path) -> None:
    topics = [TOPIC.replace("jkt-01", site) for site in ("jkt-01", "jkt-011", "bdg-01", "sby-01")]
    with running(tmp_path) as broker:
        first, second = Taking(broker.port, "jkt-01", "bdg-01"), Taking(broker.port, "sby-01")
        assert first.joined.wait(WAIT_S)
        assert second.joined.wait(WAIT_S)
        _publish(broker.port, topics)
        first.until(lambda: len(first.topics) == 2)
        second.until(lambda: len(second.topics) == 1)
        first.close()
        second.close()
    assert (first.topics, second.topics) == ([topics[0], topics[2]], [topics[3]])


def _publish(port: int, topics: Sequence[str]) -> None:
    will = Message(TOPIC.replace("evt/access", "availability"), b"{}", retain=True, content_type="")
    gate = Link(PahoPublisher(BrokerAddress(HOST, port, "gate", will)))
    gate.start()
    gate.until_connected()
    messages = [Message(topic, b"{}", retain=False, content_type="") for topic in topics]
    gate.until_answered({gate.publisher.publish(message) for message in messages})
    gate.publisher.close(None, 2.0)


def test_small_answers_wait_for_nothing(tmp_path: Path) -> None:
    with running(tmp_path) as broker:
        link = Taking(broker.port, "jkt-01")
        assert link.joined.wait(WAIT_S)
        assert link._client is not None
        used = link._client.socket()
        assert isinstance(used, socket.socket)
        assert used.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        link.close()
