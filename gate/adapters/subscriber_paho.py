"""Reads from a broker with paho-mqtt, for a staff member's terminal: MQTT 5, and reconnects for ever.

paho runs one thread of its own; ``on_news`` is called on it and must return at once. The broker keeps the session
through a short break, so that nothing is missed then, and ends it when the reader closes.
"""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from sys import exc_info
from typing import Any, Final

from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from gate.ports import AdapterError

_QOS: Final = 1
_KEEPALIVE_S: Final = 20
_CONNECT_TIMEOUT_S: Final = 3.0
_RECONNECT_MAX_S: Final = 10
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


News = Subscribed | Away | Delivery


@dataclass(frozen=True, slots=True)
class Source:
    """Which broker, as whom, and what of it."""

    host: str
    port: int
    filters: tuple[str, ...]
    username: str | None = None
    password_file: Path | None = None


class PahoSubscriber:
    """Delivers what matches the filters of its source."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._on_news: Callable[[News], None] = lambda _news: None
        self._client: Client | None = _client(source)

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
        client.connect_async(
            self._source.host,
            self._source.port,
            keepalive=_KEEPALIVE_S,
            clean_start=False,  # the name is new, so the session is; Mosquitto 2.0.11 does not store one begun clean
            properties=_session(PacketTypes.CONNECT),
        )
        client.loop_start()

    def close(self) -> None:
        """Disconnect and wait for paho's thread, but not for ever: a name lookup may hold it."""
        client, self._client = self._client, None
        if client is None:
            return
        thread: threading.Thread | None = client._thread  # noqa: SLF001, TID251  (made by paho, only joined here)
        client._thread_terminate = True  # noqa: SLF001  (as loop_stop does: a late CONNACK must not start it again)
        client.disconnect(properties=_session(PacketTypes.DISCONNECT, 0))
        if thread is not None:
            thread.join(_JOIN_S)
        for name in ("on_connect", "on_connect_fail", "on_disconnect", "on_subscribe", "on_message"):
            setattr(client, name, None)  # frees the client and its sockets now, not at the next garbage collection

    def _connected(
        self, client: Client, _data: Any, _flags: ConnectFlags, code: ReasonCode, _properties: Properties | None
    ) -> None:
        if code.is_failure:
            self._on_news(Away(f"the broker refused the connection: {code}"))
        else:
            client.subscribe([(name, _QOS) for name in self._source.filters])

    def _subscribed(
        self, _client: Client, _data: Any, _mid: int, codes: list[ReasonCode], _properties: Properties | None
    ) -> None:
        refused = [str(code) for code in codes if code.is_failure]
        self._on_news(Away(f"the broker refused the subscription: {refused[0]}") if refused else Subscribed())

    def _not_reached(self, _client: Client, _data: Any) -> None:
        error = exc_info()[1]  # paho calls from inside its except clause and passes nothing on
        where = f"{self._source.host}:{self._source.port}"
        self._on_news(Away(f"cannot reach the broker at {where}: {error or 'no reason given'}"))

    def _disconnected(
        self, _client: Client, _data: Any, _flags: DisconnectFlags, code: ReasonCode, _properties: Properties | None
    ) -> None:
        self._on_news(Away(f"the connection to the broker ended: {code}"))

    def _delivered(self, _client: Client, _data: Any, message: MQTTMessage) -> None:
        topic = message._topic.decode("utf-8", "backslashreplace")  # noqa: SLF001  (.topic raises on a bad name)
        self._on_news(Delivery(topic, bytes(message.payload), message.retain))


def _client(source: Source) -> Client:
    _refuse_odd_host(source.host)
    client_id = f"gate-watch-{uuid.uuid4().hex}"
    client = Client(CallbackAPIVersion.VERSION2, client_id=client_id, protocol=MQTTProtocolVersion.MQTTv5)
    client.connect_timeout = _CONNECT_TIMEOUT_S
    client.reconnect_delay_set(1, _RECONNECT_MAX_S)
    if source.username is not None:
        client.username_pw_set(source.username, _password(source.password_file))
    return client


def _session(packet: int, seconds: int = _SESSION_S) -> Properties:
    properties = Properties(packet)  # type: ignore[no-untyped-call]  # paho types most of itself, not this
    properties.SessionExpiryInterval = seconds
    return properties


def _refuse_odd_host(host: str) -> None:
    """A name that cannot even be looked up would end paho's thread."""
    try:
        host.encode("idna")
    except UnicodeError as error:
        raise AdapterError(f"{host!r} is not the name of a machine: {error}; correct the broker's host") from error


def _password(path: Path | None) -> str | None:
    if path is None:
        return None
    try:
        return path.read_text("utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        raise AdapterError(f"cannot read the broker's password from {path}: {error}; look at the file") from error
