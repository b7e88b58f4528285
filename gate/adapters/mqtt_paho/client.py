"""What both ends do alike with a paho client: make it, connect it with TLS or without, explain what failed, end it.

paho runs one thread of its own for each client, and calls back on it. ``GateClient`` changes three things of paho 2
that it has no setting for: how long it waits before the next connection, that its TLS material is read anew for each
connection, and that the error that ended a connection is kept (paho tells only that it ended).
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from ssl import SSLError
from time import monotonic
from typing import Final, cast

from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from gate.adapters.mqtt_paho import tls
from gate.adapters.mqtt_paho.back_off import BackOff, Retry
from gate.adapters.mqtt_paho.tls import TlsFiles
from gate.ports import AdapterError, LinkFault

QOS: Final = 1
_CONNECT_TIMEOUT_S: Final = 3.0
_BUSY: Final = frozenset({0x88, 0x89, 0x97, 0x9F})
"""Server unavailable, busy, quota exceeded, connection rate exceeded."""
_BY_CODE: Final = {
    0x8E: LinkFault.TAKEN_OVER,
    0x93: LinkFault.TOO_MUCH,
    0x84: LinkFault.REFUSED,
    0x85: LinkFault.REFUSED,
    0x86: LinkFault.REFUSED,
    0x87: LinkFault.REFUSED,
    0x8A: LinkFault.REFUSED,
    0x8C: LinkFault.REFUSED,
    0x98: LinkFault.LOST,
}
"""What the reason codes of CONNACK and DISCONNECT mean for the link (MQTT 5, 2.4)."""


class GateClient(Client):
    """A paho client for one broker, with our waiting and our TLS."""

    def __init__(self, name: str, place: tuple[str, int], files: TlsFiles | None, retry: Retry) -> None:
        super().__init__(CallbackAPIVersion.VERSION2, client_id=name, protocol=MQTTProtocolVersion.MQTTv5)
        self.connect_timeout = _CONNECT_TIMEOUT_S
        self.place = f"{place[0]}:{place[1]}"
        self.fault = LinkFault.UNREACHABLE
        """Why there is no connection; set by whoever learns it first, and by whoever knows it better."""
        self.until = None if files is None else tls.until(files)
        """The end of the gate's own certificate."""
        self._files = files
        self._back_off = BackOff(retry)
        self._error: OSError | None = None
        self._refused = False
        self._ending = threading.Event()

    def accepted(self) -> None:
        """The broker has let us in."""
        self._error = None
        self._back_off.connected(monotonic())

    def contested(self) -> None:
        """Somebody else uses this name."""
        self._back_off.contested()

    def not_reached(self) -> tuple[LinkFault, str]:
        """Why ``on_connect_fail`` was called, in words."""
        self.fault, told = LinkFault.UNREACHABLE, f"cannot reach the broker at {self.place}: {self._error}"
        if isinstance(self._error, tls.TlsError):
            self.fault, told = self._error.fault, str(self._error)
        return self.fault, told

    def refused(self, code: ReasonCode) -> tuple[LinkFault, str]:
        """Why CONNACK said no."""
        self.fault, self._refused = _fault_of(code, LinkFault.REFUSED), True
        return self.fault, f"the broker refused the connection: {code}"

    def ended(self, code: ReasonCode, *, by_broker: bool) -> tuple[LinkFault, str] | None:
        """Why a connection ended; None when it has been told as a refusal already."""
        error, self._error = self._error, None
        if self._refused:
            self._refused = False
            return None
        self.fault = _fault_of(code, LinkFault.LOST)
        if not by_broker and error is not None:
            if not isinstance(error, SSLError):
                return self.fault, f"the connection to the broker ended: {error}"
            self.fault, told = tls.explained(error, self.place)
            return self.fault, told
        return self.fault, f"the connection to the broker ended: {code}"

    def give_up_waiting(self) -> None:
        """Come back from a wait at once, and from every later one."""
        self._ending.set()

    def _create_socket(self) -> socket.socket:
        try:
            credentials = None if self._files is None else tls.load(self._files)
            plain = self._create_socket_connection()
            if credentials is None:
                return plain
            self.until = credentials.until
            return self._secured(plain, credentials)
        except OSError as error:
            self._error = error
            raise

    def _secured(self, plain: socket.socket, credentials: tls.Credentials) -> socket.socket:
        """The handshake. paho's own leaves the socket open when it fails."""
        with _closing_on_error(plain):
            secure = credentials.context.wrap_socket(plain, server_hostname=self._host, do_handshake_on_connect=False)
        with _closing_on_error(secure):
            secure.settimeout(self.connect_timeout)
            try:
                secure.do_handshake()
            except TimeoutError:
                raise
            except OSError as error:
                raise tls.TlsError(*tls.explained(error, self.place)) from error
        return secure

    def _reconnect_wait(self) -> None:
        self._ending.wait(self._back_off.wait_s(self.fault, monotonic()))

    def _sock_recv(self, bufsize: int) -> bytes:
        try:
            return super()._sock_recv(bufsize)
        except BlockingIOError:
            raise
        except OSError as error:
            self._error = error
            raise

    def _sock_send(self, buf: bytes | bytearray) -> int:
        try:
            return super()._sock_send(buf)
        except BlockingIOError:
            raise
        except OSError as error:
            self._error = self._error or error
            raise


def new_client(
    name: str,
    place: tuple[str, int],
    login: tuple[str, Path | None] | None,
    files: TlsFiles | None,
    retry: Retry,
) -> GateClient:
    """A client that is not connected yet; ``place`` is host and port, ``login`` a name and the file of its password.

    Raises ``AdapterError`` for a host or a password that cannot be right.
    """
    _refuse_odd_host(place[0])
    client = GateClient(name, place, files, retry)
    if login is not None:
        client.username_pw_set(login[0], _password(login[1]))
    return client


def ours(client: Client) -> GateClient:
    """The client that a callback gets is the one that was made here."""
    return cast("GateClient", client)


def properties_of(packet: int, **values: object) -> Properties:
    """The MQTT 5 properties of one packet."""
    properties = Properties(packet)  # type: ignore[no-untyped-call]  # paho types most of itself, not this
    for name, value in values.items():
        setattr(properties, name, value)
    return properties


def end(client: GateClient, timeout_s: float, properties: Properties | None = None, *, with_will: bool = False) -> None:
    """Disconnect and wait for paho's thread, but not for ever: ``loop_stop`` would wait for a hanging name lookup.

    ``with_will`` tells the broker to publish the will, as if the connection had been lost.
    """
    thread: threading.Thread | None = client._thread  # noqa: SLF001, TID251  (see above; made by paho, only joined here)
    client._thread_terminate = True  # noqa: SLF001  (as loop_stop does: a late CONNACK must not start it again)
    client.give_up_waiting()
    parting = "Disconnect with will message" if with_will else "Normal disconnection"
    client.disconnect(ReasonCode(PacketTypes.DISCONNECT, parting), properties)
    if thread is not None:
        thread.join(timeout_s)
    for name in ("on_connect", "on_connect_fail", "on_disconnect", "on_publish", "on_subscribe", "on_message"):
        setattr(client, name, None)  # frees the client and its sockets now, not at the next garbage collection


def _fault_of(code: ReasonCode, otherwise: LinkFault) -> LinkFault:
    return LinkFault.BUSY if code.value in _BUSY else _BY_CODE.get(code.value, otherwise)


@contextmanager
def _closing_on_error(opened: socket.socket) -> Iterator[None]:
    try:
        yield
    except BaseException:
        opened.close()
        raise


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
