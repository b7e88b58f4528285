"""The centre's way to the broker with paho-mqtt: MQTT 5, a shared subscription, a session that the broker keeps.

paho runs one thread of its own; the callbacks below run on it, put one thing and return. A message is acknowledged to
the broker by ``acknowledge`` alone, so that a worker which dies leaves its messages to the others.
"""

from __future__ import annotations

import logging
import ssl
import threading
from collections.abc import Callable, Sequence
from typing import Any, Final

from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags, MQTTMessage
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from gate.central.adapters import tls
from gate.central.adapters.paho_client import Broker, CentreClient, error_of, properties_of
from gate.central.ingest import Delivery, Joined
from gate.wire import ack, command

log = logging.getLogger(__name__)

_QOS: Final = 1
_KEEPALIVE_S: Final = 20
_SESSION_S: Final = 7 * 24 * 3600
_IN_FLIGHT: Final = 1000
"""What the broker may send before anything is acknowledged; it may have a lower bound of its own."""
_PARTING_S: Final = 4.0
_MID_BITS: Final = 16
_NONE: Final = 0
"""The number of no connection."""


class LinkClosedError(Exception):
    """The link is closed, and is not opened again."""


class PahoLink:
    """``ingest.Link``."""

    def __init__(self, broker: Broker) -> None:
        self._broker = broker
        self._place = f"{broker.host}:{broker.port}"
        self._on_news: Callable[[Delivery | Joined], None] = lambda _news: None
        self._client: CentreClient | None = CentreClient(broker)
        self._connections = 0
        self._connection = _NONE
        """The one that is up. A number of an earlier one means another message now, if the broker has forgotten us."""
        self._turn = threading.Lock()
        self._delivers = False
        self._feed: int | None = None
        """The number of the request for the feed."""
        self._told = False
        """Whether it has been said that the broker is away."""

    @property
    def there(self) -> bool:
        """Whether the broker delivers: connected, and the feed is granted."""
        return self._delivers

    def start(self, on_news: Callable[[Delivery | Joined], None]) -> None:
        client = self._client
        if client is None:
            raise LinkClosedError
        self._on_news = on_news
        client.on_connect = self._connected
        client.on_connect_fail = self._not_reached
        client.on_disconnect = self._disconnected
        client.on_subscribe = self._subscribed
        client.on_message = self._delivered
        client.connect_async(
            self._broker.host,
            self._broker.port,
            keepalive=_KEEPALIVE_S,
            clean_start=False,
            properties=properties_of(PacketTypes.CONNECT, SessionExpiryInterval=_SESSION_S, ReceiveMaximum=_IN_FLIGHT),
        )
        client.loop_start()

    def acknowledge(self, delivery: Delivery) -> None:
        connection, mid = divmod(delivery.token, 1 << _MID_BITS)
        with self._turn:
            if self._client is not None and connection == self._connection:
                self._client.ack(mid, _QOS)

    def publish(self, topic: str, payload: bytes) -> None:
        told = properties_of(PacketTypes.PUBLISH, ContentType=ack.CONTENT_TYPE, PayloadFormatIndicator=1)
        self._say(topic, payload, told, retain=True)

    def order(self, topic: str, payload: bytes) -> None:
        told = properties_of(
            PacketTypes.PUBLISH, ContentType=command.CONTENT_TYPE, MessageExpiryInterval=command.EXPIRY_S
        )
        self._say(topic, payload, told, retain=False)

    def listen(self, filters: Sequence[str]) -> None:
        client = self._client
        if client is not None and self.there:
            client.subscribe([(one, _QOS) for one in filters])

    def ignore(self, filters: Sequence[str]) -> None:
        client = self._client
        if client is not None and self.there:
            client.unsubscribe(list(filters))

    def close(self) -> None:
        """Leave; the session stays with the broker, and what comes for it goes to the other workers or waits."""
        client, self._client = self._client, None
        if client is None:
            return
        thread: threading.Thread | None = client._thread  # noqa: SLF001, TID251  (made by paho, only joined here)
        client.leave()
        if thread is not None:
            thread.join(_PARTING_S)
        client.error = None  # its traceback holds the client
        for name in ("on_connect", "on_connect_fail", "on_disconnect", "on_subscribe", "on_message"):
            setattr(client, name, None)  # frees the client and its sockets now, not at the next collection

    def _say(self, topic: str, payload: bytes, told: Properties, *, retain: bool) -> None:
        client = self._client
        if client is not None and self.there:
            client.publish(topic, payload, _QOS, retain, told)

    def _connected(
        self, client: Client, _data: Any, _flags: ConnectFlags, code: ReasonCode, properties: Properties | None
    ) -> None:
        if code.is_failure:
            advice = "look at broker.username, broker.password_file and the broker's own log"
            self._away(f"the broker at {self._place} refuses the connection ({code}); {advice}")
            return
        with self._turn:
            self._connections += 1
            self._connection = self._connections
        if not self._broker.sites and not getattr(properties, "SharedSubscriptionAvailable", 1):
            log.error("the broker at %s shares no subscription among workers: name the sites of each", self._place)
        _, self._feed = client.subscribe([(one, _QOS) for one in self._broker.filters])

    def _subscribed(
        self, _client: Client, _data: Any, mid: int, codes: list[ReasonCode], _properties: Properties | None
    ) -> None:
        refused = [str(code) for code in codes if code.is_failure]
        if refused:
            log.error("the broker refuses a subscription (%s); look at its access list", refused[0])
        if refused or mid != self._feed:
            return
        self._delivers = True
        if self._told:
            log.info("the broker at %s is there again", self._place)
        self._told = False
        self._on_news(Joined())

    def _not_reached(self, client: Client, _data: Any) -> None:
        error = error_of(client)
        told = str(error) if isinstance(error, tls.TlsError) else f"cannot be reached ({error}); look at broker.host"
        self._away(f"the broker at {self._place}: {told}")

    def _disconnected(
        self, client: Client, _data: Any, _flags: DisconnectFlags, code: ReasonCode, _properties: Properties | None
    ) -> None:
        self._delivers = False
        with self._turn:
            self._connection = _NONE
        error = error_of(client)
        told = tls.explained(error) if isinstance(error, ssl.SSLError) else f"the connection ended ({error or code})"
        if self._client is not None:
            self._away(f"the broker at {self._place}: {told}")

    def _away(self, told: str) -> None:
        """Say so once, until it is there again."""
        if not self._told:
            log.warning("%s; trying again until it works", told)
        self._told = True

    def _delivered(self, _client: Client, _data: Any, message: MQTTMessage) -> None:
        topic = message._topic.decode("utf-8", "backslashreplace")  # noqa: SLF001  (.topic raises on a bad name)
        token = self._connection << _MID_BITS | message.mid
        self._on_news(Delivery(topic, bytes(message.payload), token))
