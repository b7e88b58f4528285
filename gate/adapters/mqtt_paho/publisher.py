"""The link to the broker with paho-mqtt: MQTT 5, QoS 1, a last will, and every message answered once.

paho runs one thread of its own; the callbacks below run on it, put one link event and return. paho keeps unanswered
messages and sends them again after a reconnection; the journal, not paho, keeps them across a restart of the service.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Any, Final

from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags, MQTTMessage
from paho.mqtt.enums import MQTTErrorCode
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

from gate.adapters.mqtt_paho.client import QOS, end, new_client, not_reached, properties_of
from gate.ports import Acknowledged, AdapterError, Connected, Deaf, Disconnected, Heard, LinkEvent, Message

_SUCCESS: Final = 0
_BLAMELESS: Final = (0x10, 0x97)
"""No matching subscribers; quota exceeded: the next message would fare alike."""
_RECEIVE_MAXIMUM: Final = 65535
"""What holds when the broker announces none (MQTT 5, 3.2.2.3.3)."""
_LARGEST_HEARD: Final = 128 * 1024
"""Bytes of a packet; the broker keeps larger ones to itself."""
_RECONNECT_MAX_S: Final = 30
_PARTING_S: Final = 1.5
"""What paho's thread gets at least to end; it looks up once a second while it waits to reconnect."""


@dataclass(frozen=True, slots=True)
class BrokerAddress:
    """How to reach the broker and what to be there. ``will`` is published by the broker when the gate is lost."""

    host: str
    port: int
    client_id: str
    will: Message
    will_delay_s: int = 15
    """How long the gate may be gone before the will is published; the session outlives it."""
    keepalive_s: int = 20
    username: str | None = None
    password_file: Path | None = None
    tls: ssl.SSLContext | None = None
    subscribe: tuple[str, ...] = ()
    """What to hear, but not from this link itself."""


class PahoPublisher:
    """Publishes to one broker and reconnects for ever. ``publish`` may be called before there is a connection.

    A handle is paho's message id: no two unanswered messages share one.
    """

    def __init__(self, address: BrokerAddress) -> None:
        self._address = address
        self._client: Client | None = _client(address)
        self._on_event: Callable[[LinkEvent], None] = lambda _event: None
        self._published = 0
        self._answered = 0
        self._subscribes = False
        """Whether the broker has not answered yet what this connection subscribes to."""

    def start(self, on_event: Callable[[LinkEvent], None]) -> None:
        client = self._running()
        self._on_event = on_event
        client.on_connect = self._connected
        client.on_connect_fail = self._not_reached
        client.on_disconnect = self._disconnected
        client.on_publish = self._acknowledged
        client.on_subscribe = self._subscribed
        client.on_message = self._delivered
        client.connect_async(
            self._address.host,
            self._address.port,
            keepalive=self._address.keepalive_s,
            properties=properties_of(
                PacketTypes.CONNECT,
                SessionExpiryInterval=self._address.will_delay_s + 1,
                MaximumPacketSize=_LARGEST_HEARD,
            ),
        )
        client.loop_start()

    def publish(self, message: Message) -> int:
        client = self._running()
        properties = properties_of(PacketTypes.PUBLISH, ContentType=message.content_type, PayloadFormatIndicator=1)
        while True:
            info = client.publish(message.topic, message.payload, QOS, message.retain, properties)
            if info.rc != MQTTErrorCode.MQTT_ERR_QUEUE_SIZE:  # the id is still taken by an old message: try the next
                self._published += 1
                return info.mid

    def close(self, farewell: Message | None, timeout_s: float) -> None:
        """Within ``timeout_s``, but not less than 1.5 s; then paho's thread has ended, unless a lookup holds it."""
        client, self._client = self._client, None
        if client is None:
            return
        until = monotonic() + timeout_s
        if farewell is not None and client.is_connected():
            self._say(client, farewell, timeout_s)
        end(client, max(_PARTING_S, until - monotonic()), with_will=farewell is None)

    def _running(self) -> Client:
        if self._client is None:
            raise AdapterError("the link to the broker is closed")
        return self._client

    def _say(self, client: Client, farewell: Message, timeout_s: float) -> None:
        properties = properties_of(PacketTypes.PUBLISH, ContentType=farewell.content_type, PayloadFormatIndicator=1)
        info = client.publish(farewell.topic, farewell.payload, QOS, farewell.retain, properties)
        if info.rc == MQTTErrorCode.MQTT_ERR_SUCCESS:
            info.wait_for_publish(timeout_s)

    def _connected(
        self, client: Client, _data: Any, _flags: ConnectFlags, code: ReasonCode, properties: Properties | None
    ) -> None:
        if code.is_failure:
            self._on_event(Disconnected(f"the broker refused the connection: {code}"))
            return
        receive_maximum = int(getattr(properties, "ReceiveMaximum", _RECEIVE_MAXIMUM))
        if self._published - self._answered > receive_maximum:
            self._give_back(client)
        if self._address.subscribe:
            self._subscribes = True
            how = SubscribeOptions(QOS, noLocal=True, retainAsPublished=True)
            client.subscribe([(name, how) for name in self._address.subscribe])
        self._on_event(Connected(receive_maximum))

    def _give_back(self, client: Client) -> None:
        """More is unanswered than this broker takes at once, and paho would send it all: hand it back instead."""
        for message in client.drop_out_messages():
            self._answered += 1
            reason = "the broker takes fewer at once now"
            self._on_event(Acknowledged(message.mid, taken=False, reason=reason, blameless=True))

    def _not_reached(self, _client: Client, _data: Any) -> None:
        self._on_event(Disconnected(not_reached(self._address.host, self._address.port)))

    def _disconnected(
        self, _client: Client, _data: Any, _flags: DisconnectFlags, code: ReasonCode, _properties: Properties | None
    ) -> None:
        self._on_event(Disconnected(f"the connection to the broker ended: {code}"))

    def _subscribed(
        self, _client: Client, _data: Any, _mid: int, codes: list[ReasonCode], _properties: Properties | None
    ) -> None:
        self._subscribes = False
        for code in codes:
            if code.is_failure:
                self._on_event(Deaf(str(code)))

    def _delivered(self, _client: Client, _data: Any, message: MQTTMessage) -> None:
        topic = message._topic.decode("utf-8", "backslashreplace")  # noqa: SLF001  (.topic raises on a bad name)
        self._on_event(Heard(topic, bytes(message.payload), message.retain, self._subscribes and not message.retain))

    def _acknowledged(
        self, _client: Client, _data: Any, mid: int, code: ReasonCode, _properties: Properties | None
    ) -> None:
        self._answered += 1
        self._on_event(Acknowledged(mid, code.value == _SUCCESS, str(code), code.value in _BLAMELESS))


def _client(address: BrokerAddress) -> Client:
    client = new_client(address.client_id, address.host, address.username, address.password_file, _RECONNECT_MAX_S)
    client.max_inflight_messages = 0  # no limit of paho's own: the recorder keeps the window
    will = address.will
    properties = properties_of(
        PacketTypes.WILLMESSAGE, WillDelayInterval=address.will_delay_s, ContentType=will.content_type
    )
    client.will_set(will.topic, will.payload, QOS, will.retain, properties)
    if address.tls is not None:
        client.tls_set_context(address.tls)
    return client
