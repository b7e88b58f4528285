"""The link to the broker with paho-mqtt: MQTT 5, a last will, and every message of QoS 1 answered once.

paho runs one thread of its own; the callbacks below run on it, put one link event and return. paho keeps unanswered
messages and sends them again after a reconnection; the journal, not paho, keeps them across a restart of the service.

A broker throws out the older of two clients with one name, and not every broker says why (Mosquitto 2.0.11 does not).
So each connection but the first looks at what is retained where the will goes: something that this run has not put
there is by another client of this name.

A broker keeps messages for a gate that is away, and sends them when it comes back, a few at a time: some before it has
answered the new subscription, some after. Each connection subscribes under a number of its own, and what the broker
kept has the number of the connection before.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from time import monotonic
from typing import Any, Final

from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags, MQTTMessage, MQTTMessageInfo
from paho.mqtt.enums import MQTTErrorCode
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

from gate.adapters.mqtt_paho.back_off import Retry
from gate.adapters.mqtt_paho.client import QOS, GateClient, end, new_client, ours, properties_of
from gate.adapters.mqtt_paho.tls import TlsFiles
from gate.ports import (
    Acknowledged,
    AdapterError,
    Connected,
    Contested,
    Deaf,
    Disconnected,
    Heard,
    LinkEvent,
    LinkFault,
    Message,
)

_SUCCESS: Final = 0
_BLAMELESS: Final = (0x10, 0x97)
"""No matching subscribers; quota exceeded: the next message would fare alike."""
_RECEIVE_MAXIMUM: Final = 65535
"""What holds when the broker announces none (MQTT 5, 3.2.2.3.3)."""
_UNANSWERED: Final = 0
"""The handle of what is sent at QoS 0; paho numbers from 1 on."""
_LARGEST_HEARD: Final = 128 * 1024
"""Bytes of a packet; the broker keeps larger ones to itself."""
_LARGEST_TAKEN: Final = 268_435_455
"""What holds when the broker announces no largest packet: all that MQTT can say."""
_HOW: Final = SubscribeOptions(QOS, noLocal=True, retainAsPublished=True)
_REMEMBERED: Final = 64
_SHORTEST_SESSION_S: Final = 15
"""The session outlives a reconnection; one that ends within it leaves a gate deaf at RabbitMQ (docs/broker.md)."""
_PARTING_S: Final = 1.5
"""What paho's thread gets at least to end; while it waits for the network it looks up once a second."""


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
    tls: TlsFiles | None = None
    """None for no TLS at all; with it, never without."""
    retry: Retry = field(default_factory=Retry)
    subscribe: tuple[str, ...] = ()
    """What to hear, but not from this link itself."""
    hand_back: bool = False
    """After a connection was lost, hand back what nobody answered for, so that who keeps the order sends it in order.

    Else it is sent again first, before what a broker that was killed has forgotten.
    """


class PahoPublisher:
    """Publishes to one broker and reconnects for ever. ``publish`` may be called before there is a connection.

    A handle is paho's message id: no two unanswered messages share one.
    """

    def __init__(self, address: BrokerAddress) -> None:
        self._address = address
        self._client: GateClient | None = _client(address)
        self._until = self._client.until
        self._on_event: Callable[[LinkEvent], None] = lambda _event: None
        self._published = 0
        self._answered = 0
        self._ours: deque[bytes] = deque(maxlen=_REMEMBERED)
        """What may stand where the will goes without anybody else having been there."""
        self._ours.append(address.will.payload)
        self._connections = 0
        self._subscribes = False
        """Whether the broker has not answered yet what this connection subscribes to."""
        self._subscription: int | None = None
        """The message in which it does; others are of ``subscribe``."""
        self._may_number = True

    @property
    def certificate_until(self) -> datetime | None:
        """When the gate's own certificate ends, as it was read last."""
        if self._client is not None:
            self._until = self._client.until
        return self._until

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
                SessionExpiryInterval=max(self._address.will_delay_s, _SHORTEST_SESSION_S) + 1,
                MaximumPacketSize=_LARGEST_HEARD,
            ),
        )
        client.loop_start()

    def publish(self, message: Message) -> int:
        client = self._running()
        if message.topic == self._address.will.topic:
            self._ours.append(message.payload)
        properties = _properties(message)
        if message.qos == 0:
            return _send_once(client, message, properties)
        while True:
            info = client.publish(message.topic, message.payload, QOS, message.retain, properties)
            if info.rc != MQTTErrorCode.MQTT_ERR_QUEUE_SIZE:  # the id is still taken by an old message: try the next
                self._published += 1
                return info.mid

    def subscribe(self, names: Sequence[str]) -> None:
        """Hear these too, until the connection ends; nothing where there is none."""
        client = self._client
        if client is not None and client.is_connected():
            client.subscribe([(name, _HOW) for name in names], properties=self._numbered())

    def unsubscribe(self, names: Sequence[str]) -> None:
        """Hear them no more."""
        client = self._client
        if client is not None and client.is_connected():
            client.unsubscribe(list(names))

    def close(self, farewell: Message | None, timeout_s: float) -> None:
        """Within ``timeout_s``, but not less than 1.5 s; then paho's thread has ended, unless a lookup holds it."""
        client, self._client = self._client, None
        if client is None:
            return
        until = monotonic() + timeout_s
        if farewell is not None and client.is_connected():
            self._say(client, farewell, timeout_s)
        end(client, max(_PARTING_S, until - monotonic()), with_will=farewell is None)

    def _running(self) -> GateClient:
        if self._client is None:
            raise AdapterError("the link to the broker is closed")
        return self._client

    def _say(self, client: GateClient, farewell: Message, timeout_s: float) -> None:
        info = client.publish(farewell.topic, farewell.payload, QOS, farewell.retain, _properties(farewell))
        if info.rc == MQTTErrorCode.MQTT_ERR_SUCCESS:
            info.wait_for_publish(timeout_s)

    def _connected(
        self, client: Client, _data: Any, _flags: ConnectFlags, code: ReasonCode, properties: Properties | None
    ) -> None:
        if code.is_failure:
            self._gone(*ours(client).refused(code))
            return
        ours(client).accepted()
        receive_maximum = int(getattr(properties, "ReceiveMaximum", _RECEIVE_MAXIMUM))
        if self._address.hand_back and self._connections:
            self._give_back(client, "the connection ended before an answer", returned=True)
        elif self._published - self._answered > receive_maximum:
            self._give_back(client, "the broker takes fewer at once now", returned=False)
        self._connections += 1
        self._subscribes = True
        self._may_number = bool(getattr(properties, "SubscriptionIdentifierAvailable", 1))
        own = (self._address.will.topic, SubscribeOptions(QOS))
        wanted = [*((name, _HOW) for name in self._address.subscribe), own]
        _, self._subscription = client.subscribe(wanted, properties=self._numbered())
        self._on_event(Connected(receive_maximum, int(getattr(properties, "MaximumPacketSize", _LARGEST_TAKEN))))

    def _numbered(self) -> Properties:
        """Subscribe under the number of this connection, where the broker can."""
        under = {"SubscriptionIdentifier": self._connections} if self._may_number else {}
        return properties_of(PacketTypes.SUBSCRIBE, **under)

    def _give_back(self, client: Client, reason: str, *, returned: bool) -> None:
        """Hand back what is unanswered and paho would send again."""
        for message in client.drop_out_messages():
            self._answered += 1
            self._on_event(Acknowledged(message.mid, taken=False, reason=reason, blameless=True, returned=returned))

    def _not_reached(self, client: Client, _data: Any) -> None:
        self._gone(*ours(client).not_reached())

    def _disconnected(
        self, client: Client, _data: Any, flags: DisconnectFlags, code: ReasonCode, _properties: Properties | None
    ) -> None:
        told = ours(client).ended(code, by_broker=flags.is_disconnect_packet_from_server)
        if told is not None:
            self._gone(*told)

    def _gone(self, fault: LinkFault, reason: str) -> None:
        self._on_event(Disconnected(reason, fault))

    def _subscribed(
        self, _client: Client, _data: Any, mid: int, codes: list[ReasonCode], _properties: Properties | None
    ) -> None:
        if mid != self._subscription:
            return
        self._subscribes = False
        for code in codes[:-1]:  # the last is for the will's topic, which nobody needs
            if code.is_failure:
                self._on_event(Deaf(str(code)))

    def _delivered(self, client: Client, _data: Any, message: MQTTMessage) -> None:
        topic = message._topic.decode("utf-8", "backslashreplace")  # noqa: SLF001  (.topic raises on a bad name)
        if topic == self._address.will.topic:
            self._looked(ours(client), bytes(message.payload), retained=message.retain)
            return
        kept = not message.retain and (self._subscribes or self._is_of_an_earlier_connection(message))
        self._on_event(Heard(topic, bytes(message.payload), message.retain, kept))

    def _is_of_an_earlier_connection(self, message: MQTTMessage) -> bool:
        numbers: list[int] = getattr(message.properties, "SubscriptionIdentifier", [])
        return bool(numbers) and self._connections not in numbers

    def _looked(self, client: GateClient, payload: bytes, *, retained: bool) -> None:
        """What stands where the will goes."""
        if self._connections == 1:
            self._ours.append(payload)  # of an earlier run, or what this one has just said
        elif retained and payload and payload not in self._ours:
            client.contested()
            self._on_event(Contested())

    def _acknowledged(
        self, _client: Client, _data: Any, mid: int, code: ReasonCode, _properties: Properties | None
    ) -> None:
        if mid == _UNANSWERED:
            return
        self._answered += 1
        self._on_event(Acknowledged(mid, code.value == _SUCCESS, str(code), code.value in _BLAMELESS))


def _properties(message: Message) -> Properties:
    expiry = {} if message.expiry_s is None else {"MessageExpiryInterval": message.expiry_s}
    return properties_of(PacketTypes.PUBLISH, ContentType=message.content_type, PayloadFormatIndicator=1, **expiry)


def _send_once(client: Client, message: Message, properties: Properties) -> int:
    """Send at QoS 0, or not at all where there is no connection.

    paho's ``publish`` would give it an id which an unanswered message may have, and then call back for it.
    """
    client._send_publish(  # noqa: SLF001  (see above)
        _UNANSWERED,
        message.topic.encode(),
        message.payload,
        0,
        message.retain,
        info=MQTTMessageInfo(_UNANSWERED),
        properties=properties,
    )
    return _UNANSWERED


def _client(address: BrokerAddress) -> GateClient:
    login = None if address.username is None else (address.username, address.password_file)
    client = new_client(address.client_id, (address.host, address.port), login, address.tls, address.retry)
    client.max_inflight_messages = 0  # no limit of paho's own: the recorder keeps the window
    will = address.will
    delay = {"WillDelayInterval": address.will_delay_s} if address.will_delay_s else {}  # see docs/broker.md, RabbitMQ
    properties = properties_of(PacketTypes.WILLMESSAGE, ContentType=will.content_type, **delay)
    client.will_set(will.topic, will.payload, QOS, will.retain, properties)
    return client
