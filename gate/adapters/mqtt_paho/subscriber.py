"""Reads from a broker with paho-mqtt, for a staff member's terminal, which may also say something: MQTT 5.

paho runs one thread of its own; ``on_news`` is called on it and must return at once. The broker keeps the session
through a short break, so that nothing is missed then, and ends it when the reader closes.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags, MQTTMessage
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from gate.adapters.mqtt_paho.back_off import Retry
from gate.adapters.mqtt_paho.client import QOS, GateClient, end, new_client, ours, properties_of
from gate.adapters.mqtt_paho.tls import TlsFiles
from gate.ports import AdapterError, Message

_KEEPALIVE_S: Final = 20
_RETRY: Final = Retry(first_s=1, longest_s=10)
_JOIN_S: Final = 4.0
_SESSION_S: Final = 300


@dataclass(frozen=True, slots=True)
class Subscribed:
    """The broker delivers from now on."""


@dataclass(frozen=True, slots=True)
class Away:
    """The broker is gone, or refuses; the subscriber keeps trying."""

    reason: str


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message; ``retained`` says that it is older than the subscription."""

    topic: str
    payload: bytes
    retained: bool
    qos: int = 1
    expiry_s: int | None = None
    """How long the broker would keep it still, seconds; None: for ever."""
    content_type: str = ""


@dataclass(frozen=True, slots=True)
class Answered:
    """What the broker said to a message of ours; ``taken`` is true only where somebody is there to hear it."""

    taken: bool
    reason: str


News = Subscribed | Away | Delivery | Answered


@dataclass(frozen=True, slots=True)
class Source:
    """Which broker, as whom, and what of it."""

    host: str
    port: int
    filters: tuple[str, ...]
    username: str | None = None
    password_file: Path | None = None
    tls: TlsFiles | None = None


class PahoSubscriber:
    """Delivers what matches the filters of its source."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._on_news: Callable[[News], None] = lambda _news: None
        name = f"gate-watch-{uuid.uuid4().hex}"
        login = None if source.username is None else (source.username, source.password_file)
        place = (source.host, source.port)
        self._client: GateClient | None = new_client(name, place, login, source.tls, _RETRY)

    def start(self, on_news: Callable[[News], None]) -> None:
        client = self._client
        if client is None:
            raise AdapterError("the subscription is closed")
        self._on_news = on_news
        client.on_connect = self._connected
        client.on_connect_fail = self._not_reached
        client.on_disconnect = self._disconnected
        client.on_subscribe = self._subscribed
        client.on_message = self._delivered
        client.on_publish = self._published
        client.connect_async(
            self._source.host,
            self._source.port,
            keepalive=_KEEPALIVE_S,
            clean_start=False,  # the name is new, so the session is; Mosquitto 2.0.11 does not store one begun clean
            properties=_session(PacketTypes.CONNECT),
        )
        client.loop_start()

    def publish(self, message: Message) -> None:
        """Say something once; ``Answered`` follows. Only for somebody who is connected. Raises ``AdapterError``."""
        client = self._client
        if client is None or not client.is_connected():
            raise AdapterError("there is no connection to the broker")
        properties = properties_of(PacketTypes.PUBLISH, ContentType=message.content_type)
        if message.expiry_s is not None:
            properties.MessageExpiryInterval = message.expiry_s
        client.publish(message.topic, message.payload, message.qos, message.retain, properties)

    def close(self) -> None:
        """Disconnect and wait for paho's thread, but not for ever: a name lookup may hold it."""
        client, self._client = self._client, None
        if client is None:
            return
        end(client, _JOIN_S, _session(PacketTypes.DISCONNECT, 0))

    def _connected(
        self, client: Client, _data: Any, _flags: ConnectFlags, code: ReasonCode, _properties: Properties | None
    ) -> None:
        if code.is_failure:
            self._on_news(Away(ours(client).refused(code)[1]))
        else:
            ours(client).accepted()
            client.subscribe([(name, QOS) for name in self._source.filters])

    def _subscribed(
        self, _client: Client, _data: Any, _mid: int, codes: list[ReasonCode], _properties: Properties | None
    ) -> None:
        refused = [str(code) for code in codes if code.is_failure]
        self._on_news(Away(f"the broker refused the subscription: {refused[0]}") if refused else Subscribed())

    def _not_reached(self, client: Client, _data: Any) -> None:
        self._on_news(Away(ours(client).not_reached()[1]))

    def _disconnected(
        self, client: Client, _data: Any, flags: DisconnectFlags, code: ReasonCode, _properties: Properties | None
    ) -> None:
        told = ours(client).ended(code, by_broker=flags.is_disconnect_packet_from_server)
        if told is not None:
            self._on_news(Away(told[1]))

    def _published(
        self, _client: Client, _data: Any, _mid: int, code: ReasonCode, _properties: Properties | None
    ) -> None:
        self._on_news(Answered(code.value == 0, str(code)))

    def _delivered(self, _client: Client, _data: Any, message: MQTTMessage) -> None:
        topic = message._topic.decode("utf-8", "backslashreplace")  # noqa: SLF001  (.topic raises on a bad name)
        expiry_s = getattr(message.properties, "MessageExpiryInterval", None)
        content_type = getattr(message.properties, "ContentType", "")
        self._on_news(Delivery(topic, bytes(message.payload), message.retain, message.qos, expiry_s, content_type))


def _session(packet: int, seconds: int = _SESSION_S) -> Properties:
    return properties_of(packet, SessionExpiryInterval=seconds)
