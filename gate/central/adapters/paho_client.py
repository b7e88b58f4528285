"""paho's client as the centre uses it: TLS files that are read anew, and the error that ended a connection."""

from __future__ import annotations

import socket
from dataclasses import dataclass
from typing import Any, Final

from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.properties import Properties

from gate.central.adapters import tls
from gate.central.adapters.tls import TlsFiles
from gate.wire.topics import VERSION

_CONNECT_TIMEOUT_S: Final = 3.0
_RECONNECT_MAX_S: Final = 10


@dataclass(frozen=True, slots=True)
class Broker:
    """Where it is, and as which worker to be there. Workers of one ``group`` share the feed.

    At a broker without shared subscriptions (RabbitMQ 4) each worker takes the feed of its own ``sites``.
    """

    host: str
    port: int
    worker: str
    group: str = "centre"
    tls: TlsFiles | None = None
    username: str | None = None
    password: str | None = None
    sites: tuple[str, ...] = ()
    """Nobody else takes these; empty for a share of all."""

    @property
    def filters(self) -> tuple[str, ...]:
        """What to subscribe to for the feed."""
        if self.sites:
            return tuple(f"gate/{VERSION}/{site}/+/evt/#" for site in self.sites)
        return (f"$share/{self.group}/gate/{VERSION}/+/+/evt/#",)


class CentreClient(Client):
    """One worker's."""

    def __init__(self, broker: Broker) -> None:
        super().__init__(
            CallbackAPIVersion.VERSION2, broker.worker, protocol=MQTTProtocolVersion.MQTTv5, manual_ack=True
        )
        self.error: OSError | None = None
        """What ended the last connection, or kept it from coming about."""
        self.connect_timeout = _CONNECT_TIMEOUT_S
        self.reconnect_delay_set(1, _RECONNECT_MAX_S)
        self.max_inflight_messages = 0  # no limit of paho's own for the acknowledgements to gates
        self._files = broker.tls
        if broker.username is not None:
            self.username_pw_set(broker.username, broker.password)

    def leave(self) -> None:
        """Disconnect, and do not connect again."""
        self._thread_terminate = True  # as paho's ``loop_stop`` does, which then waits for as long as it takes
        self.disconnect()

    def _create_socket(self) -> socket.socket:
        self.error = None
        try:
            plain = self._create_socket_connection()
            plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # else an answer waits 40 ms for the one before
            if self._files is None:
                return plain
            return tls.secured(plain, self._host, self._files, self.connect_timeout)
        except OSError as error:
            self.error = error
            raise

    def _sock_recv(self, bufsize: int) -> bytes:
        try:
            return super()._sock_recv(bufsize)
        except BlockingIOError:
            raise
        except OSError as error:
            self.error = error
            raise


def error_of(client: Client) -> OSError | None:
    """What ended its last connection; a callback gets the client that was made here."""
    return client.error if isinstance(client, CentreClient) else None


def properties_of(packet: int, **values: Any) -> Properties:
    """The MQTT 5 properties of one packet."""
    properties = Properties(packet)  # type: ignore[no-untyped-call]  # paho types most of itself, not this
    for name, value in values.items():
        setattr(properties, name, value)
    return properties
