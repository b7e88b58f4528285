"""The centre's way to the broker with paho-mqtt: MQTT 5, a shared subscription, a session that the broker keeps.

paho runs one thread of its own; the callbacks below run on it, put one thing and return. A message is acknowledged to
the broker by ``acknowledge`` alone, so that a worker which dies leaves its messages to the others.
"""

from __future__ import annotations

import logging
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from paho.mqtt.client import Client, ConnectFlags, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from gate.central.ingest import Delivery, Joined
from gate.wire import ack
from gate.wire.topics import VERSION

log = logging.getLogger(__name__)

_QOS: Final = 1
_KEEPALIVE_S: Final = 20
_SESSION_S: Final = 7 * 24 * 3600
_RECONNECT_MAX_S: Final = 10
_IN_FLIGHT: Final = 1000
"""What the broker may send before anything is acknowledged; it may have a lower bound of its own."""
_PARTING_S: Final = 4.0


@dataclass(frozen=True, slots=True)
class Broker:
    """Where it is, and as which worker to be there. Workers of one ``group`` share the feed."""

    host: str
    port: int
    worker: str
    group: str = "centre"
    tls: ssl.SSLContext | None = None


class LinkClosedError(Exception):
    """The link is closed, and is not opened again."""


class PahoLink:
    """``ingest.Link``."""

    def __init__(self, broker: Broker) -> None:
        self._broker = broker
        self._on_news: Callable[[Delivery | Joined], None] = lambda _news: None
        self._client: Client | None = _client(broker)

    def start(self, on_news: Callable[[Delivery | Joined], None]) -> None:
        client = self._client
        if client is None:
            raise LinkClosedError
        self._on_news = on_news
        client.on_connect = self._connected
        client.on_connect_fail = self._away
        client.on_disconnect = self._away
        client.on_subscribe = self._subscribed
        client.on_message = self._delivered
        client.connect_async(
            self._broker.host,
            self._broker.port,
            keepalive=_KEEPALIVE_S,
            clean_start=False,
            properties=_properties(PacketTypes.CONNECT, SessionExpiryInterval=_SESSION_S, ReceiveMaximum=_IN_FLIGHT),
        )
        client.loop_start()

    def acknowledge(self, delivery: Delivery) -> None:
        if self._client is not None:
            self._client.ack(delivery.token, _QOS)

    def publish(self, topic: str, payload: bytes) -> None:
        if self._client is not None and self._client.is_connected():
            told = _properties(PacketTypes.PUBLISH, ContentType=ack.CONTENT_TYPE, PayloadFormatIndicator=1)
            self._client.publish(topic, payload, _QOS, retain=True, properties=told)

    def close(self) -> None:
        """Leave; the session stays with the broker, and what comes for it goes to the other workers or waits."""
        client, self._client = self._client, None
        if client is None:
            return
        thread: threading.Thread | None = client._thread  # noqa: SLF001, TID251  (made by paho, only joined here)
        client.disconnect()
        if thread is not None:
            thread.join(_PARTING_S)
        for name in ("on_connect", "on_connect_fail", "on_disconnect", "on_subscribe", "on_message"):
            setattr(client, name, None)  # frees the client and its sockets now, not at the next collection

    def _connected(
        self, client: Client, _data: Any, _flags: ConnectFlags, code: ReasonCode, _properties: Properties | None
    ) -> None:
        if code.is_failure:
            log.warning("the broker refused the connection: %s", code)
            return
        client.subscribe(f"$share/{self._broker.group}/gate/{VERSION}/+/+/evt/#", qos=_QOS)

    def _subscribed(
        self, _client: Client, _data: Any, _mid: int, codes: list[ReasonCode], _properties: Properties | None
    ) -> None:
        refused = [str(code) for code in codes if code.is_failure]
        if refused:
            log.error("the broker refuses the subscription: %s; look at its access list", refused[0])
        else:
            self._on_news(Joined())

    def _away(self, *_: Any) -> None:
        log.info("the broker %s:%d is not there; trying again", self._broker.host, self._broker.port)

    def _delivered(self, _client: Client, _data: Any, message: MQTTMessage) -> None:
        topic = message._topic.decode("utf-8", "backslashreplace")  # noqa: SLF001  (.topic raises on a bad name)
        self._on_news(Delivery(topic, bytes(message.payload), message.mid))


def _client(broker: Broker) -> Client:
    client = Client(CallbackAPIVersion.VERSION2, broker.worker, protocol=MQTTProtocolVersion.MQTTv5, manual_ack=True)
    client.reconnect_delay_set(1, _RECONNECT_MAX_S)
    client.max_inflight_messages = 0  # no limit of paho's own for the acknowledgements to gates
    if broker.tls is not None:
        client.tls_set_context(broker.tls)
    return client


def _properties(packet: int, **values: Any) -> Properties:
    properties = Properties(packet)  # type: ignore[no-untyped-call]  # paho types most of itself, not this
    for name, value in values.items():
        setattr(properties, name, value)
    return properties
