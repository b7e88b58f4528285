"""The subscriber against a real broker: what it hears, what it misses not, and what it says when it is refused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.reasoncodes import ReasonCode

from gate.adapters.mqtt_paho.publisher import BrokerAddress, PahoPublisher
from gate.adapters.mqtt_paho.subscriber import Away, Delivery, News, PahoSubscriber, Source, Subscribed
from gate.ports import AdapterError
from tests.broker import HOST, Broker, free_port, running
from tests.contract.test_publisher import FAREWELL, WILL, Link, message
from tests.subscriber import WAIT_S, Centre, subscribed


def publish(broker: Broker, *texts: str) -> None:
    link = Link(PahoPublisher(BrokerAddress(HOST, broker.port, "gate-s-g", WILL)))
    link.start()
    link.until_connected()
    link.until_answered({link.publisher.publish(message(text)) for text in texts})
    link.publisher.close(FAREWELL, 2.0)


def first_away(source: Source) -> str:
    centre = Centre()
    subscriber = PahoSubscriber(source)
    subscriber.start(centre.news.put)
    try:
        found = centre.news.get(timeout=WAIT_S)
    finally:
        subscriber.close()
    assert isinstance(found, Away)
    return found.reason


def test_only_what_the_filters_ask_for_is_delivered_and_old_news_is_marked(tmp_path: Path) -> None:
    with running(tmp_path) as broker:
        publish(broker, "before")
        with subscribed(broker, "gate/v1/s/+/availability", "gate/v1/s/g/evt/#") as centre:
            publish(broker, "after")
            centre.until(lambda: len(centre.deliveries) == 3)
    access, availability = "gate/v1/s/g/evt/access", "gate/v1/s/g/availability"
    assert centre.deliveries == [
        Delivery(availability, FAREWELL.payload, retained=True, content_type=FAREWELL.content_type),
        Delivery(access, b"after", retained=False, content_type=message("after").content_type),
        Delivery(availability, FAREWELL.payload, retained=False, content_type=FAREWELL.content_type),
    ]


def test_what_is_published_during_a_short_break_is_delivered_afterwards(tmp_path: Path) -> None:
    with running(tmp_path) as broker:
        centre = Centre()
        subscriber = PahoSubscriber(Source(HOST, broker.port, ("gate/#",)))
        subscriber.start(centre.news.put)
        try:
            centre.until_subscribed()
            client = subscriber._client
            assert client is not None
            sock = client.socket()
            assert sock is not None
            sock.close()
            publish(broker, "meanwhile")
            centre.until(lambda: centre.payloads("evt/access") == [b"meanwhile"])
        finally:
            subscriber.close()
    assert len(centre.aways) <= 1


def test_a_login_that_is_wrong_is_told(tmp_path: Path) -> None:
    users, secret = tmp_path / "users", tmp_path / "secret"
    users.write_text("")
    secret.write_text("x\n")
    with running(tmp_path, "allow_anonymous false", f"password_file {users}") as broker:
        reason = first_away(Source(HOST, broker.port, ("#",), "staff", secret))
    assert reason == "the broker refused the connection: Not authorized"


def test_a_subscription_that_is_refused_is_told() -> None:
    """Mosquitto's access list refuses none (it only delivers nothing), so paho's callback is called as paho does."""
    subscriber = PahoSubscriber(Source(HOST, 1, ("#",)))
    client = subscriber._client
    assert client is not None
    news: list[News] = []
    subscriber._on_news = news.append
    granted, refused = ReasonCode(PacketTypes.SUBACK, identifier=1), ReasonCode(PacketTypes.SUBACK, identifier=0x87)
    subscriber._subscribed(client, None, 1, [granted, refused], None)
    subscriber._subscribed(client, None, 2, [granted, granted], None)
    assert news == [Away("the broker refused the subscription: Not authorized"), Subscribed()]
    subscriber.close()


def test_nobody_there_is_told_with_the_reason() -> None:
    assert "cannot reach the broker" in first_away(Source(HOST, free_port(), ("#",)))


def test_a_closed_one_does_not_start_and_closes_twice() -> None:
    subscriber = PahoSubscriber(Source(HOST, 1, ("#",)))
    subscriber.close()
    subscriber.close()
    with pytest.raises(AdapterError, match="closed"):
        subscriber.start(lambda _news: None)


def test_what_cannot_work_is_refused_at_once(tmp_path: Path) -> None:
    source = Source("a..b", 1883, ("#",))
    with pytest.raises(AdapterError, match="correct the broker's host"):
        PahoSubscriber(source)
    with pytest.raises(AdapterError, match="cannot read the broker's password"):
        PahoSubscriber(replace(source, host=HOST, username="staff", password_file=tmp_path / "none"))
